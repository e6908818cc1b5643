"""A study's fields: one declaration, for Python, TOML and the command line."""

import dataclasses

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench import Study, UserError
from minmaxbench.bench.manifest import plain
from minmaxbench.bench.naming import number, problem_refs
from minmaxbench.bench.starts import start_points
from minmaxbench.bench.studyfile import read_study, study_file
from minmaxbench.core.noise import run_keys
from minmaxbench.problems.registry import get_problem

GOOD = {"problems": ["ftr_f1"], "algorithms": ["gda"]}

WRONG = [
    ("seeds", 3.0, "whole number"),
    ("seeds", True, "whole number"),
    ("seeds", 0, "from 1"),
    ("seeds", "3", "whole number"),
    ("budget", -1, "above 0"),
    ("budget", 1e308, "at most 1e15"),
    ("budget", float("nan"), "above 0"),
    ("budget", "many", "above 0"),
    ("seed", "abc", "at least 0"),
    ("seed", -1, "at least 0"),
    ("time_limit", 0, "seconds above 0"),
    ("time_limit", float("inf"), "seconds above 0"),
    ("name", "..", "letters"),
    ("name", "a/b", "letters"),
    ("name", "n" * 300, "up to 100"),
    ("name", "\ud800", "letters"),
    ("name", 7, "letters"),
    ("engine", "cuda", "no engine"),
    ("engine", 5, "one of"),
    ("start", 5, "a point"),
    ("start", "nearby", "did you mean near"),
    ("start", "1,inf", "finite"),
    ("start", "1,b", "two numbers"),
    ("noise", -0.1, "at least 0"),
    ("noise", {"x": 1.0}, "no field of 'noise'"),
    ("noise", {"gradient": "a"}, "a number"),
    ("equilibrium", {"eps": "small"}, "a number"),
    ("equilibrium", 3, "table"),
    ("equilibrium_seeds", -1, "at least 0"),
    ("problems", "ftr_f1", "is a list"),
    ("problems", [], "holds no problems"),
    ("problems", ["keswani_f33"], "did you mean keswani_f3"),
    ("problems", [5], "a name, a formula"),
    ("algorithms", [["gda"]], "a name, a table"),
    ("algorithms", [], "holds no algorithms"),
    ("algorithms", ["GDA"], "did you mean gda"),
    ("algorithms", ["gda:eta"], "written name=value"),
    ("problems", ["bilinear_d:7"], "A dimension is d=7"),
    ("algorithms", [{"name": "gda", "eta": 1.0}], "hyper-parameter of gda"),
    ("files", [5], "texts"),
]


@pytest.mark.parametrize(("field", "value", "says"), WRONG, ids=lambda v: repr(v)[:30])
def test_a_wrong_field_is_one_sentence(field, value, says):
    with pytest.raises(UserError, match=says) as caught:
        Study(**(GOOD | {field: value}))
    assert "\n" not in str(caught.value)


def test_numpy_numbers_are_numbers():
    study = Study(**GOOD, seeds=np.int64(3), budget=np.float32(50), start=np.array([1.0, 2.0]))
    assert (study.seeds, study.budget, study.start) == (3, 50.0, "1.0,2.0")
    assert type(study.seeds) is int


def test_two_ways_to_ask_for_the_same_are_one():
    study = Study(
        problems=["bilinear_d", "bilinear_d:d=10", {"name": "bilinear_d", "dx": 10, "dy": 10}],
        algorithms=[
            "gda", "gda:eta_x=.05", "gda:eta_x=1/20", mb.algorithm("gda"),
            {"name": "gda", "eta_y": 0.2, "eta_x": 0.1}, "gda:eta_x=0.1,eta_y=0.2",
        ],
    )  # fmt: skip
    assert len(study.problems) == 1
    assert [a.label for a in study.algorithms] == ["gda", "gda(eta_x=0.1, eta_y=0.2)"]


def test_numbers_as_people_type_them():
    assert [number(t) for t in ("3", ".05", "1e-3", "1/20", "-2", "true", "xy", "1/0")] == [
        3, 0.05, 1e-3, 0.05, -2, True, "xy", "1/0",
    ]  # fmt: skip


def test_names_objects_tables_and_formulas_are_problems():
    class Mine(mb.Problem):
        name, dx, dy = "mine", 2, 1

        def value(self, xp, x, y):
            return x[:, 0] * y[:, 0]

        def grad(self, xp, x, y):
            return xp.concatenate([y, 0 * y], axis=1), x[:, :1]

    study = Study(
        problems=[
            "keswani_f3", mb.problem("keswani_f3"), mb.problem("bilinear_d", 3, instance=2),
            "bilinear_d:dx=3,dy=5", "x*y - y**2", Mine(), mb.problem("keswani_f3", instance=-2),
        ],
        algorithms=["gda"],
    )  # fmt: skip
    assert [(r.name, r.dx, r.dy, r.instance, r.item is None) for r in study.problems] == [
        ("keswani_f3", 1, 1, 0, True),
        ("bilinear_d", 3, 3, 2, True),
        ("bilinear_d", 3, 5, 0, True),
        ("x*y - y**2", 1, 1, 0, False),
        ("mine", 2, 1, 0, False),
        ("keswani_f3", 1, 1, -2, True),
    ]


def test_dimensions_are_for_families_and_never_dropped_silently():
    refs = problem_refs(["keswani_f3", "bilinear_d"], [2, 3])
    assert [(r.name, r.dx) for r in refs] == [
        ("keswani_f3", 1),
        ("bilinear_d", 2),
        ("bilinear_d", 3),
    ]
    with pytest.raises(UserError, match="each of these problems has its own only: keswani_f3"):
        problem_refs(["keswani_f3"], [6])
    with pytest.raises(UserError, match="whole numbers"):
        problem_refs(["bilinear_d"], ["a"])
    with pytest.raises(UserError, match="whole numbers"):
        problem_refs(["bilinear_d"], [2], [1.5])


