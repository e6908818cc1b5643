"""Clusters: results equal local ones; what is lost is run again; what cannot work is one sentence."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.executors import _collected, cluster, elsewhere, run_plan
from minmaxbench.bench.executors.elsewhere import Luggage, luggage_of
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.results import runs_of
from minmaxbench.bench.studyfile import read_study
from minmaxbench.bench.unit import Answer
from minmaxbench.problems.registry import PROBLEMS

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

TIMES = ["seconds", "step_seconds", "unit_seconds"]
FILE = """
import os, sys
from dataclasses import dataclass
import minmaxbench as mb
from helper_of_cluster_test import SHRINK

mb.planar("cluster_saddle", "x**2 - y**2 + x*y")

@mb.register("cluster_rule", "a test")
@dataclass(frozen=True)
class Rule(mb.Memoryless):
    "Shrinks."
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(SHRINK * state.x - 0.1 * gx, SHRINK * state.y + 0.1 * gy)

@mb.register("cluster_dies", "a test")
@dataclass(frozen=True)
class Dies(mb.Memoryless):
    "Leaves Python."
    def step(self, state, oracle):
        os._exit(7)

@mb.register("cluster_fails", "a test")
@dataclass(frozen=True)
class Fails(mb.Memoryless):
    "Raises."
    def step(self, state, oracle):
        raise ValueError("on purpose")
