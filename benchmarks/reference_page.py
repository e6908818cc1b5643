"""Write what README shows of the reference study: python -m benchmarks.reference_page.

The table and the three findings between README's two marks, plots/reference/*.png, and
results/reference/headline.csv, all from the file that ships. Nothing is typed by hand.
"""

import re
from pathlib import Path

import numpy as np

from minmaxbench.analysis.findings import findings
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import costs
from minmaxbench.analysis.statistics import by_algorithm, by_problem, by_verdict
from minmaxbench.analysis.words import percent, span, whole
from minmaxbench.bench.reference import load
from minmaxbench.report.figures import profile_figure, rank_figure
from minmaxbench.report.style import save

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- reference: python -m benchmarks.reference_page -->", "<!-- end of reference -->"
FIRST = 8
"""So many of the best are in the table."""
KNOWN = ("gda", "gda_alt", "ogda", "extragradient", "greedy_max", "consensus")
"""And these, which everybody knows."""
TARGET = 1e-5


def is_tuned(runs):
    return runs["algorithm"].str.endswith("[tuned]")


def everywhere(runs):
    """The runs of algorithms that were run on every problem."""
    number = runs.groupby("algorithm")["problem"].nunique()
    return runs[runs["algorithm"].isin(number.index[number == number.max()])]


def gains(runs):
    """Of each algorithm with a tuned setting: its share with the default and with it, where both were run."""
    tuned = runs[is_tuned(runs)]
    seen = tuned[["problem", "method"]].drop_duplicates()
    default = runs[~is_tuned(runs)].merge(seen, on=["problem", "method"])
    shares = [
        by_algorithm(both.assign(algorithm=both["method"]), TARGET).set_index("algorithm")["share"]
        for both in (default, tuned)
    ]
    return {name: tuple(one[name] for one in shares) for name in sorted(tuned["method"].unique())}


def table(runs, gained):
    """A row an algorithm, default settings, the best first."""
    found = by_algorithm(runs, TARGET).reset_index(drop=True)
    place = ranking(costs(everywhere(runs), TARGET)).table["rank"]
    verdicts = by_verdict(runs).pivot(index="algorithm", columns="verdict", values="share")
    rows = found[(found.index < FIRST) | found["algorithm"].isin(KNOWN)]
    lines = [
        "| place | algorithm | within 1e-5 (95 %) | tuned | problems solved | median calls | mean rank "
        "| cycles, diverges |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    for number, row in rows.iterrows():
        name = row["algorithm"]
        before, after = gained.get(name, (np.nan, np.nan))
        lost = ", ".join(percent(verdicts[kind][name]) for kind in ("cycle", "diverged"))
        cells = (
            f"{number + 1}", f"[{name}](docs/algorithms.md#{name})",
            f"{percent(row['share'])} ({span(row['low'], row['high'])})",
            "" if np.isnan(after) else f"{percent(after)} (default {percent(before)})",
            f"{row['solved']} of {row['problems']}", whole(row["median_calls"]),
            f"{place[name]:.1f}" if name in place else "", lost,
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return lines, found


def three(runs, gained):
    """The three findings a reader should know, computed."""
    told = by_problem(runs, TARGET)
    told = told[told["solvable"]].assign(solved=lambda t: t["share"] >= 0.5)
    share = told.groupby("problem")["solved"].mean()
    verdicts = by_verdict(runs).set_index(["algorithm", "verdict"])["share"]
    lost = {kind: percent(verdicts["gda", kind]) for kind in ("equilibrium", "cycle", "diverged")}
    yield findings(everywhere(runs), TARGET).split(" Not run on")[0]
    yield (
        f"Of {len(share)} problems with a listed equilibrium, {int((share >= 0.5).sum())} are solved (in "
        f"half of the runs or more) by at least half of the algorithms, {int((share == 0).sum())} by none. "
        f"Plain GDA ends at an equilibrium in {lost['equilibrium']} of the runs of the average problem, "
        f"goes round for ever in {lost['cycle']}, and diverges in {lost['diverged']}."
    )
    if gained:
        change = np.array([after - before for before, after in gained.values()])
        best = max(gained, key=lambda name: gained[name][1] - gained[name][0])
        before, after = (percent(share) for share in gained[best])
        yield (
            f"On problems that tuning has not seen, a setting tuned for the whole suite is better than the "
            f"default for {int((change > 0).sum())} of {len(gained)} algorithms and worse for "
            f"{int((change < 0).sum())}; the median change is {100 * np.median(change):+.0f} points, the "
            f"largest gain that of {best}, {before} to {after}."
        )


def main():
    reference = load()
    runs = reference.runs
    plain = runs[~is_tuned(runs)]
    gained = gains(runs)
    lines, found = table(plain, gained)
    folder = ROOT / "results" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    found.to_csv(folder / "headline.csv", index=False)
    for name, make in (("profile", profile_figure), ("ranks", rank_figure)):
        shown = plain if name == "profile" else everywhere(plain)
        save(make(shown, asked=KNOWN), ROOT / "plots" / "reference" / name, ("png",))
    asked = reference.facts["study"]
    said = [f"{k}. {words}" for k, words in enumerate(three(plain, gained), 1)]
    block = [
        BEGIN,
        f"{plain['algorithm'].nunique()} algorithms on {plain['problem'].nunique()} planar problems, "
        f"{asked['seeds']} starts each, {asked['budget']:,.0f} gradient calls a run, default settings; "
        f"made {reference.facts['written'][:10]} by `python -m benchmarks.reference`.",
        "",
        *said,
        "",
        *lines,
        "",
        "![Share of runs near an equilibrium, against gradient calls](plots/reference/profile.png)",
        END,
    ]
    page = ROOT / "README.md"
    text = page.read_text("utf-8")
    pattern = re.escape(BEGIN) + ".*?" + re.escape(END)
    assert re.search(pattern, text, re.DOTALL), "README has no marks for the reference"
    page.write_text(re.sub(pattern, lambda _: "\n".join(block), text, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
