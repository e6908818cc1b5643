"""Test functions of Heusel et al. (NIPS 2017)."""

from minmaxbench.problems.planar import planar

planar(
    "ttur_toy",
    title="TTUR toy (1+x^2)(100-y^2)",
    formula="(100 - y**2)*(x**2 + 1)",
    starts=(
        (1.0, 1.0),
        (3.0, 8.0),
    ),
    classes=("nonconvex-strongly-concave",),
    source=(
        "Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter. GANs Trained by a Two Time-"
        "Scale Update Rule. NIPS 2017, arXiv:1706.08500"
    ),
    note="Starts: chosen here.",
    confidence="medium",
)
