"""The registry of algorithms, one module a family of update rules."""
