"""Test functions of Lee and Kim (NeurIPS 2021)."""

from minmaxbench.problems.planar import planar

planar(
    "comonotone_quadratic",
    title="negatively comonotone quadratic, rho = -1/3 and L = 1",
    formula="-x**2/6 + 2*sqrt(2)/3*x*y + y**2/6",
    starts=((10.0, 10.0),),
    smoothness=1.0,
    classes=(
        "concave-convex",
        "quadratic",
        "weak-minty",
        "negative-control",
    ),
    source=(
        "Lee, Kim. Fast Extra Gradient Methods for Smooth Structured Nonconvex-Nonconcave Minimax "
        "Problems. NeurIPS 2021; Chen, Luo. Near-Optimal Algorithms for Making the Gradient Small in "
        "Stochastic Minimax Optimization (RAIN)"
    ),
    note=(
        "The origin is the solution of the weak Minty variational inequality and what these methods "
        "look for, but it is no local minimax point: both curvatures are wrong."
    ),
    confidence="high",
)
