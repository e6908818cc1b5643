"""Limit cycles of the flow x' = -f_x, y' = f_y of a planar problem, found and measured.

Orbits from a grid of starts settle, in forward time on attracting cycles and in reversed time on
repelling ones; Newton's method on point and period then closes each to rounding (shooting: Seydel,
Practical Bifurcation and Stability Analysis, 3rd edition 2010, section 7.5). In the plane these two
searches reach every cycle of a nest that one of the starts is drawn to; a cycle whose basin lies
between the starts is missed, so the list is a search, not a proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.problems.cycles import FLOW, NEUTRAL, Cycle, Shape
from minmaxbench.problems.planar import Planar
from minmaxbench.theory.dynamics.torus import periods, smooth_gap, turns, whole, wrapped

RTOL, ATOL = 1e-13, 1e-14
"""Tolerances of DOP853."""
CLOSED = 1e-11
"""An orbit whose end is this near to its start is closed."""
GRID = 8
"""GRID x GRID starts in the start region and as many in the search box."""
ROUNDS, STEPS, LAST = 25, 1000, 5
"""How long the starts run: rounds of Runge-Kutta steps; who has left or come to rest stops. The
last rounds show how far an orbit goes."""
REACH = 0.03
"""How far a Runge-Kutta step of the search may go."""
TINY = 1e-3
"""Smaller orbits than this part of the search box are slow spirals, no cycles."""


@dataclass(frozen=True)
class Loop:
    """What integrating along an orbit for a given time finds."""

    gap: Floats
    """End minus start without whole turns round a torus, shape (2,)."""
    winding: tuple[int, int]
    """The whole turns."""
    monodromy: Floats
    """The derivative of the end by the start, shape (2, 2)."""
    log_multiplier: float
    """The integral of the divergence: log det of the monodromy matrix (Liouville's formula)."""
    end_slope: Floats
    """The field at the end."""
    extent: tuple[tuple[float, float], tuple[float, float]]
    """Smallest and largest x, and y, on the way."""


def field(problem: Planar, z: Floats, sign: float = 1.0) -> Floats:
    """(-f_x, f_y), times ``sign``: (lanes, 2) -> (lanes, 2)."""
    gx, gy = problem.grad(np, z[:, :1], z[:, 1:])
    return np.asarray(sign * np.concatenate([-gx, gy], axis=1))


def flow(problem: Planar, start: Floats, time: float, sign: float) -> Loop:
    """Follow the flow (``sign`` 1) or the reversed flow (-1) from (2,) for some time."""

    def rate(_: float, u: Floats) -> Floats:
        z = u[None, :2]
        fxx, fxy, fyy = (h[0, 0] for h in problem.hessian(np, z[:, :1], z[:, 1:]))
        turn = sign * np.array([[-fxx, -fxy], [fxy, fyy]])
        flat = (turn @ u[2:6].reshape(2, 2)).ravel()
        return np.concatenate([field(problem, z, sign)[0], flat, [sign * (fyy - fxx)]])

    def slope(k: int) -> Callable[[float, Floats], float]:
        return lambda _, u: float(field(problem, u[None, :2])[0, k])

    u0 = np.concatenate([start, [1.0, 0.0, 0.0, 1.0, 0.0]])
    # Where x' = 0 or y' = 0 the coordinate is extreme.
    path = solve_ivp(
        rate, (0.0, time), u0, "DOP853", rtol=RTOL, atol=ATOL, events=[slope(0), slope(1)]
    )
    end = path.y[:, -1]
    ends = []
    assert path.y_events is not None
    for k, events in enumerate(path.y_events):
        extremes = np.concatenate([[start[k], end[k]], np.reshape(events, (-1, 7))[:, k]])
        ends.append((float(extremes.min()), float(extremes.max())))
    gap, period = end[:2] - start, periods(problem)
    return Loop(
        wrapped(gap, period),
        whole(turns(gap, period)),
        end[2:6].reshape(2, 2),
        float(end[6]),
        field(problem, end[None, :2], sign)[0],
        (ends[0], ends[1]),
    )


def orbit(problem: Planar, cycle: Cycle, count: int) -> Floats:
    """So many points of a cycle of the flow, evenly in time, from its start to its end: (count, 2)."""
    # A repelling one is followed backwards, on which it attracts.
    sign = -1.0 if cycle.multiplier > 1 else 1.0

    def rate(_: float, z: Floats) -> Floats:
        return np.asarray(field(problem, z[None], sign)[0])

    path = solve_ivp(
        rate, (0.0, cycle.period), cycle.state[:2], "DOP853",
        t_eval=np.linspace(0.0, cycle.period, count), rtol=1e-9, atol=1e-10,
    )  # fmt: skip
    return np.asarray(path.y.T)


def flow_cycles(problem: Planar) -> list[Cycle]:
    """The limit cycles of the flow inside the problem's search box, by period.

    On a torus the box has no border, and cycles may wind round it. Where a start lies on one of a
    whole family of closed orbits, that one stands for all that wind round the torus alike.
    """
    found: list[Cycle] = []
    families: set[tuple[int, int]] = set()
    for sign in (1.0, -1.0):
        if families and not np.isfinite(periods(problem)).any():
            break
        for start, way in settled(problem, sign):
            if way in families:
                continue
            cycle = close(problem, start, sign)
            if cycle is None or any(_same(cycle, other) for other in found):
                continue
            found.append(cycle)
            if cycle.shape is Shape.FAMILY:
                families |= {way, whole(np.sign(cycle.winding))}
    return sorted(found, key=lambda cycle: cycle.period)


def settled(problem: Planar, sign: float) -> list[tuple[Floats, tuple[int, int]]]:
    """Where orbits from the grid are at last: one of each group that goes round alike.

    Each with the way that the flow turns it round a torus. Those that left the box or came to rest
    are left out. Every orbit makes time steps of its own.
    """
    box, period = np.array(problem.box), periods(problem)
    z = np.concatenate([_grid(box), _grid(np.array([problem.about.region] * 2))])
    z = z[_inside(problem, z)]
    first, low, high = z, z, z
    with np.errstate(all="ignore"):
        for round_ in range(ROUNDS):
            if round_ == ROUNDS - LAST:
                first, low, high = z, z, z
            for _ in range(STEPS):
                z = _runge_kutta(problem, z, sign)
                low, high = np.minimum(low, z), np.maximum(high, z)
            speed, curvature = _size(problem, z)
            kept = _inside(problem, z) & (speed > 1e-7 * (1 + curvature))[:, 0]
            first, z, low, high = first[kept], z[kept], low[kept], high[kept]
            if not len(z):
                break
    ways = sign * np.sign(turns(z - first, period))
    winds = np.any(ways != 0, axis=1)
    # Those that turn do so for ever; where they cross the torus is told once they are closed.
    marks = np.where(winds[:, None], np.hstack([z - first, z]), np.hstack([low, high]))
    width = np.where(winds, np.inf, (high - low).max(1))
    groups = np.round(marks / (2e-2 * (high - low).max(initial=1e-9)))
    chosen = np.unique(groups, axis=0, return_index=True)[1]
    # Small ones first: where closed orbits fill a region, one is enough.
    chosen = chosen[np.argsort(width[chosen], kind="stable")]
    return [(z[k], whole(ways[k])) for k in chosen]


def _size(problem: Planar, z: Floats) -> tuple[Floats, Floats]:
    """The largest entry of the field and of its derivative, (lanes, 1) each."""
    hessian = np.abs(np.hstack(problem.hessian(np, z[:, :1], z[:, 1:])))
    return np.abs(field(problem, z)).max(1, keepdims=True), hessian.max(1, keepdims=True)


def _runge_kutta(problem: Planar, z: Floats, sign: float) -> Floats:
    """One classical Runge-Kutta step of at most REACH, and well within its stability."""
    speed, curvature = _size(problem, z)
    step = np.minimum(1.0, np.minimum(REACH / speed, 0.5 / curvature))
    k1 = field(problem, z, sign)
    k2 = field(problem, z + step / 2 * k1, sign)
    k3 = field(problem, z + step / 2 * k2, sign)
    k4 = field(problem, z + step * k3, sign)
    return np.asarray(z + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4))


