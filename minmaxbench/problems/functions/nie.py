"""Polynomial games of Nie, Yang and Zhou (Foundations of Computational Mathematics 2022)."""

import math

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box, Simplex
from minmaxbench.problems.several import ANGLES, Known, game, on_spheres

NIE = (
    "Nie, Yang, Zhou. The Saddle Point Problem of Polynomials. Foundations of Computational "
    "Mathematics 22, 2022"
)
NEWTON = "the variational inequality solved from 600 starts; kinds from samples of their definition"

game(
    "nie_61i",
    title="Nie, Yang, Zhou 6.1 (i): bilinear terms on two simplices, a segment of saddle points",
    formula="x1*x2 + x2*x3 + x3*y1 + x1*y3 + y1*y2 + y2*y3",
    dx=3,
    dy=3,
    x=Simplex(),
    y=Simplex(),
    region=(0.0, 1.0),
    classes=("nonconvex-concave", "quadratic", "simplex"),
    points=(
        Known(
            (0.0, 1.0, 0.0),
            (0.25, 0.5, 0.25),
            Kind.NASH,
            (((0.0, 1.0, 0.0), (0.0, 0.5, 0.5)), ((0.0, 1.0, 0.0), (0.5, 0.5, 0.0))),
        ),
        Known((0.5, 0.0, 0.5), (0.375, 0.25, 0.375), Kind.NASH),
    ),
    proof=NEWTON,
    source=NIE,
    note="The saddle point of the paper lies on a segment of saddle points of value 1/4; a second "
    "local Nash point is no saddle point.",
    confidence="medium",
)

game(
    "nie_61ii",
    title="Nie, Yang, Zhou 6.1 (ii): cubic on two simplices",
    formula=(
        "x1**3 + x2**3 - x3**3 - y1**3 - y2**3 + y3**3 + x3*y1*y2*(y1 + y2) "
        "+ x2*y1*y3*(y1 + y3) + x1*y2*y3*(y2 + y3)"
    ),
    dx=3,
    dy=3,
    x=Simplex(),
    y=Simplex(),
    region=(0.0, 1.0),
    classes=("nonconvex-nonconcave", "simplex"),
    points=(Known((0.0, 0.0, 1.0), (0.0, 0.0, 1.0), Kind.NASH),),
    proof=NEWTON,
    source=NIE,
    confidence="medium",
)

game(
    "nie_61iv",
    title="Nie, Yang, Zhou 6.1 (iv): quartic on two simplices, no saddle point",
    formula=("x1*x2*y1*y2 + x2*x3*y2*y3 + x3*x1*y3*y1 - x1**2*y3**2 - x2**2*y1**2 - x3**2*y2**2"),
    dx=3,
    dy=3,
    x=Simplex(),
    y=Simplex(),
    region=(0.0, 1.0),
    classes=("nonconvex-concave", "simplex", "negative-control"),
    source=NIE,
    note="Stationary points form curves, which are not listed.",
    confidence="medium",
)

game(
    "nie_62i",
    title="Nie, Yang, Zhou 6.2 (i): quadratic on two squares, a segment of saddle points",
    formula="(x1 + x2 + y1 + y2 + 1)**2 - 4*(x1*x2 + x2*y1 + y1*y2 + y2 + x1)",
    dx=2,
    dy=2,
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    region=(0.0, 1.0),
    classes=("convex-convex", "quadratic", "boxed"),
    points=(
        Known(
            (0.375, 0.375),
            (1.0, 0.0),
            Kind.NASH,
            (((0.0, 0.0), (1.0, 0.0)), ((1.0, 1.0), (1.0, 0.0))),
        ),
    ),
    proof="closed form: f = (x1 - x2)^2 + 4 at y = (1, 0), and the gradient in y holds y there",
    source=NIE,
    note="x1 = x2 = t at y = (1, 0) is a local Nash point for t < 1 and a saddle point, of value 4, "
    "for t <= 3/4; the paper's is t = 0.3249.",
    confidence="medium",
)

game(
    "nie_62ii",
    title="Nie, Yang, Zhou 6.2 (ii): quartic on two cubes, no saddle point",
    formula=(
        "x1 + x2 + x3 + y1 + y2 + y3 + x1**2*y2**2 - y1**2*x2**2 + x1**2*y3**2 - y1**2*x3**2 "
        "+ x2**2*y3**2 - y2**2*x3**2"
    ),
    dx=3,
    dy=3,
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    region=(0.0, 1.0),
    classes=("nonconvex-nonconcave", "boxed"),
    points=(Known((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), Kind.NASH),),
    proof=NEWTON,
    source=NIE,
    note="The local Nash point is no saddle point: x = (0, 0, 1) lowers f by 1.",
    confidence="medium",
)

game(
    "nie_63i",
    title="Nie, Yang, Zhou 6.3 (i): trilinear on two cubes, three saddle points",
    formula="x1 + x2 + x3 + y1 + y2 + y3 - (x1 - y1)*(x2 - y2)*(x3 - y3)",
    dx=3,
    dy=3,
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    region=(-1.0, 1.0),
    classes=("nonconvex-nonconcave", "boxed"),
    points=(
        Known((-1.0, -1.0, 1.0), (1.0, 1.0, 1.0), Kind.NASH),
        Known((-1.0, 1.0, -1.0), (1.0, 1.0, 1.0), Kind.NASH),
        Known((1.0, -1.0, -1.0), (1.0, 1.0, 1.0), Kind.NASH),
    ),
    proof=NEWTON,
    source=NIE,
    confidence="medium",
)

