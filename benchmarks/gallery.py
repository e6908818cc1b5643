"""Write docs/problems/: a page a problem, and their index: python -m benchmarks.gallery [NAME ...].

``--pictures`` draws the planar ones again, too. Who solves a problem is read off the reference study, where
one ships.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.runtimes import ert
from minmaxbench.analysis.statistics import calls_to
from minmaxbench.bench.reference import load
from minmaxbench.core.constants import MEANINGS
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.classes import classes_of
from minmaxbench.problems.cycles import known_cycles
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import PROBLEMS, get_problem, names
from minmaxbench.problems.several import Game
from minmaxbench.problems.vocabulary import CLASSES
from minmaxbench.report.cards import KNOWN
from minmaxbench.report.text import markdown

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent.parent / "docs" / "problems"
SHOWN = 12
"""So many points are listed on a page."""
SOLVERS = 10
"""And so many algorithms."""
TARGET = 1e-5
"""Who comes so near to an equilibrium solves a problem."""
HEAD = """\
# Gallery

Written by `python -m benchmarks.gallery --pictures` from the registry: formula, points, cycles, constants and
source of each problem. Classes are held against what is proved or sampled of a problem by
`tests/problems/test_classes.py`; properties that follow from constants, points and sets stand with them. See
[constants](../constants.md), [certificates](../certificates.md) and [cycles](../cycles.md).

