"""Names with anything in them, and bad input: one sentence, and never a traceback."""

import re
import sys

import pytest
from commands import cli, complaint

NASTY = '''
from dataclasses import dataclass
from minmaxbench import Iterate, Memoryless, planar, register

for name in ("pr[/]", "pr[bold]x", "a|b", "a_b^c$d~e", "f/g", "$x$"):
    planar(name, title="[red]t[/]", formula="x*y", source="me [link]", classes=())

def make(name):
    @register(name, "me & [others]")
    @dataclass(frozen=True)
    class Mine(Memoryless):
        """[bold]Doc[/]."""
        eta: float = 0.05
        def step(self, state, oracle):
            gx, gy = oracle.grad(state.x, state.y)
            return Iterate(state.x - self.eta * gx, state.y + self.eta * gy)

for name in ("mine[/]", "sgd[momentum]", "sgd[nesterov]", "m|n", "_m", "\\\\alpha", "100%", "fast:v2"):
    make(name)
'''


def test_names_with_markup_go_through_everything(tmp_path):
    (tmp_path / "nasty.py").write_text(NASTY)
    names = ["mine[/]", "sgd[momentum]", "sgd[nesterov]", "m|n", "_m", "\\alpha", "100%", "fast:v2"]
    problems = ["pr[/]", "f/g"]
    chosen = [part for a in names for part in ("-a", a)] + [p for n in problems for p in ("-p", n)]
    done = cli(
        "run", "--file", "nasty.py", *chosen, "--seeds", 1, "--budget", 20, "--out", "[bold]/[/]",
        "--plots", "p[x]", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    for name in names:
        assert name in done.stdout
    folder = tmp_path / "[bold]/[/]" / "study"
    assert folder.is_dir()
    assert "Results: [bold]/[/]/study" in done.stdout
    pictures = {p.name for p in (tmp_path / "p[x]" / "study").iterdir()}
    assert len([n for n in pictures if n.startswith("trajectories-")]) == len(problems)
    shown = cli(
        "table", folder, "--by", "problem", "--latex", "t.tex", "--markdown", "t.md", cwd=tmp_path
    )
    assert shown.returncode == 0, shown.stderr
    for problem in problems:
        assert problem in shown.stdout
    rows = [r for r in (tmp_path / "t.md").read_text().splitlines() if r.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows}) == 1
    for name in ("mine[/]", "pr[/]"):
        page = cli("show", name, "--file", "nasty.py", cwd=tmp_path)
        assert page.returncode == 0, page.stderr
        assert name in page.stdout
        assert "[" in page.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "-p", "keswani_f4"], "did you mean keswani_f3"),
        (["run", "-p", "ftr_f1", "-a", "gdaa"], "did you mean gda"),
        (["run", "-p", "ftr_f1", "-a", "GDA"], "did you mean gda"),
        (["run", "-p", "ftr_f1", "-a", "gda:etax=1"], "did you mean eta_x"),
        (["run", "-p", "ftr_f1", "-a", "gda:eta_x"], "name=value"),
        (["run", "-p", "ftr_f1", "-a", "gda:eta_x=00:00:00"], "eta_x"),
        (["run", "-p", "ftr_f1", "--budget", "0"], "above 0"),
        (["run", "-p", "ftr_f1", "--budget", "nan"], "above 0"),
        (["run", "-p", "ftr_f1", "--seeds", "0"], "from 1 to"),
        (["run", "-p", "ftr_f1", "--start", "1,nan"], "finite"),
        (["run", "-p", "ftr_f1", "--start", "regio"], "did you mean region"),
        (["run", "-p", "bilinear_d", "--dim", "0"], "at least 1"),
        (["run", "-p", "keswani_f3", "--dim", "6"], "has its own only"),
        (["run", "-p", "ftr_f1", "--time-limit", "-1"], "above 0"),
        (["run", "-p", "ftr_f1", "--name", "a/b"], "'name' of a study is made of"),
        (["run", "-p", "ftr_f1", "--name", ".."], "'name' of a study is made of"),
        (["run", "-p", "ftr_f1", "--format", "gif"], "no format of figures named 'gif'"),
        (["run", "-p", "ftr_f1", "--engine", "cuda"], "no engine named 'cuda'"),
        (["run", "--suite", "papers"], "did you mean paper"),
        (["run", "--suite", ""], "no suite named ''"),
        (["run", "--all", "--suite", "paper"], "one of --all"),
        (["run", "--study", "absent.toml"], "cannot be read"),
        (["run"], "Say what to run"),
        (["run", "-p", "ftr_f1", "--file", "absent.py"], "does not exist"),
        (["run", "-p", "ftr_f1", "--file", "broken.py"], "does not import: NameError.*line 2"),
        (["run", "-p", "ftr_f1", "--out", "/proc/none"], "cannot be written"),
        (["run", "-p", "ftr_f1", "--out", "x" * 300], "cannot be read"),
        (["run", "-p", "ftr_f1", "-a", "greedy_max_theory"], "needs a bound b"),
        (["show", "keswani"], "did you mean keswani_f3"),
        (["show", "[/]"], "no problem or algorithm named '\\[/\\]'|formula"),
        (["show", "bilinear_d", "--plot"], "needs a planar problem"),
        (["show", "ftr_f1", "--dim", "3"], "has its own only"),
        (["list", "--class", "bilinearr"], "did you mean bilinear"),
        (["certify", "keswani"], "did you mean keswani_f3"),
        (["certify", "bilinear_d"], "planar"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(arguments, says, tmp_path, monkeypatch, capsys):
    (tmp_path / "broken.py").write_text("x = 1\nundefined_name\n")
    monkeypatch.chdir(tmp_path)
    assert re.search(says, complaint(arguments, monkeypatch, capsys))


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("import sys; sys.exit(0)", "SystemExit: 0 .line 1"),
        ("raise SystemExit", "does not import: SystemExit"),
        ("raise GeneratorExit('x')", "GeneratorExit: x"),
        ("import nothing_like_it", "ModuleNotFoundError"),
        ("def f(:", "SyntaxError.*line 1"),
        ("\0", "does not import: SyntaxError|ValueError"),
        ("1 / 0", "ZeroDivisionError"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
@pytest.mark.parametrize("command", [["run", "-p", "ftr_f1"], ["list"], ["show", "ftr_f1"]])
def test_a_file_that_ends_the_process_is_one_sentence(
    deed, says, command, tmp_path, monkeypatch, capsys
):
    (tmp_path / "mine.py").write_text(deed)
    monkeypatch.chdir(tmp_path)
    error = complaint([*command, "--file", "mine.py"], monkeypatch, capsys)
    assert re.search(says, error), error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "-p", "ftr_f1", "-a", "gda:eta_x=.1,eta_x=.2"], "'eta_x' is given twice"),
        (
            ["run", "-p", "ftr_f1", "-a", "gda:eta_x=1/0"],
            "as '0.5/L'; got '1/0'",
        ),
        (["run", "-p", "ftr_f1", "-a", "gda:eta_x=" + 5000 * "9"], "a number above 0"),
        (["run", "-p", "bilinear_d", "--dim", "99999999999"], "at most 10,000,000"),
        (["run", "-p", "bilinear_d:dx=99999999999", "-a", "gda"], "at most 10,000,000"),
        (["run", "-p", "ftr_f1", "--instance", "9" * 40], "at most 10,000,000"),
        (["run", "-p", "ftr_f1", "-a", "gda", "--start", "1,2,3"], "has 2 coordinates; .* has 3"),
        (["run", "-p", "sqrt(x)*y", "-a", "gda"], "must not be negative"),
        (["run", "-p", "y/x", "-a", "gda"], "must not be zero"),
        (["run", "-p", "x**x", "-a", "gda"], "must not be negative"),
        (["list", "algorithms", "--dim", "3"], "--dim filters problems only"),
        (["list", "suites", "--source", "x"], "--source filters problems and algorithms only"),
        (["list", "suites", "--class", "bilinear"], "--class filters problems only"),
    ],
)
def test_what_would_be_ignored_or_never_end_is_one_sentence(
    arguments, says, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert re.search(says, complaint(arguments, monkeypatch, capsys))
    assert not [*tmp_path.iterdir()]


def test_any_output_stream_takes_any_text(tmp_path):
    (tmp_path / "nasty.py").write_text(NASTY.replace('"$x$"', '"日本"'))
    import os
    import subprocess

    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-m", "minmaxbench", "show", "日本", "--file", "nasty.py"],
        cwd=tmp_path, capture_output=True, env=environment, check=True,
    )  # fmt: skip
    assert b"\\u65e5\\u672c" in done.stdout
