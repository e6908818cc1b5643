"""Instances are their problems, moved: f, derivatives, distances, sets, and what an algorithm does there."""

import csv

import pytest

from benchmarks.equivariance import BAR, TABLE, apart
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.problems.registry import PROBLEMS, get_problem, names
from minmaxbench.problems.transforms.instances import Moved

FEW = (
    "keswani_f3", "parrilo_31", "fiez_torus", "f3_rotated_sum_d", "nie_61i", "zhou_57i", "auc_linear",
    "max_of_quadratics_d", "polar_game",
)  # fmt: skip
"""Without sets, on a box, on a torus, families, a simplex, different dimensions, real data, no f."""


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("number", [2, -3])
def test_an_instance_is_its_problem_moved(name, number):
    gaps = apart(PROBLEMS.get(name).build(*PROBLEMS.get(name).natural), number)
    assert {"gradient", "run"} <= set(gaps)
    assert max(gaps.values()) <= BAR, gaps


def test_an_instance_that_stretches_gradients_wrongly_is_seen(monkeypatch):
    monkeypatch.setattr(
        Moved, "grad", lambda self, xp, x, y: self.base.grad(xp, *self._back(xp, x, y))
    )
    gaps = apart(get_problem("keswani_f3"), 1)
    assert gaps["gradient"] > 0.01
    assert gaps["f"] <= BAR


def test_the_table_holds_every_problem_that_has_instances():
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    built = [PROBLEMS.get(n).build(*PROBLEMS.get(n).natural) for n in names()]
    whole = {p.name for p in built if p.zero_sum and not isinstance(p, Stochastic)}
    assert {row["problem"] for row in rows} == whole
    facts = ("problem", "dx", "dy")
    measured = [float(c) for row in rows for what, c in row.items() if what not in facts and c]
    assert max(measured) <= BAR