```{toctree}
:glob:
:hidden:

*
```
"""


def page(name: str) -> str:
    """The page of a problem, as Markdown."""
    problem = get_problem(name)
    return "\n".join(_lines(problem)) + "\n"


def _lines(problem: Problem) -> Iterator[str]:
    about = problem.about
    yield f"# {problem.name}\n"
    yield f"{markdown(about.title)}.\n"
    if isinstance(problem, Planar | Game):
        yield f"$$f = {problem.formula.latex}$$\n"
    x, y = (
        s.describe(v).replace("^d", f"^{d}" if d > 1 else "")
        for s, v, d in ((problem.x_set, "x", problem.dx), (problem.y_set, "y", problem.dy))
    )
    yield f"- min over {markdown(x)}, max over {markdown(y)}; dx = {problem.dx}, dy = {problem.dy}"
    yield f"- classes: {', '.join(classes_of(problem)) or 'none'}"
    yield f"- start region: [{about.region[0]:g}, {about.region[1]:g}] in every coordinate"
    yield f"- source: {markdown(about.source or 'not given')}"
    if about.confidence:
        how = KNOWN.get(about.confidence, f"with {about.confidence} confidence")
        yield f"- formula known: {how}"
    if about.note:
        yield f"- note: {markdown(about.note)}"
    if isinstance(problem, Planar):
        yield f"\n![Contours and field of {problem.name}](pictures/{problem.name}.png)"
    yield from _constants(problem)
    yield from _points(problem)
    cycles = known_cycles(problem)
    if cycles is not None:
        yield "\n## Cycles\n"
        yield "\n".join(f"- {cycle.summary}" for cycle in cycles) or "The search found none."
    yield "\n## Who solves it\n"
    runs = _reference()
    if runs is not None and problem.name in set(runs["problem"]):
        yield from solvers(runs[runs["problem"] == problem.name])
    else:
        yield (
            "The reference study has no runs of it: it holds the planar problems. "
            f"`minmaxbench run -p {problem.name}` makes some."
        )


@cache
def _reference() -> pd.DataFrame | None:
    """The runs of the reference study, as they were made; None where none ships."""
    try:
        return load().runs
    except UserError:
        return None


def solvers(runs: pd.DataFrame) -> Iterator[str]:
    """Which algorithms arrive at an equilibrium of a problem, and what the others do."""
    ended = runs["verdict"].fillna("in error").value_counts(normalize=True)
    verdicts = ", ".join(f"{share:.0%} {verdict}" for verdict, share in ended.items())
    budget, count = runs["budget"].max(), runs["algorithm"].nunique()
    study = f"In the reference study ({count} algorithms and settings, {budget:g} calls a run)"
    if not runs["equilibria"].max() > 0:
        yield f"{study} there is no equilibrium to arrive at. The runs: {verdicts}."
        return
    hits = np.isfinite(calls_to(runs, TARGET)).groupby(runs["algorithm"]).mean()
    cost = ert(runs, TARGET).groupby("algorithm").first()
    yield (
        f"{study} {(hits == 1).sum()} come within {TARGET:g} of an equilibrium in every run, "
        f"{(hits == 0).sum()} in none. All runs: {verdicts}."
    )
    arrived = cost[np.isfinite(cost)].sort_values(kind="stable").index[:SOLVERS]
    if len(arrived):
        yield "\nThe quickest, by expected calls with restarts:\n"
        yield "| algorithm | runs that arrive | expected calls |\n| --- | --- | --- |"
    for name in arrived:
        yield f"| {markdown(name)} | {hits[name]:.0%} | {cost[name]:.0f} |"


def _constants(problem: Problem) -> Iterator[str]:
    known = problem.known_constants()
    yield "\n## Constants on the start region\n"
    if not known:
        yield "None is proved; `show` prints estimates of L and b."
        return
    yield "| | value | what it says | how it is known |\n| --- | --- | --- | --- |"
    for name in (name for name in MEANINGS if name in known):
        c = known[name]
        yield f"| {name} | {c.value:.6g} | {markdown(MEANINGS[name].words)} | {c.how.value} |"


def _points(problem: Problem) -> Iterator[str]:
    known = problem.points()
    yield "\n## Stationary points\n"
    yield f"{markdown(known.proof)}."
    if problem.dx + problem.dy > 10:
        return
    if len(known):
        yield "\n| x | y | f | kind |\n| --- | --- | --- | --- |"
    for k in range(min(len(known), SHOWN)):
        x, y = (", ".join(f"{c + 0.0:.6f}" for c in z[k].round(6)) for z in (known.x, known.y))
        yield f"| {x} | {y} | {known.value[k].round(6) + 0.0:.6f} | {known.kind[k].value} |"
    if len(known) > SHOWN:
        yield f"\n... and {len(known) - SHOWN} more."
    if isinstance(problem, Planar) and problem.certificate is not None:
        proved = problem.certificate
        yield f"\nGlobal minimax: {markdown(proved.minimax.summary('x'))}."
        yield f"\nGlobal maximin: {markdown(proved.maximin.summary('y'))}."


def index() -> str:
    """The page of all problems, by class."""
    found = {name: classes_of(get_problem(name)) for name in names()}
    lines = [HEAD]
    for word, meaning in CLASSES.items():
        members = [name for name, classes in found.items() if word in classes]
        if members:
            links = ", ".join(f"[{name}]({name}.md)" for name in members)
            lines += [
                f"## {word}\n",
                f"{meaning[0].upper()}{meaning[1:]}: {len(members)}.\n",
                f"{links}\n",
            ]
    return "\n".join(lines)


def draw(name: str) -> Path:
    """The picture of a planar problem, in few colours."""
    from PIL import Image

    from minmaxbench.report.figures.planar import problem_figure

    path = FOLDER / "pictures" / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = problem_figure(get_problem(name))
    figure.savefig(path, dpi=80, metadata={"Software": None})
    with Image.open(path) as image:
        image.convert("RGB").quantize(64).save(path, optimize=True)
    return path


def main(arguments: list[str]) -> None:
    """Write the pages of the problems that are named, or of all."""
    chosen = [name for name in arguments if not name.startswith("--")] or names()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in chosen:
        (FOLDER / f"{name}.md").write_text(page(name), encoding="utf-8")
        if "--pictures" in arguments and PROBLEMS.get(name).planar:
            draw(name)
    (FOLDER / "index.md").write_text(index(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
