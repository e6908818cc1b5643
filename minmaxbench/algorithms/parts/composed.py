"""Composition: where a rule looks, what is done to what it sees, how far it goes.

A rule is any algorithm written against the oracle's gradients. In a composition it sees them
through two things: a :class:`Field`, which puts another vector field in the place of
F = (grad_x f, -grad_y f), and a chain of :class:`Piece`, each of which scales or smooths what comes
in. ``compose(Extragradient(0.01), Adam())`` is extragradient wearing Adam. The rule's code is the
same alone and dressed; so is a user's own.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.parts.before import Before
from minmaxbench.core import parameters, tree
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import in_numbers
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError

GRADIENTS = frozenset({Call.GRAD_X, Call.GRAD_Y})


class Part:
    """A frozen dataclass with hyper-parameters of its own, checked like an algorithm's."""

    def __post_init__(self) -> None:
        parameters.check(self, type(self).__name__)


class Piece(Part, ABC):
    """Something done to every gradient before the rule sees it; it may remember."""

    neutral: ClassVar[dict[str, Any] | None] = None
    """The hyper-parameters with which it changes nothing, if there are any."""

    @abstractmethod
    def init(self, x: Array, y: Array, xp: Namespace) -> Any:
        """What it remembers before the first gradient."""

    @abstractmethod
    def turn(self, state: Any, gx: Array, gy: Array, xp: Namespace) -> tuple[Array, Array, Any]:
        """Both gradients as the rule is to see them, and what is remembered.

        A gradient that the rule does not ask for is None, and stays so.
        """

    def next(self, state: Any) -> Any:
        """What is remembered after a step of the rule, however many gradients that took."""
        return state


def is_neutral(part: Any) -> bool:
    """Whether a part changes nothing: all that its ``neutral`` names has that value.

    Columns and the tracers of a compiler are not looked at: what is done must not hang on them.
    """
    neutral = part.neutral
    return neutral is not None and all(
        type(value := getattr(part, name)) is type(zero) and value == zero
        for name, zero in neutral.items()
    )


class EachPlayer(Piece):
    """A piece that treats each player's gradient alone, and both alike."""

    def init(self, x: Array, y: Array, xp: Namespace) -> Any:
        """One memory a player."""
        return self.begin(x, xp), self.begin(y, xp)

    @abstractmethod
    def begin(self, z: Array, xp: Namespace) -> Any:
        """What it remembers of the player whose iterate is z, before the first gradient."""

    @abstractmethod
    def scale(self, state: Any, g: Array, xp: Namespace) -> tuple[Array, Any]:
        """The player's gradient as the rule is to see it, and what is remembered."""

    def turn(self, state: Any, gx: Array, gy: Array, xp: Namespace) -> tuple[Array, Array, Any]:
        """Those of the gradients that were asked for."""
        of_x, of_y = state
        if gx is not None:
            gx, of_x = self.scale(of_x, gx, xp)
        if gy is not None:
            gy, of_y = self.scale(of_y, gy, xp)
        return gx, gy, (of_x, of_y)


class Field(Part, ABC):
    """Directions in the place of the gradients: x descends along the first, y ascends the second.

    The base does for fields that need both gradients whatever is asked.
    """

    needs: ClassVar[frozenset[Call]] = GRADIENTS | {Call.HVP}

    @abstractmethod
    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Both directions at a point."""

    def of_x(self, x: Array, y: Array, oracle: Oracle) -> Array:
        """The first alone."""
        return self.both(x, y, oracle)[0]

    def of_y(self, x: Array, y: Array, oracle: Oracle) -> Array:
        """The second alone."""
        return self.both(x, y, oracle)[1]


class Worn(NamedTuple):
    """The state of a rule and of what it wears; its iterate is the rule's."""

    rule: Any
    pieces: tuple[Any, ...]

    @property
    def x(self) -> Array:
        """The min-player's iterate."""
        return self.rule.x

    @property
    def y(self) -> Array:
        """The max-player's iterate."""
        return self.rule.y


@dataclass(frozen=True)
class Composed(Algorithm):
    """A rule that follows a field and wears pieces; see :func:`compose`."""

    rule: Algorithm
    field: Field | None = None
    pieces: tuple[Piece, ...] = ()

    def __post_init__(self) -> None:
        rule, field, pieces = spelled_out(self.rule), self.field, self.pieces
        if isinstance(rule, Composed):
            if field is not None and rule.field is not None:
                raise UserError(f"{rule.name} follows a field already; it cannot follow another.")
            field, pieces, rule = field or rule.field, rule.pieces + pieces, rule.rule
        worn = [type(part).__name__ for part in (field, *pieces) if part is not None]
        if worn:
            _refuse_senseless(rule, " and ".join(worn))
        # What changes nothing is left out, and then costs nothing.
        pieces = tuple(piece for piece in pieces if not is_neutral(piece))
        worn = [type(part).__name__ for part in (field, *pieces) if part is not None]
        more = field.needs if field is not None else frozenset()
        facts: dict[str, Any] = {
            "rule": rule,
            "field": field,
            "pieces": pieces,
            "needs": rule.needs | more,
        }
        facts["name"] = "+".join([rule.name or type(rule).__name__, *map(str.lower, worn)])
        for name, fact in facts.items():
            object.__setattr__(self, name, fact)

    def for_problem(self, problem: Problem) -> Algorithm:
        """The same with the rule's settings for the problem."""
        return dataclasses.replace(self, rule=self.rule.for_problem(problem))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Worn:
        """The rule's first state, and that of each piece."""
        pieces = tuple(piece.init(x, y, oracle.xp) for piece in self.pieces)
        through = Through(oracle, self, pieces)
        return Worn(self.rule.init(x, y, through), through.memory)

    def step(self, state: Worn, oracle: Oracle) -> Worn:
        """A step of the rule, on what it sees."""
        if self.field is None and not self.pieces:
            return Worn(self.rule.step(state.rule, oracle), ())
        through = Through(oracle, self, state.pieces)
        rule = self.rule.step(state.rule, through)
        return Worn(rule, tuple(map(_next, self.pieces, through.memory)))

    def stopped(self, state: Worn) -> Array | None:
        """The rule's own rule."""
        return self.rule.stopped(state.rule)

    def inner(self, state: Worn) -> tuple[Array, ...]:
        """The rule's inner iterates."""
        return self.rule.inner(state.rule)


