"""Test functions of Parrilo (CDC 2006)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

planar(
    "parrilo_31",
    title="Parrilo Ex. 3.1 (min-max form): 2 x^2 y - y^2 - x on [-1,1]^2",
    formula="2*x**2*y - x - y**2",
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    starts=(
        (0.0, 0.0),
        (-0.5, 0.5),
    ),
    classes=(
        "nonconvex-strongly-concave",
        "boxed",
    ),
    source=(
        "Parrilo. Polynomial games and sum of squares optimization. CDC 2006; Daskalakis, "
        "Golowich, Skoulakis, Zampetakis. STay-ON-the-Ridge: Guaranteed Convergence to "
        "Local Minimax Equilibrium in Nonconvex-Nonconcave Games. COLT 2023"
    ),
    note="Starts: chosen here.",
    confidence="high",
)
