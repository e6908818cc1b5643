"""Problems of users are checked before they run: each kind of fault has its sentence."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

import minmaxbench as mb
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Ball, Box, Space
from minmaxbench.errors import UserError
from minmaxbench.problems.checks import check_entry, check_problem
from minmaxbench.problems.checks.asked import Asked, Samples
from minmaxbench.problems.planar import planar
from minmaxbench.problems.registry import PROBLEMS, get_problem, register

A = np.array([[1.0, -2.0], [0.5, 1.0], [0.0, 3.0]])


class Mine(Problem):
    """sum x^2 (1 - x/5) + x'Ay - |y|^2: three variables against two, no SymPy."""

    name, dx, dy = "p", 3, 2

    def value(self, xp, x, y):
        return (x * x * (1 - x / 5)).sum(1) + ((x @ A) * y).sum(1) - (y * y).sum(1)

    def grad_x(self, xp, x, y):
        return 2 * x - 0.6 * x * x + y @ A.T

    def grad_y(self, xp, x, y):
        return x @ A - 2 * y

    def points(self):
        return Points(
            np.zeros((1, 3)), np.zeros((1, 2)), np.zeros(1), (Kind.NASH,), False, "by hand"
        )


class WithHvp(Mine):
    """The same with second derivatives."""

    def hvp(self, xp, x, y, u, v):
        return (2 - 1.2 * x) * u + v @ A.T, u @ A - 2 * v


def refused(problem, says):
    with pytest.raises(UserError, match=says) as error:
        check_problem(problem)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def variant(base=Mine, **changes):
    """An instance of a subclass with other attributes."""
    return type("Variant", (base,), changes)()


@pytest.mark.parametrize("kind", [Mine, WithHvp])
def test_a_sound_problem_passes(kind):
    check_problem(kind())


def test_both_gradients_at_once_will_do():
    class Both(Problem):
        name, dx, dy = "p", 1, 1

        def value(self, xp, x, y):
            return xp.sin(x[:, 0]) * y[:, 0]

        def grad(self, xp, x, y):
            return xp.cos(x) * y, xp.sin(x)

    check_problem(Both())


@pytest.mark.parametrize(
    ("method", "answer", "says"),
    [
        ("grad_x", lambda s, xp, x, y: x[:, :1], r"grad_x of 'p' returned shape \(7, 1\); .* \(7, 3\)"),
        ("grad_x", lambda s, xp, x, y: (2 * x).T, r"returned shape \(3, 7\)"),
        ("value", lambda s, xp, x, y: x, r"value of 'p' returned shape \(7, 3\); wanted shape \(7,\)"),
        ("value", lambda s, xp, x, y: x[:, :1], r"value of 'p' returned shape \(7, 1\)"),
        ("value", lambda s, xp, x, y: list(x[:, 0]), "value of 'p' returned list"),
        ("value", lambda s, xp, x, y: None, "value of 'p' returned NoneType"),
        ("value", lambda s, xp, x, y: 1.0, "value of 'p' returned float"),
        ("value", lambda s, xp, x, y: x[:, 0] + 0j, "numbers of type complex128; wanted float64"),
        ("grad_y", lambda s, xp, x, y: y.astype(np.float32), "grad_y of 'p' returned .* type float32"),
        ("value", lambda s, xp, x, y: np.ones(len(x), dtype=int), "type int64"),
        ("value", lambda s, xp, x, y: 1 / 0, "value of 'p' raised ZeroDivisionError: division by zero"),
        ("grad_y", lambda s, xp, x, y: x @ y, "grad_y of 'p' raised ValueError: matmul"),
        ("grad", lambda s, xp, x, y: x, "grad of 'p' must return two arrays"),
        ("value", lambda s, xp, x, y: np.log(x[:, 0] - 9), r"value of 'p' is not finite at \(x, y\) = \(\["),
        ("grad_x", lambda s, xp, x, y: x / 0, "grad_x of 'p' is not finite"),
    ],
)  # fmt: skip
def test_shapes_and_types_are_named(method, answer, says):
    refused(variant(**{method: answer}), says)


