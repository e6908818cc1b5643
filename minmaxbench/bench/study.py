"""A study is data: what to run. Its fields, their types and ranges are declared here and only here."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_type_hints

import msgspec
from msgspec import Meta

from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef
from minmaxbench.bench.naming import NAME, algorithm_refs, plain, problem_refs
from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.bench.starts import DESIGNS, point_of
from minmaxbench.bench.tuning.tuned import answers
from minmaxbench.core.oracle import EXACT, OracleNoise
from minmaxbench.engines.choice import DEVICES, ENGINES
from minmaxbench.errors import UserError, one_of, unknown
from minmaxbench.problems.registry import PROBLEMS, ProblemRef
from minmaxbench.theory.approximate import EquilibriumTest

Name: TypeAlias = Annotated[
    str,
    Meta(pattern=NAME, description="made of letters, digits, '-', '_' and '.', up to 100 of them"),
]
Seeds: TypeAlias = Annotated[
    int, Meta(ge=1, le=10**7, description="a whole number from 1 to 10,000,000")
]
Budget: TypeAlias = Annotated[
    float, Meta(gt=0, le=1e15, description="a number of gradient calls above 0, at most 1e15")
]
Root: TypeAlias = Annotated[int, Meta(ge=0, le=2**62, description="a whole number of at least 0")]
Seconds: TypeAlias = Annotated[float, Meta(gt=0, description="a number of seconds above 0")]
Count: TypeAlias = Annotated[int, Meta(ge=0, description="a whole number of at least 0")]
Engine: TypeAlias = Annotated[str, Meta(description=f"one of {', '.join(ENGINES)}")]
Device: TypeAlias = Annotated[str, Meta(description=f"one of {', '.join(DEVICES)}")]
Start: TypeAlias = Annotated[
    str, Meta(description=f"{', '.join(DESIGNS)}, or a point such as '5.5,5.5'")
]


ALL: Any = None
"""Stands for all problems, or all algorithms, there are."""


@dataclass(frozen=True)
class Study:
    """What to run: the product of problems and algorithms, for a number of seeds each.

    Whatever is given, ``problems`` is a tuple of :class:`ProblemRef` afterwards, ``algorithms`` one of
    :class:`AlgorithmRef`, ``noise`` an :class:`OracleNoise`, ``equilibrium`` an
    :class:`EquilibriumTest` or None.

    Parameters
    ----------
    problems :
        Names (``"keswani_f3"``, ``"bilinear_d:dx=3,dy=5"``), formulas, :class:`Problem` objects or
        tables such as ``{"name": "bilinear_d", "d": [2, 10]}``; all of them by default.
    algorithms :
        Names (``"gda"``, ``"gda:eta_x=0.1"``), :class:`Algorithm` objects or tables such as
        ``{"name": "gda", "eta_x": [0.01, 0.1]}``, where a list is a grid; all of them by default.
    settings :
        ``default``, ``tuned`` (one setting for the whole suite), ``best`` (one for each problem), or
        several of them: of each algorithm that is given without hyper-parameters. Not on what a setting
        was tuned on.
    name :
        The name of the results folder.
    seeds, first_seed :
        Runs of each pair, and the number of the first: 0, or, where settings were found by tuning, the
        one at which scoring begins.
    budget :
        In gradient calls a run; see :class:`minmaxbench.core.calls.Call` for prices.
    start :
        ``region``, ``paper``, ``near``, ``ring``, or a point.
    noise :
        Standard deviation of the gradients' noise, or a table with ``gradient`` and ``value``.
    seed :
        The root of all randomness.
    time_limit :
        Seconds a unit (one problem, one algorithm, up to 1,000 seeds), or None.
    engine :
        ``numpy``, ``jax``, ``torch``, or ``auto``.
    device :
        ``cpu``, or ``cuda`` for the engines jax and torch.
    equilibrium, equilibrium_seeds :
        What final points are asked, if anything (:func:`minmaxbench.equilibrium`), and of how many
        seeds.
    files :
        The user's own files, which register problems and algorithms.
    cluster :
        Options of a cluster's jobs, a table (``docs/cluster.md``). They change no answer.

    Raises
    ------
    UserError
        For a field of the wrong type or out of range, and for names that do not exist.
    """

    problems: Any = ALL
    algorithms: Any = ALL
    settings: Any = ("default",)
    name: Name = "study"
    seeds: Seeds = 100
    first_seed: Count | None = None
    budget: Budget = 10_000.0
    start: Start = "region"
    noise: Any = EXACT
    seed: Root = 0
    time_limit: Seconds | None = None
    engine: Engine = "auto"
    device: Device = "cpu"
    equilibrium: Any = None
    equilibrium_seeds: Count = 10
    files: tuple[str, ...] = ()
    cluster: Any = None

    def __post_init__(self) -> None:
        files = tuple(_resolved(name) for name in listed("files", self.files))
        load_entry_points()
        load_files(files)
        made = {
            "problems": problem_refs(listed("problems", self.problems, PROBLEMS)),
            "algorithms": algorithm_refs(listed("algorithms", self.algorithms, ALGORITHMS)),
            "settings": _settings(self.settings),
            "noise": _noise(self.noise),
            "equilibrium": _test(self.equilibrium),
            "start": _start(self.start),
            "files": files,
            "cluster": _cluster(self.cluster),
        }
        for field in dataclasses.fields(self):
            value = made.get(field.name, getattr(self, field.name))
            if field.name not in made or field.name == "start":
                value = check(field.name, value)
            object.__setattr__(self, field.name, value)
        object.__setattr__(self, "algorithms", answers(self.algorithms, self.settings))
        for part in ("problems", "algorithms"):
            if not getattr(self, part):
                raise UserError(
                    f"The selection holds no {part}; `minmaxbench list` shows what there is."
                )
        if self.engine not in ENGINES:
            raise unknown("engine", self.engine, ENGINES)
        if self.device not in DEVICES:
            raise unknown("device", self.device, DEVICES)

    @property
    def first(self) -> int:
        """The number of the first seed."""
        if self.first_seed is not None:
            return self.first_seed
        found = [ref.answer for ref in self.algorithms if ref.answer is not None]
        return max((answer.first for answer in found), default=0)

    def replace(self, **changes: Any) -> Study:
        """The same study with some fields changed.

        Raises :class:`UserError` for a field that there is not, and as the study does itself.
        """
        known(changes)
        return dataclasses.replace(self, **changes)


def known(fields: Iterable[str]) -> None:
    """Refuse with :class:`UserError` names that are no fields of a study."""
    for name in fields:
        one_of("field of a study", name, [field.name for field in dataclasses.fields(Study)])


def check(name: str, value: Any) -> Any:
    """A value for a field of a study; raises :class:`UserError` for a wrong type or range."""
    wanted = get_type_hints(Study, include_extras=True)[name]
    try:
        made = msgspec.convert(plain(value), wanted)
    except msgspec.ValidationError:
        made = math.inf
    if isinstance(made, float) and not math.isfinite(made):
        raise UserError(f"'{name}' of a study is {_words(wanted)}; got {value!r}.")
    return made


def _words(wanted: Any) -> str:
    """What a field holds, in the words of its declaration."""
    for part in (wanted, *getattr(wanted, "__args__", ())):
        for note in getattr(part, "__metadata__", ()):
            if note.description:
                return str(note.description)
    return str(wanted)


def listed(name: str, given: Any, every: Iterable[str] = ()) -> list[Any]:
    """What a field that holds several things holds: ``every`` one for ``ALL``."""
    if given is ALL:
        return list(every)
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise UserError(f"'{name}' of a study is a list; got {given!r}: write [{given!r}].")
    return list(given)


def text(name: Any) -> str:
    """The name of a file, which is a text."""
    if not isinstance(name, str):
        raise UserError(f"'files' of a study holds texts; got {name!r}.")
    return name


def _resolved(name: Any) -> str:
    """The whole path of a file: a worker elsewhere may stand in another folder."""
    return str(Path(text(name)).expanduser().resolve())


def _settings(given: Any) -> tuple[str, ...]:
    """The kinds of settings: a word, words with commas, or a list of them."""
    words = given.split(",") if isinstance(given, str) else listed("settings", given)
    return tuple(dict.fromkeys(str(word).strip() for word in words))


def _noise(given: Any) -> OracleNoise:
    if isinstance(given, OracleNoise):
        return given
    if isinstance(given, Mapping):
        made: OracleNoise = table(OracleNoise, "noise", given)
        return made
    return OracleNoise(gradient=given)


def _test(given: Any) -> EquilibriumTest | None:
    if given is None or isinstance(given, EquilibriumTest):
        return given
    made: EquilibriumTest = table(EquilibriumTest, "equilibrium", given)
    return made


def _cluster(given: Any) -> dict[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise UserError(f"'cluster' of a study is a table of options; got {given!r}.")
    return dict(given or {})


def _start(given: Any) -> str:
    """The design; a point may be given as numbers."""
    if isinstance(given, str):
        if point_of(given) is None and given not in DESIGNS:
            raise unknown("start design", given, [*DESIGNS, "x,y"])
        return given
    if isinstance(given, Iterable) and not isinstance(given, Mapping):
        return _start(",".join(repr(plain(c)) for c in given))
    raise UserError(f"'start' of a study is {_words(Start)}; got {given!r}.")


def table(kind: type[Any], name: str, given: Any) -> Any:
    """The object that a table within a study describes."""
    fields = get_type_hints(kind)
    if not isinstance(given, Mapping):
        raise UserError(f"'{name}' is a table with some of {', '.join(fields)}; got {given!r}.")
    values = {}
    for key, value in given.items():
        if key not in fields:
            raise unknown(f"field of '{name}'", str(key), fields)
        try:
            values[key] = msgspec.convert(plain(value), fields[key])
        except msgspec.ValidationError:
            words = {float: "a number", int: "a whole number", str: "a word"}[fields[key]]
            raise UserError(f"'{key}' of '{name}' is {words}; got {value!r}.") from None
    return kind(**values)


def pairs(study: Study) -> Iterable[tuple[ProblemRef, AlgorithmRef]]:
    """Every problem with every algorithm."""
    return itertools.product(study.problems, study.algorithms)
