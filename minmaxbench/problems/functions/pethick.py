"""Test functions of Pethick et al. (ICLR 2022)."""

from minmaxbench.core.sets import Ball
from minmaxbench.problems.planar import planar

planar(
    "global_forsaken",
    title="GlobalForsaken: xy + psi(x) - psi(y), psi = 2z^6/21 - z^4/3 + z^2/3",
    formula="2*x**6/21 - x**4/3 + x**2/3 + x*y - 2*y**6/21 + y**4/3 - y**2/3",
    x=Ball(4 / 3),
    y=Ball(4 / 3),
    starts=(
        (1.0, 1.0),
        (1.2, 1.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "weak-MVI",
    ),
    source=(
        "Pethick, Latafat, Patrinos, Fercoq, Cevher. Escaping limit cycles: Global "
        "convergence for constrained nonconvex-nonconcave minimax problems. ICLR 2022, "
        "arXiv:2302.09831; Pethick, Fercoq, Latafat, Patrinos, Cevher. Solving stochastic "
        "weak Minty variational inequalities without increasing batch size. ICLR 2023"
    ),
    note=(
        "Starts: (1,1) stochastic-weak-minty-code / Bohm, (1.2,1.2) Pethick notebook. The "
        "source constrains z = (x, y) to the ball |z| <= 4/3; sets are one per player "
        "here, so |x| <= 4/3 and |y| <= 4/3."
    ),
    confidence="high",
)
