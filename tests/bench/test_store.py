"""The store: whole files only, each checked; what is no unit is named and left alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import minmaxbench as mb
from minmaxbench import Study, UserError
from minmaxbench.bench import manifest
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.store import Store


@pytest.fixture
def study():
    return Study(
        problems=["ftr_f1", "keswani_f3"], algorithms=["gda"], name="s", seeds=3, budget=30
    )


@pytest.fixture
def folder(study, tmp_path):
    mb.run(study, out=tmp_path)
    return tmp_path / "s"


def unit_files(folder):
    return sorted((folder / "units").glob("*.parquet"))


def test_any_flipped_byte_is_noticed_and_only_that_unit_is_run_again(study, folder):
    before = mb.load(folder).runs
    file = unit_files(folder)[0]
    whole = file.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(len(whole), 60, replace=False):
        data = bytearray(whole)
        data[place] ^= 1 << int(rng.integers(8))
        file.write_bytes(data)
        contents = Store(folder).contents()
        if file in contents.stamps:
            # The byte said nothing: the rows are those that were written.
            pd.testing.assert_frame_equal(mb.load(folder).runs, before)
            continue
        assert len(contents.strange) == 1
        assert file.name in contents.strange[0]
        assert [u.count for u in make_plan(study, folder).missing] == [3]
        assert file.read_bytes() == bytes(data)


def test_copies_foreign_files_folders_and_links_are_named_and_left_alone(study, folder):
    units = folder / "units"
    first = unit_files(folder)[0]
    shutil.copy(first, units / f"{first.stem} (1).parquet")
    shutil.copy(first, units / "x.parquet")
    pq.write_table(pa.table({"a": [1]}), units / f"{'0' * 20}-000000-0003.parquet")
    (units / "folder.parquet").mkdir()
    (units / "link.parquet").symlink_to(first)
    (units / "notes.txt").write_text("mine")
    (units / ".DS_Store").write_text("")
    names = sorted(p.name for p in units.iterdir())
    before = mb.load(folder)
    assert len(before.runs) == 6
    assert len(before.notes) == 6
    assert all("left alone" in note for note in before.notes)
    plan = make_plan(study, folder)
    assert not plan.missing
    assert sorted(p.name for p in units.iterdir()) == names


def test_a_swapped_unit_does_not_pass_for_another(study, folder):
    one, other = unit_files(folder)
    shutil.copy(one, other)
    contents = Store(folder).contents()
    assert list(contents.stamps) == [one]
    assert "under another name" in contents.strange[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "cannot be read"),
        ('{"schema": 0}', "results schema 0"),
        ("[]", "tells of no study"),
        ("[" * 100_000, "cannot be read"),
        ('{"schema": 4}', "lacks 'settings'"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_manifest_that_is_none_is_one_sentence(tmp_path, text, says):
    (tmp_path / "manifest.json").write_text(text, errors="surrogateescape")
    with pytest.raises(UserError, match=says):
        mb.load(tmp_path)


def test_folders_that_are_no_results(tmp_path, study):
    with pytest.raises(UserError, match="no manifest"):
        mb.load(tmp_path)
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(UserError, match="cannot be written"):
        mb.run(study, out=blocked)
    with pytest.raises(UserError, match="cannot be read: File name too long"):
        mb.run(study, out=tmp_path / ("n" * 300))
    make_plan(study, tmp_path / "s")
    with pytest.raises(UserError, match="no finished unit"):
        mb.load(tmp_path / "s")


def test_temporary_files_of_others_are_left_until_they_are_old(study, folder):
    import os
    import time

    fresh, old = (folder / "units" / f"{n}.part" for n in ("fresh", "old"))
    for path in (fresh, old):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (long_ago, long_ago))
    make_plan(study, folder)
    assert fresh.exists()
    assert not old.exists()


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half(tmp_path, monkeypatch, study):
    def full(table, path, **_):
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(UserError, match="No space left on device; finished units are kept"):
        mb.run(study, out=tmp_path)
    assert not list((tmp_path / "s" / "units").iterdir())


def test_the_manifest_says_what_was_run_and_not_where(folder, tmp_path):
    found = manifest.read(folder)
    assert found["runs"] == 6
    assert found["packages"]["numpy"] == np.__version__
    assert found["study"]["seeds"] == 3
    assert found["study"]["problems"][0] == {"name": "ftr_f1", "dx": 1, "dy": 1, "instance": 0}
    text = json.dumps(found)
    assert str(Path.home()) not in text
    assert str(tmp_path) not in text


def git(folder, *words):
    subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=e@e", *words], cwd=folder, check=True,
        capture_output=True,
    )  # fmt: skip


def test_the_revision_says_whether_files_were_changed_and_runs_no_hook(tmp_path, monkeypatch):
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-qm", "a")
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    git(tmp_path, "config", "core.fsmonitor", str(trap))
    monkeypatch.chdir(tmp_path)
    clean = manifest.git_revision()
    assert len(clean) == 40
    (tmp_path / "a").write_text("2")
    assert manifest.git_revision() == clean + "+"
    assert not (tmp_path / "sprung").exists()


def test_six_processes_in_one_folder_all_end_well(tmp_path):
    code = (
        "import sys, minmaxbench as mb;"
        "r = mb.run(['ftr_f1', 'keswani_f3', 'bilinear_xy'], ['gda', 'ogda'], seeds=4, budget=200,"
        " name='one', out=sys.argv[1]);"
        "assert len(r.runs) == 24, len(r.runs); assert not r.notes, r.notes"
    )
    many = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(6)
    ]
    for process in many:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
    assert len(mb.load(tmp_path / "one").runs) == 24
