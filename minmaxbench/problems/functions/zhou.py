"""Rational games of Zhou, Wang and Zhao (Computational Optimization and Applications 2020)."""

import math

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box, Simplex
from minmaxbench.problems.several import ANGLES, Known, game, on_spheres

ZHOU = (
    "Zhou, Wang, Zhao. Saddle points of rational functions. Computational Optimization and "
    "Applications 75, 2020"
)
NEWTON = "the variational inequality solved from 600 starts; kinds from samples of their definition"

game(
    "zhou_51",
    title="Zhou, Wang, Zhao 5.1: rational on two simplices, two saddle points",
    formula=(
        "((x1**2 + x2**2 + x3**2)*(y1**2 + y2**2 + y3**2) - 2*(x1*x2 + x1*x3 + x2*x3) "
        "- 2*(y1*y2 + y1*y3 + y2*y3))/(x1 + x2 + y2 + y3)"
    ),
    dx=3,
    dy=3,
    x=Simplex(),
    y=Simplex(),
    region=(0.0, 1.0),
    classes=("convex-convex", "simplex"),
    points=(
        Known(
            (0.316496580927726, 0.316496580927726, 0.367006838144548),
            (0.0, 1.0, 0.0),
            Kind.NASH,
        ),
        Known(
            (0.316496580927726, 0.316496580927726, 0.367006838144548),
            (0.0, 0.0, 1.0),
            Kind.NASH,
        ),
        Known(
            (0.2886751345948129, 0.2886751345948129, 0.4226497308103742),
            (1.0, 0.0, 0.0),
            Kind.NASH,
        ),
    ),
    proof=NEWTON,
    source=ZHOU,
    note="Saddle points are the first two only. The denominator vanishes at x = e3, y = e1.",
    confidence="medium",
)

game(
    "zhou_52ii",
    title="Zhou, Wang, Zhao 5.2 (ii): a ratio of quadratics on two cubes",
    formula=(
        "(x1**2 + x2**2 + x3**2 - y1**2 - y2**2 - y3**2)"
        "/(y1**2 + y2**2 + y3**2 - x1**2 - x2**2 - x3**2 + 3)"
    ),
    dx=3,
    dy=3,
    x=Box(-1.0, 1.0),
    y=Box(-1.0, 1.0),
    region=(-1.0, 1.0),
    classes=("convex-nonconcave", "boxed"),
    points=(Known((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), Kind.NASH),),
    complete=True,
    proof="closed form: f = t/(3 - t) grows with t = |x|^2 - |y|^2",
    source=ZHOU,
    note="The denominator vanishes at the corners of x with y = 0, where f is infinite.",
    confidence="medium",
)

game(
    "zhou_53i",
    title="Zhou, Wang, Zhao 5.3 (i): rational on two squares, saddle in the corner",
    formula="(x1**2 + x2**2 - y1**2 - y2**2)/(x1 + y2 + 1)",
    dx=2,
    dy=2,
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    region=(0.0, 1.0),
    classes=("convex-concave", "boxed"),
    points=(Known((0.0, 0.0), (0.0, 0.0), Kind.NASH),),
    proof=NEWTON,
    source=ZHOU,
    note="The source reports (0.25, 0.21; 0.25, 0.29) 1e-4 for the origin.",
    confidence="medium",
)

game(
    "zhou_53ii",
    title="Zhou, Wang, Zhao 5.3 (ii): rational on two cubes, no saddle point",
    formula=(
        "(x1 + x2 + x3 + y1 + y2 + y3 + x1**2*y2**2 - y1**2*x2**2 + x1**2*y3**2 - y1**2*x3**2 "
        "+ x2**2*y3**2 - y2**2*x3**2)/(x1**2 + y2**2 + x3*y3 + 1)"
    ),
    dx=3,
    dy=3,
    x=Box(0.0, 1.0),
    y=Box(0.0, 1.0),
    region=(0.0, 1.0),
    classes=("nonconvex-nonconcave", "boxed", "negative-control"),
    points=(
        Known(
            (0.5463435640212073, 0.0, 1.0),
            (0.5, 0.24000285454741999, 0.639549389506922),
            Kind.NEITHER,
        ),
        Known(
            (1.0, 0.0, 0.9813931578597241),
            (0.5191393544224226, 0.4222094499110493, 0.09919637382229012),
            Kind.NEITHER,
        ),
    ),
    proof=NEWTON,
    source=ZHOU,
    note="Of the five stationary points that were found none is a local Nash point; listed are the two "
    "at which neither player's condition holds.",
    confidence="medium",
)

