"""The figures of a study. Each module makes one kind: ``..._figure`` makes it, ``draw_...`` writes it.

A file's ending says its format; every figure can be PNG, PDF and SVG.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from minmaxbench.report.figures.metrics import draw_metrics
from minmaxbench.report.figures.profile import draw_profile, profile_figure
from minmaxbench.report.figures.ranks import draw_ranks, rank_figure
from minmaxbench.report.figures.traces import draw_traces, trace_figures, traces_figure
from minmaxbench.report.figures.verdicts import draw_verdicts, verdict_figure
from minmaxbench.report.style import save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "draw_beside",
    "draw_metrics",
    "draw_profile",
    "draw_ranks",
    "draw_study",
    "draw_traces",
    "draw_verdicts",
    "profile_figure",
    "rank_figure",
    "trace_figures",
    "traces_figure",
    "verdict_figure",
]


FIGURES: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "profile": profile_figure,
    "ranks": rank_figure,
    "verdicts": verdict_figure,
    "traces": traces_figure,
}
"""The pictures of a study by name."""


def draw_study(
    runs: pd.DataFrame,
    folder: Path,
    metric: str = "distance",
    formats: Sequence[str] = ("png",),
) -> list[Path]:
    """Draw the profile, the ranks, the verdicts and the traces of a study into ``folder``.

    And the problems' own metrics, where they have any.
    """
    paths = save(profile_figure(runs), folder / "profile", formats)
    if runs["algorithm"].nunique() > 1:
        paths += save(rank_figure(runs), folder / "ranks", formats)
    paths += save(verdict_figure(runs), folder / "verdicts", formats)
    paths += draw_traces(runs, folder, metric, formats)
    return paths + draw_metrics(runs, folder, formats)


def draw_beside(
    runs: pd.DataFrame, folder: Path, asked: Sequence[str], formats: Sequence[str] = ("png",)
) -> list[Path]:
    """Draw the profile and the ranks of some algorithms among many others into ``folder``."""
    paths = save(profile_figure(runs, asked=asked), folder / "profile", formats)
    return paths + save(rank_figure(runs, asked=asked), folder / "ranks", formats)
