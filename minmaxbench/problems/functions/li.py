"""Test functions of Li, Yang and He (ICLR 2023)."""

from minmaxbench.core.problem import Kind
from minmaxbench.problems.planar import planar
from minmaxbench.problems.several import Known, game

planar(
    "tiada_quadratic",
    title="TiAda quadratic -y^2/2 + Lxy - (L^2/2)x^2, L = 2 (degenerate line)",
    formula="-2*x**2 + 2*x*y - y**2/2",
    starts=((1.0, 0.01),),
    classes=(
        "nonconvex-strongly-concave",
        "degenerate",
        "quadratic",
    ),
    source=(
        "Li, Yang, He. TiAda: A Time-Scale Adaptive Algorithm for Nonconvex Minimax "
        "Optimization. ICLR 2023 (also Yang, Li, He. NeAda, NeurIPS 2022)"
    ),
    note=(
        "Settings in the source: L = 2, start (1, 0.01), lr_y = 0.2, lr_x = lr_y / r, r "
        "in {1,2,4,8}. Starts: authors' code (1, 0.01)."
    ),
    confidence="high",
)

game(
    "tiada_mccormick",
    title="TiAda McCormick min-max: sin(x1 + x2) + (x1 - x2)^2 - 1.5 x1 + 2.5 x2 + 1 + x.y - |y|^2/2",
    formula=(
        "sin(x1 + x2) + (x1 - x2)**2 - 1.5*x1 + 2.5*x2 + 1 + x1*y1 + x2*y2 - (y1**2 + y2**2)/2"
    ),
    dx=2,
    dy=2,
    region=(-2.0, 2.0),
    classes=("nonconvex-strongly-concave",),
    points=(
        Known(
            (-0.2898788091171862, -1.0898788091171863),
            (-0.2898788091171862, -1.0898788091171863),
            Kind.NASH,
        ),
    ),
    complete=True,
    proof="closed form: y = x, x1 - x2 = 0.8, and x1 + x2 is the only root of s + 2 cos s + 1",
    source=(
        "Li, Yang, He. TiAda: A Time-Scale Adaptive Algorithm for Nonconvex Minimax "
        "Optimization. ICLR 2023; Yang, Li, He. NeAda, NeurIPS 2022"
    ),
    note="Settings in the source: lr_y = 0.01, gradient noise 0.01, start N(0, I).",
    confidence="high",
)
