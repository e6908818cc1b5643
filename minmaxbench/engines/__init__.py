"""What moves lanes: NumPy, JAX, torch."""
