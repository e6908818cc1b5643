"""Greedy-max of Keswani, Mangoubi, Sachdeva and Vishnoi."""