def test_what_writes_into_its_arguments_is_refused():
    def value(self, xp, x, y):
        x *= 2
        return x[:, 0]

    refused(variant(value=value), "value of 'p' writes into the arrays that it is handed")


def test_what_answers_differently_when_asked_again_is_refused():
    rng = np.random.default_rng(0)
    noisy = variant(grad_x=lambda s, xp, x, y: 2 * x + y @ A.T + rng.standard_normal(x.shape))
    refused(noisy, "grad_x of 'p' gives another answer when it is asked again: they differ by")


@pytest.mark.parametrize(
    "mix",
    [
        lambda x: x - x.mean(0),
        lambda x: x * (1 if (x[:, 0] > 0).any() else 2),
        lambda x: np.sort(x, axis=0),
        lambda x: x / np.abs(x).max(),
    ],
)
def test_what_mixes_lanes_is_refused(mix):
    refused(variant(grad_y=lambda s, xp, x, y: mix(x @ A - 2 * y)), "grad_y of 'p' mixes lanes")


def test_a_matrix_product_whose_last_bits_depend_on_the_batch_passes():
    rng = np.random.default_rng(1)
    m = rng.standard_normal((300, 300))

    class Big(Problem):
        name, dx, dy = "p", 300, 300

        def value(self, xp, x, y):
            return ((x @ m) * y).sum(1)

        def grad(self, xp, x, y):
            return y @ m.T, x @ m

    check_problem(Big())


@pytest.mark.parametrize("base", [Mine, WithHvp])
def test_a_wrong_sign_is_named(base):
    wrong = variant(base, grad_y=lambda s, xp, x, y: 2 * y - x @ A)
    refused(wrong, r"grad_y\[\d\] of 'p' is .* where value has the slope .*: the sign is wrong\.")


@pytest.mark.parametrize(
    ("method", "answer", "says"),
    [
        ("grad_x", lambda s, xp, x, y: 2 * x + y @ A.T, r"grad_x\[\d\] of 'p'"),  # a term forgotten
        ("grad_x", lambda s, xp, x, y: 2 * x - 0.601 * x * x + y @ A.T, r"grad_x\[\d\] of 'p'"),
        ("grad_y", lambda s, xp, x, y: x @ A - y, r"grad_y\[\d\] of 'p'"),
        # Depends on what a complex step cannot see: only differences know.
        ("value", lambda s, xp, x, y: np.abs(x).sum(1), r"grad_[xy]\[\d\] of 'p'"),
    ],
)
def test_a_gradient_that_is_none_is_named(method, answer, says):
    refused(variant(**{method: answer}), says)


@pytest.mark.parametrize("dims", [(1, 1), (3, 2), (40, 7), (7, 40), (1000, 1000)])
def test_wrong_gradients_are_found_in_any_dimension(dims):
    @dataclass(frozen=True, eq=False)
    class Many(Problem):
        dx: int
        dy: int
        wrong: str = ""
        name = "p"

        def value(self, xp, x, y):
            return (x**3).sum(1) - (y * y).sum(1) + x[:, 0] * y[:, -1]

        def grad_x(self, xp, x, y):
            tail = np.zeros_like(x)
            tail[:, 0] = y[:, -1]
            return 3 * x * x * (1 + (self.wrong == "x")) + tail

        def grad_y(self, xp, x, y):
            tail = np.zeros_like(y)
            tail[:, -1] = x[:, 0]
            return -2 * y * (1 + (self.wrong == "y")) + tail

    check_problem(Many(*dims))
    refused(Many(*dims, wrong="x"), "grad_x")
    refused(Many(*dims, wrong="y"), "grad_y")


def test_where_a_complex_step_lies_differences_decide():
    class Norm(Mine):
        def value(self, xp, x, y):
            return np.sqrt((np.abs(x) ** 2).sum(1)) - (y * y).sum(1)

        def grad_x(self, xp, x, y):
            return x / np.sqrt((x * x).sum(1, keepdims=True))

        def grad_y(self, xp, x, y):
            return -2 * y

        def points(self):
            return Points.unknown(3, 2)

    check_problem(Norm())


