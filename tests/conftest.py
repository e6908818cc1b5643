"""What holds for every test."""

import sys

import pytest


@pytest.fixture(autouse=True)
def double_precision_is_left_off():
    """No test, and nothing that it runs, leaves JAX in double precision for those after it."""
    yield
    jax = sys.modules.get("jax")
    assert jax is None or not jax.config.jax_enable_x64
