"""What happens round a study: a full disk, a clock that goes back, other versions, causes that go."""

import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyarrow.parquet as pq
import pytest

import minmaxbench as mb
from minmaxbench import Study, UserError
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench import manifest, merge, replay, results
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.store import KEY, SCHEMA, Store


@pytest.fixture
def folder(tmp_path):
    mb.run(["ftr_f1", "keswani_f3"], ["gda", "ogda"], seeds=2, budget=20, name="s", out=tmp_path)
    return tmp_path / "s"


def units(folder):
    return sorted((folder / "units").glob("*.parquet"))


FULL = """
import resource, sys, minmaxbench as mb
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))  # rows in error would fit
try:
    mb.run(["ftr_f1", "keswani_f3", "bilinear_xy"], ["gda"], seeds=200, budget=200, name="s",
           out=sys.argv[1], jobs=int(sys.argv[2]))
except mb.UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of file sizes as Linux has them")
@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_full_disk_ends_the_study_and_is_nobodys_error(tmp_path, jobs):
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path), str(jobs)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch("Results cannot be written to .*finished units are kept.\n", done.stdout)
    # No half of a file, and no row that blames the algorithm.
    assert not list((tmp_path / "s" / "units").iterdir())


def test_a_clock_that_goes_back_makes_no_new_rows_old(tmp_path, monkeypatch):
    def version(sign):
        @mb.register("clocked")
        @dataclass(frozen=True)
        class Clocked(mb.Memoryless):
            """Another rule under one name."""

            eta: float = 0.05 * sign

            def step(self, state, oracle):
                gx, gy = oracle.grad(state.x, state.y)
                return mb.Iterate(state.x - self.eta * gx, state.y + self.eta * gy)

    asked = {"seeds": 2, "budget": 20, "name": "c", "out": tmp_path}
    now = time.time()
    try:
        for back, sign in ((0, 1), (24 * 3600, -1)):
            monkeypatch.setattr("time.time", lambda back=back: now - back)
            version(sign)
            new = mb.run(["ftr_f1"], ["clocked"], **asked).runs
            loaded = mb.load(tmp_path / "c")
            assert loaded.runs["value"].tolist() == new["value"].tolist()
            assert loaded.runs["version"].tolist() == new["version"].tolist()
    finally:
        ALGORITHMS.remove("clocked")
    assert "earlier version are left out: clocked on ftr_f1" in loaded.notes[0]


def test_times_of_runs_do_not_hang_on_the_clock(monkeypatch, tmp_path):
    hours = iter(np.cumsum([1e6, -3e6] * 1000))
    monkeypatch.setattr("time.time", lambda: 1.8e9 + next(hours))
    runs = mb.run(["ftr_f1"], ["gda"], seeds=2, budget=50, out=tmp_path, time_limit=30.0).runs
    for name in ("seconds", "step_seconds", "unit_seconds"):
        assert ((runs[name] >= 0) & (runs[name] < 30)).all()
    assert set(runs["outcome"]) == {"budget"}


@pytest.mark.parametrize(
    "stamp",
    [
        {"schema": SCHEMA - 1, "fingerprint": "a"},
        {"schema": SCHEMA + 1, "rows": [1, 2], "of another kind": None},
        {"schema": "4"},
        {"name": "of the first versions, without a schema"},
    ],
)
def test_units_of_another_schema_are_named_and_left_alone(folder, stamp):
    files = units(folder)
    other = json.dumps(stamp).encode()
    for file in files[1:]:
        pq.write_table(pq.read_table(file).replace_schema_metadata({KEY: other}), file)
    kept = [file.read_bytes() for file in files]
    loaded = mb.load(folder)
    assert len(loaded.runs) == 2
    assert len(loaded.notes) == 3
    assert all(f"has results schema {stamp.get('schema')}, this" in note for note in loaded.notes)
    # They are run again in files of their own names, which only then replace the old ones.
    study = Study(["ftr_f1", "keswani_f3"], ["gda", "ogda"], seeds=2, budget=20, name="s")
    assert sum(unit.runs for unit in make_plan(study, folder).missing) == 6
    assert [file.read_bytes() for file in files] == kept


@pytest.mark.parametrize(
    "stamp", [[], 4, "a", {"schema": SCHEMA}, {"schema": SCHEMA, "first": "1"}]
)
def test_what_a_file_says_of_itself_has_a_form(folder, stamp):
    file = units(folder)[0]
    table = pq.read_table(file)
    known = json.loads(table.schema.metadata[KEY])
    said = known | stamp if isinstance(stamp, dict) and "first" in stamp else stamp
    pq.write_table(table.replace_schema_metadata({KEY: json.dumps(said).encode()}), file)
    loaded = mb.load(folder)
    assert len(loaded.runs) == 6
    assert "is left alone: it is damaged" in loaded.notes[0]


def test_many_strange_files_are_few_sentences(folder):
    for k in range(300):
        (folder / "units" / f"note {k:03d}.txt").write_text("mine")
    (folder / "units" / f"{0:020d}-000000-0003.parquet").write_text("mine")
    notes = Store(folder).contents().strange
    assert len(notes) == 2
    assert notes[1].startswith("'note 000.txt' and 299 other files in ")
    assert notes[1].endswith("are left alone: it is no Parquet file.")
    assert len(mb.load(folder).runs) == 8


@pytest.mark.parametrize("lost", ["settings", "study", "start", "seed", "noise"])
def test_a_manifest_without_a_part_that_is_read_is_one_sentence(folder, lost, tmp_path):
    path = folder / "manifest.json"
    known = json.loads(path.read_text())
    known.pop(lost, None) or known["study"].pop(lost)
    path.write_text(json.dumps(known))
    for use in (
        mb.load, manifest.read, results.about, replay.asked,
        lambda place: merge.merge([place], tmp_path / "new"),
    ):  # fmt: skip
        with pytest.raises(UserError, match=f"lacks '{lost}'; run the study again"):
            use(folder)


CAUSES = {
    "the file is there now": "open(self.path).close()",
    "it was killed once": "open(self.path).close() if once(self.path) else os.kill(os.getpid(), 9)",
    "it left Python once": "once(self.path) or os._exit(0)",
    "it raised once": "1 / once(self.path)",
}
ONCE = """
import os
from dataclasses import dataclass
from pathlib import Path
import minmaxbench as mb