def close(problem: Planar, start: Floats, sign: float) -> Cycle | None:
    """The cycle that an orbit is on, or nearly on: None where Newton's method finds none.

    A closed orbit that leaves the search box, or is tiny, is none either.
    """
    with np.errstate(all="ignore"):
        period = _first_return(problem, start, sign)
        shot = None if period is None else _shoot(problem, start, period, sign)
        if shot is not None and any(shot[2].winding):
            # All orbits that wind start on one line, so that they can be compared.
            shot = _shoot(problem, _on_middle(problem, *shot, sign), shot[1], sign)
    if shot is None:
        return None
    point, period, loop = shot
    low, high = np.transpose(loop.extent)
    if (high - low).max() <= TINY * np.ptp(problem.box):
        return None
    if not _inside(problem, np.array([low, high])).all():
        return None
    around = periods(problem)
    away = (low + high) / 2 - np.mean(problem.box, axis=1)
    moved = np.zeros(2) if any(loop.winding) else wrapped(away, around) - away
    low, high, point = low + moved, high + moved, point + moved
    log = sign * loop.log_multiplier
    return Cycle(
        dynamics=FLOW,
        step=0.0,
        shape=Shape.FAMILY if abs(log) <= NEUTRAL else Shape.CYCLE,
        state=(float(point[0]), float(point[1])),
        period=period,
        precision=float(np.abs(loop.gap).max()),
        extent=((float(low[0]), float(high[0])), (float(low[1]), float(high[1]))),
        multiplier=float(np.exp(log)),
        winding=whole(sign * np.array(loop.winding)),
    )


