"""What code that is audited has asked for, so that an oracle's copies do not answer for nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call


class Ledger:
    """What one lane has asked for, in gradient calls; all copies and parts of an oracle share it."""

    def __init__(self, price: Array) -> None:
        """``price`` is what the oracle has been paid so far."""
        self._began, self._asked = price, 0.0

    def note(self, call: Call, where: Array | None) -> None:
        """Note a call of the lanes of ``where``, or of all."""
        if where is None or where.any():
            self._asked += call.price

    def unpaid(self, price: Array) -> bool:
        """Whether more was asked for than the oracle, whose price this is now, has been paid."""
        return self._asked > 0 and bool(np.max(self._asked - (price - self._began)) > 0)

    def __deepcopy__(self, memo: dict[int, Any]) -> Ledger:
        return self
