"""Arrays, sets, counter-based noise and the counted oracle: what every other layer stands on."""
