"""A step in units of 1/L is the number 1/L times as large, on every problem, and a question of its own."""

import dataclasses

import numpy as np
import pytest

from minmaxbench import Study, UserError, run, solve
from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef
from minmaxbench.bench.fingerprint import definition
from minmaxbench.bench.plan import draft, unfit
from minmaxbench.bench.studyfile import read_study
from minmaxbench.bench.tuning.design import PER_L, design, space
from minmaxbench.core import parameters
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import Problem
from minmaxbench.problems.registry import ProblemRef

SCALED = [
    n for n in ALGORITHMS if any(r.relative for r in parameters.ranges(ALGORITHMS.get(n)).values())
]


@pytest.mark.parametrize("name", SCALED)
def test_every_step_in_units_of_1_over_l_is_that_number(name):
    kind = ALGORITHMS.get(name)
    steps = [field for field, allowed in parameters.ranges(kind).items() if allowed.relative]
    games = [ProblemRef.named(name).build() for name in ("jin_quadratic", "nie_61i")]
    game = next(game for game in games if not unfit(game, kind()))
    L = game.constants["L"].value
    given, plain = kind(**dict.fromkeys(steps, "0.5/L")), kind(**dict.fromkeys(steps, 0.5 / L))
    assert AlgorithmRef.of(given).relative
    assert not AlgorithmRef.of(plain).relative
    ours, theirs = (solve(game, rule, budget=60) for rule in (given, plain))
    assert len({definition(rule) for rule in (given, plain, kind())}) == 3
    np.testing.assert_array_equal(np.r_[ours.x, ours.y], np.r_[theirs.x, theirs.y])


def test_each_problem_and_instance_has_its_own_l(tmp_path):
    problems = ["jin_quadratic", {"name": "jin_quadratic", "instance": 2}, "bilinear_d:dx=3,dy=3"]
    runs = run(
        problems, ["gda:eta_x=0.5/L,eta_y=0.25/L", "gda"], seeds=2, budget=40, out=tmp_path
    ).runs
    mine = runs[runs["method"].eq("gda") & runs["algorithm"].ne("gda")]
    assert set(mine["algorithm"]) == {"gda(eta_x=0.5/L, eta_y=0.25/L)"}
    for (name, instance), rows in mine.groupby(["problem", "instance"]):
        L = ProblemRef.named(name, *(rows[d].iloc[0] for d in ("dx", "dy")), instance).build()
        L = L.constants["L"].value
        by_hand = run(
            [{"name": name, "instance": int(instance), "dx": int(rows["dx"].iloc[0]),
              "dy": int(rows["dy"].iloc[0])}],
            [f"gda:eta_x={0.5 / L!r},eta_y={0.25 / L!r}"], seeds=2, budget=40,
        ).runs  # fmt: skip
        np.testing.assert_array_equal(rows["distance"], by_hand["distance"])


def test_one_form_whoever_writes_it(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        'problems = ["ftr_f1"]\nalgorithms = [{name = "gda", eta_x = ["1/L", 0.1, " 0.50 / L"]}]\n'
    )
    labels = [ref.label for ref in read_study(path).algorithms]
    assert labels == ["gda(eta_x=1.0/L)", "gda(eta_x=0.1)", "gda(eta_x=0.5/L)"]
    assert AlgorithmRef.named("gda", {"eta_x": "1/L"}) == AlgorithmRef.named(
        "gda", {"eta_x": "1e0/L"}
    )
    (typed,) = Study(["ftr_f1"], ["gda:eta_x=1/L"]).algorithms
    assert typed.label == "gda(eta_x=1.0/L)"


@pytest.mark.parametrize("wrong", ["0/L", "-1/L", "nan/L", "L", "2/l", "1/L2", "x/L", "inf/L"])
def test_what_is_no_such_step_is_refused(wrong):
    with pytest.raises(
        UserError, match="eta of extragradient is a number above 0, also in units of 1/L"
    ):
        ALGORITHMS.get("extragradient")(eta=wrong)


def test_a_step_that_multiplies_no_gradient_has_no_such_unit():
    with pytest.raises(UserError, match="eta of adam_gda is a number above 0; got '1/L'"):
        ALGORITHMS.get("adam_gda")(eta="1/L")


class Flat(Problem):
    """f = x - y: its field does not change."""

    name, dx, dy = "flat", 1, 1

    def value(self, xp, x, y):
        return (x - y)[:, 0]

    def grad(self, xp, x, y):
        return 1 + 0 * x, 0 * y - 1


class Secret(Flat):
    """Nothing is known of it."""

    name = "secret"

    @property
    def constants(self):
        return {}


@pytest.mark.parametrize(("problem", "what"), [(Flat(), "0"), (Secret(), "not known")])
def test_where_l_is_not_known_a_sentence_says_so(problem, what, tmp_path):
    words = (
        f"eta_x of gda is 0.5/L, and the Lipschitz constant L of {problem.name} is {what}: give a"
    )
    with pytest.raises(UserError, match=words):
        solve(problem, "gda:eta_x=0.5/L")
    plan = draft(Study([problem], ["gda:eta_x=0.5/L", "gda"], seeds=1, budget=10), tmp_path)
    assert plan.excluded["gda(eta_x=0.5/L)"][0].startswith(words)
    assert plan.runs == 1


def test_the_question_changes_with_l_and_only_where_it_counts(tmp_path, monkeypatch):
    study = Study(["ftr_f1"], ["gda:eta_x=0.5/L", "gda:eta_x=0.1", "gda"], seeds=1, budget=10)

    def asked():
        return {
            k: v for unit in draft(study, tmp_path).missing for k, v in unit.fingerprints.items()
        }

    before, alone = asked(), Study(["ftr_f1"], ["gda"], seeds=1, budget=10)
    assert before["gda"] == draft(alone, tmp_path).missing[0].fingerprint
    found = {"L": Constant(123.0, How.ESTIMATED)}
    monkeypatch.setattr(Problem, "constants", property(lambda self: found))
    changed = {label for label, one in asked().items() if one != before[label]}
    assert changed == {"gda(eta_x=0.5/L)"}


def test_a_design_in_units_of_1_over_l_has_the_same_points():
    kind = ALGORITHMS.get("gda_two_timescale")
    plain, scaled = design(kind, 9), design(kind, 9, relative=True)
    assert plain[0] == scaled[0]
    for a, b in zip(plain[1:], scaled[1:], strict=True):
        ours, theirs = dict(b.parameters), dict(a.parameters)
        assert set(ours) == set(theirs) <= set(space(kind))
        assert parameters.relative_steps(ours["eta"])[""] == PER_L * theirs["eta"]
        assert ours["tau"] == theirs["tau"]
    assert design(ALGORITHMS.get("adam_gda"), 9, relative=True) == design(
        ALGORITHMS.get("adam_gda"), 9
    )


def test_a_rule_about_steps_is_held_where_they_are_numbers():
    rule = ALGORITHMS.get("greedy_max")(eta="1/L", L=3.0)
    problem = ProblemRef.named("ftr_f3").build()
    with pytest.raises(UserError, match="needs 2 eta L < 1"):
        rule.for_problem(problem)
    assert (
        dataclasses.replace(rule, L=0.0).for_problem(problem).eta
        == 1 / problem.constants["L"].value
    )
