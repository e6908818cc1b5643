"""Numbers and lists as words: a share is never rounded to none or to all."""

from __future__ import annotations

import math
from collections.abc import Sequence

NEVER = "-"
"""Shown for what does not exist: a share of nothing, a median that is infinite."""


def percent(share: float) -> str:
    """``12 %``; 99.6 % is not 100 %, and 0.4 % is not none."""
    if math.isnan(share):
        return NEVER
    text = f"{100 * share:.0f} %"
    if text == "100 %" and share < 1:
        return "> 99 %"
    return "< 1 %" if text == "0 %" and share > 0 else text


def span(low: float, high: float) -> str:
    """``4 to 13``: an interval in percent, rounded outwards."""
    if math.isnan(low):
        return NEVER
    # Rounding first: 0.07 times 100 is a little more than 7.
    ends = math.floor(round(100 * low, 6)), math.ceil(round(100 * high, 6))
    return f"{ends[0]} to {ends[1]}"


def whole(calls: float) -> str:
    """``1,234``: a number of calls."""
    if not math.isfinite(calls):
        return NEVER
    return f"{calls:,.0f}" if calls >= 1 or calls == 0 else "< 1"


def count(number: int, thing: str) -> str:
    """``1 problem``, ``2 problems``."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def listing(names: Sequence[str], most: int = 8) -> str:
    """``a, b and c``; of many the first ones."""
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def duration(seconds: float) -> str:
    """A time, as people say it: ``40 seconds``, ``3 minutes``, ``2.5 hours``."""
    if seconds < 90:
        return count(max(1, round(seconds)), "second")
    if seconds < 5400:
        return count(round(seconds / 60), "minute")
    return f"{seconds / 3600:.1f} hours"
