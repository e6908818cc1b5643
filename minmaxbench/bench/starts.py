"""Start designs: where runs begin. All algorithms of a study begin at the same points.

A start of the design ``region`` that is nearer to a listed equilibrium than the loosest target of
rankings would meet that target at no call, whatever the algorithm: it is drawn again.
"""

from __future__ import annotations

import math

import numpy as np

from minmaxbench.core.arrays import Array, Bools, Floats, Ints, dot
from minmaxbench.core.noise import Words, normals, stream_keys, uniforms
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError, unknown
from minmaxbench.record.targets import RANKED

NEAREST = RANKED[0]
"""No start of the design ``region`` is nearer to a listed equilibrium."""
DRAWS = 100
"""So often a start is drawn, at most: a region may lie within that distance as a whole."""

DESIGNS = {
    "region": f"uniform in the problem's start region, not within {NEAREST:g} of an equilibrium",
    "paper": "the start points published with the problem, in turn",
    "near": "Gaussian around an equilibrium, standard deviation 0.1 in every coordinate",
    "ring": "on the sphere of radius 1 around an equilibrium",
}
"""The designs by name; a point is a design too: ``x,y``, the same in every coordinate of each player,
or all dx + dy coordinates."""


def point_of(design: str) -> tuple[float, ...] | None:
    """The numbers of a design such as ``5.5,5.5``; None for a design that is a word.

    Raises :class:`UserError` for numbers that cannot be read or are not finite.
    """
    if "," not in design:
        return None
    try:
        point = tuple(float(part) for part in design.split(","))
    except ValueError as error:
        raise UserError(
            f"A start point is two numbers 'x,y', or all coordinates; got '{design}'."
        ) from error
    if not all(map(math.isfinite, point)):
        raise UserError(f"A start point is finite; got '{design}'.")
    return point


def check_design(design: str, problem: Problem) -> None:
    """Refuse a design that does not exist, or that the problem cannot serve."""
    point = point_of(design)
    if point is not None:
        sizes = sorted({2, problem.dx + problem.dy})
        if len(point) not in sizes:
            raise UserError(
                f"A start point of {problem.name} has {' or '.join(map(str, sizes))} coordinates; "
                f"'{design}' has {len(point)}."
            )
        return
    if design not in DESIGNS:
        raise unknown("start design", design, [*DESIGNS, "x,y"])
    if design == "paper" and not problem.about.starts:
        raise UserError(
            f"{problem.name} has no published start points; use the start design 'region'."
        )
    if design in ("near", "ring") and not problem.points().equilibria.size:
        raise UserError(
            f"{problem.name} has no listed equilibrium to start near; use the design 'region'."
        )


def start_points(design: str, problem: Problem, keys: Words, seeds: Ints) -> tuple[Floats, Floats]:
    """The starts of runs with these keys and seeds: shapes (lanes, dx) and (lanes, dy)."""
    check_design(design, problem)
    if design == "region":
        return _in_region(problem, stream_keys(np, keys, "start"))
    about, dx, d = problem.about, problem.dx, problem.dx + problem.dy
    point = point_of(design)
    if point is not None and len(point) > 2:
        whole = np.broadcast_to(np.array(point), (len(seeds), d))
        return whole[:, :dx].copy(), whole[:, dx:].copy()
    if design == "paper" or point is not None:
        published = np.array(about.starts if point is None else [point])
        chosen = published[seeds % len(published)]
        return problem.place(
            np.repeat(chosen[:, :1], dx, axis=1), np.repeat(chosen[:, 1:], problem.dy, axis=1)
        )
    known = problem.points()
    row = known.equilibria[seeds % known.equilibria.size]
    step = normals(np, stream_keys(np, keys, "start"), 0, d)
    step = 0.1 * step if design == "near" else step / np.sqrt(dot(np, step, step))
    return known.x[row] + step[:, :dx], known.y[row] + step[:, dx:]


def _in_region(problem: Problem, keys: tuple[Array, Array]) -> tuple[Floats, Floats]:
    """Uniform starts; each that is too near is drawn again from its own run's numbers alone."""
    (low, high), dx, d = problem.about.region, problem.dx, problem.dx + problem.dy

    def drawn(rows: Ints, number: int) -> tuple[Floats, Floats]:
        mine = keys[0][rows], keys[1][rows]
        z = low + (high - low) * uniforms(np, mine, number, d)
        return problem.place(z[:, :dx], z[:, dx:])

    x, y = drawn(np.arange(len(keys[0])), 0)
    near = np.flatnonzero(_too_near(problem, x, y))
    for number in range(1, DRAWS):
        if not near.size:
            break
        x[near], y[near] = drawn(near, number)
        near = near[_too_near(problem, x[near], y[near])]
    return x, y


def _too_near(problem: Problem, x: Floats, y: Floats) -> Bools:
    """Whether starts, as the players' sets have them, are within ``NEAREST`` of an equilibrium: (lanes,)."""
    rows = problem.points().equilibria
    if not rows.size:
        return np.zeros(len(x), bool)
    inside = problem.x_set.project(np, x), problem.y_set.project(np, y)
    near: Bools = (problem.distances(np, *inside, rows) <= NEAREST).any(1)
    return near