def once(path):
    return Path(path).exists()

@mb.register("hapless")
@dataclass(frozen=True)
class Hapless(mb.Memoryless):
    path: str = {path!r}

    def step(self, state, oracle):
        {deed}
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.05 * gx, state.y + 0.05 * gy)
"""


@pytest.mark.parametrize(
    "cause", [*[*CAUSES][:2], *(pytest.param(one, marks=pytest.mark.slow) for one in [*CAUSES][2:])]
)
def test_a_cause_that_has_gone_leaves_no_error_behind(tmp_path, cause):
    flag = tmp_path / "there"
    (tmp_path / "hapless.py").write_text(ONCE.format(path=str(flag), deed=CAUSES[cause]))
    study = Study(
        ["ftr_f1"], ["hapless"], seeds=2, budget=20, name="h", files=[str(tmp_path / "hapless.py")]
    )
    try:
        with pytest.warns(UserWarning, match="2 runs ended in an error"):
            mb.run(study, out=tmp_path)
        flag.touch()
        again = mb.run(study, out=tmp_path)
    finally:
        ALGORITHMS.remove("hapless")
    right = mb.run(["ftr_f1"], ["gda"], seeds=2, budget=20).runs
    for runs in (again.runs, mb.load(tmp_path / "h").runs):
        assert runs["outcome"].tolist() == ["budget"] * 2
        assert runs["value"].tolist() == right["value"].tolist()


def test_a_file_that_is_imported_and_given_is_one(tmp_path, monkeypatch):
    """By its module's name, by its path, by another path, and once more."""
    text = ONCE.format(path="", deed="pass").replace("hapless", "two_ways")
    (tmp_path / "two_ways.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    try:
        __import__("two_ways")
        for path in ("two_ways.py", str(tmp_path / "two_ways.py"), "./two_ways.py"):
            got = mb.run(["ftr_f1"], ["two_ways"], seeds=1, budget=9, files=[path], out=tmp_path)
            assert got.runs["outcome"].tolist() == ["budget"]
    finally:
        ALGORITHMS.remove("two_ways")
    assert len(units(tmp_path / "study")) == 1


def test_one_name_for_studies_of_several_problems_at_once_loses_none(tmp_path):
    """As joblib does over problems: each call has one problem, and all have one folder."""
    code = (
        "import sys, minmaxbench as mb; mb.run([sys.argv[1]], ['gda'], seeds=2, budget=20,"
        " name='one', out=sys.argv[2])"
    )
    problems = ["ftr_f1", "keswani_f3", "bilinear_xy"]

    def one(problem):
        return subprocess.run([sys.executable, "-c", code, problem, str(tmp_path)], check=True)

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(one, problems))
    loaded = mb.load(tmp_path / "one")
    assert loaded.runs.groupby("problem").size().to_dict() == dict.fromkeys(problems, 2)
    assert not loaded.notes
