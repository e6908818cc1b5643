"""The protocol of tuning: equal trials, nothing leaked, the same answer every time."""

import dataclasses
import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from minmaxbench import Study, UserError
from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef
from minmaxbench.analysis.tuning import best_of, chosen, means, scores, sensitivity, tunability
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.bench.suites import SUITES
from minmaxbench.bench.tuning.design import design, space
from minmaxbench.bench.tuning.protocol import REFEREE, Protocol, solvable
from minmaxbench.bench.tuning.tune import finish, score, tuning_plan
from minmaxbench.bench.tuning.tuned import answers, merged, read, shipped
from minmaxbench.bench.unit import work
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.parameters import Range, count, number, relative_steps, step_size, word
from minmaxbench.errors import UserError as Refused
from minmaxbench.problems.registry import ProblemRef, names

SMALL = Protocol(size=9, budget=200.0, instances=(1,), seeds=2, scoring=(101,))
PROBLEMS = [name for name in SMALL.training() if name in names("planar")][:3]
FREE = [name for name in SMALL.held_out() if name in names("planar")][:2]


@dataclass(frozen=True)
class JunkGDA(GDA):
    """GDA with a hyper-parameter that does nothing."""

    junk: float = number(1.0, 0.0, search=(0.0, 1.0))


@dataclass(frozen=True)
class BadDefault(GDA):
    """GDA with a default that goes nowhere."""

    eta_x: float = step_size(1e-7)
    eta_y: float = step_size(1e-7)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Scores of GDA, planted variants of it and the extragradient, for several designs."""
    return {
        seed: _tuned(
            [GDA, JunkGDA, *([] if seed else [BadDefault])], seed, tmp_path_factory.mktemp("tuning")
        )
        for seed in range(4)
    }


def _named(kind):
    kind.name = kind.__name__ if kind.__module__ == __name__ else kind.name
    return kind


def _tuned(kinds, seed, folder):
    protocol = dataclasses.replace(SMALL, seed=seed)
    kinds = [_named(kind) for kind in kinds]
    plan = tuning_plan(kinds, protocol, PROBLEMS, folder)
    for unit in plan.missing:
        # In this process: the classes stand in a test.
        work(unit, plan.store.folder)
    return finish(plan, kinds, protocol, folder)


def test_a_junk_hyper_parameter_gains_nothing_beyond_noise(table):
    gains = [tuned.found("gda").score - tuned.found("JunkGDA").score for tuned, _ in table.values()]
    assert {tuned.found("JunkGDA").settings for tuned, _ in table.values()} == {SMALL.size}
    noise = np.std(gains, ddof=1) / np.sqrt(len(gains))
    assert np.mean(gains) <= 2 * noise + 0.02


def test_a_bad_default_is_found_out(table):
    tuned, _ = table[0]
    bad, gda = tuned.found("BadDefault"), tuned.found("gda")
    assert bad.default > bad.score + 0.5
    assert bad.default - bad.score > 0.7 * (bad.default - gda.score)
    assert relative_steps(bad.tuned["eta_x"])[""] > 1e-2


def test_the_design_and_its_choice_are_the_same_every_time(table, tmp_path):
    tuned, first = table[0]
    again, second = _tuned([GDA, JunkGDA, BadDefault], 0, tmp_path)
    pd.testing.assert_frame_equal(first, second)
    assert tuned.algorithms == again.algorithms
    assert read(tmp_path / "tuned.json").algorithms == again.algorithms
    assert (
        make_plan(
            SMALL.study([_named(GDA)], PROBLEMS[:1]),
            tmp_path,
        ).missing
        == []
    )


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_has_as_many_settings_the_default_first(name):
    kind = ALGORITHMS.get(name)
    made = design(kind, 25)
    assert made[0] == AlgorithmRef(name)
    assert len(set(made)) == len(made) <= 25
    assert len(made) == 25 or not any(
        allowed.kind is float and allowed.search for allowed in space(kind).values()
    )
    assert design(kind, 25) == made
    assert design(kind, 9) == made[:9]
    for ref in made:
        for field, allowed in space(kind).items():
            if allowed.listed and field in dict(ref.parameters):
                assert dict(ref.parameters)[field] in allowed.listed
            elif allowed.search and field in dict(ref.parameters):
                low, high = allowed.search
                assert low <= dict(ref.parameters)[field] <= high


def test_training_and_scoring_share_nothing():
    protocol = Protocol()
    for split in range(protocol.splits):
        training, held_out = protocol.training(split), protocol.held_out(split)
        assert not set(training) & set(held_out)
        assert sorted(training + held_out) == sorted(solvable())
        assert not set(training) & set(REFEREE)
    assert protocol.training(0) != protocol.training(1)
    assert not set(protocol.instances) & set(protocol.scoring)
    assert protocol.seeds <= protocol.first_seed
    assert 0 not in protocol.instances + protocol.scoring


def _scored(tuned, protocol, problems, tmp_path, kind="tuned"):
    ref = tuned.answer(AlgorithmRef("gda"), kind)
    return make_plan(protocol.score_study([ref], problems, seeds=2), tmp_path)


def test_the_best_setting_of_a_problem_that_was_not_looked_at_is_not_made_up(table, tmp_path):
    with pytest.raises(UserError, match=f"has no setting for {FREE[0]} alone"):
        _scored(table[0][0], SMALL, FREE[:1], tmp_path, "best")


@pytest.mark.parametrize(("kind", "free"), [("tuned", FREE), ("best", PROBLEMS[:2])])
def test_what_was_tuned_on_a_leaked_instance_or_seed_is_refused(table, tmp_path, kind, free):
    tuned, _ = table[0]
    plan = _scored(tuned, SMALL, free, tmp_path / "held", kind)
    assert plan.runs == 4
    assert not plan.excluded
    leaked = dataclasses.replace(SMALL, scoring=(1,))
    with pytest.raises(UserError, match=r"gda \[(tuned|best)\] was tuned on instance 1"):
        _scored(tuned, leaked, free, tmp_path / "instance", kind)
    with pytest.raises(UserError, match="was tuned on the seeds below 2"):
        _scored(tuned, dataclasses.replace(SMALL, first_seed=1), free, tmp_path / "seed", kind)
    both = dataclasses.replace(SMALL, scoring=(1, 101))
    plan = _scored(tuned, both, free, tmp_path / "part", kind)
    assert plan.runs == 4
    assert len(plan.excluded[f"gda [{kind}]"]) == 2


def test_a_suite_wide_setting_is_not_scored_where_it_was_chosen(table, tmp_path):
    tuned, _ = table[0]
    with pytest.raises(UserError, match=f"was tuned on {PROBLEMS[0]}"):
        _scored(tuned, SMALL, PROBLEMS[:1], tmp_path / "t")
    assert _scored(tuned, SMALL, PROBLEMS[:1], tmp_path / "b", "best").runs == 2


def test_the_best_setting_of_each_problem_runs_there(table, tmp_path):
    tuned, scored = table[0]
    plan = _scored(tuned, SMALL, PROBLEMS, tmp_path, "best")
    order = [ref.label for ref in SMALL.settings(GDA)]
    for unit in plan.missing:
        mine = scored[(scored["method"] == "gda") & (scored["problem"] == unit.problem.name)]
        wanted = chosen(mine, order)["parameters"][0]
        assert str(dict(unit.algorithms[0].parameters)).replace("'", '"') == wanted
        assert unit.algorithms[0].label == "gda [best]"


def test_a_command_that_names_many_algorithms_is_shortened():
    few, many = "minmaxbench tune -a gda -a ogda", "minmaxbench tune -j 2" + 98 * " -a gda"
    asked = [dataclasses.replace(shipped(), command=each).asked for each in (few, many)]
    assert asked == [few, "minmaxbench tune -j 2 -a ... (98 algorithms)"]


def test_equal_scores_go_to_the_default():
    rows = [("m", name, "{}", "p", 5, 1.0, 0.5, 1.0) for name in ("b", "default", "a")]
    columns = ["method", "algorithm", "parameters", "problem", "runs", "score", "reached", "calls"]
    frame = pd.DataFrame(rows, columns=columns)
    assert chosen(frame, ["default", "a", "b"])["algorithm"][0] == "default"


def test_misses_and_errors_count_as_ten_budgets():
    runs = pd.DataFrame(
        {
            "method": "m", "algorithm": "m", "parameters": "{}", "problem": "p", "seed": [0, 1],
            "budget": 100.0, "calls": 100.0, "outcome": ["budget", "error"],
            "distance_1e-01": [10.0, np.nan], "distance_1e-03": [np.nan, np.nan],
        }
    )  # fmt: skip
    table = scores(runs, (1e-1, 1e-3))
    assert table["score"][0] == pytest.approx(((1 + 3) / 2 + 3) / 2)
    assert table["runs"][0] == 2
    half = scores(runs, (1e-1, 1e-3), budget=5.0)
    assert half["score"][0] == pytest.approx(np.log10(50.0))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_the_expected_best_of_k_agrees_with_brute_force(k):
    values = np.array([3.0, 1.5, 2.0, 2.0, 7.0])
    every = [min(draw) for draw in itertools.product(values, repeat=k)]
    expected, low, high = best_of(values, k)
    assert expected == pytest.approx(np.mean(every), rel=1e-13)
    assert low <= expected <= high
    assert low == np.quantile(every, 0.1, method="inverted_cdf")
    assert high == np.quantile(every, 0.9, method="inverted_cdf")


@pytest.mark.parametrize("name", ["tuned", "referee"])
def test_suites_of_what_was_tuned_can_be_planned(name, tmp_path):
    study = SUITES.get(name)()
    plan = draft(study, tmp_path)
    assert plan.runs > 100
    labels = {ref.label for unit in plan.missing for ref in unit.algorithms}
    assert {"gda", "gda [tuned]"} <= labels
    training = set(shipped().training)
    for unit in plan.missing:
        assert unit.problem.instance > 100
        assert unit.first >= 100
        if any(ref.answer and ref.answer.kind == "tuned" for ref in unit.algorithms):
            assert unit.problem.name not in training


def test_more_settings_are_worth_no_less_and_shares_are_shares(table):
    _, scored = table[0]
    curves = tunability(scored)
    for _, mine in curves.groupby("method"):
        assert (np.diff(mine["score"]) <= 1e-12).all()
        assert (mine["best"] <= mine["score"] + 1e-12).all()
    shares = sensitivity(scored)
    assert ((shares["share"] <= shares["anywhere"]) & (shares["anywhere"] <= 1)).all()
    assert len(means(scored)) == 3 * SMALL.size


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: step_size(0.1, search=(1.0, 1.0)), "is empty"),
        (lambda: step_size(0.1, search=(1.0, 0.1)), "is upside down"),
        (lambda: step_size(0.1, search=(0.0, 1.0)), "a number above 0"),
        (lambda: number(0.1, search=(0.0, 1.0), scale="log"), "begins above 0"),
        (lambda: number(0.1, search=(0.1, 1.0), scale="cubic"), "is linear or log"),
        (lambda: number(0.1, 0.0, 1.0, search=("a", "b")), "a number at least 0 and at most 1"),
        (lambda: count(3, search=(1.5, 4)), "a whole number"),
        (lambda: step_size(0.1, search=()), "is an interval"),
        (lambda: step_size(0.1, search=0.3), "an interval"),
        (lambda: step_size(0.1, search=(0.1, 0.2, 0.3)), "as low and high"),
        (lambda: word("a", search=(1, 2)), "a text"),
        (lambda: count(3, search=(1, 2, 2.5)), "a whole number at least 1"),
        (lambda: count(3, search=(0, 1, 2)), "a whole number at least 1"),
    ],
)
def test_a_search_space_that_cannot_be_searched_is_refused(make, words):
    with pytest.raises(UserError, match=words):
        make()


def test_an_algorithm_without_a_default_is_told_to_have_one():
    @dataclass(frozen=True)
    class Bare(Memoryless):
        eta: float

        def step(self, state, oracle):
            return state

    with pytest.raises(UserError, match="eta of 'Bare' has no default"):
        design(Bare, 5)


@dataclass(frozen=True)
class Fragile(Memoryless):
    """It raises at large steps, and refuses some."""

    eta: float = step_size(0.05, relative=False)

    def __post_init__(self):
        super().__post_init__()
        if 0.3 < self.eta < 0.9:
            raise Refused("eta is not between 0.3 and 0.9.")

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        if self.eta > 0.1:
            raise ArithmeticError("too far")
        return Iterate(state.x - self.eta * gx, state.y + self.eta * gy)


def test_a_setting_that_fails_has_the_score_of_a_miss(tmp_path):
    tuned, scored = _tuned([Fragile], 0, tmp_path)
    etas = [dict(ref.parameters).get("eta", 0.05) for ref in design(Fragile, SMALL.size)]
    failed = {f"Fragile(eta={eta})" for eta in etas if eta > 0.1}
    assert failed
    worst = np.log10(SMALL.miss * SMALL.budget)
    lost = scored[scored["algorithm"].isin(failed)]
    assert len(lost) == len(failed) * len(PROBLEMS)
    assert np.allclose(lost["score"], worst)
    assert tuned.found("Fragile").tuned.get("eta", 0.05) <= 0.1


def test_whole_numbers_and_texts_are_drawn_evenly():
    grid = np.linspace(0, 1, 1000, endpoint=False)
    spread = [Range(int, 1, search=(1, 4)).at(u) for u in grid]
    assert np.abs(np.bincount(spread)[1:] - 250).max() <= 1
    words = [Range(str, search=("a", "b", "c")).at(u) for u in grid]
    assert set(words) == {"a", "b", "c"}
    few = [Range(int, 1, search=(1, 5, 20)).at(u) for u in grid]
    assert {n: few.count(n) // 10 for n in few} == {1: 33, 5: 33, 20: 33}
    logs = [Range(int, 1, search=(1, 100), scale="log").at(u) for u in grid]
    assert (min(logs), max(logs)) == (1, 100)


def test_unknown_settings_and_algorithms_that_are_not_tuned_are_refused(monkeypatch, table):
    with pytest.raises(UserError, match="kind of settings named 'tunned'; did you mean tuned"):
        Study(["ftr_f1"], ["gda"], settings="tunned")
    tuned, _ = table[0]
    monkeypatch.setattr("minmaxbench.bench.tuning.tuned.known", lambda: tuned)
    with pytest.raises(UserError, match="'ogda' has no tuned setting: run `minmaxbench tune -a"):
        Study(["ftr_f1"], ["ogda"], settings="tuned")
    study = Study(["ftr_f1"], ["gda", "gda:eta_x=0.1"], settings="default,tuned,best")
    labels = [ref.label for ref in study.algorithms]
    assert labels == ["gda", "gda [tuned]", "gda [best]", "gda(eta_x=0.1)"]
    assert study.first == SMALL.first_seed
    assert study.replace(seeds=3).algorithms == study.algorithms
    assert answers(study.algorithms, ("default",)) == study.algorithms


def test_settings_are_stale_when_the_algorithm_or_a_problem_has_changed(table):
    tuned, _ = table[0]
    assert tuned.stale("gda") == ""
    found = dataclasses.replace(tuned.found("gda"), definition="another")
    other = dataclasses.replace(tuned, algorithms={"gda": found})
    assert "gda has changed since it was tuned" in other.stale("gda")
    problems = {**tuned.problems, PROBLEMS[0]: "another"}
    moved = dataclasses.replace(tuned, problems=problems)
    assert "1 of the 3 training problems have changed" in moved.stale("gda")


def test_settings_for_single_problems_join_those_for_the_suite(table):
    tuned, _ = table[0]
    gda = dataclasses.replace(tuned.found("gda"), tuned={"eta_x": "1.0/L"})
    tuned = dataclasses.replace(tuned, algorithms={**tuned.algorithms, "gda": gda})
    other = dataclasses.replace(gda, tuned={}, best={"ftr_f1": {"eta_x": 0.2}})
    alone = dataclasses.replace(
        tuned, training=[], algorithms={"gda": other}, problems={"ftr_f1": "f"}
    )
    for first, second in ((tuned, alone), (alone, tuned)):
        both = merged(first, second)
        assert both.training == tuned.training
        assert both.found("gda").tuned == gda.tuned
        assert both.found("gda").best == {**gda.best, "ftr_f1": {"eta_x": 0.2}}
        assert both.found("JunkGDA") == tuned.found("JunkGDA")
        assert set(both.problems) == {*tuned.problems, "ftr_f1"}
    changed = dataclasses.replace(other, definition="another")
    now = dataclasses.replace(alone, algorithms={"gda": changed})
    assert merged(tuned, now).found("gda") == changed
    assert merged(dataclasses.replace(tuned, protocol={}), alone) == alone


def test_a_later_tuning_of_other_problems_keeps_what_the_folder_holds(tmp_path):
    """Settings and scores are read from the folder again, and those of other problems stay there."""
    protocol, training = dataclasses.replace(SMALL, size=3), SMALL.training()[:1]

    def tuned(problems, alone):
        plan = tuning_plan([GDA], protocol, problems, tmp_path)
        for unit in plan.missing:
            work(unit, plan.store.folder)
        return finish(plan, [GDA], protocol, tmp_path, alone=alone)

    suite, _ = tuned(training, False)
    tuned(["ftr_f1"], True)
    found = read(tmp_path / "tuned.json")
    assert (found.training, found.protocol) == (suite.training, suite.protocol)
    assert found.found("gda").tuned == suite.found("gda").tuned
    assert set(found.found("gda").best) == {*training, "ftr_f1"}
    scored = pd.read_parquet(tmp_path / "scores.parquet")
    assert set(scored["problem"]) == {*training, "ftr_f1"}
    assert not scored.duplicated(["method", "algorithm", "problem"]).any()


def test_settings_of_an_earlier_protocol_are_stale(table):
    tuned, _ = table[0]
    old = dataclasses.replace(tuned, protocol={**tuned.protocol, "version": 1})
    assert "was tuned by version 1 of the protocol" in old.stale("gda")


def test_the_same_score_from_units_run_anywhere(tmp_path):
    protocol = dataclasses.replace(SMALL, size=4)
    plan = tuning_plan([GDA], protocol, PROBLEMS[:1], tmp_path)
    run_plan(plan)
    assert len(score(plan, protocol)) == 4
    assert ProblemRef.named(PROBLEMS[0], instance=1) in plan.study.problems