def _on_middle(problem: Planar, point: Floats, period: float, loop: Loop, sign: float) -> Floats:
    """The point of an orbit that winds where x, or else y, is in the middle of the torus."""
    k = 0 if loop.winding[0] else 1
    around, middle = periods(problem), np.mean(problem.box, axis=1)
    way = np.sign(loop.winding[k])
    target = point[k] + way * float((way * (middle - point)[k]) % around[k])

    def rate(_: float, z: Floats) -> Floats:
        return field(problem, z[None], sign).ravel()

    def arrives(_: float, z: Floats) -> float:
        return float(way * (z[k] - target))

    arrives.terminal, arrives.direction = True, 1.0  # type: ignore[attr-defined]
    path = solve_ivp(rate, (0.0, 2 * period), point, "DOP853", rtol=RTOL, atol=ATOL, events=arrives)
    there: Floats = middle + wrapped(path.y[:, -1] - middle, around)
    return there


def _shoot(
    problem: Planar, point: Floats, period: float, sign: float
) -> tuple[Floats, float, Loop] | None:
    """Newton's method on point and period until the gap is rounding: None if it does not get there."""
    loop = flow(problem, point, period, sign)
    for _ in range(12):
        gap = float(np.abs(loop.gap).max())
        if gap <= 1e-13:
            break
        # Unknown: the point, moved across the flow only, and the period.
        matrix = np.zeros((3, 3))
        matrix[:2, :2] = loop.monodromy - np.eye(2)
        matrix[:2, 2] = loop.end_slope
        matrix[2, :2] = field(problem, point[None], sign)[0]
        change = np.linalg.lstsq(matrix, np.append(-loop.gap, 0.0), rcond=1e-9)[0]
        longer = period + float(change[2])
        if not (np.isfinite(change).all() and 0 < longer < 2 * period):
            return None
        after = flow(problem, point + change[:2], longer, sign)
        if gap <= CLOSED and np.abs(after.gap).max() >= gap:
            break
        point, period, loop = point + change[:2], longer, after
    return (point, period, loop) if np.abs(loop.gap).max() <= CLOSED else None


def _first_return(problem: Planar, start: Floats, sign: float) -> float | None:
    """The time after which an orbit crosses the line through its start again, near the start."""
    normal, around = field(problem, start[None], sign)[0], periods(problem)

    def rate(_: float, z: Floats) -> Floats:
        return field(problem, z[None], sign).ravel()

    def crossing(_: float, z: Floats) -> float:
        return float(normal @ smooth_gap(z - start, around))

    crossing.terminal, crossing.direction = True, 1.0  # type: ignore[attr-defined]
    # A little beyond the line, so that the start is no crossing.
    time = 1e-3 / (1 + float(np.abs(normal).max()))
    z = solve_ivp(rate, (0.0, time), start, "DOP853", rtol=1e-9, atol=1e-12).y[:, -1]
    reach, longest = 0.0, _longest_step(problem)
    for _ in range(8 if np.isinf(around).all() else 32):
        path = solve_ivp(
            rate, (time, time + 2000.0), z, "DOP853", rtol=1e-9, atol=1e-12, events=crossing,
            max_step=longest,
        )  # fmt: skip
        if path.status != 1:
            return None
        reach = max(reach, float(np.abs(path.y - start[:, None]).max()))
        time, z = float(path.t[-1]), path.y[:, -1]
        if np.abs(wrapped(z - start, around)).max() <= 0.2 * reach:
            return time
    return None


def _longest_step(problem: Planar) -> float:
    """A time in which no orbit goes far round a torus: crossings are looked for between steps."""
    speed = np.abs(field(problem, _grid(np.array(problem.box)))).max(0)
    return float(np.min(periods(problem) / (8 * np.maximum(speed, 1e-9))))


def _grid(box: Floats) -> Floats:
    # Off-centre, so that no start lies on an axis of symmetry.
    t = (np.arange(GRID) + 0.37) / GRID
    (x0, x1), (y0, y1) = box
    return np.stack(np.meshgrid(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t), axis=-1).reshape(-1, 2)


def _inside(problem: Planar, z: Floats) -> Bools:
    """Whether points are in the search box, which has no border round a torus."""
    low, high = np.transpose(problem.box)
    endless = np.isfinite(periods(problem))
    return np.asarray((endless | ((z >= low) & (z <= high))).all(1))


def _same(a: Cycle, b: Cycle) -> bool:
    return bool(
        np.allclose(a.extent, b.extent, atol=1e-7)
        and np.isclose(a.period, b.period, rtol=1e-7)
        and a.winding == b.winding
    )
