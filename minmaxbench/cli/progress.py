"""A plan on its way: the progress bar, and what went wrong."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import typer

from minmaxbench.cli.console import err, say

if TYPE_CHECKING:
    from minmaxbench.bench.executors import Done
    from minmaxbench.bench.plan import Plan

SHOWN = 5
"""So many different messages are printed; the column ``message`` of the runs has them all."""


class _Terminated(KeyboardInterrupt):
    """What a batch system's polite kill becomes: the study ends as it does on Ctrl-C."""


def _terminate(number: int, frame: object) -> None:
    raise _Terminated


def run_with_progress(
    plan: Plan, jobs: int, executor: str | None = None, shared: bool = False
) -> None:
    """Run a plan under a bar that weighs units by their runs, and print what went wrong."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from minmaxbench.bench.executors import run_plan

    messages: dict[str, list[str]] = {}
    columns = (
        TextColumn("Running"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=err()) as bar:
        task = bar.add_task("", total=plan.runs, completed=plan.kept)

        def progress(done: Done) -> None:
            bar.update(task, advance=sum(done.outcomes.values()))
            if done.message:
                messages.setdefault(done.message, []).append(done.unit.title)

        before = signal.signal(signal.SIGTERM, _terminate)
        try:
            run_plan(plan, jobs, executor, progress, shared, bar.console.print)
        except KeyboardInterrupt as stop:
            bar.stop()
            terminated = isinstance(stop, _Terminated)
            what = "Terminated" if terminated else "Interrupted"
            err().print(f"{what}. Finished units are kept: the same command goes on from here.")
            raise typer.Exit(143 if terminated else 130) from None
        finally:
            signal.signal(signal.SIGTERM, before)
    for message, units in list(messages.items())[:SHOWN]:
        more = f" (and {len(units) - 1} more)" if len(units) > 1 else ""
        say(f"{units[0]}{more}: {message}", "red")
    if len(messages) > SHOWN:
        say(f"... and {len(messages) - SHOWN} other messages.", "red")
