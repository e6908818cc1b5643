"""The program of the process in which the kit looks: it is handed code, and says what it finds.

A message a look: what is looked at, then the finding; at the end ``None``. What the code prints goes
to standard error.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cloudpickle

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.executors.pool import send
from minmaxbench.bench.naming import algorithm_ref, problem_ref
from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError, unknown
from minmaxbench.problems.registry import PROBLEMS
from minmaxbench.testing import algorithms, problems
from minmaxbench.testing.findings import Colour, Finding, Look, line_of, look_at


class Teller:
    """Sends what is found, one message after another."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def say(self, message: object) -> None:
        """Send one message."""
        send(self._answers, pickle.dumps(message))

    def all_of(
        self, kind: str, name: str, looks: Iterable[Look], place: tuple[frozenset[str], str]
    ) -> None:
        """Look at one thing after another, and say each."""
        now = ""

        def told() -> Iterator[Look]:
            nonlocal now
            for now, look in looks:
                self.say(((kind, name, now), None))
                yield now, look

        for finding in look_at(told(), *place):
            self.say(((kind, name, now), finding))


def main() -> None:
    """Look at what is handed in on standard input."""
    tell = Teller()
    files, path, inside = cloudpickle.loads(sys.stdin.buffer.read())
    sys.path += [place for place in path if place not in sys.path]
    try:
        load_entry_points()
        if files:
            _file(files[0], tell)
        else:
            _one(cloudpickle.loads(inside), tell)
    except UserError as error:
        tell.say(error)
        return
    tell.say(None)


def _file(path: str, tell: Teller) -> None:
    """All that a file registers."""
    name = Path(path).name
    what = ("file", name, "it is read")
    try:
        load_files([path])
    except UserError as error:
        # What a file registers is refused while it is read: wrong derivatives, say.
        says = str(error).rstrip(".")
        tell.say((what, Finding(what[2], Colour.RED, says, line_of(error, frozenset([path])))))
        return
    mine = [ALGORITHMS.get(one) for one in ALGORITHMS.brought_by(path)]
    others = [problem_ref(one).build() for one in PROBLEMS.brought_by(path)]
    if not mine and not others:
        says = "it registers no algorithm and no problem"
        tell.say((what, Finding(what[2], Colour.RED, says)))
        return
    for one in (*mine, *others):
        _one(one, tell, path)


def _one(thing: Any, tell: Teller, path: str = "") -> None:
    """One algorithm or problem: a name, a class or an object."""
    if isinstance(thing, str) and not _is_algorithm(thing):
        _problem(_named_problem(thing), tell, path)
    elif isinstance(thing, Problem) or (isinstance(thing, type) and issubclass(thing, Problem)):
        _problem(problem_ref(thing).build(), tell, path)
    else:
        _algorithm(thing, tell)


def _is_algorithm(text: str) -> bool:
    return text in ALGORITHMS or text.partition(":")[0] in ALGORITHMS


def _named_problem(text: str) -> Problem:
    try:
        return problem_ref(text).build()
    except UserError:
        if text.isidentifier() and text not in PROBLEMS:
            raise unknown("problem or algorithm", text, [*PROBLEMS, *ALGORITHMS]) from None
        raise


def _algorithm(thing: Any, tell: Teller) -> None:
    kind = thing if isinstance(thing, type) else type(thing)
    name = getattr(thing, "name", "") or kind.__name__
    made = kind if isinstance(thing, type) else None
    place = algorithms.place_of(kind) if issubclass(kind, Algorithm) else (frozenset(), "")
    what = ("algorithm", str(name), "it is made with its defaults")
    try:
        algorithm = made() if made is not None else algorithm_ref(thing).build()
    except UserError:
        if isinstance(thing, str):
            raise
        algorithm = None
        tell.all_of(*what[:2], [(what[2], lambda: _again(kind))], place)
    except Exception:
        algorithm = None
        tell.all_of(*what[:2], [(what[2], lambda: _again(kind))], place)
    if algorithm is not None:
        subject = algorithms.Subject(algorithm)
        tell.all_of("algorithm", subject.name, subject.looks(), algorithms.place_of(subject.kind))


def _again(kind: Any) -> object:
    kind()
    return ""


def _problem(problem: Problem, tell: Teller, path: str) -> None:
    place = problems.place_of(problem, path)
    tell.all_of("problem", problem.name, problems.problem_looks(problem), place)


if __name__ == "__main__":
    main()
