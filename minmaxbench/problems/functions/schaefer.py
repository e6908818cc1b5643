"""Test functions of Schaefer and Anandkumar (NeurIPS 2019)."""

from minmaxbench.problems.planar import planar

planar(
    "cgd_convex",
    title="x^2 - y^2",
    formula="x**2 - y**2",
    starts=((0.5, 0.5),),
    classes=(
        "convex-concave",
        "quadratic",
    ),
    source=(
        "Schafer, Anandkumar. Competitive Gradient Descent. NeurIPS 2019, "
        "arXiv:1905.12103; Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle "
        "Point Problems. SICON 2024, arXiv:2212.12334"
    ),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "cgd_concave_convex",
    title="-x^2 + y^2 (wrong curvature)",
    formula="-x**2 + y**2",
    starts=((0.5, 0.5),),
    classes=(
        "concave-convex",
        "negative-control",
    ),
    source=("Schafer, Anandkumar. Competitive Gradient Descent. NeurIPS 2019, arXiv:1905.12103"),
    note="Starts: chosen here.",
    confidence="medium",
)
