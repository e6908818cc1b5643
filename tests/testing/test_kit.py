"""The kit: what the package brings passes it, and what is wrong is found, in words, with its line."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.core.calls import Call
from minmaxbench.problems.registry import PROBLEMS
from minmaxbench.testing import check
from minmaxbench.testing.algorithms import Subject, place_of
from minmaxbench.testing.findings import Colour, Finding, Report, look_at
from minmaxbench.testing.problems import problem_looks

QUICK = ("alex_gda", "ogda", "adagrad_gda", "follow_the_ridge", "greedy_max", "feg", "cgd")
"""Looked at in every run of the tests; the others are slow."""


def some(names, quick):
    return [n if n in quick else pytest.param(n, marks=pytest.mark.slow) for n in names]


def told(thing):
    """What the kit finds, in this process and without the engines that compile."""
    subject = Subject(thing)
    looks = [look for look in subject.looks() if "engine" not in look[0]]
    return {f.what: f for f in look_at(looks, *place_of(subject.kind))}


@pytest.mark.parametrize("name", some(ALGORITHMS, QUICK))
def test_every_algorithm_passes(name):
    if name == "greedy_max_theory":
        # Its constants are read off a problem with bounds.
        subject = Subject(mb.algorithm(name))
        assert [g.name for g in subject.games("keswani_f3")] == ["keswani_f3"]
    for finding in told(mb.algorithm(name)).values():
        assert finding.colour is not Colour.RED, str(finding)
        if finding.colour is Colour.NOTE:
            # Greedy-max refuses columns; what draws need not stay; some take few problems.
            known = (
                "no number to try",
                "it draws random numbers",
                "follows a path in a bounded box",
                "moves on the simplex",
            )
            assert "greedy" in name or any(words in finding.says for words in known), str(finding)
    assert told(mb.algorithm("gda"))["a run is alone what it is among others"].says == "bit by bit"


@pytest.mark.slow
@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_every_algorithm_makes_the_same_steps_on_every_engine(name, engine):
    look = [(engine, lambda: Subject(mb.algorithm(name)).engine(engine))]
    (found,) = look_at(look, frozenset(), "")
    assert found.colour is not Colour.RED, str(found)


def wrong_elsewhere(self, x, y, gx, gy, oracle):
    return sound(self, x, y, gx if oracle.xp is np else 2 * gx, gy, oracle)


@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_steps_that_another_engine_makes_otherwise_are_found(engine):
    pytest.importorskip(engine)
    look = [(engine, lambda: Subject(rule(wrong_elsewhere)).engine(engine))]
    (found,) = look_at(look, frozenset(), "")
    assert found.colour is Colour.RED
    assert "from where NumPy is" in found.says


FEW = ("keswani_f3", "bilinear_d", "polar_game", "forsaken", "nie_61i", "jin_cos")


@pytest.mark.parametrize("name", some(PROBLEMS, FEW))
def test_every_problem_passes(name):
    problem = PROBLEMS.get(name).build(*PROBLEMS.get(name).natural)
    looks = [look for look in problem_looks(problem) if "engine" not in look[0]]
    for finding in look_at(looks, frozenset(), ""):
        assert finding.colour is not Colour.RED, str(finding)


# -- what is wrong is found ------------------------------------------------------------------


class Rule(mb.Memoryless):
    """GDA with a flaw."""

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(*self.moved(state.x, state.y, gx, gy, oracle))

    def moved(self, x, y, gx, gy, oracle):
        return oracle.project_x(x - 0.05 * gx), oracle.project_y(y + 0.05 * gy)


def rule(moved, **facts):
    from dataclasses import dataclass

    kind = type("Flawed", (Rule,), {"moved": moved, "__doc__": "GDA with a flaw.", **facts})
    return dataclass(frozen=True)(kind)()


def sound(self, x, y, gx, gy, oracle):
    return oracle.project_x(x - 0.05 * gx), oracle.project_y(y + 0.05 * gy)


def mixes(self, x, y, gx, gy, oracle):
    return oracle.project_x(x - 0.05 * gx.mean(0)), oracle.project_y(y + 0.05 * gy)


def draws(self, x, y, gx, gy, oracle):
    noise = np.random.standard_normal(x.shape)  # noqa: NPY002
    return oracle.project_x(x - 0.05 * gx + noise), oracle.project_y(y + 0.05 * gy)


def leaves_the_set(self, x, y, gx, gy, oracle):
    return x - 0.05 * gx, y + 0.05 * gy


def writes(self, x, y, gx, gy, oracle):
    x -= 0.05 * gx
    return x, y


def drifts(self, x, y, gx, gy, oracle):
    return oracle.project_x(x - 0.05 * gx + 0.01), oracle.project_y(y + 0.05 * gy)


def asks_more(self, x, y, gx, gy, oracle):
    oracle.value(x, y)
    return sound(self, x, y, gx, gy, oracle)


def branches(self, x, y, gx, gy, oracle):
    return sound(self, x, y, gx if gx > 0 else 2 * gx, gy, oracle)


def asks_amiss(self, x, y, gx, gy, oracle):
    return sound(self, x, y, oracle.gradx(x, y), gy, oracle)


def returns_one_column(self, x, y, gx, gy, oracle):
    return x[:, :1], y


def returns_floats(self, x, y, gx, gy, oracle):
    return x.astype(np.float32), y


FLAWS = [
    (mixes, {}, "a run is alone what it is among others", "lanes are mixed"),
    (draws, {}, "the same steps give the same numbers", "drawn that are not the oracle's"),
    (leaves_the_set, {}, "every iterate is inside the players' sets", "oracle.project_x"),
    (writes, {}, "states are whole, and nothing is written in place", "writes in place"),
    (drifts, {}, "it stays at a strict local Nash point", "away from (0, 0)"),
    (asks_more, {}, "calls are those that it declares", "values of f, which `needs` does not hold"),
    (sound, {"needs": frozenset({Call.GRAD_X, Call.GRAD_Y, Call.HVP})},
     "calls are those that it declares", "no Hessian-vector products, which `needs` holds"),
    (sound, {"price": 2.0}, "calls are those that it declares", "a step costs 1 gradient calls"),
    (returns_floats, {}, "states are whole, and nothing is written in place", "float32"),
    (returns_one_column, {}, "states are whole, and nothing is written in place", "(10, 1)"),
    (branches, {}, "states are whole, and nothing is written in place", "write xp.where("),
    (asks_amiss, {}, "states are whole, and nothing is written in place", "did you mean 'grad_x'?"),
    (sound, {"claims": ("good",)}, "its declaration is whole", "claims of Flawed are Claims"),
]  # fmt: skip


@pytest.mark.parametrize(("moved", "facts", "what", "says"), FLAWS)
def test_what_is_wrong_with_an_algorithm_is_found(moved, facts, what, says):
    found = told(rule(moved, **facts))[what]
    assert found.colour is Colour.RED
    assert says in found.says


def test_a_sound_rule_is_green_and_hidden_memory_is_found():
    found = told(rule(sound))
    assert all(f.colour is Colour.GREEN for k, f in found.items() if "column" not in k)
    assert "no number to try" in found["a column of hyper-parameters is one value a lane"].says

    def remembers(self, x, y, gx, gy, oracle):
        count = self.__dict__.setdefault("made", [0])
        count[0] += 1
        return oracle.project_x(x - 0.05 * gx / count[0]), oracle.project_y(y + 0.05 * gy)

    assert told(rule(remembers))["the same steps give the same numbers"].colour is Colour.RED


def test_a_dataclass_that_is_not_frozen_or_says_nothing_is_refused():
    class Bare(mb.Memoryless):
        def step(self, state, oracle):
            return state

    assert "lacks @dataclass" in told(Bare())["its declaration is whole"].says


# -- files, in a process of their own --------------------------------------------------------

HEAD = """
    import os
    from dataclasses import dataclass
    import minmaxbench as mb
