"""A plan: what a study asks for, what of it is there, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench import fingerprint
from minmaxbench.bench.manifest import manifest
from minmaxbench.bench.starts import check_design
from minmaxbench.bench.store import Stamp, Store
from minmaxbench.bench.study import Study, pairs
from minmaxbench.bench.tuning.tuned import known
from minmaxbench.bench.unit import Unit
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Problem
from minmaxbench.engines.choice import choose
from minmaxbench.errors import RAISED, UserError
from minmaxbench.problems.checks.asked import probe
from minmaxbench.problems.registry import ProblemRef

LANES = 1000
"""A unit has at most so many runs; fewer where the problem says so."""


class Shard(NamedTuple):
    """One of several parts of a study that share its units out between them."""

    number: int = 1
    """From 1 on."""
    of: int = 1

    def has(self, unit: int) -> bool:
        """Whether the study's unit of this number, from 0 on, is in it.

        Where the number of algorithms divides that of the parts, each part still gets all of them:
        every round begins one part further on.
        """
        return (unit + unit // self.of) % self.of == self.number - 1


WHOLE = Shard()


@dataclass
class Plan:
    """What a study asks for, and what of it is missing in its store."""

    study: Study
    store: Store
    engine_note: str
    """Which engine runs it, and why, in a sentence."""
    missing: list[Unit] = field(default_factory=list)
    there: list[Path] = field(default_factory=list)
    """The units that hold those of the study's runs that are there."""
    kept: int = 0
    """Runs that are already there."""
    excluded: dict[str, list[str]] = field(default_factory=dict)
    """Algorithms that cannot run on some of the problems, with the reasons."""
    notes: list[str] = field(default_factory=list)
    """What else the user should know, in sentences."""
    whole: int = 0
    """The runs of the whole study; a shard plans some of them."""
    settings: str = ""
    """The hash of what its units have in common."""

    @property
    def files(self) -> list[Path]:
        """The units that hold the study's runs, or will."""
        path = self.store.path
        missing = (path(u.fingerprint, u.first, u.count) for u in self.missing)
        return list(dict.fromkeys([*self.there, *missing]))

    @property
    def runs(self) -> int:
        """How many runs are planned, those already there included."""
        return self.kept + sum(unit.runs for unit in self.missing)


def make_plan(study: Study, folder: Path, retry: bool = True, shard: Shard = WHOLE) -> Plan:
    """Compare a study with its folder; a seed that is already answered is not asked again.

    The folder is made, and gets the study's manifest. Runs that ended in an error are asked again,
    unless ``retry`` is false. Raises :class:`UserError` where nothing of the study can run.
    """
    # A study that is refused leaves no folder behind.
    plan = draft(study, folder, retry, shard)
    plan.store.open()
    plan.store.write_manifest(manifest(study, plan.whole, plan.settings))
    return plan


def draft(study: Study, folder: Path, retry: bool = True, shard: Shard = WHOLE) -> Plan:
    """The plan that :func:`make_plan` makes; nothing is written."""
    engine, note = choose(study.engine, study.budget, study.device)
    plan = Plan(study, Store(folder), note)
    contents = plan.store.contents()
    plan.notes += [*contents.strange, *_stale(study)]
    answered: dict[str, list[tuple[Path, Stamp]]] = {}
    for path, stamp in contents.stamps.items():
        for asked in stamp.answers(errors=not retry):
            answered.setdefault(asked, []).append((path, stamp))
    every = list(_pairs(plan, engine, contents.newest))
    if not every:
        raise UserError(next(iter(plan.excluded.values()))[0])
    plan.settings, plan.whole = every[0][0].settings, sum(unit.count for unit, _ in every)
    missing: list[tuple[Unit, int]] = []
    for unit, lanes, mine in _shared_out(every, shard):
        there = answered.get(unit.fingerprint, []) if answered else []
        missing += [(part, lanes) for part in _missing(plan, unit, mine, there)]
    plan.missing = list(_units(missing))
    return plan


