"""The front door: what a person would guess works, shows itself well, and refuses in a sentence."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import minmaxbench as mb
from minmaxbench import UserError

ROOT = Path(__file__).parents[2]


def test_one_run_and_every_iterate_of_it():
    run = mb.solve("keswani_f3", "gda", x0=5.5, y0=5.5, budget=400)
    way = run.trajectory()
    assert list(way.columns) == ["step", "call", "x", "y", "f", "residual", "distance"]
    assert len(way) == run.nit + 1
    assert tuple(way[["x", "y"]].iloc[0]) == (5.5, 5.5)
    assert way["step"].tolist() == list(range(run.nit + 1))
    assert way["call"].iloc[-1] == run.ncall == 400
    assert (run.x[0], run.y[0], run.fun) == tuple(way[["x", "y", "f"]].iloc[-1])
    # By hand: GDA is x - eta f_x, y + eta f_y.
    problem = mb.problem("keswani_f3")
    x = y = np.array([[5.5]])
    for k in range(20):
        assert (x[0, 0], y[0, 0]) == tuple(way[["x", "y"]].iloc[k])
        gx, gy = problem.grad(np, x, y)
        x, y = x - 0.05 * gx, y + 0.05 * gy
    assert run.message.startswith("The budget of oracle calls was spent.")
    assert not run.success


def test_a_run_is_that_of_a_study_with_its_seed():
    study = mb.run(["keswani_f3"], ["greedy_max"], seeds=4, budget=300, noise=0.01).runs
    for seed in (0, 3):
        run = mb.solve("keswani_f3", "greedy_max", seed=seed, budget=300, noise=0.01)
        row = study[study["seed"] == seed].iloc[0]
        assert run.x[0] == row["x"][0]
        assert (run.outcome, run.verdict, run.ncall) == (
            row["outcome"],
            row["verdict"],
            row["calls"],
        )


def test_a_formula_is_a_problem():
    run = mb.solve("x**2*y - y**2 + sin(x)", "gda", x0=1, y0=0)
    assert run.success
    assert run.residual < 1e-9


def test_players_of_different_dimensions():
    run = mb.solve("bilinear_d:dx=2,dy=3", "extragradient", x0=[1, 2], y0=[1, 2, 3], budget=50)
    way = run.trajectory()
    assert way["x"][0].tolist() == [1, 2]
    assert way["y"][0].tolist() == [1, 2, 3]
    assert run.x.shape == (2,)
    assert mb.solve("bilinear_d:dx=2,dy=3", "gda", x0=1.0, budget=5).trajectory()["x"][0].tolist() == [
        1, 1,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"problem": "keswani_f33"}, "did you mean keswani_f3"),
        ({"algorithm": "GDA"}, "did you mean gda"),
        ({"x0": [1, 2]}, "x0 is one number or 1"),
        ({"y0": "a"}, "y0 is a number"),
        ({"x0": float("nan")}, "x0 is finite"),
        ({"budget": 0}, "above 0"),
        ({"seed": 1.5}, "whole number"),
        ({"noise": -1}, "at least 0"),
        ({"problem": 5}, "a name, a formula"),
        ({"problem": "x +"}, "cannot be read|is no formula|formula"),
    ],
)
def test_a_wrong_argument_is_one_sentence(arguments, says):
    with pytest.raises(UserError, match=says) as caught:
        mb.solve(**({"problem": "keswani_f3", "algorithm": "gda"} | arguments))
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, ValueError)


def test_nothing_is_written_unless_asked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mb.solve("ftr_f1", "gda", budget=50)
    got = mb.run(["ftr_f1"], ["gda"], seeds=2, budget=50)
    assert got.folder is None
    assert not list(tmp_path.iterdir())
    kept = mb.run(["ftr_f1"], ["gda"], seeds=2, budget=50, out="here", name="quick")
    pd.testing.assert_frame_equal(mb.load("here/quick").runs, kept.runs)


def test_results_show_tables_and_pictures(tmp_path):
    got = mb.run(["ftr_f1", "keswani_f3"], ["gda", "ogda"], seeds=3, budget=200)
    assert list(got.table().words["algorithm"]) == ["gda", "ogda"]
    assert set(got.table("problem").words["problem"]) == {"ftr_f1", "keswani_f3"}
    assert "algorithm" in got.table("verdict").words
    assert len(got.errors) == 0
    for what in ("profile", "verdicts", "traces"):
        figure = got.plot(what, tmp_path / f"{what}.pdf")
        assert figure.get_axes()
        assert (tmp_path / f"{what}.pdf").read_bytes()[:4] == b"%PDF"
    assert "12 runs: 2 problems, 2 algorithms" in repr(got)
    assert "<table" in got._repr_html_()
    with pytest.raises(UserError, match="did you mean problem"):
        got.table("problems")
    with pytest.raises(UserError, match="did you mean profile"):
        got.plot("profiles")


def test_runs_draw_themselves(tmp_path):
    assert mb.solve("ftr_f1", "gda", budget=50).plot(tmp_path / "a.png").get_axes()
    assert mb.solve("bilinear_d", "gda", budget=50).plot(tmp_path / "b.svg").get_axes()
    assert {p.name for p in tmp_path.iterdir()} == {"a.png", "b.svg"}


def test_lists_are_frames_with_filters():
    everything = mb.problems()
    assert len(everything) == len(mb.problems.registry.PROBLEMS)
    planar = mb.problems(group="planar", cls="bilinear")
    assert set(planar["group"]) == {"planar"}
    assert planar["classes"].str.contains("bilinear").all()
    assert mb.problems(source="keswani")["name"].tolist()
    assert "gda" in set(mb.algorithms()["name"])
    with pytest.raises(UserError, match="did you mean bilinear"):
        mb.problems(cls="bilinea")


def test_objects_show_themselves():
    assert "keswani_f3" in repr(mb.problem("keswani_f3"))
    assert "GDA(eta_x=0.1" in repr(mb.algorithm("gda", eta_x=0.1))
    text = repr(mb.solve("ftr_f1", "gda", budget=10))
    for word in ("ncall: 10", "outcome: budget", "message: The budget"):
        assert word in text
    assert len(mb.problem("keswani_f3").points()) >= 1
    assert "local" in repr(mb.problem("keswani_f3").points())


def test_a_problem_of_arrays_alone_is_as_easy_as_a_formula():
    @mb.register("fit_for_test", region=(-1.0, 1.0))
    class Fit(mb.Problem):
        """min over x in R^3, max over y in R^2 of a least-squares game."""

        dx, dy = 3, 2
        A = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]])

        def value(self, xp, x, y):
            return 0.5 * (x * x).sum(1) + ((x @ self.A.T) * y).sum(1) - 0.5 * (y * y).sum(1)

        def grad(self, xp, x, y):
            return x + y @ self.A, x @ self.A.T - y

    try:
        got = mb.run(["fit_for_test"], ["gda", "extragradient"], seeds=3, budget=2000)
        assert (got.runs["residual"] < 1e-9).all()
        assert (got.runs["verdict"] == "stalled").all()
    finally:
        mb.problems.registry.PROBLEMS.remove("fit_for_test")


def test_a_wrong_derivative_is_refused_when_registered():
    with pytest.raises(UserError, match="grad"):

        @mb.register("wrong_for_test")
        class Wrong(mb.Problem):
            dx = dy = 1

            def value(self, xp, x, y):
                return (x * y)[:, 0]

            def grad(self, xp, x, y):
                return y.copy(), -x

    assert "wrong_for_test" not in mb.problems.registry.PROBLEMS


def test_a_cell_may_run_again_and_names_of_the_package_are_taken():
    for size in (0.1, 0.2):

        @mb.register("again_for_test")
        @dataclass(frozen=True)
        class Again(mb.Memoryless):
            """A rule."""

            eta: float = size

            def step(self, state, oracle):
                return state

    assert mb.algorithm("again_for_test").eta == 0.2
    with pytest.raises(UserError, match="already registered, by minmaxbench"):
        mb.register("gda")(Again)
    with pytest.raises(UserError, match="printable text"):
        mb.register("a\nb")(Again)
    mb.algorithms.registry.ALGORITHMS.remove("again_for_test")


def test_the_page_of_the_api_is_true():
    """``docs/api.md``: its blocks run, and it names everything public."""
    text = (ROOT / "docs" / "api.md").read_text()
    registries = mb.algorithms.registry.ALGORITHMS, mb.problems.registry.PROBLEMS
    before, scope = [set(registry) for registry in registries], {}
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, scope)
    for registry, names in zip(registries, before, strict=True):
        for name in set(registry) - names:
            registry.remove(name)
    for name in mb.__all__:
        assert f"`{name}" in text or f"mb.{name}" in text, name


SMALL = {"seeds": 1, "budget": 5}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"out": 5}, "'out' is a path; got 5."),
        ({"out": ["results"]}, "'out' is a path"),
        ({"jobs": "2"}, "'jobs' is a number of processes"),
        ({"jobs": -1}, "'jobs' is a number of processes"),
        ({"jobs": True}, "'jobs' is a number of processes"),
        ({"executor": 5}, "'executor' is a name, or has a method submit"),
        ({"progress": 5}, "'progress' is a function"),
        ({"sedes": 3}, "no field of a study named 'sedes'; did you mean seeds"),
    ],
)
def test_a_wrong_argument_of_run_is_one_sentence(given, said):
    with pytest.raises(mb.UserError, match=re.escape(said)):
        mb.run(["ftr_f1"], ["gda"], **(SMALL | given))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: mb.load(5),
        lambda: mb.read_study(None),
        lambda: mb.problems(source=5),
        lambda: mb.problems(d="two"),
        lambda: mb.problems(d=0),
        lambda: mb.algorithms(source=5),
        lambda: mb.Study(["ftr_f1"], ["gda"]).replace(sedes=3),
        lambda: mb.solve("ftr_f1", "gda", budget=5).plot(path=5),
    ],
)
def test_a_wrong_argument_of_the_others_is_one_sentence(ask):
    with pytest.raises(mb.UserError):
        ask()


def test_a_wrong_argument_of_results_is_one_sentence():
    results = mb.run(["ftr_f1"], ["gda"], **SMALL)
    for ask in (
        lambda: results.table(["algorithm"]),
        lambda: results.table(target="fine"),
        lambda: results.table(target=None),
        lambda: results.plot([]),
        lambda: results.plot(path=5),
        lambda: results.compare(5),
    ):
        with pytest.raises(mb.UserError):
            ask()
