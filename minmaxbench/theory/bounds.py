"""What theorems promise of an algorithm on a problem, in numbers."""

from __future__ import annotations

from minmaxbench.algorithms.greedy_max.published import GreedyMax
from minmaxbench.algorithms.greedy_max.theory import GreedyMaxTheory
from minmaxbench.core.problem import Problem


def greedy_max_theorem(problem: Problem, settings: GreedyMaxTheory) -> dict[str, float]:
    """What the theorem of greedy-max promises on a problem: b, L, its settings, its bound on calls.

    At most ``outer`` proposals of at most ``inner`` ascent steps each, at half a gradient call, and
    as much for each judgement. Raises :class:`UserError` where b or L is not finite.
    """
    for_problem = settings.for_problem(problem)
    assert isinstance(for_problem, GreedyMax)
    b = max(abs(bound) for bound in problem.about.bounds)
    r_max, outer = settings.iterations(b)
    return {
        "b": b,
        "L": problem.about.smoothness,
        "r_max": r_max,
        "eta": for_problem.eta,
        "outer": outer,
        "inner": for_problem.max_ascents,
        "calls": 0.5 * outer * (for_problem.max_ascents + 1),
    }
