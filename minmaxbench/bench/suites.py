"""Suites: studies that come with the package, each a function."""

from __future__ import annotations

from collections.abc import Callable

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.scaling import studies
from minmaxbench.bench.study import Study
from minmaxbench.bench.tuning.protocol import REFEREE, Protocol
from minmaxbench.bench.tuning.tuned import SETTINGS, known
from minmaxbench.core.registry import Registry

SUITES: Registry[Callable[[], Study]] = Registry("suite")
"""The first line of a suite's docstring says what it is."""


def suite(build: Callable[[], Study]) -> Callable[[], Study]:
    """Decorator: a function that makes a study is a suite of its name, without the ``_study``."""
    SUITES.add(build.__name__.removesuffix("_study"), build)
    return build


@suite
def all_study() -> Study:
    """Every problem at its default dimension, every algorithm, 100 seeds, 10,000 calls a run."""
    return Study(name="all")


@suite
def default_study() -> Study:
    """Every problem; greedy-max, GDA, OGDA and the extragradient; 100 seeds, 10,000 calls a run."""
    return Study(name="default", algorithms=("greedy_max", "gda", "ogda", "extragradient"))


@suite
def paper_study() -> Study:
    """The test functions of Keswani et al. (ICML 2022), 1,000 seeds."""
    return Study(
        name="paper",
        problems=("ftr_f1", "ftr_f2", "keswani_f3"),
        algorithms=("greedy_max_program", "greedy_max", "gda", "ogda"),
        seeds=1000,
        budget=20_000.0,
        start="5.5,5.5",
    )


@suite
def scaling_study() -> Study:
    """Eight families in 2 to 100 dimensions; `minmaxbench scaling` has more."""
    return studies()[0]


@suite
def tuned_study() -> Study:
    """Every algorithm with its default, tuned and best settings, on what was not seen in tuning."""
    protocol = Protocol()
    names = [name for name in known().algorithms if name in ALGORITHMS]
    return protocol.score_study(names, protocol.held_out(), settings=SETTINGS)


@suite
def referee_study() -> Study:
    """What reviewers of min-max papers ask for: seven problems, ten first-order methods, tuned."""
    return Protocol().score_study(ASKED, REFEREE, name="referee", settings=SETTINGS)


ASKED = (
    "gda",
    "gda_alt",
    "gda_two_timescale",
    "lookahead_minmax",
    "eg_regularised",
    "extragradient",
    "eg_plus",
    "eg_plus_curvature",
    "ogda",
    "greedy_max",
)
"""The methods of the suite ``referee``."""
