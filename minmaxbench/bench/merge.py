"""Shards made in several folders, on several machines, become one folder."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from minmaxbench.bench import manifest
from minmaxbench.bench.store import Stamp, Store
from minmaxbench.errors import UserError

_OF_THE_MACHINE = ("written", "python", "packages", "machine", "git")


def merge(folders: Sequence[Path], into: Path) -> list[str]:
    """Copy the units of results folders of one study into one; that is all that a merge is.

    A unit that is there already stays, unless the other has fewer errors. The manifest of
    ``into`` lists under ``parts`` on what each folder was made.

    Parameters
    ----------
    folders :
        Results folders of the same settings: budget, start, noise, seed and the like. Problems,
        algorithms and seeds may differ.
    into :
        Where their units go; made if need be, and possibly one of them.

    Returns
    -------
    list of str
        Sentences about files that were left out, damaged ones for instance.

    Raises
    ------
    UserError
        For a folder that is no results folder, for folders with other settings, and where ``into``
        cannot be written. Nothing is copied unless all folders fit.
    """
    sources = [f for f in folders if f.resolve() != into.resolve()]
    manifests = [manifest.read(folder) for folder in folders]
    if (into / "manifest.json").is_file():
        folders, manifests = [*folders, into], [*manifests, manifest.read(into)]
    for folder, one in zip(folders, manifests, strict=True):
        if one["settings"] != manifests[0]["settings"]:
            raise UserError(
                f"'{folder}' and '{folders[0]}' were run with other settings (budget, start, noise, "
                "seed, engine, ...); only shards of one study can be merged."
            )
    store = Store(into)
    store.open()
    there = store.contents()
    notes = list(there.strange)
    known = {path.name: stamp for path, stamp in there.stamps.items()}
    for folder in sources:
        contents = Store(folder).contents()
        notes += contents.strange
        for path, stamp in contents.stamps.items():
            if _better(stamp, known.get(path.name)):
                _copy(path, store.units / path.name)
                known[path.name] = stamp
    store.write_manifest(max(manifests, key=_size) | {"parts": _parts(manifests)})
    return notes


def _better(one: Stamp, other: Stamp | None) -> bool:
    return other is None or len(one.answers(errors=False)) > len(other.answers(errors=False))


def _size(one: dict[str, object]) -> tuple[int, str]:
    """How much a manifest asks for: the widest study speaks for the folder."""
    runs, written = one.get("runs"), one.get("written")
    return (runs if isinstance(runs, int) else 0), str(written)


def _parts(manifests: list[dict[str, object]]) -> list[object]:
    """On what each part was made, each once, parts of parts included."""
    parts: list[object] = []
    for one in manifests:
        own = one.get("parts") or [{key: one.get(key) for key in _OF_THE_MACHINE}]
        parts += [part for part in own if part not in parts]  # type: ignore[attr-defined]
    return parts


def _copy(path: Path, to: Path) -> None:
    part = to.with_suffix(f".{uuid.uuid4().hex}.part")
    try:
        shutil.copyfile(path, part)
        part.replace(to)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"'{path}' cannot be copied to '{to.parent}': {error.strerror}.") from error