"""


@pytest.fixture
def study(tmp_path, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.syspath_prepend(home)
    (home / "helper_of_cluster_test.py").write_text("SHRINK = 0.9\n")
    (home / "mine.py").write_text(FILE)
    (home / "study.toml").write_text(
        'problems = ["cluster_saddle"]\nseeds = 3\nbudget = 20\nfiles = ["mine.py"]\n'
        'algorithms = ["gda", "cluster_rule", "cluster_dies", "cluster_fails"]\n'
    )
    yield read_study(home / "study.toml")
    for name in ("cluster_rule", "cluster_dies", "cluster_fails"):
        ALGORITHMS.remove(name)
    PROBLEMS.remove("cluster_saddle")
    # The next test's helper lies in another folder.
    sys.modules.pop("helper_of_cluster_test", None)


def rows(plan):
    return runs_of(plan).drop(columns=TIMES)


def test_dask_gives_the_rows_of_a_local_run_and_its_dashboard(study, tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "DEATHS", 2)
    tame = [ref for ref in study.algorithms if ref.name != "cluster_dies"]
    local = make_plan(study.replace(algorithms=tame), tmp_path / "local")
    dask = make_plan(study, tmp_path / "dask")
    run_plan(local)
    said = []
    done = run_plan(dask, 2, "dask", say=said.append)
    assert said[0].startswith("Dask: 2 workers so far; dashboard: http://127.0.0.1:")
    both = rows(dask)["algorithm"] != "cluster_dies"
    assert rows(dask)[both].reset_index(drop=True).equals(rows(local))
    messages = {d.unit.algorithms[0].label: d.message for d in done}
    assert messages["cluster_dies"].startswith("It killed 2 worker processes; the last:")
    assert "exit code 7" in messages["cluster_dies"]
    assert messages["cluster_fails"].startswith("ValueError: on purpose (mine.py:")
    assert set(rows(dask)["message"]) == set(messages.values())


def test_a_worker_elsewhere_works_with_copies_of_the_files(study, tmp_path, monkeypatch):
    """Nothing of the originals is there, nothing is shared, and a process that is killed costs nothing."""
    plan = make_plan(study, tmp_path / "out")
    luggage = luggage_of(plan)
    (texts,) = luggage.files.values()
    assert list(texts) == ["mine.py", "helper_of_cluster_test.py"]
    packed = {u.title: elsewhere.pack([u], None) for u in plan.missing}
    (tmp_path / "home").rename(tmp_path / "gone")
    try:
        assert elsewhere.settle(luggage) == ""
        wanted = "cluster_rule on cluster_saddle, seeds 0 to 2"
        process = elsewhere._process(elsewhere._settled[luggage.key])
        os.kill(process._process.pid, signal.SIGKILL)
        (answer,) = elsewhere.perform_here(luggage.key, packed[wanted], None)
        assert answer.outcomes == {"budget": 3}
        assert answer.file.startswith(b"PAR1")
    finally:
        elsewhere.leave(luggage.key)
    assert not process.alive


def test_another_version_on_a_worker_is_one_sentence(study, tmp_path):
    plan = make_plan(study, tmp_path / "out")
    luggage = luggage_of(plan)
    (name,) = luggage.files
    edited = luggage.files[name] | {"mine.py": FILE.replace("0.1 * gx", "0.2 * gx")}
    broken = {name: {"mine.py": "1 / 0"}}
    for changed, says in (
        (replace(luggage, files={name: edited}),
         "A worker has another version of cluster_dies, cluster_fails, cluster_rule."),
        (replace(luggage, files=broken),
         "A worker cannot load the study's files: UserError: The file 'mine.py' does not import"),
        (replace(luggage, versions=luggage.versions | {"numpy": "1.0"}), "A worker has numpy "),
    ):  # fmt: skip
        try:
            assert says in elsewhere.settle(changed)
            with pytest.raises(elsewhere.NotSettledError):
                elsewhere.perform_here(changed.key, b"", None)
        finally:
            elsewhere.leave(changed.key)


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("dusk", {}, "There is no executor named 'dusk'; did you mean dask"),
        ("dask://", {}, "needs an address"),
        ("slurm", {}, "needs a table 'cluster' in the study file"),
        ("slurm", {"jobs": 0, "cores": 1, "memory": "1GB"}, "a whole number above 0; got 0"),
        ("slurm", {"cores": 1, "memory": "1GB", "quue": "x"}, "do not fit slurm: .*quue"),
        ("slurm", {"jobs": 2}, "do not fit slurm: .*cores"),
        ("dask://127.0.0.1:1", {}, "No Dask scheduler answers at 127.0.0.1:1"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_one_sentence(monkeypatch, name, options, says):
    monkeypatch.setattr(cluster, "ANSWER", 0.3)
    empty = Luggage("numpy", "cpu", {"numpy": ""}, {}, [])
    with pytest.raises(mb.UserError, match=says), cluster.opened(name, 1, options, empty, print):
        pass


@pytest.mark.parametrize(("name", "extra"), [("dask", "dask"), ("slurm", "dask"), ("mpi", "mpi")])
def test_a_missing_package_is_named(monkeypatch, name, extra):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(mb.UserError, match=rf"pip install 'minmaxbench\[{extra}\]'"):
        cluster.check(name, {"cores": 1})


def test_a_scheduler_without_workers_is_one_sentence(monkeypatch):
    monkeypatch.setattr(cluster, "WORKERS", 0.2)
    empty = Luggage("numpy", "cpu", {"numpy": ""}, {}, [])
    options = {"n_workers": 0, "dashboard_address": None, "protocol": "tcp", "host": "127.0.0.1"}
    with distributed.LocalCluster(processes=False, **options) as there:
        address = there.scheduler_address.replace("tcp://", "dask://")
        with (
            pytest.raises(mb.UserError, match="has no workers: start some with `dask worker"),
            cluster.opened(address, 1, {}, empty, print),
        ):
            pass


def test_options_of_a_cluster_change_no_answer(tmp_path):
    plain = mb.Study(["ftr_f1"], ["gda"], seeds=2, budget=10)
    elsewhere_ = plain.replace(cluster={"jobs": 2, "memory": "1GB"})
    with pytest.raises(mb.UserError, match="'cluster' of a study is a table"):
        plain.replace(cluster="slurm")
    files = [make_plan(s, tmp_path / "out").files for s in (plain, elsewhere_)]
    assert files[0] == files[1]


ASKED = {
    "slurm": {"queue": "short", "account": "games", "walltime": "00:30:00"},
    "pbs": {"queue": "short", "account": "games", "walltime": "00:30:00"},
    "lsf": {"queue": "short", "project": "games", "walltime": "00:30", "lsf_units": "mb"},
}
LINES = {
    "slurm": ["-p short", "-A games", "--cpus-per-task=4", "-t 00:30:00", "--mem=8G"],
    "pbs": ["-q short", "-A games", "-l select=1:ncpus=4:mem=7630MB", "-l walltime=00:30:00"],
    "lsf": ["-q short", '-P "games"', "-n 4", '-R "span[hosts=1]"', "-M 8000", "-W 00:30"],
}
HERE = {"scheduler_options": {"dashboard_address": None, "host": "127.0.0.1"}}


@pytest.mark.parametrize(("name", "word"), [("slurm", "SBATCH"), ("pbs", "PBS"), ("lsf", "BSUB")])
def test_a_batch_script_asks_for_what_the_study_says(name, word):
    pytest.importorskip("dask_jobqueue")
    options = {"jobs": 1, "cores": 4, "memory": "8GB", **ASKED[name], **HERE}
    made = cluster._batch(name, options, start=False)
    try:
        script = made.job_script()
    finally:
        made.close()
    for line in LINES[name]:
        assert f"#{word} {line}\n" in script
    assert f"{sys.executable} -m distributed.cli.dask_worker" in script


COMMANDS = {"slurm": ("sbatch", "scancel"), "pbs": ("qsub", "qdel"), "lsf": ("bsub", "bkill")}
SUBMIT = """#!/bin/sh
cat "$@" > {folder}/script
setsid sh {folder}/script > {folder}/log 2>&1 < /dev/null &
echo "Job <$!> is submitted to the queue <short>."
"""
CANCEL = """#!/bin/sh
kill -- -"$1"
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_a_study_on_a_batch_system_whose_commands_are_stubs(name, tmp_path, monkeypatch):
    """What would submit a job runs its script here: the rest of the way is the real one."""
    pytest.importorskip("dask_jobqueue")
    for command, text in zip(COMMANDS[name], (SUBMIT, CANCEL), strict=True):
        (tmp_path / command).write_text(text.format(folder=tmp_path))
        (tmp_path / command).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    options = {"jobs": 1, "cores": 2, "memory": "1GB", **ASKED[name], **HERE}
    asked = mb.Study(["ftr_f1", "keswani_f3"], ["gda", "ogda"], seeds=5, budget=200)
    local = make_plan(asked, tmp_path / "local")
    run_plan(local)
    there = make_plan(asked.replace(cluster=options), tmp_path / "there")
    done = run_plan(there, executor=name)
    assert [one.message for one in done] == [""] * 4
    assert rows(there).equals(rows(local))
    assert f"{LINES[name][0]}\n" in (tmp_path / "script").read_text()


