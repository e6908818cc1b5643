"""The store: one Parquet file a finished unit, each of which says what it is and carries a checksum.

Nothing is half-written: a file gets its name when it is whole. Files that are no unit of ours, or are
damaged, are named and left alone.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np

from minmaxbench.bench.fingerprint import SCHEMA
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

KEY = b"minmaxbench"
STALE = 24 * 3600.0
"""A temporary file that is older, in seconds, was left behind."""
SENTENCES = 10
"""So many files that are left alone are named one by one."""


class StoreError(UserError):
    """Results cannot be kept: the disk is full, or the folder has gone."""


class Answer(Protocol):
    """What the store needs to know of a unit."""

    @property
    def first(self) -> int:
        """The first seed."""

    @property
    def count(self) -> int:
        """How many seeds."""

    @property
    def after(self) -> float:
        """No unit in its folder was written later than this when it was planned."""

    @property
    def fingerprint(self) -> str:
        """What was asked."""

    @property
    def fingerprints(self) -> dict[str, str]:
        """The same of each setting of the algorithm, by its label."""

    @property
    def settings(self) -> str:
        """What of it units of one study share."""

    @property
    def title(self) -> str:
        """In words."""


@dataclass(frozen=True)
class Stamp:
    """What a file says of itself."""

    fingerprint: str
    settings: str
    first: int
    count: int
    error: bool
    """Whether all its runs came to nothing."""
    written: float
    """When, in seconds since 1970; later than what was there, even if the clock has gone back."""
    digest: str
    """A hash of its rows."""
    schema: int = SCHEMA
    fingerprints: dict[str, str] = field(default_factory=dict)
    """What was asked of each setting of the algorithm, by its label, where there are several."""
    lost: tuple[str, ...] = ()
    """The labels of those whose runs came to nothing."""

    @property
    def rows(self) -> int:
        """How many runs it holds."""
        return self.count * len(self.answers())

    def answers(self, errors: bool = True) -> list[str]:
        """The fingerprints that it answers, with or without those that ended in an error."""
        if not self.fingerprints:
            return [self.fingerprint] if errors or not self.error else []
        return [
            asked for name, asked in self.fingerprints.items() if errors or name not in self.lost
        ]


@dataclass
class Contents:
    """What lies in a folder: the units, and what is none."""

    units: Path
    """The folder."""
    stamps: dict[Path, Stamp] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)
    """By name, why a file is left alone."""

    @property
    def strange(self) -> list[str]:
        """Sentences about files that are left alone: one each, or one a reason where there are many."""
        alike = {name: [name] for name in self.foreign}
        if len(self.foreign) > SENTENCES:
            alike = {}
            for name, why in self.foreign.items():
                alike.setdefault(why, []).append(name)
        found = []
        for first, *others in alike.values():
            who = f"'{first}' and {len(others)} other files" if others else f"'{first}'"
            verb = "are" if others else "is"
            found.append(f"{who} in {self.units} {verb} left alone: {self.foreign[first]}.")
        return found

    @property
    def newest(self) -> float:
        """When the newest unit was written, in seconds since 1970; 0 if there is none."""
        return max((stamp.written for stamp in self.stamps.values()), default=0.0)


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
                if time.time() - orphan.stat().st_mtime > STALE:
                    orphan.unlink(missing_ok=True)
            probe = self.units / f".write-test-{uuid.uuid4().hex}"
            probe.touch()
            probe.unlink()
        except FileNotFoundError:
            # Another process was quicker to clear up.
            return
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(
                f"The results folder '{self.folder}' cannot be written: {reason}."
            ) from error

    def path(self, fingerprint: str, first: int, count: int) -> Path:
        """Where the answer for these seeds lies."""
        return self.units / f"{fingerprint}-{first:06d}-{count:04d}.parquet"

    def contents(self) -> Contents:
        """The units in the folder, each with its rows checked against its checksum."""
        found = Contents(self.units)
        for path in self._files():
            if path.name.startswith(".") or path.suffix == ".part":
                continue
            try:
                found.stamps[path] = self.stamp(path)
            except ForeignError as error:
                found.foreign[path.name] = str(error)
        return found

    def _files(self) -> list[Path]:
        try:
            return sorted(self.units.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UserError(
                f"The results folder '{self.folder}' cannot be read: {reason}."
            ) from error

    def stamp(self, path: Path) -> Stamp:
        """What a file says of itself, if it is a whole unit under its right name."""
        stamp = read_stamp(path)
        if path.name != self.path(stamp.fingerprint, stamp.first, stamp.count).name:
            raise ForeignError("it is a unit under another name, a copy perhaps")
        return stamp

    def write(
        self, unit: Answer, parts: Sequence[Mapping[str, Any]], lost: Sequence[str] = ()
    ) -> Path:
        """Write a unit's rows, in parts: to a temporary name of its own first, then renamed.

        ``lost`` are the settings whose runs came to nothing. Raises :class:`StoreError` if the disk
        is full or the folder has gone.
        """
        import pyarrow as pa

        tables = [pa.table({n: _arrow(c) for n, c in columns.items()}) for columns in parts]
        return self._write(unit, pa.concat_tables(tables, promote_options="permissive"), lost)

    def _write(self, unit: Answer, table: pa.Table, lost: Sequence[str]) -> Path:
        import pyarrow.parquet as pq

        each = unit.fingerprints if len(unit.fingerprints) > 1 else {}
        stamp = Stamp(
            unit.fingerprint, unit.settings, unit.first, unit.count,
            len(lost) == len(unit.fingerprints), max(time.time(), unit.after + 1e-3),
            table_digest(table), SCHEMA, each, tuple(lost) if each else (),
        )  # fmt: skip
        table = table.replace_schema_metadata({KEY: json.dumps(stamp.__dict__).encode()})
        return self._place(unit, lambda part: pq.write_table(table, part, compression="zstd"))

    def join(self, unit: Answer, halves: Sequence[Answer]) -> Path:
        """Make one file of those of a unit's halves, which are then removed."""
        import pyarrow as pa

        paths = [self.path(half.fingerprint, half.first, half.count) for half in halves]
        found = [_read(path) for path in paths]
        lost = [
            name
            for half, (_, stamp) in zip(halves, found, strict=True)
            for name in (half.fingerprints if stamp.error else stamp.lost)
        ]
        tables = [table for table, _ in found]
        path = self._write(unit, pa.concat_tables(tables, promote_options="permissive"), lost)
        for half in paths:
            half.unlink(missing_ok=True)
        return path

    def adopt(self, unit: Answer, file: bytes) -> Path:
        """Keep a unit's file that was written elsewhere; raises as :meth:`write` does."""
        return self._place(unit, lambda part: part.write_bytes(file))

    def _place(self, unit: Answer, write: Callable[[Path], object]) -> Path:
        path = self.path(unit.fingerprint, unit.first, unit.count)
        part = path.with_suffix(f".{uuid.uuid4().hex}.part")
        try:
            write(part)
            part.replace(path)
        except OSError as problem:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreError(
                f"Results cannot be written to '{path}': {problem.strerror or problem}; finished "
                "units are kept."
            ) from problem
        return path

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Write what was asked; the newest study in a folder has the word."""
        part = self.folder / f"manifest.{uuid.uuid4().hex}.part"
        try:
            part.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
            part.replace(self.folder / "manifest.json")
        except OSError as error:
            raise UserError(
                f"The results folder '{self.folder}' cannot be written: {error.strerror}."
            ) from error


_DAMAGE = OSError, ValueError, AttributeError, MemoryError, msgspec.MsgspecError


class ForeignError(Exception):
    """A file is no unit of ours, or not as it was written; the message is a clause that says why."""


def read_stamp(path: Path) -> Stamp:
    """What a unit's file says of itself; raises :class:`ForeignError` for anything else."""
    return _read(path)[1]


