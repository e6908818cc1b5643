"""Listed points against the definition: stationary, inside the sets, of the kind they are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Kind, Points
from minmaxbench.errors import UserError
from minmaxbench.problems.checks.asked import Asked, at

RESIDUAL = 1e-6
"""A listed point's residual may be this part of a typical one."""
ROWS, SIZE = 30, 60
"""Second derivatives are looked at for so many points, in up to so many coordinates."""
ASIDE, NEWTON = 1e-5, 8
"""So far from a listed point Newton's method begins, and so many steps it makes."""
STEP = 1e-4
"""Of differences of the gradient, where there are no Hessian-vector products."""


def check_points(asked: Asked, typical: float) -> None:
    """Refuse listed points that are not what they are called; ``typical`` is a usual residual."""
    known = asked.quietly("points()", asked.problem.points)
    _check_form(asked, known)
    if len(known):
        _check_places(asked, known, typical)
        _check_distances(asked, known)
        _check_kinds(asked, known)


def _check_form(asked: Asked, known: Points) -> None:
    """Shapes and types."""
    problem = asked.problem
    if not isinstance(known, Points):
        raise UserError(f"points() of '{problem.name}' must return Points.")
    m = len(known.kind)
    valued = Call.VALUE in problem.offers
    wanted = {"x": (m, problem.dx), "y": (m, problem.dy), "value": (m,)}
    for name, shape in wanted.items():
        array = getattr(known, name)
        got = getattr(array, "shape", None)
        if got != shape:
            raise UserError(
                f"points() of '{problem.name}' has {name} of shape {got}; wanted {shape}, as there "
                f"are {m} kinds."
            )
        finite = np.isfinite(array).all() or (name == "value" and not valued)
        if array.dtype != np.float64 or not finite:
            raise UserError(f"points() of '{problem.name}' has {name} that are no finite floats.")
    if not all(isinstance(kind, Kind) for kind in known.kind):
        raise UserError(f"points() of '{problem.name}' has kinds that are no Kind.")


def _check_places(asked: Asked, known: Points, typical: float) -> None:
    """Inside the sets, with the value that is listed, and stationary."""
    problem, x, y = asked.problem, known.x, known.y
    off = np.maximum(
        np.abs(problem.x_set.project(np, x) - x).max(1),
        np.abs(problem.y_set.project(np, y) - y).max(1),
    )
    if (k := _first(off > 1e-8 * (1 + np.abs(x).max(1) + np.abs(y).max(1)))) is not None:
        raise _refused(asked, known, k, f"is {off[k]:.3g} outside the players' sets")
    f = asked.value(x, y) if Call.VALUE in problem.offers else known.value
    if (
        Call.VALUE in problem.offers
        and (k := _first(~(np.abs(f - known.value) <= 1e-6 * (1 + np.abs(f))))) is not None
    ):
        listed = known.value[k]
        raise _refused(
            asked, known, k, f"is listed with the value {listed:.9g}, but has {f[k]:.9g}"
        )
    residual = problem.residual(np, x, y, *asked.grad(x, y))
    if (k := _first(~(residual <= RESIDUAL * max(1.0, typical)))) is not None:
        size = f"its residual is {residual[k]:.3g}, elsewhere {typical:.3g}"
        raise _refused(asked, known, k, f"is not stationary: {size}")


def _first(where: Bools) -> int | None:
    """The first row of a mask, if there is one."""
    return int(where.argmax()) if where.any() else None


def _refused(asked: Asked, known: Points, k: int, why: str) -> UserError:
    """The error about a row."""
    row = f"Row {k} of points() of '{asked.problem.name}', {at(known.x[k], known.y[k])},"
    return UserError(f"{row} {why}.")


def _check_distances(asked: Asked, known: Points) -> None:
    """A point is at distance zero from itself."""
    rows = slice(0, ROWS)
    gaps = asked.quietly(
        "distances", lambda: asked.problem.distances(np, known.x[rows], known.y[rows])
    )
    count = min(ROWS, len(known))
    if getattr(gaps, "shape", None) != (count, len(known)):
        raise UserError(
            f"distances of '{asked.problem.name}' returned shape {getattr(gaps, 'shape', None)}; "
            f"wanted {(count, len(known))}."
        )
    own = np.diag(gaps)
    if (k := _first(~(own <= 1e-6))) is not None:
        raise _refused(asked, known, k, f"is {own[k]:.3g} away from itself")


def _check_kinds(asked: Asked, known: Points) -> None:
    """Kinds against second derivatives, at points that no bound is near."""
    problem = asked.problem
    if problem.dx + problem.dy > SIZE:
        return
    free = np.flatnonzero(_free(asked, known))[:ROWS]
    if not free.size:
        return
    hessians, slack = _hessians(asked, known.x[free], known.y[free])
    for k, hessian in zip(free, hessians, strict=True):
        kind = known.kind[k]
        curvature = Curvature(hessian, problem.dx, slack * float(np.abs(hessian).max()))
        why = curvature.against(kind)
        if why:
            said = f"is listed as {kind.value}, but second derivatives say otherwise: {why}"
            raise _refused(asked, known, int(k), said)


