"""Kill a study at random moments and go on: is the result, bit for bit, that of one that ran through?

python benchmarks/kills.py [COUNT]
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import minmaxbench as mb

TIMES = ["seconds", "step_seconds", "unit_seconds"]


def command(out: Path, jobs: int) -> list[str]:
    """A study of 40 units."""
    problems = [
        w for p in ("ftr_f1", "keswani_f3", "forsaken", "bilinear_d", "jin_cos") for w in ("-p", p)
    ]
    rules = [w for a in ("gda", "ogda", "greedy_max", "extragradient") for w in ("-a", a)]
    rest = ["--seeds", "20", "--budget", "400", "--name", "k", "-j", str(jobs), "--out", str(out)]
    return [
        sys.executable,
        "-m",
        "minmaxbench",
        "run",
        *problems,
        *rules,
        *rest,
        "--plots",
        str(out),
    ]


def runs(out: Path) -> pd.DataFrame:
    """The rows, without their times."""
    return mb.load(out / "k").runs.drop(columns=TIMES)


def main(count: int) -> None:
    """Kill ``count`` times, half with one process and half with two."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        began = time.perf_counter()
        subprocess.run(command(root / "whole", 1), check=True, capture_output=True)
        length = time.perf_counter() - began
        whole = runs(root / "whole")
        for k in range(count):
            out, jobs = root / str(k), 1 + k % 2
            with subprocess.Popen(
                command(out, jobs), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as process:  # fmt: skip
                time.sleep(rng.uniform(0.2, length))
                os.killpg(process.pid, signal.SIGKILL)
            done = subprocess.run(command(out, jobs), capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            pd.testing.assert_frame_equal(runs(out), whole)
        print(f"{count} kills within {length:.1f} s: all resumed, bit for bit")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
