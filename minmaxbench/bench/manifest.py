"""The manifest of a study: what was asked, and with what, where and when."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from minmaxbench.bench.fingerprint import SCHEMA
from minmaxbench.bench.study import Study
from minmaxbench.errors import UserError


def manifest(study: Study, runs: int, settings: str) -> dict[str, Any]:
    """What is written beside the units."""
    return {
        "schema": SCHEMA,
        "study": plain(study),
        "runs": runs,
        "settings": settings,
        **environment(),
    }


def plain(study: Study) -> dict[str, Any]:
    """A study as JSON: names for what it refers to."""
    fields = {field.name: getattr(study, field.name) for field in dataclasses.fields(study)}
    fields["problems"] = [
        {"name": r.name, "dx": r.dx, "dy": r.dy, "instance": r.instance} for r in study.problems
    ]
    fields["algorithms"] = [{"name": r.name, **dict(r.parameters)} for r in study.algorithms]
    # Only the file's name: a study must not tell where its author's home is.
    fields["files"] = [Path(name).name for name in study.files]
    made: dict[str, Any] = json.loads(
        json.dumps(fields, default=lambda o: getattr(o, "__dict__", repr(o)))
    )
    return made


def read(folder: Path) -> dict[str, Any]:
    """The manifest of a results folder; raises :class:`UserError` if there is none to be read."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise UserError(f"'{folder}' is no results folder: it has no manifest.json.")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"The manifest '{path}' cannot be read: {error}.") from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema is None:
        raise UserError(f"'{folder}' is no results folder: its manifest.json tells of no study.")
    if schema != SCHEMA:
        raise UserError(
            f"'{folder}' was written with results schema {schema}; this version reads schema "
            f"{SCHEMA}: run the study again."
        )
    study = found.get("study")
    missing = [name for name, kind in _READ.items() if not isinstance(found.get(name), kind)]
    missing += [name for name in _STUDY if not isinstance(study, dict) or name not in study]
    if missing:
        raise UserError(f"The manifest '{path}' lacks '{missing[0]}'; run the study again.")
    return dict(found)


_READ = {"settings": str, "study": dict}
_STUDY = ("start", "seed", "noise")
"""What is read of a manifest."""


def environment() -> dict[str, Any]:
    """What the results depend on beside the study: versions, machine, git revision, time."""
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "packages": _packages(),
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
        },
        "git": git_revision(),
    }


@cache
def _packages() -> dict[str, str]:
    found = {}
    for name in ("minmaxbench", "numpy", "scipy", "sympy", "pandas", "pyarrow", "jax", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def git_revision() -> str | None:
    """The revision of the working folder, with '+' if it has uncommitted changes.

    A folder's own git configuration may name programs to run; none of them is.
    """
    safe = ["git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
    try:
        revision, changed = (
            subprocess.run(
                [*safe, *command], capture_output=True, text=True, timeout=5, check=True
            ).stdout.strip()
            for command in (["rev-parse", "HEAD"], ["diff-index", "--name-only", "HEAD", "--"])
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return f"{revision}+" if changed else revision
