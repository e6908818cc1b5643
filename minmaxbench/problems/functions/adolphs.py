"""Test functions of Adolphs et al. (AISTATS 2019)."""

from minmaxbench.problems.planar import planar

planar(
    "adolphs_cesp",
    title="CESP toy: 2x^2 + y^2 + 4xy + 4/3 y^3 - 1/4 y^4",
    formula="2*x**2 + 4*x*y - y**4/4 + 4*y**3/3 + y**2",
    starts=(
        (-3.0, 1.0),
        (1.0, 1.0),
    ),
    classes=("convex-nonconcave",),
    source=(
        "Adolphs, Daneshmand, Lucchi, Hofmann. Local Saddle Point Optimization: A "
        "Curvature Exploitation Approach. AISTATS 2019, arXiv:1805.05751"
    ),
    note="Starts: chosen here.",
    confidence="medium",
)
