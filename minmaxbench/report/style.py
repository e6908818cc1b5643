"""One look for all figures: algorithms that differ in colour, line and marker, and a light grid.

Figures are made without pyplot, whose import takes half a second and which keeps a user's figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from minmaxbench.analysis.statistics import by_algorithm
from minmaxbench.errors import UserError, unknown
from minmaxbench.report import text

if TYPE_CHECKING:
    import pandas as pd

# Wong, "Points of view: Color blindness", Nature Methods 2011, and two darker tones.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C510A",
    "#7A5195", "#999999",
)  # fmt: skip
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 2)))
MARKERS = ("o", "s", "^", "D", "v", "X", "P", "<", ">")
# Nine markers and five lines have no common divisor: 45 pairs before one comes again.
TONES = ((0.0, 0.0), (1.0, 0.45), (0.0, 0.4))
STYLE = ("color", "linestyle", "marker")
REST: dict[str, Any] = {"color": "#C8C8C8", "linestyle": "-", "marker": "", "linewidth": 0.6}
"""The look of algorithms that are there to be seen past."""
MANY, TOP = 12, 7
"""Of more than so many algorithms, so many are in colour: with one asked for they differ in everything."""
LETTERS, MARK = 14.0, 8
"""Letters of a legend to the inch, and what a line and its marker take in letters."""

VERDICT_COLOURS = {
    "equilibrium": "#009E73",
    "other point": "#56B4E9",
    "cycle": "#CC79A7",
    "diverged": "#D55E00",
    "stopped": "#7A5195",
    "stalled": "#8C510A",
    "unfinished": "#E69F00",
    "error": "#000000",
}

SETTINGS: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 160,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E5E5E5",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.5,
    "lines.markersize": 4,
    "legend.frameon": False,
    # TrueType fonts: publishers refuse the Type 3 that is the default.
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    # The same figure is the same file.
    "svg.hashsalt": "minmaxbench",
}

_DATED = {"pdf": "CreationDate", "svg": "Date"}
"""What a format writes the time of drawing to."""


def look() -> AbstractContextManager[None]:
    """The settings of every figure, for a ``with`` statement."""
    return mpl.rc_context(SETTINGS)


def panels(
    rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, Any]:
    """A figure of ``size`` inches, and its axes, an array (rows, columns)."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def make_folder(folder: Path) -> Path:
    """Make a folder for pictures; raises :class:`UserError` if that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder '{folder}' cannot be made: {error.strerror}.") from error
    return folder


def say_nothing(ax: Any, words: str) -> None:
    """An empty panel that says why it is empty."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", va="center", color="#555555")
    ax.set(xticks=[], yticks=[])


def save(figure: Figure, path: str | Path, formats: Sequence[str] = ()) -> list[Path]:
    """Write a figure, whole or not at all; return what was written.

    Without ``formats`` the ending of ``path`` says which: ``.png``, ``.pdf``, ``.svg``, or another
    that Matplotlib knows. With them ``path`` has no ending and each is added. Raises
    :class:`UserError` for an ending that is none, or a file that cannot be written.
    """
    path = Path(path)
    paths = [path.with_name(f"{path.name}.{f}") for f in formats] or [path]
    for one in paths:
        kind = one.suffix.lstrip(".").lower()
        known = figure.canvas.get_supported_filetypes()
        if kind not in known:
            raise unknown("format of figures", kind or one.name, known)
        undated = {_DATED[kind]: None} if kind in _DATED else {}
        with look(), text.whole(one, "figure") as part:
            figure.savefig(part, format=kind, metadata=undated)
    return paths


