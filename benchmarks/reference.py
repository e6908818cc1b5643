"""Make the reference study, and what README shows of it: python -m benchmarks.reference [analytic].

Every algorithm, with default and tuned settings, on every planar problem (``analytic``: on every problem
whose gradients read no data, which takes hours). Runs that the file which ships with the package holds, and
that are still what they were, are kept (``--again``: are made again). What is finished is kept in
results/reference; the same command goes on from there. ``--minutes`` stops in time: the reference then
holds the problems that are finished. It writes the file that ships with the package,
plots/reference, results/reference/headline.csv, the part of README between its two marks, and who solves
what in docs/problems.
"""

import argparse
import os
import time
from pathlib import Path

import pandas as pd

from benchmarks import gallery, reference_page
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.forecast import forecast
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.bench.reference import FILE, NAME, analytic, load, pack, reference_study
from minmaxbench.bench.results import runs_of
from minmaxbench.errors import UserError

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "minmaxbench" / "bench" / FILE
LARGEST = 10e6
"""Bytes of the file that ships."""
TRYING = 10.0
"""Seconds in which units are tried, to tell how long all of them take."""


class TimeIsUpError(Exception):
    """The minutes are over; finished units are kept."""


def run(plan, jobs, minutes):
    """Run what is missing, and say how far it is once in a while."""
    began, said = time.monotonic(), 0.0
    done, whole = plan.kept, plan.runs

    def progress(unit):
        nonlocal done, said
        done += sum(unit.outcomes.values())
        passed = time.monotonic() - began
        if passed - said > 30:
            said = passed
            left = passed * (whole - done) / max(1, done - plan.kept)
            print(
                f"{passed / 60:.1f} min: {done:,} of {whole:,} runs, {left / 60:.0f} min left",
                flush=True,
            )
        if passed > 60 * minutes:
            raise TimeIsUpError

    try:
        run_plan(plan, jobs, progress=progress)
    except TimeIsUpError:
        print(f"{minutes} minutes are over: {done:,} of {whole:,} runs are there.")


def finished(old, parts, folder):
    """All runs on the problems of which none is missing; those in error are there."""
    plans = [draft(part, folder, retry=False) for part in parts]
    missing = {unit.problem.name for plan in plans for unit in plan.missing}
    runs = pd.concat([old, *map(runs_of, plans)], ignore_index=True)
    return runs[~runs["problem"].isin(missing)]


def still(study, path):
    """The runs of a reference that are still what they were, and the studies of those that are not."""
    try:
        known = load(path)
        names = [ref.name for ref in study.problems if ref.name in known.problems]
        runs, _ = known.beside(names)
    except UserError as error:
        print(error)
        return pd.DataFrame(), [study]
    labels = {ref.label for ref in study.algorithms}
    missing = known.missing(study)
    kept = pd.DataFrame() if missing == [study] else runs[runs["algorithm"].isin(labels)]
    return kept, missing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("which", nargs="?", default="planar", choices=["planar", "analytic"])
    parser.add_argument("-p", dest="problems", action="append", help="only this problem; repeat")
    parser.add_argument("-a", dest="algorithms", action="append", help="only this one; repeat")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=ROOT / "results" / NAME)
    parser.add_argument("--to", type=Path, default=SHIPPED, help="the file that ships")
    parser.add_argument("--again", action="store_true", help="make all runs again")
    parser.add_argument("--plan", action="store_true", help="tell how long it takes, and stop")
    given = parser.parse_args()
    problems = given.problems or analytic(planar=given.which == "planar")
    study = reference_study(problems, given.algorithms)
    old, missing = (pd.DataFrame(), [study]) if given.again else still(study, given.to)
    print(f"{len(old):,} runs of {given.to.name} are kept")
    for part in missing:
        plan = make_plan(part, given.results)
        for name, reasons in plan.excluded.items():
            print(f"left out: {name} on {len(reasons)} problems; the first: {reasons[0]}")
        hours = forecast(plan, TRYING).hours(given.jobs) if plan.missing else 0.0
        print(
            f"{plan.runs:,} runs, {plan.kept:,} there; about {60 * hours:.0f} min on {given.jobs} cores"
        )
        if not given.plan:
            run(plan, given.jobs, given.minutes)
    if given.plan:
        return
    runs = finished(old, missing, given.results)
    if not len(runs):
        print("no problem is finished yet, and nothing is written: give the command again")
        return
    path = pack(runs, study, given.to)
    size = path.stat().st_size
    print(
        f"{path}: {len(runs):,} runs on {runs['problem'].nunique()} problems, {size / 1e6:.2f} MB"
    )
    assert size <= LARGEST, f"the file is to be at most {LARGEST / 1e6:.0f} MB"
    if given.to == SHIPPED:
        reference_page.main()
        gallery.main([])


if __name__ == "__main__":
    main()
