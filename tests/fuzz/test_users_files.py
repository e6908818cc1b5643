"""Files of users with something changed: refused, rows in error, or the same numbers alone as among many."""

import ast
import copy
import io
import random
import signal
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress

import pandas as pd
import pytest
from generated import fuzz, mutate, one_sentence, refused_or
from hypothesis import event, given
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.plugins import load_files
from minmaxbench.bench.store import read_frames
from minmaxbench.bench.unit import failed, sentence, work
from minmaxbench.problems.registry import PROBLEMS

ALGORITHM = """
from dataclasses import dataclass
from typing import NamedTuple
import numpy as np
import minmaxbench as mb

class Moving(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    vx: np.ndarray
    age: np.ndarray

@mb.register("mine", "fuzz")
@dataclass(frozen=True)
class Mine(mb.Algorithm):
    eta: float = 0.05
    beta: float = 0.3

    def init(self, x, y, oracle):
        return Moving(x, y, 0 * x, np.zeros(len(x)))

    def step(self, s, oracle):
        gx, gy = oracle.grad(s.x, s.y)
        vx = self.beta * s.vx - self.eta * gx
        steep = np.abs(gx).sum(1) > 1.0
        ahead = oracle.grad_y(s.x, s.y + self.eta * gy, where=steep)
        vy = self.eta * np.where(steep[:, None], ahead, gy)
        return Moving(oracle.project_x(s.x + vx), oracle.project_y(s.y + vy), vx, s.age + 1)
"""
PROBLEM = """
import numpy as np
import minmaxbench as mb

@mb.register("mine", region=(-1.0, 1.0))
class Mine(mb.Problem):
    dx, dy = 2, 1
    A = np.array([[1.0, -2.0]])
    b = np.array([0.5])

    def value(self, xp, x, y):
        return 0.5 * (x * x).sum(1) + ((x @ self.A.T) * y).sum(1) - 0.5 * (y * y).sum(1) + y[:, 0] * self.b[0]

    def grad(self, xp, x, y):
        return x + y @ self.A, x @ self.A.T - y + self.b
"""
FORMULA = """
import minmaxbench as mb

mb.planar("mine", "x**2*y - y**2 + sin(x)", x=mb.Box(-1, 2), y=mb.Ball(3.0), classes=("convex",))
"""
POOL = [
    ast.parse(text, mode="eval").body
    for text in (
        "0", "1", "-1", "0.5", "1e308", "1j", "None", "True", "'a'", "float('nan')", "x", "y", "gx", "s",
        "self", "oracle", "np.array([1.0])", "np.random.rand()", "np.float32(1)", "oracle.counts",
        "oracle.price()", "len(s.x)", "s.age[0]", "s.x.sum()", "s.x.mean(0)", "s.x[::-1]", "gx.max()",
        "gx > 0", "int(gx[0, 0])", "[s.x]", "(s.x, s.y)", "s.x.astype('float32')", "s.x[:, 0]",
        "s.x if s.x[0, 0] > 0 else -s.x", "oracle.xp", "xp.where(x > 0, x, y)", "{}", "...", "x.sum(0)",
        "x.T",
    )
]  # fmt: skip
"""Expressions that a user may write in another's place."""
OPERATORS = [ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult, ast.FloorDiv, ast.Mod]
STATEMENTS = [
    ast.parse(text).body[0]
    for text in (
        "pass", "return None", "return s", "return s.x", "raise ValueError", "raise KeyboardInterrupt",
        "s.x[0] = 1.0", "gx *= 0.5", "gy += s.y", "self.eta = 2.0",
        "object.__setattr__(self, 'eta', self.eta / 2)",
        "oracle.counts = [0] * 4", "oracle.value(s.x, s.y)", "np.random.seed(0)", "del s", "import nothing",
        "Mine.eta = Mine.eta * 0.9", "gx = np.sort(gx, axis=0)", "gx.flags.writeable = True",
        "raise SystemExit(0)",
    )
]  # fmt: skip


def changed(text, rng: random.Random, changes):
    """The file with some of its expressions and statements replaced, left out, doubled, exchanged."""
    tree = ast.parse(text)
    for _ in range(changes):
        nodes = [*ast.walk(tree)]
        rng.choice((_expression, _expression, _operator, _statement))(nodes, rng)
    return ast.unparse(ast.fix_missing_locations(tree))