@pytest.mark.parametrize("seed", range(10))
def test_kinks_close_to_where_slopes_are_measured_are_no_reason_to_refuse(seed):
    rng = np.random.default_rng(seed)
    at, weights = np.zeros(2), rng.uniform(0.5, 3, 2)

    class Kinks(Problem):
        name, dx, dy = "p", 1, 1

        def value(self, xp, x, y):
            return (weights[0] * np.abs(x - at[0]) - weights[1] * np.abs(y - at[1]))[:, 0]

        def grad(self, xp, x, y):
            return weights[0] * np.sign(x - at[0]), -weights[1] * np.sign(y - at[1])

    problem = Kinks()
    samples = Samples.of(Asked(problem))
    at[:] = samples.x[0, 0], samples.y[1, 0]
    at += 10.0 ** rng.uniform(-9, -3, 2) * rng.choice([-1, 1], 2)
    check_problem(problem)


def test_what_is_narrower_than_the_differences_is_no_reason_to_refuse():
    class Narrow(Problem):
        """A gradient that turns within 1e-6, right where it is measured."""

        name, dx, dy = "p", 1, 1
        at = 0.0

        def value(self, xp, x, y):
            return (
                np.logaddexp(1e6 * (x - self.at), -1e6 * (x - self.at))[:, 0] / 1e6 - y[:, 0] ** 2
            )

        def grad(self, xp, x, y):
            return np.tanh(1e6 * (x - self.at)), -2 * y

        def hvp(self, xp, x, y, u, v):
            return 1e6 * (1 - np.tanh(1e6 * (x - self.at)) ** 2) * u, -2 * v

    problem = Narrow()
    for gap in (0.0, 1e-7, 1e-6):
        problem.at = float(Samples.of(Asked(problem)).x[0, 0]) + gap
        check_problem(problem)


def test_kinks_and_fast_waves_are_no_reason_to_refuse():
    class Rough(Mine):
        def value(self, xp, x, y):
            return np.abs(x).sum(1) + np.sin(300 * y).sum(1)

        def grad_x(self, xp, x, y):
            return np.sign(x)

        def grad_y(self, xp, x, y):
            return 300 * np.cos(300 * y)

        def points(self):
            return Points.unknown(3, 2)

    check_problem(Rough())


def test_hessian_vector_products_must_be_those_of_the_gradient():
    def hvp(self, xp, x, y, u, v):
        return 2 * u + v @ A.T, u @ A - 2 * v

    refused(
        variant(WithHvp, hvp=hvp), r"hvp of 'p' disagrees with its gradient at .* component \d is"
    )


def test_grad_must_be_grad_x_and_grad_y():
    def grad(self, xp, x, y):
        return self.grad_x(xp, x, y), 2 * self.grad_y(xp, x, y)

    refused(variant(grad=grad), "grad and grad_y of 'p' differ by")


