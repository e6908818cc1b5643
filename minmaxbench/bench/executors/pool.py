"""Worker processes of our own: a crash costs its unit alone, and a clock that no code can disarm.

Each thread of the pool owns one worker, hands it a unit, and waits for the answer. A worker that dies, or
outlives its time limit by far and is killed, leaves an end of file; its thread says so and starts
another. Workers are new interpreters, not forks and not copies of the user's script: no script
needs a guard. What code of the user's does to its process (to NumPy's functions and settings, the working
folder, the memory) it does to its own units only: a worker that has run it runs nothing else.
"""

from __future__ import annotations

import itertools
import os
import pickle
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeVar

from minmaxbench.bench.abreast import allowance
from minmaxbench.bench.executors.task import pack, perform
from minmaxbench.bench.store import StoreError
from minmaxbench.bench.unit import Answer, LostError, Unit
from minmaxbench.engines.choice import gpus
from minmaxbench.errors import UserError

GRACE = 30.0
"""Seconds that a unit may outlive its time limit, before its worker is killed."""

T = TypeVar("T")

READY = b"ready"
"""What a worker says first."""

_LENGTH = struct.Struct("<Q")
_GROUPS = hasattr(os, "killpg")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


class Pool:
    """So many worker processes; leaving the context ends them."""

    def __init__(self, jobs: int, files: Mapping[str, str], gpus: int = 0) -> None:
        self._files = files
        self._gpus = gpus
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="minmaxbench")
        self._mine = threading.local()
        self._count = itertools.count()
        self._workers: list[WorkerProcess] = []
        self._ending = False

    def order(self, groups: Iterable[list[Unit]]) -> list[list[Unit]]:
        """Groups of units in an order in which few workers must be begun: by the code that they run."""
        by_guest: dict[type | None, list[list[Unit]]] = {}
        for units in groups:
            by_guest.setdefault(units[0].guest, []).append(units)
        return [units for some in by_guest.values() for units in some]

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # When interrupted: what has not begun does not begin, and what runs ends.
        self._ending = kind is not None
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.end(at_once=kind is not None)
        self._threads.shutdown(wait=True)

    def submit(self, units: list[Unit], folder: Path) -> Future[list[Answer]]:
        """Run units side by side when a worker is free, several only of the package's own code.

        :class:`LostError` comes of those that take their worker along.
        """
        return self._threads.submit(self._run, units, folder)

    def _run(self, units: list[Unit], folder: Path) -> list[Answer]:
        unit = units[0]
        packed = pack(units, folder, {} if unit.own else self._files)
        worker: WorkerProcess | None = getattr(self._mine, "worker", None)
        if worker is not None and worker.guest != unit.guest:
            worker.end(at_once=False)
        if worker is None or not worker.alive:
            gpu = None if worker is None else worker.gpu
            if self._gpus and gpu is None:
                gpu = next(self._count) % self._gpus
            worker = self._mine.worker = WorkerProcess(gpu, unit.guest)
            self._workers.append(worker)
        answer = worker.ask(perform, (packed,), patience(allowance(units)))
        if isinstance(answer, StoreError):
            raise answer
        if isinstance(answer, str):
            raise LostError(answer)
        if answer is not None:
            return answer
        if self._ending:
            # It was killed because the study ends, and will be run by the next call.
            raise CancelledError
        raise LostError(f"The worker process died: {worker.death()}.")


def count_gpus(engine: str) -> int:
    """How many GPUs an engine can use here, told by a process that then ends and leaves them alone.

    Raises :class:`UserError` if there is none.
    """
    process = WorkerProcess()
    try:
        found = process.ask(gpus, (engine,))
    finally:
        process.end(at_once=True)
    if not isinstance(found, int) or found < 1:
        why = f" ({found})" if isinstance(found, str) else ""
        raise UserError(
            f"There is no CUDA device here that the engine {engine} can use{why}: leave --device out, "
            f"or install {engine} for CUDA on a machine with an NVIDIA GPU."
        )
    return found


def patience(limit: float | None) -> float | None:
    """Seconds after which the worker of a unit that may take so many is killed."""
    return None if limit is None else limit + GRACE


class WorkerProcess:
    """One process that performs units, one after another; with a number it sees that GPU alone."""

    def __init__(self, gpu: int | None = None, guest: type | None = None) -> None:
        self.gpu = gpu
        self.guest = guest
        """Whose code it runs: see :attr:`minmaxbench.bench.unit.Unit.guest`."""
        environment = os.environ | dict.fromkeys(_THREADS, "1")
        if gpu is not None:
            names = [n for n in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if n]
            environment["CUDA_VISIBLE_DEVICES"] = names[gpu] if names else str(gpu)
        # The other cores belong to other workers.
        environment["MINMAXBENCH_WORKER"] = "1"
        here = str(Path(__file__).resolve().parents[3])
        paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "minmaxbench.bench.executors.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            # A group of its own: what it has begun and not ended goes with it.
            process_group=0 if _GROUPS else None,
        )
        self.late = False
        self._ready = False

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def death(self) -> str:
        """What a process died of, as a clause."""
        if self.late:
            return f"it went on for {GRACE:.0f} seconds after its time limit and was killed"
        return f"it crashed, was killed, or left Python, exit code {self._process.wait()}"

    def ask(
        self, function: Callable[..., T], arguments: tuple[Any, ...], limit: float | None = None
    ) -> T | str | None:
        """What a function of this package answers there, or why it does not; None if it died."""
        if not self._ready:
            # How long Python and its libraries take to load is not the unit's fault.
            assert self._process.stdout is not None
            self._ready = receive(self._process.stdout) == READY
        clock = threading.Timer(limit, self._kill_late) if limit is not None else None
        if clock is not None:
            clock.daemon = True
            clock.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            send(self._process.stdin, pickle.dumps((function, arguments)))
            answer = receive(self._process.stdout)
        except OSError:
            answer = None
        finally:
            if clock is not None:
                clock.cancel()
        if answer is None:
            self.end(at_once=True)
            return None
        found: T | str = pickle.loads(answer)
        return found

    def end(self, at_once: bool) -> None:
        """End the process: it leaves by itself when nothing more can come, or is killed."""
        if at_once:
            self._kill()
        with suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        self._process.wait()
        self._kill()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _kill(self) -> None:
        """Kill the process and what it has begun; what is left of that when it has ended."""
        if not _GROUPS:
            self._process.kill()
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _kill_late(self) -> None:
        self.late = True
        self._kill()


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write a message and its length."""
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """Read a message; None at the end of the file, even within one."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    return message if len(message) == length else None
