"""A polynomial game of Gale and Gross (Pacific Journal of Mathematics 1958)."""

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Box
from minmaxbench.problems.several import Known, game

F, G = "(x - 1/2)**2", "(y - 1/2)**2"
PHI, PSI = "(x - 1)**2*x**2", "(y - 1)**2*y**2"

game(
    "gale_gross",
    title="Gale and Gross: a polynomial with one prescribed solution, (1/2, 1/2), on [-1, 1]^2",
    formula=f"({F}*{PHI})**2 - ({G}*{PSI})**2 - {F}*{G}*(({PHI})**2 - ({PSI})**2)",
    dx=1,
    dy=1,
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    region=(-1.0, 1.0),
    classes=("nonconvex-nonconcave", "boxed", "degenerate"),
    points=(Known((0.5,), (0.5,), Kind.NASH),),
    proof="closed form: f(x, 1/2) is a square, f(1/2, y) minus a square; other points are not listed",
    source="Gale, Gross. A Note on Polynomial and Separable Games. Pacific Journal of Mathematics 8, 1958; "
    "as in Quack.jl",
    note="f vanishes to fourth order at the solution.",
    confidence="medium",
)
