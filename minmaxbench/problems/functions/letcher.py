"""Test functions of Letcher (ICLR 2021)."""

from minmaxbench.problems.planar import planar

planar(
    "letcher_zero_sum",
    title="Letcher zero-sum game: xy - x^2/2 + y^2/2 + x^4/4 - y^4/4",
    formula="x**4/4 - x**2/2 + x*y - y**4/4 + y**2/2",
    starts=(
        (0.3, 0.3),
        (1.0, -1.0),
        (-1.0, 0.5),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
    ),
    source=(
        "Letcher. On the Impossibility of Global Convergence in Multi-Loss Optimization. "
        "ICLR 2021, arXiv:2005.12649"
    ),
    note="Starts: authors: N(0,1); listed points chosen here.",
    confidence="high",
)
