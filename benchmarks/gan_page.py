"""Writes the results part of docs/gan.md, and the figures in plots/gan, from the runs in results/gan."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t

from minmaxbench.analysis.growth import fit_growth
from minmaxbench.report.figures.metrics import draw_metrics, in_units, metric_figure
from minmaxbench.report.metrics import interval
from minmaxbench.report.style import COLOURS, look, panels, save

ROOT = Path(__file__).parents[1]
GAN = ROOT / "results" / "gan"
MARK, END = "<!-- results -->", "<!-- end -->"
WIDTHS = (16, 32, 64, 128, 256, 512)
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
    """One row a run: parameters, iterations until all modes are covered, and whether they ever were.

    Where they were not, the iterations are those of the whole run: it is censored. At the start a blob in
    the middle is near to all modes: half the samples must be within 0.2 of one, too.
    """
    rows = []
    for _, run in runs.iterrows():
        names = ("trace_metric_modes", "trace_metric_quality", "trace_calls")
        modes, quality, calls = (np.asarray(run[name], float) for name in names)
        there = np.flatnonzero((modes == 4) & (quality >= 0.5))
        iterations = calls * run["steps"] / run["calls"]
        rows.append(
            (run["dx"] + run["dy"], iterations[there[0] if there.size else -1], there.size > 0)
        )
    return pd.DataFrame(rows, columns=["parameters", "iterations", "reached"])


def widths():
    """The runs of each width; those of 128 are the mixture's."""
    for width in WIDTHS:
        runs = load("mixture" if width == 128 else f"width{width}")
        if runs is not None:
            yield width, covered(runs[runs["algorithm"].str.contains("accept=mixture")])


def by_width(found):
    """One row a width: how many runs covered all modes, and after how many iterations."""
    for width, runs in found:
        # Censored runs are the longest: the median is known where fewer than half are censored.
        times = runs["iterations"].where(runs["reached"], np.inf).sort_values().to_numpy()
        first, middle = (
            f"{t:,.0f}" if np.isfinite(t) else f"over {runs['iterations'].max():,.0f}"
            for t in (times[0], times[(len(times) - 1) // 2])
        )
        share = f"{runs['reached'].sum()} of {len(runs)}"
        yield width, f"{runs['parameters'].iloc[0]:,}", share, first, middle


def draw_growth(found, fit):
    """Iterations against parameters, a point a run, open where censored; and the law that was fitted."""
    with look():
        figure, axes = panels(1, 1, (4.6, 3.2))
        ax = axes[0, 0]
        for k, (_, runs) in enumerate(found):
            apart = np.exp(np.linspace(-0.12, 0.12, len(runs)))
            x, y = runs["parameters"] * apart, runs["iterations"]
            seen = runs["reached"]
            ax.plot(
                x[seen], y[seen], "o", color=COLOURS[0], ms=4, label="covered" if not k else None
            )
            ax.plot(
                x[~seen], y[~seen], "^", color=COLOURS[1], fillstyle="none", ms=5,
                label="not covered by the end" if not k else None,
            )  # fmt: skip
        if np.isfinite(fit.exponent):
            every = pd.concat([runs for _, runs in found])
            x = np.array(sorted(set(every["parameters"])), float)
            middle = np.exp(np.log(every["iterations"][every["reached"]]).mean())
            centre = np.exp(np.log(every["parameters"][every["reached"]]).mean())
            ax.plot(
                x, middle * (x / centre) ** fit.exponent, color="#555555", lw=1,
                label=f"exponent {fit.exponent:.2f} ({fit.low:.2f}, {fit.high:.2f})",
            )  # fmt: skip
        ax.set(
            xscale="log", yscale="log", xlabel="parameters", ylabel="iterations to cover all modes"
        )
        ax.legend()
    save(figure, ROOT / "plots" / "gan" / "growth", ("png",))


def equilibria():
    """One row a point: how many are equilibria, by eps, and by which half of the definition they fail."""
    path = GAN / "equilibrium.csv"
    if not path.exists():
        return
    for algorithm, mine in pd.read_csv(path).groupby("algorithm"):
        cells = []
        for _, one in mine.groupby("part"):
            asked = one["improvement"].dropna()
            share = f"{asked.mean():.2g}" if len(asked) else "not asked"
            cells += [f"{(one['judgement'] == 'equilibrium').sum()} of {len(one)}", share]
        once = mine[mine["part"] == mine["part"].min()]
        yield short(algorithm), cell(once["slope_y"] / (once["eps"] / once["part"])), *cells


def main():
    page = ROOT / "docs" / "gan.md"
    lines = [MARK, "", "## What was run", ""]
    experiments = {name: runs for name in SHOWN if (runs := load(name)) is not None}
    there = "../plots/gan"
    for name, runs in experiments.items():
        draw_metrics(runs, ROOT / "plots" / "gan", unit="iterations")
        for unit in ("gradient calls", "seconds"):
            figure = metric_figure(in_units(runs, unit), SHOWN[name], unit)
            save(figure, ROOT / "plots" / "gan" / f"metrics-{name}-{unit.split()[-1]}", ("png",))
        lines += [
            f"`{name}` at the end, mean over seeds (95 % interval, Student's t). "
            f"Curves against iterations, [calls]({there}/metrics-{name}-calls.png), "
            f"[seconds]({there}/metrics-{name}-seconds.png); the [animation]({there}/samples-{name}.gif). "
            f"![curves]({there}/metrics-{name}.png) ![samples]({there}/samples-{name}.png)",
            "",
            *table(
                ("algorithm", "seeds", "iterations", "moves of x", *SHOWN[name]),
                by_algorithm(runs, SHOWN[name]),
            ),
        ]
    rows, found = differences(experiments), list(widths())
    every = pd.concat([runs for _, runs in found])
    fit = fit_growth(every["iterations"], every["parameters"], every["reached"])
    draw_growth(found, fit)
    lines += [
        f"The test less the coin, seed by seed; intervals that hold for all {len(rows)} together at 95 % "
        "(Student's t, Bonferroni):",
        "",
        *table(("experiment", "metric", "seeds", "difference", "difference seen"), rows),
        "Iterations until all four modes are covered, half the samples within 0.2 of one, at trace points:",
        "",
        *table(
            ("width", "parameters", "covered in time", "first", "lower median"), by_width(found)
        ),
        f"The law fitted to all {fit.runs} runs, {fit.runs - fit.reached} of them censored "
        f"(`minmaxbench.analysis.growth`): exponent {fit.exponent:.2f} ({fit.low:.2f}, {fit.high:.2f}), "
        f"{fit.verdict.value.replace('of d', 'of the parameters')}. ![growth](../plots/gan/growth.png)",
        "",
        "Which ends are (eps, 0.1)-equilibria, eps twice (then four times) the length of grad_y f at the",
        "start of the same seed; that length at the end, by the one at the start; the share of proposals",
        "that improve:",
        "",
        *table(("point", "length", "at 2", "improve", "at 4", "improve"), equilibria()),
    ]
    before, rest = page.read_text().split(MARK)
    page.write_text(before + "\n".join(lines) + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
