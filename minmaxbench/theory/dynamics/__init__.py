"""Linear stability, cycles of the flow, orbits of algorithms."""