def _shared_out(every: list[tuple[Unit, int]], shard: Shard) -> Iterator[tuple[Unit, int, Bools]]:
    """Each pair of a study with those of its seeds that are a shard's: its units go there whole."""
    owned: dict[Any, list[slice]] = {}
    for number, unit in enumerate(_units(every) if shard.of > 1 else ()):
        if shard.has(number):
            for ref in unit.algorithms:
                seeds = slice(unit.first, unit.first + unit.count)
                owned.setdefault((unit.problem, ref), []).append(seeds)
    for unit, lanes in every:
        mine = (np.arange(unit.first + unit.count) >= unit.first) & (shard.of == 1)
        for seeds in owned.get((unit.problem, unit.algorithms[0]), ()):
            mine[seeds] = True
        yield unit, lanes, mine


def _pairs(plan: Plan, engine: str, after: float) -> Iterator[tuple[Unit, int]]:
    """A unit of all seeds for each pair that can run, and how many runs one may have at most.

    Each problem and algorithm is built once.
    """
    study = plan.study
    problems = {ref: _problem(ref, study, plan) for ref in study.problems}
    L = {ref: _lipschitz(ref, problem, study) for ref, (problem, _) in problems.items()}
    probes = {r: probe(p) if r.item else () for r, (p, _) in problems.items()}
    algorithms: dict[AlgorithmRef, tuple[Algorithm, str]] = {}
    _check_labels(study)
    for problem_ref, asked in pairs(study):
        problem, its_definition = problems[problem_ref]
        algorithm_ref = asked.on(problem_ref.name)
        if algorithm_ref not in algorithms:
            algorithms[algorithm_ref] = _algorithm(algorithm_ref, plan)
        algorithm, other = algorithms[algorithm_ref]
        if reason := _leak(problem_ref, algorithm_ref, study) or unfit(problem, algorithm):
            plan.excluded.setdefault(algorithm_ref.label, []).append(reason)
            continue
        unit = Unit(
            problem_ref, (algorithm_ref,), study.first, study.seeds, study.budget, study.start,
            study.noise, study.seed, study.time_limit, engine, study.device,
            study.equilibrium, study.equilibrium_seeds, L[problem_ref], (its_definition, other),
            probes[problem_ref], after,
        )  # fmt: skip
        yield unit, problem.lanes or LANES


def _check_labels(study: Study) -> None:
    """Refuse two algorithms whose rows nobody could tell apart."""
    seen: dict[str, AlgorithmRef] = {}
    for ref in study.algorithms:
        if seen.setdefault(ref.label, ref) != ref:
            raise UserError(
                f"Two algorithms of the study are called '{ref.label}': give them names of their own, or "
                "their parts a __repr__ that tells them apart."
            )


def _lipschitz(ref: ProblemRef, problem: Problem, study: Study) -> float | None:
    """The problem's L, if some setting has a step in units of 1/L there."""
    asked = any(algorithm.on(ref.name).relative for algorithm in study.algorithms)
    known = problem.constants.get("L") if asked else None
    return None if known is None else known.value


def _stale(study: Study) -> list[str]:
    """A sentence on the tuned settings that may no longer be what tuning would find, if there are any."""
    names = dict.fromkeys(ref.name for ref in study.algorithms if ref.answer is not None)
    found = known() if names else None
    old = [
        why for name in names if found and name in found.algorithms and (why := found.stale(name))
    ]
    more = f" (and {len(old) - 1} more of {len(names)})" if len(old) > 1 else ""
    return [f"Tuned settings are stale: {old[0]}{more}"] if old else []


def _leak(problem: ProblemRef, algorithm: AlgorithmRef, study: Study) -> str:
    """Why a tuned setting must not be scored on a problem, in a sentence; empty if it may."""
    if algorithm.answer is None:
        return ""
    why = algorithm.answer.leak(problem.name, problem.instance, study.first)
    return why and f"{algorithm.label} {why}, and so is not scored there."


