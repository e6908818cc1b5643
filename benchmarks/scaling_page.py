"""Write the numbers of docs/scaling.md, the tables and the figures from the runs kept in results/scaling.

python benchmarks/scaling_page.py runs nothing; `minmaxbench scaling` made the runs.
"""

from pathlib import Path

import pandas as pd

from minmaxbench.report import scaling as report
from minmaxbench.report.figures.scaling import draw_scaling

ROOT = Path(__file__).parent.parent


def markdown(table: pd.DataFrame) -> list[str]:
    """A table as Markdown lines."""
    rows = [list(table.columns), ["---"] * table.shape[1], *table.astype(str).to_numpy().tolist()]
    return ["| " + " | ".join(row) + " |" for row in rows]


def seeds(runs: pd.DataFrame) -> list[str]:
    """Dimensions, seeds, budgets and algorithms of each study."""
    groups = runs.groupby("study", sort=False)
    table = groups.agg(
        families=("problem", "nunique"),
        dimensions=("dx", lambda d: ", ".join(f"{n:,}" for n in sorted(set(d)))),
        algorithms=("algorithm", "nunique"),
        seeds=("seed", "nunique"),
        budget=("budget", "max"),
        runs=("seed", "size"),
    ).reset_index()
    table["budget"] = [f"{b:,.0f}" for b in table["budget"]]
    return markdown(table)


def growth(runs: pd.DataFrame) -> list[str]:
    """Exponents for the first target, and where they stand for the finer ones."""
    lines = []
    for target in report.TARGETS:
        table = report.growth_table(runs, target)
        if target != report.TARGETS[0]:
            # The finer targets only where somebody got there.
            table = table[table["why"] != "no run reached the target"]
        lines += [f"**Distance ≤ {target:g}**", "", *markdown(table), ""]
    return lines


def theorem(runs: pd.DataFrame) -> list[str]:
    """The theorem's bound beside what was spent."""
    table = report.theorem_table(runs)
    text = table[["problem"]].copy()
    text["d"] = [f"{d:,}" for d in table["d"]]
    for name in ("b", "L", "outer", "inner", "calls"):
        text[name] = [f"{v:.3g}" for v in table[name]]
    text["calls spent, median"] = [f"{v:,.0f}" for v in table["spent"]]
    text["stopped itself"] = [f"{v:.0%}" for v in table["stopped"]]
    text["final distance, median"] = [f"{v:.3g}" for v in table["distance"]]
    return markdown(text)


def main() -> None:
    """Fill in the page."""
    runs = pd.read_parquet(ROOT / "results" / "scaling" / "runs.parquet")
    report.write_tables(runs, ROOT / "results" / "scaling")
    draw_scaling(runs, ROOT / "plots" / "scaling")
    page = ROOT / "docs" / "scaling.md"
    text = page.read_text()
    for name, lines in (
        ("studies", seeds(runs)),
        ("growth", growth(runs)),
        ("theorem", theorem(runs)),
    ):
        head, rest = text.split(f"<!-- {name}: benchmarks/scaling_page.py -->")
        tail = rest.split(f"<!-- end of {name} -->")[1]
        middle = "\n".join(lines)
        text = f"{head}<!-- {name}: benchmarks/scaling_page.py -->\n{middle}\n<!-- end of {name} -->{tail}"
    page.write_text(text)


if __name__ == "__main__":
    main()
