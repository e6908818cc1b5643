"""The application: which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

import minmaxbench
from minmaxbench.cli.certify import certify
from minmaxbench.cli.check import check
from minmaxbench.cli.compare import compare
from minmaxbench.cli.constants import constants
from minmaxbench.cli.cycles import cycles
from minmaxbench.cli.list import list_things
from minmaxbench.cli.merge import merge
from minmaxbench.cli.plan import plan
from minmaxbench.cli.plot import plot
from minmaxbench.cli.report import report
from minmaxbench.cli.run import run
from minmaxbench.cli.scaling import scaling
from minmaxbench.cli.show import show
from minmaxbench.cli.stability import stability
from minmaxbench.cli.table import table
from minmaxbench.cli.tune import tune

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Compare min-max algorithms on problems whose equilibria are known.",
)


@app.callback()
def callback(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Compare min-max algorithms on problems whose equilibria are known."""
    if version:
        print(f"minmaxbench {minmaxbench.__version__}")
        raise typer.Exit


app.command()(run)
app.command("list")(list_things)
app.command()(show)
app.command()(check)
app.command()(certify)
app.command()(constants)
app.command()(cycles)
app.command()(stability)
app.command()(plan)
app.command()(merge)
app.command()(table)
app.command()(plot)
app.command()(report)
app.command()(compare)
app.command()(scaling)
app.command()(tune)
