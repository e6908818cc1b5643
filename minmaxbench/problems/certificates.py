"""Certificates: proved lists of stationary points, shipped as data, read without python-flint.

`minmaxbench certify` writes them; :mod:`minmaxbench.theory.proofs` says what is proved and how.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from minmaxbench.core.problem import Kind, Points
from minmaxbench.problems import stored

GLOBAL = "minimax", "maximin"
"""The global values of a certificate."""


@dataclass(frozen=True)
class CertifiedPoint:
    """A stationary point, enclosed: the true point is within ``radius`` of (x, y) in each coordinate.

    Numbers are decimal strings, since a float cannot hold them.
    """

    x: str
    y: str
    radius: str
    held: tuple[bool, bool]
    """Which players a bound holds there, strictly."""
    kind: str
    by: str
    """What decided the kind: ``second order``, ``higher order`` (both proofs) or ``samples``."""
    value: str
    hessian: tuple[str, str, str]
    """Enclosures of f_xx, f_xy, f_yy, as ``middle +/- radius``."""
    unique: bool = True
    """Whether it is proved to be the only one within its uniqueness box; degenerate ones are not."""


@dataclass(frozen=True)
class OpenCell:
    """A part of the box in which stationary points are neither excluded nor isolated."""

    x: tuple[float, float]
    y: tuple[float, float]
    reason: str


@dataclass(frozen=True)
class GlobalValue:
    """The global minimax value, min over x of max over y of f; or the maximin value, the other way round."""

    status: str
    """``proved``; ``none``, proved, too: the value is not finite or not attained; or ``not decided``."""
    value: tuple[float, float] | None = None
    """An enclosure of the value, where it is proved."""
    where: tuple[tuple[float, float], ...] = ()
    """Intervals that together hold every global minimax x, or maximin y; infinite ends are allowed."""
    rows: tuple[int, ...] = ()
    """The listed points that may be global minimax or maximin points; none: no stationary point is one."""
    method: str = ""
    note: str = ""

    @property
    def decided(self) -> bool:
        """Whether it is proved what the value is, or that there is none."""
        return self.status != UNDECIDED

    def summary(self, first: str) -> str:
        """What is proved, in a line; ``first`` names the player that moves first."""
        text = self.status
        if self.value is not None:
            low, high = self.value
            text = f"value {low:.9g}" if low == high else f"value in [{low:.9g}, {high:.9g}]"
            if self.where:
                text += f", {first} in " + " or ".join(f"[{a:.6g}, {b:.6g}]" for a, b in self.where)
            if self.rows:
                text += f"; row {' or '.join(map(str, self.rows))} may be one"
            else:
                text += "; no isolated stationary point is one, so compare values, not distances"
        why = ": ".join(part for part in (self.method, self.note) if part)
        return f"{text} ({why})" if why else text


UNDECIDED = "not decided"
"""The status of a global value of which nothing is proved."""


@dataclass(frozen=True)
class Certificate:
    """What is proved about the stationary points of a planar problem in a box."""

    problem: str
    definition: str
    """Hash of the formula, the sets and the box; a certificate of another definition is void."""
    box: tuple[tuple[float, float], tuple[float, float]]
    bits: int
    versions: dict[str, str]
    cells: int
    """How many cells the searches examined."""
    points: tuple[CertifiedPoint, ...]
    curves: tuple[str, ...]
    """Equations of whole curves of stationary points."""
    open: tuple[OpenCell, ...]
    minimax: GlobalValue
    maximin: GlobalValue = GlobalValue(UNDECIDED)

    @property
    def complete(self) -> bool:
        """Whether the points are proved to be all there are in the box."""
        return not self.curves and not self.open

    @property
    def summary(self) -> str:
        """What is proved, in a line."""
        limits = " x ".join(f"[{low:g}, {high:g}]" for low, high in self.box)
        text = f"certified in {limits}: "
        if self.complete:
            return text + "these are all there are"
        left = [f"the curve {curve}" for curve in self.curves]
        if self.open:
            left.append("1 open cell" if len(self.open) == 1 else f"{len(self.open)} open cells")
        return text + f"all but {' and '.join(left)}"

    def as_points(self) -> Points:
        """The points as arrays."""
        known = self.points
        return Points(
            x=np.array([[float(p.x)] for p in known]).reshape(-1, 1),
            y=np.array([[float(p.y)] for p in known]).reshape(-1, 1),
            value=np.array([middle(p.value) for p in known]),
            kind=tuple(Kind(p.kind) for p in known),
            complete=self.complete,
            proof=self.summary,
        )

    def text(self) -> str:
        """As JSON. An end that is not finite is null."""
        facts = asdict(self)
        for name in GLOBAL:
            facts[name]["where"] = [
                [end if math.isfinite(end) else None for end in ends]
                for ends in facts[name]["where"]
            ]
        return json.dumps(facts, indent=1, allow_nan=False) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the JSON to ``NAME.json`` in a folder; :class:`UserError` where that fails."""
        return stored.write(folder, self.problem, self.text())


def middle(enclosure: str) -> float:
    """The middle of ``middle +/- radius``."""
    return float(enclosure.split()[0])


def parse(text: str) -> Certificate:
    """A certificate from its JSON."""
    return _from(json.loads(text))


def _from(data: dict[str, Any]) -> Certificate:
    def frozen(value: Any) -> Any:
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    data = {name: frozen(value) for name, value in data.items()}
    plain = {"points": CertifiedPoint, "open": OpenCell}
    for name, kind in plain.items():
        data[name] = tuple(
            kind(**{field: frozen(value) for field, value in entry.items()}) for entry in data[name]
        )
    for name in GLOBAL:
        known = {key: frozen(value) for key, value in data[name].items()}
        known["where"] = tuple(
            (-math.inf if low is None else low, math.inf if high is None else high)
            for low, high in known["where"]
        )
        data[name] = GlobalValue(**known)
    return Certificate(**data)


def certificate(name: str, definition: str, beside: Path | None = None) -> Certificate | None:
    """What is proved about a problem of this very definition, or None where nothing is.

    Looked for in the folder ``certified`` beside the file that declares the problem, then in the
    package. Raises :class:`UserError` for a file that is no certificate.
    """
    path = stored.find(stored.CERTIFIED, name, beside)
    if path is None:
        return None
    data = stored.read(path)
    try:
        found = _from(data)
        found.as_points()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise stored.damaged(path, "it is no certificate") from error
    return found if found.definition == definition else None
