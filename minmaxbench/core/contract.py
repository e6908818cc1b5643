"""What code that is handed arrays must keep to: it does not write to them."""

from __future__ import annotations

from typing import NoReturn

from minmaxbench.errors import ContractError


def refuse_writing(name: str, error: ValueError) -> None:
    """Raise :class:`ContractError` if this is NumPy's error for writing to a closed array."""
    if "read-only" in str(error) or "WRITEABLE" in str(error):
        refused(name, error)


def refused(name: str, cause: Exception | None = None) -> NoReturn:
    """Raise the error of an algorithm or a problem that writes in place."""
    raise ContractError(
        f"'{name}' writes in place to an array it was handed; write `x = x - ...` instead of "
        "`x -= ...`."
    ) from cause
