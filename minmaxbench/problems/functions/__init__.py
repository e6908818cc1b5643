"""Planar problems, one module a source, one declaration a function."""
