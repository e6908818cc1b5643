"""The house: imports point down only, no circle, no module or function too long."""

import ast
import itertools
from pathlib import Path

import pytest

import minmaxbench

ROOT = Path(minmaxbench.__file__).parent
LAYERS = [
    {"errors"},
    {"core"},
    {"problems", "algorithms"},
    {"record"},
    {"engines", "theory", "analysis"},
    {"bench"},
    {"report"},
    {"api", "testing"},
    {"cli"},
    {"__main__", "__init__"},
]
"""From the ground up; rooms of one layer do not import each other."""

MODULES = sorted(
    path for path in ROOT.rglob("*.py") if path.name != "__init__.py" or path.parent != ROOT
)


def room(module):
    return module.split(".")[1] if "." in module else "__init__"


def height(name):
    return next(i for i, layer in enumerate(LAYERS) if name in layer)


def name_of(path):
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path):
    """All modules of the package that a file imports, wherever in it, for types too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("minmaxbench."))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("minmaxbench"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if is_module(inner) else node.module


def is_module(name):
    place = ROOT.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down_only(path):
    mine = room(name_of(path))
    for module in imports(path):
        other = room(module)
        if other in (mine, "__init__"):
            continue
        assert height(other) < height(mine), f"{name_of(path)} imports {module}"


def test_no_modules_import_each_other_in_a_circle():
    known = {name_of(path): set(imports(path)) - {name_of(path)} for path in MODULES}
    left = dict(known)
    while left:
        free = [name for name, used in left.items() if not used & set(left)]
        assert free, f"in a circle: {sorted(left)}"
        for name in free:
            del left[name]


def test_no_module_is_longer_than_400_lines():
    long = {name_of(p): n for p in MODULES if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def test_no_function_is_longer_than_a_screen():
    long = {}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body
                documented = ast.get_docstring(node) is not None
                first = body[1].lineno if documented and len(body) > 1 else body[0].lineno
                lines = (node.end_lineno or 0) - first + 1
                if lines > 60:
                    long[f"{name_of(path)}.{node.name}"] = lines
    assert not long


def test_public_functions_say_parameters_returns_and_what_they_raise():
    import inspect

    documented = ("solve", "run", "load", "register", "planar", "Study")
    for name in documented:
        text = inspect.getdoc(getattr(minmaxbench, name))
        for section in ("Parameters", "Raises"):
            assert f"{section}\n---" in text or name == "planar", (name, section)
    for name, section in itertools.product(("solve", "run"), ("Returns",)):
        assert f"{section}\n---" in inspect.getdoc(getattr(minmaxbench, name))