class Through(Before):
    """The oracle as a rule sees it, through the field that it follows and the pieces that it
    wears."""

    def __init__(self, below: Oracle, worn: Composed, pieces: tuple[Any, ...]) -> None:
        super().__init__(below, pieces)
        self._worn = worn

    def again(self, below: Oracle, memory: Any) -> Through:
        """The same before another oracle."""
        return Through(below, self._worn, memory)

    def grad(self, x: Array, y: Array, where: Array | None = None) -> tuple[Array, Array]:
        """Both gradients, as the rule is to see them."""
        worn, below = self._worn, self._below
        g = below.grad(x, y, where) if worn.field is None else worn.field.both(x, y, below)
        return self._turned(*g, where) if worn.pieces else g

    def grad_x(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """That in x."""
        field = self._worn.field
        g = self._below.grad_x(x, y, where) if field is None else field.of_x(x, y, self._below)
        return self._turned(g, None, where)[0]

    def grad_y(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """That in y."""
        field = self._worn.field
        g = self._below.grad_y(x, y, where) if field is None else field.of_y(x, y, self._below)
        return self._turned(None, g, where)[1]

    def _turned(self, gx: Array, gy: Array, where: Array | None) -> tuple[Array, Array]:
        xp, states = self.xp, []
        for piece, state in zip(self._worn.pieces, self.memory, strict=True):
            gx, gy, new = piece.turn(state, gx, gy, xp)
            if where is not None:
                mask = where[:, None]
                new = tree.map_leaves(lambda n, o, m=mask: xp.where(m, n, o), new, state)
            states.append(new)
        self.memory = tuple(states)
        return gx, gy


class Alias(Algorithm):
    """A method with a name of its own that is a composition of others."""

    @abstractmethod
    def spelled_out(self) -> Algorithm:
        """The composition."""

    def for_problem(self, problem: Problem) -> Algorithm:
        """The composition, which is what runs."""
        plain = super().for_problem(problem)
        assert isinstance(plain, Alias)
        return plain.spelled_out().for_problem(problem)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Any:
        """The composition's first state."""
        return self.spelled_out().init(x, y, oracle)

    def step(self, state: Any, oracle: Oracle) -> Any:
        """A step of the composition."""
        return self.spelled_out().step(state, oracle)

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """The classes that the composition is made of."""
        # Of what it is made does not hang on L.
        made = in_numbers(self, 1.0).spelled_out()
        return tuple(dict.fromkeys(type(part) for part in _parts(made)))


def compose(rule: Algorithm, *parts: Piece | Field) -> Composed:
    """``rule`` wearing pieces, the first nearest to the oracle, and following a field, if one is
    given.

    Raises :class:`UserError` for a composition that makes no sense: two fields; a rule that finds
    its own step sizes, compares values of f, takes Hessian products of its own, or corrects gradients by
    those of a snapshot.
    """
    fields = [part for part in parts if isinstance(part, Field)]
    if len(fields) > 1:
        raise UserError(f"A rule follows one field; got {' and '.join(map(repr, fields))}.")
    pieces = tuple(part for part in parts if isinstance(part, Piece))
    for part in parts:
        if not isinstance(part, Piece | Field):
            raise UserError(f"A rule wears pieces and follows a field; {part!r} is neither.")
    return Composed(rule, fields[0] if fields else None, pieces)


def _next(piece: Piece, state: Any) -> Any:
    return piece.next(state)


def spelled_out(rule: Algorithm) -> Algorithm:
    """The rule itself, whatever name it goes by."""
    if not isinstance(rule, Algorithm):
        raise UserError(f"What is composed is an algorithm; got {rule!r}.")
    return rule.spelled_out() if isinstance(rule, Alias) else rule


def placed(state: Any, z: Iterate) -> Any:
    """A state, nested or not, with another iterate."""
    if "rule" in state._fields:
        return state._replace(rule=placed(state.rule, z))
    return state._replace(x=z.x, y=z.y)


def _refuse_senseless(rule: Algorithm, worn: str) -> None:
    name = rule.name or type(rule).__name__
    if not rule.needs & GRADIENTS:
        raise UserError(f"{name} asks for no gradient, so that {worn} would have nothing to do.")
    if Call.VALUE in rule.needs:
        raise UserError(f"{name} compares values of f, of which {worn} knows nothing.")
    if Call.HVP in rule.needs:
        raise UserError(f"{name} takes Hessian products of its own, which {worn} would not scale.")
    if rule.own_steps:
        raise UserError(f"{name} finds its own step sizes, which {worn} would mislead.")
    if rule.corrects:
        raise UserError(
            f"{name} corrects gradients by those of a snapshot, which {worn} scaled otherwise."
        )


def _parts(thing: Any) -> Iterator[Any]:
    """A composition, and all parts that it is made of."""
    if dataclasses.is_dataclass(thing):
        yield thing
    for part in (tree.children(thing) or {}).values():
        yield from _parts(part)
