"""The reference study: every algorithm on every planar problem, one row a run, shipped with the package.

A run of it counts as long as its algorithm and its problem are what they were: each is stored with the
hash of what defines it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, AlgorithmRef
from minmaxbench.bench.fingerprint import SCHEMA, definition
from minmaxbench.bench.manifest import environment, plain
from minmaxbench.bench.study import Study
from minmaxbench.bench.tuning.tuned import shipped
from minmaxbench.errors import SHOWN, UserError, unknown
from minmaxbench.problems.registry import PROBLEMS, ProblemRef

if TYPE_CHECKING:
    import pandas as pd

NAME = "reference"
FILE = "reference.parquet"
KEY = b"minmaxbench reference"
COLUMNS = (
    "problem", "instance", "dx", "dy", "algorithm", "method", "parameters", "seed", "start", "budget",
    "outcome", "message", "calls", "steps", "seconds", "step_seconds", "equilibria", "residual",
    "distance", "nearest_kind", "nearest_distance", "verdict",
)  # fmt: skip
"""What is kept of a run, beside the calls at which it met each target."""
SEEDS, FIRST_SEED, BUDGET = 20, 100, 10_000.0
"""Tuning looks at seeds below the first, so that default and tuned settings run from the same starts."""


def analytic(planar: bool = False) -> list[str]:
    """The package's problems whose gradients read no data, or the planar ones among them."""
    own = [name for name in PROBLEMS if PROBLEMS.is_own(name)]
    known = {name: PROBLEMS.get(name) for name in own}
    return [
        name for name, entry in known.items() if entry.analytic and (entry.planar or not planar)
    ]


def reference_study(
    problems: Iterable[str] | None = None, algorithms: Iterable[str] | None = None
) -> Study:
    """Default and, where there are some, tuned settings; by default every algorithm, planar problems."""
    names = [name for name in ALGORITHMS if ALGORITHMS.is_own(name)]
    if algorithms is not None:
        names = list(algorithms)
    found = shipped()
    refs = [AlgorithmRef.named(name) for name in names]
    tuned = [found.answer(ref, "tuned") for ref in refs if found and ref.name in found.algorithms]
    return Study(
        analytic(planar=True) if problems is None else list(problems), [*refs, *tuned], name=NAME,
        seeds=SEEDS, first_seed=FIRST_SEED, budget=BUDGET, engine="numpy",
    )  # fmt: skip


