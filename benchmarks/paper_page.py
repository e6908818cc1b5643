"""Write the numbers of docs/paper.md from results/paper: python benchmarks/paper_page.py.

Run `minmaxbench run --suite paper` first.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ks_2samp

import minmaxbench as mb
from minmaxbench.analysis.statistics import calls_to, wilson
from minmaxbench.bench.judged import judge_runs

ROOT = Path(__file__).parent.parent
JUDGED = 200
"""The final points of so many seeds are asked whether they are (eps, omega)-equilibria."""
BEGIN, END = "<!-- numbers: benchmarks/paper_page.py -->", "<!-- end of numbers -->"


def interval(count: int, n: int) -> str:
    """A share with its 95 % interval."""
    low, high = wilson(count, n)
    return f"{100 * count / n:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def shares(counts: pd.Series, n: int) -> str:
    """How many of n runs are what."""
    return ", ".join(f"{100 * count / n:.1f} % {name}" for name, count in counts.items())


def rows() -> list[str]:
    """A Markdown table: how runs ended, how near to the equilibrium, at which cost."""
    runs = mb.load(ROOT / "results" / "paper").runs
    lines = [
        "| function | algorithm | ended | verdict | within 0.5 of the equilibrium | (eps, omega)-equilibrium "
        "| final distance, median (10 % to 90 %) | gradient calls, median | ascent steps, median "
        "| proposals, median |",
        "|" + "---|" * 10,
    ]
    for (problem, algorithm), mine in runs.groupby(["problem", "algorithm"]):
        n, ended = len(mine), mine["outcome"].value_counts()
        known = mine["equilibria"].max() > 0
        distance = mine["distance"].to_numpy()
        low, middle, high = np.quantile(distance, [0.1, 0.5, 0.9]) if known else [np.nan] * 3
        near = interval(int((distance <= 0.5).sum()), n) if known else "no equilibrium"
        if not known:
            where = "-"
        elif middle > 1e3:
            where = "infinite"
        else:
            where = f"{middle:.3f} ({low:.3f} to {high:.3f})"
        greedy = algorithm.startswith("greedy")
        few = mine[mine["seed"] < JUDGED]
        passed = int((judge_runs(few)["equilibrium"] == "equilibrium").sum())
        lines.append(
            f"| {problem} | {algorithm} | {shares(ended, n)} | {shares(mine['verdict'].value_counts(), n)}"
            + f" | {near} | {interval(passed, len(few))} | {where} | {mine['calls'].median():,.0f} | "
            + (f"{mine['grad_y_calls'].median():,.0f}" if greedy else "-")
            + " | "
            + (f"{mine['value_calls'].median():,.0f}" if greedy else "-")
            + " |"
        )
    first = calls_to(runs[runs["problem"] != "ftr_f2"], 1e-1).groupby(runs["algorithm"])
    passed = ", ".join(f"{name} {np.isfinite(hits).mean():.1%}" for name, hits in first)
    lines += ["", f"Runs on F1 and F3 that came within 0.1 at any time: {passed}.", ""]
    same = []
    for problem in ("ftr_f1", "keswani_f3"):
        mine = runs[runs["problem"] == problem].set_index("algorithm")["distance"]
        p = ks_2samp(mine["greedy_max"], mine["greedy_max_program"]).pvalue
        same.append(f"p = {p:.2f} on {problem}")
    lines.append(
        "Final distances of greedy_max and greedy_max_program, two-sample Kolmogorov-Smirnov test: "
        + ", ".join(same)
        + "."
    )
    return lines


if __name__ == "__main__":
    page = ROOT / "docs" / "paper.md"
    head, rest = page.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    page.write_text(f"{head}{BEGIN}\n" + "\n".join(rows()) + f"\n{END}{tail}")
    print("\n".join(rows()))
