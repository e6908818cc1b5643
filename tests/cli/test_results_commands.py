"""`minmaxbench table` and `plot`: what is in a results folder, readable anywhere, whoever's it is."""

import re
import shutil
import sys

import pytest
from commands import MINE, complaint, inside

import minmaxbench
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.problems.registry import PROBLEMS


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A results folder of known problems, and one of a user's own that is forgotten afterwards."""
    place = tmp_path_factory.mktemp("results")
    many = ["gda", "gda_alt", "gda_two_timescale", "gdmax", "extragradient", "ogda", "popov"]
    minmaxbench.run(["keswani_f3", "cgd_convex"], many, seeds=3, budget=500, name="s", out=place)
    minmaxbench.run(["bilinear_d:d=2"], ["gda"], seeds=2, budget=50, name="wide", out=place)
    mine = place / "mine.py"
    mine.write_text(MINE.replace("cli_", "res_"))
    study = minmaxbench.Study(["ftr_f1"], ["gda"], files=[str(mine)])
    minmaxbench.bench.plugins.load_files(study.files)
    own = study.replace(
        problems=["res_mine", "ftr_f1"], algorithms=["res_damped", "gda"], seeds=2, budget=50,
        name="own",
    )  # fmt: skip
    minmaxbench.run(own, out=place)
    PROBLEMS.remove("res_mine")
    ALGORITHMS.remove("res_damped")
    for name in [name for name in sys.modules if name.startswith("minmaxbench_user_")]:
        del sys.modules[name]
    return place


@pytest.fixture(autouse=True)
def forgotten():
    """What a test's file has registered is not known to the next test."""
    yield
    for registry, name in ((PROBLEMS, "res_mine"), (ALGORITHMS, "res_damped")):
        if name in registry:
            registry.remove(name)
    for name in [name for name in sys.modules if name.startswith("minmaxbench_user_")]:
        del sys.modules[name]


@pytest.mark.parametrize("columns", [80, 120, None])
@pytest.mark.parametrize("by", ["algorithm", "problem", "verdict"])
def test_tables_are_readable_at_80_columns_and_redirected(studies, by, columns):
    width = {} if columns is None else {"COLUMNS": columns}
    done = inside("table", studies / "s", "--by", by, **width)
    assert done.exit_code == 0, done.output
    table = [line for line in done.output.splitlines() if re.match(r" \S.*(%|-)", line)]
    assert max(map(len, table)) <= (columns or 100)
    assert "…" not in done.output
    for part in ("gda", "timescale", "extragradient"):
        assert part in done.output
    assert re.search(r"\d+ %", done.output)


def test_sentences_are_whole_lines_when_redirected(studies):
    lines = inside("table", studies / "s", COLUMNS=60).output.splitlines()
    assert any(line.startswith("On 2 problems with a listed") and len(line) > 100 for line in lines)


def test_verdicts_and_outcomes_are_explained(studies):
    output = inside("table", studies / "s", "--by", "verdict").output
    assert (
        "unfinished: The run was still on its way, or moved irregularly, when it ended." in output
    )
    assert "ended by 'budget'" in output
    assert "diverged:" not in output


@pytest.mark.parametrize("by", ["algorithm", "problem", "verdict"])
def test_each_table_is_written_in_each_form(studies, by, tmp_path):
    files = [f"--{form}={tmp_path / by / form}" for form in ("csv", "markdown", "latex")]
    done = inside("table", studies / "s", "--by", by, *files)
    assert done.output.count("Written: ") == 3
    assert {p.name for p in (tmp_path / by).iterdir()} == {"csv", "markdown", "latex"}


def test_figures_in_every_format(studies, tmp_path):
    done = inside("plot", studies / "s", "--plots", tmp_path, "--format", "png,pdf,svg")
    assert done.exit_code == 0, done.output
    names = {p.name for p in (tmp_path / "s").iterdir()}
    stems = "profile", "verdicts", "traces-distance", "trajectories-keswani_f3"
    assert {f"{stem}.{ending}" for stem in stems for ending in ("png", "pdf", "svg")} <= names


def test_a_study_of_ones_own_is_drawn_without_its_file(studies, tmp_path):
    done = inside("plot", studies / "own", "--plots", tmp_path)
    assert done.exit_code == 0, done.output
    names = {p.name for p in (tmp_path / "own").iterdir()}
    assert names == {
        "profile.png",
        "ranks.png",
        "verdicts.png",
        "traces-distance.png",
        "trajectories-ftr_f1.png",
    }
    assert "No paths of runs are drawn on res_mine: 'res_mine' is not known here" in done.output
    assert "Of res_damped the points on record are drawn" in done.output
    refused = inside("plot", studies / "own", "--plots", tmp_path, "--trajectories", "res_mine")
    assert "give the file that declares it with --file" in str(refused.exception)


def test_with_its_file_the_paths_are_drawn_too(studies, tmp_path):
    done = inside("plot", studies / "own", "--plots", tmp_path, "--file", studies / "mine.py")
    assert (tmp_path / "own" / "trajectories-res_mine.png").is_file(), done.output
    assert "points on record" not in done.output


def test_a_study_without_planar_problems_has_no_paths(studies, tmp_path):
    done = inside("plot", studies / "wide", "--plots", tmp_path)
    assert {p.name for p in (tmp_path / "wide").iterdir()} == {
        "profile.png", "verdicts.png", "traces-distance.png",
    }, done.output  # fmt: skip
    refused = inside("plot", studies / "wide", "--plots", tmp_path, "--trajectories", "bilinear_d")
    assert "needs a planar problem; bilinear_d has dx = 2 and dy = 2" in str(refused.exception)


