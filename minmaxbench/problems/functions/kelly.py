"""Kelly's auction: bidders share a resource in proportion to their bids, each with a cost of its own."""

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Points
from minmaxbench.core.sets import Box, Set
from minmaxbench.problems.inequality import Inequality
from minmaxbench.problems.registry import Entry, add

BIDS, NOTHING = Box(0.0, np.inf), About()


def about(gains: tuple[float, ...], resource: float, reserve: float, reach: float) -> About:
    """What is said of an auction."""
    return About(
        title=f"Kelly auction of {len(gains)} bidders: cost x_i - G_i Q x_i/(Z + sum of x), bids from 0",
        source="Kelly, Maulloo, Tan. Rate Control for Communication Networks. Journal of the Operational "
        "Research Society 1998; Beznosikov, Gorbunov, Berard, Loizou. AISTATS 2023 (authors' code)",
        classes=("variational-inequality", "boxed"),
        region=(0.0, reach),
        note=f"G = {gains}, Q = {resource:g}, Z = {reserve:g}; x holds the first half of the "
        "bids, y the second.",
        confidence="high",
    )


@dataclass(frozen=True, eq=False)
class KellyAuction(Inequality):
    """Every bidder's cost is convex in its own bid."""

    name: str
    gains: tuple[float, ...]
    """G: what a unit of the resource is worth to each."""
    resource: float
    """Q."""
    reserve: float
    """Z, the bid of the seller."""
    dx: int
    dy: int
    about: About = NOTHING
    x_set: Set = BIDS
    y_set: Set = BIDS

    def field(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """1 - G_i Q (sum of the others' bids, with Z)/(sum of all)^2, the derivative of each cost."""
        bids = xp.concat([x, y], axis=-1)
        total = self.reserve + xp.sum(bids, axis=-1, keepdims=True)
        f = 1 - xp.asarray(self.gains) * self.resource * (total - bids) / (total * total)
        return f[..., : self.dx], f[..., self.dx :]

    def points(self) -> Points:
        """The equilibrium in which all bid: x_i = s - s^2/(G_i Q), s the root of a quadratic."""
        worth = np.array(self.gains) * self.resource
        n, inverse = len(worth), float((1 / worth).sum())
        s = (n - 1 + np.sqrt((n - 1) ** 2 + 4 * inverse * self.reserve)) / (2 * inverse)
        bids = (s - s * s / worth)[None]
        proof = "closed form: with s = Z + sum of x, s^2 sum 1/(G_i Q) = (n - 1) s + Z"
        x, y = bids[:, : self.dx], bids[:, self.dx :]
        return Points(x, y, np.full(1, np.nan), (Kind.NASH,), complete=True, proof=proof)


def auction(
    name: str, gains: tuple[float, ...], resource: float, reserve: float, reach: float
) -> None:
    """Register an auction; starts are bids from 0 to ``reach``."""
    half = len(gains) // 2
    said = about(gains, resource, reserve, reach)
    mine = KellyAuction(name, gains, resource, reserve, half, half, said)
    add(Entry(name, said, lambda dx, dy: mine, fixed=(half, half), default=(half, half)))


auction("kelly_auction_2", (2.0, 3.0), 1.0, 1.0, 1.0)
auction("kelly_auction_4", (1.8, 2.0, 2.2, 2.4), 1000.0, 100.0, 600.0)
