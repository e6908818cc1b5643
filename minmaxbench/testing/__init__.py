"""For tests and notebooks: small games, and a kit that looks whether code keeps its contract."""

from __future__ import annotations

from minmaxbench.testing.games import play

__all__ = ["Finding", "Report", "check", "play"]


def __getattr__(name: str) -> object:
    # Docstrings play games; what the kit imports is imported when it is asked for.
    if name in ("Finding", "Report", "check"):
        from minmaxbench.testing import kit

        return getattr(kit, name)
    raise AttributeError(f"module 'minmaxbench.testing' has no attribute '{name}'")
