"""The runs of a study, read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.bench import manifest
from minmaxbench.bench.plan import Plan
from minmaxbench.bench.store import Contents, Store, read_frames
from minmaxbench.errors import UserError, path_of
from minmaxbench.record.schema import always, in_order

if TYPE_CHECKING:
    import pandas as pd

PAIR = ["problem", "instance", "dx", "dy", "algorithm"]


def load(folder: str | Path) -> pd.DataFrame:
    """All finished runs in a results folder with the settings of its newest study, one row each.

    Parameters
    ----------
    folder :
        Where a study was run; a study that is half done loads as far as it is.

    Returns
    -------
    pandas.DataFrame
        See ``docs/results.md`` for the columns. ``attrs["notes"]`` holds sentences about what lies in
        the folder and is not in the frame: damaged and foreign files, runs with other settings, runs
        of an earlier version of an algorithm or a problem.

    Raises
    ------
    UserError
        For a folder that is no results folder, or holds no finished unit.
    """
    folder = path_of("folder", folder)
    settings = manifest.read(folder)["settings"]
    contents = Store(folder).contents()
    mine = [path for path, stamp in contents.stamps.items() if stamp.settings == settings]
    if not mine:
        why = f" {contents.strange[0]}" if contents.strange else ""
        raise UserError(f"'{folder}' holds no finished unit yet; run the study first.{why}")
    notes = list(contents.strange)
    others = len(contents.stamps) - len(mine)
    if others:
        notes.append(f"{others} units in {folder} were run with other settings and are left out.")
    frame, outdated = _newest(_frame(mine), contents, mine)
    if outdated:
        notes.append(f"Runs of an earlier version are left out: {', '.join(outdated)}.")
    frame.attrs["notes"] = notes
    return frame


def runs_of(plan: Plan) -> pd.DataFrame:
    """The runs that a plan asks for, as far as they are finished."""
    there = [path for path in dict.fromkeys(plan.files) if path.is_file()]
    if not there:
        raise UserError(f"'{plan.store.folder}' holds no finished unit of this study.")
    frame = _frame(there)
    # A unit that an earlier, wider study ran may hold more seeds than this one asks for,
    # and one that was run in more settings holds those, too.
    first = plan.study.first
    seeds = range(first, first + plan.study.seeds)
    labels = [ref.label for ref in plan.study.algorithms]
    mine = frame["seed"].isin(seeds) & frame["algorithm"].isin(labels)
    asked: pd.DataFrame = frame[mine]
    asked = asked.drop_duplicates([*PAIR, "seed"])
    asked = asked.sort_values([*PAIR, "seed"], ignore_index=True)
    asked.attrs["notes"] = list(plan.notes)
    return asked


def _frame(paths: list[Path]) -> pd.DataFrame:
    """The rows of units, with every column that a study has, in order."""
    frame = read_frames(paths)
    names = always() if "calls" not in frame else []
    whole = in_order({name: name for name in [*frame, *names]})
    return frame.reindex(columns=list(whole))


def _newest(
    frame: pd.DataFrame, contents: Contents, paths: list[Path]
) -> tuple[pd.DataFrame, list[str]]:
    """Of each run the newest that is no error, and the pairs of which versions are left out.

    A pair's version is what it was when it was last run.
    """
    stamps = [contents.stamps[path] for path in paths]
    frame["_written"] = [s.written for s in stamps for _ in range(s.rows)]
    last = frame.groupby(PAIR)["_written"].idxmax()
    newest = frame.loc[last, [*PAIR, "version"]].rename(columns={"version": "_now"})
    frame = frame.merge(newest, on=PAIR)
    current = frame["version"] == frame["_now"]
    others = frame.loc[~current, ["algorithm", "problem"]].drop_duplicates()
    outdated = [f"{algorithm} on {problem}" for algorithm, problem in others.to_numpy()]
    frame = frame[current].assign(_failed=lambda f: f["outcome"] == "error")
    frame = frame.sort_values(["_failed", "_written"], ascending=[True, False], kind="stable")
    frame = frame.drop_duplicates([*PAIR, "seed"]).sort_values([*PAIR, "seed"])
    extra = ["_now", "_written", "_failed"]
    return frame.drop(columns=extra).reset_index(drop=True), outdated


def about(folder: str | Path) -> dict[str, Any]:
    """What made the runs of a folder: the study's name, versions, machine, date."""
    folder = path_of("folder", folder)
    known = manifest.read(folder)
    return {"name": known["study"].get("name") or folder.name, **known}
