"""Test functions of Razaviyayn et al. (IEEE SPM 2020)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "razaviyayn_cubic",
    title="x^3 + 2xy - y^2 on [-1,1]^2",
    formula="x**3 + 2*x*y - y**2",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=(
        (0.5, 0.5),
        (-0.5, 0.5),
    ),
    classes=(
        "nonconvex-strongly-concave",
        "boxed",
    ),
    source=(
        "Razaviyayn, Huang, Lu, Nouiehed, Sanjabi, Hong. Non-convex Min-Max Optimization: "
        "Applications, Challenges, and Recent Theoretical Advances. IEEE SPM 2020, "
        "arXiv:2006.08141"
    ),
    note="Starts: chosen here.",
    confidence="high",
)