@pytest.mark.slow
def test_a_lost_worker_and_a_killed_scheduler(tmp_path):
    """A worker is killed: all is there. The scheduler is killed: the next call runs the rest."""
    from minmaxbench.bench.store import Store

    study = mb.Study(["ftr_f1", "keswani_f3", "forsaken"], ["gda", "ogda", "extragradient"],
                     seeds=200, budget=4000)  # fmt: skip
    whole = make_plan(study, tmp_path / "whole")
    run_plan(whole, 2)
    with _Elsewhere(tmp_path) as there:
        plan = make_plan(study, tmp_path / "lost")
        there.at(2, there.workers[0].kill, plan)
        run_plan(plan, executor=there.address)
        assert rows(plan).equals(rows(whole))
    with _Elsewhere(tmp_path) as there:
        plan = make_plan(study, tmp_path / "killed")
        there.at(3, there.scheduler.kill, plan)
        with pytest.raises(mb.UserError, match="scheduler is gone; finished units are kept"):
            run_plan(plan, executor=there.address)
    kept = len(Store(tmp_path / "killed").contents().stamps)
    assert 3 <= kept < 9
    again = make_plan(study, tmp_path / "killed")
    assert len(again.missing) == 9 - kept
    run_plan(again, 2)
    assert rows(again).equals(rows(whole))


class _Elsewhere:
    """A scheduler and two workers in processes of their own."""

    def __init__(self, place):
        self.place = place

    def __enter__(self):
        port = _free_port()
        self.address = f"dask://127.0.0.1:{port}"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port),
                                     "--no-dashboard")  # fmt: skip
        self.workers = [
            self._start("worker", f"tcp://127.0.0.1:{port}", "--nthreads", "1", "--no-nanny",
                        "--no-dashboard", "--local-directory", str(self.place))
            for _ in range(2)
        ]  # fmt: skip
        return self

    def _start(self, *words):
        command = [sys.executable, "-m", "dask", *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def at(self, count, act, plan):
        """Do something as soon as so many units are finished."""
        from threading import Thread

        def wait():
            while sum(path.is_file() for path in plan.files) < count:
                time.sleep(0.01)
            act()

        Thread(target=wait, daemon=True).start()

    def __exit__(self, *_):
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


def _free_port():
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("full disk", "Results cannot be written to .*finished units are kept"),
        ("scheduler", "scheduler is gone; finished units are kept: the same command goes on"),
        ("versions", "A worker has numpy 1"),
    ],
)
def test_what_ends_a_command_is_a_sentence_and_no_row(tmp_path, what, says):
    import shutil
    from concurrent.futures import Future

    plan = make_plan(mb.Study(["ftr_f1"], ["gda"], seeds=2, budget=10), tmp_path / "out")
    future: Future[object] = Future()
    if what == "full disk":
        shutil.rmtree(plan.store.units)
        future.set_result(Answer({"budget": 2}, 0.0, file=b"PAR1"))
    elif what == "scheduler":
        future.cancel()
        future.set_running_or_notify_cancel()
    else:
        future.set_exception(elsewhere.NotSettledError("A worker has numpy 1."))
    with pytest.raises(mb.UserError, match=says):
        list(_collected([[plan.missing[0]]], plan, lambda units: future))
    assert not any(path.is_file() for path in plan.files)


def test_a_unit_that_took_three_workers_along_is_a_row_that_says_so(tmp_path):
    from concurrent.futures import Future

    from distributed.scheduler import KilledWorker

    plan = make_plan(mb.Study(["ftr_f1"], ["gda"], seeds=2, budget=10), tmp_path / "out")
    future: Future[object] = Future()
    future.set_exception(KilledWorker("task", None, elsewhere.DEATHS - 1))
    (done,) = _collected([[plan.missing[0]]], plan, lambda units: future)
    assert done.message.startswith("It killed 3 workers of the cluster")
    assert set(runs_of(plan)["message"]) == {done.message}
    assert len(make_plan(plan.study, tmp_path / "out").missing) == 1
