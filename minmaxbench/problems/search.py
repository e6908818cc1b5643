"""The stationary points of planar problems: read from a certificate, or found numerically.

On a box these are the solutions of the variational inequality: interior points where both partial
derivatives vanish, points of an edge where the free one vanishes and the other holds its player at
the bound, and corners where both hold.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from operator import lt
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Bools, Floats, Namespace
from minmaxbench.core.problem import Kind, Points, Problem
from minmaxbench.core.sets import Ball, Box, Set, Torus
from minmaxbench.problems.kinds import BOTH, Border, second_order
from minmaxbench.problems.samples import sampled_kind

Interval = tuple[float, float]

GRID = 60
"""Newton's method starts from GRID x GRID points."""
MANY = 8
"""More singular points than this are taken for a curve of stationary points."""
TOLERANCE = 1e-8


class TwoVariables(Problem):
    """A problem of one variable each that knows its second derivatives."""

    @abstractmethod
    def hessian(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """f_xx, f_xy, f_yy."""

    @property
    def box(self) -> tuple[Interval, Interval]:
        """Where stationary points are looked for: the sets, or four times the start region."""
        region = self.about.region
        return _interval(self.x_set, region), _interval(self.y_set, region)

    @property
    def start_box(self) -> tuple[Interval, Interval]:
        """The start region, in the players' sets."""
        ends = np.array(self.about.region)[:, None]
        x, y = (s.project(np, ends)[:, 0] for s in (self.x_set, self.y_set))
        return (float(x[0]), float(x[1])), (float(y[0]), float(y[1]))


def searched_points(problem: TwoVariables) -> Points:
    """The stationary points in the problem's box, by a numerical search that may miss some.

    Newton's method from a grid finds the interior points; sign changes on a fine mesh, the points
    of the edges.
    """
    with np.errstate(all="ignore"):
        box = problem.box
        z, singular = _interior(problem, box)
        curve = singular.sum() > MANY
        z = z[~singular] if curve else z
        on_edges = [
            _edge(problem, box, player, side)
            for player, s in enumerate((problem.x_set, problem.y_set))
            for side in sides(s)
        ]
        corners = _corners(problem, box)
        z = np.concatenate([z, *on_edges, corners])
        kinds = classify(problem, z)
        x, y = z[:, :1], z[:, 1:]
        limits = " x ".join(f"[{low:g}, {high:g}]" for low, high in box)
        proof = f"numerical search in {limits}"
        if curve:
            proof += "; whole curves of stationary points are left out"
        return Points(x, y, problem.value(np, x, y), kinds, complete=False, proof=proof)


def classify(problem: TwoVariables, z: Floats) -> tuple[Kind, ...]:
    """The kind of each stationary point (m, 2): from second derivatives, else from samples."""
    hessians = np.concatenate(problem.hessian(np, z[:, :1], z[:, 1:]), axis=1)
    kinds = []
    for point, hessian, border in zip(z, hessians, borders(problem, z), strict=True):
        small = TOLERANCE * (1 + np.abs(hessian).sum())
        a, b, c = map(float, hessian)
        kind = second_order((a, b, c), border, partial(lt, small))
        kinds.append(sampled_kind(problem, point) if kind is None else kind)
    return tuple(kinds)


def borders(problem: TwoVariables, z: Floats) -> list[Border]:
    """How the bounds meet each stationary point (m, 2)."""
    slopes = np.concatenate(problem.grad(np, z[:, :1], z[:, 1:]), axis=1)
    found = []
    for point, slope in zip(z, slopes, strict=True):
        held, ways = [False, False], [BOTH, BOTH]
        for player, s in enumerate((problem.x_set, problem.y_set)):
            low, high = problem.box[player]
            for side in sides(s):
                if abs(point[player] - (low, high)[side]) <= TOLERANCE * (high - low):
                    ways[player] = tuple(w for w in ways[player] if w != (-1, 1)[side])
                    held[player] |= bool(_holds(slope[player], player, side))
        found.append(Border((held[0], held[1]), (ways[0], ways[1])))
    return found


def _interval(s: Set, region: tuple[float, float]) -> tuple[float, float]:
    """Where to search for one player's coordinate."""
    if isinstance(s, Ball):
        return -s.radius, s.radius
    if isinstance(s, Torus):
        return -s.period / 2, s.period / 2
    middle, half = (region[0] + region[1]) / 2, (region[1] - region[0]) / 2
    low, high = middle - 4 * half, middle + 4 * half
    if isinstance(s, Box):
        below, above = np.max(s.lower), np.min(s.upper)
        low = float(below) if np.isfinite(below) else min(low, float(above) - 8 * half)
        high = float(above) if np.isfinite(above) else max(high, float(below) + 8 * half)
    return low, high


def sides(s: Set) -> tuple[int, ...]:
    """Which ends of one player's interval are bounds: 0 the lower, 1 the upper."""
    if isinstance(s, Box):
        return tuple(side for side, end in enumerate((s.lower, s.upper)) if np.isfinite(end))
    return (0, 1) if isinstance(s, Ball) else ()


def _interior(problem: TwoVariables, box: tuple[Interval, Interval]) -> tuple[Floats, Bools]:
    """Points where the gradient vanishes, and whether the Hessian is singular there."""
    (x0, x1), (y0, y1) = box
    # Off-centre, so that no start lies on an axis of symmetry.
    t = (np.arange(GRID) + 0.37) / GRID
    z = np.stack(np.meshgrid(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t), axis=-1).reshape(-1, 2)
    reach = max(x1 - x0, y1 - y0) / 10
    for _ in range(60):
        step = _newton_step(problem, z)
        z = z - step * np.minimum(1, reach / np.abs(step).max(1, keepdims=True))
        inside = (np.abs(z - np.mean(box, axis=1)) <= np.ptp(box, axis=1)).all(1)
        z = z[inside]
    wrap = [s.period if isinstance(s, Torus) else np.inf for s in (problem.x_set, problem.y_set)]
    z = np.where(
        np.isfinite(wrap), z - np.nan_to_num(wrap) * np.floor((z - np.transpose(box)[0]) / wrap), z
    )
    margin = TOLERANCE * np.ptp(box, axis=1)
    z = z[((z >= np.transpose(box)[0] - margin) & (z <= np.transpose(box)[1] + margin)).all(1)]
    gradient = np.concatenate(problem.grad(np, z[:, :1], z[:, 1:]), axis=1)
    hessian = np.concatenate(problem.hessian(np, z[:, :1], z[:, 1:]), axis=1)
    scale = np.abs(hessian).max(1)
    flat = np.abs(hessian[:, 0] * hessian[:, 2] - hessian[:, 1] ** 2) <= 1e-4 * scale**2
    # Relative to the curvature: in a flat tail the gradient is small, but no smaller than that.
    good = np.abs(gradient).max(1) <= 1e-8 * scale
    z, flat, size = z[good], flat[good], np.abs(gradient[good]).max(1)
    order = np.lexsort((size, flat))
    return _distinct(problem, z[order], flat[order])


def _newton_step(problem: TwoVariables, z: Floats) -> Floats:
    gx, gy = problem.grad(np, z[:, :1], z[:, 1:])
    a, b, c = problem.hessian(np, z[:, :1], z[:, 1:])
    # The least-squares solution: on a curve of stationary points it steps across, not along.
    norm = a * a + 2 * b * b + c * c
    det = a * c - b * b
    exact = np.concatenate([c * gx - b * gy, a * gy - b * gx], axis=1) / det
    rank1 = np.concatenate([a * gx + b * gy, b * gx + c * gy], axis=1) / norm
    step: Floats = np.where(np.abs(det) > 1e-13 * norm, exact, np.where(norm > 0, rank1, 0.0))
    return step


def _distinct(problem: TwoVariables, z: Floats, flat: Bools) -> tuple[Floats, Bools]:
    """One of each group of points that are the same up to the accuracy of Newton's method."""
    kept: list[int] = []
    for k, point in enumerate(z):
        gap_x = problem.x_set.difference(np, z[kept, 0], point[0])
        gap_y = problem.y_set.difference(np, z[kept, 1], point[1])
        # Singular roots are found to the square or cube root of the rounding error only.
        if not kept or np.hypot(gap_x, gap_y).min() > (1e-2 if flat[k] else 1e-6):
            kept.append(k)
    z, flat = z[kept], flat[kept]
    tidy = np.round(z, 6) + 0.0
    better = _residual(problem, tidy) <= _residual(problem, z)
    z = np.where(better[:, None], tidy, z)
    order = np.lexsort((z[:, 1], z[:, 0]))
    return z[order], flat[order]


def _residual(problem: TwoVariables, z: Floats) -> Floats:
    gx, gy = problem.grad(np, z[:, :1], z[:, 1:])
    size: Floats = np.hypot(gx[:, 0], gy[:, 0])
    return size


def _edge(problem: TwoVariables, box: tuple[Interval, Interval], player: int, side: int) -> Floats:
    """Solutions with ``player`` held at its lower (0) or upper (1) bound, the other one free."""
    low, high = box[1 - player]

    def at(t: Floats) -> Floats:
        z = np.empty((len(t), 2))
        z[:, player], z[:, 1 - player] = box[player][side], t
        return z

    def slopes(t: Floats) -> Floats:
        z = at(t)
        return np.concatenate(problem.grad(np, z[:, :1], z[:, 1:]), axis=1)

    mesh = np.linspace(low, high, 2001)
    free = slopes(mesh)[:, 1 - player]
    inner = (np.arange(len(mesh)) > 0) & (np.arange(len(mesh)) < len(mesh) - 1)
    exact = mesh[(free == 0) & inner]
    start = np.flatnonzero(free[:-1] * free[1:] < 0)
    a, b, sign = mesh[start], mesh[start + 1], np.sign(free[start])
    for _ in range(60):
        middle = (a + b) / 2
        same = np.sign(slopes(middle)[:, 1 - player]) == sign
        a, b = np.where(same, middle, a), np.where(same, b, middle)
    t = np.concatenate([exact, (a + b) / 2])
    held = _holds(slopes(t)[:, player], player, side)
    return at(t)[held] if len(exact) <= MANY else np.empty((0, 2))


def _holds(slope: Any, player: int, side: int) -> Any:
    """Whether the slope pushes the player against that side: x descends, y ascends."""
    outward = slope if (player == 0) == (side == 0) else -slope
    return outward > TOLERANCE


def _corners(problem: TwoVariables, box: tuple[Interval, Interval]) -> Floats:
    """The corners that hold both players, or one while the other's slope vanishes."""
    found = []
    for i in sides(problem.x_set):
        for j in sides(problem.y_set):
            z = np.array([[box[0][i], box[1][j]]])
            slopes = [g[0, 0] for g in problem.grad(np, z[:, :1], z[:, 1:])]
            held = [
                bool(_holds(g, k, s)) for k, (g, s) in enumerate(zip(slopes, (i, j), strict=True))
            ]
            stays = [h or abs(g) <= TOLERANCE for h, g in zip(held, slopes, strict=True)]
            if any(held) and all(stays):
                found.append(z)
    return np.concatenate(found) if found else np.empty((0, 2))
