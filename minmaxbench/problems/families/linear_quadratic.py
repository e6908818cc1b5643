"""Quadratic games with one solution: the standard tests of convex-concave methods, and controls."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.core.sets import Box
from minmaxbench.problems.coupled import Coupled, Half, Nothing
from minmaxbench.problems.linear import Dense, Gram, Spectral, symmetric
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator

LINEAR = "closed form: linear"


WEAK_MVI = About(
    title="weak-MVI quadratic a x.y + b |x|^2/2 - b |y|^2/2, L = 1, rho = -1/10",
    source="Pethick, Fercoq, Latafat, Patrinos, Cevher. Solving stochastic weak Minty variational "
    "inequalities without increasing batch size. ICLR 2023; Lee, Kim. NeurIPS 2021",
    classes=("quadratic", "concave-convex", "weak-minty", "negative-control"),
    starts=((1.0, 1.0),),
    smoothness=1.0,
    confidence="high",
    note="a = sqrt(L^2 - L^4 rho^2), b = L^2 rho. The origin solves the weak Minty variational "
    "inequality with this rho, but both curvatures are wrong: no equilibrium.",
)


@register("weak_mvi_quadratic_d", WEAK_MVI, square=True)
def weak_mvi(dx: int, dy: int) -> Problem:
    """Coordinate by coordinate, as in the authors' code."""
    a, b = math.sqrt(1 - 0.01), np.full(dx, -0.1)
    coupling = Spectral(dx, dy, np.full(dx, a))
    half = Half(symmetric(b))
    return Coupled(
        "weak_mvi_quadratic_d", WEAK_MVI, dx, dy, half, coupling, half, Kind.NEITHER, rho=-0.1,
        proof=LINEAR,
    )  # fmt: skip


MIYAGI = (
    "Miyagi, Miyauchi, Maki, Fukuchi, Sakuma, Akimoto. Covariance Matrix Adaptation Evolution Strategy "
    "for black-box min-max optimisation. GECCO 2022, TELO 2023"
)
F5 = About(
    title="Miyagi f5: |x|^2/2 + 10 x.y - |y|^2/2",
    source=f"{MIYAGI}; Akimoto, Miyauchi, Maki 2022; Balduzzi et al. ICML 2018 (d = 1)",
    classes=("quadratic", "convex-concave", "boxed"),
    region=(-3.0, 3.0),
    smoothness=math.sqrt(101.0),
    confidence="high",
    note="The paper has the couplings 1, 3, 10, 30, 100 and 20 variables a player, in [-3, 3].",
)
F10 = About(
    title="Miyagi f10: |x|^2 - 2 |y - x|^2, a local minimax point that is not Nash",
    source=MIYAGI,
    classes=("quadratic", "nonconvex-strongly-concave", "boxed"),
    region=(-3.0, 3.0),
    smoothness=3 + math.sqrt(17.0),
    confidence="high",
    note="The paper has B = b I with b = 1 here, 3, 10, 30, 100; 20 variables a player, in [-3, 3].",
)
F11 = About(
    title="Miyagi f11: sum of x_i^2/2 + 10^(-3i/d) x_i y_i - 10^(-6i/d) y_i^2/2",
    source=MIYAGI,
    classes=("quadratic", "convex-concave", "ill-conditioned", "boxed"),
    region=(-3.0, 3.0),
    smoothness=math.sqrt(2.0),
    confidence="high",
    note="i = 1, ..., d.",
)
SQUARE = Box(-3.0, 3.0)


def _boxed(name: str, about: About, x: Floats, coupling: Floats, y: Floats, kind: Kind) -> Problem:
    """One pair of coordinates beside the other, in [-3, 3]."""
    d = len(x)
    return Coupled(
        name, about, d, d, Half(symmetric(x)), Spectral(d, d, coupling), Half(symmetric(y)), kind,
        x_set=SQUARE, y_set=SQUARE, proof="closed form: no point of the border is stationary",
    )  # fmt: skip


@register("miyagi_f5_d", F5, square=True, default=(20, 20))
def f5(dx: int, dy: int) -> Problem:
    """Strongly convex-concave, strongly coupled."""
    one = np.ones(dx)
    return _boxed("miyagi_f5_d", F5, one, 10 * one, one, Kind.NASH)


@register("miyagi_f10_d", F10, square=True, default=(20, 20))
def f10(dx: int, dy: int) -> Problem:
    """x wants to leave the origin, but y follows."""
    one = np.ones(dx)
    return _boxed("miyagi_f10_d", F10, -2 * one, 4 * one, 4 * one, Kind.MINIMAX)


@register("miyagi_f11_d", F11, square=True, default=(20, 20))
def f11(dx: int, dy: int) -> Problem:
    """Ever flatter in y."""
    scale = 10.0 ** (-3 * np.arange(1, dx + 1) / dx)
    return _boxed("miyagi_f11_d", F11, np.ones(dx), scale, scale * scale, Kind.NASH)