def listed(x=(0.0, 0.0, 0.0), y=(0.0, 0.0), value=0.0, kind=Kind.NASH):
    found = Points(np.array([x]), np.array([y]), np.array([value]), (kind,), False, "by hand")
    return {"points": lambda self: found}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (listed(x=(1.0, 0.0, 0.0), value=0.8), r"Row 0 of points\(\) of 'p', .* its residual is 2\.64"),
        (listed(value=1.0), "is listed with the value 1, but has 0"),
        (listed(kind=Kind.MAXIMIN), ""),  # every local Nash point is a maximin
        (listed(kind=Kind.NEITHER), "is listed as no equilibrium, but .*: it is a local Nash"),
        (listed(kind=Kind.DEGENERATE), "it is a local Nash"),
        (listed(kind="Nash"), "kinds that are no Kind"),
        (listed(x=(0.0, 0.0)), r"has x of shape \(1, 2\); wanted \(1, 3\)"),
        (listed(value=np.nan), "no finite floats"),
        ({"points": lambda self: None}, "must return Points"),
        ({"points": lambda self: 1 / 0}, r"points\(\) of 'p' raised ZeroDivisionError"),
        ({**listed(), "x_set": Box(1.0, 2.0), "about": About(region=(1.0, 2.0))}, "is 1 outside"),
        ({**listed(), "distances": lambda s, xp, x, *_: np.ones((len(x), 1))}, "is 1 away"),
        ({**listed(), "distances": lambda s, xp, x, *_: np.ones(len(x))}, "distances of 'p' returned"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("base", [Mine, WithHvp])
def test_listed_points_are_held_to_the_definition(base, found, says):
    if says:
        refused(variant(base, **found), says)
    else:
        check_problem(variant(base, **found))


SADDLES = {  # f_xx, f_xy, f_yy: the kind
    (2.0, 1.0, -2.0): Kind.NASH,
    (-2.0, 4.0, -1.0): Kind.MINIMAX,
    (1.0, 4.0, 2.0): Kind.MAXIMIN,
    (-1.0, 0.5, 1.0): Kind.NEITHER,
    (2.0, 0.5, 1.0): Kind.NEITHER,
}


@pytest.mark.parametrize("curvatures", SADDLES)
@pytest.mark.parametrize("kind", Kind)
def test_kinds_are_those_that_second_derivatives_allow(curvatures, kind):
    a, b, c = curvatures

    class Saddle(Problem):
        name, dx, dy = "p", 1, 1

        def value(self, xp, x, y):
            return (a * x * x / 2 + b * x * y + c * y * y / 2)[:, 0]

        def grad(self, xp, x, y):
            return a * x + b * y, b * x + c * y

        def points(self):
            return Points(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), (kind,), True, "zero")

    true = SADDLES[curvatures]
    allowed = {true}
    if true is Kind.NASH:
        allowed |= {Kind.MINIMAX, Kind.MAXIMIN}  # weaker, and true
    if true is Kind.NEITHER:
        allowed |= {Kind.DEGENERATE}  # claims nothing
    if kind in allowed:
        check_problem(Saddle())
    else:
        refused(Saddle(), f"is listed as {kind.value}, but second derivatives say otherwise")


def test_a_point_on_the_border_is_not_judged_by_second_derivatives():
    class Held(Mine):
        """Along the border x = 0 the first derivative decides."""

        x_set, about = Box(0.0, 1.0), About(region=(0.0, 1.0))

        def value(self, xp, x, y):
            return (x - x * x).sum(1) - (y * y).sum(1)

        def grad_x(self, xp, x, y):
            return 1 - 2 * x

        def grad_y(self, xp, x, y):
            return -2 * y

    check_problem(Held())


def test_claims_are_held_against_samples():
    refused(
        variant(about=About(bounds=(-1.0, 0.1))),
        r"value of 'p' is .* outside its bounds \[-1, 0.1\]",
    )
    refused(variant(about=About(smoothness=0.5)), "more than its smoothness 0.5")
    check_problem(variant(about=About(smoothness=20.0, bounds=(-200.0, 200.0))))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": 5}, "needs a name, which is text; got 5"),
        ({"dx": 0}, "dx of 'p' is a whole number from 1; got 0"),
        ({"dy": 2.0}, "dy of 'p' is a whole number"),
        ({"x_set": (0.0, 1.0)}, r"x_set of 'p' is a set such as Box"),
        ({"x_set": Box((0, 0), (1, 1))}, "x_set of 'p' has 2 coordinates, but its player has 3"),
        ({"about": "mine"}, "about of 'p' is an About"),
        ({"about": About(region=(1.0, 1.0))}, "low < high"),
        ({"about": About(region=(0.0, np.inf))}, "region of 'p' is two finite numbers"),
        ({"about": About(starts=((1.0,),))}, "start of 'p' is two finite numbers"),
        ({"about": About(bounds=(1.0, 0.0))}, "low <= high"),
        ({"about": About(smoothness=-1.0)}, "smoothness of 'p'"),
        ({"place": lambda s, x, y: (x[:1], y)}, "place of 'p' must return x of shape"),
    ],
)
def test_facts_are_checked(changes, says):
    refused(variant(**changes), says)


