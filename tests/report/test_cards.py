"""Cards: what `show` prints of a problem and of an algorithm."""

import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from minmaxbench import Algorithm, Memoryless, Problem
from minmaxbench import problem as get_problem
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.core.problem import About
from minmaxbench.problems.registry import names
from minmaxbench.report import cards


def shown(parts, width=100):
    stream = io.StringIO()
    console = Console(file=stream, width=width)
    for part in parts:
        console.print(part)
    return stream.getvalue()


@pytest.mark.parametrize("name", [*names("family"), *names("planar")[::6]])
def test_every_kind_of_problem_has_a_card(name):
    text = shown(cards.problem_card(get_problem(name)))
    for part in (name, "players", "dimensions", "source", "Stationary points"):
        assert part in text


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_every_algorithm_has_a_card(name):
    text = shown(cards.algorithm_card(ALGORITHMS.get(name)))
    for part in (name, "Hyper-parameters", "A step asks for", "A state holds", "Source"):
        assert part in text
    for markup in (":math:", "``", ".. math", ":class:"):
        assert markup not in text


class Bare(Problem):
    """As little as a problem of a user's can say."""

    name, dx, dy = "bare[/]", 2, 3

    def value(self, xp, x, y):
        return (x[..., 0] * y[..., 0]) + 0 * y[..., 1]

    def grad_x(self, xp, x, y):
        return 0 * x + y[..., :1]

    def grad_y(self, xp, x, y):
        return 0 * y + x[..., :1]


def test_a_problem_that_says_nothing_of_itself_is_not_spoken_for():
    text = shown(cards.problem_card(Bare()))
    assert "bare[/]" in text
    assert "dx = 2, dy = 3" in text
    assert "min over x in R^2, max over y in R^3" in text
    for line in ("source            not given", "classes           none given", "none known"):
        assert line in text
    assert "formula known" not in text
    assert "Stationary points: none known" in text


def test_what_a_problem_says_of_itself_is_printed_as_it_is_written():
    problem = Bare()
    problem.about = About(
        title="[red]title[/]", source="A & B [2]", note="see [bold]", bounds=(-1.0, float("inf")),
        smoothness=2.5, starts=((1.0, 2.0),), confidence="low", classes=("a[b]",),
    )  # fmt: skip
    text = shown(cards.problem_card(problem))
    for part in ("[red]title[/]", "A & B [2]", "see [bold]", "-1 <= f <= inf", "L = 2.5", "(1, 2)",
                 "with low confidence", "a[b]"):  # fmt: skip
        assert part in text


def test_instances_say_so():
    assert "instance          3" in shown(cards.problem_card(get_problem("ftr_f1", instance=3)))


def test_many_points_are_counted_and_not_listed():
    problem = get_problem("cbo_rastrigin_1d")
    text = shown(cards.problem_card(problem))
    assert f"... and {len(problem.points()) - cards.SHOWN} more" in text


def test_points_attract_what_their_hessian_says():
    # Convex-concave: every method that descends and ascends with a small step stays.
    text = shown(cards.problem_card(get_problem("cgd_convex")))
    row = next(line for line in text.splitlines() if "local Nash" in line)
    assert "gda, gda_alt, ogda, extragradient" in row
    # The minimax point of F3 repels them all; so do points that are no equilibrium.
    rows = shown(cards.problem_card(get_problem("keswani_f3"))).splitlines()
    assert sum("none of them" in line for line in rows) == 11


def test_docstrings_are_read_by_people():
    @dataclass(frozen=True)
    class Documented(Memoryless):
        r"""A rule, with a formula :math:`x^+ = P(x)` that goes
        on in the next line, and a ``word``.

        .. math:: y = 1

        1. one thing;
        2. another, which is
           longer than a line.

        >>> 1 + 1
        2
        """

        eta: float = 0.5

        def step(self, state, oracle):
            return state

    Documented.name, Documented.source = "doc", ""
    lines = shown(cards.algorithm_card(Documented)).splitlines()
    assert "A rule, with a formula x⁺ = P(x) that goes on in the next line, and a word." in lines
    assert "2. another, which is longer than a line." in lines
    assert lines[lines.index(">>> 1 + 1") + 1] == "2"
    facts = [line.split() for line in lines]
    assert ["eta", "0.5", "a", "number", "not", "tuned"] in facts
    assert ["Source", "not", "given"] in facts


def test_an_algorithm_without_hyper_parameters_has_none():
    @dataclass(frozen=True)
    class Still(Algorithm):
        """It stays."""

        def init(self, x, y, oracle):
            return x, y

        def step(self, state, oracle):
            return state

    Still.name = "still"
    assert "Hyper-parameters\nnone" in shown(cards.algorithm_card(Still))
