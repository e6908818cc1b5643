"""What any rule can wear, and how named methods are composed of it."""
