"""The classes of problems: the words that a declaration may use, and what they mean."""

from __future__ import annotations

CLASSES = {
    "bilinear": "linear in x and in y",
    "quadratic": "a quadratic form",
    "convex-concave": "convex in x, concave in y",
    "convex-nonconcave": "convex in x, not concave in y",
    "convex-linear": "convex in x, linear in y",
    "convex-convex": "convex in both: the max-player has no interior answer",
    "concave-convex": "concave in x, convex in y: the wrong curvature for both players",
    "linear-nonconcave": "linear in x, not concave in y",
    "nonconvex-linear": "not convex in x, linear in y",
    "nonconvex-concave": "not convex in x, concave in y",
    "nonconvex-strongly-concave": "not convex in x, strongly concave in y",
    "nonconvex-nonconcave": "neither convex in x nor concave in y",
    "bounded": "f is bounded on its domain",
    "boxed": "the players move in intervals",
    "degenerate": "has stationary points with a singular Hessian",
    "hidden-bilinear": "a bilinear game seen through nonlinear maps",
    "ill-conditioned": "curvatures of very different size",
    "lift": "made from a planar function",
    "limit-cycle": "gradient dynamics cycle or recur",
    "multimodal": "many stationary points",
    "negative-control": "no equilibrium that an algorithm should find, or GDA finds a wrong point",
    "nonsmooth": "has kinks, at solutions too",
    "periodic": "periodic in both variables",
    "simplex": "the players mix: each moves in a simplex",
    "separable": "f(x, y) = g(x) - h(y)",
    "two-sided-PL": "satisfies the Polyak-Lojasiewicz condition in x and in y",
    "variational-inequality": "no min-max problem: each player has a cost of its own",
    "weak-MVI": "has a solution of the weak Minty variational inequality",
}
