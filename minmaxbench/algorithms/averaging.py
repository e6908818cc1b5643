"""Methods that average their iterates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.gradient import GDA, AlternatingGDA
from minmaxbench.algorithms.parts.averaging import Lookahead
from minmaxbench.algorithms.parts.composed import Alias
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.parameters import choice, count, number, step_size


@register(
    "lookahead_minmax",
    "Chavdarova, Pagliardini, Stich, Fleuret, Jaggi. Taming GANs with Lookahead-Minmax. ICLR 2021 "
    "(LA-GDA, LA-AltGDA, LA-EG)",
)
@dataclass(frozen=True)
class LookaheadMinmax(Alias):
    r"""Lookahead-minmax: after every k steps of a base method both players go back a part of the
    way.

    .. math:: z \leftarrow s + \alpha (z - s), \quad s \leftarrow z, \quad s_0 = z_0

    A step here is a step of the base: simultaneous (``sim``) or alternating (``alt``) GDA, x first,
    or the extragradient (``eg``). Cost: 1 gradient call a step, 2 with ``eg``. Memory: s. On f = xy
    GDA leaves, and lookahead brings it back:

    >>> from minmaxbench.testing import play
    >>> play("lookahead_minmax", "bilinear_xy", start=(1.0, 0.0), steps=3000, eta=0.1)[-1] < 1e-2
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On bilinear games, where its base GDA diverges, it converges",
              "Chavdarova et al. ICLR 2021", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' notebook",
                departs="it records before it averages; here iterate jk is the averaged point"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    k: int = count(6, search=(2, 100))
    alpha: float = number(0.5, 0.0, 1.0, above=True, search=(0.1, 1.0))
    base: str = choice("sim", "alt", "eg")

    def spelled_out(self) -> Algorithm:
        """The base with a lookahead."""
        base: Algorithm = GDA(self.eta, self.eta)
        if self.base == "alt":
            base = AlternatingGDA(self.eta, self.eta)
        elif self.base == "eg":
            base = Extragradient(self.eta)
        return Lookahead(base, self.k, self.alpha)
