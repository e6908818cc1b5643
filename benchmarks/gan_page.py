"""Writes the results part of docs/gan.md, and the figures in plots/gan, from the runs in results/gan."""

from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.report.figures.metrics import draw_metrics
from minmaxbench.report.metrics import interval

ROOT = Path(__file__).parents[1]
MARK = "<!-- results -->"
SHOWN = {
    "mixture": ("modes", "modes_hit", "quality", "tv", "swd"),
    "mnist": ("ones", "ones_gap", "frechet"),
}
RATE = "acceptance"


def load(folder):
    """All runs of an experiment."""
    frame = pd.concat([pd.read_parquet(p) for p in sorted(folder.glob("*.parquet"))])
    return frame.assign(problem=folder.name, method=frame["algorithm"].str.split("(").str[0])


def cell(values):
    """Mean and interval; a lone value as it is."""
    mean, low, high = interval(np.asarray(values, float))
    return f"{mean:.3g}" if np.isnan(low) else f"{mean:.3g} ({low:.3g}, {high:.3g})"


def table(runs, names):
    """One row an algorithm."""
    yield "| algorithm | seeds | moves of x | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 3) + "|"
    for algorithm, mine in runs.groupby("algorithm"):
        cells = [cell(mine[f"metric_{name}"]) for name in names]
        yield f"| {algorithm} | {len(mine)} | {cell(mine[RATE])} | " + " | ".join(cells) + " |"


def main():
    page = ROOT / "docs" / "gan.md"
    lines = [MARK, "", "## What was run", ""]
    for name, shown in SHOWN.items():
        folder = ROOT / "results" / "gan" / name
        if not any(folder.glob("*.parquet")):
            lines += [f"`{name}`: not run yet (`python benchmarks/gan_runs.py {name}`).", ""]
            continue
        runs = load(folder)
        draw_metrics(runs, ROOT / "plots" / "gan")
        calls = f"{runs['calls'].max():,.0f}"
        lines += [
            f"`{name}`: at {calls} gradient calls, mean over seeds (95 % interval, Student's t). "
            f"![curves](../plots/gan/metrics-{name}.png) ![samples](../plots/gan/samples-{name}.png)",
            "",
            *table(runs, shown),
            "",
        ]
    text = page.read_text().split(MARK)
    rest = text[1].split("<!-- end -->")[1] if "<!-- end -->" in page.read_text() else "\n"
    page.write_text(text[0] + "\n".join(lines) + "<!-- end -->" + rest)


if __name__ == "__main__":
    main()
