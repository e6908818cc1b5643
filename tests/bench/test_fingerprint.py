"""A unit's fingerprint changes when its answer might, and only then."""

import io
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.bench.fingerprint import defined, definition
from minmaxbench.core.algorithm import Memoryless

SHOW = """
import sys
from minmaxbench.bench.fingerprint import definition
from minmaxbench.bench.plugins import load_files
import minmaxbench as mb
load_files([sys.argv[1]])
print(definition(mb.algorithm("mine")))
"""

MINE = """
from dataclasses import dataclass
import minmaxbench as mb
from helper import shrink
import numpy as np

FACTOR = 0.9
DATA = np.load({data!r})

class Base(mb.Memoryless):
    def move(self, x, g):
        return x - 0.1 * g

def nudge(x):
    return x * FACTOR

@mb.register("mine", "a test")
@dataclass(frozen=True)
class Mine(Base):
    "Something."
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(nudge(self.move(state.x, gx)), shrink(state.y + 0.1 * gy))
"""


def told(path):
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(path)], capture_output=True, text=True, cwd=path.parent
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def mine(tmp_path):
    np.save(tmp_path / "data.npy", np.arange(3.0))
    (tmp_path / "helper.py").write_text("import deeper\ndef shrink(x):\n    return x * deeper.C\n")
    (tmp_path / "deeper.py").write_text("C = 0.5\n")
    path = tmp_path / "mine.py"
    path.write_text(MINE.format(data=str(tmp_path / "data.npy")))
    return path


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: replace(p, "FACTOR = 0.9", "FACTOR = 0.8"),
        lambda p: replace(p, "return x - 0.1 * g", "return x + 0.1 * g"),
        lambda p: replace(p, "x * FACTOR", "x / FACTOR"),
        lambda p: replace(p, "shrink(state.y + 0.1 * gy)", "state.y"),
        lambda p: replace(p.parent / "helper.py", "x * deeper.C", "-x * deeper.C"),
        lambda p: replace(p.parent / "deeper.py", "0.5", "0.25"),
        lambda p: np.save(p.parent / "data.npy", np.arange(3.0) + 1e-15),
    ],
    ids=["constant", "base class", "helper", "step", "imported", "imported by it", "data"],
)
def test_an_edit_anywhere_in_a_users_code_is_seen(mine, edit):
    before = told(mine)
    edit(mine)
    assert told(mine) != before


def test_an_edit_of_words_alone_is_none(mine):
    before = told(mine)
    replace(mine, '"Something."', '"Something else."  # really')
    assert told(mine) == before


def test_an_edited_helper_is_run_again(mine, tmp_path):
    command = [
        sys.executable, "-m", "minmaxbench", "run", "--file", "mine.py", "-p", "ftr_f1", "-a", "mine",
        "--seeds", "2", "--budget", "20",
    ]  # fmt: skip
    for edited in (False, True):
        if edited:
            replace(tmp_path / "helper.py", "x * deeper.C", "-x * deeper.C")
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "there already" not in done.stdout


NOTEBOOK = """
from dataclasses import dataclass
import minmaxbench as mb
from minmaxbench.bench.fingerprint import definition
SIGN = {sign}
def turn(x):
    return SIGN * x
@dataclass(frozen=True)
class Mine(mb.Memoryless):
    def step(self, state, oracle):
        return mb.Iterate(turn(state.x), {y})
print(definition(Mine()))
"""


def test_without_a_file_the_code_and_what_it_refers_to_are_seen():
    def cell(**values):
        code = NOTEBOOK.format(**({"sign": 1, "y": "state.y"} | values))
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout

    first = cell()
    assert first.strip()
    assert cell() == first
    assert cell(sign=-1) != first
    assert cell(y="-state.y") != first


class Fit(mb.Problem):
    """A user's problem that holds data, and keeps what it computes from them: f = mean(data) x y."""

    name, dx, dy = "fit", 1, 1

    def __init__(self, data):
        self.data = data

    @cached_property
    def slope(self):
        return float(self.data.mean())

    def value(self, xp, x, y):
        return self.slope * (x * y)[..., 0]

    def grad(self, xp, x, y):
        return self.slope * y, self.slope * x


