"""``minmaxbench merge``: shards of a study in several folders become one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say


def merge(
    folders: Annotated[
        list[Path], typer.Argument(parser=options.folder, help="Results folders of one study.")
    ],
    into: Annotated[
        Path, typer.Option(parser=options.folder, help="The results folder that gets them all.")
    ],
) -> None:
    """Copy the units of several results folders of one study into one."""
    from minmaxbench.bench.merge import merge as merged
    from minmaxbench.bench.store import Store

    for note in merged(folders, into):
        say(note)
    stamps = Store(into).contents().stamps.values()
    say(f"{into} holds {len(stamps):,} units, {sum(s.count for s in stamps):,} runs.")
