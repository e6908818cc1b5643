"""The page on reliability names tests: they exist, and every fault has some."""

import ast
import re
from pathlib import Path

import minmaxbench

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
ROWS = re.findall(r"^\| (\d+)\. [^|]*\| (.*) \|$", PAGE, re.MULTILINE)


def functions(path):
    tree = ast.parse((ROOT / "tests" / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_tests_and_every_test_exists():
    assert [int(number) for number, _ in ROWS] == list(range(1, 44))
    for number, cell in ROWS:
        for part in cell.split("; "):
            path, *named = re.findall(r"`([^`]+)`", part)
            assert named, (number, path)
            assert set(named) <= functions(path), (number, set(named) - functions(path))


def test_what_the_page_says_can_be_run_is_there():
    for script in re.findall(r"python (benchmarks/\w+\.py)", PAGE):
        assert (ROOT / script).is_file(), script
    for place in re.findall(
        r"`((?:core|engines|bench|problems|report|analysis)/[\w/]+\.py)`", PAGE
    ):
        package, tests = Path(minmaxbench.__file__).parent / place, ROOT / "tests" / place
        assert package.is_file() or tests.is_file(), place
