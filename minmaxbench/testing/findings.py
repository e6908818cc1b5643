"""What the kit finds: a sentence for every thing that it looks at, green, red or a note."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from minmaxbench.bench.unit import sentence
from minmaxbench.errors import UserError

Look = tuple[str, Callable[[], object]]
"""What is looked at, and what says how it is: it returns a sentence or nothing, or raises."""


class Colour(StrEnum):
    """How a finding is meant."""

    GREEN = "green"
    """It is as it must be."""
    RED = "red"
    """It is not: runs would be wrong, or fail."""
    NOTE = "note"
    """It was not looked at, or need not be otherwise; the sentence says why."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    colour: Colour
    says: str = ""
    """How it is; empty where there is no more to say."""
    place: str = ""
    """``file:line`` of the code that it is about, where that is known."""

    def __str__(self) -> str:
        said = f": {self.says}" if self.says else ""
        return f"{self.what}{said}" + (f" ({self.place})" if self.place else "")


class NotLookedAt(Exception):  # noqa: N818 - nothing is wrong
    """Raised by a look that does not apply; its text says why."""


class FirstError(UserError):
    """Raised by a look that found what makes all others fail."""


@dataclass(frozen=True)
class Report:
    """All findings on one algorithm or one problem."""

    name: str
    kind: str
    """``algorithm``, ``problem``, or ``file`` for one that cannot be read."""
    findings: tuple[Finding, ...]

    @property
    def good(self) -> bool:
        """Whether nothing is red."""
        return not self.of(Colour.RED)

    def of(self, colour: Colour) -> list[Finding]:
        """The findings of one colour."""
        return [finding for finding in self.findings if finding.colour is colour]

    def __str__(self) -> str:
        lines = [f"{self.kind} {self.name}"]
        for colour in Colour:
            lines += [f"  {colour.value:<6}{finding}" for finding in self.of(colour)]
        return "\n".join(lines)

    __repr__ = __str__


def look_at(looks: Iterable[Look], files: frozenset[str], whole: str) -> Iterator[Finding]:
    """Look at one thing after another, and end with the first that others rely on, if it is red.

    ``files`` are those of the code looked at: an error is placed at the last of their lines that it
    came through, and else at ``whole``. What was said before is not said again.
    """
    said_before: dict[str, str] = {}
    for what, look in looks:
        try:
            said = look()
        except NotLookedAt as why:
            yield Finding(what, Colour.NOTE, str(why))
        except Exception as error:
            place = line_of(error, files) or whole
            says = str(error) if isinstance(error, UserError) else sentence(error)
            says = says.removesuffix(f" ({place})").rstrip(".")
            first = said_before.setdefault(says, what)
            yield Finding(what, Colour.RED, says if first == what else f"as '{first}'", place)
            if isinstance(error, FirstError):
                return
        else:
            yield Finding(what, Colour.GREEN, said if isinstance(said, str) else "")


def line_of(error: BaseException, files: frozenset[str]) -> str:
    """``file:line`` of the last line of some files that an error, or its cause, came through."""
    chain: BaseException | None = error
    found = ""
    while chain is not None:
        for frame in traceback.extract_tb(chain.__traceback__):
            if frame.filename in files:
                found = f"{Path(frame.filename).name}:{frame.lineno}"
        if isinstance(chain, SyntaxError) and chain.filename in files:
            found = f"{Path(chain.filename or '').name}:{chain.lineno}"
        chain = chain.__cause__
    return found
