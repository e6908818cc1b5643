"""Test functions of Huang, Qiu and Riedl (SICON 2024)."""

from minmaxbench.problems.planar import planar

HUANG = (
    "Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle Point Problems. SICON "
    "2024, arXiv:2212.12334"
)

planar(
    "cbo_nonseparate",
    title="x^2 - 2xy - y^2",
    formula="x**2 - 2*x*y - y**2",
    starts=((3.0, 3.0),),
    classes=(
        "convex-concave",
        "quadratic",
    ),
    source=(
        "Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle Point Problems. SICON "
        "2024, arXiv:2212.12334; Hamm, Noh. K-Beam Minimax: Efficient Optimization for "
        "Deep Adversarial Learning. ICML 2018, arXiv:1805.11640"
    ),
    note="Starts: authors: particles N(3, 2^2).",
    confidence="high",
)

planar(
    "cbo_rastrigin_1d",
    title="saddle Rastrigin d=1: x^2 + 1.5(1-cos 2pi x) - y^2 - 1.5(1-cos 2pi y)",
    formula="x**2 - y**2 - 3*cos(2*pi*x)/2 + 3*cos(2*pi*y)/2",
    starts=(
        (3.0, 3.0),
        (1.2, -2.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "separable",
        "multimodal",
    ),
    source=HUANG,
    note="Starts: authors: particles N(3, 2^2); listed points chosen here.",
    confidence="high",
)

planar(
    "cbo_nonsep_rastrigin_1d",
    title="non-separable saddle Rastrigin d=1 (adds -2xy)",
    formula="x**2 - 2*x*y - y**2 - 3*cos(2*pi*x)/2 + 3*cos(2*pi*y)/2",
    starts=(
        (3.0, 3.0),
        (1.2, -2.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "multimodal",
    ),
    source=HUANG,
    note="Starts: authors: particles N(3, 2^2); listed points chosen here.",
    confidence="high",
)
