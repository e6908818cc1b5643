"""Enclosures of what f and its derivatives reach on a start region, and the constants they give.

`minmaxbench constants` writes them (:mod:`minmaxbench.theory.proofs.constants`); reading them needs no
python-flint.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from minmaxbench.core.constants import Constant, How
from minmaxbench.problems import stored

Ends = tuple[float, float]
"""A certified lower and a certified upper end of one number."""


@dataclass(frozen=True)
class Enclosures:
    """Extrema over the start region of a planar problem, each between two certified ends."""

    problem: str
    definition: str
    """Hash of formula, sets and region; enclosures of another definition are void."""
    region: tuple[Ends, Ends]
    versions: dict[str, str]
    cells: int
    """How many cells were examined."""
    extrema: dict[str, Ends]
    """``max norm`` of the Hessian; ``min`` and ``max`` of ``f``, ``f_xx`` and ``f_yy``; and, where they
    exist, ``rho``, ``alpha``, ``pl_x`` and ``pl_y``, as in ``core.constants.MEANINGS``. Where the box of
    the certificate is larger, ``min f_xx on the box`` and so on tell the signs there."""

    def constants(self) -> dict[str, Constant]:
        """The constants, each at the end that is safe."""
        ends = self.extrema
        found = {"L": _above(*ends["max norm"])}
        low, high = ends["min f"], ends["max f"]
        found["b"] = _above(max(-low[1], high[0], 0.0), max(-low[0], high[1]))
        for name, (least, most) in (
            ("mu_x", ends["min f_xx"]),
            ("mu_y", (-ends["max f_yy"][1], -ends["max f_yy"][0])),
        ):
            if least > 0:
                found[name] = _below(least, most)
        for name in ("rho", "alpha", "pl_x", "pl_y"):
            if name in ends:
                found[name] = _below(*ends[name])
        return {name: c for name, c in found.items() if math.isfinite(c.value)}

    def curvature(self, name: str) -> tuple[Ends, Ends]:
        """The least and the largest ``f_xx`` or ``f_yy`` on the whole box of the certificate."""
        least, most = (f"{end} {name}" for end in ("min", "max"))
        on = " on the box" if f"{least} on the box" in self.extrema else ""
        return self.extrema[least + on], self.extrema[most + on]

    def text(self) -> str:
        """As JSON; the file's name says the problem's. An end that is not finite is null."""
        facts = {name: fact for name, fact in asdict(self).items() if name != "problem"}
        facts["extrema"] = {
            name: [end if math.isfinite(end) else None for end in ends]
            for name, ends in self.extrema.items()
        }
        return json.dumps(facts, indent=1, allow_nan=False) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the JSON to ``NAME.json`` in a folder; :class:`UserError` where that fails."""
        return stored.write(folder, self.problem, self.text())


def _above(low: float, high: float) -> Constant:
    return Constant(high, How.ENCLOSED, low)


def _below(low: float, high: float) -> Constant:
    return Constant(low, How.ENCLOSED, high)


def enclosures(name: str, definition: str, beside: Path | None = None) -> Enclosures | None:
    """What is enclosed of a problem of this very definition, or None where nothing is.

    Looked for in the folder ``constants`` beside the file that declares the problem, then in the
    package. Raises :class:`UserError` for a file that holds no enclosures.
    """
    path = stored.find(stored.CONSTANTS, name, beside)
    if path is None:
        return None
    data = stored.read(path)
    try:
        (a, b), (c, d) = data["region"]
        extrema = {
            what: (
                -math.inf if low is None else float(low),
                math.inf if high is None else float(high),
            )
            for what, (low, high) in data["extrema"].items()
        }
        found = Enclosures(
            name, data["definition"], ((a, b), (c, d)), data["versions"], data["cells"], extrema
        )
        found.constants()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise stored.damaged(path, "it holds no constants") from error
    return found if found.definition == definition else None
