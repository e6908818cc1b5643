"""Break the package on purpose, one constant or operator at a time: does a test notice?

python benchmarks/mutants.py [NUMBER ...]

Each mutant is put into a copy of the package, and the tests named beside it run there. One that
survives is a hole in the tests: the command ends with 1 and names it. Numbers are those of the review
that found most of them alive; its number 1 is left out, since it changes nothing but the speed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Mutant(NamedTuple):
    """A text to be replaced by another, and the tests that should fail then."""

    what: str
    path: str
    old: str
    new: str
    tests: str


PLAN = "tests/bench/test_plan.py -k reaches or asked or root"
THRESHOLDS = "tests/record/test_thresholds.py"
SEEDS = '_SEEDS = ("algorithms", '

MUTANTS = {
    0: Mutant("a Hessian-vector product costs 1/2", "core/calls.py", "1.0 if self is Call.HVP else 0.5",
              "0.5", "tests/core/test_oracle.py"),
    2: Mutant("differences on a torus round down", "core/sets.py", "xp.round(gap / self.period)",
              "xp.floor(gap / self.period)", "tests/core/test_oracle.py -k torus"),
    3: Mutant("greedy-max stops at r_max rejections", "algorithms/greedy_max/base.py",
              "state.rejections > flat", "state.rejections >= flat",
              "tests/algorithms/greedy_max/test_published.py"),
    4: Mutant("max_ascents is ignored", "algorithms/greedy_max/published.py",
              "(slope <= limit) | (state.ascents >= flat(self.max_ascents))", "slope <= limit",
              "tests/algorithms/greedy_max/test_published.py"),
    5: Mutant("a budget just reached is over", "record/ends.py", "steps / 2) > budget",
              "steps / 2) >= budget", "tests/record/test_recorder.py -k brute"),
    6: Mutant("traces have 10 points a decade", "record/targets.py", "PER_DECADE = 12",
              "PER_DECADE = 10", "tests/record/test_recorder.py -k logarithmic"),
    7: Mutant("runs diverge at 1e6", "record/outcomes.py", "RADIUS = 1e8", "RADIUS = 1e6", THRESHOLDS),
    8: Mutant("near is 0.2", "record/verdicts.py", "NEAR = 0.1", "NEAR = 0.2", THRESHOLDS),
    9: Mutant("flat is 1e-2", "record/verdicts.py", "FLAT = 1e-3", "FLAT = 1e-2", THRESHOLDS),
    10: Mutant("tiny is 1e-9", "record/verdicts.py", "TINY = 1e-6", "TINY = 1e-9", THRESHOLDS),
    11: Mutant("the equilibrium level is f - eps/4", "theory/approximate.py",
               "problem.value(np, x, y) - test.eps / 2", "problem.value(np, x, y) - test.eps / 4",
               "tests/theory/test_approximate.py"),
    12: Mutant("the start design is no part of the fingerprint", "bench/unit.py",
               'asked["start"] = DESIGNS.get(self.start, self.start)', 'asked["start"] = ""', PLAN),
    13: Mutant("the budget is no part of it", "bench/unit.py", SEEDS, SEEDS + '"budget", ', PLAN),
    14: Mutant("the noise is no part of it", "bench/unit.py", SEEDS, SEEDS + '"noise", ', PLAN),
    15: Mutant("the root seed is no part of it", "bench/unit.py", SEEDS, SEEDS + '"seed", ', PLAN),
    16: Mutant("noise does not reach the engine", "bench/unit.py", "unit.budget, unit.noise, left",
               "unit.budget, OracleNoise(), left", PLAN),
    17: Mutant("starts and noise ignore the root seed", "bench/unit.py", 'run_keys(f"{seed}|',
               'run_keys(f"0|', PLAN),
    18: Mutant("proved bounds have 10 % of slack", "bench/unit.py", "slack = 1e-9 *", "slack = 0.1 *",
               "tests/bench/test_bounds_check.py tests/bench/test_proved_bounds.py"),
    19: Mutant("starts near are at 0.5", "bench/starts.py", "0.1 * step if", "0.5 * step if",
               "tests/bench/test_study.py -k designs"),
    20: Mutant("the ring is not normalised", "bench/starts.py",
               "step / np.sqrt(dot(np, step, step))", "step", "tests/bench/test_study.py -k designs"),
    21: Mutant("an instance's smoothness scales by s", "problems/transforms/instances.py",
               "about.smoothness / self.x_map.scale**2", "about.smoothness / self.x_map.scale",
               "tests/problems/test_lifts.py -k smoother"),
    22: Mutant("exchanged players keep the bounds of f", "problems/transforms/instances.py",
               "bounds=(-about.bounds[1], -about.bounds[0])", "bounds=about.bounds",
               "tests/problems/test_problems.py"),
    23: Mutant("solved is more than half", "analysis/statistics.py", '(mine["share"] >= 0.5)',
               '(mine["share"] > 0.5)', "tests/analysis/test_statistics.py -k solved"),
    24: Mutant("90 % intervals are called 95 %", "analysis/statistics.py", "CONFIDENCE = 0.95",
               "CONFIDENCE = 0.90", "tests/analysis/test_statistics.py -k scipys or interval"),
    25: Mutant("verdict shares are the first problem's", "analysis/statistics.py",
               "float((count / size).mean())", "float((count / size)[0])",
               "tests/analysis/test_statistics.py -k verdict"),
    26: Mutant("% is not escaped in LaTeX", "report/text.py", '"%": r"\\%", ', "",
               "tests/report/test_text.py -k latex"),
    27: Mutant("0.4 % is printed as 0 %", "analysis/words.py",
               'return "< 1 %" if text == "0 %" and share > 0 else text', "return text",
               "tests/analysis/test_findings.py -k rounded"),
    28: Mutant("profiles average runs", "analysis/profile.py", "(counts / size[:, None]).mean(axis=0)",
               "counts.sum(axis=0) / size.sum()",
               "tests/analysis/test_profile.py"),
    29: Mutant("auto compiles from 3,000 calls", "engines/choice.py", "WORTH_COMPILING = 30_000.0",
               "WORTH_COMPILING = 3_000.0", "tests/engines/test_jax_engine.py -k choice"),
    30: Mutant("decaying weights without 6/pi^2", "problems/transforms/lifts.py",
               "return 6 / np.pi**2 / np", "return 1.0 / np", "tests/problems/test_lifts.py -k weights"),
    31: Mutant("the manifest is silent on changed files", "bench/manifest.py",
               'f"{revision}+" if changed else revision', "revision",
               "tests/bench/test_store.py -k revision"),
    # Of what has been built since: the guards of users' code.
    32: Mutant("gradients can be written to", "core/contract.py",
               "result.flags.writeable = False\n", "", "tests/core/test_oracle.py -k opened"),
    33: Mutant("masks are not looked at", "core/oracle.py", "check_mask(where, self._size)", "pass",
               "tests/core/test_oracle.py -k mask"),
    34: Mutant("several points a lane for the price of one", "core/oracle.py",
               "check_point(what, arrays, self._shapes)", "pass", "tests/core/test_oracle.py -k one_point"),
    35: Mutant("unpaid answers are answers", "core/oracle.py", "where is None or self.ledger is None", "True",
               "tests/engines/test_audit.py -k paid"),
    36: Mutant("the audit does not look alone", "engines/audit.py", "if not _same(among, alone)",
               "if False", "tests/engines/test_audit.py -k mixed"),
    37: Mutant("the audit does not look twice", "engines/audit.py", "if not _same(alone, again)",
               "if False", "tests/engines/test_audit.py -k outside"),
    38: Mutant("iterates may leave their sets", "engines/audit.py", "if away.any()", "if False",
               "tests/engines/test_audit.py -k leaves"),
    39: Mutant("two versions are counted as one", "analysis/statistics.py",
               "if (versions > 1).any()", "if False", "tests/analysis/test_statistics.py -k versions"),
    40: Mutant("runs are counted twice", "analysis/statistics.py", "if twice.any()", "if False",
               "tests/analysis/test_statistics.py -k versions"),
    41: Mutant("workers are shared by all code", "bench/executors/pool.py",
               "worker.guest != unit.guest", "False",
               "tests/bench/test_executors.py -k nobody_else"),
    42: Mutant("checksums are not looked at", "bench/store.py", "stamp.digest != table_digest(table)",
               "False", "tests/bench/test_store.py -k flipped"),
    43: Mutant("errors are answers", "bench/plan.py", "retry: bool = True", "retry: bool = False",
               "tests/bench/test_plan.py -k tried_again"),
    44: Mutant("formulas without a name are not looked at", "bench/naming.py",
               "    check_problem(problem)\n    return problem", "    return problem",
               "tests/problems/test_checks.py -k without_a_name"),
}  # fmt: skip


def survives(mutant: Mutant) -> bool:
    """Whether the tests pass in a copy with the mutant in it."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for name in ("minmaxbench", "tests", "docs", "benchmarks"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, copy)
        path = copy / "minmaxbench" / mutant.path
        text = path.read_text(encoding="utf-8")
        assert mutant.old in text, f"{mutant.path} has no {mutant.old!r}: the mutant is out of date"
        path.write_text(text.replace(mutant.old, mutant.new, 1), encoding="utf-8")
        where, _, words = mutant.tests.partition(" -k ")
        chosen = [*where.split(), *(["-k", words] if words else [])]
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *chosen], cwd=copy, capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(copy)},
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return done.returncode == 0


def main(numbers: list[int]) -> None:
    """Try the mutants of these numbers, or all."""
    alive = []
    for number in numbers or MUTANTS:
        lives = survives(MUTANTS[number])
        alive += [number] if lives else []
        verdict = "SURVIVES" if lives else "dies"
        print(f"{number:2d} {verdict}: {MUTANTS[number].what}", flush=True)
    sys.exit(1 if alive else 0)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