def test_studies_from_toml(tmp_path):
    path = tmp_path / "grid.toml"
    path.write_text(
        'problems = ["bilinear_d"]\ndimensions = [2, 3]\ninstances = [0, 1]\n'
        'algorithms = ["ogda", {name = "gda", eta_x = [0.1, 0.2], eta_y = 0.1}]\nbudget = 50\n'
        "start = [1.0, 1.0]\n[noise]\ngradient = 0.1\n"
    )
    study = read_study(path)
    assert study.name == "grid"
    assert len(study.problems) == 4
    assert [a.label for a in study.algorithms] == [
        "ogda", "gda(eta_x=0.1, eta_y=0.1)", "gda(eta_x=0.2, eta_y=0.1)",
    ]  # fmt: skip
    assert study.noise.gradient == 0.1
    assert (study.start, study.budget) == ("1.0,1.0", 50.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("problem = 1", "did you mean problems"),
        ("", "asks for nothing"),
        ("seeds = 3", "asks for nothing"),
        ("x = = 1", "not valid TOML"),
        ('problems = ["ftr_f1"]\nfiles = ["absent.py"]', "does not exist"),
        ('problems = "ftr_f1"', "is a list"),
        ('problems = ["ftr_f1"]\nfiles = "a.py"', "is a list"),
        ('problems = ["ftr_f1"]\nfiles = [5]', "holds texts"),
        ('problems = ["ftr_f1"]\ninstances = ["x"]', "whole numbers"),
        ('problems = ["bilinear_d"]\ndimensions = ["a"]', "whole numbers"),
        ('problems = ["bilinear_d"]\ndimensions = 3', "is a list"),
        ('problems = ["ftr_f1"]\nnoise = {gradient = -0.1}', "at least 0"),
        ('problems = ["ftr_f1"]\nseeds = "a"', "whole number"),
    ],
)
def test_a_wrong_study_file_is_one_sentence(tmp_path, text, says):
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=says):
        read_study(path)


def test_study_files_in_other_encodings(tmp_path):
    path = tmp_path / "mark.toml"
    text = 'problems = ["ftr_f1"]\nalgorithms = ["gda"]\n'
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_study(path).name == "mark"
    path.write_bytes(f"# à\n{text}".encode())
    assert read_study(path).name == "mark"
    for encoding in ("utf-16", "latin-1"):
        path.write_bytes(f"# à\n{text}".encode(encoding))
        with pytest.raises(UserError, match="not in UTF-8"):
            read_study(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_study(tmp_path / "absent.toml")


def test_start_designs():
    problem = get_problem("keswani_f3")
    seeds = np.arange(50)
    keys = run_keys("starts", seeds)
    x, _ = start_points("region", problem, keys, seeds)
    low, high = problem.about.region
    assert (x >= low).all()
    assert (x <= high).all()
    assert len(np.unique(x)) == 50
    x, y = start_points("paper", problem, keys, seeds)
    assert set(zip(x[:, 0], y[:, 0], strict=True)) == set(problem.about.starts)
    x, y = start_points("ring", problem, keys, seeds)
    np.testing.assert_allclose(x**2 + y**2, 1)
    x, y = start_points("near", problem, keys, seeds)
    # Gaussian with deviation 0.1 around the one equilibrium, at the origin.
    assert 0.05 < np.std(np.concatenate([x, y])) < 0.15
    x, y = start_points("5.5,-2", problem, keys, seeds)
    assert (x == 5.5).all()
    assert (y == -2).all()
    with pytest.raises(UserError, match="no listed equilibrium"):
        start_points("near", get_problem("ftr_f2"), keys, seeds)


def test_a_start_may_have_all_coordinates():
    problem, seeds = get_problem("bilinear_d", 2, 3), np.arange(4)
    keys = run_keys("starts", seeds)
    x, y = start_points("1,2,3,4,5", problem, keys, seeds)
    assert x.tolist() == [[1, 2]] * 4
    assert y.tolist() == [[3, 4, 5]] * 4
    with pytest.raises(UserError, match="2 or 5 coordinates"):
        start_points("1,2,3", problem, keys, seeds)


def test_every_field_has_words_for_what_it_holds():
    for field in dataclasses.fields(Study):
        if field.name not in ("problems", "algorithms", "noise", "equilibrium", "files"):
            with pytest.raises(UserError, match=f"'{field.name}' of a study is [a-z]"):
                Study(**(GOOD | {field.name: object()}))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"noise": 0.1, "time_limit": 3.5, "start": "1.0,2.0", "equilibrium": {"eps": 0.1}},
        {"settings": ("default", "tuned"), "algorithms": ["gda"], "problems": ["jin_cos"]},
        {"files": ["mine\x7f.py"]},
    ],
)
def test_a_study_is_its_file_read_again(given, tmp_path):
    (tmp_path / "mine\x7f.py").write_text("")
    problems = ["keswani_f3", {"name": "bilinear_d", "d": [1, 3], "instance": [0, 1]}, "x*y - x**2"]
    rules = ["gda:eta_x=0.1", {"name": "lookahead_minmax", "base": "alt", "k": 4}]
    if "files" in given:
        given = {"files": [str(tmp_path / "mine\x7f.py")]}
    study = Study(**{"problems": problems, "algorithms": rules, "name": "a-q"} | given)
    (tmp_path / "again.toml").write_text(study_file(plain(study)), encoding="utf-8")
    assert plain(read_study(tmp_path / "again.toml")) == plain(study)
