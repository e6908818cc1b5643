"""Test functions of Hsieh, Mertikopoulos and Cevher (ICML 2021)."""

from minmaxbench.core.sets import Box
from minmaxbench.problems.planar import planar

HSIEH = (
    "Hsieh, Mertikopoulos, Cevher. The Limits of Min-Max Optimization Algorithms: "
    "Convergence to Spurious Non-Critical Sets. ICML 2021, arXiv:2006.09065"
)

planar(
    "hsieh_almost_bilinear_eps001",
    title="almost bilinear: xy + eps (y^2/2 - y^4/4), eps = 1/100",
    formula="x*y - y**4/400 + y**2/200",
    starts=(
        (0.1, 0.1),
        (2.0, 2.0),
    ),
    classes=(
        "linear-nonconcave",
        "limit-cycle",
    ),
    source=HSIEH,
    note=(
        "Settings in the source: eps = 1/100 (the value used in the paper's figure was "
        "not confirmed). Starts: chosen here."
    ),
    confidence="medium",
)

planar(
    "hsieh_almost_bilinear_eps01",
    title="almost bilinear: xy + eps (y^2/2 - y^4/4), eps = 1/10",
    formula="x*y - y**4/40 + y**2/20",
    starts=(
        (0.1, 0.1),
        (2.0, 2.0),
    ),
    classes=(
        "linear-nonconcave",
        "limit-cycle",
    ),
    source=HSIEH,
    note=(
        "Settings in the source: eps = 1/10 (the value used in the paper's figure was not "
        "confirmed). Starts: chosen here."
    ),
    confidence="medium",
)

planar(
    "forsaken",
    title="Forsaken: x(y-0.45) + phi(x) - phi(y), phi = z^2/4 - z^4/2 + z^6/6",
    formula="x**6/6 - x**4/2 + x**2/4 + x*(y - 9/20) - y**6/6 + y**4/2 - y**2/4",
    x=Box(-3 / 2, 3 / 2),
    y=Box(-3 / 2, 3 / 2),
    starts=(
        (1.0, -0.8),
        (0.2, 0.5),
        (-1.2, -1.2),
        (-1.2, -0.4),
        (-1.2, 0.4),
        (-1.2, 1.2),
        (-0.4, -1.2),
        (-0.4, -0.4),
        (-0.4, 0.4),
        (-0.4, 1.2),
        (0.4, -1.2),
        (0.4, -0.4),
        (0.4, 0.4),
        (0.4, 1.2),
        (1.2, -1.2),
        (1.2, -0.4),
        (1.2, 0.4),
        (1.2, 1.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "boxed",
    ),
    source=(
        "Hsieh, Mertikopoulos, Cevher. The Limits of Min-Max Optimization Algorithms: "
        "Convergence to Spurious Non-Critical Sets. ICML 2021, arXiv:2006.09065; Pethick, "
        "Latafat, Patrinos, Fercoq, Cevher. Escaping limit cycles: Global convergence for "
        "constrained nonconvex-nonconcave minimax problems. ICLR 2022, arXiv:2302.09831; "
        "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
        "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note=(
        "Starts: (1,-0.8) and (0.2,0.5) Pethick notebook; 4x4 grid +-1.2, +-0.4 Zheng et "
        "al. code (Pethick uses a 4x4 grid with spacing 0.75)."
    ),
    confidence="high",
)
