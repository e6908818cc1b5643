"""What ``minmaxbench show`` prints: the card of a problem, and of an algorithm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.bench.tuning.tuned import known
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.constants import MEANINGS
from minmaxbench.core.problem import About, Points, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.certificates import Certificate, CertifiedPoint, middle
from minmaxbench.problems.cycles import known_cycles
from minmaxbench.problems.planar import Planar
from minmaxbench.report import methods
from minmaxbench.report.mathtext import plain
from minmaxbench.report.text import terminal
from minmaxbench.report.tuning import parameters

if TYPE_CHECKING:
    from rich.console import RenderableType

SHOWN = 40
"""So many points are listed; the rest is counted."""

ASKED, STEP = ("gda", "gda_alt", "ogda", "extragradient"), 0.05
"""Whether these stay at a point is told, at this step size; `minmaxbench stability` tells of all."""

KNOWN = {"high": "from the authors' code or paper", "own": "made for this project"}
"""How sure a formula is, in words."""


def algorithm_card(kind: type[Algorithm]) -> Iterator[RenderableType]:
    """Rule, hyper-parameters, cost, memory, claims, programs and source of an algorithm."""
    card = methods.card(kind)
    yield terminal(card.name, "bold") + terminal(f"  {card.family}")
    yield terminal(f"\n{_readable(card.doc)}\n")
    yield terminal("Hyper-parameters", "bold")
    if card.parameters:
        yield _columns(("", "default", "values", "tuned in"), card.parameters)
    else:
        yield terminal("none")
    yield _facts(
        [
            ("\nA step asks for", f"\n{card.cost}"),
            ("A state holds", card.holds),
            ("Source", card.source),
        ]
    )
    yield from _tuned(kind)
    if card.claims:
        yield terminal("\nWhat is claimed, and what the tests find", "bold")
        yield _columns(
            ("claim", "source", "found"), [(c.says, c.source, c.verdict) for c in card.claims]
        )
    if card.programs:
        yield terminal("\nOther programs", "bold")
        yield _facts([(p.name, p.verdict) for p in card.programs])


def _tuned(kind: type[Algorithm]) -> Iterator[RenderableType]:
    """The setting that tuning has found, what made it, and whether it is stale; nothing if there is none."""
    try:
        tuned = known()
        found = tuned.found(kind.name)
    except UserError:
        return
    protocol, stale = tuned.protocol, tuned.stale(kind.name)
    yield terminal("\nTuned for the whole suite", "bold")
    rows = [
        ("setting", parameters(found.tuned)),
        ("score", f"{found.score:.2f}, that of the default {found.default:.2f} (lower is better)"),
        ("tried", f"{found.settings} settings, {found.calls:,.0f} gradient calls"),
        (
            "protocol",
            f"version {protocol['version']}: {len(tuned.training)} problems, instances "
            f"{', '.join(map(str, protocol['instances']))}, {protocol['seeds']} seeds, "
            f"{protocol['budget']:,.0f} calls a run",
        ),
        ("made by", f"{tuned.asked}, version {tuned.version}, {tuned.written[:10]}"),
    ]
    yield _facts([*rows, *([("stale", stale)] if stale else [])])


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in rows:
        table.add_row(*map(terminal, row))
    return table


def _readable(doc: str) -> str:
    """A docstring without its markup, a paragraph a line: the terminal wraps it."""
    # Where a formula stands on its own lines, what follows on its last line goes on below.
    doc = re.sub(methods.DISPLAY, lambda m: _indented(plain(m[1])), doc)
    doc = re.sub(r":math:`(.+?)`", lambda m: plain(m[1]), doc, flags=re.DOTALL)
    doc = re.sub(r":\w+:`~?(.+?)`", r"\1", doc).replace("``", "")
    paragraphs = re.split(r"\n\s*\n", doc)
    # A line goes on in the next one, but in an example, in formulas, and where an item begins.
    return "\n\n".join(
        text if ">>>" in text or text.startswith("    ") else
        re.sub(r"\n(?!\d+\.|[-*] ) *", " ", text.strip())
        for text in paragraphs
    )  # fmt: skip


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def problem_card(problem: Problem) -> Iterator[RenderableType]:
    """Formula, sets, points, cycles and source of a problem."""
    about = problem.about
    yield terminal(problem.name, "bold") + terminal(f"  {about.title}")
    yield terminal("")
    yield _facts([*_definition(problem), *_said(about)])
    proved = problem.certificate if isinstance(problem, Planar) else None
    yield terminal("\nConstants on the start region", "bold")
    yield _facts(list(constants(problem)) or [("none", "")])
    yield terminal("")
    yield from _points(problem.points(), proved)
    if proved is not None:
        yield terminal(f"\nglobal minimax: {proved.minimax.summary('x')}")
        yield terminal(f"global maximin: {proved.maximin.summary('y')}")
    yield from _cycles(problem)


def _facts(rows: list[tuple[str, str]]) -> RenderableType:
    from rich.table import Table

    facts = Table.grid(padding=(0, 2))
    facts.add_column(no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in rows:
        facts.add_row(terminal(name), terminal(value))
    return facts


def _definition(problem: Problem) -> Iterator[tuple[str, str]]:
    if isinstance(problem, Planar):
        yield "f(x, y)", problem.text
        yield "LaTeX", problem.formula.latex
    x, y = problem.x_set.describe("x"), problem.y_set.describe("y")
    x, y = (
        s.replace("^d", f"^{d}" if d > 1 else "") for s, d in ((x, problem.dx), (y, problem.dy))
    )
    yield "players", f"min over {x}, max over {y}"
    yield "dimensions", f"dx = {problem.dx}, dy = {problem.dy}"
    if problem.instance:
        yield "instance", str(problem.instance)
    if problem.metrics:
        yield "metrics", "\n".join(f"{m.name}: {m.meaning}" for m in problem.metrics)


def _said(about: About) -> Iterator[tuple[str, str]]:
    """What its author says of it."""
    low, high = about.bounds
    yield "classes", ", ".join(about.classes) or "none given"
    bounded = np.isfinite([low, high]).any()
    yield "bounds", f"{low:g} <= f <= {high:g}" if bounded else "none known"
    known = np.isfinite(about.smoothness)
    yield "smoothness", f"L = {about.smoothness:g}" if known else "none known"
    yield "start region", f"[{about.region[0]:g}, {about.region[1]:g}] in every coordinate"
    yield "published starts", ", ".join(f"({x:g}, {y:g})" for x, y in about.starts) or "none"
    yield "source", about.source or "not given"
    if about.confidence:
        how = KNOWN.get(about.confidence, f"with {about.confidence} confidence")
        yield "formula known", how
    if about.note:
        yield "note", about.note


def constants(problem: Problem) -> Iterator[tuple[str, str]]:
    """Name and value of each constant, with what it means and how it is known."""
    for name in (name for name in MEANINGS if name in problem.constants):
        c = problem.constants[name]
        sharp = "" if c.other in (None, c.value) else f" (the sharp one is beyond {c.other:.4g})"
        yield f"{name} = {c.value:.6g}", f"{MEANINGS[name].words}; {c.how.value}{sharp}"


def _points(known: Points, proved: Certificate | None) -> Iterator[RenderableType]:
    from rich.table import Table

    yield terminal(f"Stationary points: {known.proof}")
    if not len(known):
        return
    table = Table(box=None, pad_edge=False)
    attracts = f"attracts, of {', '.join(ASKED)} at step {STEP:g}"
    for head in ("", "x", "y", "f", "kind", *([attracts] if proved else [])):
        table.add_column(head, overflow="fold")
    for k in range(min(len(known), SHOWN)):
        row = [str(k), _vector(known.x[k]), _vector(known.y[k]), f"{known.value[k]:.6g}"]
        row.append(known.kind[k].value)
        table.add_row(*map(terminal, [*row, *([_attracted(proved.points[k])] if proved else [])]))
    yield table
    if len(known) > SHOWN:
        yield terminal(f"... and {len(known) - SHOWN} more")


def _attracted(point: CertifiedPoint) -> str:
    """Which of the best known algorithms a stationary point attracts."""
    from minmaxbench.theory.dynamics.stability import at_step, spectral_radius

    if any(point.held):
        return "held by a bound"
    a, b, c = map(middle, point.hessian)
    radii = {name: spectral_radius(at_step(name, STEP), (a, b, c)) for name in ASKED}
    return ", ".join(name for name, radius in radii.items() if radius < 1) or "none of them"


def _cycles(problem: Problem) -> Iterator[RenderableType]:
    """Where gradient play goes round, a line each."""
    cycles = known_cycles(problem)
    if cycles is not None:
        yield terminal("\nCycles: " + ("" if cycles else "the search found none"))
        for cycle in cycles:
            yield terminal(f"  {cycle.summary}")


def _vector(v: Any) -> str:
    """A point: a number, or the first four of several."""
    numbers = [f"{0.0 if abs(c) < 1e-15 else c:.8g}" for c in v[:4]]
    return numbers[0] if len(v) == 1 else f"({', '.join(numbers)}{', ...' if len(v) > 4 else ''})"
