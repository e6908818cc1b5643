"""Method cards: what is said of an algorithm, and what can be read off it.

Costs are counted in a few steps, memory is the shapes of a state; nothing of that is declared twice.
"""

from __future__ import annotations

import dataclasses
import inspect
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, summary
from minmaxbench.core import parameters, tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.errors import RAISED, UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.report.mathtext import plain
from minmaxbench.report.text import markdown

SHAPES = ((2, 3), (3, 2), (3, 3))
"""Dimensions at which states are measured: memory is a dx + b dy + c, beside square matrices."""
STEPS = 12
"""So many steps are counted."""

OWN = "of your own"
"""The family of what the package does not bring."""

_CALLS = {
    Call.VALUE: ("value", "values"),
    Call.GRAD_X: ("gradient in x", "gradients in x"),
    Call.GRAD_Y: ("gradient in y", "gradients in y"),
    Call.HVP: ("Hessian product", "Hessian products"),
}


@dataclasses.dataclass(frozen=True)
class MethodCard:
    """All that is known of an algorithm, in words."""

    name: str
    family: str
    summary: str
    doc: str
    """Its docstring, in which the formulas are TeX."""
    source: str
    cost: str
    """What a step asks for."""
    price: str
    """The same in gradient calls, one number or ``varies``."""
    memory: str
    """What a state holds beside the iterate."""
    parameters: tuple[tuple[str, str, str, str], ...]
    """Of each hyper-parameter: name, default, what it may be, where tuning looks."""
    claims: tuple[Claim, ...]
    programs: tuple[Program, ...]

    @property
    def holds(self) -> str:
        """The memory in a sentence."""
        return "the iterate alone" if self.memory == "none" else f"the iterate and {self.memory}"

    @property
    def rule(self) -> str:
        """The formulas of the rule, as text: the paper's pseudo-code."""
        return "\n".join(plain(text) for text in re.findall(DISPLAY, self.doc))


DISPLAY = r"\.\. math::((?:.|\n)*?)(?=\n\n|\Z)"
"""A formula of a docstring that stands on its own lines."""


def card(kind: type[Algorithm]) -> MethodCard:
    """The card of an algorithm."""
    return MethodCard(
        name=kind.name,
        family=family(kind),
        summary=summary(kind),
        doc=inspect.getdoc(kind) or "",
        source=kind.source or "not given",
        cost=_cost(kind),
        price=_price(kind),
        memory=_memory(kind),
        parameters=tuple(_parameters(kind)),
        # Its own: what is said of a method does not hold for a subclass of it.
        claims=vars(kind).get("claims", ()),
        programs=vars(kind).get("programs", ()),
    )


def cards() -> list[MethodCard]:
    """The cards of all registered algorithms, by family."""
    found = [card(ALGORITHMS.get(name)) for name in ALGORITHMS]
    return sorted(found, key=lambda c: (c.family == OWN, c.family, c.name))


def family(kind: type[Algorithm]) -> str:
    """The room in which an algorithm stands."""
    package, _, module = kind.__module__.partition(".algorithms.")
    if package != "minmaxbench":
        return OWN
    return module.split(".")[0].replace("_", " ")


def _price(kind: type[Algorithm]) -> str:
    if kind.price is None:
        return "not said"
    return "varies" if math.isnan(kind.price) else f"{kind.price:g}"


def _cost(kind: type[Algorithm]) -> str:
    counts = _counted(kind)
    if counts is None:
        asked = ", ".join(call.words for call in sorted(kind.needs))
        unknown = kind.price is None
        return f"{asked}; how many, {'is not said' if unknown else 'differs from step to step'}"
    each = (f"{n:g} {_CALLS[c][n != 1]}" for c, n in counts.items() if n)
    calls = "call" if kind.price == 1 else "calls"
    return f"{', '.join(each)}: {_price(kind)} gradient {calls} (dx = dy = 1)"


@cache
def _counted(kind: type[Algorithm]) -> dict[Call, float] | None:
    """The calls a step makes on a planar problem; None where steps differ or it does not run."""
    if kind.price is None or math.isnan(kind.price):
        return None
    game, start = get_problem("ftr_f1"), np.full((1, 1), 0.7)
    oracle, totals = NumpyOracle(game, Draws(run_keys("card", np.arange(1)))), []
    try:
        rule = kind().for_problem(game)
        with np.errstate(all="ignore"):
            state = rule.init(start, start, oracle)
            for _ in range(STEPS):
                before = oracle.counts
                state = rule.step(state, oracle)
                totals.append(
                    [float(np.max(b - a)) for a, b in zip(before, oracle.counts, strict=True)]
                )
    except RAISED:
        return None
    return dict(zip(Call, np.mean(totals, axis=0).tolist(), strict=True))


def _memory(kind: type[Algorithm]) -> str:
    """What a state holds beside the iterate: ``2 z, 1 y-by-y matrix, 1 number``."""
    try:
        held = [_shapes(kind, dx, dy) for dx, dy in SHAPES]
    except UserError:
        return "read off the problem"
    except RAISED:
        return "what a step that raises does not tell"
    dx, dy = SHAPES[0]
    sides = {(d, d): letter for d, letter in ((dx + dy, "z"), (dx, "x"), (dy, "y"))}
    square = {
        name: sides[shape]
        for name, shape in held[0].items()
        if shape in sides and all(len(set(shapes[name])) == 1 for shapes in held)
    }
    sizes = [sum(math.prod(s) for n, s in shapes.items() if n not in square) for shapes in held]
    x, y, rest = (round(n) for n in np.linalg.solve([[*d, 1] for d in SHAPES], sizes))
    x, y = x - 1, y - 1
    both = min(x, y)
    named = ((both, "z"), (x - both, "x"), (y - both, "y"))
    words = [f"{n} {letter}" for n, letter in named if n]
    words += [
        f"{n} {letter}-by-{letter} matri{'x' if n == 1 else 'ces'}"
        for letter, n in Counter(square.values()).items()
    ]
    words += [f"{rest} number{'s' * (rest != 1)}"] * bool(rest)
    return ", ".join(words) or "none"


