"""Benchmarks: suites for asv, and scripts that print the bars."""