def _expression(nodes, rng):
    """One expression becomes another of the file, or of the pool."""
    slots = [
        (node, field, place)
        for node in nodes
        for field, value in ast.iter_fields(node)
        for place, one in enumerate(value if isinstance(value, list) else [value])
        if isinstance(one, ast.expr) and isinstance(getattr(one, "ctx", ast.Load()), ast.Load)
    ]
    if not slots:
        return
    node, field, place = rng.choice(slots)
    own = [n for n in nodes if isinstance(n, ast.expr) and hasattr(n, "lineno")]
    new = copy.deepcopy(rng.choice(POOL if rng.randrange(2) else own))
    if isinstance(getattr(node, field), list):
        getattr(node, field)[place] = new
    else:
        setattr(node, field, new)


def _operator(nodes, rng):
    rng.choice([n for n in nodes if isinstance(n, ast.BinOp)] or [ast.BinOp()]).op = rng.choice(
        OPERATORS
    )()


def _statement(nodes, rng):
    """One statement is left out, doubled, moved, or another."""
    body = rng.choice([n.body for n in nodes if isinstance(getattr(n, "body", None), list)])
    place, kind = rng.randrange(len(body)), rng.randrange(4)
    new = copy.deepcopy(rng.choice(STATEMENTS))
    if kind == 0:
        body[place] = new
    elif kind == 1:
        body.insert(place, new)
    elif kind == 2:
        body.insert(place, copy.deepcopy(body[place]))
    else:
        body.insert(rng.randrange(len(body)), body.pop(place))


@contextmanager
def nobody_waits():
    """No input takes longer than this."""
    signal.alarm(20)
    yield
    signal.alarm(0)


@pytest.fixture(autouse=True)
def forgotten():
    """What a file brought is not there for the next one."""
    yield
    forget()


def forget():
    for registry in (ALGORITHMS, PROBLEMS):
        with suppress(mb.UserError):
            registry.remove("mine")


def rows(study, folder):
    """What comes of a study's units, in this process; each is rows, whatever its code does."""
    frames = []
    for unit in make_plan(study, folder).missing:
        try:
            answer = work(unit, folder)
        except BaseException as error:
            # As a worker does.
            answer = failed(unit, folder, sentence(error))
        assert sum(answer.outcomes.values()) == unit.runs
        frames.append(read_frames(sorted((folder / "units").iterdir())))
    return pd.concat(frames).sort_values("seed", ignore_index=True)


@pytest.mark.filterwarnings("ignore")
@fuzz()
@given(
    st.sampled_from([ALGORITHM, ALGORITHM, PROBLEM, FORMULA]),
    st.integers(0, 2**32).map(random.Random),
    st.integers(1, 3),
)
def test_a_file_with_something_changed(tmp_path_factory, text, rng, changes):
    place = tmp_path_factory.mktemp("user")
    text = changed(text, rng, changes)
    data = bytearray(text.encode())
    if rng.randrange(8) == 0:
        mutate(data, rng)
    (place / "mine.py").write_bytes(bytes(data))
    forget()
    quiet = io.StringIO()
    with nobody_waits(), redirect_stdout(quiet), redirect_stderr(quiet):
        look(place, text)


def look(place, text):
    try:
        refused_or(lambda: load_files([str(place / "mine.py")]))
    except KeyboardInterrupt:
        event("interrupted")
        return
    problem = "mine" if "mine" in PROBLEMS else "ftr_f1"
    algorithm = "mine" if "mine" in ALGORITHMS else "gda"
    if (problem, algorithm) == ("ftr_f1", "gda"):
        event("refused as a file")
        return
    asked = {"problems": [problem], "algorithms": [algorithm], "budget": 40}
    study = refused_or(lambda: mb.Study(**asked, seeds=3))
    several = study and refused_or(lambda: rows(study, place / "several"))
    if several is None:
        event("refused before the run")
        return
    failed = several["outcome"] == "error"
    for message in several["message"][failed]:
        one_sentence(message)
    assert failed.all() or not failed.any()
    event("rows in error" if failed.any() else "runs")
    if failed.any():
        return
    alone = rows(mb.Study(**asked, seeds=1), place / "alone")
    for name in ("outcome", "calls", "steps", "distance", "value"):
        if name not in alone:
            continue
        assert_same(several[name].iloc[:1], alone[name], f"{name}:\n{text}")


def assert_same(among, alone, what):
    if among.dtype.kind == "f":
        close = pd.Series(
            abs(among.to_numpy() - alone.to_numpy()) <= 1e-9 * (1 + abs(alone.to_numpy()))
        )
        same = (
            close
            | (among.isna() & alone.isna()).to_numpy()
            | (among.to_numpy() == alone.to_numpy())
        )
        assert same.all(), (what, among, alone)
    else:
        assert among.tolist() == alone.tolist(), (what, among, alone)
