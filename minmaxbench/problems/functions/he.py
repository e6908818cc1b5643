"""Test functions of He, Zhao, Xi, Ho and Saad (ICLR 2022)."""

from minmaxbench.problems.planar import planar

HE = (
    "He, Zhao, Xi, Ho, Saad. GDA-AM: On the Effectiveness of Solving Minimax Optimization via "
    "Anderson Mixing. ICLR 2022"
)

planar(
    "gdaam_f5",
    title="GDA-AM cubic x^3/3 + y^2 + 2xy - 6x - 3y + 4",
    formula="x**3/3 + y**2 + 2*x*y - 6*x - 3*y + 4",
    starts=((3.0, 3.0),),
    classes=(
        "nonconvex-nonconcave",
        "negative-control",
    ),
    source=HE,
    note=(
        "The source calls (-1, 2.5) the optimum. It is one of max over x, min over y; of min over x, "
        "max over y no stationary point is."
    ),
    confidence="high",
)

planar(
    "gdaam_f6",
    title="GDA-AM cubic x^3 - y^3 - 2xy + 6",
    formula="x**3 - y**3 - 2*x*y + 6",
    starts=((3.0, 3.0),),
    classes=(
        "nonconvex-nonconcave",
        "degenerate",
        "negative-control",
    ),
    source=HE,
    note="The source calls (0, 0) the optimum, but f(x, 0) = x^3 + 6 and f(0, y) = 6 - y^3.",
    confidence="high",
)