def legend(figure: Figure, found: Mapping[str, Any]) -> None:
    """One legend below all panels, in as many columns as its longest name allows.

    Matplotlib leaves out a label that begins with an underscore, so the names are put in afterwards.
    """
    if not found:
        return
    names = [text.figure(name) for name in found]
    columns = _columns([len(name) for name in names], figure.get_figwidth() * LETTERS)
    rows = -(-len(names) // columns)
    # Figures have place for two rows.
    figure.set_figheight(figure.get_figheight() + 0.18 * max(0, rows - 2))
    drawn = figure.legend(
        list(found.values()), [str(k) for k in range(len(names))], loc="outside lower center",
        ncols=columns,
    )  # fmt: skip
    for line, name in zip(drawn.get_texts(), names, strict=True):
        line.set_text(name)


def _columns(lengths: Sequence[int], room: float) -> int:
    """The most columns, up to six, in which names of these lengths fit side by side."""
    for columns in range(min(6, len(lengths)), 1, -1):
        rows = -(-len(lengths) // columns)
        # As Matplotlib fills them: column by column, the first ones with a row more.
        parts = np.array_split(np.asarray(lengths), columns)
        if sum(int(part.max()) + MARK for part in parts) <= room and rows * (columns - 1) < len(
            lengths
        ):
            return columns
    return 1


def styles(algorithms: Iterable[str], methods: Iterable[str] = ()) -> dict[str, dict[str, Any]]:
    """Colour, line and marker of each algorithm, by its place in the alphabet.

    ``methods`` are the names of the methods that they are variants of, one each. Up to eight
    algorithms have colours of their own; of more those of a family share one, in three tones, and
    lines and markers tell them apart. A family is a module of the package, or a method of the user's.
    """
    method = {str(a): str(a) for a in algorithms}
    method |= dict(zip(method, map(str, methods), strict=False))
    names = sorted(method)
    few = len(names) <= len(MARKERS) - 1
    family = {name: name if few else _family(method[name]) for name in names}
    colours = {f: k % len(COLOURS) for k, f in enumerate(dict.fromkeys(family.values()))}
    chosen: dict[str, dict[str, Any]] = {}
    for name in names:
        colour = colours[family[name]]
        # Few ones differ in everything; of a family, in what its members before them have not.
        place = colour if few else sum(style["hue"] == colour for style in chosen.values())
        chosen[name] = {
            "hue": colour,
            "color": COLOURS[colour] if few else _tone(COLOURS[colour], place % len(TONES)),
            "linestyle": DASHES[place % len(DASHES)],
            "marker": MARKERS[place % len(MARKERS)],
        }
    return {name: {k: style[k] for k in STYLE} for name, style in chosen.items()}


def spotlight(ordered: Sequence[str], asked: Sequence[str] = ()) -> list[str]:
    """Those of many algorithms that are drawn in colour: the ones asked for, and the first ones."""
    if len(ordered) <= MANY:
        return list(ordered)
    return list(dict.fromkeys([*(name for name in asked if name in ordered), *ordered[:TOP]]))


def looks_of(runs: pd.DataFrame, asked: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """The look of each algorithm of some runs; of many, the best and those asked for are in colour.

    The best are those whose runs reach the default target most often.
    """
    pairs = runs[["algorithm", "method"]].drop_duplicates("algorithm")
    methods = dict(zip(pairs["algorithm"].astype(str), pairs["method"].astype(str), strict=True))
    names = sorted(methods)
    if len(names) > MANY:
        names = [str(name) for name in by_algorithm(runs)["algorithm"]]
    shown = spotlight(names, asked)
    looks = styles(shown, [methods[name] for name in shown])
    return {name: looks.get(name, REST) for name in methods}


def _tone(colour: str, place: int) -> str:
    """A colour as it is, lighter, or darker."""
    from matplotlib.colors import to_hex, to_rgb

    towards, part = TONES[place]
    red, green, blue = ((1 - part) * c + part * towards for c in to_rgb(colour))
    return to_hex((red, green, blue))


def _family(method: str) -> str:
    """The module of the package that an algorithm stands in; one of the user's is its own."""
    from minmaxbench.algorithms.registry import ALGORITHMS

    if method not in ALGORITHMS:
        return method
    inside = ALGORITHMS.get(method).__module__.split(".")
    return ".".join(inside[:3]) if inside[0] == "minmaxbench" else method
