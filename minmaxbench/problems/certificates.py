"""Certificates: proved lists of stationary points, shipped as data, read without python-flint.

`minmaxbench certify` writes them; :mod:`minmaxbench.theory.proofs` says what is proved and how.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from minmaxbench.core.problem import Kind, Points
from minmaxbench.errors import UserError


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
class GlobalMinimax:
    """min over x of phi(x) = max over y of f(x, y), the global minimax value."""

    status: str
    """``enclosed``, ``sup unbounded``, ``inf unbounded`` or ``not decided``."""
    value: tuple[float, float] | None = None
    """An enclosure of the value, where there is one."""
    x: tuple[tuple[float, float], ...] = ()
    """Intervals that together hold every global minimax x."""
    rows: tuple[int, ...] = ()
    """The listed points that may be global minimax points; none: no stationary point is one."""
    note: str = ""

    @property
    def summary(self) -> str:
        """What is proved, in a line."""
        text = self.status
        if self.value is not None:
            low, high = self.value
            text = f"value in [{low:.9g}, {high:.9g}]"
            if self.x:
                text += ", x in " + " or ".join(f"[{a:.6g}, {b:.6g}]" for a, b in self.x)
            if not self.rows and not self.note:
                text += "; no isolated stationary point is one, so compare values, not distances"
            elif self.rows:
                text += f"; row {' or '.join(map(str, self.rows))} may be one"
        return f"{text} ({self.note})" if self.note else text


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
    minimax: GlobalMinimax

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
        """As JSON."""
        return json.dumps(asdict(self), indent=1) + "\n"

    def write(self, folder: Path) -> Path:
        """Write the JSON to ``NAME.json`` in a folder: to a temporary name first, then renamed.

        Raises :class:`UserError` where that is not possible.
        """
        path = folder / f"{self.problem}.json"
        part = path.with_suffix(".part")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            part.write_text(self.text())
            part.replace(path)
        except OSError as error:
            raise UserError(
                f"The certificate cannot be written to '{path}': {error.strerror or error}."
            ) from error
        return path


def middle(enclosure: str) -> float:
    """The middle of ``middle +/- radius``."""
    return float(enclosure.split()[0])


def parse(text: str) -> Certificate:
    """A certificate from its JSON."""
    data: dict[str, Any] = json.loads(text)

    def frozen(value: Any) -> Any:
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    data = {name: frozen(value) for name, value in data.items()}
    plain = {"points": CertifiedPoint, "open": OpenCell}
    for name, kind in plain.items():
        data[name] = tuple(
            kind(**{field: frozen(value) for field, value in entry.items()}) for entry in data[name]
        )
    data["minimax"] = GlobalMinimax(**{k: frozen(v) for k, v in data["minimax"].items()})
    return Certificate(**data)


def shipped(name: str) -> Path:
    """Where the package keeps the certificate of a problem of its own."""
    return Path(str(files("minmaxbench") / "problems" / "data" / "certified" / f"{name}.json"))


@cache
def certificate(name: str, definition: str) -> Certificate | None:
    """The shipped certificate of a problem, or None where there is none of this very definition."""
    path = shipped(name)
    if not path.is_file():
        return None
    found = parse(path.read_text())
    return found if found.definition == definition else None
