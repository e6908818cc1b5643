"""Nested states and hyper-parameters are taken apart and put together again."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minmaxbench.core import tree


class Inner(NamedTuple):
    m: np.ndarray
    v: np.ndarray


class Outer(NamedTuple):
    x: np.ndarray
    moments: Inner
    history: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Part:
    beta: object = 0.9


@dataclass(frozen=True)
class Whole:
    eta: object = 0.1
    part: Part = Part()
    order: str = "xy"


def state(n=4):
    a = np.arange(n, dtype=float)
    return Outer(a, Inner(a + 10, a + 20), (a + 30, a + 40))


def test_leaves_have_dotted_names_in_order():
    names = [name for name, _ in tree.named_leaves(state())]
    assert names == ["x", "moments.m", "moments.v", "history.0", "history.1"]
    assert [n for n, _ in tree.named_leaves(Whole())] == ["eta", "part.beta", "order"]


def test_lanes_are_selected_in_every_leaf():
    some = tree.select(state(), np.array([1, 3]))
    assert type(some) is Outer
    assert type(some.moments) is Inner
    assert [leaf.tolist() for leaf in tree.leaves(some)] == [
        [1, 3], [11, 13], [21, 23], [31, 33], [41, 43],
    ]  # fmt: skip


def test_leaves_are_replaced_by_name_and_the_rest_stays_the_same_object():
    whole = Whole()
    assert tree.rebuild(whole, {}) is whole
    other = tree.rebuild(whole, {"part.beta": 0.5})
    assert (other.part.beta, other.eta, whole.part.beta) == (0.5, 0.1, 0.9)
    assert tree.rebuild(state(), {"x": 1}).moments.m.tolist() == [10, 11, 12, 13]


def test_columns_are_found_wherever_they_are():
    grid = np.ones((3, 1))
    assert list(tree.columns(Whole(part=Part(grid)))) == ["part.beta"]


def test_a_function_of_several_trees():
    total = tree.map_leaves(np.add, state(), state())
    assert total.history[1].tolist() == [80, 82, 84, 86]
