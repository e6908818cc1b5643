"""Test functions of Hamm and Noh (ICML 2018)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

HAMM = (
    "Hamm, Noh. K-Beam Minimax: Efficient Optimization for Deep Adversarial Learning. "
    "ICML 2018, arXiv:1805.11640"
)

planar(
    "monkey_saddle",
    title="monkey saddle x^3 - 3xy^2",
    formula="x**3 - 3*x*y**2",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=(
        (0.5, 0.5),
        (-0.5, 0.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "degenerate",
    ),
    source=(
        "Daskalakis, Golowich, Skoulakis, Zampetakis. STay-ON-the-Ridge: Guaranteed "
        "Convergence to Local Minimax Equilibrium in Nonconvex-Nonconcave Games. COLT "
        "2023; Hamm, Noh. K-Beam Minimax: Efficient Optimization for Deep Adversarial "
        "Learning. ICML 2018, arXiv:1805.11640"
    ),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "kbeam_rotated_monkey",
    title="rotated monkey saddle y^3 - 3x^2 y on [-1/2,1/2]^2",
    formula="-3*x**2*y + y**3",
    x=Box(-1 / 2, 1 / 2),
    y=Box(-1 / 2, 1 / 2),
    starts=(
        (0.3, 0.1),
        (-0.2, -0.3),
    ),
    classes=(
        "nonconvex-nonconcave",
        "degenerate",
        "boxed",
    ),
    source=HAMM,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "kbeam_seesaw",
    title="seesaw -y sin(pi x) on [-1/2,1/2]^2",
    formula="-y*sin(pi*x)",
    x=Box(-1 / 2, 1 / 2),
    y=Box(-1 / 2, 1 / 2),
    starts=((0.3, 0.1),),
    classes=(
        "nonconvex-linear",
        "boxed",
    ),
    source=HAMM,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "kbeam_antisaddle",
    title="anti-saddle 2y^2 - (x-y)^2 = -x^2 + 2xy + y^2 on [-1/2,1/2]^2",
    formula="2*y**2 - (x - y)**2",
    x=Box(-1 / 2, 1 / 2),
    y=Box(-1 / 2, 1 / 2),
    starts=(
        (0.3, 0.1),
        (-0.2, 0.2),
    ),
    classes=(
        "concave-convex",
        "boxed",
        "negative-control",
    ),
    source=HAMM,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "kbeam_f13",
    title="-x^2/2 + 2xy - y^2 on [-1/2,1/2]^2",
    formula="-x**2/2 + 2*x*y - y**2",
    x=Box(-1 / 2, 1 / 2),
    y=Box(-1 / 2, 1 / 2),
    starts=((0.3, 0.1),),
    classes=(
        "nonconvex-strongly-concave",
        "quadratic",
        "boxed",
    ),
    source=HAMM,
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "kbeam_demyanov",
    title="Demyanov-Malozemov type: (1/3) cos(3 pi x (1.5 y + 1)) on [-1/2,1/2]^2",
    formula="cos(3*pi*x*(3*y/2 + 1))/3",
    x=Box(-1 / 2, 1 / 2),
    y=Box(-1 / 2, 1 / 2),
    starts=(
        (0.3, 0.1),
        (-0.2, 0.2),
    ),
    bounds=(-1 / 3, 1 / 3),
    smoothness=100.52,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
        "boxed",
        "degenerate",
    ),
    source=HAMM,
    note="Starts: chosen here.",
    confidence="high",
)
