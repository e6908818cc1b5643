"""Test functions of Fiez, Chasnov and Ratliff (2020, 2021)."""

import math

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Torus
from minmaxbench.problems.planar import planar
from minmaxbench.problems.several import Known, game

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

game(
    "fiez_quadratic_4d",
    title="Fiez-Ratliff quadratic, stable under tau-GDA for tau > 2 only",
    formula="-2*x1**2 + x2**2 - 4*x1*y1 + 2*x2*y2 - y1**2 - 2*y2**2",
    dx=2,
    dy=2,
    region=(-5.0, 5.0),
    classes=("nonconvex-strongly-concave", "quadratic"),
    points=(Known((0.0, 0.0), (0.0, 0.0), Kind.MINIMAX),),
    complete=True,
    proof="closed form: linear",
    source=FIEZ,
    smoothness=3.0 + math.sqrt(17.0),
    note="x'Ax/2 + x'By + y'Dy/2 with A = B = diag(-4, 2), D = diag(-2, -4). Settings in the source: "
    "learning rate 5e-4, tau in {2, 2.5, 3, 5, 10}, start x = (5, 4), y = (3, 2).",
    confidence="high",
)
