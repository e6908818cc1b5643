"""Suites: studies that come with the package, each a function."""

from __future__ import annotations

from collections.abc import Callable

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.scaling import studies
from minmaxbench.bench.study import Study
from minmaxbench.bench.tuning.protocol import REFEREE, Protocol
from minmaxbench.bench.tuning.tuned import SETTINGS, known
from minmaxbench.core.registry import Registry
from minmaxbench.problems.registry import PROBLEMS

SUITES: Registry[Callable[[], Study]] = Registry("suite")
"""The first line of a suite's docstring says what it is."""


def suite(build: Callable[[], Study]) -> Callable[[], Study]:
    """Decorator: a function that makes a study is a suite of its name, without the ``_study``."""
    SUITES.add(build.__name__.removesuffix("_study").replace("_", "-"), build)
    return build


@suite
def all_study() -> Study:
    """Every problem at its default dimension, every algorithm, 100 seeds, 10,000 calls a run."""
    return Study(name="all")


@suite
def default_study() -> Study:
    """Every analytic problem; greedy-max, GDA, OGDA, the extragradient; 100 seeds, 10,000 calls a run."""
    # The practical ones, whose gradients read data, would take hours.
    analytic = [name for name in PROBLEMS if PROBLEMS.get(name).analytic]
    return Study(
        name="default",
        problems=analytic,
        algorithms=("greedy_max", "gda", "ogda", "extragradient"),
    )


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


MIXTURE = (
    "greedy_max_adam",
    "greedy_max_adam:accept=mixture",
    "greedy_max_adam:accept=coin",
    "adam_players:k=6",
    "adam_players",
)
IMAGES = tuple(
    f"{name},eta_x=0.0002,eta_y=0.0002"
    for name in (
        "greedy_max_adam:accept=images,rate=5,k=1",
        "greedy_max_adam:accept=coin_both,k=1",
        "adam_players:k=1",
    )
)
"""What trains the authors' GANs of images, at their rates."""


@suite
def gan_study() -> Study:
    """The paper's Gaussian-mixture GAN, five ways to train it, 2 seeds, about 1,500 iterations of k = 6."""
    return Study(
        name="gan",
        problems=("gan_mixture",),
        algorithms=MIXTURE,
        seeds=2,
        budget=6000.0,
        engine="torch",
    )


@suite
def gan_mnist_study() -> Study:
    """The paper's GAN of the digits 0 and 1 of MNIST, 1 seed, about 750 iterations."""
    return Study(
        name="gan-mnist",
        problems=("gan_mnist01",),
        algorithms=IMAGES,
        seeds=1,
        budget=1500.0,
        engine="torch",
    )


@suite
def gan_paper_study() -> Study:
    """The paper's Gaussian-mixture GAN in full: 20 seeds, every rival; hours, in parts that resume."""
    rivals = (
        "greedy_max_adam:accept=published", "greedy_max_adam:accept=corrected",
        "greedy_max_adam:accept=coin_both", "adam_players:rule=extra", "adam_players:rule=lookahead,k=6",
        "adam_players:rule=optimistic", "unrolled_adam",
    )  # fmt: skip
    return Study(
        name="gan-paper", problems=("gan_mixture",), algorithms=(*MIXTURE, *rivals), seeds=20,
        budget=6000.0, engine="torch",
    )  # fmt: skip


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
