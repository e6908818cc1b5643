"""Test functions of Grimmer et al. (Mathematical Programming 2023)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "grimmer_A1",
    title="Grimmer et al. bilinearly coupled quartic, A = 1",
    formula="x*y + (x**2 - 9)*(x**2 - 1) - (y**2 - 9)*(y**2 - 1)",
    x=Box(-4.0, 4.0),
    y=Box(-4.0, 4.0),
    starts=(
        (-4.0, -2.0),
        (-4.0, 0.0),
        (-4.0, 2.0),
        (-2.0, -4.0),
        (-2.0, 4.0),
        (0.0, -4.0),
        (0.0, 4.0),
        (2.0, -4.0),
        (2.0, 4.0),
        (4.0, -2.0),
        (4.0, 0.0),
        (4.0, 2.0),
        (-1.0, -1.0),
    ),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
    ),
    source=(
        "Grimmer, Lu, Worah, Mirrokni. The landscape of the proximal point method for "
        "nonconvex-nonconcave minimax optimization. Math. Prog. 2023, arXiv:2006.08667"
    ),
    note="Starts: Zheng et al. list used here.",
    confidence="medium",
)

planar(
    "grimmer_A10",
    title="Grimmer et al. bilinearly coupled quartic, A = 10",
    formula="10*x*y + (x**2 - 9)*(x**2 - 1) - (y**2 - 9)*(y**2 - 1)",
    x=Box(-4.0, 4.0),
    y=Box(-4.0, 4.0),
    starts=(
        (-4.0, -2.0),
        (-4.0, 0.0),
        (-4.0, 2.0),
        (-2.0, -4.0),
        (-2.0, 4.0),
        (0.0, -4.0),
        (0.0, 4.0),
        (2.0, -4.0),
        (2.0, 4.0),
        (4.0, -2.0),
        (4.0, 0.0),
        (4.0, 2.0),
        (-1.0, -1.0),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "boxed",
    ),
    source=(
        "Grimmer, Lu, Worah, Mirrokni. The landscape of the proximal point method for "
        "nonconvex-nonconcave minimax optimization. Math. Prog. 2023, arXiv:2006.08667; "
        "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
        "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note="Starts: Zheng et al. code.",
)

planar(
    "grimmer_A11",
    title="Grimmer et al. bilinearly coupled quartic, A = 11",
    formula="11*x*y + (x**2 - 9)*(x**2 - 1) - (y**2 - 9)*(y**2 - 1)",
    x=Box(-4.0, 4.0),
    y=Box(-4.0, 4.0),
    starts=(
        (-4.0, -2.0),
        (-4.0, 0.0),
        (-4.0, 2.0),
        (-2.0, -4.0),
        (-2.0, 4.0),
        (0.0, -4.0),
        (0.0, 4.0),
        (2.0, -4.0),
        (2.0, 4.0),
        (4.0, -2.0),
        (4.0, 0.0),
        (4.0, 2.0),
        (-1.0, -1.0),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "boxed",
    ),
    source=(
        "Grimmer, Lu, Worah, Mirrokni. The landscape of the proximal point method for "
        "nonconvex-nonconcave minimax optimization. Math. Prog. 2023, arXiv:2006.08667; "
        "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
        "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note="Starts: Zheng et al. code: (-1,-1).",
)

planar(
    "grimmer_A100",
    title="Grimmer et al. bilinearly coupled quartic, A = 100",
    formula="100*x*y + (x**2 - 9)*(x**2 - 1) - (y**2 - 9)*(y**2 - 1)",
    x=Box(-4.0, 4.0),
    y=Box(-4.0, 4.0),
    starts=(
        (-4.0, -2.0),
        (-4.0, 0.0),
        (-4.0, 2.0),
        (-2.0, -4.0),
        (-2.0, 4.0),
        (0.0, -4.0),
        (0.0, 4.0),
        (2.0, -4.0),
        (2.0, 4.0),
        (4.0, -2.0),
        (4.0, 0.0),
        (4.0, 2.0),
        (-1.0, -1.0),
    ),
    classes=(
        "nonconvex-nonconcave",
        "boxed",
    ),
    source=(
        "Grimmer, Lu, Worah, Mirrokni. The landscape of the proximal point method for "
        "nonconvex-nonconcave minimax optimization. Math. Prog. 2023, arXiv:2006.08667"
    ),
    note="Starts: Zheng et al. list used here.",
    confidence="medium",
)
