"""Tuning itself: from an algorithm and a protocol to settings, through a study like any other."""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.tuning import chosen, means, over, scores
from minmaxbench.bench.fingerprint import definition
from minmaxbench.bench.plan import Plan, make_plan
from minmaxbench.bench.store import Store, read_frames
from minmaxbench.bench.tuning.protocol import Protocol
from minmaxbench.bench.tuning.tuned import FILE, SCORES, Found, Tuned, definitions, merged, read
from minmaxbench.bench.unit import work
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.errors import UserError
from minmaxbench.record.targets import hit_column

if TYPE_CHECKING:
    import pandas as pd


def tuning_plan(
    kinds: Sequence[type[Algorithm]],
    protocol: Protocol,
    problems: Sequence[str],
    folder: Path,
    files: tuple[str, ...] = (),
) -> Plan:
    """What is to be run; what the folder holds already is not run again.

    Raises :class:`UserError` for a search space that cannot be searched.
    """
    return make_plan(protocol.study(kinds, problems, files=files), folder, retry=False)


def unable(plan: Plan, kinds: Iterable[type[Algorithm]]) -> dict[str, str]:
    """The names of those that can run on none of a plan's problems, and why not on the first."""
    everywhere = {
        label: reasons[0]
        for label, reasons in plan.excluded.items()
        if len(reasons) == len(plan.study.problems)
    }
    settings: dict[str, list[str]] = {kind.name or kind.__name__: [] for kind in kinds}
    for ref in plan.study.algorithms:
        settings[ref.name].append(ref.label)
    return {
        name: everywhere[labels[0]]
        for name, labels in settings.items()
        if labels and everywhere.keys() >= set(labels)
    }


PARTS = (0.05, 0.1)
"""For an estimate three problems, of few, some and many variables, are run with these parts of the
budget: there is a fixed cost, and a slope."""


def estimate(plan: Plan, jobs: int) -> float:
    """Seconds that the missing runs of a plan will take, by parts of three problems'."""
    own = [unit for unit in plan.missing if unit.own]
    problems = sorted({u.problem for u in own}, key=lambda ref: (ref.dx + ref.dy, ref.label))
    some = {problems[len(problems) * k // 6] for k in (1, 3, 5) if problems}
    mine = [unit for unit in own if unit.problem in some]
    if not mine:
        return math.nan
    times = []
    with tempfile.TemporaryDirectory() as folder:
        Store(Path(folder)).open()
        # The first time, functions are derived and modules loaded.
        for part in (0.01, *PARTS):
            began = time.perf_counter()
            for unit in mine:
                work(replace(unit, budget=unit.budget * part), Path(folder))
            times.append(time.perf_counter() - began)
    slope = max(times[2] - times[1], 0.0) / (PARTS[1] - PARTS[0])
    each = (times[1] + slope * (1 - PARTS[0])) / sum(unit.runs for unit in mine)
    missing = sum(unit.runs for unit in plan.missing)
    return each * missing / min(jobs or os.cpu_count() or 1, os.cpu_count() or 1)


def score(plan: Plan, protocol: Protocol) -> pd.DataFrame:
    """The scores of all settings of a plan, as far as it has been run.

    Of the runs only what scores are made of is kept: a tuning has a million.
    """
    import pandas as pd

    labels = {ref.label for ref in plan.study.algorithms}
    hits = [hit_column("distance", target) for target in protocol.targets]
    kept, frames = [*_KEPT, *hits], []
    for path in plan.files:
        if path.is_file():
            runs = read_frames([path]).reindex(columns=kept)
            frames.append(runs[runs["algorithm"].isin(labels) & (runs["seed"] < protocol.seeds)])
    if not frames:
        raise UserError(f"'{plan.store.folder}' holds no finished unit of this tuning.")
    every = pd.concat(frames, ignore_index=True)
    every = every.drop_duplicates(["algorithm", "problem", "instance", "seed"])
    return scores(every, protocol.targets, protocol.miss)


_KEPT = (
    "method", "algorithm", "parameters", "problem", "instance", "seed", "budget", "calls", "outcome",
)  # fmt: skip


def select(
    table: pd.DataFrame,
    kinds: Iterable[type[Algorithm]],
    protocol: Protocol,
    command: str,
    alone: bool = False,
) -> Tuned:
    """The settings that the scores ask for; raises :class:`UserError` where nothing was scored.

    With ``alone`` each problem stands for itself, and what would be the setting for the whole suite is
    the default.
    """
    training = [] if alone else _there(protocol.training(), table)
    found = {}
    for kind in kinds:
        name = kind.name or kind.__name__
        mine = table[table["method"] == name]
        order = [ref.label for ref in protocol.settings(kind)]
        seen = mine[mine["problem"].isin(training)]
        if not len(mine) or not (alone or len(seen)):
            raise UserError(
                f"{name} could be run on none of the problems that it was to be tuned on."
            )
        found[name] = _found(kind, mine, seen, order, protocol)
    return Tuned(
        found, training, protocol.as_data(), definitions(table["problem"].unique()), command,
        version("minmaxbench"), datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _found(
    kind: type[Algorithm],
    mine: pd.DataFrame,
    seen: pd.DataFrame,
    order: Sequence[str],
    protocol: Protocol,
) -> Found:
    if not len(seen):
        seen = mine[mine["algorithm"] == order[0]]
    best = chosen(seen, order).iloc[0]
    default = means(seen).set_index("algorithm")["score"]
    splits = []
    for split in range(protocol.splits):
        part = mine[mine["problem"].isin(protocol.training(split))]
        if len(part):
            splits.append(_parameters(chosen(part, order).iloc[0]))
    each = {
        str(problem): _parameters(chosen(rows, order).iloc[0])
        for problem, rows in mine.groupby("problem")
    }
    return Found(
        tuned=_parameters(best),
        score=float(best["score"]),
        default=float(default[order[0]]),
        settings=len(order),
        calls=float(seen["calls"].sum()),
        best=each,
        splits=splits,
        definition=definition(kind()),
    )


def _parameters(row: Any) -> dict[str, Any]:
    return dict(json.loads(row["parameters"]))


def _there(names: Sequence[str], table: pd.DataFrame) -> list[str]:
    return [name for name in names if name in set(table["problem"])]


def kinds_of(names: Sequence[str] | None) -> list[type[Algorithm]]:
    """The algorithms to tune: by name, or all that have something to tune or a default to compare."""
    every = [ALGORITHMS.get(name) for name in names or ALGORITHMS]
    # It takes its settings from a problem: there is nothing to be tuned, and nothing to be compared with.
    return every if names else [kind for kind in every if kind.name != "greedy_max_theory"]


def finish(
    plan: Plan,
    kinds: Sequence[type[Algorithm]],
    protocol: Protocol,
    folder: Path,
    command: str = "",
    alone: bool = False,
) -> tuple[Tuned, pd.DataFrame]:
    """The settings and the scores of a plan that has been run; both are written into the folder.

    What was found before, of other algorithms by the same protocol, is kept. With ``alone`` there is no
    setting for the whole suite.
    """
    import pandas as pd

    table = score(plan, protocol)
    tuned = select(table, kinds, protocol, command, alone)
    if (folder / FILE).is_file():
        before = read(folder / FILE)
        tuned = merged(before, tuned)
        if before.protocol == tuned.protocol and (folder / SCORES).is_file():
            table = over(pd.read_parquet(folder / SCORES), table)
    table.to_parquet(folder / SCORES, compression="zstd")
    tuned.write(folder / FILE)
    return tuned, table
