"""Test functions of Daskalakis and co-authors (2018 to 2023)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

DASKALAKIS = (
    "Daskalakis, Panageas. The Limit Points of (Optimistic) Gradient Descent in Min-"
    "Max Optimization. NeurIPS 2018, arXiv:1807.03907"
)
DASKALAKIS_2 = (
    "Daskalakis, Foster, Golowich. Independent Policy Gradient Methods for "
    "Competitive RL. NeurIPS 2020; Diakonikolas, Daskalakis, Jordan. Efficient "
    "Methods for Structured Nonconvex-Nonconcave Min-Max Optimization. AISTATS 2021 "
    "(arXiv:2011.00364); Bohm. arXiv:2201.12247"
)

planar(
    "dp_f1",
    title="-x^2/8 - y^2/2 + 6/10 xy",
    formula="-x**2/8 + 3*x*y/5 - y**2/2",
    starts=((1.0, 1.0),),
    classes=(
        "nonconvex-strongly-concave",
        "quadratic",
    ),
    source=DASKALAKIS,
    note="Starts: chosen here.",
    confidence="medium",
)

planar(
    "dp_f2",
    title="x^2/2 + y^2/2 + 4xy",
    formula="x**2/2 + 4*x*y + y**2/2",
    starts=((1.0, 1.0),),
    classes=(
        "convex-convex",
        "quadratic",
        "negative-control",
    ),
    source=DASKALAKIS,
    note="Starts: chosen here.",
    confidence="medium",
)

planar(
    "stonr_f2",
    title="STON'R f2 (smoothstep): -xy - y^2/20 + (1/10) S((x^2+y^2)/2) y^2, S(z)=3z^2-2z^3",
    formula="-x*y + y**2*(-2*(x**2/2 + y**2/2)**3 + 3*(x**2/2 + y**2/2)**2)/10 - y**2/20",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=(
        (0.5, 0.5),
        (0.9, 0.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "boxed",
    ),
    source=(
        "Daskalakis, Golowich, Skoulakis, Zampetakis. STay-ON-the-Ridge: Guaranteed "
        "Convergence to Local Minimax Equilibrium in Nonconvex-Nonconcave Games. COLT "
        "2023"
    ),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "ratio_game_exotic",
    title="von Neumann ratio game <x,Ry>/<x,Sy>, x = (p,1-p), y = (q,1-q)",
    formula=(
        "(-3*x*y/5 - 3*x*(1 - y)/10 + 3*y*(1 - x)/5 - 3*(1 - x)*(1 - y)/10)/(9*x*y/10 + "
        "x*(1 - y)/2 + 4*y*(1 - x)/5 + 2*(1 - x)*(1 - y)/5)"
    ),
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=(
        (1.0, 1.0),
        (0.2, 0.8),
        (0.5, 0.5),
    ),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
        "weak-minty",
    ),
    source=DASKALAKIS_2,
    note=(
        "Settings in the source: R = [[-3/5, -3/10], [3/5, -3/10]], S = [[9/10, 1/2], "
        "[4/5, 2/5]]. Starts: (1,1) and (0.2,0.8) Bohm code; (0.5,0.5) chosen here."
    ),
    confidence="high",
)

planar(
    "ratio_game_dfg",
    title="von Neumann ratio game <x,Ry>/<x,Sy>, x = (p,1-p), y = (q,1-q)",
    formula=(
        "(-x*y + x*(1 - y)/10 - y*(1 - x)/10)/(3*x*y/10 + 3*x*(1 - y)/10 + y*(1 - x) + (1 "
        "- x)*(1 - y))"
    ),
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=(
        (1.0, 1.0),
        (0.2, 0.8),
        (0.5, 0.5),
    ),
    classes=(
        "nonconvex-linear",
        "boxed",
        "weak-minty",
    ),
    source=DASKALAKIS_2,
    note=(
        "Settings in the source: R = [[-1, 1/10], [-1/10, 0]], S = [[3/10, 3/10], [1, "
        "1]]. Starts: (1,1) Bohm code."
    ),
    confidence="high",
)
