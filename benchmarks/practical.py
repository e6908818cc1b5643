"""The solutions of the practical problems, to rounding: data of the package.

    python -m benchmarks.practical [NAME ...]

writes ``minmaxbench/problems/data/practical/NAME.json`` and prints residual and duality gap. Where the best
answer of the max-player is known, the primal function is minimised by L-BFGS, and its gradient solved
by Newton's method; otherwise the variational inequality is solved by extragradient, and its natural
residual by Newton's method; matrix games are linear programs. Takes two minutes, most of it sparse PCA.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, nnls

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Kind
from minmaxbench.problems.families.matrix_games import mixed
from minmaxbench.problems.practical.adversarial import MU, REACH, N
from minmaxbench.problems.practical.base import Practical
from minmaxbench.problems.practical.data import logistic
from minmaxbench.problems.registry import get_problem

FOLDER = Path(__file__).parents[1] / "minmaxbench" / "problems" / "data" / "practical"
COMMAND = "python -m benchmarks.practical"
STEP = 1e-6
"""Jacobians are differences over this: Newton's method needs no more of them."""


def newton(residual: Callable[[Floats], Floats], z: Floats, rounds: int = 60) -> Floats:
    """A zero of a function of (lanes, d), from near by; the best point that was seen."""
    best, least = z, float(np.abs(residual(z[None])).max())
    for _ in range(rounds):
        here = residual(z[None])[0]
        basis = STEP * np.eye(len(z))
        jacobian = (residual(z + basis) - residual(z - basis)).T / (2 * STEP)
        z = z - np.linalg.lstsq(jacobian, here, rcond=1e-12)[0]
        size = float(np.abs(residual(z[None])).max())
        if size < least:
            best, least = z, size
    return best


