"""``check``: whether an algorithm or a problem keeps its contract, looked at in a process of its own."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import cloudpickle

from minmaxbench.bench.executors.pool import receive
from minmaxbench.errors import UserError
from minmaxbench.testing.findings import Colour, Finding, Report

__all__ = ["Finding", "Report", "check"]

LIMIT = 120.0
"""Seconds after which what is looked at is called endless."""


def check(
    thing: Any,
    limit: float = LIMIT,
    tell: Callable[[str, str], None] = lambda name, what: None,
) -> list[Report]:
    """Look whether algorithms and problems keep their contract; a report for each.

    Parameters
    ----------
    thing :
        A Python file that registers some, the name of one, or a class or an object of one.
    limit :
        In seconds, for all of it.
    tell :
        Called with the name and what is looked at, as it goes on.

    Returns
    -------
    list[Report]
        ``report.good`` says whether nothing is red, ``print(report)`` what was found.

    Raises
    ------
    UserError
        For a name that there is not, and a file that does not exist.
    """
    text = str(thing) if isinstance(thing, str | Path) else ""
    files: list[str] = []
    if text.endswith(".py") or (os.sep in text and Path(text).exists()):
        if not Path(text).is_file():
            raise UserError(f"The file '{text}' does not exist.")
        files, thing = [str(Path(text).resolve())], None
    try:
        # Inside, what may stand in a module that only this path finds.
        message = cloudpickle.dumps((files, sys.path, cloudpickle.dumps(thing)))
    except Exception as error:
        raise UserError(f"{thing!r:.60} cannot be sent to another process: {error}.") from error
    return _Child(message, limit).reports(Path(text).name if files else text, tell)


class _Child:
    """The process that looks; it may crash, leave or never end."""

    def __init__(self, message: bytes, limit: float) -> None:
        here = str(Path(__file__).resolve().parents[2])
        paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "minmaxbench.testing.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        self._message, self._limit, self._late = message, limit, False

    def reports(self, whole: str, tell: Callable[[str, str], None]) -> list[Report]:
        """What the child says, and where it ends before its time, that."""
        clock = threading.Timer(self._limit, self._kill)
        clock.start()
        found: dict[tuple[str, str], list[Finding]] = {}
        looked = ("file", whole, "it is read")
        ended = False
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(OSError):
                process.stdin.write(self._message)
                process.stdin.close()
            while (packed := receive(process.stdout)) is not None:
                said = pickle.loads(packed)
                if isinstance(said, UserError):
                    raise said
                if said is None:
                    ended = True
                    break
                looked, finding = said
                mine = found.setdefault(looked[:2], [])
                if finding is None:
                    tell(looked[1], looked[2])
                else:
                    mine.append(finding)
        finally:
            clock.cancel()
            process.stdout.close()
            code = process.wait()
        if not ended:
            why = (
                f"it does not end: killed after {self._limit:g} seconds"
                if self._late
                else f"it ends the process, exit code {code}"
            )
            red = Finding(looked[2], Colour.RED, why)
            found.setdefault(looked[:2], []).append(red)
        return [Report(name, kind, tuple(mine)) for (kind, name), mine in found.items()]

    def _kill(self) -> None:
        self._late = True
        self._process.kill()
