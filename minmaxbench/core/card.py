"""What a method card holds beside what can be read off an algorithm: claims, and authors' programs."""

from __future__ import annotations

from dataclasses import dataclass

EXAMPLE = "its example"
"""The check of a claim that the example in the algorithm's docstring shows."""


@dataclass(frozen=True)
class Claim:
    """What a source says of an algorithm, and what looks whether it is so.

    A check looks at cases: it can refute a theorem, and never prove one.
    """

    says: str
    """A sentence without its full stop."""
    source: str
    """Authors, venue, year, the theorem where it is known."""
    check: str = ""
    """The name of a test, or :data:`EXAMPLE`; empty where nothing looks."""
    holds: bool = True
    """Whether the check finds it so; False for a check that shows a counterexample."""

    @property
    def verdict(self) -> str:
        """``untested``, or what the check finds and where it is."""
        if not self.check:
            return "untested"
        return f"{'holds' if self.holds else 'does not hold'} in {self.check}"


@dataclass(frozen=True)
class Program:
    """A program of the authors', or of others, and how near ours is to it."""

    name: str
    """Its repository or package, with file and version where they are known."""
    check: str = ""
    """The test that compares the iterates of both; empty where only its text was read."""
    departs: str = ""
    """Where ours does otherwise, and why: a sentence without its full stop."""

    @property
    def verdict(self) -> str:
        """How it was compared, and where ours departs."""
        compared = f"the same iterates in {self.check}" if self.check else "read, not run"
        return f"{compared}; {self.departs}" if self.departs else compared
