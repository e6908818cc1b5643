"""Command lines of anything: each is done, or refused in one sentence with exit code 2."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout

import pytest
from generated import fuzz
from hypothesis import given
from hypothesis import strategies as st

import minmaxbench as mb
from minmaxbench.bench.plan import draft
from minmaxbench.cli import main

VALUES = st.one_of(
    st.sampled_from(
        ["", " ", "0", "1", "2", "-1", ".05", "1/20", "1e308", "1e400", "nan", "inf", "true", "None",
         "00:00:00", "99999999999999999999", "ftr_f1", "keswani_f3", "bilinear_d", "bilinear_d:dx=2,dy=3",
         "gda", "GDA", "gda:eta_x=.1", "gda:eta_x=[.1,.2]", "greedy_max", "x*y", "x**2-y**2", "log(x)*y",
         "1,2", "1,2,3", "region", "near", "numpy", "cuda", "paper", "default", "all", "tuned", "best",
         "default,tuned", "problem", "verdict", "distance", "residual", "1e-5", "png,gif", "svg", "3/100",
         "0/1", "[bold]", "[/]", "..", "a/b", "~", "~nobody", "mine[/]", "é", "\ud800", "x" * 300,
         "/proc/none", "@S", "@S/units", "@S/manifest.json", "@T", "convex", "torus", "slurm", "dask://",
         "shared"]
    ),
    st.text(max_size=6).filter(lambda text: "\0" not in text),
    st.floats().map(str),
    st.integers().map(str),
)  # fmt: skip
OPTIONS = {
    "run": ["-p", "-a", "--suite", "--seeds", "--first-seed", "--settings", "--budget", "--dim",
            "--instance", "--start", "--gradient-noise", "--value-noise", "--time-limit", "--engine",
            "--device", "--name", "-j", "--executor", "--store", "--shard", "--out", "--plots", "--format",
            "--file", "--study", "--all"],
    "list": ["--class", "--property", "--dim", "--source", "--file"],
    "show": ["--dim", "--format", "--file", "--plots", ""],
    "table": ["--by", "--target", "--metric", "", ""],
    "compare": ["--target", "--metric", "", ""],
    "merge": ["--into", "", ""],
    "stability": ["--step", "--point", "--file", ""],
    "plot": ["--trajectories", "--metric", "--calls", "--format", ""],
    "check": ["--limit"],
    "certify": ["--x", "--y"],
}  # fmt: skip
FIRST = {
    "run": ["-p", "ftr_f1"], "show": ["ftr_f1"], "table": ["@S"], "compare": ["@S", "@S"],
    "stability": ["ftr_f1"], "plot": ["@S"], "merge": ["@S", "--into", "@T/new"],
}  # fmt: skip
"""What makes each a line that is done."""


@st.composite
def lines(draw):
    command = draw(st.sampled_from(list(OPTIONS)))
    line = [command, *(FIRST.get(command, []) if draw(st.integers(0, 3)) else [])]
    for _ in range(draw(st.integers(0 if command in FIRST else 1, 4))):
        option = draw(st.sampled_from(OPTIONS[command]))
        line += [word for word in (option, draw(VALUES)) if word != "" or option == ""]
    return line


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    place = tmp_path_factory.mktemp("commands")
    mb.run(["ftr_f1"], ["gda", "ogda"], seeds=2, budget=20, out=place, name="s")
    return place


@pytest.fixture(autouse=True)
def light(monkeypatch, places):
    """Studies are planned, not run; nothing is drawn; nothing is written where tests are run."""
    work = places / "here"
    work.mkdir(exist_ok=True)
    monkeypatch.chdir(work)
    monkeypatch.setattr(
        "minmaxbench.cli.run.run_and_report",
        lambda study, where, out, plots, formats, against: draft(study, out / study.name),
    )
    monkeypatch.setattr("minmaxbench.cli.plot.draw", lambda *given, **more: None)


@fuzz()
@given(lines())
def test_a_command_line_of_anything_is_done_or_refused_in_a_sentence(places, monkeypatch, line):
    words = [w.replace("@S", str(places / "s")).replace("@T", str(places)) for w in line]
    monkeypatch.setattr(sys, "argv", ["minmaxbench", *words])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    assert code in (0, 1, 2), (line, code)
    assert "Traceback" not in out.getvalue() + err.getvalue(), line
    assert (code == 2) == ("Error" in err.getvalue()), (line, code, err.getvalue())
