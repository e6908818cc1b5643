"""What the kit looks at in an algorithm.

Looks share what the engines use themselves: the guard of states, the audit of lanes, the counted
oracle. They prove nothing; each can find what would make runs wrong.
"""

from __future__ import annotations

import dataclasses
import inspect
import pickle
from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np

from minmaxbench.algorithms.registry import AlgorithmRef
from minmaxbench.bench.unit import sentence
from minmaxbench.core import parameters, tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.noise import Draws, Words, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines.audit import TOLERANCE
from minmaxbench.engines.batch import Batch, Unsupported
from minmaxbench.engines.choice import get_engine
from minmaxbench.engines.loop import advance, begin
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.testing.findings import FirstError, Look, NotLookedAt

FREE = ("keswani_f3", "ncsc_quadratic_d:3,2")
"""Games without sets: of one variable each, and of three and two."""
BOXED = ("parrilo_31", "forsaken")
"""Games on boxes."""
NASH = "cbo_nonseparate"
"""A strict local Nash point at 0: no method that draws nothing may leave it."""
LANES, STEPS, BUDGET = 10, 20, 200.0
SHORT = 8.0
"""So many steps are compared with other engines: rounding grows with them."""
COUNTED = 300
"""Steps in which every declared kind of call must have been made once."""

INSTALL = {"jax": ("jax",), "torch": ("torch", "array_api_compat")}
"""The other engines, and what they need."""


