"""Test functions of Li, Yang and He (ICLR 2023)."""

from minmaxbench.problems.planar import planar

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
