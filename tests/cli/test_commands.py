"""The real command line in temporary folders: what works, and what bad input gets."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from minmaxbench import load
from minmaxbench.analysis.statistics import by_algorithm
from minmaxbench.cli import app

MINE = '''
from dataclasses import dataclass
from minmaxbench import planar, register
from minmaxbench.core.algorithm import Iterate, Memoryless

planar("cli_mine", title="mine", formula="x**2*y - y**2 + sin(x)", source="me", classes=())

@register("cli_damped", "me")
@dataclass(frozen=True)
class Damped(Memoryless):
    """GDA with weight decay."""

    eta: float = 0.05

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(0.99 * state.x - self.eta * gx, 0.99 * state.y + self.eta * gy)
'''


def cli(*arguments, cwd):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "minmaxbench", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=180,
    )  # fmt: skip


def with_interrupts(action):
    """The command line where Ctrl-C is default or ignored, whatever it is for the tests themselves."""
    code = (
        f"import os, signal, sys; signal.signal(signal.SIGINT, signal.{action});"
        "os.execv(sys.executable, [sys.executable, '-m', 'minmaxbench', *sys.argv[1:]])"
    )
    return [sys.executable, "-c", code]


def inside(*arguments):
    """Run it in this process: quicker, for what needs no process of its own."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


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
        assert len(pd.read_csv(tmp_path / "t.csv")) == 2
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
    runs = load(tmp_path / "results" / "study")
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
    ranking = by_algorithm(load(tmp_path / "results" / "study")).set_index("algorithm")
    assert ranking.loc["bad_damped", ["share", "problems"]].tolist() == [0, 1]
    alone = cli(
        "run", "--file", "bad.py", "-p", "ftr_f1", "-a", "bad_damped", "--seeds", 2, "--budget", 20,
        "--name", "alone", cwd=tmp_path,
    )  # fmt: skip
    assert alone.returncode == 1
    assert "Planned 2 runs, done 2, of which 2 ended in error" in alone.stdout


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_interrupt_ends_at_once_and_keeps_finished_units(tmp_path):
    chosen = [part for k in range(1, 11) for part in ("-a", f"gda:eta_x={k / 100}")]
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
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
    # What had not begun did not begin: two workers may each have ended one meanwhile.
    assert len(list(units.glob("*.parquet"))) <= before + 2


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
        load(tmp_path / out / "k").drop(columns=times).sort_values(order, ignore_index=True)
        for out in ("results", "fresh")
    )
    pd.testing.assert_frame_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "-p", "keswani_f4"], "did you mean keswani_f3"),
        (["run", "-p", "ftr_f1", "-a", "gdaa"], "did you mean gda"),
        (["run", "-p", "ftr_f1", "-a", "gda:etax=1"], "did you mean eta_x"),
        (["run", "-p", "ftr_f1", "-a", "gda:eta_x"], "name=value"),
        (["run", "-p", "ftr_f1", "--budget", "0"], "above 0"),
        (["run", "-p", "ftr_f1", "--seeds", "0"], "at least one seed"),
        (["run", "-p", "ftr_f1", "--start", "1,nan"], "finite"),
        (["run", "-p", "ftr_f1", "--start", "regio"], "did you mean region"),
        (["run", "-p", "bilinear_d", "--dim", "0"], "at least 1"),
        (["run", "-p", "ftr_f1", "--time-limit", "-1"], "above 0"),
        (["run", "-p", "ftr_f1", "--name", "a/b"], "name is made of"),
        (["run", "--suite", "papers"], "did you mean paper"),
        (["run", "--all", "--suite", "paper"], "one of --all"),
        (["run"], "Say what to run"),
        (["run", "-p", "ftr_f1", "--file", "absent.py"], "does not exist"),
        (["run", "-p", "ftr_f1", "--file", "broken.py"], "does not import: NameError.*line 2"),
        (["run", "-p", "ftr_f1", "--out", "/proc/none"], "cannot be written"),
        (["run", "-p", "ftr_f1", "-a", "greedy_max_theory"], "needs a bound b"),
        (["show", "keswani"], "did you mean keswani_f3"),
        (["show", "bilinear_d", "--plot"], "needs a planar problem"),
        (["show", "ftr_f1", "--dim", "3"], "dx = 1 and dy = 1 only"),
        (["list", "--class", "bilinearr"], "did you mean bilinear"),
        (["table", "nowhere"], "no results folder"),
        (["plot", "nowhere"], "no results folder"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, says, tmp_path, monkeypatch, capsys):
    import re

    from minmaxbench.cli import main

    (tmp_path / "broken.py").write_text("x = 1\nundefined_name\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["minmaxbench", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    error = " ".join(capsys.readouterr().err.split())
    assert error.startswith("Error:")
    assert re.search(says, error), error
    assert "Traceback" not in error


def test_wrong_tables_are_refused(tmp_path):
    done = cli("run", "-p", "ftr_f1", "-a", "gda", "--seeds", 2, "--budget", 9, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "results" / "study"
    for arguments, says in (
        (["--target", "0.3"], "recorded at"),
        (["--metric", "gap"], "distance, residual"),
        (["--by", "seed"], "valid names"),
        (["--csv", "/proc/none/t.csv"], "cannot be written"),
    ):
        result = cli("table", folder, *arguments, cwd=tmp_path)
        assert result.returncode == 2
        assert says in result.stderr


def test_lists_and_pages():
    problems = inside("list", "problems", "--class", "bilinear").output
    assert "bilinear_xy" in problems
    assert "keswani_f3" not in problems
    assert "keswani_f3" in inside("list", "--source", "Keswani").output
    assert "bilinear_d" in inside("list", "--dim", "7").output
    assert "greedy_max" in inside("list", "algorithms").output
    assert "paper" in inside("list", "suites").output
    page = inside("show", "keswani_f3").output
    for word in ("local minimax", "Keswani", "exp(", "\\frac", "flow: attracting limit cycle"):
        assert word in page
    assert "r_max = 20" in inside("show", "greedy_max").output
    assert "local Nash" in inside("show", "bilinear_d", "--dim", "3").output


def test_show_draws(tmp_path):
    assert inside("show", "forsaken", "--plot", "--plots", tmp_path).exit_code == 0
    assert (tmp_path / "forsaken.png").stat().st_size > 10_000
