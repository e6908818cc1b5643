"""The gallery says what the registry says."""

import pytest

from benchmarks.gallery import FOLDER, index, page
from minmaxbench.problems.registry import names

LARGEST = 40_000
"""Bytes of a picture."""


def test_every_page_is_up_to_date():
    stale = [n for n in names() if (FOLDER / f"{n}.md").read_text(encoding="utf-8") != page(n)]
    assert not stale, "python -m benchmarks.gallery"


def test_the_index_is_up_to_date():
    assert (FOLDER / "index.md").read_text(encoding="utf-8") == index()
    assert {p.stem for p in FOLDER.glob("*.md")} == {*names(), "index"}


@pytest.mark.parametrize("name", names(group="planar"))
def test_a_planar_problem_has_a_small_picture(name):
    assert 1000 < (FOLDER / "pictures" / f"{name}.png").stat().st_size <= LARGEST
