"""``minmaxbench tune``: from nothing to settings, going on where it stopped; one sentence for bad input."""

import json

import pytest
from commands import cli, complaint

INVERTED = '''
from dataclasses import dataclass
from minmaxbench import Iterate, Memoryless, register
from minmaxbench.core.parameters import step_size

@register("inverted", "me")
@dataclass(frozen=True)
class Inverted(Memoryless):
    """GDA."""

    eta: float = step_size(0.05, search=(1.0, 0.1))

    def step(self, state, oracle):
        return state
'''

MINE = INVERTED.replace("(1.0, 0.1)", "(0.1, 1.0)").replace("inverted", "mine").replace(
    "return state",
    """gx, gy = oracle.grad(state.x, state.y)
        return Iterate(state.x - self.eta * gx, state.y + self.eta * gy)""",
)  # fmt: skip


def test_settings_are_found_kept_and_not_sought_again(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    asked = ["tune", "--quick", "-a", "mine", "--file", "mine.py", "-p", "jin_quadratic"]
    first = cli(*asked, "--jobs", 1, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "25 settings, up to 25 an algorithm, on 1 problem," in first.stdout
    assert "--quick is not the protocol" in first.stdout
    data = json.loads((tmp_path / "results" / "tuning" / "tuned.json").read_text())
    assert data["algorithms"]["mine"]["settings"] == 25
    assert data["command"].startswith("minmaxbench tune --quick -a mine")
    assert "jin_quadratic" in data["algorithms"]["mine"]["best"]
    for name in ("tunability", "sensitivity", "step-sizes"):
        assert (tmp_path / "plots" / "tuning" / f"{name}.png").stat().st_size > 5000
    again = cli(*asked, "--jobs", 1, cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert "All runs are there already." in again.stdout
    shown = cli("show", "mine", "--file", "mine.py", cwd=tmp_path)
    assert "Tuned for the whole suite" in shown.stdout
    assert "minmaxbench tune --quick -a mine" in shown.stdout.replace("\n", " ")


def test_what_runs_on_no_problem_is_left_out_and_does_not_end_the_tuning_of_others(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    asked = ["--quick", "-a", "omwu", "-a", "mine", "--file", "mine.py", "-p", "jin_quadratic"]
    done = cli("tune", *asked, "--jobs", 1, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Left out: omwu on all problems" in done.stdout
    data = json.loads((tmp_path / "results" / "tuning" / "tuned.json").read_text())
    assert [*data["algorithms"]] == ["mine"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tune", "-a", "gdaa"], "did you mean gda"),
        (["tune", "-a", "gda", "-p", "keswani_f4"], "did you mean"),
        (["run", "-p", "ftr_f1", "-a", "gda", "--settings", "tunned"], "did you mean tuned"),
        (["tune", "--file", "inverted.py", "-a", "inverted"], "upside down: low is below high"),
    ],
)
def test_wrong_ones_are_one_sentence(arguments, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inverted.py").write_text(INVERTED)
    assert words in complaint(arguments, monkeypatch, capsys)
