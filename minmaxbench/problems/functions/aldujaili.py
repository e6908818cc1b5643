"""Test functions of Al-Dujaili et al. (2018)."""

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar
from minmaxbench.problems.several import Known, game

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

game(
    "rde_L5",
    title="robust-design L5: Rosenbrock with a linear adversary",
    formula="100*(x2 - x1**2)**2 + (1 - x1)**2 - y1*(x1 + x2**2) - y2*(x1**2 + x2)",
    dx=2,
    dy=2,
    x=Box((-0.5, 0.0), (0.5, 1.0)),
    y=Box(0.0, 10.0),
    region=(0.0, 1.0),
    classes=("nonconvex-linear", "boxed"),
    points=(Known((0.5, 0.25), (0.0, 0.0), Kind.NASH),),
    proof="closed form: y = 0 is the only answer to x with x1 > 0, and Rosenbrock's function alone "
    "is least at (1/2, 1/4)",
    source=AL_DUJAILI,
    confidence="high",
)

game(
    "rde_L6",
    title="robust-design L6: a constrained problem as min-max",
    formula="(x1 - 2)**2 + (x2 - 1)**2 + y1*(x1**2 - x2) + y2*(x1 + x2 - 2)",
    dx=2,
    dy=2,
    x=Box(-1.0, 3.0),
    y=Box(0.0, 10.0),
    region=(0.0, 3.0),
    classes=("convex-linear", "boxed"),
    points=(Known((1.0, 1.0), (2 / 3, 2 / 3), Kind.NASH),),
    complete=True,
    proof="closed form: the KKT point of a strictly convex problem, whose two constraints are "
    "independent there",
    source=AL_DUJAILI,
    confidence="high",
)