def _shapes(kind: type[Algorithm], dx: int, dy: int) -> dict[str, tuple[int, ...]]:
    """The shapes of a state's arrays, each array once, without their lanes."""
    game = get_problem("ncsc_quadratic_d", dx, dy)
    oracle = NumpyOracle(game, Draws(run_keys("card", np.arange(1))))
    rule = kind().for_problem(game)
    with np.errstate(all="ignore"):
        # What is one array at the start is two after a step or two.
        state = rule.init(np.full((1, dx), 0.7), np.full((1, dy), 0.7), oracle)
        state = rule.step(rule.step(state, oracle), oracle)
    once = {id(leaf): (name, leaf.shape[1:]) for name, leaf in tree.named_leaves(state)}
    return dict(once.values())


def _parameters(kind: type[Algorithm]) -> Iterator[tuple[str, str, str, str]]:
    ranges = parameters.ranges(kind)
    for field in dataclasses.fields(kind):
        allowed = ranges.get(field.name)
        looked = "" if allowed is None else _search(allowed)
        yield field.name, default(field), "" if allowed is None else allowed.sentence, looked


def default(field: dataclasses.Field[object]) -> str:
    """The default of a hyper-parameter."""
    if field.default is not dataclasses.MISSING:
        value: object = field.default
        return f"{value:.6g}" if isinstance(value, float) else repr(value)
    if field.default_factory is not dataclasses.MISSING:
        return repr(field.default_factory())
    return "(no default)"


def _search(allowed: parameters.Range) -> str:
    if allowed.choices:
        return "all of them"
    if allowed.search is None:
        return "not tuned"
    if allowed.listed:
        return " or ".join(map(str, allowed.listed))
    low, high = allowed.search
    return f"{low:g} to {high:g}{', logarithmic' * (allowed.scale == 'log')}"


def page() -> str:
    """``docs/algorithms.md``: a table by family, and every card."""
    found = cards()
    claims = [claim for one in found for claim in one.claims]
    looked = sum(bool(claim.check) for claim in claims)
    lines = [
        "# Algorithms",
        "",
        "Written by `python benchmarks/algorithms_page.py` from the registry; a test holds it to that.",
        f"{len(found)} algorithms. Of {len(claims)} claims of their sources {looked} are looked at by a",
        "test; a test looks at cases: it can refute a claim and never prove it. Every algorithm",
        "equals a second plain implementation of its rule (`tests/algorithms/reference`).",
        "",
        "A step's price is in gradient calls (a full gradient 1, one player's 1/2, a value 1/2, a",
        "Hessian product 1), at one variable a player. Memory is what a state holds beside the iterate:",
        "z is a vector for both players. `minmaxbench show NAME` prints a card in the terminal.",
        "",
        *_table(["family", "algorithm", "price", "memory", "what it is"], _listed(found)),
    ]
    for one in found:
        lines += ["", *_section(one)]
    return "\n".join([*lines, ""])


def _listed(found: list[MethodCard]) -> Iterator[list[str]]:
    for one in found:
        link = f"[{one.name}](#{one.name})"
        yield [one.family, link, one.price, one.memory, markdown(one.summary)]


def _section(one: MethodCard) -> Iterator[str]:
    """The card as Markdown."""
    yield f"## {one.name}"
    yield ""
    yield _as_markdown(one.doc)
    yield ""
    yield f"- A step asks for {one.cost}."
    yield f"- A state holds {one.holds}."
    yield f"- Source: {markdown(one.source.rstrip('.'))}."
    if one.parameters:
        yield ""
        heads = ["hyper-parameter", "default", "values", "tuned in"]
        yield from _table(heads, [list(map(markdown, row)) for row in one.parameters])
    if one.claims:
        yield ""
        rows = ([markdown(t) for t in (c.says, c.source, c.verdict)] for c in one.claims)
        yield from _table(["claim", "source", "found"], rows)
    for program in one.programs:
        yield ""
        yield f"Program: {markdown(program.name)}: {markdown(program.verdict)}."


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(row)} |"


def _as_markdown(doc: str) -> str:
    """A docstring: formulas stay TeX, examples become code."""
    doc = re.sub(r":\w+:`~(.+?)`", r"`\1`", doc).replace("``", "`")
    doc = re.sub(DISPLAY, lambda m: f"```math\n{_aligned(m[1])}\n```", doc)
    doc = re.sub(r":math:`((?:.|\n)+?)`", lambda m: f"${' '.join(m[1].split())}$", doc)
    example = r"^>>> (?:.|\n)*?(?=\n\n|\Z)"
    return re.sub(example, lambda m: f"```pycon\n{m[0]}\n```", doc, flags=re.MULTILINE)


def _aligned(tex: str) -> str:
    rows = [row.strip() for row in re.sub(r"\s+", " ", tex).split("\\\\")]
    if len(rows) == 1:
        return rows[0]
    return "\n".join([r"\begin{gathered}", " \\\\\n".join(rows), r"\end{gathered}"])