def _problem(ref: ProblemRef, study: Study, plan: Plan) -> tuple[Problem, str]:
    try:
        problem = ref.build()
    except MemoryError as error:
        raise UserError(
            f"The study does not fit: {ref.label} needs more memory than there is."
        ) from error
    check_design(study.start, problem)
    return problem, _defined(problem, ref.name, plan)


def _algorithm(ref: AlgorithmRef, plan: Plan) -> tuple[Algorithm, str]:
    algorithm = ref.build()
    return algorithm, _defined(algorithm, ref.label, plan)


def _defined(thing: Problem | Algorithm, name: str, plan: Plan) -> str:
    definition, untold = fingerprint.defined(thing)
    if untold:
        plan.notes.append(
            f"'{name}' holds {', '.join(untold)}, of which nobody can tell whether it has changed: "
            "its runs are made anew each time."
        )
    return definition


def unfit(problem: Problem, algorithm: Algorithm) -> str:
    """Why an algorithm cannot run on a problem, in a sentence; empty if it can.

    What raises anything else than :class:`UserError` is run, and becomes rows that say so.
    """
    name = algorithm.name or type(algorithm).__name__
    try:
        needs = algorithm.needs
        if not isinstance(needs, Set) or not all(isinstance(call, Call) for call in needs):
            kind = f"{Call.__module__}.{Call.__name__}"
            return f"`needs` of {name} is a set of members of {kind}; got {needs!r:.60}."
        if lacking := needs - problem.offers:
            words = " and ".join(call.words for call in sorted(lacking))
            return f"{name} needs {words}, which {problem.name} does not give."
        algorithm.for_problem(problem)
    except UserError as error:
        return str(error)
    except RAISED:
        return ""
    return ""


def _missing(
    plan: Plan, whole: Unit, asked: Bools, answered: list[tuple[Path, Stamp]]
) -> Iterator[Unit]:
    """Note which of a pair's seeds are there; yield it for each stretch of those that are not."""
    open_seeds = asked.copy()
    for path, stamp in answered:
        mine = slice(stamp.first, stamp.first + stamp.count)
        if open_seeds[mine].any():
            open_seeds[mine] = False
            plan.there.append(path)
    plan.kept += int(asked.sum() - open_seeds.sum())
    if open_seeds.all():
        yield whole
        return
    for first, last in _gaps(open_seeds):
        yield replace(whole, first=first, count=last - first)


def _units(missing: Iterable[tuple[Unit, int]]) -> Iterator[Unit]:
    """Units of all settings of an algorithm that lack the same seeds, up to so many runs each."""
    groups: dict[tuple[Any, ...], list[Unit]] = {}
    for one, lanes in missing:
        (ref,) = one.algorithms
        alike = (one.problem, ref.name, ref.kind, one.first, one.count, lanes)
        groups.setdefault(alike, []).append(one)
    for (*_, lanes), group in groups.items():
        for some in (group[k : k + lanes] for k in range(0, len(group), lanes)):
            whole = (
                some[0]
                if len(some) == 1
                else replace(
                    some[0],
                    algorithms=tuple(one.algorithms[0] for one in some),
                    definitions=(some[0].definitions[0], *(one.definitions[1] for one in some)),
                )
            )
            if len(some) == 1 and whole.count <= lanes:
                yield some[0]
                continue
            size, last = max(1, lanes // len(some)), whole.first + whole.count
            for first in range(whole.first, last, size):
                yield replace(whole, first=first, count=min(size, last - first))


def _gaps(open_seeds: Bools) -> Iterator[tuple[int, int]]:
    """Each stretch of seeds that is still open: its first, and the one after its last."""
    edges: Any = np.flatnonzero(np.diff(np.r_[0, open_seeds, 0]))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
