"""docs/your-own.md does what it says: one file, and an installed package with an entry point."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "your-own.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
def file(tmp_path):
    (tmp_path / "heavy_ball.py").write_text(BLOCKS[0])
    return tmp_path / "heavy_ball.py"


def command(words, cwd, **more):
    environment = os.environ | more
    return subprocess.run(
        [sys.executable, "-m", "minmaxbench", *words], cwd=cwd, env=environment,
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


def test_the_file_of_the_page_passes_the_kit(file, monkeypatch):
    monkeypatch.chdir(file.parent)
    exec(BLOCKS[1], {})


@pytest.mark.slow
def test_the_commands_of_the_page_run(file):
    for line in re.findall(r"^    minmaxbench (.+)$", PAGE.read_text(), re.MULTILINE):
        done = command(line.replace("--seeds 20", "--seeds 2").split(), file.parent)
        assert done.returncode == 0, done.stderr


def test_a_package_offers_it_by_its_entry_point(file):
    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    entry = re.search(r'^(\w+) = "(\w+)"$', toml, re.MULTILINE)
    info = file.parent / "heavy_ball-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: heavy_ball\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[minmaxbench]\n{entry[1]} = {entry[2]}\n")
    paths = os.pathsep.join(filter(None, [str(file.parent), os.environ.get("PYTHONPATH")]))
    done = command(["show", "heavy_ball"], file.parent, PYTHONPATH=paths)
    card = " ".join(done.stdout.split())
    assert "heavy_ball of your own" in card
    # A narrow column breaks the sentence: its first words stand together.
    assert "On f = xy it diverges for every beta" in card
    run = ["run", "-p", "ftr_f1", "-a", "heavy_ball", "--seeds", "2", "--budget", "50"]
    done = command(run, file.parent, PYTHONPATH=paths)
    assert done.returncode == 0, done.stderr
