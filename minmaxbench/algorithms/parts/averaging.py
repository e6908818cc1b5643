"""Methods around a method: look ahead and come back, show the mean, begin again."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from minmaxbench.algorithms.pairs import project, where
from minmaxbench.algorithms.parts.composed import is_neutral, placed, spelled_out
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, number, weight
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError


@dataclass(frozen=True)
class Around(Algorithm):
    """A method that makes the steps of another, and something beside.

    A rule that compares values of f is refused: it would take the moved iterate for its own.
    """

    neutral: ClassVar[dict[str, Any] | None] = None
    """The hyper-parameters with which it changes nothing, if there are any."""

    rule: Algorithm

    def __post_init__(self) -> None:
        super().__post_init__()
        rule, name = spelled_out(self.rule), type(self).__name__
        # A rule around another has looked at that one already.
        if Call.VALUE in rule.needs and not isinstance(rule, Around):
            raise UserError(
                f"{rule.name} compares values of f with those of its own iterates: no {name}."
            )
        facts: dict[str, Any] = {"rule": rule, "needs": rule.needs}
        facts |= {"own_steps": rule.own_steps, "corrects": rule.corrects}
        facts["name"] = f"{rule.name or type(rule).__name__}+{name.lower()}"
        for fact, value in facts.items():
            object.__setattr__(self, fact, value)

    def for_problem(self, problem: Problem) -> Self:
        """The same around the rule with its settings for the problem."""
        return dataclasses.replace(self, rule=self.rule.for_problem(problem))

    def stopped(self, state: Any) -> Array | None:
        """The rule's own rule."""
        return self.rule.stopped(state.rule)

    def inner(self, state: Any) -> tuple[Array, ...]:
        """The rule's inner iterates."""
        return self.rule.inner(state.rule)


class Ahead(NamedTuple):
    """The state of a rule, the point to come back to, and the steps since it was set."""

    rule: Any
    slow: Iterate
    count: Array

    @property
    def x(self) -> Array:
        """The min-player's iterate."""
        return self.rule.x

    @property
    def y(self) -> Array:
        """The max-player's iterate."""
        return self.rule.y


@dataclass(frozen=True)
class Lookahead(Around):
    r"""After every k steps, go back a part of the way.

    .. math:: z \leftarrow P(s + \alpha (z - s)), \quad s \leftarrow z

    Zhang, Lucas, Hinton, Ba. Lookahead Optimizer. NeurIPS 2019, Algorithm 1; for both players at
    once Chavdarova et al. ICLR 2021.
    """

    neutral: ClassVar = {"alpha": 1.0}

    k: int = count(5)
    alpha: float = number(0.5, 0.0, 1.0, above=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.rule, RunningMean):
            raise UserError("RunningMean shows a mean of iterates, which Lookahead cannot move.")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Ahead:
        """The rule's start, which is the first point to come back to."""
        count = oracle.xp.zeros((x.shape[0], 1))
        return Ahead(self.rule.init(x, y, oracle), Iterate(x, y), count)

    def step(self, state: Ahead, oracle: Oracle) -> Ahead:
        """A step of the rule and, when it is due, back."""
        if is_neutral(self):
            return Ahead(self.rule.step(state.rule, oracle), state.slow, state.count)
        xp = oracle.xp
        new, made = self.rule.step(state.rule, oracle), state.count + 1
        due, z = made >= self.k, Iterate(new.x, new.y)
        back = project(oracle, z - (1 - self.alpha) * (z - state.slow))
        return Ahead(
            placed(new, where(xp, due, back, z)),
            where(xp, due, back, state.slow),
            xp.where(due, 0.0, made),
        )


class Mean(NamedTuple):
    """The mean that is shown, the state of the rule, and the number of iterates in the mean."""

    x: Array
    y: Array
    rule: Any
    count: Array


@dataclass(frozen=True)
class RunningMean(Around):
    r"""What is shown is the mean of the iterates; the rule goes on from its own.

    :math:`\bar z_t = (1 - c_t) \bar z_{t-1} + c_t z_t` with :math:`c_t = (1 + \eta)/(t + 1 +
    \eta)`: all weigh the same for eta = 0, the late ones more for more (Shamir, Zhang. ICML 2013).
    """

    eta: float = weight(0.0)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Mean:
        """The start."""
        return Mean(x, y, self.rule.init(x, y, oracle), oracle.xp.zeros((x.shape[0], 1)))

    def step(self, state: Mean, oracle: Oracle) -> Mean:
        """A step of the rule, and its end into the mean."""
        new, made = self.rule.step(state.rule, oracle), state.count + 1
        mean, z = Iterate(state.x, state.y), Iterate(new.x, new.y)
        share = (1 + self.eta) / (made + 1 + self.eta)
        mean = project(oracle, mean + share * (z - mean))
        return Mean(mean.x, mean.y, new, made)


class Begun(NamedTuple):
    """The state of a rule, and the steps since it began."""

    rule: Any
    count: Array

    @property
    def x(self) -> Array:
        """The min-player's iterate."""
        return self.rule.x

    @property
    def y(self) -> Array:
        """The max-player's iterate."""
        return self.rule.y


@dataclass(frozen=True)
class Restarted(Around):
    """After every so many steps the rule forgets all but its iterate.

    Around a :class:`RunningMean` it begins again at the mean.
    """

    neutral: ClassVar = {"every": 2**53}

    every: int = count(100)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Begun:
        """The rule's start."""
        return Begun(self.rule.init(x, y, oracle), oracle.xp.zeros((x.shape[0], 1)))

    def step(self, state: Begun, oracle: Oracle) -> Begun:
        """A step of the rule and, when it is due, its start from there."""
        if is_neutral(self):
            return Begun(self.rule.step(state.rule, oracle), state.count)
        new = Begun(self.rule.step(state.rule, oracle), state.count + 1)
        return oracle.where_needed((new.count >= self.every)[:, 0], self._begin, new)

    def _begin(self, state: Begun, oracle: Oracle) -> Begun:
        return self.init(state.x, state.y, oracle)
