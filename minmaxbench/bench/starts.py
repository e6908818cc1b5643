"""Start designs: where runs begin. All algorithms of a study begin at the same points."""

from __future__ import annotations

import math

import numpy as np

from minmaxbench.core.arrays import Floats, Ints, dot
from minmaxbench.core.noise import Words, normals, stream_keys, uniforms
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError, unknown

DESIGNS = {
    "region": "uniform in the problem's start region",
    "paper": "the start points published with the problem, in turn",
    "near": "Gaussian around an equilibrium, standard deviation 0.1 in every coordinate",
    "ring": "on the sphere of radius 1 around an equilibrium",
}
"""The designs by name; a point ``x,y``, the same in every coordinate, is a design too."""


def point_of(design: str) -> tuple[float, float] | None:
    """The point of a design such as ``5.5,5.5``; None for a design that is a word."""
    if "," not in design:
        return None
    try:
        x, y = (float(part) for part in design.split(","))
    except ValueError as error:
        raise UserError(f"A start point is two numbers 'x,y'; got '{design}'.") from error
    if not (math.isfinite(x) and math.isfinite(y)):
        raise UserError(f"A start point is finite; got '{design}'.")
    return x, y


def check_design(design: str, problem: Problem) -> None:
    """Refuse a design that does not exist, or that the problem cannot serve."""
    if point_of(design):
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
    about, dx, d = problem.about, problem.dx, problem.dx + problem.dy
    if design == "region":
        low, high = about.region
        z = low + (high - low) * uniforms(np, stream_keys(np, keys, "start"), 0, d)
        return problem.place(z[:, :dx], z[:, dx:])
    point = point_of(design)
    if design == "paper" or point:
        published = np.array([point] if point else about.starts)
        chosen = published[seeds % len(published)]
        return problem.place(
            np.repeat(chosen[:, :1], dx, axis=1), np.repeat(chosen[:, 1:], problem.dy, axis=1)
        )
    known = problem.points()
    row = known.equilibria[seeds % known.equilibria.size]
    step = normals(np, stream_keys(np, keys, "start"), 0, d)
    step = 0.1 * step if design == "near" else step / np.sqrt(dot(np, step, step))
    return known.x[row] + step[:, :dx], known.y[row] + step[:, dx:]
