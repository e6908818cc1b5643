"""Suites: studies that come with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.scaling import studies
from minmaxbench.bench.study import Study, algorithm_specs, problem_specs
from minmaxbench.core.registry import Registry
from minmaxbench.problems.registry import PROBLEMS


@dataclass(frozen=True)
class Suite:
    """A study by name, built when it is asked for."""

    summary: str
    build: Callable[[], Study]


SUITES: Registry[Suite] = Registry("suite", lambda: None)


def all_study() -> Study:
    """Every problem at its default dimension, every algorithm, 100 seeds, 10,000 calls a run."""
    # `greedy_max_paper` names the defaults of `greedy_max`: once is enough.
    algorithms = [name for name in ALGORITHMS if name != "greedy_max_paper"]
    return Study("all", problem_specs(list(PROBLEMS)), algorithm_specs([*algorithms]))


def default_study() -> Study:
    """Every problem, the four algorithms that papers compare, 100 seeds, 10,000 calls a run."""
    algorithms = ["greedy_max", "gda", "ogda", "extragradient"]
    return Study("default", problem_specs(list(PROBLEMS)), algorithm_specs([*algorithms]))


def paper_study() -> Study:
    """The test-function experiment of Keswani et al. (ICML 2022), with 1,000 seeds."""
    return Study(
        "paper",
        problem_specs(["ftr_f1", "ftr_f2", "keswani_f3"]),
        algorithm_specs(["greedy_max_program", "greedy_max", "gda", "ogda"]),
        seeds=1000,
        budget=20_000.0,
        start="5.5,5.5",
    )


SUITES.add("all", Suite("every problem, every algorithm, 100 seeds", all_study))
SUITES.add(
    "default",
    Suite("every problem; greedy-max, GDA, OGDA and the extragradient; 100 seeds", default_study),
)
SUITES.add("paper", Suite("the test functions of Keswani et al., 1,000 seeds", paper_study))
SUITES.add(
    "scaling",
    Suite(
        "eight families in 2 to 100 dimensions; `minmaxbench scaling` has more",
        lambda: studies()[0],
    ),
)
