"""``minmaxbench tune``: the hyper-parameters of algorithms, chosen by one protocol."""

from __future__ import annotations

import dataclasses
import math
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say

if TYPE_CHECKING:
    from minmaxbench.bench.plan import Plan
    from minmaxbench.bench.tuning.protocol import Protocol


def tune(
    algorithm: Annotated[
        list[str] | None,
        typer.Option("--algorithm", "-a", help="A name; repeat. All of them if left out."),
    ] = None,
    best: Annotated[
        bool,
        typer.Option("--best", help="Choose for each held-out problem, too: twice the time."),
    ] = False,
    problem: Annotated[
        list[str] | None,
        typer.Option(
            "--problem", "-p", help="Choose for these problems only, each for itself; repeat."
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Planar problems, one instance, two seeds: a tenth of the time."
        ),
    ] = False,
    jobs: options.Jobs = 0,
    out: options.Out = Path("results"),
    plots: options.Plots = Path("plots"),
    format_: options.Format = "png",
    file: options.Files = None,
) -> None:
    """Choose every algorithm's hyper-parameters by the protocol of docs/fairness.md; goes on if stopped."""
    from minmaxbench.analysis.words import duration
    from minmaxbench.bench.tuning import tune as tuning
    from minmaxbench.bench.tuning.protocol import Protocol
    from minmaxbench.cli.progress import run_with_progress
    from minmaxbench.cli.table import print_table
    from minmaxbench.problems.registry import PROBLEMS
    from minmaxbench.report import tuning as report
    from minmaxbench.report.figures.tuning import draw_tuning

    formats = options.formats(format_)
    options.load(file)
    protocol = Protocol()
    if quick:
        protocol = dataclasses.replace(protocol, instances=protocol.instances[:1], seeds=2)
        say("--quick is not the protocol: its settings are chosen on a tenth of the runs.")
    kinds = tuning.kinds_of(algorithm)
    names = problem or protocol.training() + (protocol.held_out() if best else [])
    if quick and not problem:
        names = [name for name in names if PROBLEMS.get(name).planar]
    folder = out / "tuning"
    plan = tuning.tuning_plan(kinds, protocol, names, folder, options.absolute(file))
    out_of_it = tuning.unable(plan, kinds)
    for name, reason in out_of_it.items():
        say(f"Left out: {name} on all problems; the first: {reason}")
    kinds = [kind for kind in kinds if (kind.name or kind.__name__) not in out_of_it]
    _say_estimate(plan, protocol, len(names), jobs)
    if plan.missing:
        began = time.perf_counter()
        run_with_progress(plan, jobs)
        say(f"Took {duration(time.perf_counter() - began)}.")
    command = shlex.join(["minmaxbench", *sys.argv[1:]])
    tuned, table = tuning.finish(plan, kinds, protocol, folder, command, alone=bool(problem))
    if problem:
        print_table(report.best_table(tuned, names))
    else:
        print_table(report.tuned_table(tuned))
    print_table(report.tunability_table(table, tuned.training or names))
    say(f"Settings: {folder / 'tuned.json'}   (minmaxbench run --suite tuned)")
    written = draw_tuning(table, tuned, plots / "tuning", formats)
    say(f"Figures: {plots / 'tuning'}   ({', '.join(path.name for path in written)})")


def _say_estimate(plan: Plan, protocol: Protocol, problems: int, jobs: int) -> None:
    """How many runs there are to be made, and how long that will take."""
    from minmaxbench.analysis.words import count, duration
    from minmaxbench.bench.tuning.tune import estimate

    runs = plan.runs - plan.kept
    if not runs:
        say("All runs are there already.")
        return
    settings = len(plan.study.algorithms)
    say(
        f"{settings:,} settings, up to {protocol.size} an algorithm, on {count(problems, 'problem')}, "
        f"{protocol.budget:,.0f} gradient calls a run: {runs:,} runs."
    )
    seconds = estimate(plan, jobs)
    if math.isfinite(seconds):
        say(f"That takes about {duration(seconds)} (by parts of three problems).")
