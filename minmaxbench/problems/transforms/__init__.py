"""Problems made from problems: instances, lifts."""
