"""The scaling study: its parts are studies like others, and go through command, table and figure."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from minmaxbench.bench.scaling import FAMILIES, LARGE, load_studies, studies
from minmaxbench.bench.suites import SUITES
from minmaxbench.cli import app
from minmaxbench.problems.registry import get_problem
from minmaxbench.report import scaling as report


def test_the_studies_can_run_and_do_what_is_said():
    full = studies()
    assert SUITES.get("scaling")() == full[0]
    assert len({study.name for study in (*full, *studies(quick=True))}) == len(full) + len(
        studies(quick=True)
    )
    for study in (*full, *studies(quick=True)):
        if max(spec.dx for spec in study.problems) <= 1000:
            assert all(ref.build().dx == ref.dx for ref in study.problems)
    largest = {spec.dx: study.seeds for study in full for spec in study.problems}
    assert max(largest) == 1_000_000
    assert all(seeds >= 50 for d, seeds in largest.items() if d <= 10_000)
    assert {name for *_, families in LARGE for name in families} <= set(FAMILIES)


@pytest.mark.parametrize("name", FAMILIES)
def test_families_keep_the_constants_that_the_page_states(name):
    small, large = (get_problem(name, d).about for d in (4, 64))
    grows = {"f3_sum_d": 16, "f3_rotated_sum_d": 16}.get(name, 1)
    if np.isfinite(small.bounds[0]) and name != "f3_weighted_lift_d":
        assert large.bounds[0] / small.bounds[0] == pytest.approx(grows)
    shrinks = 1 / 16 if "mean" in name else 1
    assert large.smoothness / small.smoothness == pytest.approx(shrinks, rel=0.02)


def test_the_command_from_start_to_figure(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    small = [
        replace(study, problems=study.problems[:2], algorithms=study.algorithms[:2], seeds=3,
                budget=20, equilibrium_seeds=2)
        for study in studies(quick=True)
    ]  # fmt: skip
    monkeypatch.setattr("minmaxbench.bench.scaling.studies", lambda quick=False: tuple(small))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    done = CliRunner().invoke(app, ["scaling", "--quick", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "cannot tell" in done.output
    folder = tmp_path / "results" / "scaling-quick"
    kept = pd.read_parquet(folder / "runs.parquet")
    assert len(kept) == len(load_studies(tmp_path / "results", quick=True))
    # Two seeds of three are judged.
    assert set(kept.loc[kept["seed"] == 2, "equilibrium"]) == {""}
    assert "no equilibrium" in set(kept.loc[kept["seed"] == 0, "equilibrium"])
    assert set(pd.read_csv(folder / "growth.csv")["target"]) == set(report.TARGETS)
    assert (tmp_path / "plots" / "scaling-quick" / "iterations.png").stat().st_size > 10_000
    # Drawn and fitted again from what is kept, without running anything.
    again = report.growth_table(kept)
    assert len(again) == len(kept.groupby(["problem", "algorithm", "noise"]))