game(
    "zhou_55i",
    title="Zhou, Wang, Zhao 5.5 (i): rational on two discs, no saddle point",
    formula="(x1**2 + x2**2 - 3*x1*x2 - y1**2 - y2**2 + y1*y2)/(x1*y1 + 1)",
    dx=2,
    dy=2,
    x=Ball(1.0),
    y=Ball(1.0),
    region=(-0.7, 0.7),
    classes=("nonconvex-nonconcave",),
    source=ZHOU,
    points=(
        Known(
            (0.6985828972443243, 0.7155291298596627),
            (0.2163160791966390, 0.1081580395983195),
            Kind.NASH,
        ),
        Known(
            (-0.6985828972443243, -0.7155291298596627),
            (-0.2163160791966390, -0.1081580395983195),
            Kind.NASH,
        ),
    ),
    proof=NEWTON,
    note="The denominator vanishes at x = -y = (1, 0) and at x = -y = (-1, 0). The origin, where y "
    "has its best answer and x has not, is not listed.",
    confidence="medium",
)

game(
    "zhou_55ii",
    title="Zhou, Wang, Zhao 5.5 (ii): rational on two balls",
    formula="(x1**2*y1 + 2*x2**2*y2 + 3*x3**2*y3 - x1 - x2 - x3)/(x1*y1 + 1)",
    dx=3,
    dy=3,
    x=Ball(1.0),
    y=Ball(1.0),
    region=(-0.5, 0.5),
    classes=("nonconvex-nonconcave",),
    points=(
        Known(
            (0.4729843064167568, 0.4476255411721988, 0.3416022215403059),
            (0.6708438917349140, 0.5585025361719173, 0.4878969051054650),
            Kind.NASH,
        ),
    ),
    proof=NEWTON,
    source=ZHOU,
    note="The denominator vanishes at x = -y = (1, 0, 0) and at x = -y = (-1, 0, 0).",
    confidence="medium",
)

game(
    "zhou_57i",
    title="Zhou, Wang, Zhao 5.7 (i) in angles: rational on parts of a sphere and a circle",
    formula=(
        "(1 - sin(x1)*cos(x2) - sin(x1)*sin(x2) - cos(x1) + cos(y) + sin(y) - 1)"
        "/((sin(x1)*cos(x2))**2 - cos(y)**2 + 1)"
    ),
    dx=2,
    dy=1,
    x=Box(0.0, math.pi / 2),
    y=Box(0.0, math.pi / 2),
    region=(0.0, 1.5),
    classes=("nonconvex-nonconcave", "boxed"),
    points=(Known((0.8806427978722733, 0.9712545272266158), (1.0174600157797014,), Kind.NASH),),
    proof=NEWTON,
    source=f"{ZHOU}; the parametrisation by angles is that of Quack.jl",
    note="The source says that there is no saddle point; this is one.",
    confidence="medium",
)

WEST = math.acos(2 / math.sqrt(6)), math.pi / 4
SOUTH = math.acos(-1 / math.sqrt(6)), math.atan2(-2.0, -1.0)
"""The angles of (1, 1, 2)/sqrt(6) and of -(1, 2, 1)/sqrt(6)."""

game(
    "zhou_56ii",
    title="Zhou, Wang, Zhao 5.6 (ii) in angles: rational on two spheres",
    formula=on_spheres("(2 - x1 - x2 - x3 - y1 - y2 - y3)/(x3 + y2 + 2)"),
    dx=2,
    dy=2,
    x=ANGLES,
    y=ANGLES,
    region=(-3.0, 3.0),
    classes=("nonconvex-nonconcave", "periodic"),
    points=tuple(
        Known((i * a, b + (i < 0) * math.pi), (j * c, d + (j < 0) * math.pi), Kind.NASH)
        for i in (1, -1)
        for j in (1, -1)
        for (a, b), (c, d) in ((WEST, SOUTH),)
    ),
    proof="closed form",
    source=ZHOU,
    note="The numerator is that of the source on spheres. The denominator vanishes at x3 = y2 = -1; angles "
    "are singular at the poles.",
    confidence="medium",
)
