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
    about, dx, d = problem.about, problem.dx, problem.dx + problem.dy
    if design == "region":
        low, high = about.region
        z = low + (high - low) * uniforms(np, stream_keys(np, keys, "start"), 0, d)
        return problem.place(z[:, :dx], z[:, dx:])
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