def test_what_is_no_problem_is_refused():
    with pytest.raises(UserError, match="got a int"):
        check_problem(5)


@pytest.mark.parametrize("s", [Box(-0.5, 0.5), Ball(0.1), Box((-1, -1, 0), (1, 1, np.inf))])
def test_samples_stay_inside_the_sets(s):
    outside = []

    class Guarded(Mine):
        x_set = s

        def grad_x(self, xp, x, y):
            outside.append(np.abs(s.project(np, x) - x).max())
            return super().grad_x(xp, x, y)

    check_problem(Guarded())
    assert max(outside) <= 1e-12


def test_planar_problems_are_checked_by_their_formulas():
    for formula, more, says in (
        ("sqrt(x)*y", {}, "not defined on all of the players' sets"),
        ("x*y + z", {}, "uses 'z'"),
        ("sin(x*y)", {"bounds": (-0.5, 0.5)}, "outside its bounds"),
        ("x*y", {"region": (2.0, 1.0)}, "low < high"),
        ("*".join(f"(x+{k})" for k in range(20)), {}, "multiplies 20 factors"),
    ):
        problem = planar("bad_for_test", formula=formula, **more)
        try:
            refused(problem, says)
        finally:
            PROBLEMS.remove("bad_for_test")


def test_a_planar_problem_is_checked_in_twenty_milliseconds():
    get_problem("ftr_f1").formula.expression  # noqa: B018 - SymPy is imported

    def seconds(problem):
        # Of this process: the machine may be busy with others.
        start = time.process_time()
        check_problem(problem)
        return time.process_time() - start

    class Small(Mine):
        dx = dy = 1

        def value(self, xp, x, y):
            return (x * x * y - y * y)[:, 0]

        def grad(self, xp, x, y):
            return 2 * x * y, x * x - 2 * y

        grad_x, grad_y = Problem.grad_x, Problem.grad_y

        def points(self):
            return Points.unknown(1, 1)

    formula = "(x**2*y - y**2)*exp(-x**2) + log(1 + x**2)/(2 + y**2)"
    for k, make in enumerate((Small, lambda: planar("quick_for_test", formula=formula))):
        try:
            problem = make()
            assert min(seconds(problem) for _ in range(3)) <= 0.02
        finally:
            if k:
                PROBLEMS.remove("quick_for_test")


def test_a_class_is_registered_by_a_decorator_and_checked():
    @register("own_for_test")
    class Own(Mine):
        about = About(region=(-1.0, 1.0))

    @register("own_family_for_test", default=(4, 2))
    def family(dx, dy):
        problem = get_problem("bilinear_d", dx, dy)
        return replace(problem, name="own_family_for_test")

    @register("bad_family_for_test")
    def bad(dx, dy):
        raise KeyError("data")

    @register("odd_family_for_test")
    def odd(dx, dy):
        return get_problem("bilinear_d", dx, dy + 1)

    try:
        entry = PROBLEMS.get("own_for_test")
        assert (entry.fixed, entry.about.region, entry.about.confidence) == (
            (3, 2),
            (-1.0, 1.0),
            "",
        )
        check_entry(entry)
        assert get_problem("own_for_test").name == "own_for_test"
        check_entry(PROBLEMS.get("own_family_for_test"))
        with pytest.raises(
            UserError, match="cannot be built at dx = 10, dy = 10: KeyError: 'data'"
        ):
            check_entry(PROBLEMS.get("bad_family_for_test"))
        with pytest.raises(UserError, match="asked for at dx = 10, dy = 10, but has"):
            check_entry(PROBLEMS.get("odd_family_for_test"))
    finally:
        for name in (
            "own_for_test",
            "own_family_for_test",
            "bad_family_for_test",
            "odd_family_for_test",
        ):
            PROBLEMS.remove(name)


@pytest.mark.parametrize("name", list(PROBLEMS))
def test_the_packages_own_problems_pass(name):
    check_entry(PROBLEMS.get(name))


