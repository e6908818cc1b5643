"""What figures say beside what they draw: their legends."""

import numpy as np
import pytest

import minmaxbench
from minmaxbench import Study, get_problem
from minmaxbench.bench.study import algorithm_specs, problem_specs
from minmaxbench.report import figures


@pytest.fixture
def drawn(monkeypatch):
    """The texts of the legend of each figure, instead of its file."""
    texts = []

    def keep(figure, path):
        texts.append([t.get_text() for legend in figure.legends for t in legend.get_texts()])
        return path

    monkeypatch.setattr(figures, "save", keep)
    return texts


def test_a_page_of_traces_names_every_algorithm_on_it(tmp_path, drawn):
    study = Study(
        "s",
        problem_specs(["dp_f1", "keswani_f3"]),
        # The theory's settings do not exist on dp_f1, the first panel.
        algorithm_specs(["gda", "greedy_max_theory"]),
        seeds=2,
        budget=20,
    )
    figures.draw_traces(minmaxbench.run(study, out=tmp_path), tmp_path)
    assert drawn == [["gda", "greedy_max_theory"]]


def test_only_kinds_inside_the_window_are_named(tmp_path, drawn):
    problem = get_problem("keswani_f3")
    assert len(set(problem.points().kind)) == 2
    figures.draw_problem(problem, tmp_path / "p.png")
    assert drawn == [["local minimax"]]


def test_traces_of_lost_runs_are_far_away_and_not_absent(tmp_path):
    study = Study("s", problem_specs(["ftr_f1"]), algorithm_specs(["gda"]), seeds=3, budget=2000.0)
    runs = minmaxbench.run(study, out=tmp_path)
    assert set(runs["outcome"]) == {"diverged"}
    assert all(np.asarray(t)[-1] > 1e7 for t in runs["trace_distance"])
    (path,) = figures.draw_traces(runs, tmp_path)
    assert path.stat().st_size > 5000
