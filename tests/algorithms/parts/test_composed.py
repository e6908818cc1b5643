"""Composition: everything with everything, neutral pieces, and what makes no sense."""

import importlib
import inspect
import pkgutil
from dataclasses import dataclass

import numpy as np
import pytest
from games import RUNNABLE, run, trajectory

import minmaxbench.algorithms
from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.gradient import GDA, AlternatingGDA
from minmaxbench.algorithms.optimism import OGDA
from minmaxbench.algorithms.parts import (
    averaging,
    composed,
    rates,
    scaling,
    schedules,
    zeroth_order,
)
from minmaxbench.algorithms.parts.averaging import Around, Lookahead, Restarted, RunningMean
from minmaxbench.algorithms.parts.composed import GRADIENTS, Alias, Composed, Field, Piece, compose
from minmaxbench.algorithms.parts.scaling import AdaGradNorm, Adam, Clip, Momentum, RMSProp
from minmaxbench.algorithms.parts.schedules import PowerDecay
from minmaxbench.algorithms.parts.zeroth_order import ZerothOrder
from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.calls import Call
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem


def concrete(base):
    """All classes of a kind that the package defines."""
    found = set()
    for module in pkgutil.walk_packages(
        minmaxbench.algorithms.__path__, f"{minmaxbench.algorithms.__name__}."
    ):
        for thing in vars(importlib.import_module(module.name)).values():
            if inspect.isclass(thing) and issubclass(thing, base) and not inspect.isabstract(thing):
                found.add(thing)
    return sorted(found - {base}, key=lambda kind: kind.__name__)


PIECES, FIELDS, AROUND = concrete(Piece), concrete(Field), concrete(Around)


def dressed(kind, rule, **parameters):
    if issubclass(kind, Around):
        return kind(rule, **parameters)
    return compose(rule, kind(**parameters))


def own(rule):
    """The algorithm that a name stands for, and what it follows and wears."""
    rule = rule.spelled_out() if isinstance(rule, Alias) else rule
    worn = rule if isinstance(rule, Composed) else Composed(rule)
    return worn.rule, worn.field, worn.pieces


def makes_sense(kind, rule):
    inside, field, _ = own(rule)
    if kind is ZerothOrder:
        return rule.needs <= GRADIENTS
    if issubclass(kind, Around):
        return Call.VALUE not in inside.needs or isinstance(inside, Around)
    if issubclass(kind, Field) and field is not None:
        return False
    wrong = inside.own_steps or inside.corrects
    return not (wrong or inside.needs & {Call.VALUE, Call.HVP})


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize("kind", PIECES + FIELDS + AROUND, ids=lambda kind: kind.__name__)
def test_a_rule_wears_a_piece_or_refuses_it_in_a_sentence_when_built(kind, name):
    rule = get_algorithm(name)
    if not makes_sense(kind, rule):
        with pytest.raises(UserError, match=r"^[\w+]+ .*\.$"):
            dressed(kind, rule)
        return
    algorithm = dressed(kind, rule)
    for problem, dx, dy in (("ftr_f1", 1, 1), ("ncsc_quadratic_d", 3, 2)):
        game = get_problem(problem, dx, dy)
        path, oracle = trajectory(algorithm, game, np.ones((2, dx)), np.ones((2, dy)), 6)
        assert all(x.shape == (2, dx) and y.shape == (2, dy) for x, y in path)
        made = {call for call in Call if np.max(oracle.counts[call]) > 0}
        assert made <= algorithm.needs


