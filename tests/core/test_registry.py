"""A registry is whole or it raises: one that was half filled would answer "there is no such name"."""

import importlib
import sys
from importlib.util import find_spec

import pytest

from minmaxbench.algorithms import registry as algorithms
from minmaxbench.core.registry import Registry, declares, import_declaring
from minmaxbench.errors import UserError
from minmaxbench.problems import registry as problems


@pytest.fixture
def modules(tmp_path, monkeypatch):
    """Writes modules that declare names in a registry, as the package's own do."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def write(**texts):
        for name, text in texts.items():
            path = tmp_path / f"{name}.py"
            path.write_text("__name__ = 'minmaxbench.problems.x'\nfrom hold import R\n" + text)
            made.append(name)
        importlib.invalidate_caches()

    (tmp_path / "hold.py").write_text("R = None\n")
    yield write
    for name in (*made, "hold"):
        sys.modules.pop(name, None)


def fill(*names, find=None):
    registry = Registry("thing", lambda: [importlib.import_module(n) for n in names], find)
    importlib.import_module("hold").R = registry
    return registry


@pytest.mark.parametrize(
    "failure",
    ["raise OSError('not there yet')", "raise KeyboardInterrupt", "import no_such_module"],
)
def test_a_load_that_failed_once_is_whole_the_next_time(modules, failure, tmp_path):
    modules(first="R.add('a', 1)", second=f"R.add('b', 2)\n{failure}\nR.add('c', 3)")
    registry = fill("first", "second")
    for _ in range(2):
        # And so it is however often it is asked: nobody is told that there is no 'a'.
        for use in (lambda: registry.get("a"), lambda: list(registry), lambda: "a" in registry):
            with pytest.raises((OSError, KeyboardInterrupt, ImportError)):
                use()
    modules(second="R.add('b', 2)\npass\nR.add('c', 3)")
    sys.modules.pop("second", None)
    for cached in (tmp_path / "__pycache__").glob("second*"):
        cached.unlink()
    assert [*registry] == ["a", "b", "c"]
    assert len(registry) == 3


def test_one_item_is_had_without_the_modules_of_the_others(modules):
    modules(first='R.add("a", 1)', second='R.add(\n "b", 2)', third="import no_such_module")
    names = ("first", "second", "third")
    registry = fill(*names, find=lambda name: import_declaring(name, names))
    assert registry.get("b") == 2
    assert "second" in sys.modules
    assert "first" not in sys.modules
    assert registry.is_own("a")
    # Whoever asks for a name that is nowhere, or for all of them, needs every module.
    for use in (lambda: registry.get("c"), lambda: list(registry), lambda: "c" in registry):
        with pytest.raises(ModuleNotFoundError):
            use()


@pytest.mark.parametrize("registry", [algorithms, problems])
def test_where_a_name_of_the_package_is_declared_its_text_says(registry):
    """Else a run of one pair would import everything, a tenth of a second of it."""
    listed = getattr(registry, "ALGORITHMS", None) or registry.PROBLEMS
    texts = [find_spec(name).loader.get_source(name) for name in registry._modules()]
    lost = [name for name in listed if sum(declares(name, text) for text in texts) != 1]
    # Names that a loop declares: data, read from disk once their module is imported.
    assert all(name.startswith(("grimmer_", "blotto_")) or "_minibatch" in name for name in lost)


def test_two_modules_of_the_package_cannot_take_one_name(modules):
    modules(first="R.add('a', 1)", second="R.add('a', 2)")
    with pytest.raises(UserError, match="The thing 'a' is already registered"):
        list(fill("first", "second"))


def test_a_name_of_the_package_is_taken_before_anybody_has_used_it(modules):
    modules(first="R.add('a', 1)")
    registry = fill("first")
    with pytest.raises(UserError, match="already registered, by minmaxbench"):
        registry.add("a", 2)
    registry.add("mine", 1)
    registry.add("mine", 2)
    assert registry.get("mine") == 2
    for name in ("", " ", "two\nlines", 5, None):
        with pytest.raises(UserError, match="is a printable text"):
            registry.add(name, 1)