def by_primal(problem: Practical, starts: int = 1) -> dict[str, object]:
    """The x that minimises max over y of f, the answer known; the best of several starts."""

    def slope(x: Floats) -> Floats:
        return problem.grad_x(np, x, problem.answer(np, x))

    def both(x: Floats) -> tuple[float, Floats]:
        return float(problem.primal(np, x[None])[0]), slope(x[None])[0]

    rng = np.random.default_rng(0)
    found = []
    low = np.full(problem.dx, -np.inf)
    if problem.x_set.constrained:
        low = problem.x_set.project(np, np.full((1, problem.dx), -1e9))[0]
    bounds = [(a if a > -1e8 else None, None) for a in low]
    for _ in range(starts):
        x, _ = problem.place(*(rng.uniform(-1, 1, (1, d)) for d in (problem.dx, problem.dy)))
        options = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10}
        near = minimize(both, x[0], jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        found.append(newton(slope, near.x))
    x = min(found, key=lambda x: float(problem.primal(np, x[None])[0]))[None]
    y = problem.answer(np, x)
    kind, proof = Kind.NASH, "convex-concave: L-BFGS on the primal function, then Newton's method"
    if "convex-nonconcave" in problem.about.classes:
        assert local_kind(problem, x, slope) is Kind.NASH
        proof = "f is convex in x: L-BFGS on the primal function, then Newton's method"
    elif "convex-concave" not in problem.about.classes:
        kind = local_kind(problem, x, slope)
        proof = f"the best of {starts} starts: L-BFGS on the primal function, then Newton's method"
    print(f"  gap {gap(problem, x, y):.1e}")
    return {"x": x.tolist(), "kind": [kind], "complete": False, "proof": proof}


def local_kind(problem: Practical, x: Floats, slope: Callable[[Floats], Floats]) -> Kind:
    """Nash where f is convex in x near by, minimax where only the primal function is."""
    e = STEP * np.eye(problem.dx)
    primal = (slope(x + e) - slope(x - e)) / (2 * STEP)
    y = np.broadcast_to(problem.answer(np, x), (problem.dx, problem.dy))
    same = np.broadcast_to(x, e.shape)
    own, _ = problem.hvp(np, same, y, np.eye(problem.dx), np.zeros_like(y))
    least = [float(np.linalg.eigvalsh(h + h.T)[0]) / 2 for h in (primal, own)]
    print(f"  least curvature in x: primal {least[0]:.2e}, own {least[1]:.2e}")
    assert least[0] > 1e-6, "no strict local minimum of the primal function"
    return Kind.NASH if least[1] > 1e-6 else Kind.MINIMAX


def gap(problem: Practical, x: Floats, y: Floats) -> float:
    """max over y of f(x, .) less min over x of f(., y), the latter by Newton's method."""

    def residual(z: Floats) -> Floats:
        other = np.broadcast_to(y, (len(z), problem.dy))
        return z - problem.x_set.project(np, z - problem.grad_x(np, z, other))

    if not problem.metrics or problem.metrics[0].name != "primal":
        return np.nan
    lowest = newton(residual, x[0], 5)[None]
    return float((problem.primal(np, x) - problem.value(np, lowest, y))[0])


def by_inequality(problem: Practical, steps: int = 30000, eta: float = 0.05) -> dict[str, object]:
    """A zero of the natural residual, from where extragradient comes to."""
    dx = problem.dx

    def field(z: Floats) -> Floats:
        gx, gy = problem.grad(np, z[:, :dx], z[:, dx:])
        return np.concatenate([gx, -gy], axis=1)

    def project(z: Floats) -> Floats:
        parts = problem.x_set.project(np, z[:, :dx]), problem.y_set.project(np, z[:, dx:])
        return np.concatenate(parts, axis=1)

    z = np.concatenate(problem.place(np.zeros((1, dx)), np.full((1, problem.dy), 0.5)), axis=1)
    for _ in range(steps):
        z = project(z - eta * field(project(z - eta * field(z))))
    z = newton(lambda z: z - project(z - field(z)), z[0], 20)[None]
    x, y = z[:, :dx], problem.y_set.project(np, z[:, dx:])
    print(f"  gap {gap(problem, x, y):.1e}")
    proof = "convex-concave: extragradient, then Newton's method on the natural residual"
    return both(x, y, Kind.NASH, proof)


def both(x: Floats, y: Floats, kind: Kind, proof: str) -> dict[str, object]:
    """What a file says of one point."""
    return {"x": x.tolist(), "y": y.tolist(), "kind": [kind], "complete": False, "proof": proof}


def boosting() -> dict[str, object]:
    """A linear program for each player."""
    problem = get_problem("boosting_game")
    payoff = -np.concatenate([problem.z.rows, -problem.z.rows], axis=1)
    x, y = mixed(payoff)[None], mixed(-payoff.T)[None]
    print(f"  gap {float(problem.primal(np, x)[0] + problem.grad_x(np, x, y).min() * -1):.1e}")
    proof = "a linear program for each player; other solutions may have the same value"
    return both(x, y, Kind.NASH, proof)


def adversarial_linear() -> dict[str, object]:
    """max over d is a smooth convex function of w+, w- >= 0 with w = w+ - w-; then Newton's method."""
    problem = get_problem("adversarial_linear")
    p = problem.dx - 1

    def split(z: Floats) -> tuple[float, Floats]:
        w = np.append(z[:p] - z[p : 2 * p], z[-1])[None]
        size = np.sum(z[: 2 * p])
        margin, _ = problem._margins(np, w, np.zeros((1, problem.dy)))
        loss, slope = logistic(np, margin - REACH * size)
        gw, more = problem.z.transpose(np, slope)[0] / N, -REACH * slope.mean()
        reg = MU * w[0]
        g = np.concatenate(
            [gw + reg[:p] + more, -gw - reg[:p] + more, [slope[0] @ problem.t / N + reg[-1]]]
        )
        return float(loss.mean() + MU / 2 * (w @ w.T)[0, 0]), g

    bounds = [(0, None)] * (2 * p) + [(None, None)]
    options = {"maxiter": 20000, "maxfun": 40000, "ftol": 1e-16, "gtol": 1e-12}
    z = minimize(
        split, np.zeros(2 * p + 1), jac=True, method="L-BFGS-B", bounds=bounds, options=options
    ).x
    x = np.append(z[:p] - z[p : 2 * p], z[-1])
    free = np.abs(x) > 1e-4

    def slope(u: Floats) -> Floats:
        w = np.zeros((len(u), problem.dx))
        w[:, free] = u
        return problem.grad_x(np, w, problem.answer(np, w))[:, free]

    x[~free] = 0.0
    x[free] = newton(slope, x[free])
    print(f"  weights {x}")
    proof = "max over d is convex in (w, c): L-BFGS, then Newton's method on the weights that are not zero"
    return {"x": [x.tolist()], "kind": [Kind.NASH], "complete": False, "proof": proof}


def fair_pca() -> dict[str, object]:
    """min t with -v'S_g v <= t and |v| <= 1 by SLSQP from many starts, then Newton's method."""
    problem = get_problem("fair_pca")
    moments = problem.moments.rows.reshape(problem.dy, problem.dx, problem.dx)
    d = problem.dx
    cost = np.append(np.zeros(d), 1.0)

    def slack(z: Floats) -> Floats:
        v = z[:d]
        return np.append(z[d] + np.einsum("i,gij,j->g", v, moments, v), 1 - v @ v)

    def slack_jacobian(z: Floats) -> Floats:
        rows = np.concatenate([2 * np.einsum("gij,j->gi", moments, z[:d]), -2 * z[None, :d]])
        return np.column_stack([rows, np.append(np.ones(problem.dy), 0.0)])

    limits = {"type": "ineq", "fun": slack, "jac": slack_jacobian}
    rng = np.random.default_rng(0)
    found = []
    for _ in range(40):
        v = rng.standard_normal(d)
        v /= np.sqrt(v @ v)
        start = np.append(v, problem.primal(np, v[None]))
        options = {"maxiter": 500, "ftol": 1e-14}
        found.append(
            minimize(
                lambda z: (z[d], cost),
                start,
                jac=True,
                method="SLSQP",
                constraints=limits,
                options=options,
            ).x
        )
    z = min(found, key=lambda z: z[d])
    print(f"  values of {len(found)} starts: {np.sort([f[d] for f in found]).round(6)}")
    v = z[:d] * np.sign(z[0]) / np.sqrt(z[:d] @ z[:d])
    worst = problem.grad_y(np, v[None], v[None])[0]
    active = worst > worst.max() - 1e-6
    images = moments[active] @ v
    tangent = images - (images @ v)[:, None] * v
    system = np.column_stack([tangent, 1e3 * np.ones(int(active.sum()))]).T
    q = np.zeros(problem.dy)
    q[active] = nnls(system, np.append(np.zeros(d), 1e3))[0]

    def residual(z: Floats) -> Floats:
        v, q = z[:, :d], z[:, d:]
        gx, gy = problem.grad(np, v, q)
        # On the sphere: the multiplier of |v| <= 1 makes up for the gradient along v.
        along = np.sum(v * gx, axis=1, keepdims=True)
        out = gx - along * v + v * (np.sum(v * v, 1) - 1)[:, None]
        return np.concatenate([out, q - problem.y_set.project(np, q + gy)], axis=1)

    z = newton(residual, np.concatenate([v, q]), 20)
    v, q = problem.x_set.project(np, z[None, :d]), problem.y_set.project(np, z[None, d:])
    dual = -float(np.linalg.eigvalsh(np.tensordot(q[0], moments, 1))[-1])
    print(f"  dual value of q {dual:.6f}, weights {q[0].round(4)}")
    proof = "the best of 40 starts: SLSQP, then Newton's method"
    kinds = [Kind.MINIMAX, Kind.MINIMAX]
    twice = both(np.concatenate([v, -v]), np.concatenate([q, q]), kinds[0], proof)
    return {**twice, "kind": kinds}


def sparse_pca() -> dict[str, object]:
    """All supports and signs: on each the best v is a top eigenvector of S - 0.3 s s'."""
    problem = get_problem("sparse_pca")
    s, bound = problem.s, problem.y_set.upper
    best, v = np.inf, np.zeros(13)
    for size in range(1, 14):
        signs = np.array([(1, *rest) for rest in itertools.product((1, -1), repeat=size - 1)])
        for support in itertools.combinations(range(13), size):
            block = s[np.ix_(support, support)] - bound * signs[:, :, None] * signs[:, None, :]
            _, vectors = np.linalg.eigh(block)
            top = vectors[:, :, -1]
            x = np.zeros((len(top), 13))
            x[:, support] = top
            value = problem.primal(np, x)
            if value.min() < best:
                best, v = float(value.min()), x[value.argmin()]
    v = v * np.sign(v[np.abs(v).argmax()])
    held = np.abs(v) > 1e-9
    v = np.where(held, v, 0.0)
    pull = np.clip(s @ v / np.abs(v).sum(), -bound, bound)
    u = -bound * np.sign(np.outer(v, v))
    u = np.where(held[:, None] & ~held, -pull * np.sign(v)[:, None], u)
    u = np.where(~held[:, None] & held, -pull[:, None] * np.sign(v), u)
    values = np.linalg.eigvalsh(s + u)
    own = float(v @ (s + u) @ v)
    print(
        f"  support {int(held.sum())}, f {best:.12f}, eigenvalues {values[-2:]}, v'(S+U)v {own:.12f}"
    )
    kind = Kind.NASH if values[-1] <= own + 1e-9 else Kind.MINIMAX
    proof = "the least of max over U for all 797,161 supports and signs of v, an eigenvector each"
    y = u.reshape(1, -1)
    twice = both(np.stack([v, -v]), np.concatenate([y, y]), kind, proof)
    return {**twice, "kind": [kind, kind]}


METHODS: dict[str, Callable[[], dict[str, object]]] = {
    **{
        name: lambda name=name: by_primal(get_problem(name))  # type: ignore[misc]
        for name in (
            "auc_linear",
            "dro_chi2",
            "dro_kl",
            "group_regression",
            "worst_class",
            "wasserstein_dro",
        )
    },
    "dro_nonconvex": lambda: by_primal(get_problem("dro_nonconvex"), starts=20),
    **{
        name: lambda name=name: by_inequality(get_problem(name))  # type: ignore[misc]
        for name in ("group_dro", "fair_logistic", "neyman_pearson")
    },
    "boosting_game": boosting,
    "adversarial_linear": adversarial_linear,
    "fair_pca": fair_pca,
    "sparse_pca": sparse_pca,
}


def main(names: list[str]) -> None:
    """Solve the problems named, all if none is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or METHODS:
        print(name)
        found = {"command": f"{COMMAND} {name}", **METHODS[name]()}
        (FOLDER / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")
        problem = get_problem(name)
        known = problem.points()
        residual = problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y))
        print(f"  f {known.value}, residual {residual.max():.1e}, {known.kind[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
