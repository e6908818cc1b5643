"""Test functions of Mertikopoulos et al. (ICLR 2019)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "omd_fig1",
    title="OMD Fig. 1: (x-1/2)(y-1/2) + (1/3) exp(-(x-1/4)^2-(y-3/4)^2) on [0,1]^2",
    formula="(x - 1/2)*(y - 1/2) + exp(-(x - 1/4)**2 - (y - 3/4)**2)/3",
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=(
        (0.2, 0.2),
        (0.8, 0.8),
    ),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
    ),
    source=(
        "Mertikopoulos, Lecouat, Zenati, Foo, Chandrasekhar, Piliouras. Optimistic mirror "
        "descent in saddle-point problems: going the extra (gradient) mile. ICLR 2019, "
        "arXiv:1807.02629; Daskalakis, Golowich, Skoulakis, Zampetakis. STay-ON-the-"
        "Ridge: Guaranteed Convergence to Local Minimax Equilibrium in Nonconvex-"
        "Nonconcave Games. COLT 2023"
    ),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "omd_ex22",
    title="OMD Ex. 2.2: (x^4 y^2 + x^2 + 1)(x^2 y^4 - y^2 + 1)",
    formula="(x**2*y**4 - y**2 + 1)*(x**4*y**2 + x**2 + 1)",
    starts=(
        (0.5, 0.5),
        (-0.3, 0.8),
    ),
    classes=("convex-nonconcave",),
    source=(
        "Mertikopoulos, Lecouat, Zenati, Foo, Chandrasekhar, Piliouras. Optimistic mirror "
        "descent in saddle-point problems: going the extra (gradient) mile. ICLR 2019, "
        "arXiv:1807.02629"
    ),
    note="Starts: chosen here.",
    confidence="high",
)
