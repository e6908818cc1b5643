"""Test functions of Fiez, Chasnov and Ratliff (2020, 2021)."""

import math

from minmaxbench.core.sets import Torus
from minmaxbench.problems.planar import planar

FIEZ = (
    "Fiez, Ratliff. Local Convergence Analysis of Gradient Descent Ascent with Finite "
    "Timescale Separation. ICLR 2021 (arXiv:2009.14820)"
)

planar(
    "fiez_icml_poly",
    title="-exp(-r^2/100) ((0.3x^2+y)^2 + (0.5y^2+x)^2)",
    formula="-((x + y**2/2)**2 + (3*x**2/10 + y)**2)*exp(-x**2/100 - y**2/100)",
    starts=((-9.0, -9.0),),
    classes=(
        "nonconvex-nonconcave",
        "bounded",
    ),
    source=("Fiez, Chasnov, Ratliff. Implicit Learning Dynamics in Stackelberg Games. ICML 2020"),
    note="Starts: chosen here.",
    confidence="high",
)

planar(
    "fiez_ratliff_poly",
    title="Fiez-Ratliff polynomial, a = b = 0.3",
    formula="-((x + 3*y**2/10)**2 + (3*x**2/10 + y)**2)*exp(-x**2/100 - y**2/100)",
    starts=((-9.0, -9.0),),
    classes=(
        "nonconvex-nonconcave",
        "bounded",
    ),
    source=FIEZ,
    note=(
        "Settings in the source: a = b = 3/10; authors: learning rate 1e-4, tau in {1, 2, "
        "5, 20}, start (-9,-9). Starts: authors' code."
    ),
    confidence="high",
)

planar(
    "fiez_torus",
    title="torus: -0.15 cos x + cos(x-y) + 0.15 cos y",
    formula="-3*cos(x)/20 + 3*cos(y)/20 + cos(x - y)",
    x=Torus(2 * math.pi),
    y=Torus(2 * math.pi),
    region=(-math.pi, math.pi),
    starts=(
        (2.0, -1.0),
        (1.9, -2.1),
    ),
    bounds=(-1.3, 1.3),
    smoothness=2.15,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
        "periodic",
    ),
    source=FIEZ,
    note="Settings in the source: a = b = 0.15; tau in {1,2,5,10}. Starts: authors' code.",
    confidence="high",
)