@pytest.mark.parametrize("name", RUNNABLE)
@pytest.mark.parametrize("kind", PIECES + AROUND, ids=lambda kind: kind.__name__)
def test_a_piece_at_its_neutral_value_changes_no_bit(kind, name):
    rule = get_algorithm(name)
    if kind.neutral is None or not makes_sense(kind, rule):
        return
    game = get_problem("ncsc_quadratic_d", 3, 2)
    x, y = np.linspace(-1, 2, 12).reshape(4, 3), np.linspace(1, -2, 8).reshape(4, 2)
    plain, bare = trajectory(rule, game, x, y, 40)
    worn, oracle = trajectory(dressed(kind, rule, **kind.neutral), game, x, y, 40)
    for (ax, ay), (bx, by) in zip(plain, worn, strict=True):
        np.testing.assert_array_equal(ax, bx)
        np.testing.assert_array_equal(ay, by)
    for mine, other in zip(bare.counts, oracle.counts, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("first", PIECES + AROUND, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("second", PIECES + AROUND, ids=lambda kind: kind.__name__)
def test_pieces_compose_with_pieces(first, second):
    inside = dressed(first, AlternatingGDA(0.05, 0.05))
    if first is RunningMean and second is Lookahead:
        with pytest.raises(UserError, match="RunningMean shows a mean"):
            dressed(second, inside)
        return
    if first is ZerothOrder and (second is ZerothOrder or issubclass(second, Piece)):
        with pytest.raises(UserError, match=r"asks for (no gradient|values of f)"):
            dressed(second, inside)
        return
    game = get_problem("ncsc_quadratic_d", 3, 2)
    path, _ = trajectory(dressed(second, inside), game, np.ones((2, 3)), np.ones((2, 2)), 12)
    assert np.isfinite(path[-1][0]).all()


def test_what_makes_no_sense_is_refused_when_built():
    field = FIELDS[0]() if FIELDS else None
    cases = [
        (lambda: compose(get_algorithm("greedy_max"), Adam()), "greedy_max compares values of f"),
        (lambda: Lookahead(get_algorithm("greedy_max")), "greedy_max compares values of f"),
        (lambda: compose(GDA(), "adam"), "'adam' is neither"),
        (lambda: compose("gda"), "What is composed is an algorithm; got 'gda'"),
        (
            lambda: compose(GDA(), Adam(beta1=1.0)),
            "beta1 of Adam is a number at least 0 and below 1",
        ),
        (lambda: Lookahead(GDA(), k=0), "k of Lookahead is a whole number at least 1"),
    ]
    if field is not None:
        cases.append((lambda: compose(GDA(), field, field), "A rule follows one field"))
        cases.append((lambda: compose(compose(GDA(), field), field), "follows a field already"))
    for build, says in cases:
        with pytest.raises(UserError) as error:
            build()
        assert says in str(error.value)


def test_compositions_nest_into_one():
    once = compose(OGDA(0.1), Clip(), Adam())
    assert compose(compose(OGDA(0.1), Clip()), Adam()) == once
    assert once.name == "ogda+clip+adam"
    assert Lookahead(once).name == "ogda+clip+adam+lookahead"


def walk(algorithm, steps=40, start=(1.0, -0.5)):
    """Iterates on xy - y^2/2 ... as floats, and F there."""
    game = get_problem("dirac_gan_r1")
    path, _ = trajectory(algorithm, game, *(np.array([[c]]) for c in start), steps)
    return [(float(x[0, 0]), float(y[0, 0])) for x, y in path]


def gradients(x, y):
    game = get_problem("dirac_gan_r1")
    gx, gy = game.grad(np, np.array([[x]]), np.array([[y]]))
    return float(gx[0, 0]), float(gy[0, 0])


def plain(scale, steps=40, eta=0.1):
    """GDA whose gradients are scaled by ``scale(t, player, g)``, which may remember."""
    x, y = 1.0, -0.5
    path = [(x, y)]
    for t in range(steps):
        gx, gy = gradients(x, y)
        x, y = x - eta * scale(t, 0, gx), y + eta * scale(t, 1, gy)
        path.append((x, y))
    return path


def test_pieces_do_what_they_say():
    v, n, m = [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]

    def rms(t, k, g):
        v[k] = 0.99 * v[k] + 0.01 * g * g
        return g / (v[k] ** 0.5 + 1e-8)

    def adagrad(t, k, g):
        n[k] += g * g
        return g / n[k] ** 0.5

    def momentum(t, k, g):
        m[k] = 0.9 * m[k] + g
        return m[k]

    for piece, scale in (
        (RMSProp(), rms),
        (AdaGradNorm(), adagrad),
        (Momentum(), momentum),
        (Clip(0.3), lambda t, k, g: g * min(1, 0.3 / abs(g)) if g else g),
        (PowerDecay(0.7, 5.0), lambda t, k, g: g * (1 + t / 5) ** -0.7),
    ):
        np.testing.assert_allclose(walk(compose(GDA(0.1, 0.1), piece)), plain(scale), atol=1e-12)


def test_a_schedule_counts_steps_and_not_gradients():
    eager = walk(compose(Extragradient(0.1), PowerDecay(1.0)), 2)
    (x, y), second = eager[1], Extragradient(0.05)
    assert walk(second, 1, (x, y))[1] == pytest.approx(eager[2], rel=1e-14)


def test_the_running_mean_is_the_mean():
    path, mean = np.array(walk(GDA(0.1, 0.1))), np.array(walk(RunningMean(GDA(0.1, 0.1))))
    np.testing.assert_allclose(mean[-1], path.mean(axis=0), rtol=1e-12)
    late = np.array(walk(RunningMean(GDA(0.1, 0.1), eta=1.0)))
    weights = np.arange(1, len(path) + 1.0)
    np.testing.assert_allclose(late[-1], weights @ path / weights.sum(), rtol=1e-12)


def test_lookahead_goes_half_the_way_back():
    path = walk(Lookahead(GDA(0.1, 0.1), k=3, alpha=0.5), 3)
    three = np.array(walk(GDA(0.1, 0.1), 3))
    np.testing.assert_allclose(path[3], (three[0] + three[3]) / 2, rtol=1e-14)


def test_a_restart_forgets_all_but_the_iterate():
    method = OGDA(0.1)
    path = walk(Restarted(method, every=5), 10)
    assert path[:6] == walk(method, 5)
    assert path[5:] == walk(method, 5, path[5])
    begun = walk(Restarted(RunningMean(GDA(0.1, 0.1)), every=4), 8)
    assert begun[4:] == walk(RunningMean(GDA(0.1, 0.1)), 4, begun[4])


@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_compositions_run_on_every_engine(engine):
    pytest.importorskip(engine)
    game = get_problem("dirac_gan_r1")
    x, y = np.linspace(-1, 1, 6)[:, None], np.linspace(1, 2, 6)[:, None]
    algorithm = Lookahead(compose(Extragradient(0.05), Clip(0.5), Adam(), PowerDecay()), k=4)
    want = run(game, algorithm, x, y, 600)
    from games import keys

    got = get_engine(engine).run(Batch(game, algorithm, x, y, keys(6), 600))
    np.testing.assert_allclose(got.x, want.x, rtol=1e-10, atol=1e-12)
    np.testing.assert_array_equal(got.calls, want.calls)
    assert got.outcome == want.outcome


def test_columns_reach_the_parts_and_are_cut_with_the_lanes():
    etas = np.array([[0.01], [0.1], [0.2]])
    algorithm = compose(GDA(etas, etas), Momentum(np.array([[0.0], [0.5], [0.9]])))
    assert set(tree.columns(algorithm)) == {"rule.eta_x", "rule.eta_y", "pieces.0.beta"}
    game, one = get_problem("dirac_gan_r1"), np.ones((3, 1))
    record = run(game, algorithm, one, one, 500)
    for lane in range(3):
        part = algorithm.select(np.array([lane]))
        assert float(part.pieces[0].beta[0, 0]) == [0.0, 0.5, 0.9][lane]
        alone = run(game, part, one[:1], one[:1], 500)
        np.testing.assert_array_equal(alone.x[0], record.x[lane])


@dataclass(frozen=True)
class Rare(Memoryless):
    """GDA where x is positive, rest elsewhere: all work is done in some lanes."""

    def step(self, state, oracle):
        def work(at, oracle):
            gx, gy = oracle.grad(at.x, at.y)
            return Iterate(at.x - 0.05 * gx, at.y + 0.05 * gy)

        return oracle.where_needed(state.x[:, 0] > 0, work, state)


@pytest.mark.parametrize("wear", [lambda r: compose(r, Momentum(0.9)), ZerothOrder])
def test_what_is_remembered_advances_in_the_lanes_that_work(wear):
    game, x, y = get_problem("ncsc_quadratic_d", 1, 1), np.array([[9.0], [-9.0]]), np.ones((2, 1))
    path, _ = trajectory(wear(Rare()), game, x, y, 6)
    whole, _ = trajectory(wear(GDA(0.05, 0.05)), game, x, y, 6)
    for (a, b), (c, d) in zip(path, whole, strict=True):
        assert (a[0], b[0]) == (c[0], d[0])
        assert (a[1], b[1]) == (x[1], y[1])
    assert path[-1][0][0] > 0


def test_every_piece_is_found_and_documented():
    modules = (averaging, composed, rates, scaling, schedules, zeroth_order)
    assert {kind.__module__ for kind in PIECES + AROUND} <= {m.__name__ for m in modules} | {
        ALGORITHMS.get(name).__module__ for name in ALGORITHMS
    }
    for kind in PIECES + FIELDS + AROUND:
        assert len(kind.__doc__) > 40


def test_a_neutral_piece_is_left_out_and_costs_nothing():
    neutral = [kind(**kind.neutral) for kind in PIECES if kind.neutral is not None]
    assert len(neutral) >= 3
    assert compose(GDA(), *neutral) == compose(GDA())
    assert compose(GDA(), *neutral, Adam()).pieces == (Adam(),)
    # A column is a grid, whatever its numbers: it stays.
    assert compose(GDA(), Momentum(np.array([[0.0], [0.0]]))).pieces
    # What makes no sense makes none with a neutral piece either.
    with pytest.raises(UserError, match="finds its own step sizes"):
        compose(get_algorithm("agraal"), Momentum(0.0))