"""
RULE = """
    @mb.register("of_a_file", "me")
    @dataclass(frozen=True)
    class Rule(mb.Memoryless):
        '''A rule.'''
        def step(self, state, oracle):
            {line}
"""


def write(path, *texts):
    path.write_text("".join(textwrap.dedent(text) for text in texts))
    return path


def test_errors_name_the_file_and_the_line_of_the_user(tmp_path):
    path = write(tmp_path / "mine.py", HEAD, RULE.format(line="return state.nothing"))
    (report,) = check(path)
    (red,) = report.of(Colour.RED)
    assert red.place == "mine.py:11"
    assert "AttributeError" in red.says
    assert "mine.py:11" in str(report)
    assert not report.good


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("os._exit(3)", "it ends the process, exit code 3"),
        pytest.param("while True: pass", "does not end", marks=pytest.mark.slow),
    ],
)
def test_code_that_leaves_or_never_ends_is_found(line, says, tmp_path):
    (report,) = check(write(tmp_path / "mine.py", HEAD, RULE.format(line=line)), limit=15)
    (red,) = report.of(Colour.RED)
    assert says in red.says
    assert red.what == "states are whole, and nothing is written in place"


def test_a_wrong_derivative_a_broken_file_and_an_empty_one_are_found(tmp_path):
    wrong = """
        @mb.register("wrong_of_a_file")
        class Wrong(mb.Problem):
            dx, dy = 1, 1
            def value(self, xp, x, y):
                return (x * y)[:, 0]
            def grad(self, xp, x, y):
                return y, -x
    """
    (report,) = check(write(tmp_path / "wrong.py", HEAD, wrong))
    (red,) = report.findings
    assert "the sign is wrong" in red.says
    assert red.place.startswith("wrong.py:")
    (report,) = check(write(tmp_path / "broken.py", HEAD, "def"))
    assert report.findings[0].colour is Colour.RED
    assert report.findings[0].says.count("line") == 1
    (report,) = check(write(tmp_path / "empty.py", HEAD))
    assert "registers no algorithm and no problem" in str(report)


def test_names_classes_and_objects_are_looked_at(tmp_path):
    (report,) = check("polar_game")
    assert report.good, report
    assert report.kind == "problem"
    with pytest.raises(mb.UserError, match="did you mean gda"):
        check("gdaa")
    with pytest.raises(mb.UserError, match="does not exist"):
        check(tmp_path / "nowhere.py")
    (report,) = check(rule(sound))
    assert "its declaration is whole" in str(report)


def test_the_command_says_green_and_red_and_exits_with_1(tmp_path):
    path = write(tmp_path / "mine.py", HEAD, RULE.format(line="return state.nothing"))
    done = subprocess.run(
        [sys.executable, "-m", "minmaxbench", "check", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "algorithm of_a_file: not good" in done.stdout
    assert "green its declaration is whole" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_report_is_good_unless_something_is_red():
    green, red = Finding("a", Colour.GREEN), Finding("b", Colour.RED, "why", "f.py:1")
    assert Report("n", "algorithm", (green,)).good
    assert not Report("n", "algorithm", (green, red)).good
    assert str(red) == "b: why (f.py:1)"
