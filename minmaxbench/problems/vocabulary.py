"""The classes of problems: the words that a declaration may use, and what they mean."""

from __future__ import annotations

CURVATURES = {
    "bilinear": "linear in x and in y",
    "convex-linear": "convex in x, linear in y",
    "convex-concave": "convex in x, concave in y",
    "nonconvex-linear": "not convex in x, linear in y",
    "nonconvex-strongly-concave": "not convex in x, strongly concave in y",
    "nonconvex-concave": "not convex in x, concave in y",
    "linear-nonconcave": "linear in x, not concave in y",
    "convex-convex": "convex in both: the max-player has no interior answer",
    "convex-nonconcave": "convex in x, not concave in y",
    "concave-convex": "concave in x, convex in y: the wrong curvature for both players",
    "nonconvex-nonconcave": "neither convex in x nor concave in y",
}
"""How f curves in each player's variables; a narrower class stands before a wider one."""

PROPERTIES = {
    "bounded": "f is bounded on its domain",
    "boxed": "the players move in intervals",
    "constrained": "a player moves in a set with a border",
    "degenerate": "has stationary points with a singular Hessian",
    "hidden-bilinear": "a bilinear game seen through nonlinear maps",
    "ill-conditioned": "curvatures of very different size",
    "interaction-dominant": "the coupling outweighs the wrong curvature of both players, alpha > 0",
    "lift": "made from a planar function",
    "limit-cycle": "gradient dynamics cycle or recur",
    "multimodal": "many stationary points",
    "negative-control": "no equilibrium that an algorithm should find, or GDA finds a wrong point",
    "no-equilibrium": "all stationary points are known, and none is a local minimax point",
    "nonconvex-PL": "not convex in x; in y it satisfies the Polyak-Lojasiewicz condition",
    "nonsmooth": "has kinks, at solutions too",
    "periodic": "periodic in both variables",
    "planted": "made around a stationary point of a kind that was asked for",
    "practical": "a task of practice; data, where there are any, are real",
    "quadratic": "a quadratic form",
    "separable": "f(x, y) = g(x) - h(y)",
    "simplex": "the players mix: each moves in a simplex",
    "two-sided-PL": "satisfies the Polyak-Lojasiewicz condition in x and in y",
    "variational-inequality": "no min-max problem: each player has a cost of its own",
    "weak-minty": "not convex-concave; a weak Minty solution with rho > -1/(2L)",
}
"""What else a problem is like."""

CLASSES = CURVATURES | PROPERTIES
