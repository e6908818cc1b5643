"""`minmaxbench list` and `show`, and the application itself."""

import subprocess
import sys

import pytest
from commands import MINE, cli, inside

import minmaxbench
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.problems.registry import PROBLEMS


def test_the_version_is_told_before_anything_heavy_is_imported():
    code = (
        "import sys; sys.argv = ['minmaxbench', '--version']; import minmaxbench.cli as c; c.main();"
        "print(sorted({'typer', 'rich', 'numpy', 'pandas', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [f"minmaxbench {minmaxbench.__version__}", "[]"]


def test_help_needs_no_library_of_numbers():
    code = (
        "import sys; from minmaxbench.cli.commands import app;"
        "print(sorted({'numpy', 'pandas', 'sympy', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_a_page():
    page = inside("--help").output
    for name in (
        "run",
        "list",
        "show",
        "certify",
        "cycles",
        "stability",
        "table",
        "plot",
        "scaling",
    ):
        assert name in page
        assert "Usage" in inside(name, "--help").output


def test_lists_have_filters():
    problems = inside("list", "problems", "--class", "bilinear").output
    bilinear = [n for n in PROBLEMS if "bilinear" in PROBLEMS.get(n).about.classes]
    assert "bilinear_xy" in problems
    assert "keswani_f3" not in problems
    assert problems.strip().endswith(f"{len(bilinear)} problems")
    assert "keswani_f3" in inside("list", "--source", "Keswani").output
    assert "bilinear_d" in inside("list", "--dim", "7").output
    assert inside("list", "--source", "no such source").output.strip().endswith("0 problems")
    assert "Every problem" in inside("list", "suites").output


@pytest.mark.parametrize("columns", [80, 120, 200, None])
@pytest.mark.parametrize("what", ["problems", "algorithms", "suites"])
def test_lists_fit_and_name_everything(what, columns):
    width = {} if columns is None else {"COLUMNS": columns}
    output = inside("list", what, **width).output
    assert max(len(line.rstrip()) for line in output.splitlines()) <= (columns or 100)
    assert "…" not in output
    for name in {"problems": PROBLEMS, "algorithms": ALGORITHMS}.get(what, ["paper", "default"]):
        assert f" {name} " in output


def test_a_card_of_a_problem():
    page = inside("show", "keswani_f3").output
    for words in ("local minimax", "Keswani", "exp(", "\\frac", "flow: attracting limit cycle",
                  "min over x in R, max over y in R", "from the authors' code or paper"):  # fmt: skip
        assert words in page


def test_a_card_of_a_family_at_its_dimensions():
    assert "dx = 3, dy = 3" in inside("show", "bilinear_d", "--dim", "3").output
    page = inside("show", "ncsc_quadratic_d:dx=3,dy=5").output
    assert "dx = 3, dy = 5" in page
    assert "min over x in R^3, max over y in R^5" in page


def test_a_card_of_a_formula():
    page = inside("show", "x**2*y - y**2").output
    assert "f(x, y)" in page
    assert "x**2*y - y**2" in page
    assert "authors" not in page


def test_a_card_of_an_algorithm():
    page = " ".join(inside("show", "greedy_max").output.split())
    for words in ("r_max 20", "eps 0.12", "proposal 'gaussian'",
                  "A step asks for values of f, gradients in y",
                  "more than r_max proposals", "Algorithms 1 and 2"):  # fmt: skip
        assert words in page
    assert ":math:" not in page


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("name", ["keswani_f3", "bilinear_d", "greedy_max", "grimmer_A1"])
def test_cards_fit(name, columns):
    output = inside("show", name, COLUMNS=columns).output
    assert max(map(len, output.splitlines())) <= columns


def test_nothing_is_claimed_of_a_users_own(tmp_path):
    (tmp_path / "mine.py").write_text(MINE.replace("cli_", "look_"))
    page = cli("show", "look_mine", "--file", "mine.py", cwd=tmp_path).stdout
    assert "x**2*y - y**2 + sin(x)" in page
    assert "authors" not in page
    assert "classes           none given" in page
    assert (
        "GDA with weight decay."
        in cli("show", "look_damped", "--file", "mine.py", cwd=tmp_path).stdout
    )


def test_show_draws_in_every_format(tmp_path):
    done = inside("show", "forsaken", "--plot", "--plots", tmp_path, "--format", "png,pdf,svg")
    assert done.exit_code == 0, done.exception
    assert {p.suffix for p in tmp_path.iterdir()} == {".png", ".pdf", ".svg"}
    assert done.output.count("Picture: ") == 3