game(
    "nie_63ii",
    title="Nie, Yang, Zhou 6.3 (ii): quadratic with the wrong curvatures on two cubes",
    formula=(
        "y1**2 + y2**2 + y3**2 - x1**2 - x2**2 - x3**2 + x1*y2 - x2*y1 + x1*y3 - x3*y1 "
        "+ x2*y3 - x3*y2"
    ),
    dx=3,
    dy=3,
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    region=(-1.0, 1.0),
    classes=("concave-convex", "quadratic", "boxed"),
    points=(
        Known((-1.0, 1.0, -1.0), (-1.0, 1.0, -1.0), Kind.NASH),
        Known((1.0, -1.0, 1.0), (1.0, -1.0, 1.0), Kind.NASH),
    ),
    proof=NEWTON,
    source=NIE,
    note="The paper lists the first; the second is its image under (x, y) -> (-x, -y), which leaves "
    "f as it is. Many stationary points on the border are no equilibria; they are not listed.",
    confidence="medium",
)

game(
    "nie_65",
    title="Nie, Yang, Zhou 6.5: cubic on two balls",
    formula="x1**2*y1 + 2*x2**2*y2 + 3*x3**2*y3 - x1 - x2 - x3",
    dx=3,
    dy=3,
    x=Ball(1.0),
    y=Ball(1.0),
    region=(-0.5, 0.5),
    classes=("nonconvex-linear",),
    points=(
        Known(
            (0.726414203763351, 0.457612273132035, 0.349223524414297),
            (0.688312532174672, 0.546314018828484, 0.477249254460143),
            Kind.NASH,
        ),
    ),
    proof=NEWTON,
    source=NIE,
    confidence="medium",
)

game(
    "nie_610",
    title="Nie, Yang, Zhou 6.10: a quadratic game on two simplices, integer matrices",
    formula=(
        "4*x1**2 - 7*x1*x2 + 3*x1*x3 + x1*x4 - 4*x2**2 - 3*x2*x3 + 8*x2*x4 + 4*x2*x5"
        " + 2*x3**2 + x3*x4 - x3*x5 - 3*x4**2 + 5*x4*x5 + 5*x5**2 + 4*y1**2 - 2*y1*y2"
        " + 2*y1*y3 - 3*y1*y4 + 4*y2**2 - 3*y2*y3 + 7*y2*y4 + 2*y2*y5 - y3**2 - 4*y3*y4"
        " - 3*y3*y5 - y4**2 - y4*y5 + 2*y5**2 + 2*x1*y1 + 4*x1*y2 + 2*x1*y3 + 5*x1*y4"
        " - 3*x1*y5 - 2*x2*y3 - 4*x2*y4 - 2*x2*y5 + 4*x3*y2 + x3*y3 + 5*x3*y4 - 3*x3*y5"
        " - x4*y1 + 3*x4*y2 + 4*x4*y3 + 3*x4*y5 - 3*x5*y1 + x5*y2 + 5*x5*y3 - 4*x5*y4"
        " + 4*x5*y5"
    ),
    dx=5,
    dy=5,
    x=Simplex(),
    y=Simplex(),
    region=(0.0, 1.0),
    classes=("nonconvex-nonconcave", "quadratic", "simplex"),
    points=(
        Known((0.0, 1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0), Kind.NASH),
        Known((0.0, 1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0), Kind.NASH),
        Known((0.0, 0.0, 0.0, 1.0, 0.0), (1.0, 0.0, 0.0, 0.0, 0.0), Kind.NASH),
        Known((0.0, 0.0, 0.0, 1.0, 0.0), (0.0, 1.0, 0.0, 0.0, 0.0), Kind.NASH),
    ),
    proof=NEWTON,
    source=NIE,
    note="Saddle points are the first two only. The matrices are those of Quack.jl, whose payoff is -f.",
    confidence="medium",
)

game(
    "nie_64ii",
    title="Nie, Yang, Zhou 6.4 (ii) in angles: quartic on two spheres, no saddle point",
    formula=on_spheres(
        "x1**2*y1**2 + x2**2*y2**2 + x3**2*y3**2 + x1**2*y2*y3 + x2**2*y1*y3 + x3**2*y1*y2 "
        "+ y1**2*x2*x3 + y2**2*x1*x3 + y3**2*x1*x2"
    ),
    dx=2,
    dy=2,
    x=ANGLES,
    y=ANGLES,
    region=(-3.0, 3.0),
    classes=("nonconvex-nonconcave", "periodic", "bounded", "negative-control"),
    bounds=(-2.0, 3.0),
    source=NIE,
    note="Angles are singular at the poles. Stationary points are not listed.",
    confidence="medium",
)

game(
    "nie_66",
    title="Nie, Yang, Zhou 6.6 in angles: quartic on positive parts of spheres, no saddle point",
    formula=on_spheres(
        "x1**2*y2*y3 + y1**2*x2*x3 + x2**2*y1*y3 + y2**2*x1*x3 + x3**2*y1*y2 + y3**2*x1*x2"
    ),
    dx=2,
    dy=2,
    x=Box(0.0, math.pi / 2),
    y=Box(0.0, math.pi / 2),
    region=(0.0, 1.5),
    classes=("nonconvex-nonconcave", "boxed", "bounded", "negative-control"),
    bounds=(0.0, 2.0),
    source=NIE,
    note="Angles are singular at the pole (0, 0, 1). Stationary points are not listed.",
    confidence="medium",
)