class Subject:
    """An algorithm that is looked at, with its default hyper-parameters."""

    def __init__(self, algorithm: Algorithm) -> None:
        self.algorithm = algorithm
        self.kind = type(algorithm)
        self.name = algorithm.name or self.kind.__name__

    def looks(self) -> Iterator[Look]:
        """All that is looked at."""
        yield "its declaration is whole", self.declared
        yield "states are whole, and nothing is written in place", self.states
        yield "the same steps give the same numbers", self.purity
        yield "a run is alone what it is among others", self.lanes
        yield "with noisy gradients, too", partial(self.lanes, OracleNoise(0.1, 0.1))
        yield "every iterate is inside the players' sets", self.sets
        yield "calls are those that it declares", self.counts
        yield "a run that is taken up again goes on as it would have", self.resume
        yield "it stays at a strict local Nash point", self.stays
        yield "a column of hyper-parameters is one value a lane", self.columns
        for engine in INSTALL:
            yield f"the engine {engine} makes the same steps", partial(self.engine, engine)

    # -- the looks ---------------------------------------------------------------------------

    def declared(self) -> str:
        """A frozen dataclass whose fields have ranges, with a docstring of its own."""
        kind = self.kind
        frozen = dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        if not frozen or "__dataclass_params__" not in vars(kind):
            raise UserError(f"{kind.__name__} lacks @dataclass(frozen=True)")
        if not (kind.__doc__ or "").strip() or (kind.__doc__ or "").startswith(f"{kind.__name__}("):
            raise UserError(f"{kind.__name__} has no docstring: its rule is read by people")
        for what, form in (("claims", Claim), ("programs", Program)):
            if not all(isinstance(one, form) for one in getattr(kind, what)):
                raise UserError(f"{what} of {self.name} are {form.__name__}s")
        ranges = parameters.ranges(kind)
        count = len(dataclasses.fields(kind))
        bare = [f.name for f in dataclasses.fields(kind) if "range" not in f.metadata]
        hint = f", of which {', '.join(bare)} may be any number" if bare else ""
        if set(ranges) != {field.name for field in dataclasses.fields(kind)}:
            hint = ", of which some are parts"
        return f"{count} hyper-parameter{'s' * (count != 1)}{hint}"

    def states(self) -> str:
        """The guard of the engines looks at every state."""
        for game in self.games(*FREE, *BOXED):
            try:
                _, last = self.path(game)
            except Exception as error:
                says = str(error) if isinstance(error, UserError) else sentence(error)
                raise FirstError(f"{says.rstrip('.')}; the rest was not looked at") from error
        inside = [name for name, _ in tree.named_leaves(last)]
        return f"a state holds {', '.join(inside)}"

    def purity(self) -> str:
        """Twice the same run, and twice the same step."""
        for game in self.games(*FREE):
            (first, last), (again, end) = self.path(game), self.path(game)
            kept = [np.array(leaf) for leaf in tree.leaves(last)]
            rule, oracle = self.ready(game)
            steps = [rule.step(last, oracle.select(np.arange(LANES))) for _ in range(2)]
            same = _equal(first, again) and _equal(tree.leaves(last), tree.leaves(end))
            if not (same and _equal(*(tree.leaves(step) for step in steps))):
                raise UserError(
                    f"made again on {game.name}, the same steps give other numbers: something is kept "
                    "outside the state, or random numbers are drawn that are not the oracle's"
                )
            if not _equal(kept, tree.leaves(last)):
                raise UserError("a step changes the state that it is given")
        return "bit by bit"

    def lanes(self, noise: OracleNoise = EXACT) -> str:
        """The audit of the engines, and the last bits."""
        exact = True
        for game in self.games(*FREE):
            get_engine("numpy").run(self.batch(game, noise=noise))
            together, _ = self.path(game, noise=noise)
            for lane in (0, LANES - 1):
                alone, _ = self.path(game, lanes=np.array([lane]), noise=noise)
                for a, b in zip(together, alone, strict=True):
                    exact &= np.array_equal(a[:, lane], b[:, 0], equal_nan=True)
        if exact:
            return "bit by bit"
        return f"up to rounding, {TOLERANCE:g}: sums depend on the number of lanes"

    def sets(self) -> str:
        """The audit again, on boxes, and at every step."""
        for game in self.games(*BOXED):
            get_engine("numpy").run(self.batch(game))
            (x, y), _ = self.path(game)
            for player, set_, z in (("x", game.x_set, x), ("y", game.y_set, y)):
                if np.abs(z - set_.project(np, z)).max() > TOLERANCE:
                    raise UserError(
                        f"{player} leaves its set on {game.name}: wrap what step returns in "
                        f"oracle.project_{player}(...)"
                    )
        return ""

    def counts(self) -> str:
        """Kinds of calls and their price, counted on a problem of one variable a player."""
        (game,) = self.games(FREE[0])
        rule, oracle = self.ready(game)
        with np.errstate(all="ignore"):
            state = begin(rule, oracle, *self.starts(game))
            before = oracle.price()
            for _ in range(COUNTED):
                oracle.begin_step()
                state = rule.step(state, oracle)
        made = {call for call in Call if np.max(oracle.counts[call]) > 0}
        rare = self.kind.price is not None and np.isnan(self.kind.price)
        if made != self.algorithm.needs and not (rare and made < self.algorithm.needs):
            extra, lacking = made - self.algorithm.needs, self.algorithm.needs - made
            wrong = [f"{c.words}, which `needs` does not hold" for c in sorted(extra)]
            wrong += [f"no {c.words}, which `needs` holds" for c in sorted(lacking)]
            raise UserError(f"in {COUNTED} steps it asks for {'; for '.join(wrong)}")
        price, spent = self.kind.price, np.asarray(oracle.price() - before) / COUNTED
        if price is not None and np.isfinite(price) and not np.allclose(spent, price, rtol=1e-12):
            raise UserError(
                f"price is {price:g}, but a step costs {np.max(spent):g} gradient calls"
            )
        words = ", ".join(call.words for call in sorted(made))
        return f"{words}; a step costs {np.mean(spent):.4g}"

    def resume(self) -> str:
        """A state, and the counts, are all there is: pickled and given to another object."""
        for game in self.games(*FREE):
            rule, oracle = self.ready(game)
            with np.errstate(all="ignore"):
                state = begin(rule, oracle, *self.starts(game))
                _, state = advance(rule, state, oracle, STEPS)
                packed = pickle.dumps((tree.leaves(state), oracle.counts))
                straight, _ = advance(rule, state, oracle, STEPS)
                leaves, counts = pickle.loads(packed)
                names = [name for name, _ in tree.named_leaves(state)]
                again = tree.rebuild(state, dict(zip(names, leaves, strict=True)))
                rule = AlgorithmRef.of(self.algorithm).build().for_problem(game)
                oracle = NumpyOracle(game, Draws(self.keys()), counts=counts)
                later, _ = advance(rule, again, oracle, STEPS)
            if not _equal([straight.x, straight.y], [later.x, later.y]):
                raise UserError(
                    f"on {game.name} it goes on otherwise: its state is not all it uses"
                )
        return "bit by bit"

    def stays(self) -> str:
        """A hundred steps from the point itself."""
        (game,) = self.games(NASH)
        rule, oracle = self.ready(game)
        drawn: list[str] = []

        class Watched(Draws):
            def draw(self, law: Any, stream: str, *rest: Any) -> Array:
                drawn.append(stream)
                return super().draw(law, stream, *rest)

        oracle = NumpyOracle(game, Watched(self.keys()))
        zero = np.zeros((LANES, 1))
        with np.errstate(all="ignore"):
            state = begin(rule, oracle, zero, zero)
            for _ in range(100):
                state = rule.step(state, oracle)
        if drawn:
            raise NotLookedAt(f"it draws random numbers ({', '.join(sorted(set(drawn)))})")
        away = float(max(np.abs(state.x).max(), np.abs(state.y).max()))
        if not away < 1e-9:
            raise UserError(f"on {game.name} it is {away:.3g} away from (0, 0) after 100 steps")
        return ""

    def columns(self) -> str:
        """A grid of settings is lanes: each number on its own, three values."""
        (game,) = self.games(FREE[0])
        tried = []
        for name, allowed in parameters.ranges(self.kind).items():
            default = getattr(self.algorithm, name)
            values = [v for v in _near(default) if allowed.kind is float and allowed.holds(v)][:3]
            if len(values) < 3:
                continue
            tried.append(name)
            try:
                self._column(game, name, values)
            except UserError as error:
                raise NotLookedAt(f"{error}: a grid of {name} runs value by value") from error
        if not tried:
            raise NotLookedAt("it has no number to try")
        return ", ".join(tried)

    def _column(self, game: Problem, name: str, values: list[float]) -> None:
        lanes = np.arange(3)
        try:
            column = dataclasses.replace(self.algorithm, **{name: np.array(values)[:, None]})
            together, _ = self.path(game, lanes=lanes, rule=column)
        except Exception as error:
            raise UserError(f"{name} cannot be a column ({type(error).__name__})") from error
        for lane, value in enumerate(values):
            rule = dataclasses.replace(self.algorithm, **{name: value})
            alone, _ = self.path(game, lanes=lanes[lane : lane + 1], rule=rule)
            for a, b in zip(together, alone, strict=True):
                if not np.allclose(a[:, lane], b[:, 0], TOLERANCE, TOLERANCE, equal_nan=True):
                    raise UserError(f"a column of {name} is not one value a lane")

    def engine(self, engine: str) -> str:
        """The same few steps on another engine, up to rounding."""
        lacking = [module for module in INSTALL[engine] if find_spec(module) is None]
        if lacking:
            raise NotLookedAt(f"{' and '.join(lacking)} not installed")
        worst = 0.0
        for game in self.games(*FREE):
            batch = self.batch(game, SHORT * max(1.0, self.kind.price or 1.0))
            try:
                gap = apart(engine, batch)
            except Unsupported as why:
                raise NotLookedAt(f"on {game.name}, {why}; the NumPy engine runs it") from why
            if not gap < 1e-6:
                raise UserError(
                    f"after {batch.budget:g} calls on {game.name} it is {gap:.3g} from where NumPy is"
                )
            worst = max(worst, gap)
        return f"up to {worst:.1g}" if worst else "bit by bit"

    # -- what they share ---------------------------------------------------------------------

    def games(self, *names: str) -> list[Problem]:
        """Those of some games that the algorithm runs on; raises NotLookedAt where there is none."""
        found, why = [], ""
        for text in names:
            name, _, dims = text.partition(":")
            game = get_problem(name, *map(int, filter(None, dims.split(","))))
            lacks = self.algorithm.needs - game.offers
            try:
                self.algorithm.for_problem(game)
            except UserError as error:
                why = str(error)
                continue
            if lacks:
                why = f"{game.name} has no {', '.join(c.words for c in sorted(lacks))}"
                continue
            found.append(game)
        if not found:
            raise NotLookedAt(why.rstrip("."))
        return found

    def keys(self) -> Words:
        """Of the lanes."""
        return run_keys("check", np.arange(LANES))

    def starts(self, game: Problem) -> tuple[Floats, Floats]:
        """Where runs begin: in the start region, inside the sets."""
        rng = np.random.default_rng(7)
        low, high = game.about.region
        x, y = (rng.uniform(low, high, (LANES, d)) for d in (game.dx, game.dy))
        return game.x_set.project(np, x), game.y_set.project(np, y)

    def ready(self, game: Problem) -> tuple[Algorithm, NumpyOracle]:
        """The algorithm as it runs on a game, and an oracle."""
        return self.algorithm.for_problem(game), NumpyOracle(game, Draws(self.keys()))

    def path(
        self,
        game: Problem,
        lanes: Any = None,
        noise: OracleNoise = EXACT,
        rule: Algorithm | None = None,
    ) -> tuple[list[Floats], Any]:
        """The iterates [x, y] of some lanes over STEPS steps, (steps, lanes, d), and the last state."""
        chosen = np.arange(LANES) if lanes is None else lanes
        x, y = self.starts(game)
        oracle = NumpyOracle(game, Draws(self.keys()[chosen]), noise)
        method = (rule or self.algorithm).for_problem(game)
        with np.errstate(all="ignore"):
            state = begin(method, oracle, x[chosen], y[chosen])
            chunk, last = advance(method, state, oracle, STEPS)
        return [chunk.x, chunk.y], last

    def batch(self, game: Problem, budget: float = BUDGET, noise: OracleNoise = EXACT) -> Batch:
        """Runs for an engine, audited."""
        x, y = self.starts(game)
        return Batch(game, self.algorithm, x, y, self.keys(), budget, noise, audit=True)


