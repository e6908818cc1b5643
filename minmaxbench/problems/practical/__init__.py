"""Problems of practice on data that scikit-learn ships: a module a group, registered on import."""
