"""Settings that tuning has found: data with the command, the version and the protocol that made them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, reduce
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef, Answer, get_algorithm
from minmaxbench.bench.fingerprint import definition
from minmaxbench.errors import SHOWN, UserError, unknown
from minmaxbench.problems.registry import PROBLEMS, ProblemRef

if TYPE_CHECKING:
    import pandas as pd

SETTINGS = ("default", "tuned", "best")
"""The three answers: one setting for everything, as published; one for the whole suite, tuned; one for
each problem, tuned there, an upper bound."""

VERSION = 3
"""Of the protocol: raised when settings that were found earlier would not be found again."""

FILE = "tuned.json"
SCORES = "scores.parquet"
"""One row for each algorithm, setting and problem: see :func:`minmaxbench.analysis.tuning.scores`."""
OWN = Path("results") / "tuning"
"""Where the user's own tuning puts both."""


@dataclass(frozen=True)
class Found:
    """What tuning has found for one algorithm."""

    tuned: Mapping[str, Any]
    """The hyper-parameters that differ from the defaults, for the whole suite."""
    score: float
    """On the training problems; see :mod:`minmaxbench.analysis.tuning`."""
    default: float
    """The score of the default."""
    settings: int
    """How many were tried."""
    calls: float
    """Gradient calls that the tuning of the suite-wide setting took."""
    best: Mapping[str, Mapping[str, Any]]
    """The hyper-parameters for each problem."""
    splits: Sequence[Mapping[str, Any]]
    """The suite-wide setting for each split of the problems, the first of which counts."""
    definition: str
    """The hash of the algorithm as it was tuned."""