def test_torch_problems_are_checked_by_their_numpy_face():
    torch = pytest.importorskip("torch")
    from minmaxbench.problems.torch_problem import TorchProblem

    class Net(TorchProblem):
        name, dx, dy = "p", 3, 2
        x_set = y_set = Space()

        def payoff(self, x, y):
            return torch.tanh(x).sum() * y[0] - (y * y).sum()

    check_problem(Net())
    refused(variant(Net, payoff=lambda s, x, y: x), "value of 'p' returned shape")
    refused(
        variant(Net, payoff=lambda s, x, y: torch.log(x[0]) + y[0]), "value of 'p' is not finite"
    )
    refused(variant(Net, grad_y=lambda s, xp, x, y: 2 * y), "grad and grad_y of 'p' differ")


def test_the_home_of_a_problem_is_the_folder_of_the_file_that_declares_it():
    import minmaxbench as mb

    for declare in (mb.planar, planar):
        try:
            assert declare("home_for_test", formula="x*y").home == Path(__file__).parent
        finally:
            PROBLEMS.remove("home_for_test")


def test_a_problem_without_a_name_is_checked_when_it_is_asked_for():
    """Registering is not the only way in: objects, classes and formulas are problems too."""

    @dataclass
    class Unnamed(Problem):
        """A dataclass that compares, and so has no hash."""

        sign: float = 1.0
        dx, dy = 1, 1

        def value(self, xp, x, y):
            return (x * y)[:, 0]

        def grad(self, xp, x, y):
            return y.copy(), self.sign * x

    assert mb.solve(Unnamed(), "gda", budget=3).nit == 3
    for ask in (
        lambda: mb.solve(Unnamed(-1.0), "gda", budget=3),
        lambda: mb.run([Unnamed(-1.0)], ["gda"], seeds=1, budget=3),
        lambda: mb.Study(problems=[Unnamed(-1.0)], algorithms=["gda"]),
    ):
        with pytest.raises(UserError, match="the sign is wrong"):
            ask()
    for text in ("sqrt(x)*y", "x**x + y", "y/x"):
        with pytest.raises(UserError, match="not defined on all of the players' sets"):
            mb.Study(problems=[text], algorithms=["gda"])


def test_a_problem_that_is_refused_at_the_front_door_gets_no_name():
    import minmaxbench as mb

    with pytest.raises(UserError, match="not defined on all"):
        mb.planar("refused_for_test", "sqrt(x)*y")
    with pytest.raises(UserError, match="the sign is wrong"):

        @mb.register("refused_for_test")
        class Wrong(Mine):
            def grad_y(self, xp, x, y):
                return 2 * y - x @ A

    assert "refused_for_test" not in PROBLEMS


class Shifts(Box):
    """A projection that is none."""

    def project(self, xp, z):
        return z + 1


def boom(kind):
    def raises(*_):
        raise kind("x")

    return raises


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"value": boom(SystemExit)}, "value of 'p' raised SystemExit: x"),
        ({"grad_y": boom(GeneratorExit)}, "grad_y of 'p' raised GeneratorExit: x"),
        ({"points": boom(SystemExit)}, "'p' raised SystemExit: x"),
        ({"dx": property(boom(ZeroDivisionError))}, "Variant raised ZeroDivisionError: x when it is looked"),
        ({"x_set": property(boom(SystemExit))}, "Variant raised SystemExit: x when it is looked at"),
        ({"name": property(boom(KeyError))}, "Variant raised KeyError: 'x' when it is looked at"),
        ({"x_set": Shifts(-1.0, 1.0)}, "projection onto x_set of 'p' moves points that it has projected"),
        ({"y_set": type("S", (Box,), {"project": lambda s, xp, z: z[:, :1]})(-1.0, 1.0)},
         "projection onto y_set of 'p' returns no float64 numbers of shape"),
        ({"y_set": type("S", (Box,), {"project": boom(ValueError)})(-1.0, 1.0)},
         "The projection onto y_set of 'p' raised ValueError: x"),
    ],
)  # fmt: skip
def test_whatever_a_problem_does_when_it_is_looked_at_is_one_sentence(changes, says):
    refused(variant(**changes), says)
