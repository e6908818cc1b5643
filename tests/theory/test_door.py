"""The door of theory: public names, whatever was imported before."""

import subprocess
import sys

import pytest

import minmaxbench as mb
from minmaxbench import theory


def test_every_public_name_is_there_and_is_no_module():
    assert {"certify", "equilibrium", "find_cycles", "spectral_radius", "stability"} <= set(
        dir(theory)
    )
    for name in theory.__all__:
        thing = getattr(mb.theory, name)
        assert callable(thing), name
        assert thing.__doc__, name
        assert thing.__module__.startswith("minmaxbench."), name


def test_a_name_that_is_none_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'certfy'"):
        theory.certfy  # noqa: B018


@pytest.mark.parametrize("name", ["certify", "equilibrium", "stability"])
def test_a_module_imported_before_does_not_hide_a_function(name):
    modules = "minmaxbench.theory.proofs.points, minmaxbench.theory.approximate"
    code = (
        f"import {modules}, minmaxbench.theory.dynamics.stability, minmaxbench as mb;"
        f"print(type(mb.theory.{name}).__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "function"


def test_the_door_costs_nothing():
    code = (
        "import sys, minmaxbench.theory;"
        "print(sorted({'numpy', 'scipy', 'sympy', 'flint', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
