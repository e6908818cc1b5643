"""What the kit looks at in a problem: the checks of :mod:`minmaxbench.problems.checks`, and the engines."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec

import numpy as np

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.noise import run_keys
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Batch, Unsupported
from minmaxbench.engines.choice import get_engine
from minmaxbench.errors import UserError
from minmaxbench.problems.checks import looks
from minmaxbench.problems.planar import Planar
from minmaxbench.testing.algorithms import INSTALL
from minmaxbench.testing.findings import Look, NotLookedAt

LANES, BUDGET = 5, 20.0


def problem_looks(problem: Problem) -> Iterator[Look]:
    """All that is looked at."""
    yield from looks(problem)
    yield "points and their proof", partial(_points, problem)
    yield "runs begin and go on", partial(_run, problem, "numpy")
    for engine in INSTALL:
        yield f"the engine {engine} makes the same steps", partial(_run, problem, engine)


def _points(problem: Problem) -> str:
    known = problem.points()
    if not len(known):
        raise NotLookedAt("no stationary point is listed: runs are judged by their residual")
    proved = problem.certificate if isinstance(problem, Planar) else None
    how = proved.summary if proved is not None else known.proof
    return f"{len(known)} listed, {known.equilibria.size} of them equilibria; {how}"


def _run(problem: Problem, engine: str) -> str:
    """Some steps of GDA, compared with NumPy's."""
    lacking = [module for module in INSTALL.get(engine, ()) if find_spec(module) is None]
    if lacking:
        raise NotLookedAt(f"{' and '.join(lacking)} not installed")
    rng = np.random.default_rng(0)
    low, high = problem.about.region
    drawn = (rng.uniform(low, high, (LANES, d)) for d in (problem.dx, problem.dy))
    x, y = problem.place(*drawn)
    x, y = problem.x_set.project(np, x), problem.y_set.project(np, y)
    rule = get_algorithm("gda", eta_x=1e-3, eta_y=1e-3)
    batch = Batch(problem, rule, x, y, run_keys("check", np.arange(LANES)), BUDGET, audit=True)
    here = get_engine("numpy").run(batch)
    if engine == "numpy":
        if not (np.isfinite(here.x).all() and np.isfinite(here.y).all()):
            raise UserError("GDA with a step of 0.001 leaves the numbers within 20 calls")
        return f"{LANES} runs of GDA, {BUDGET:g} calls each"
    try:
        there = get_engine(engine).run(batch)
    except Unsupported as why:
        raise NotLookedAt(f"{why}; the NumPy engine runs it") from why
    gap = max(float(np.abs(a - b).max()) for a, b in ((here.x, there.x), (here.y, there.y)))
    if not gap < 1e-6 * (1 + max(np.abs(here.x).max(), np.abs(here.y).max())):
        raise UserError(f"after {BUDGET:g} calls it is {gap:.3g} from where NumPy is")
    return f"up to {gap:.1g}" if gap else "bit by bit"


def place_of(problem: Problem, own: str = "") -> tuple[frozenset[str], str]:
    """The files of a problem's class, and ``file:line`` of it; ``own`` is the file that was named."""
    kind = type(problem)
    if kind.__module__.partition(".")[0] == "minmaxbench":
        return frozenset(filter(None, [own])), ""
    try:
        path, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return frozenset(), ""
    return frozenset(filter(None, [path])), f"{(path or '').rpartition('/')[2]}:{line}"
