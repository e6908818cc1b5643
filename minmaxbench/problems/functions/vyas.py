"""A test function of Vyas and Azizzadenesheli (ICML 2023)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "cgo_x2y",
    title="x^2 y on [-1,1]^2",
    formula="x**2*y",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=((0.5, 0.5),),
    classes=(
        "nonconvex-linear",
        "boxed",
        "degenerate",
    ),
    source="Vyas, Azizzadenesheli. Competitive Gradient Optimization. ICML 2023",
    note="Starts: chosen here. Every point of x = 0 is stationary, and a saddle point where y >= 0.",
    confidence="high",
)
