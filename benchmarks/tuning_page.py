"""Put what `minmaxbench tune` has found into the package: settings and scores, figures, docs/fairness.md.

python -m benchmarks.tuning_page [FOLDER]

FOLDER is `results/tuning` by default; its `tuned.json` and `scores.parquet` are those of the command.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

from minmaxbench.bench.tuning.tuned import FILE, SCORES, Tuned, read
from minmaxbench.report.figures.tuning import draw_tuning
from minmaxbench.report.tuning import tunability_table, tuned_table

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- made by benchmarks/tuning_page.py -->", "<!-- end -->"


def summary(tuned: Tuned, table: pd.DataFrame) -> str:
    """What was found, in a few sentences."""
    found = tuned.algorithms.values()
    gains = pd.Series([one.default - one.score for one in found])
    kept = sum(not one.tuned for one in found)
    agree = sum(all(other == one.tuned for other in one.splits) for one in found)
    seen = table[table["problem"].isin(list(tuned.training))]
    return (
        f"Made by `{tuned.asked}`, version {tuned.version}, on {tuned.written[:10]}: "
        f"{len(found)} algorithms, {len(tuned.training)} training problems, "
        f"{seen['runs'].sum():,} runs, {seen['calls'].sum():,.0f} gradient calls. "
        f"Tuning lowers the score by {gains.median():.2f} in the median (a factor of "
        f"{10 ** gains.median():.1f} in calls), by {gains.max():.2f} at most; {kept} algorithms keep their "
        f"default; for {agree} all three splits of the problems choose the same setting. These scores are "
        "those on which settings were chosen: what they are worth elsewhere, `run --suite tuned` says."
    )


def page(text: str, tuned: Tuned, table: pd.DataFrame) -> str:
    """The text of docs/fairness.md with the tables of this tuning."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    made = [
        summary(tuned, table),
        tuned_table(tuned).to_markdown(),
        tunability_table(table, tuned.training).to_markdown(),
    ]
    return "\n\n".join([before + BEGIN, *(part.strip() for part in made), END + after])


def main() -> None:
    """Write everything."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "results" / "tuning"
    tuned, table = read(folder / FILE), pd.read_parquet(folder / SCORES)
    text = ROOT / "docs" / "fairness.md"
    text.write_text(page(text.read_text(encoding="utf-8"), tuned, table), encoding="utf-8")
    for name in (FILE, SCORES):
        shutil.copy(folder / name, ROOT / "minmaxbench" / "bench" / "tuning" / name)
    draw_tuning(table, tuned, ROOT / "plots" / "tuning")


if __name__ == "__main__":
    main()
