"""Families that are lifts of planar functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Problem
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import Entry, add, get_problem
from minmaxbench.problems.transforms.lifts import (
    ActiveSubspace,
    WeightedSum,
    decaying_weights,
    mean_weights,
    random_rotations,
    unit_weights,
)


def _kernel(name: str) -> Planar:
    problem = get_problem(name)
    assert isinstance(problem, Planar)
    return problem


def active_subspace(name: str, kernel: Planar, title: str) -> None:
    """Register f(u.x, v.y)."""
    classes = (*kernel.about.classes, "lift", "degenerate")
    about = replace(kernel.about, title=title, classes=tuple(dict.fromkeys(classes)))

    def build(dx: int, dy: int) -> Problem:
        return ActiveSubspace(name, kernel, about, dx, dy)

    add(Entry(name, about, build))


def weighted_sum(
    name: str,
    kernel: Planar,
    title: str,
    weights: Callable[[int], Floats],
    rotated: bool = False,
    more: tuple[str, ...] = (),
) -> None:
    """Register sum_i w_i f((Q x)_i, (R y)_i)."""
    about = replace(kernel.about, title=title, classes=(*kernel.about.classes, "lift", *more))

    def build(dx: int, dy: int) -> Problem:
        w = weights(dx)
        low, high = kernel.about.bounds
        mine = replace(
            about,
            bounds=(low * float(w.sum()), high * float(w.sum())),
            smoothness=kernel.about.smoothness * float(w.max()),
        )
        rotations = random_rotations(name, dx) if rotated else None
        return WeightedSum(name, kernel, mine, w, rotations)

    add(Entry(name, about, build, square=True))


F3 = _kernel("keswani_f3")

active_subspace("f3_active_subspace_d", F3, "F3 active-subspace lift: F3(u.x, v.y), |u| = |v| = 1")
weighted_sum("f3_mean_lift_d", F3, "F3 mean lift: the mean of F3(x_i, y_i)", mean_weights)
weighted_sum(
    "f3_rotated_mean_d",
    F3,
    "F3 rotated mean lift: the mean of F3((Qx)_i, (Ry)_i)",
    mean_weights,
    rotated=True,
)
weighted_sum("f3_sum_d", F3, "F3 sum lift: the sum of F3(x_i, y_i)", unit_weights)
weighted_sum(
    "f3_rotated_sum_d",
    F3,
    "F3 rotated sum lift: the sum of F3((Qx)_i, (Ry)_i)",
    unit_weights,
    rotated=True,
)
weighted_sum(
    "f3_weighted_lift_d",
    F3,
    "F3 weighted lift: the sum of w_i F3(x_i, y_i), w_i = (6/pi^2)/i^2",
    decaying_weights,
    more=("ill-conditioned",),
)
weighted_sum(
    "yang_pl_mean_d", _kernel("yang_two_sided_pl"), "two-sided PL, mean lift", mean_weights
)
weighted_sum(
    "hidden_tanh_mean_d",
    _kernel("hidden_matching_pennies"),
    "hidden matching pennies, mean lift",
    mean_weights,
)
weighted_sum(
    "global_forsaken_mean_d", _kernel("global_forsaken"), "GlobalForsaken, mean lift", mean_weights
)
weighted_sum(
    "global_forsaken_sum_d",
    _kernel("global_forsaken"),
    "GlobalForsaken, sum lift, as in the authors' code",
    unit_weights,
)