ALEX = About(
    title="Alex-GDA's quadratic: spectra from 0.01 to 1, coupling from 0.05 to 2, three rotations",
    source="Lee, Cho, Yun. Fundamental Benefit of Alternating Updates in Minimax Optimization. ICML 2024",
    classes=("quadratic", "convex-concave", "ill-conditioned"),
    region=(-3.5, 3.5),
    smoothness=3.0,
    confidence="high",
    note="x'Ax/2 + x'By - y'Cy/2; between the ends the spectra are uniform at random. One of the five "
    "settings of the paper; its starts are N(0, 4 I), its dimension is 100. Its code gives C the "
    "spectrum of x, and B one large singular value; here both are as the paper says.",
)


@register("alex_quadratic_d", ALEX, default=(100, 100))
def alex(dx: int, dy: int) -> Problem:
    """Independent rotations, so that the game does not fall into pairs."""
    rng = generator("alex_quadratic_d", dx, dy)

    def spectrum(d: int, low: float, high: float) -> Floats:
        middle = rng.uniform(low, high, max(d - 2, 0))
        return np.concatenate([[high, low][:d], middle])

    a, c = (Half(symmetric(spectrum(d, 0.01, 1.0), Rotation.draw(d, rng))) for d in (dx, dy))
    turns = Rotation.draw(dx, rng), Rotation.draw(dy, rng)
    b = Spectral(dx, dy, spectrum(min(dx, dy), 0.05, 2.0), *turns)
    return Coupled("alex_quadratic_d", ALEX, dx, dy, a, b, c, Kind.NASH, proof=LINEAR)


PL_GAME = About(
    title="PL game: x'Px/2 + x'Ry - y'Qy/2 with singular P and Q",
    source="Chen, Yao, Luo. Faster Stochastic Algorithms for Minimax Optimization under "
    "Polyak-Lojasiewicz Conditions. NeurIPS 2022",
    classes=("quadratic", "convex-concave", "ill-conditioned"),
    confidence="high",
    note="The source calls it two-sided PL. It is not: R couples the kernels, so that f(., y) falls without "
    "end along the kernel of P. P and Q are random rotations of diag(1e-5, ..., 1, 0, ..., 0), half of it "
    "zero, and R = C'C/d with C standard normal. The source has the means of 6,000 samples of d = 10, "
    "for which these are the expectations, with R a mean about C'C/10; it starts from N(0, I).",
)


@register("pl_game_d", PL_GAME, square=True)
def pl_game(dx: int, dy: int) -> Problem:
    """R couples the kernels: the saddle point is unique."""
    rng = generator("pl_game_d", dx, dy)
    half = np.zeros(dx)
    half[: (dx + 1) // 2] = np.linspace(1e-5, 1, (dx + 1) // 2)[::-1]
    p, q = (Half(symmetric(half, Rotation.draw(dx, rng))) for _ in range(2))
    c = rng.standard_normal((dx, dx)) / math.sqrt(dx)
    coupling = Gram(1.0, Dense(c))
    # Rounded up, so that its last digits depend on no machine.
    largest = math.ceil(1e6 * float(np.linalg.norm(c, 2)) ** 2) / 1e6
    about = replace(PL_GAME, smoothness=1.0 + largest)
    return Coupled("pl_game_d", about, dx, dx, p, coupling, q, Kind.NASH, proof=LINEAR)


OUYANG_XU = About(
    title="Ouyang-Xu worst-case saddle: x'Hx/2 - h.x - (Ax - b).y, A anti-bidiagonal",
    source="Ouyang, Xu. Lower complexity bounds of first-order methods for convex-concave bilinear "
    "saddle-point problems. Mathematical Programming 2021; Yoon, Ryu. ICML 2021",
    classes=("quadratic", "convex-concave", "ill-conditioned"),
    smoothness=1.0,
    confidence="high",
    note="A is 1/4 on the antidiagonal and -1/4 beside it, H = 2 A'A, b = 1/4 in every coordinate, h the "
    "last unit vector over 4. The solution x = (1, 2, ..., d) goes away as d grows.",
)


@dataclass(frozen=True)
class AntiBidiagonal:
    """(Az)_i = (z_(d+1-i) - z_(d-i))/4 times a sign, its own transpose."""

    sign: float = 1.0

    def apply(self, xp: Namespace, z: Array) -> Array:
        """A z."""
        turned = xp.flip(z, axis=-1)
        after = xp.concat([turned[..., 1:], 0 * turned[..., :1]], axis=-1)
        return self.sign / 4 * (turned - after)

    transpose = apply

    @property
    def norm(self) -> float:
        """At most 1/4 + 1/4."""
        return 0.5


@register("ouyang_xu_d", OUYANG_XU, square=True)
def ouyang_xu(dx: int, dy: int) -> Problem:
    """A x = b gives x, H x - h = A'y gives y."""
    last = np.zeros(dx)
    last[-1] = 0.25
    return Coupled(
        "ouyang_xu_d",
        OUYANG_XU,
        dx,
        dx,
        Half(Gram(2.0, AntiBidiagonal())),
        AntiBidiagonal(-1.0),
        Nothing(),
        Kind.NASH,
        p=-last,
        q=np.full(dx, -0.25),
        solution=(np.arange(1.0, dx + 1), np.full(dx, -0.5)),
        proof="closed form: Ax = b, y = 2b - A'^{-1} h",
    )
