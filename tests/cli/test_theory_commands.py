"""`minmaxbench certify`, `cycles` and `stability`, and what others do with what they write."""

import json

import pytest
from commands import cli, complaint, inside

import minmaxbench as mb
from minmaxbench.problems.certificates import parse
from minmaxbench.problems.registry import get_problem

FILE = """
from minmaxbench import planar

planar("shelf", formula="{formula}", region=(-1.0, 1.0))
"""
FORMULA = "x**4/4 - x**2/2 - y**2/2 + x*y/10"


@pytest.fixture
def mine(tmp_path):
    """A user's file."""
    path = tmp_path / "mine.py"
    path.write_text(FILE.format(formula=FORMULA))
    return path


def test_certify_says_what_is_proved_and_writes_it(tmp_path):
    done = inside("certify", "forsaken", "monkey_saddle", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert "forsaken: 1 local maximin" in done.output
    assert "a degenerate stationary point" in done.output
    written = parse((tmp_path / "forsaken.json").read_text())
    assert written.points == get_problem("forsaken").certificate.points


def test_a_certificate_beside_a_users_file_is_read_by_show_and_by_runs(mine, tmp_path):
    before = cli("show", "shelf", "--file", "mine.py", cwd=tmp_path)
    assert "numerical search" in before.stdout
    done = cli("certify", "shelf", "--file", "mine.py", "--out", "certified", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    after = cli("show", "shelf", "--file", "mine.py", cwd=tmp_path)
    assert "certified in [-4, 4] x [-4, 4]: these are all there are" in after.stdout
    # From another folder, too: it lies beside the file, not where the command runs.
    (tmp_path / "elsewhere").mkdir()
    there = cli("show", "shelf", "--file", "../mine.py", cwd=tmp_path / "elsewhere")
    assert "certified in" in there.stdout

    # A run's distances are to its points: with one of them taken away, it is none any more.
    assert runs(tmp_path)["equilibria"].eq(2).all()
    path = tmp_path / "certified" / "shelf.json"
    facts = json.loads(path.read_text())
    facts["points"] = [p for p in facts["points"] if float(p["x"]) <= 0]
    path.write_text(json.dumps(facts))
    assert runs(tmp_path)["equilibria"].eq(1).all()


def runs(folder):
    """Three runs of GDA on the user's problem."""
    done = cli(
        "run", "-p", "shelf", "-a", "gda", "--file", "mine.py", "--seeds", "3", "--budget", "500",
        "--out", "results", "--name", "s", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return mb.load(folder / "results" / "s").runs


def test_a_certificate_of_another_definition_is_named_and_not_believed(mine, tmp_path):
    cli("certify", "shelf", "--file", "mine.py", "--out", "certified", cwd=tmp_path)
    mine.write_text(FILE.format(formula=FORMULA + " + x/8"))
    shown = cli("show", "shelf", "--file", "mine.py", cwd=tmp_path)
    text = " ".join(shown.stdout.split())
    assert "numerical search" in text
    assert "is of another definition" in text


def test_a_damaged_certificate_is_one_sentence(mine, tmp_path):
    (tmp_path / "certified").mkdir()
    for content in ("{", "[]", '{"points": 3}', '{"definition": "x"}'):
        (tmp_path / "certified" / "shelf.json").write_text(content)
        shown = cli("show", "shelf", "--file", "mine.py", cwd=tmp_path)
        assert shown.returncode == 2
        assert "Traceback" not in shown.stderr
        assert "cannot be read" in " ".join(shown.stderr.split())


def test_the_box_of_a_free_player_can_be_chosen():
    done = inside("certify", "cgd_convex", "--x=-1,3", "--y", "-2,2")
    assert "certified in [-1, 3] x [-2, 2]" in done.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["certify", "forsaken", "--x", "0,1"], "moves in R only"),
        (["certify", "cgd_convex", "--x", "1,0"], "low < high"),
        (["certify", "forsaken", "--out", "/proc/none"], "cannot be written"),
        (["stability", "bilinear_d"], "planar"),
        (["stability", "forsaken", "--point", "7"], "lists 1 points"),
        (["stability", "forsaken", "--step", "0"], "positive number"),
        (["stability", "forsake"], "did you mean forsaken"),
        (["cycles", "bilinear_d"], "planar"),
    ],
)
def test_bad_requests_are_one_sentence(arguments, says, monkeypatch, capsys):
    assert says in complaint(arguments, monkeypatch, capsys)


def test_cycles_are_printed_written_and_read_beside_a_users_file(tmp_path):
    (tmp_path / "mine.py").write_text(
        'from minmaxbench import planar\nplanar("ring", formula="2*x*y", region=(-1.0, 1.0))\n'
    )
    done = cli("cycles", "ring", "--file", "mine.py", "--out", "cycles", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "one of a family of closed orbits" in done.stdout
    assert "period 3.14159" in done.stdout
    shown = cli("show", "ring", "--file", "mine.py", cwd=tmp_path)
    assert "one of a family of closed orbits" in shown.stdout


def test_stability_says_who_is_attracted_and_at_which_steps():
    # x^2/2 - y^2/2: GDA halves nothing, it multiplies by 1 - eta: stable below 2.
    lines = inside("stability", "cgd_convex", "--step", "0.5").output.splitlines()
    assert lines[0] == "0: (0, 0), local Nash"
    (gda,) = [line for line in lines if line.startswith("  gda:")]
    # f = x^2 - y^2: the radius is 1 - 2 eta.
    assert "radius 0 at step 0.5, attracts; attracts at steps of 0.0001 to 1" in gda
    many = inside("stability", "cbo_rastrigin_1d", "--step", "0.01").output
    assert "attracts " in many
    assert "radius" not in many
