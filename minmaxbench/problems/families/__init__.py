"""Families that scale with the dimension, one module each."""