def _read(path: Path) -> tuple[pa.Table, Stamp]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.is_symlink() or not path.is_file() or path.suffix != ".parquet":
        raise ForeignError("it is no Parquet file")
    try:
        with path.open("rb") as file:
            table = pq.ParquetFile(file).read()
        said = json.loads((table.schema.metadata or {})[KEY])
        # First: another schema has other fields.
        if said.get("schema") != SCHEMA:
            why = f"it has results schema {said.get('schema')}, this version {SCHEMA}"
            raise ForeignError(why)
        stamp = msgspec.convert(said, Stamp)
    except KeyError:
        raise ForeignError("it was not written by minmaxbench, or by an earlier version") from None
    except (*_DAMAGE, pa.ArrowException) as error:
        raise ForeignError(f"it is damaged ({type(error).__name__})") from None
    if stamp.digest != table_digest(table) or table.num_rows != stamp.rows:
        raise ForeignError("it is damaged: its rows are not those that were written")
    return table, stamp


def read_frames(paths: list[Path]) -> pd.DataFrame:
    """The rows of units, one frame, with the fingerprint of each as ``version``.

    Raises :class:`UserError` where one cannot be read.
    """
    import pandas as pd
    import pyarrow as pa

    tables = []
    for path in paths:
        try:
            table, stamp = _read(path)
            names = table.column("algorithm").to_pylist()
            versions = pa.array([stamp.fingerprints.get(n, stamp.fingerprint) for n in names])
            tables.append(table.replace_schema_metadata(None).append_column("version", versions))
        except ForeignError as error:
            raise UserError(
                f"The results file '{path}' cannot be used: {error}; delete it and run the study "
                "again: only its runs will be missing."
            ) from error
    frame = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    assert isinstance(frame, pd.DataFrame)
    return frame


def table_digest(table: pa.Table) -> str:
    """A hash of a table's names and numbers, whatever pieces it is kept in."""
    found = hashlib.sha256()
    # Not by name: in a damaged file two columns may have one.
    for name, column in zip(table.column_names, table.columns, strict=True):
        found.update(f"{name}\0".encode())
        for part in _bytes(column.combine_chunks()):
            found.update(part)
    return found.hexdigest()[:32]


def _bytes(column: Any) -> Iterator[bytes]:
    import pyarrow as pa

    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    for chunk in chunks:
        if pa.types.is_fixed_size_list(chunk.type) or pa.types.is_list(chunk.type):
            yield str(len(chunk)).encode()
            yield from _bytes(chunk.flatten())
        elif pa.types.is_integer(chunk.type) or pa.types.is_floating(chunk.type):
            yield np.ascontiguousarray(chunk.to_numpy(zero_copy_only=False)).tobytes()
        else:
            yield "\0".join(map(repr, chunk.to_pylist())).encode(errors="surrogatepass")


def _arrow(column: Any) -> Any:
    import pyarrow as pa

    if isinstance(column, np.ndarray) and column.ndim > 1:
        lists = column.reshape(len(column), -1)
        return pa.FixedSizeListArray.from_arrays(pa.array(lists.ravel()), lists.shape[1])
    return pa.array(column)
