"""The store: one Parquet file a finished unit, one manifest a study, nothing half-written."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.bench.study import SCHEMA, Study, Unit
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

MAGIC = b"PAR1"


class Store:
    """The folder of one study: ``manifest.json`` and ``units/``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.units = folder / "units"

    def open(self) -> None:
        """Make the folder; raises :class:`UserError` if that cannot be done."""
        try:
            self.units.mkdir(parents=True, exist_ok=True)
            for orphan in self.units.glob("*.part"):
                orphan.unlink()
            probe = self.units / f".write-test-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise UserError(
                f"The results folder '{self.folder}' cannot be written: {error.strerror}."
            ) from error

    def path(self, question: str, first: int, count: int) -> Path:
        """Where the answer for these seeds lies."""
        return self.units / f"{question}-{first:06d}-{count:04d}.parquet"

    def finished(self) -> dict[str, list[tuple[int, int]]]:
        """The seed ranges (first, count) that are answered, by question.

        A file cut short does not count: it is renamed to ``*.broken``, and its unit runs again.
        """
        ranges: dict[str, list[tuple[int, int]]] = {}
        for path in sorted(self.units.glob("*.parquet")):
            if not is_whole(path):
                path.rename(path.with_suffix(".broken"))
                continue
            question, first, count = path.stem.split("-")
            ranges.setdefault(question, []).append((int(first), int(count)))
        return ranges

    def write(self, path: Path, columns: Mapping[str, Any]) -> None:
        """Write a unit's rows: to a temporary name first, then renamed.

        Raises :class:`UserError` if the disk is full or the folder has gone.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.table({name: _arrow(column) for name, column in columns.items()})
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            pq.write_table(table, part, compression="zstd")
            part.replace(path)
        except OSError as error:
            raise UserError(
                f"Results cannot be written to '{path}': {error.strerror or error}; finished units "
                "are kept."
            ) from error

    def write_manifest(self, study: Study, files: list[str], runs: int) -> None:
        """Write what was asked, with what, where and when; ``files`` are the units planned."""
        manifest = {
            "schema": SCHEMA,
            "study": _plain(study),
            "runs": runs,
            "units": files,
            **environment(),
        }
        part = self.folder / "manifest.json.part"
        part.write_text(json.dumps(manifest, indent=1) + "\n")
        part.replace(self.folder / "manifest.json")


def is_whole(path: Path) -> bool:
    """Whether a Parquet file has its first and last four bytes."""
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0, os.SEEK_END)
        if file.tell() < 12:
            return False
        file.seek(-4, os.SEEK_END)
        return head == MAGIC == file.read(4)


def read_manifest(folder: str | Path) -> dict[str, Any]:
    """The manifest of a results folder; raises :class:`UserError` if there is none to be read."""
    path = Path(folder) / "manifest.json"
    if not path.is_file():
        raise UserError(f"'{folder}' is no results folder: it has no manifest.json.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UserError(f"The manifest '{path}' cannot be read: {error}.") from error
    if manifest.get("schema") != SCHEMA:
        raise UserError(
            f"'{folder}' was written with results schema {manifest.get('schema')}; this version "
            f"reads schema {SCHEMA}: run the study again."
        )
    return manifest


def load(folder: str | Path) -> pd.DataFrame:
    """All finished runs of a study, one row each; partial studies load as far as they are.

    Columns: the run (``problem``, ``instance``, ``dx``, ``dy``, ``algorithm``, ``seed``, ...), how
    it ended (``outcome``, ``message``, ``calls`` in gradient calls and by kind, ``steps``), where
    (``value``, ``residual``, ``distance``, ``nearest``, ``nearest_kind``, ``x``, ``y``), first-hit
    calls (``distance_1e-05``, ``residual_1e-05``, ..., NaN if never), times in seconds, and traces as
    lists on the grid ``trace_calls``. Raises :class:`UserError` for a folder or file that cannot be
    read.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    manifest, tables = read_manifest(folder), []
    for path in (Path(folder) / "units" / file for file in manifest["units"]):
        if not path.is_file():
            continue
        try:
            tables.append(pq.read_table(path))
        except (pa.ArrowException, OSError) as error:
            raise UserError(
                f"The results file '{path}' is damaged ({type(error).__name__}); delete it and run "
                "the study again: only its runs will be missing."
            ) from error
    if not tables:
        raise UserError(f"'{folder}' holds no finished unit yet; run the study first.")
    frame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    assert isinstance(frame, pd.DataFrame)
    # A unit that an earlier, wider study ran may hold more seeds than this one asks for.
    asked: pd.DataFrame = frame[frame["seed"] < manifest["study"]["seeds"]]
    return asked.reset_index(drop=True)


def unit_columns(unit: Unit, known: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say which runs a unit holds, followed by ``known``."""
    n, problem = unit.count, unit.problem.build()
    return {
        "problem": [unit.problem.name] * n,
        "instance": np.full(n, unit.problem.instance),
        "dx": np.full(n, problem.dx),
        "dy": np.full(n, problem.dy),
        "algorithm": [unit.algorithm.label] * n,
        "method": [unit.algorithm.name] * n,
        "parameters": [json.dumps(dict(unit.algorithm.parameters))] * n,
        "seed": unit.first + np.arange(n),
        "start": [unit.start] * n,
        "budget": np.full(n, unit.budget),
        **known,
    }


def environment() -> dict[str, Any]:
    """What the results depend on beside the study: versions, machine, git revision, time."""
    packages = {}
    for name in ("minmaxbench", "numpy", "scipy", "sympy", "pandas", "pyarrow", "jax"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "packages": packages,
        "machine": {
            "system": platform.platform(),
            "processor": _processor(),
            "cores": os.cpu_count(),
        },
        "git": _git_revision(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _git_revision() -> str | None:
    """The revision of the working folder, with '+' if it has uncommitted changes."""
    try:
        options = {"capture_output": True, "text": True, "timeout": 5, "check": True}
        revision = subprocess.run(["git", "rev-parse", "HEAD"], **options).stdout.strip()  # type: ignore[call-overload]
        changed = subprocess.run(["git", "status", "--porcelain", "-uno"], **options).stdout  # type: ignore[call-overload]
    except (OSError, subprocess.SubprocessError):
        return None
    return f"{revision}+" if changed else str(revision)


def _plain(study: Study) -> dict[str, Any]:
    plain = json.loads(json.dumps(study, default=lambda o: o.__dict__))
    # Only the file's name: a study must not tell where its author's home is.
    plain["files"] = [Path(name).name for name in study.files]
    return dict(plain)


def _arrow(column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column, np.ndarray) and column.ndim > 1:
        lists = column.reshape(len(column), -1)
        return pa.FixedSizeListArray.from_arrays(pa.array(lists.ravel()), lists.shape[1])
    return pa.array(column)
