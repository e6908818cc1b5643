"""`minmaxbench run` in temporary folders, from its options to its figures; interrupted and killed, too."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from commands import MINE, cli, complaint, inside
from helpers import small_reference

from minmaxbench import load
from minmaxbench.analysis.statistics import by_algorithm


def with_interrupts(action):
    """The command line where Ctrl-C is default or ignored, whatever it is for the tests themselves."""
    code = (
        f"import os, signal, sys; signal.signal(signal.SIGINT, signal.{action});"
        "os.execv(sys.executable, [sys.executable, '-m', 'minmaxbench', *sys.argv[1:]])"
    )
    return [sys.executable, "-c", code]


def test_a_study_from_start_to_end(tmp_path):
    small = ["-p", "ftr_f1", "-p", "ftr_f2", "-a", "gda", "-a", "gda:eta_x=0.01,eta_y=0.1"]
    done = cli("run", *small, "--seeds", 5, "--budget", 100, "--name", "s", "-j", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Planned 20 runs, done 20" in done.stdout
    assert "gda(eta_x=0.01, eta_y=0.1)" in done.stdout
    plots = {p.name for p in (tmp_path / "plots" / "s").iterdir()}
    assert {
        "profile.png",
        "verdicts.png",
        "traces-distance.png",
        "trajectories-ftr_f1.png",
    } <= plots
    again = cli("run", *small, "--seeds", 5, "--budget", 100, "--name", "s", cwd=tmp_path)
    assert "20 runs are there already; 0 to go" in again.stdout
    folder = tmp_path / "results" / "s"
    for by in ("algorithm", "problem"):
        table = inside(
            "table", folder, "--by", by, "--target", "1e-1",
            "--csv", tmp_path / "t.csv", "--markdown", tmp_path / "t.md", "--latex", tmp_path / "t.tex",
        )  # fmt: skip
        assert table.exit_code == 0, table.output
        # One row an algorithm, or one a pair.
        assert len(pd.read_csv(tmp_path / "t.csv")) == (2 if by == "algorithm" else 4)
        assert "| --- |" in (tmp_path / "t.md").read_text()
        assert r"\toprule" in (tmp_path / "t.tex").read_text()
    drawn = inside("plot", folder, "--trajectories", "ftr_f2", "--plots", tmp_path / "p")
    assert (tmp_path / "p" / "s" / "trajectories-ftr_f2.png").is_file(), drawn.output
    assert inside("plot", folder, "--metric", "residual", "--plots", tmp_path / "p").exit_code == 0


def test_a_file_of_ones_own(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    done = cli(
        "run", "--file", "mine.py", "-p", "cli_mine", "-p", "ftr_f1", "-a", "cli_damped", "-a", "gda",
        "--seeds", 3, "--budget", 50, "-j", 2, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs = load(tmp_path / "results" / "study").runs
    assert set(runs["problem"]) == {"cli_mine", "ftr_f1"}
    assert set(runs["algorithm"]) == {"cli_damped", "gda"}
    shown = cli("show", "cli_mine", "--problem-file", "mine.py", cwd=tmp_path)
    assert "x**2*y - y**2 + sin(x)" in shown.stdout


def test_an_algorithm_that_raises_gives_exit_code_1(tmp_path):
    (tmp_path / "bad.py").write_text(
        MINE.replace("cli_", "bad_").replace(
            "gx, gy = oracle", "raise ArithmeticError('on purpose')\n        gx, gy = oracle"
        )
    )
    done = cli(
        "run", "--file", "bad.py", "-p", "ftr_f1", "-a", "bad_damped", "-a", "gda", "--seeds", 2,
        "--budget", 20, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert "on purpose" in done.stdout
    assert "of which 2 ended in error" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    # It is a failure in the ranking, not absent from it.
    ranking = by_algorithm(load(tmp_path / "results" / "study").runs).set_index("algorithm")
    assert ranking.loc["bad_damped", ["share", "problems"]].tolist() == [0, 1]
    said = done.stdout
    assert "2 of 4 runs ended in error and count as failures." in said
    assert (
        said.count("error, 2 runs, the first of bad_damped on ftr_f1: ArithmeticError: on purpose")
        == 1
    )
    pictures = {p.name for p in (tmp_path / "plots" / "study").iterdir()}
    assert {"profile.png", "verdicts.png", "traces-distance.png"} <= pictures
    alone = cli(
        "run", "--file", "bad.py", "-p", "ftr_f1", "-a", "bad_damped", "--seeds", 2, "--budget", 20,
        "--name", "alone", cwd=tmp_path,
    )  # fmt: skip
    assert alone.returncode == 1
    assert "Planned 2 runs, done 2, of which 2 ended in error" in alone.stdout
    assert "All 2 runs ended in error; the first message is: ArithmeticError" in alone.stdout
    assert "No problem of this study" not in alone.stdout
    assert (tmp_path / "plots" / "alone" / "verdicts.png").is_file()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_ends_at_once_and_keeps_finished_units(tmp_path, sent, code):
    # Settings of one algorithm would be one unit.
    names = ["gda", "gda_alt", "gdmax", "ogda", "popov", "extragradient", "eg_plus", "graal", "fbf"]
    chosen = [part for name in names for part in ("-a", name)]
    run = subprocess.Popen(
        [*with_interrupts("SIG_DFL"), "run", "-p", "bilinear_xy", *chosen, "--seeds", "50",
         "--budget", "10000", "-j", "2"],
        cwd=tmp_path, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    units = tmp_path / "results" / "study" / "units"
    while not list(units.glob("*.parquet")):
        assert run.poll() is None
        time.sleep(0.02)
    before = len(list(units.glob("*.parquet")))
    # Ctrl-C reaches all processes of a terminal; a batch system's signal, the first one.
    os.killpg(run.pid, sent) if sent is signal.SIGINT else run.send_signal(sent)
    _, said = run.communicate(timeout=60)
    assert run.returncode == code
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    # What had not begun did not begin: two workers may each have ended one meanwhile.
    assert len(list(units.glob("*.parquet"))) <= before + 2
    # What was cut off has no row: it is nobody's error.
    assert "error" not in set(load(units.parent).runs["outcome"])


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_a_study_in_the_background_ignores_interrupts(tmp_path):
    run = subprocess.Popen(
        [*with_interrupts("SIG_IGN"), "run", "-p", "bilinear_xy", "-a", "gda", "-a", "ogda",
         "-a", "popov", "--seeds", "20", "--budget", "3000", "-j", "2"],
        cwd=tmp_path, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    units = tmp_path / "results" / "study" / "units"
    while not list(units.glob("*.parquet")):
        assert run.poll() is None
        time.sleep(0.02)
    began = {p.name: p.stat().st_mtime_ns for p in units.glob("*.parquet")}
    os.killpg(run.pid, signal.SIGINT)
    said, _ = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "done 60, of which 0 ended in error" in said
    assert all((units / name).stat().st_mtime_ns == when for name, when in began.items())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path):
    command = ["run", "--suite", "default", "--seeds", "2", "--budget", "300", "-j", "2"]
    run = subprocess.Popen(
        [sys.executable, "-m", "minmaxbench", *command], cwd=tmp_path, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    units = tmp_path / "results" / "default" / "units"
    while not list(units.glob("*.parquet")):
        assert run.poll() is None
        time.sleep(0.02)
    session = os.getsid(run.pid)
    run.kill()
    run.wait()

    def alive():
        for process in Path("/proc").iterdir():
            try:
                words = (process / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # State and session of a process: a zombie has ended.
            if words[0] != "Z" and words[3] == str(session):
                yield process.name

    deadline = time.monotonic() + 30
    while left := list(alive()):
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_killed_and_resumed(tmp_path):
    command = [
        "run",
        "--suite",
        "default",
        "--seeds",
        "2",
        "--budget",
        "300",
        "--name",
        "k",
        "-j",
        "1",
    ]
    run = subprocess.Popen(
        [sys.executable, "-m", "minmaxbench", *command], cwd=tmp_path, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    units = tmp_path / "results" / "k" / "units"
    while not (units.is_dir() and len(list(units.glob("*.parquet"))) >= 3):
        assert run.poll() is None
        time.sleep(0.02)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    part = ["run", "-p", "adolphs_cesp", "-p", "bilinear_d", "-a", "greedy_max", "-a", "gda"]
    rest = ["--seeds", "2", "--budget", "300", "--name", "k", "-j", "1"]
    resumed = cli(*part, *rest, cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert "runs are there already" in resumed.stdout
    fresh = cli(*part, *rest, "--out", "fresh", cwd=tmp_path)
    assert fresh.returncode == 0
    times = ["seconds", "step_seconds", "unit_seconds"]
    order = ["problem", "algorithm", "seed"]
    a, b = (
        load(tmp_path / out / "k").runs.drop(columns=times).sort_values(order, ignore_index=True)
        for out in ("results", "fresh")
    )
    # The folder of the killed study may hold other pairs, too.
    asked = a["problem"].isin(b["problem"]) & a["algorithm"].isin(b["algorithm"])
    pd.testing.assert_frame_equal(a[asked].reset_index(drop=True), b)


def test_shards_of_a_job_array_merge(tmp_path):
    asked = ("run", "-p", "ftr_f1", "-a", "gda", "-a", "ogda", "--seeds", 2, "--budget", 20)
    for k in (1, 2):
        done = inside(*asked, "--shard", f"{k}/2", "-j", 1, "--out", tmp_path / str(k))
        assert done.exit_code == 0, done.output
        assert "Planned 2 runs, done 2" in done.output
    folders = [tmp_path / str(k) / "study" for k in (1, 2)]
    done = inside("merge", *folders, "--into", tmp_path / "all")
    assert done.exit_code == 0
    assert "holds 2 units, 4 runs." in " ".join(done.output.split())
    done = inside(*asked, "--shard", "3/3", "-j", 1, "--out", tmp_path / "none")
    assert done.exit_code == 0
    assert "Part 3 of 3 holds no unit" in done.output


@pytest.mark.parametrize("shard", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_a_shard_is_a_part(shard, monkeypatch, capsys):
    arguments = ["run", "-p", "ftr_f1", "-a", "gda", "--shard", shard]
    assert f"got '{shard}'" in complaint(arguments, monkeypatch, capsys)


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--executor", "dusk", "There is no executor named 'dusk'"),
        ("--executor", "slurm", "needs a table 'cluster'"),
        ("--store", "cloud", "There is no store named 'cloud'"),
    ],
)
def test_a_wrong_executor_is_refused_before_anything_is_made(
    option, value, says, tmp_path, monkeypatch, capsys
):
    pytest.importorskip("dask_jobqueue")
    arguments = ["run", "-p", "ftr_f1", "-a", "gda", option, value, "--out", tmp_path / "out"]
    assert says in complaint(arguments, monkeypatch, capsys)
    assert not (tmp_path / "out").exists()


def test_plan_tells_and_keeps_nothing(tmp_path, monkeypatch):
    from minmaxbench.bench import forecast

    monkeypatch.setattr(forecast, "TRYING", 0.0)
    monkeypatch.setattr(sys.modules["minmaxbench.cli.plan"], "TOGETHER", 0.0)
    (tmp_path / "s.toml").write_text(
        'problems = ["ftr_f1"]\nalgorithms = ["gda"]\nseeds = 5\nbudget = 30\n'
    )
    done = inside("plan", tmp_path / "s.toml", "--out", tmp_path / "out", "--seeds", 7)
    assert done.exit_code == 0, done.output
    assert "1 units, 7 runs, at most 210 gradient calls" in done.output
    assert "processes (-j 1)" in done.output
    assert not (tmp_path / "out").exists()


def test_plan_of_nothing(monkeypatch, capsys):
    assert "is neither a study file nor a suite" in complaint(["plan", "x"], monkeypatch, capsys)


@pytest.fixture
def a_reference(tmp_path, monkeypatch):
    """A reference of two problems and two algorithms in the place of the one that ships."""
    from minmaxbench.bench import reference

    _, path = small_reference(tmp_path, seeds=6, budget=200.0)
    load_it = reference.load
    monkeypatch.setattr(reference, "load", lambda: load_it(path))


def test_against_the_reference_only_ones_own_runs(tmp_path, a_reference):
    done = inside(
        "run", "-a", "extragradient", "--against", "reference", "--out", tmp_path / "r",
        "--plots", tmp_path / "p", "-j", 1,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "Planned 12 runs, done 12" in done.output
    said = " ".join(done.output.split())
    assert "→extragradient" in said
    assert re.search(r"place \d of \d on 2 problems", said)
    folder = tmp_path / "r" / "against-reference"
    page = (folder / "report.html").read_text("utf-8")
    assert 'class="asked"' in page
    assert set(load(folder).runs["algorithm"]) == {"extragradient"}
    assert {p.name for p in (tmp_path / "p" / "against-reference").iterdir()} == {
        "profile.png",
        "ranks.png",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--against", "reference"], "Say which algorithm"),
        (["--against", "refrence", "-a", "gda"], "did you mean reference"),
        (["--against", "reference", "-a", "gda", "--budget", "5"], "'budget' is as the reference"),
        (["--against", "reference", "-a", "gda", "--all"], "leave out --all"),
        (["--against", "reference", "-a", "gda", "-p", "keswani_f3"], "problem of the reference"),
    ],
)
def test_against_the_reference_nothing_else_can_be_chosen(
    options, said, a_reference, monkeypatch, capsys
):
    assert said in complaint(["run", *options], monkeypatch, capsys)


def test_a_reference_that_is_stale_is_refused_before_anything_runs(
    tmp_path, a_reference, monkeypatch, capsys
):
    from minmaxbench.bench import reference

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(reference, "_problem", lambda name: "changed")
    said = complaint(["run", "-a", "gda", "--against", "reference"], monkeypatch, capsys)
    assert "The reference is stale: Left out of the reference" in said
    assert not (tmp_path / "results").exists()


def test_format_none_draws_no_figure_and_loads_nothing_to_draw_with(tmp_path):
    arguments = ["run", "-p", "ftr_f1", "-a", "gda", "--seeds", "2", "--budget", "20"]
    arguments += ["--format", "none", "--out", str(tmp_path / "r"), "--plots", str(tmp_path / "p")]
    code = f"""
import sys
from minmaxbench.cli import main
sys.argv = ["minmaxbench", *{arguments}]
try:
    main()
except SystemExit as done:
    assert not done.code
assert "matplotlib" not in sys.modules
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not (tmp_path / "p").exists()
