"""Running the command line: in a process of its own, in this one, and as `main` does."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from minmaxbench.cli import app

MINE = '''
from dataclasses import dataclass
from minmaxbench import Iterate, Memoryless, planar, register

planar("cli_mine", title="mine", formula="x**2*y - y**2 + sin(x)", source="me", classes=())

@register("cli_damped", "me")
@dataclass(frozen=True)
class Damped(Memoryless):
    """GDA with weight decay."""

    eta: float = 0.05

    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(0.99 * state.x - self.eta * gx, 0.99 * state.y + self.eta * gy)
'''
"""A file of a user's."""


def cli(*arguments, cwd):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "minmaxbench", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=180,
    )  # fmt: skip


def inside(*arguments, **environment):
    """Run it in this process: quicker, for what needs no process of its own."""
    environment = {name: str(value) for name, value in environment.items()}
    return CliRunner().invoke(app, [str(a) for a in arguments], env=environment)


def complaint(arguments, monkeypatch, capsys):
    """What `main` says of bad input: one sentence, after which it exits with code 2."""
    from minmaxbench.cli import main

    monkeypatch.setattr(sys, "argv", ["minmaxbench", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    said = capsys.readouterr()
    assert stop.value.code == 2, said
    error = " ".join(said.err.split())
    assert error.startswith("Error: ")
    assert "Traceback" not in said.out + said.err
    return error