def check_newton(asked: Asked) -> None:
    """Refuse listed points to which Newton's method does not come back from beside them.

    Looked at where no bound is near and second derivatives are steady and far from singular.
    """
    problem, known = asked.problem, asked.quietly("points()", asked.problem.points)
    if not len(known) or problem.dx + problem.dy > SIZE or not _free(asked, known).any():
        return
    rows = np.flatnonzero(_free(asked, known))[:ROWS]
    home = np.concatenate([known.x, known.y], axis=1)[rows]
    away = np.random.default_rng(4).standard_normal(home.shape)
    z = home + ASIDE * away / np.sqrt((away * away).sum(1, keepdims=True))

    def slopes(z: Floats) -> Floats:
        return _slopes(asked, z[:, : problem.dx], z[:, problem.dx :])

    sizes = np.linalg.svd(slopes(home), compute_uv=False)
    steady = np.abs(slopes(z) - slopes(home)).max((1, 2)) < 0.1 * sizes[:, -1]
    good = steady & (sizes[:, -1] > 1e-3 * sizes[:, 0])
    rows, home, z = rows[good], home[good], z[good]
    if not rows.size:
        return
    for _ in range(NEWTON):
        gradient = np.concatenate(asked.grad(z[:, : problem.dx], z[:, problem.dx :]), axis=1)
        z = z - np.linalg.solve(slopes(z), gradient[..., None])[..., 0]
    gap = np.diag(problem.distances(np, z[:, : problem.dx], z[:, problem.dx :])[:, rows])
    if (k := _first(~(gap <= 1e-8 * (1 + np.abs(home).max(1, initial=0))))) is not None:
        why = f"is not where Newton's method ends from beside it: that is {gap[k]:.3g} away"
        raise _refused(asked, known, int(rows[k]), why)


def _free(asked: Asked, known: Points) -> Bools:
    """Where both players can move a little in every direction."""
    problem, rng = asked.problem, np.random.default_rng(3)
    free = np.ones(len(known), dtype=bool)
    for s, z in ((problem.x_set, known.x), (problem.y_set, known.y)):
        if s.constrained:
            for _ in range(2 * z.shape[1] + 2):
                aside = 1e-5 * rng.standard_normal(z.shape)
                # Both ways: chance alone may lead away from a bound every time.
                for moved in (z + aside, z - aside):
                    free &= np.abs(s.project(np, moved) - moved).max(1) <= 1e-12
    return free


def _hessians(asked: Asked, x: Floats, y: Floats) -> tuple[Floats, float]:
    """(rows, d, d), and how exact they are."""
    hessians = _slopes(asked, x, y)
    slack = 1e-7 if Call.HVP in asked.problem.offers else 1e-4
    return (hessians + np.swapaxes(hessians, 1, 2)) / 2, slack


def _slopes(asked: Asked, x: Floats, y: Floats) -> Floats:
    """The derivative of both gradients, (rows, d, d); of a game it need not be symmetric."""
    problem = asked.problem
    z, dx = np.concatenate([x, y], axis=1), problem.dx
    d = z.shape[1]
    columns = []
    for e in np.eye(d):
        if Call.HVP in problem.offers:
            along = np.broadcast_to(e, z.shape)
            column = np.concatenate(asked.hvp(x, y, along[:, :dx], along[:, dx:]), axis=1)
        else:
            ahead, behind = (
                np.concatenate(asked.grad((z + s * e)[:, :dx], (z + s * e)[:, dx:]), axis=1)
                for s in (STEP, -STEP)
            )
            column = (ahead - behind) / (2 * STEP)
        columns.append(column)
    return np.stack(columns, axis=-1)


@dataclass(frozen=True)
class Curvature:
    """What a Hessian decides: Jin, Netrapalli, Jordan (ICML 2020), Propositions 18 to 20."""

    hessian: Floats
    dx: int
    slack: float

    def against(self, kind: Kind) -> str:
        """Why a point cannot be of that kind; nothing where it can."""
        a, b = self.hessian[: self.dx, : self.dx], self.hessian[: self.dx, self.dx :]
        c = self.hessian[self.dx :, self.dx :]
        low_x, high_y = _lowest(a), -_lowest(-c)
        # What is left of a player's curvature once the other one answers.
        answered_x = self._answered(a, b, c) if high_y < -self.slack else None
        answered_y = self._answered(-c, b.T, -a) if low_x > self.slack else None
        strict = self._strict(low_x, high_y, answered_x, answered_y)
        convex = f"the smallest eigenvalue of f_xx is {low_x:.3g}"
        concave = f"the largest eigenvalue of f_yy is {high_y:.3g}"
        if kind is Kind.NASH:
            return convex if low_x < -self.slack else concave if high_y > self.slack else ""
        if kind is Kind.MINIMAX:
            lost = answered_x is not None and answered_x < -self.slack
            return concave if high_y > self.slack else _schur("x", answered_x) if lost else ""
        if kind is Kind.MAXIMIN:
            lost = answered_y is not None and answered_y < -self.slack
            return convex if low_x < -self.slack else _schur("y", answered_y) if lost else ""
        return f"it is a {strict.value}" if strict is not None else ""

    def _strict(
        self, low_x: float, high_y: float, answered_x: float | None, answered_y: float | None
    ) -> Kind | None:
        if low_x > self.slack and high_y < -self.slack:
            return Kind.NASH
        if answered_x is not None and answered_x > self.slack:
            return Kind.MINIMAX
        if answered_y is not None and answered_y > self.slack:
            return Kind.MAXIMIN
        return None

    @staticmethod
    def _answered(a: Floats, b: Floats, c: Floats) -> float:
        return _lowest(a - b @ np.linalg.solve(c, b.T))


def _schur(player: str, value: float | None) -> str:
    return f"once the other player answers, {player} has the curvature {value:.3g}"


def _lowest(matrix: Floats) -> float:
    return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[0])
