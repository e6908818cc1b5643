"""Enumerations whose members carry the sentence that users read."""

from __future__ import annotations

from enum import Enum
from typing import Self


class Worded(Enum):
    """A member is a word for tables (its ``value``) and a ``sentence`` that explains it."""

    sentence: str

    def __new__(cls, label: str, sentence: str) -> Self:
        """A member whose value is its label."""
        member = object.__new__(cls)
        member._value_ = label
        member.sentence = sentence
        return member