def test_basins_are_drawn_of_every_algorithm_that_is_known(studies, tmp_path):
    """With a file that has gone bad since: whose steps raise is left out, and said to be."""
    few = ["--calls", 40, "--plots", tmp_path, "--basins"]
    done = inside("plot", studies / "own", *few, "ftr_f1", "--format", "png,svg")
    assert done.exit_code == 0, done.output
    assert {p.name for p in (tmp_path / "own").iterdir()} == {
        "basins-ftr_f1.png", "basins-ftr_f1.svg",
    }  # fmt: skip
    assert "res_damped is left out: 'res_damped' is not known here; give the file" in done.output
    bad = tmp_path / "bad.py"
    bad.write_text(MINE.replace("cli_", "res_").replace("gx, gy = ", "1 / 0; gx, gy = "))
    done = inside("plot", studies / "own", *few, "res_mine", "--file", bad)
    assert done.exit_code == 0, done.output
    assert "res_damped is left out: ZeroDivisionError: division by zero (bad.py:" in done.output
    assert (tmp_path / "own" / "basins-res_mine.png").is_file()
    # It has no picture in a report, either, and its card says what can be said.
    done = inside("report", studies / "own", "--to", tmp_path / "r.html")
    assert done.exit_code == 0, done.exception
    assert "what a step that raises does not tell" in (tmp_path / "r.html").read_text("utf-8")


def test_basins_need_a_plane_and_a_problem_that_is_known(studies, monkeypatch, capsys):
    monkeypatch.chdir(studies)
    for folder, name, says in (
        ("wide", "bilinear_d", "needs a planar problem; bilinear_d has dx = 2 and dy = 2"),
        ("s", "keswani", "did you mean keswani_f3"),
        ("own", "res_mine", "give the file that declares it with --file"),
    ):
        assert says in complaint(["plot", folder, "--basins", name], monkeypatch, capsys)


def test_a_report_of_a_folder_is_one_file(studies, tmp_path):
    done = inside("report", studies / "own", "--to", tmp_path / "r.html", "--target", "0.1")
    assert done.exit_code == 0, done.output
    assert "res_mine is shown without its formula" in done.output
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "distance ≤ 0.1" in page
    assert "res_damped" in page
    for words in (["nowhere"], [studies / "s", "--to", "/proc/none/r.html"]):
        refused = inside("report", *words)
        assert re.search("no results folder|cannot be written", str(refused.exception))


@pytest.mark.parametrize("spoil", ["cut", "empty", "half"])
def test_a_folder_with_a_spoilt_unit_is_shown_without_it(studies, tmp_path, spoil):
    """What was being written when the disk was full, or the machine stopped."""
    shutil.copytree(studies / "s", tmp_path / "s")
    one, *_ = sorted((tmp_path / "s" / "units").iterdir())
    one.write_bytes({"cut": one.read_bytes()[:300], "empty": b"", "half": b"PAR1"}[spoil])
    (tmp_path / "s" / "units" / "more.part").write_bytes(b"PAR1")
    for words in (["table"], ["report", "--to", tmp_path / "r.html"]):
        done = inside(words[0], tmp_path / "s", *words[1:])
        assert done.exit_code == 0, done.output
        assert f"'{one.name}' in" in done.output
        assert "is left alone: it is damaged" in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["table", "s", "--target", "0.3"], "recorded at"),
        (["table", "s", "--target", "nan"], "recorded at"),
        (["table", "s", "--metric", "gap"], "distance, residual"),
        (["table", "s", "--by", "colour"], "valid names"),
        (["table", "s", "--csv", "/proc/none/t.csv"], "cannot be written"),
        (["table", "s", "--csv", "x" * 300], "cannot be written"),
        (["table", "x" * 300], "no results folder|too long"),
        (["table", "nowhere"], "no results folder"),
        (["plot", "nowhere"], "no results folder"),
        (["plot", "s", "--format", "gif"], "no format of figures named 'gif'"),
        (["plot", "s", "--metric", "gap"], "no metric named 'gap'"),
        (["plot", "s", "--trajectories", "keswani"], "did you mean keswani_f3"),
        (["plot", "s", "--plots", "/proc/none"], "cannot be written"),
    ],
)
def test_wrong_ones_are_one_sentence(studies, arguments, says, monkeypatch, capsys):
    monkeypatch.chdir(studies)
    assert re.search(says, complaint(arguments, monkeypatch, capsys))


def test_the_home_folder_is_understood(studies, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "results").symlink_to(studies)
    done = inside("table", "~/results/s", "--csv", "~/t.csv")
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "t.csv").is_file()
    assert inside("plot", "~/results/s", "--plots", "~/p").exit_code == 0
    assert (tmp_path / "p" / "s" / "profile.png").is_file()


def test_a_folder_compared_with_itself_has_not_changed(studies, tmp_path):
    done = inside("compare", studies / "s", studies / "s", "--csv", tmp_path / "t.csv", COLUMNS=80)
    assert done.exit_code == 0, done.output
    assert "Nothing changed beyond noise." in done.output
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 8


def test_folders_with_nothing_in_common_cannot_be_compared(studies, monkeypatch, capsys):
    assert "nothing to compare" in complaint(
        ["compare", studies / "s", studies / "wide"], monkeypatch, capsys
    )
