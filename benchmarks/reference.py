"""Make the reference study, and what README shows of it: python -m benchmarks.reference [analytic].

Every algorithm, with default and tuned settings, on every planar problem (``analytic``: on every problem
whose gradients read no data, which takes hours). What is finished is kept in results/reference; the same
command goes on from there, and runs again only what has changed since. ``--minutes`` stops in time: the
reference then holds the problems that are finished. It writes the file that ships with the package,
plots/reference, results/reference/headline.csv, the part of README between its two marks, and who solves
what in docs/problems.
"""

import argparse
import os
import time
from pathlib import Path

from benchmarks import gallery, reference_page
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.forecast import forecast
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.bench.reference import FILE, NAME, analytic, pack, reference_study
from minmaxbench.bench.results import runs_of

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


def finished(study, folder):
    """The runs on problems of which none is missing; those in error are there."""
    plan = draft(study, folder, retry=False)
    missing = {unit.problem.name for unit in plan.missing}
    runs = runs_of(plan)
    return runs[~runs["problem"].isin(missing)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("which", nargs="?", default="planar", choices=["planar", "analytic"])
    parser.add_argument("-p", dest="problems", action="append", help="only this problem; repeat")
    parser.add_argument("-a", dest="algorithms", action="append", help="only this one; repeat")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=ROOT / "results" / NAME)
    parser.add_argument("--to", type=Path, default=SHIPPED, help="the file that ships")
    parser.add_argument("--plan", action="store_true", help="tell how long it takes, and stop")
    given = parser.parse_args()
    problems = given.problems or analytic(planar=given.which == "planar")
    study = reference_study(problems, given.algorithms)
    plan = make_plan(study, given.results)
    for name, reasons in plan.excluded.items():
        print(f"left out: {name} on {len(reasons)} problems; the first: {reasons[0]}")
    hours = forecast(plan, TRYING).hours(given.jobs) if plan.missing else 0.0
    print(
        f"{plan.runs:,} runs, {plan.kept:,} there; about {60 * hours:.0f} min on {given.jobs} cores"
    )
    if given.plan:
        return
    run(plan, given.jobs, given.minutes)
    runs = finished(study, given.results)
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