def test_data_count_and_what_is_computed_from_them_does_not():
    data = np.arange(3.0)
    known = definition(Fit(data))
    used = Fit(data.copy())
    assert used.slope > 0
    assert definition(used) == known
    assert definition(Fit(data + 1e-15)) != known
    nested = {"a": [1, 2, data], "b": {"c": data}}
    other = {"a": [1, 2, data], "b": {"c": data + 1}}
    assert definition(Fit(nested)) == definition(Fit(nested))
    assert definition(Fit(nested)) != definition(Fit(other))


def test_what_cannot_be_told_is_new_each_time_and_said():
    odd = Fit(iter([1, 2]))
    assert definition(odd) != definition(odd)
    assert defined(odd)[1] == ["data"]
    assert defined(Fit(np.ones(2)))[1] == []


def test_a_formula_an_instance_and_a_lift_of_it_are_what_it_says():
    def of(text, **where):
        mb.planar("mine_for_test", text)
        try:
            return definition(mb.problem("mine_for_test", **where))
        finally:
            mb.problems.registry.PROBLEMS.remove("mine_for_test")

    for instance in (0, 2, -2):
        assert of("x*y", instance=instance) == of("x*y", instance=instance)
        assert of("x*y", instance=instance) != of("x*y + x", instance=instance)


def test_parts_of_an_algorithm_count():
    @dataclass(frozen=True)
    class Part:
        beta: float = 0.9

    @dataclass(frozen=True)
    class Whole(Memoryless):
        part: Part = Part()

        def step(self, state, oracle):
            return state

    assert definition(Whole()) == definition(Whole())
    assert definition(Whole()) != definition(Whole(Part(0.8)))


def test_a_changed_proposal_is_another_algorithm():
    prints = []
    for shift in ("0.0", "0.1"):
        scope = {"__name__": "__main__"}
        exec(f"def mine(x, y, scale, index, oracle):\n    return scale * x + {shift}\n", scope)
        PROPOSALS.add("mine_for_test", scope["mine"])
        prints.append(definition(mb.algorithm("greedy_max", proposal="mine_for_test")))
        PROPOSALS.remove("mine_for_test")
    assert prints[0] != prints[1]


AWAY = """
import sys
from dataclasses import dataclass
import minmaxbench as mb
sys.path.insert(0, {away!r})
import tools
from kit.part import turn

@mb.register("mine", "a test")
@dataclass(frozen=True)
class Mine(mb.Memoryless):
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(tools.shrink(state.x - gx), turn(state.y + gy))
"""


@pytest.mark.parametrize("edited", ["tools.py", "kit/part.py", "kit/deeper.py", "kit/__init__.py"])
def test_an_edit_of_what_is_imported_from_another_folder_is_seen(tmp_path, edited):
    """A folder on the path of modules that is no installed package's: half of all projects."""
    away, here = tmp_path / "away", tmp_path / "here"
    (away / "kit").mkdir(parents=True)
    here.mkdir()
    (away / "tools.py").write_text("def shrink(x):\n    return x * 0.5\n")
    (away / "kit" / "__init__.py").write_text("SIZE = 0.5\n")
    (away / "kit" / "part.py").write_text(
        "from .deeper import C\ndef turn(x):\n    return x * C * 0.5\n"
    )
    (away / "kit" / "deeper.py").write_text("from . import SIZE\nC = SIZE * 0.5\n")
    path = here / "mine.py"
    path.write_text(AWAY.format(away=str(away)))
    before = told(path)
    assert told(path) == before
    replace(away / edited, "0.5", "0.25")
    assert told(path) != before


def test_what_cannot_be_looked_at_is_run_anew_and_said(tmp_path):
    class Shy:
        def __getattr__(self, name):
            raise ValueError(name)

    for held in (Shy(), io.StringIO("data"), np.random.default_rng(0)):

        @dataclass(frozen=True)
        class Holds(Memoryless):
            it: object = None

            def step(self, state, oracle):
                return state

        first, untold = defined(Holds(held))
        assert untold
        assert defined(Holds(held))[0] != first
