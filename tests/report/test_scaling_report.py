"""The scaling study on paper: its tables and its figures, from runs made by hand."""

import numpy as np
import pandas as pd
import pytest

from minmaxbench.record.targets import hit_column
from minmaxbench.report import scaling
from minmaxbench.report.figures.scaling import draw_scaling


@pytest.fixture(scope="module")
def runs():
    """Two families: on one nothing depends on d, on the other calls grow like d; one method stops."""
    rng = np.random.default_rng(0)
    rows = []
    for study, noise in (("scaling", 0.0), ("scaling-noise-0.1", 0.1), ("scaling-proposals", 0.0)):
        for family, power in (("f3_equivariant_d", 0), ("ncsc_quadratic_d", 1)):
            for method in ("greedy_max", "gda"):
                for d in (2, 4, 8, 16):
                    for seed in range(6):
                        calls = 50 * d**power * rng.uniform(0.9, 1.1)
                        rows.append(_row(study, noise, family, method, d, seed, calls))
    return pd.DataFrame(rows)


def _row(study, noise, family, method, d, seed, calls):
    arrives = method == "greedy_max"
    row = dict.fromkeys(scaling.KEPT, np.nan) | {
        "study": study, "noise": noise, "problem": family, "dx": d, "dy": d, "algorithm": method,
        "method": method, "seed": seed, "budget": 4000.0, "calls": 2 * calls, "steps": 100,
        "step_seconds": 1e-3, "distance": 0.1 if arrives else 3.0, "residual": 0.1, "value": 0.0,
        "outcome": "stopped" if arrives else "budget", "equilibrium": "equilibrium",
    }  # fmt: skip
    for target in scaling.TARGETS:
        row[hit_column("distance", target)] = calls if arrives and target > 0.1 else np.nan
    return row


def test_exponents_are_those_that_were_put_in(runs):
    table = scaling.growth_table(runs[runs["study"] == "scaling"]).set_index(
        ["problem", "algorithm"]
    )
    flat = table.loc[("f3_equivariant_d", "greedy_max")]
    assert flat["verdict"] == "independent of d"
    assert abs(float(flat["calls ~ d^p, p"])) < 0.05
    steep = table.loc[("ncsc_quadratic_d", "greedy_max")]
    assert steep["verdict"] == "grows"
    assert float(steep["calls ~ d^p, p"]) == pytest.approx(1, abs=0.1)
    never = table.loc[("ncsc_quadratic_d", "gda")]
    assert (never["verdict"], never["calls ~ d^p, p"]) == ("cannot tell", "-")
    assert never["reached at these"] == "0 %, 0 %"
    assert never["d"] == "2 to 16"


def test_noise_has_a_column_where_there_is_some(runs):
    assert "noise" in scaling.growth_table(runs)
    assert "noise" not in scaling.growth_table(runs[runs["noise"] == 0])


def test_the_theorem_stands_beside_what_was_spent(runs):
    table = scaling.theorem_table(runs)
    # The quadratics have no bound b.
    assert set(table["problem"]) == {"f3_equivariant_d"}
    assert table["stopped"].tolist() == [1.0] * 4
    assert (table["spent"] < table["calls"]).all()
    old = runs.assign(outcome=runs["outcome"].replace("stopped", "r_max"))
    assert scaling.theorem_table(old)["stopped"].tolist() == [1.0] * 4


def test_tables_and_runs_are_kept(runs, tmp_path):
    paths = scaling.write_tables(runs, tmp_path / "t")
    assert [p.name for p in paths] == ["growth.csv", "by_dimension.csv", "theorem.csv"]
    assert set(pd.read_csv(paths[0])["target"]) == set(scaling.TARGETS)
    scaling.keep_runs(runs.assign(trace_x=0.0), tmp_path / "t" / "runs.parquet")
    kept = pd.read_parquet(tmp_path / "t" / "runs.parquet")
    assert len(kept) == len(runs)
    assert "trace_x" not in kept


def test_figures_in_every_format(runs, tmp_path):
    paths = draw_scaling(runs, tmp_path, formats=("png", "pdf"))
    assert sorted(p.name for p in paths) == sorted(
        f"{page}.{ending}"
        for page in ("iterations", "noise", "proposals")
        for ending in ("png", "pdf")
    )
    assert all(p.stat().st_size > 10_000 for p in paths)
