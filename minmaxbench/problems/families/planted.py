"""Random bounded games around a stationary point of a kind that is asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.linear import fit
from minmaxbench.problems.registry import Entry, add
from minmaxbench.problems.transforms.rotations import Rotation, generator

KINDS = {
    "nash": Kind.NASH,
    "minimax": Kind.MINIMAX,
    "maximin": Kind.MAXIMIN,
    "neither": Kind.NEITHER,
}
BEND = 4 / (3 * math.sqrt(3))
"""The largest second derivative of tanh."""

ABOUT = About(
    title="planted game: a quadratic of R tanh(u/R) and R tanh(v/R) about a random point",
    source="own",
    classes=("nonconvex-nonconcave", "bounded", "planted"),
    note="Dials: kind (nash, minimax, maximin, neither), seed, condition, coupling, angle (degrees), reach. "
    "In Python mb.problem('planted', 20, kind='neither', seed=7), in a command "
    "planted:kind=neither,seed=7,d=20.",
    confidence="own",
)


@dataclass(frozen=True, eq=False)
class Planted(Problem):
    """f = s'As/2 + s'Bt - t'Ct/2 with s = R tanh(u/R), t = R tanh(v/R) coordinate by coordinate.

    u = U'(x - x*) and v = V'(y - y*) with random rotations; tanh has a positive slope, so that (x*, y*)
    is the only stationary point, and its Hessian is [[A, B], [B', -C]] in u and v. C and one of A and
    S = A + B C^-1 B' are diagonal, with eigenvalues from 1/condition to 1:

    - nash: A and C positive definite;
    - minimax: C and S positive definite, A not (Jin, Netrapalli, Jordan, ICML 2020, Proposition 19);
    - maximin: the same with the players exchanged;
    - neither: A and C each with a negative eigenvalue, the first.

    B has the singular values ``coupling`` sqrt(a_i c_i), along axes turned by ``angle`` against
    those of C and of A or S, in the planes of two coordinates each.
    """

    dx: int
    dy: int
    kind: str = "minimax"
    seed: int = 0
    condition: float = 10.0
    coupling: float = 2.0
    angle: float = 0.0
    reach: float = 2.0
    name: str = "planted"
    about: About = ABOUT
    a: Floats = field(init=False, compare=False)
    """The diagonal of A, or of S; of the max-player's for maximin."""
    c: Floats = field(init=False, compare=False)
    beta: Floats = field(init=False, compare=False)
    centre: tuple[Floats, Floats] = field(init=False, compare=False)
    turns: tuple[Rotation, Rotation] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        _check(self)
        rng = generator("planted", self.dx, self.dy, self.seed)
        rank = min(self.dx, self.dy)
        a, c = (rng.permutation(self._spectrum(d)) for d in (self.dx, self.dy))
        beta = self.coupling * np.sqrt(a[:rank] * c[:rank])
        if self.kind == "neither":
            a[0], c[0] = -a[0], -c[0]
        self._state(
            a=a,
            c=c,
            beta=beta,
            centre=(rng.uniform(-0.5, 0.5, self.dx), rng.uniform(-0.5, 0.5, self.dy)),
            turns=(Rotation.draw(self.dx, rng), Rotation.draw(self.dy, rng)),
        )
        if self.kind in ("minimax", "maximin"):
            self._check_coupling()

    def _spectrum(self, d: int) -> Floats:
        return np.geomspace(1.0, 1 / self.condition, d) if d > 1 else np.ones(1)

    def _check_coupling(self) -> None:
        """Refuse a coupling that is too weak to turn a curvature: then the point would be Nash."""
        over, under, d = (
            (self.a, self.c, self.dx) if self.kind == "minimax" else (self.c, self.a, self.dy)
        )
        axes = self._turn(np, np.eye(d)[: len(self.beta)], 1)
        far = self._turn(np, np.eye(len(under))[: len(self.beta)], 1)
        own, gained = ((axes**2) * over).sum(1), ((far**2) / under).sum(1) * self.beta**2
        if not (gained > own).any():
            least = self.coupling * math.sqrt(
                float((own / np.where(gained > 0, gained, 1e-300)).min())
            )
            raise UserError(
                f"A planted {self.kind} point needs a coupling above {least:.4g} here, or it is a Nash "
                f"point; got {self.coupling:g}."
            )

    def _turn(self, xp: Namespace, z: Array, way: int) -> Array:
        """Turned by the angle in the planes (1, 2), (3, 4), ...; a last coordinate alone stays."""
        d, radians = z.shape[-1], way * math.radians(self.angle)
        cos, sin = math.cos(radians), math.sin(radians)
        even, k = z[..., : d - d % 2], np.arange(d - d % 2)
        partner = even[..., k ^ 1]
        sign = xp.asarray(np.where(k % 2 == 0, -sin, sin))
        return xp.concat([cos * even + sign * partner, z[..., d - d % 2 :]], axis=-1)

    def _across(self, xp: Namespace, z: Array, d: int) -> Array:
        """B z or B'z, for the player of d coordinates."""
        z = self._turn(xp, z, -1)
        return self._turn(xp, fit(xp, xp.asarray(self.beta) * z[..., : len(self.beta)], d), 1)

    def _own(self, xp: Namespace, s: Array, player: int) -> Array:
        """A s or C t: what is diagonal, less what the other player's answer gives back."""
        mine, other = (self.a, self.c) if player == 0 else (self.c, self.a)
        own = xp.asarray(mine) * s
        if self.kind == ("minimax", "maximin")[player]:
            answer = self._across(xp, s, len(other)) / xp.asarray(other)
            own = own - self._across(xp, answer, len(mine))
        return own

    def _local(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """tanh(u/R) and tanh(v/R)."""
        (a, b), (u, v) = self.centre, self.turns
        gaps = u.transpose(xp, x - xp.asarray(a)), v.transpose(xp, y - xp.asarray(b))
        return xp.tanh(gaps[0] / self.reach), xp.tanh(gaps[1] / self.reach)

    def _slopes(self, xp: Namespace, p: Array, q: Array) -> tuple[Array, Array]:
        """As + Bt and B's - Ct for s = R p, t = R q."""
        s, t = self.reach * p, self.reach * q
        in_x = self._own(xp, s, 0) + self._across(xp, t, self.dx)
        return in_x, self._across(xp, s, self.dy) - self._own(xp, t, 1)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        p, q = self._local(xp, x, y)
        in_x, in_y = self._slopes(xp, p, q)
        return self.reach / 2 * (xp.sum(p * in_x, axis=-1) + xp.sum(q * in_y, axis=-1))

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        p, q = self._local(xp, x, y)
        in_x, in_y = self._slopes(xp, p, q)
        u, v = self.turns
        return u.apply(xp, (1 - p * p) * in_x), v.apply(xp, (1 - q * q) * in_y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return self.grad(xp, x, y)[1]

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        p, q = self._local(xp, x, y)
        u, v = self.turns[0].transpose(xp, u), self.turns[1].transpose(xp, v)
        in_x, in_y = self._slopes(xp, p, q)
        along_p, along_q = (1 - p * p) * u / self.reach, (1 - q * q) * v / self.reach
        bend_x, bend_y = self._slopes(xp, along_p, along_q)
        hx = (1 - p * p) * bend_x - 2 * p * along_p * in_x
        hy = (1 - q * q) * bend_y - 2 * q * along_q * in_y
        return self.turns[0].apply(xp, hx), self.turns[1].apply(xp, hy)

    def points(self) -> Points:
        """The planted one."""
        x, y = (c[None, :] for c in self.centre)
        kind = KINDS[self.kind]
        return Points(x, y, np.zeros(1), (kind,), complete=True, proof="planted: the only one")

    def known_constants(self) -> dict[str, Constant]:
        """Bounds on |f| and on the Hessian, from the norms of A, B and C."""
        b = float(self.beta.max())
        more = b * b / float(np.abs(self.c if self.kind == "minimax" else self.a).min())
        a, c = (
            float(np.abs(z).max()) + (more if self.kind == kind else 0.0)
            for z, kind in ((self.a, "minimax"), (self.c, "maximin"))
        )
        size = self.reach**2 / 2
        bound = size * (a * self.dx + 2 * b * math.sqrt(self.dx * self.dy) + c * self.dy)
        # A row of A or B has two entries at most.
        bend = BEND * math.sqrt(2) * (max(a, c) + b)
        found = {"b": bound, "L": block_norm((-a, a), b, (-c, c)) + bend}
        return {name: Constant(value, How.CLOSED) for name, value in found.items()}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Starts are drawn about the planted point."""
        return x + self.centre[0], y + self.centre[1]


def _check(p: Planted) -> None:
    """Refuse dials out of their range, in a sentence."""
    if p.kind not in KINDS:
        raise unknown("kind of planted point", str(p.kind), KINDS)
    if isinstance(p.seed, bool) or not isinstance(p.seed, int):
        raise UserError(f"The seed of a planted problem is a whole number; got {p.seed!r}.")
    for dial, least in (("condition", 1.0), ("coupling", 0.0), ("angle", -360.0), ("reach", 1e-6)):
        value = getattr(p, dial)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not least <= value <= 1e6:
            raise UserError(
                f"The dial {dial} of a planted problem is a number from {least:g} to 1e6; got {value!r}."
            )


def planted(dx: int = 10, dy: int | None = None, **dials: object) -> Planted:
    """A planted problem; its name says how to make it again.

    ``dials`` are the fields of :class:`Planted`. Raises :class:`UserError` for one that there is not.
    """
    valid = ("kind", "seed", "condition", "coupling", "angle", "reach")
    for dial in dials:
        if dial not in valid:
            raise unknown("dial of planted problems", dial, valid)
    said = ",".join(f"{dial}={value}" for dial, value in dials.items())
    name = f"planted:{said}" if said else "planted"
    return Planted(dx, dx if dy is None else dy, name=name, **dials)  # type: ignore[arg-type]


add(Entry("planted", ABOUT, planted, make=planted))
