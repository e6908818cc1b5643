"""Writes the results part of docs/gan.md, and the figures in plots/gan, from the runs in results/gan."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from minmaxbench.report.figures.metrics import draw_metrics
from minmaxbench.report.metrics import interval

ROOT = Path(__file__).parents[1]
GAN = ROOT / "results" / "gan"
MARK, END = "<!-- results -->", "<!-- end -->"
SHOWN = {
    "mixture": ("modes", "modes_hit", "quality", "tv", "swd"),
    "gda": ("modes", "modes_hit", "quality", "tv", "swd"),
    "mnist": ("ones", "ones_gap", "frechet"),
    "digits": ("ones", "ones_gap", "frechet"),
}
AGAINST = {
    "mixture": ("accept=mixture", "accept=coin", ("modes", "quality", "tv", "swd")),
    "mnist": ("accept=images", "accept=coin_both", ("ones_gap", "frechet")),
    "digits": ("accept=images", "accept=coin_both", ("ones_gap", "frechet")),
}
"""The test and the coin, and by what they are compared; what is not run is not compared."""


def load(name):
    """All runs of an experiment; None where there is none."""
    paths = sorted((GAN / name).glob("*.parquet"))
    if not paths:
        return None
    frame = pd.concat([pd.read_parquet(path) for path in paths])
    return frame.assign(problem=name, method=frame["algorithm"].str.split("(").str[0])


def cell(values):
    """Mean and interval; a lone value as it is."""
    mean, low, high = interval(np.asarray(values, float))
    return f"{mean:.3g}" if np.isnan(low) else f"{mean:.3g} ({low:.3g}, {high:.3g})"


def table(head, rows):
    """Markdown."""
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"
    yield ""


def short(label):
    """Without what all have."""
    rates = "eta_x=0.0002, eta_y=0.0002"
    return label.replace(f"({rates})", "").replace(f"{rates}, ", "")


def by_algorithm(runs, names):
    """One row an algorithm."""
    for algorithm, mine in runs.groupby("algorithm"):
        ends = [cell(mine[f"metric_{name}"]) for name in names]
        iterations = f"{mine['steps'].max():,.0f}"
        yield short(algorithm), len(mine), iterations, cell(mine["acceptance"]), *ends


def differences(experiments):
    """The test less the coin, seed by seed, at one level for all comparisons together."""
    rows, pairs = [], []
    for name, (test, coin, metrics) in AGAINST.items():
        runs = experiments.get(name)
        if runs is None:
            continue
        one, other = (
            runs[runs["algorithm"].str.contains(rf"{what}[,)]")].set_index("seed")
            for what in (test, coin)
        )
        seeds = one.index.intersection(other.index)
        if len(seeds) > 1:
            pairs += [
                (name, m, (one[f"metric_{m}"] - other[f"metric_{m}"]).loc[seeds]) for m in metrics
            ]
    for name, metric, gap in pairs:
        n = len(gap)
        half = t.ppf(1 - 0.025 / len(pairs), n - 1) * gap.std(ddof=1) / n**0.5
        mean = gap.mean()
        seen = "yes" if abs(mean) > half else "no"
        rows.append((name, metric, n, f"{mean:.3g} ({mean - half:.3g}, {mean + half:.3g})", seen))
    return rows


def covered(runs):
    """Iterations until all modes are covered for the first time; infinite where that never comes.

    At the start a blob in the middle is near to all modes: half the samples must be within 0.2 of one, too.
    """
    found = []
    for _, run in runs.iterrows():
        names = ("trace_metric_modes", "trace_metric_quality", "trace_calls")
        modes, quality, calls = (np.asarray(run[name], float) for name in names)
        there = np.flatnonzero((modes == 4) & (quality >= 0.5))
        found.append(calls[there[0]] / 4 if there.size else np.inf)
    return np.sort(found)


def widths():
    """One row a width: how many runs covered all modes, and after how many iterations."""
    for width in (16, 32, 64, 128, 256, 512):
        runs = load(f"width{width}") if width != 128 else load("mixture")
        if runs is None:
            continue
        runs = runs[runs["algorithm"].str.contains("accept=mixture")]
        times = covered(runs)
        # Censored runs are the longest: the median is known where fewer than half are censored.
        middle = times[(len(times) - 1) // 2]
        median = f"{middle:,.0f}" if np.isfinite(middle) else "over 1,500"
        parameters = f"{runs['dx'].iloc[0] + runs['dy'].iloc[0]:,}"
        first = f"{times[0]:,.0f}" if np.isfinite(times[0]) else "over 1,500"
        yield width, parameters, f"{np.isfinite(times).sum()} of {len(times)}", first, median


def equilibria():
    """One row a point and eps: how many are what."""
    path = GAN / "equilibrium.csv"
    if not path.exists():
        return
    for (part, algorithm), mine in pd.read_csv(path).groupby(["part", "algorithm"]):
        said = ", ".join(f"{n} {what}" for what, n in mine["judgement"].value_counts().items())
        asked = mine["improvement"].dropna()
        share = cell(asked) if len(asked) else "not asked: too steep"
        yield algorithm, f"{part:g}", said, cell(mine["slope_y"]), share


def main():
    page = ROOT / "docs" / "gan.md"
    lines = [MARK, "", "## What was run", ""]
    experiments = {name: runs for name in SHOWN if (runs := load(name)) is not None}
    for name, runs in experiments.items():
        draw_metrics(runs, ROOT / "plots" / "gan")
        lines += [
            f"`{name}` at the end, mean over seeds (95 % interval, Student's t). "
            f"![curves](../plots/gan/metrics-{name}.png) ![samples](../plots/gan/samples-{name}.png)",
            "",
            *table(
                ("algorithm", "seeds", "iterations", "moves of x", *SHOWN[name]),
                by_algorithm(runs, SHOWN[name]),
            ),
        ]
    rows = differences(experiments)
    lines += [
        f"The test less the coin, seed by seed; intervals that hold for all {len(rows)} together at 95 % "
        "(Student's t, Bonferroni):",
        "",
        *table(("experiment", "metric", "seeds", "difference", "difference seen"), rows),
        "Iterations until all four modes are covered, half the samples within 0.2 of one, at trace points:",
        "",
        *table(("width", "parameters", "covered within 1,500", "first", "lower median"), widths()),
        "Which ends are (eps, 0.1)-equilibria; eps in lengths of grad_y f at the start:",
        "",
        *table(
            ("point", "eps", "judgement", "length of grad_y f", "proposals that improve"),
            equilibria(),
        ),
    ]
    before, rest = page.read_text().split(MARK)
    page.write_text(before + "\n".join(lines) + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
