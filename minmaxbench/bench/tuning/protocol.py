"""The protocol of tuning: what is tried, on what, for how long, and what must not be seen before scoring.

Its reasons and their sources stand in ``docs/fairness.md``, rule by rule.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.study import Study
from minmaxbench.bench.tuning.design import design
from minmaxbench.bench.tuning.tuned import VERSION
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import PROBLEMS, ProblemRef
from minmaxbench.record.targets import RANKED

REFEREE = (
    "bilinear_xy",
    "bilinear_d",
    "weak_mvi_quadratic_d",
    "forsaken",
    "polar_game",
    "ouyang_xu_d",
    "feg_worst_case_d",
)
"""What reviewers of min-max papers ask for: nothing is ever tuned on these for the whole suite."""

DATA = "practical"
"""The class of the problems with data."""


@dataclass(frozen=True)
class Protocol:
    """How tuning is done; its defaults are the protocol, anything else is another one and is said."""

    size: int = 25
    """Settings of every algorithm, whatever the number of its hyper-parameters."""
    budget: float = 2000.0
    """Gradient calls of every run."""
    targets: tuple[float, ...] = RANKED
    """Distances to the nearest equilibrium."""
    miss: float = 10.0
    """A target that is missed counts as met after so many budgets."""
    instances: tuple[int, ...] = (1, 2)
    """The instances of every problem on which settings are chosen; 0, the published one, is for display."""
    seeds: int = 5
    """Runs on each of them: seeds 0, 1, ..."""
    scoring: tuple[int, ...] = (101, 102, 103, 104, 105)
    """The instances on which they are scored."""
    first_seed: int = 100
    """Seeds of scoring begin here."""
    splits: int = 3
    """Ways to split the problems, to see whether the choice depends on it; the first one counts."""
    seed: int = 0
    """Of the design."""
    relative: bool = True
    """Whether steps that multiply a gradient are tuned in units of 1/L: L differs a thousandfold
    between problems, and no number suits all. A setting for one problem does not need it."""
    time_limit: float = 10.0
    """Seconds for each setting of a unit, hundreds of times what it takes: what hangs is stopped."""
    largest: int = 100
    """Problems with more variables than this are scored alone, and so are those with data (of the class
    ``practical``): tuning has to end, and one of their gradients costs as much as a hundred others."""
    version: int = VERSION

    def training(self, split: int = 0) -> list[str]:
        """The problems on which settings for the whole suite are chosen.

        Half of those of each class, by the hash of their names. Those without a listed equilibrium
        are left out, as nothing is to be reached there, and so are those that are large or have data, and
        those of the suite ``referee``.
        """
        classes: dict[str, list[str]] = {}
        for name, size in solvable().items():
            if name in REFEREE or size > self.largest:
                continue
            about = PROBLEMS.get(name).about
            if DATA in about.classes:
                continue
            classes.setdefault((*about.classes, "none")[0], []).append(name)
        chosen: list[str] = []
        for names in classes.values():
            ordered = sorted(names, key=lambda name: _hash(f"{split}|{name}"))
            chosen += ordered[: len(names) // 2]
        return sorted(chosen)

    def held_out(self, split: int = 0) -> list[str]:
        """The problems on which settings for the whole suite are scored."""
        return sorted(set(solvable()) - set(self.training(split)))

    def settings(self, kind: type[Algorithm]) -> tuple[AlgorithmRef, ...]:
        """What is tried of an algorithm, the default first."""
        return design(kind, self.size, self.seed, self.relative)

    def study(
        self, kinds: Iterable[type[Algorithm]], problems: Iterable[str], **more: Any
    ) -> Study:
        """The runs that tuning is made of."""
        refs = [ref for kind in kinds for ref in self.settings(kind)]
        asked: dict[str, Any] = {
            "name": "tuning",
            "seeds": self.seeds,
            "budget": self.budget,
            "time_limit": self.time_limit,
            "engine": "numpy",
        }
        return Study(_at(problems, self.instances), refs, **(asked | more))

    def score_study(self, algorithms: Iterable[Any], problems: Iterable[str], **more: Any) -> Study:
        """The runs on which settings are scored, at twice the budget: half and double are in them."""
        asked: dict[str, Any] = {
            "name": "tuned", "seeds": self.seeds, "first_seed": self.first_seed,
            "budget": 2 * self.budget, "engine": "numpy",
        }  # fmt: skip
        return Study(_at(problems, self.scoring), list(algorithms), **(asked | more))

    def as_data(self) -> dict[str, Any]:
        """The protocol as it stands beside the settings that it found, and as it is read again."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return data


@cache
def solvable() -> dict[str, int]:
    """The package's problems that list an equilibrium and have instances: how many variables each has."""
    found = {name: _size(name) for name in PROBLEMS if PROBLEMS.is_own(name)}
    return {name: size for name, size in found.items() if size}


def _size(name: str) -> int:
    try:
        problem = ProblemRef.named(name, instance=1).build()
    except UserError:
        # It draws minibatches, or its players have losses of their own.
        return 0
    return (problem.dx + problem.dy) * bool(problem.points().equilibria.size)


def _at(problems: Iterable[str], instances: Iterable[int]) -> list[ProblemRef]:
    numbers = list(instances)
    return [ProblemRef.named(name, instance=i) for name in problems for i in numbers]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
