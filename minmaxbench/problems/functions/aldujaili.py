"""Test functions of Al-Dujaili et al. (2018)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

AL_DUJAILI = (
    "Al-Dujaili, Srikant, Hemberg, O'Reilly. On the application of Danskin's theorem "
    "to derivative-free minimax problems. LeGO 2018 / arXiv:1805.06322; functions "
    "from 'A New Differential Evolution Algorithm for Minimax Optimization in Robust "
    "Design'"
)

planar(
    "rde_L1",
    title="robust-design L1: (x-1)^2 - (y-1)^2 on [0,10]^2",
    formula="(x - 1)**2 - (y - 1)**2",
    x=Box(0.0, 10.0),
    y=Box(0.0, 10.0),
    starts=((5.0, 5.0),),
    classes=(
        "convex-concave",
        "boxed",
    ),
    source=AL_DUJAILI,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "rde_L4",
    title="robust-design L4: cos(sqrt(x^2+y^2))/(sqrt(x^2+y^2)+10) on [0,10]^2",
    formula="cos(sqrt(x**2 + y**2))/(sqrt(x**2 + y**2) + 10)",
    x=Box(0.0, 10.0),
    y=Box(0.0, 10.0),
    starts=((5.0, 5.0),),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
    ),
    source=AL_DUJAILI,
    note="Starts: chosen here.",
    confidence="high",
)
