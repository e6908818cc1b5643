"""Games on the unit square from the textbooks of Karlin (1959) and Dresher (1961)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

KARLIN = "Karlin. Mathematical Methods and Theory in Games, Programming, and Economics II. 1959"

planar(
    "karlin_76_1",
    title="Karlin's section 7.6, problem 1: -2 (x + y)/((2x + 1)(2y + 1)) on [0,1]^2",
    formula="-2*(x + y)/((2*x + 1)*(2*y + 1))",
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=((0.2, 0.8),),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
    ),
    source=KARLIN,
    note="Starts: chosen here.",
    confidence="medium",
)

planar(
    "karlin_71_1",
    title="Karlin's section 7.1, example 1: the bell -1/(1 + (x - y)^2/2) on [0,1]^2",
    formula="-1/(1 + (x - y)**2/2)",
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=((0.2, 0.8),),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
        "bounded",
        "degenerate",
    ),
    bounds=(-1.0, -2 / 3),
    source=KARLIN,
    note="Starts: chosen here. x comes near, y flees; the line x = y is stationary.",
    confidence="medium",
)

planar(
    "dresher_110",
    title="Dresher's page 110: -(x - y)^2 on [0,1]^2, value -1/4 in mixed strategies",
    formula="-(x - y)**2",
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    starts=((0.2, 0.8),),
    classes=(
        "nonconvex-strongly-concave",
        "quadratic",
        "boxed",
        "degenerate",
    ),
    bounds=(-1.0, 0.0),
    smoothness=4.0,
    source="Dresher. Games of Strategy: Theory and Applications. 1961",
    note="Starts: chosen here. x flees, y follows; the line x = y is stationary.",
    confidence="medium",
)
