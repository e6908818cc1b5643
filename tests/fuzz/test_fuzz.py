"""Generated input ends in a right answer or in one sentence: never in a traceback, a hang, a changed row.

A sample runs with the tests; ``MINMAXBENCH_FUZZ=2000 pytest tests/fuzz`` makes 2,000 of each kind.
"""

import random
import shutil

import pandas as pd
import pytest
from generated import fuzz, mutate, refused_or
from hypothesis import given
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench import Study
from minmaxbench.bench.naming import algorithm_refs, problem_refs
from minmaxbench.bench.studyfile import read_study
from minmaxbench.problems.registry import PROBLEMS


@pytest.fixture(autouse=True, scope="module")
def warm():
    """The registries are full before anybody's patience is measured."""
    assert list(PROBLEMS)
    mb.solve("x*y", "gda", budget=2)


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.binary(max_size=4),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.floats()), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2), st.just(object()),
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "ftr_f1",
        "keswani_f3",
        "bilinear_d",
        "gda",
        "ogda",
        "greedy_max",
        "region",
        "near",
        "1,2",
        "numpy",
    ]
)
FIELDS = st.sampled_from(
    ["problems", "algorithms", "name", "seeds", "budget", "start", "noise", "seed", "time_limit",
     "engine", "equilibrium", "equilibrium_seeds", "files"]
)  # fmt: skip
VALUES = st.one_of(ANYTHING, WORDS, st.lists(WORDS, max_size=3), st.lists(ANYTHING, max_size=2))


@fuzz()
@given(st.dictionaries(FIELDS, VALUES, max_size=4))
def test_studies_of_anything(changes):
    asked = {"problems": ["ftr_f1"], "algorithms": ["gda"]} | changes
    study = refused_or(lambda: Study(**asked))
    if study is not None:
        assert study.replace() == study
        assert study.seeds >= 1
        assert 0 < study.budget <= 1e15


TOML = """name = "mine"
problems = ["keswani_f3", {name = "bilinear_d", d = [2, 3]}]
algorithms = ["ogda", {name = "gda", eta_x = [0.1, 0.2]}, "gda:eta_x=1/20"]
seeds = 3
budget = 50.0
start = "1.0,2.0"
[noise]
gradient = 0.1
[equilibrium]
eps = 0.1
samples = 5
"""


@fuzz()
@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_study_files_with_a_few_bytes_changed(tmp_path_factory, rng, changes):
    path = tmp_path_factory.mktemp("toml") / "study.toml"
    data = bytearray(TOML.encode())
    for _ in range(changes):
        mutate(data, rng)
    path.write_bytes(bytes(data))
    refused_or(lambda: read_study(path))


TOKENS = st.sampled_from(
    ["x", "y", "+", "-", "*", "/", "**", "(", ")", "sin(", "exp(", "log(", "sqrt(", "2", "0", "1.5",
     "10", "99", "pi", "e", "I", "max(", ",", " ", "x**y", "factorial(", "__import__('os')", "lambda",
     "[", "]", ".", "x.real", "softplus(", "1e308", "if", ":", ";", "\n", "é"]
)  # fmt: skip


@fuzz()
@given(st.lists(TOKENS, min_size=1, max_size=14).map("".join))
def test_formulas_of_tokens(text):
    problem = refused_or(lambda: problem_refs([text])[0].build())
    if problem is not None and problem.name not in PROBLEMS:
        run = refused_or(lambda: mb.solve(problem, "gda", x0=0.5, y0=0.5, budget=5))
        assert run is None or run.outcome


PARTS = st.one_of(
    st.sampled_from(["gda", "ogda", "eta_x", "eta_y", "=", ":", ",", ".05", "1/20", "nan", "inf", "abc",
                     "true", "1e400", "-1", "2.5", "k", "gdmax", "order", "xy", "00:00:00", " "]),
    st.text(max_size=4),
)  # fmt: skip


@fuzz()
@given(st.lists(PARTS, min_size=1, max_size=8).map("".join))
def test_algorithms_of_texts(text):
    refs = refused_or(lambda: algorithm_refs([text]))
    for ref in refs or ():
        assert ref.build() is not None


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("results")
    mb.run(
        ["ftr_f1", "keswani_f3", "bilinear_xy"],
        ["gda", "ogda"],
        seeds=2,
        budget=20,
        out=place,
        name="s",
    )
    return place / "s"


@pytest.fixture(scope="module")
def whole(folder):
    return mb.load(folder).runs


@fuzz()
@given(st.randoms(use_true_random=False), st.integers(1, 3))
def test_results_folders_with_something_changed(folder, whole, tmp_path_factory, rng, changes):
    place = tmp_path_factory.mktemp("damaged") / "s"
    shutil.copytree(folder, place)
    for _ in range(changes):
        damage(place, rng)
    loaded = refused_or(lambda: mb.load(place))
    if loaded is None:
        return
    keys = ["problem", "algorithm", "seed"]
    merged = loaded.runs[keys].merge(whole.reset_index(), on=keys)
    assert len(merged) == len(loaded.runs)
    expected = whole.loc[merged["index"]].reset_index(drop=True)
    pd.testing.assert_frame_equal(loaded.runs.reset_index(drop=True), expected)
    missing = len(whole) - len(loaded.runs)
    assert not missing or loaded.notes or missing % 2 == 0


def damage(place, rng: random.Random) -> None:
    files = [p for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
    if not files:
        return
    path = rng.choice(files)
    kind = rng.randrange(8)
    if kind <= 2:
        data = bytearray(path.read_bytes())
        mutate(data, rng)
        path.write_bytes(bytes(data))
    elif kind == 3:
        path.unlink()
    elif kind == 4:
        path.rename(path.with_name(f"{path.stem} (1){path.suffix}"))
    elif kind == 5:
        other = path.with_name(f"x{rng.randrange(9)}.parquet")
        if other != path:
            shutil.copy(path, other)
    elif kind == 6:
        other = rng.choice(files)
        if other != path:
            shutil.copy(other, path)
    else:
        path.unlink()
        path.mkdir()
