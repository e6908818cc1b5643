"""The far side of a cluster: what a worker elsewhere needs, and how units are performed there.

A cluster's worker keeps, for each of its threads, one process of ours, and hands units to it: code
that crashes, never returns or leaves Python takes along that process, not the cluster's. The user's
files come as text: no disk is shared.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import minmaxbench
from minmaxbench.bench.executors.pool import WorkerProcess, count_gpus, patience
from minmaxbench.bench.executors.task import other_versions, pack, perform
from minmaxbench.bench.fingerprint import beside, defined, digest, package_digest
from minmaxbench.bench.plan import Plan
from minmaxbench.bench.plugins import module_name
from minmaxbench.bench.store import StoreError
from minmaxbench.bench.unit import Answer, LostError, Unit, sentence
from minmaxbench.errors import UserError

DEATHS = 3
"""A unit of which so many processes died is not tried again."""


class NotSettledError(UserError):
    """A worker has other versions than this machine, or cannot load the study's files."""


def told(error: Exception) -> str:
    """What the rows say of a unit that failed with this error on a cluster."""
    if isinstance(error, LostError):
        return str(error)
    allowed = getattr(error, "allowed_failures", None)
    if isinstance(allowed, int):
        # KilledWorker of distributed, which need not be installed here.
        return f"It killed {allowed + 1} workers of the cluster, or they were lost while it ran."
    return sentence(error)


@dataclass(frozen=True)
class Luggage:
    """What a worker elsewhere needs before its first unit, the same for all units of a plan."""

    engine: str
    device: str
    versions: dict[str, str]
    """What there has to be the same: see :func:`versions`."""
    files: dict[str, dict[str, str]]
    """By module name, the texts of a user's file, first, and of those that it imports from beside it."""
    probes: list[bytes]
    """Units that between them hold each problem and algorithm of the user's."""

    @property
    def key(self) -> str:
        """A name for it: equal luggage, equal name."""
        return digest(
            self.engine, self.device, repr(self.versions), repr(self.files), repr(self.probes)
        )


def luggage_of(plan: Plan, far: bool = True) -> Luggage:
    """What workers elsewhere need for a plan; ``far`` if on machines that may have other versions."""
    files = {}
    for path in map(Path, plan.study.files):
        others = [p for p in beside(path) if p != path.resolve()]
        files[module_name(str(path))] = {
            str(p.relative_to(path.parent)): p.read_text(encoding="utf-8") for p in [path, *others]
        }
    units = _with_each_of_the_users(plan.missing) if far else []
    probes = [pack([unit], None) for unit in units]
    engine, device = plan.missing[0].engine, plan.missing[0].device
    return Luggage(engine, device, versions(engine), files, probes)


def _with_each_of_the_users(units: list[Unit]) -> list[Unit]:
    """Of each problem and algorithm of the user's a unit, if one can tell what defines it."""
    chosen: dict[object, Unit] = {}
    for unit in units:
        if unit.problem.item is not None:
            chosen.setdefault((unit.problem.name, unit.problem.dx, unit.problem.dy), unit)
        kind = unit.algorithms[0].kind
        if kind is not None:
            chosen.setdefault(kind, unit)
    return [
        unit
        for unit in dict.fromkeys(chosen.values())
        if not defined(unit.problem.build())[1]
        and not any(defined(ref.build())[1] for ref in unit.algorithms)
    ]


def versions(engine: str) -> dict[str, str]:
    """The versions on which the bits of a run on this engine depend, in this process."""
    found = {
        "Python": ".".join(map(str, sys.version_info[:2])),
        "minmaxbench": f"{minmaxbench.__version__} ({package_digest()[:8]})",
    }
    for name in dict.fromkeys(("numpy", engine)):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def difference(here: dict[str, str], there: dict[str, str], who: str) -> str:
    """What another place has otherwise than this one, in a sentence; empty if nothing."""
    for name, wanted in here.items():
        if there.get(name) != wanted:
            return (
                f"{who} has {name} {there.get(name, 'missing')}, this machine {wanted}: results "
                "would not be the same; install the same version in both places."
            )
    return ""


@dataclass
class _Settled:
    """What a worker keeps of luggage that has arrived."""

    folder: tempfile.TemporaryDirectory[str]
    copies: dict[str, Path]
    trouble: str = ""
    """Why no unit can be performed here, in a sentence."""
    gpus: int = 0
    """Its processes take them by turns, one each."""
    processes: list[WorkerProcess] = field(default_factory=list)
    mine: threading.local = field(default_factory=threading.local)


_settled: dict[str, _Settled] = {}


def settle(luggage: Luggage) -> str:
    """Get ready for units with this luggage; returns why that cannot be done, or nothing."""
    if luggage.key in _settled:
        # Another worker that is a thread of this process was first.
        return _settled[luggage.key].trouble
    folder = tempfile.TemporaryDirectory(prefix="minmaxbench-files-")
    copies: dict[str, Path] = {}
    for name, texts in luggage.files.items():
        for relative, text in texts.items():
            path = Path(folder.name, name, relative)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            copies.setdefault(name, path)
    here = _settled[luggage.key] = _Settled(folder, copies)
    here.trouble = difference(luggage.versions, versions(luggage.engine), "A worker")
    if luggage.device == "cuda" and not here.trouble:
        try:
            here.gpus = count_gpus(luggage.engine)
        except UserError as error:
            here.trouble = f"On a worker: {error}"
    if luggage.probes and not here.trouble:
        process = _process(here)
        others = process.ask(other_versions, (luggage.probes, copies))
        if others is None:
            here.trouble = f"A worker cannot load the study's files: {process.death()}."
        elif isinstance(others, str):
            here.trouble = f"A worker cannot load the study's files: {others}"
        elif others:
            here.trouble = f"A worker has another version of {', '.join(others)}."
    return here.trouble


def _process(here: _Settled) -> WorkerProcess:
    """The process of this thread; a new one in place of one that died."""
    process: WorkerProcess | None = getattr(here.mine, "process", None)
    if process is None or not process.alive:
        gpu = None if process is None else process.gpu
        if here.gpus and gpu is None:
            gpu = len(here.processes) % here.gpus
        process = here.mine.process = WorkerProcess(gpu)
        here.processes.append(process)
    return process


def trouble(key: str) -> str:
    """Why this worker can perform no unit with the luggage of this name, or nothing."""
    return _settled[key].trouble if key in _settled else "A worker has not got the study's files."


def perform_here(key: str, packed: bytes, time_limit: float | None) -> list[Answer]:
    """Perform packed units side by side, on a worker that has settled.

    Raises :class:`NotSettledError` where the worker can perform none, and :class:`LostError` for
    units that end their processes, :data:`DEATHS` of them or one late, or that fail otherwise.
    """
    if why := trouble(key):
        raise NotSettledError(why)
    here = _settled[key]
    for _ in range(DEATHS):
        process = _process(here)
        answer = process.ask(perform, (packed, here.copies), patience(time_limit))
        if isinstance(answer, StoreError):
            raise answer
        if isinstance(answer, str):
            raise LostError(answer)
        if answer is not None:
            return answer
        if process.late:
            raise LostError(f"The worker process died: {process.death()}.")
    raise LostError(f"It killed {DEATHS} worker processes; the last: {process.death()}.")


def leave(key: str) -> None:
    """Forget luggage: its processes end, its files go."""
    here = _settled.pop(key, None)
    if here is not None:
        for process in here.processes:
            process.end(at_once=True)
        here.folder.cleanup()
