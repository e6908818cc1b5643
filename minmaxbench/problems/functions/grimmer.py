"""Test functions of Grimmer et al. (Mathematical Programming 2023)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

GRIMMER = (
    "Grimmer, Lu, Worah, Mirrokni. The landscape of the proximal point method for "
    "nonconvex-nonconcave minimax optimization. Math. Prog. 2023, arXiv:2006.08667"
)
ZHENG = (
    "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
    "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
)
EDGE = (-4.0, -2.0, 0.0, 2.0, 4.0)

# The gradient flow cycles for every coupling but the weak one (docs/cycles.md): what converges for a
# strong one is the proximal point method.
for coupling, cycles, used in (
    (1, False, False),
    (10, True, True),
    (11, True, True),
    (100, True, False),
):
    planar(
        f"grimmer_A{coupling}",
        title=f"Grimmer et al. bilinearly coupled quartic, A = {coupling}",
        formula=f"{coupling}*x*y + (x**2 - 9)*(x**2 - 1) - (y**2 - 9)*(y**2 - 1)",
        x=Box(-4.0, 4.0),
        y=Box(-4.0, 4.0),
        # The border of a grid without its corners, and (-1, -1).
        starts=(
            *((x, y) for x in EDGE for y in EDGE if (abs(x) == 4) != (abs(y) == 4)),
            (-1.0, -1.0),
        ),
        classes=("nonconvex-nonconcave", *(("limit-cycle",) if cycles else ()), "boxed"),
        source=f"{GRIMMER}; {ZHENG}" if used else GRIMMER,
        note="Starts: Zheng et al. code.",
        confidence="high" if used else "medium",
    )