def pack(runs: pd.DataFrame, study: Study, path: Path) -> Path:
    """Write the runs of a study as the reference, whole or not at all.

    Raises :class:`UserError` where the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    there = set(runs["problem"])
    problems = [ref for ref in study.problems if ref.name in there]
    facts = {
        "schema": SCHEMA,
        "study": plain(study.replace(problems=problems)),
        "problems": {ref.name: definition(ref.build()) for ref in problems},
        "algorithms": {ref.label: definition(ref.build()) for ref in study.algorithms},
        **environment(),
    }
    table = pa.Table.from_pandas(_compact(runs), preserve_index=False)
    table = table.replace_schema_metadata({KEY: json.dumps(facts).encode()})
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, part, compression="zstd", compression_level=19)
        part.replace(path)
    except OSError as error:
        raise UserError(f"'{path}' cannot be written: {error.strerror}.") from error
    return path


def _compact(runs: pd.DataFrame) -> pd.DataFrame:
    """The columns that are kept, numbers in single precision: calls are halves, and stay exact."""
    hits = [name for name in runs if str(name).startswith(("distance_", "residual_"))]
    kept = runs[[name for name in (*COLUMNS, *hits) if name in runs]]
    kept = kept.sort_values(["problem", "algorithm", "seed"], ignore_index=True)
    small = dict.fromkeys(kept.select_dtypes("float64"), "float32")
    # A run that diverged may end beyond the largest single-precision number: infinite will do.
    with np.errstate(over="ignore"):
        return kept.astype(small)


@dataclass(frozen=True)
class Reference:
    """The runs that ship with the package, and what they are runs of."""

    runs: pd.DataFrame
    """The columns of a frame of runs, without traces and end points."""
    facts: Mapping[str, Any]
    """The study, the hash of each problem and of each algorithm, where and when it was made."""

    @property
    def problems(self) -> list[str]:
        """The names of its problems."""
        return list(self.facts["problems"])

    def study(self, algorithms: Sequence[Any], problems: Sequence[Any] = (), **more: Any) -> Study:
        """The study that runs other algorithms as the reference was run.

        Raises :class:`UserError` for a problem that the reference does not have.
        """
        asked = self.facts["study"]
        same = {name: asked[name] for name in ("seeds", "first_seed", "budget", "start", "noise")}
        study = Study(
            list(problems) or self.problems, list(algorithms), seed=asked["seed"], engine="numpy",
            **(same | more),
        )  # fmt: skip
        for ref in study.problems:
            if ref.name not in self.facts["problems"]:
                raise unknown("problem of the reference", ref.name, self.problems)
            if ref != ProblemRef.named(ref.name):
                raise UserError(
                    f"The reference has {ref.name} as published, at its default dimension; got "
                    f"{ref.label}."
                )
        return study

    def missing(self, study: Study) -> list[Study]:
        """What of another reference study it lacks, or has changed since: no run twice."""
        asked = ("seeds", "first_seed", "budget", "start", "noise", "seed")
        mine = {name: self.facts["study"][name] for name in asked}
        if mine != {name: plain(study)[name] for name in asked}:
            return [study]
        known = set(self.facts["algorithms"]).difference(self._others())
        changed = [
            r for r in study.problems if self.facts["problems"].get(r.name) != _problem(r.name)
        ]
        old = [ref for ref in study.algorithms if ref.label in known]
        new = [ref for ref in study.algorithms if ref.label not in known]
        parts = [(study.problems, new), (changed, old)]
        return [study.replace(problems=p, algorithms=a) for p, a in parts if p and a]

    def _others(self) -> list[str]:
        """The labels of its algorithms that are not what they were."""
        now, then = _algorithms(), self.facts["algorithms"]
        return [label for label in then if then[label] != now.get(label)]

    def beside(self, problems: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
        """Its runs on some problems that are still what they were, and sentences on what is left out.

        Raises :class:`UserError` where nothing is left.
        """
        asked = list(dict.fromkeys(problems))
        changed = [name for name in asked if self.facts["problems"][name] != _problem(name)]
        known, others = self.facts["algorithms"], self._others()
        runs = self.runs[self.runs["problem"].isin(set(asked) - set(changed))]
        runs = runs[~runs["algorithm"].isin(others)].reset_index(drop=True)
        notes = [*_left_out("problem", changed, asked), *_left_out("algorithm", others, known)]
        if not len(runs):
            raise UserError(
                "The reference is stale: " + " ".join(notes) + " It is made again by "
                "`python -m benchmarks.reference`, in a clone of the repository."
            )
        return runs, notes


def _left_out(what: str, names: Sequence[str], of: Iterable[str]) -> list[str]:
    if not names:
        return []
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [
        f"Left out of the reference, since they have changed after it was made, are {len(names)} of "
        f"{len(list(of))} {what}s: {', '.join(names[:SHOWN])}{more}."
    ]


@cache
def _problem(name: str) -> str:
    return definition(ProblemRef.named(name).build()) if name in PROBLEMS else ""


@cache
def _algorithms() -> dict[str, str]:
    """The hash of each algorithm of the reference study as it would be made now, by its label."""
    return {ref.label: definition(ref.build()) for ref in reference_study().algorithms}


def load(path: Path | None = None) -> Reference:
    """The reference that ships with the package, or that of a file.

    Raises :class:`UserError` where there is none, for a file that cannot be used, and for one that was
    written with another schema of results.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = Path(str(files("minmaxbench") / "bench" / FILE)) if path is None else path
    if not path.is_file():
        raise UserError(
            f"There is no reference study here ('{path}' is missing): make it by `python -m "
            "benchmarks.reference`, in a clone of the repository."
        )
    try:
        table = pq.read_table(path)
        facts = json.loads((table.schema.metadata or {})[KEY])
        frame = table.replace_schema_metadata(None).to_pandas()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise UserError(f"'{path}' is no reference study: {error}.") from error
    if facts["schema"] != SCHEMA:
        raise UserError(
            f"The reference was made with results schema {facts['schema']}, this version has {SCHEMA}: "
            "it is stale as a whole. Make it again by `python -m benchmarks.reference`."
        )
    return Reference(frame.astype(dict.fromkeys(frame.select_dtypes("float32"), "float64")), facts)
