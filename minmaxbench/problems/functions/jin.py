"""Test functions of Jin, Netrapalli and Jordan (ICML 2020)."""

import math

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

JIN = (
    "Jin, Netrapalli, Jordan. What is Local Optimality in Nonconvex-Nonconcave "
    "Minimax Optimization? ICML 2020, arXiv:1902.00618"
)

planar(
    "jin_quadratic",
    title="Jin et al. Fig. 1: local minimax, not local Nash",
    formula="-x**2 + 5*x*y - y**2",
    starts=((1.0, 1.0),),
    classes=(
        "nonconvex-strongly-concave",
        "quadratic",
    ),
    source=JIN,
    note="Starts: chosen here.",
    confidence="medium",
)

planar(
    "jin_cos",
    title="0.2xy - cos(y): global minimax that is not stationary",
    formula="x*y/5 - cos(y)",
    x=Box(-1.0, 1.0),
    y=Box(-2 * math.pi, 2 * math.pi),
    starts=(
        (0.5, 1.0),
        (-0.5, -1.0),
    ),
    classes=(
        "convex-nonconcave",
        "boxed",
    ),
    source=(
        "Jin, Netrapalli, Jordan. What is Local Optimality in Nonconvex-Nonconcave "
        "Minimax Optimization? ICML 2020, arXiv:1902.00618; Razaviyayn, Huang, Lu, "
        "Nouiehed, Sanjabi, Hong. Non-convex Min-Max Optimization: Applications, "
        "Challenges, and Recent Theoretical Advances. IEEE SPM 2020, arXiv:2006.08141"
    ),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "jin_sin_sum",
    title="sin(x+y): no local Nash, continuum of (weak) local minimax",
    formula="sin(x + y)",
    starts=(
        (0.3, 0.4),
        (2.0, 1.0),
    ),
    bounds=(-1.0, 1.0),
    smoothness=2.0,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
        "degenerate",
    ),
    source=JIN,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "jin_no_local_minimax",
    title="y^2 - 2xy on [-1,1]^2: no local minimax point",
    formula="-2*x*y + y**2",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=(
        (0.5, 0.5),
        (-0.5, 0.3),
    ),
    classes=(
        "convex-convex",
        "boxed",
        "negative-control",
    ),
    source=JIN,
    note="Starts: chosen here.",
    confidence="medium",
)
