"""The words for what the equilibrium test says of a final point."""

from __future__ import annotations

from enum import StrEnum


class Judgement(StrEnum):
    """What the test says of a point."""

    YES = "equilibrium"
    NO = "no equilibrium"
    OPEN = "cannot tell"
