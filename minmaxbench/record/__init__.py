"""What is written down of a run: outcomes, first hits, traces, tails, verdicts."""
