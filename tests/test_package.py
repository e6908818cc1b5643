"""The package as a whole: light to import, and its documents do not lie."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import minmaxbench
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.problems.registry import PROBLEMS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_import_is_light():
    code = (
        "import sys, minmaxbench, minmaxbench.cli;"
        "heavy = {'sympy', 'matplotlib', 'pandas', 'pyarrow', 'torch', 'jax', 'scipy'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    # The bar is 0.3 s for the package and 0.4 s for the command line; this is a generous guard.
    assert time.perf_counter() - began < 5


def test_public_names_exist():
    for name in minmaxbench.__all__:
        assert getattr(minmaxbench, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        minmaxbench.absent  # noqa: B018


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_in_the_documents_parse(page):
    """Every ``minmaxbench ...`` line names commands and options that exist."""
    from typer.main import get_command

    from minmaxbench.cli import app

    commands = get_command(app).commands
    for line in re.findall(r"^    (?:\S*/)?minmaxbench (.+)$", page.read_text(), re.MULTILINE):
        words = line.split("#")[0].split()
        if words[0].isupper():
            continue
        assert words[0] in commands, line
        options = {o for p in commands[words[0]].params for o in p.opts}
        assert {w.split("=")[0] for w in words if w.startswith("-")} <= options, line


def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 2
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(blocks[0])
    run = [sys.executable, "-m", "minmaxbench", "run", "--file", "mine.py", "-p", "mine"]
    done = subprocess.run(
        [*run, "-a", "damped", "-a", "gda", "--seeds", "2", "--budget", "20"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (tmp_path / "quick.py").write_text(blocks[1])
    done = subprocess.run([sys.executable, "quick.py"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "greedy_max" in done.stdout


@pytest.mark.parametrize(
    "page", ["cycles.md", "equilibrium.md", "fair.md", "quickstart.md", "your-own-problem.md"]
)
def test_the_python_of_a_page_runs(page):
    names = [set(PROBLEMS), set(ALGORITHMS)]
    together: dict[str, object] = {"__name__": "page"}
    try:
        for block in re.findall(
            r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL
        ):
            # The blocks of a page that teaches go on from one another.
            exec(block, together)
    finally:
        for registry, before in zip((PROBLEMS, ALGORITHMS), names, strict=True):
            for name in set(registry) - before:
                registry.remove(name)


def test_the_columns_of_the_page_are_those_of_the_schema():
    from minmaxbench.record.schema import page

    text = (ROOT / "docs" / "results.md").read_text()
    assert "\n".join(page()) in text


def test_the_notebook_is_the_quick_start():
    import json
    import runpy

    made = runpy.run_path(str(ROOT / "docs" / "quickstart_notebook.py"))
    page = (ROOT / "docs" / "quickstart.md").read_text()
    assert json.loads((ROOT / "docs" / "quickstart.ipynb").read_text()) == made["notebook"](page)


def test_the_reference_is_complete():
    """Each public name has an entry in the reference."""
    text = (ROOT / "docs" / "reference.md").read_text()
    named = set(re.findall(r"^\.\. auto\w+:: (?:minmaxbench\.)?(\w+)$", text, re.MULTILINE))
    assert named == set(minmaxbench.__all__)
