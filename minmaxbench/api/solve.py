"""One run, kept in memory: one algorithm on one problem from one start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.bench.naming import algorithm_ref, problem_ref
from minmaxbench.bench.plan import unfit
from minmaxbench.bench.starts import check_design, start_points
from minmaxbench.bench.study import check
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.loop import follow
from minmaxbench.errors import UserError, path_of
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.record import Record
from minmaxbench.record.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Run:
    """What :func:`solve` returns: where a run ended, why, and every iterate on its way."""

    problem: Problem
    algorithm: Algorithm
    x: Floats
    """The min-player's final point, (dx,)."""
    y: Floats
    """The max-player's, (dy,)."""
    fun: float
    """f there."""
    residual: float
    """The gradient norm, or the natural residual on a set."""
    distance: float
    """To the nearest listed equilibrium; infinite if none is listed."""
    ncall: float
    """Gradient calls spent; a value costs 1/2, a Hessian-vector product 1."""
    nit: int
    """Steps made."""
    outcome: str
    """Why it ended, in a word."""
    verdict: str
    """Where it got to, in a word."""
    message: str
    """Both in sentences."""
    success: bool
    """Whether it reached a listed equilibrium."""
    _steps: tuple[Floats, Floats, Floats] = field(repr=False)

    def trajectory(self) -> pd.DataFrame:
        """Every iterate, the start included, one row each.

        Columns: ``step``; ``call``, the gradient calls spent before; ``x`` and ``y``, numbers for
        planar problems and arrays otherwise; ``f``, ``residual`` and ``distance`` there.
        """
        import pandas as pd

        x, y, calls = self._steps
        problem = self.problem
        with np.errstate(all="ignore"):
            gradient = problem.grad(np, x, y)
            near = problem.distances(np, x, y)[:, problem.points().equilibria]
            columns = {
                "step": np.arange(len(x)),
                "call": calls,
                "x": x[:, 0] if x.shape[1] == 1 else list(x),
                "y": y[:, 0] if y.shape[1] == 1 else list(y),
                "f": problem.value(np, x, y),
                "residual": problem.residual(np, x, y, *gradient),
                "distance": near.min(1, initial=np.inf),
            }
        return pd.DataFrame(columns)

    def plot(self, path: str | Path | None = None) -> Any:
        """The way over the contours of f; of problems that are not planar, distance and residual.

        Parameters
        ----------
        path :
            Where to write the picture (PNG, PDF or SVG, by its ending), if anywhere.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from minmaxbench.report.figures.run import run_figure
        from minmaxbench.report.style import save

        figure = run_figure(self.trajectory(), self.problem, _title(self))
        if path is not None:
            save(figure, path_of("path", path))
        return figure

    def __repr__(self) -> str:
        facts = {
            "x": _short(self.x), "y": _short(self.y), "fun": f"{self.fun:.6g}",
            "residual": f"{self.residual:.3g}", "distance": f"{self.distance:.3g}",
            "ncall": f"{self.ncall:g}", "nit": str(self.nit), "outcome": self.outcome,
            "verdict": self.verdict, "success": str(self.success), "message": self.message,
        }  # fmt: skip
        return _title(self) + "".join(f"\n {name:>9}: {fact}" for name, fact in facts.items())


def solve(
    problem: Any,
    algorithm: Any,
    x0: Any = None,
    y0: Any = None,
    *,
    budget: float = 10_000.0,
    seed: int = 0,
    noise: float | OracleNoise = EXACT,
) -> Run:
    """Run one algorithm on one problem from one start; no file is written.

    Parameters
    ----------
    problem :
        A name, a formula in x and y, or a :class:`minmaxbench.Problem`.
    algorithm :
        A name or a :class:`minmaxbench.Algorithm`.
    x0, y0 :
        The start: a number, the same in every coordinate, or all coordinates. Where left out, the
        start that run ``seed`` of a study has: drawn from the problem's start region.
    budget :
        Gradient calls that may be spent.
    seed :
        Decides noise and random steps, as in a study.
    noise :
        Standard deviation of the gradients' noise, 0 for exact ones.

    Returns
    -------
    Run

    Raises
    ------
    UserError
        For names that do not exist, a start of the wrong size, an algorithm that needs what the
        problem does not give.
    """
    game, method = problem_ref(problem), algorithm_ref(algorithm)
    built, rule = game.build(), method.build()
    if reason := unfit(built, rule):
        raise UserError(reason)
    seeds = np.array([check("seed", seed)])
    keys = run_keys(f"0|{game.name}|{game.instance}|{game.dx}|{game.dy}", seeds)
    check_design("region", built)
    x, y = start_points("region", built, keys, seeds)
    x, y = _start("x0", x0, x), _start("y0", y0, y)
    noise = noise if isinstance(noise, OracleNoise) else OracleNoise(gradient=noise)
    own = game.item is None and method.kind is None
    batch = Batch(built, rule, x, y, keys, check("budget", budget), noise, audit=not own)
    return _follow(batch)


def _follow(batch: Batch) -> Run:
    chunks: list[Chunk] = []
    oracle = NumpyOracle(batch.problem, Draws(batch.keys), batch.noise)
    record = follow(batch, oracle, batch.x, batch.y, watch=chunks.append)
    n = int(record.steps[0]) + 1
    calls = np.concatenate([_spent(chunk) for chunk in chunks])[:n]
    x, y = (np.concatenate([getattr(c, p)[:, 0] for c in chunks])[:n] for p in ("x", "y"))
    return _run(batch, record, (x, y, calls))


def _spent(chunk: Chunk) -> Floats:
    """Gradient calls made before each state of a chunk."""
    counts: list[Ints] = [c[:-1, 0] for c in chunk.counts]
    return np.asarray(
        sum(price * count for price, count in zip(PRICES, counts, strict=True)), float
    )


def _run(batch: Batch, record: Record, steps: tuple[Floats, Floats, Floats]) -> Run:
    outcome, verdict = record.outcome[0], record.verdict[0]
    return Run(
        problem=batch.problem,
        algorithm=batch.algorithm,
        x=record.x[0],
        y=record.y[0],
        fun=float(record.value[0]),
        residual=float(record.residual[0]),
        distance=float(record.distance[0]),
        ncall=float(record.calls[0]),
        nit=int(record.steps[0]),
        outcome=outcome.value,
        verdict=verdict.value,
        message=f"{outcome.sentence} {verdict.sentence}",
        success=verdict is Verdict.EQUILIBRIUM,
        _steps=steps,
    )


def _start(name: str, given: Any, drawn: Floats) -> Floats:
    """One player's start, (1, d)."""
    if given is None:
        return drawn
    try:
        point = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise UserError(f"{name} is a number or a list of them; got {given!r}.") from None
    d = drawn.shape[1]
    if point.ndim > 1 or point.size not in (1, d):
        raise UserError(f"{name} is one number or {d}; got an array of shape {point.shape}.")
    if not np.isfinite(point).all():
        raise UserError(f"{name} is finite; got {given!r}.")
    return np.broadcast_to(point.ravel(), (1, d)).copy()


def _title(run: Run) -> str:
    return f"{run.algorithm} on {run.problem.name}"


def _short(values: Floats) -> str:
    shown = ", ".join(f"{v:.6g}" for v in values[:6])
    return f"[{shown}{', ...' if len(values) > 6 else ''}]"