@dataclass(frozen=True)
class Tuned:
    """The settings of several algorithms, found together."""

    algorithms: Mapping[str, Found]
    training: Sequence[str]
    """The problems on which suite-wide settings were chosen."""
    protocol: Mapping[str, Any]
    problems: Mapping[str, str]
    """The hash of each problem as it was when settings were chosen on it."""
    command: str
    version: str
    written: str

    @property
    def asked(self) -> str:
        """The command; where it names many algorithms, how many."""
        first, *names = self.command.split(" -a ")
        return self.command if len(names) <= SHOWN else f"{first} -a ... ({len(names)} algorithms)"

    def write(self, path: Path) -> None:
        """As JSON, to a temporary name first; raises :class:`UserError` if it cannot be written."""
        part = path.with_suffix(".part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise UserError(f"'{path}' cannot be written: {error.strerror}.") from error

    def found(self, name: str) -> Found:
        """What was found for an algorithm; raises :class:`UserError` where it was not tuned."""
        if name not in self.algorithms:
            raise UserError(
                f"'{name}' has no tuned setting: run `minmaxbench tune -a {name}` first, or ask for "
                "the settings 'default' alone."
            )
        return self.algorithms[name]

    def answer(self, ref: AlgorithmRef, kind: str) -> AlgorithmRef:
        """The reference to an algorithm's tuned or best settings."""
        found, protocol = self.found(ref.name), self.protocol
        seen = tuple(protocol["instances"]), int(protocol["seeds"]), int(protocol["first_seed"])
        if kind == "tuned":
            answer = Answer("tuned", (), tuple(self.training), *seen)
            return replace(_ref(ref, found.tuned), answer=answer)
        each = tuple((name, _ref(ref, best).parameters) for name, best in found.best.items())
        return replace(_ref(ref, found.tuned), answer=Answer("best", each, (), *seen))

    def stale(self, name: str) -> str:
        """Why the settings of an algorithm may no longer be what tuning would find; empty if they are."""
        if name not in ALGORITHMS:
            return ""
        if self.protocol.get("version") != VERSION:
            return (
                f"{name} was tuned by version {self.protocol.get('version')} of the protocol, and this "
                f"is version {VERSION}; run `minmaxbench tune -a {name}` again."
            )
        if self.found(name).definition != _definition(name):
            return f"{name} has changed since it was tuned; run `minmaxbench tune -a {name}` again."
        changed = [p for p in self.training if p in PROBLEMS and self.problems[p] != _of_problem(p)]
        gone = [p for p in self.training if p not in PROBLEMS]
        if changed or gone:
            return (
                f"{len(changed) + len(gone)} of the {len(self.training)} training problems have changed "
                f"since {name} was tuned."
            )
        return ""


def _ref(ref: AlgorithmRef, parameters: Mapping[str, Any]) -> AlgorithmRef:
    if ref.kind is not None:
        return AlgorithmRef.of(ref.kind(**parameters))
    return AlgorithmRef.of(get_algorithm(ref.name, **parameters))


@cache
def _definition(name: str) -> str:
    return definition(ALGORITHMS.get(name)())


@cache
def _of_problem(name: str) -> str:
    return definition(ProblemRef.named(name).build())


def definitions(problems: Iterable[str]) -> dict[str, str]:
    """The hashes of problems as they are now."""
    return {name: _of_problem(name) for name in problems}


def read(path: Path) -> Tuned:
    """Settings from a file; raises :class:`UserError` for one that cannot be used."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        algorithms = {name: Found(**found) for name, found in data.pop("algorithms").items()}
        return Tuned(algorithms=algorithms, **data)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(f"'{path}' holds no tuned settings: {error}.") from error


@cache
def shipped() -> Tuned | None:
    """The settings that come with the package; None where there are none yet."""
    path = _of_the_package(FILE)
    return read(path) if path.is_file() else None


def _of_the_package(name: str) -> Path:
    return Path(str(files("minmaxbench") / "bench" / "tuning" / name))


def known(own: Path = OWN / FILE) -> Tuned:
    """The package's settings, and over them those that the user's own tuning has found.

    Raises :class:`UserError` where there are neither.
    """
    mine = read(own) if own.is_file() else None
    ours = shipped()
    if mine is None or ours is None:
        if (only := mine or ours) is None:
            raise UserError("There are no tuned settings yet: run `minmaxbench tune` first.")
        return only
    return merged(ours, mine)


def known_scores(own: Path = OWN / SCORES) -> pd.DataFrame | None:
    """The scores of all settings that were tried, the user's over the package's; None without any.

    Raises :class:`UserError` for a file that cannot be read.
    """
    import pandas as pd

    from minmaxbench.analysis.tuning import over

    tables = []
    for path in (_of_the_package(SCORES), own):
        try:
            tables += [pd.read_parquet(path)] if path.is_file() else []
        except (OSError, ValueError) as error:
            raise UserError(f"'{path}' holds no scores of a tuning: {error}.") from error
    return reduce(over, tables) if tables else None


def merged(before: Tuned, now: Tuned) -> Tuned:
    """What was found now, over what was found before by the same protocol on the same training problems.

    What was chosen for each problem alone has no training problems, and goes with any others.
    """
    alone = not (before.training and now.training)
    if before.protocol != now.protocol or not (alone or [*before.training] == [*now.training]):
        return now
    suite = now if now.training or not before.training else before
    found = {**before.algorithms, **now.algorithms}
    for name in before.algorithms.keys() & now.algorithms.keys():
        old, new = before.algorithms[name], now.algorithms[name]
        if old.definition == new.definition:
            found[name] = replace(suite.algorithms[name], best={**old.best, **new.best})
    return replace(suite, algorithms=found, problems={**before.problems, **now.problems})


def answers(refs: Sequence[AlgorithmRef], settings: Sequence[str]) -> tuple[AlgorithmRef, ...]:
    """Each algorithm with each of the ``settings``; one with hyper-parameters of its own as it is.

    Raises :class:`UserError` for an answer that there is not, and for an algorithm not yet tuned.
    """
    for name in settings:
        if name not in SETTINGS:
            raise unknown("kind of settings", name, SETTINGS)
    found = known() if set(settings) - {"default"} else None
    made: list[AlgorithmRef] = []
    for ref in refs:
        if ref.parameters or ref.answer is not None:
            made.append(ref)
            continue
        made += [
            ref if kind == "default" or found is None else found.answer(ref, kind)
            for kind in settings
        ]
    return tuple(dict.fromkeys(made))
