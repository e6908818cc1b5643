"""Are verdicts confirmed by ten times the budget? python benchmarks/verdicts.py

GDA on every planar problem, 100 seeds, 10,000 calls and 100,000: writes results/verdicts.csv, one row
a pair of verdicts, and prints it. Some minutes on two cores.
"""

import tempfile
from pathlib import Path

import pandas as pd

import minmaxbench as mb
from minmaxbench.problems.registry import names

KEYS = ["problem", "seed"]


def runs_with(budget: float, folder: str) -> pd.DataFrame:
    """GDA's runs on the planar problems."""
    name = f"verdicts-{budget:g}"
    results = mb.run(names("planar"), ["gda"], budget=budget, name=name, out=folder, jobs=2)
    return results.runs.set_index(KEYS)


def main() -> None:
    """Run both, compare, write, print."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = runs_with(1e4, folder), runs_with(1e5, folder).add_suffix("_10x")
    both = short.join(long)
    at_point = both["verdict"].isin(["equilibrium", "other point"])
    both["same_point"] = at_point & (both["nearest"] == both["nearest_10x"])
    groups = both.groupby(["verdict", "verdict_10x"])
    pairs = groups.agg(runs=("steps", "size"), same_point=("same_point", "sum")).reset_index()
    pairs.to_csv(Path("results") / "verdicts.csv", index=False)
    print(pairs.to_string(index=False))
    reached = both[at_point]
    kept = (reached["verdict"] == reached["verdict_10x"]) & reached["same_point"]
    late = reached[reached["outcome"] != "converged"]
    print(f"At a listed point: {len(reached)} runs, {kept.mean():.2%} confirmed;", end=" ")
    print(
        f"of those, {len(late)} had not converged to 1e-10, {kept[late.index].mean():.2%} confirmed."
    )
    changed = both[both["verdict"] != both["verdict_10x"]]
    print(changed.groupby(["problem", "verdict", "verdict_10x"]).size().to_string())


if __name__ == "__main__":
    main()
