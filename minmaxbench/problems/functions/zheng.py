"""Test functions of Zheng et al. (NeurIPS 2023)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "zheng_convex_nonconcave",
    title="2x^2 - y^2 + 4xy + 4/3 y^3 - 1/4 y^4 on [-1,1]^2",
    formula="2*x**2 + 4*x*y - y**4/4 + 4*y**3/3 - y**2",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=((-1.0, -1.0),),
    classes=(
        "convex-nonconcave",
        "boxed",
    ),
    source=(
        "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
        "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note="Starts: Zheng et al. code.",
    confidence="high",
)
