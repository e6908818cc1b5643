"""Test functions of Yang, Kiyavash and He (NeurIPS 2020)."""

from minmaxbench.problems.planar import planar

planar(
    "yang_two_sided_pl",
    title="two-sided PL: x^2 + 3 sin^2x sin^2y - 4y^2 - 10 sin^2y",
    formula="x**2 - 4*y**2 + 3*sin(x)**2*sin(y)**2 - 10*sin(y)**2",
    starts=(
        (-1.0, -1.0),
        (5.0, 5.0),
        (-4.0, 3.0),
    ),
    classes=(
        "nonconvex-nonconcave",
        "two-sided-PL",
    ),
    source=(
        "Yang, Kiyavash, He. Global Convergence and Variance-Reduced Optimization for a "
        "Class of Nonconvex-Nonconcave Minimax Problems. NeurIPS 2020, arXiv:2002.09621; "
        "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
        "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note="Starts: (-1,-1) Zheng et al. code; rest chosen here.",
    confidence="high",
)
