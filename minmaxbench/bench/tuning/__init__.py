"""Tuning: every algorithm by one protocol, in the open. See ``docs/fairness.md``."""