def apart(engine: str, batch: Batch) -> float:
    """How far runs on another engine end from where NumPy's do, beside 1 + their size.

    Raises :class:`Unsupported` where the engine cannot run the batch.
    """
    here = get_engine("numpy").run(batch)
    if engine == "jax":
        from minmaxbench.engines.jax.engine import JaxEngine

        # Compiled from the second step on: the first ones are usually NumPy's.
        there = JaxEngine(first=1).run(batch)
    else:
        there = get_engine(engine).run(batch)
    pairs = (here.x, there.x), (here.y, there.y)
    return max(float(np.nanmax(np.abs(a - b) / (1 + np.abs(a)), initial=0.0)) for a, b in pairs)


def place_of(kind: type) -> tuple[frozenset[str], str]:
    """The files in which a class and its bases stand, and ``file:line`` of its step or itself."""
    files, whole = set(), ""
    for one in kind.__mro__:
        module = one.__module__.partition(".")[0]
        if module not in ("builtins", "abc", "typing", "minmaxbench"):
            files.add(inspect.getsourcefile(one) or "")
    shown = vars(kind).get("step", kind)
    try:
        path, line = inspect.getsourcefile(shown), inspect.getsourcelines(shown)[1]
        files.add(path or "")
        whole = f"{(path or '').rpartition('/')[2]}:{line}"
    except (OSError, TypeError):
        # Code of a session has no file.
        whole = ""
    return frozenset(filter(None, files)), whole


def _near(value: Any) -> list[float]:
    if not isinstance(value, float):
        return []
    return [value * f for f in (1.0, 0.93, 0.86, 1.07, 1.14)] if value else [0.0, 0.01, 0.02]


def _equal(a: list[Any], b: list[Any]) -> bool:
    return all(np.array_equal(p, q, equal_nan=True) for p, q in zip(a, b, strict=True))
