"""Formulas are read, never run: what is refused, with which sentence, and how soon."""

import contextlib
import time

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from minmaxbench.errors import UserError
from minmaxbench.problems.formula import Formula
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.reading import CONSTANTS, FUNCTIONS, LONGEST, read
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.symbolic import NAMES

HOSTILE = [
    "__import__('os').system('touch {}')",
    "open('{}', 'w')",
    "x.__class__.__mro__",
    "(lambda: open('{}', 'w'))()",
    "[open('{}', 'w') for x in (1,)][0]",
    "exp(open('{}', 'w'))",
    'x + eval(\'open("{}", "w")\')',
    "f\"{{open('{}', 'w')}}\"",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_formula_runs_nothing(text, tmp_path):
    trace = tmp_path / "trace"
    with pytest.raises(UserError, match="uses"):
        Formula(text.format(trace)).expression  # noqa: B018
    assert not trace.exists()


REFUSED = {
    "x**2 + w*y": "uses 'w'; it may use x, y, pi, numbers",
    "x + gamma(y)": "uses 'gamma'",
    "Max(x, y)": "uses 'Max'",
    "max(x,0)*y": "uses 'max'",
    "factorial(10**9)": "uses 'factorial'",
    "I*x + y": "uses 'I'",
    "E*x": "uses 'E'",
    "x(y)": r"uses 'x\(y\)'",
    "exp": "uses 'exp'",
    "exp(x, y)": "exp takes one argument",
    "exp(*x)": "exp takes one argument",
    "exp(x=1)": "exp takes one argument",
    "x^2": r"uses \^; a power is written \*\*",
    "x // y": "uses 'x // y'",
    "x % y + 1": "uses 'x % y'",
    "(x, y)": r"uses '\(x, y\)'",
    "x > y": "uses 'x > y'",
    "x if y else 0": "uses 'x if y else 0'",
    "True*x": "uses 'True'",
    "1j*x": "uses '1j'",
    "'x'": "uses ''x''",
    "x[0]": r"uses 'x\[0\]'",
    "x + ": "cannot be read: invalid syntax",
    "2x": "cannot be read: invalid decimal literal",
    "x − y": "cannot be read: invalid character",
    "x\x00y": "cannot be read",
    "": "cannot be read",
    "x; y": "cannot be read",
    "1/0*x + y": "divides by zero in '1/0'",
    "x/(2 - 2)": "no real, finite value in 'x/\\(2 - 2\\)'",
    "0**-1": r"divides by zero in '0\*\*-1'",
    "x/(y - y)": r"no real, finite value in 'x/\(y - y\)'",
    "log(-1)*x + y": r"no real, finite value in 'log\(-1\)'",
    "sqrt(-2)*x": r"no real, finite value in 'sqrt\(-2\)'",
    "x + (-1)**(1/3)": "no real, finite value",
    "x**y**9**9**9": r"uses the power '9\*\*9\*\*9'; exponents go up to 64",
    "10**10**10": "exponents go up to 64",
    "x**1000": "exponents go up to 64",
    "x**(1/1000)": "exponents go up to 64",
    "(10**60)**60": "too large",
    "*".join(["9**60"] * 20): "too many digits",
    "((x**60)**60)**60": r"makes the power 'x\*\*216000'",
    "(x**-60)**60": "makes the power",
    "1e999*x": "uses the number '1e999'",
    "1e-999*x": "uses the number '1e-999'",
    "1" * 400: "beyond 1e-300 to 1e\\+300",
    "*".join(["x"] * 3000): "characters; at most 2,000",
    "*".join(f"(x+{i})" for i in range(50)): "multiplies 50 factors; at most 12",
    "+".join(["x"] * 300): "has 599 numbers, variables and operations; at most 400",
    "(" * 1500 + "x" + ")" * 1500: "characters",
    "(" * 900 + "x" + ")" * 900: "cannot be read",
    "-" * 1500 + "x": "at most 400",
    "sin(" * 40 + "x" + ")" * 40: "nests more than 30",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda t: t[:30])
def test_what_is_no_formula_is_refused_in_a_sentence_within_a_second(text):
    start = time.perf_counter()
    with pytest.raises(UserError, match=REFUSED[text]) as refusal:
        Formula(text).expression  # noqa: B018
    assert time.perf_counter() - start < 1
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert len(sentence) < 400
    assert "\n" not in sentence


@pytest.mark.parametrize("text", [None, 5, b"x", ["x"]])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(UserError, match="A formula is text"):
        read(text)


def test_a_constant_that_overflows_is_refused():
    with pytest.raises(UserError, match=r"constant 'exp\(1000.0\)' is not finite"):
        Formula("exp(1000)*x").value_at(np, np.ones(1), np.ones(1))


@settings(max_examples=300, deadline=1000)
@given(st.text(alphabet="xypiexplogsincostanhsqrt0123456789.+-*/()** ,_e^", max_size=40))
def test_any_text_is_a_formula_or_a_sentence(text):
    with contextlib.suppress(UserError):
        read(text)


def test_the_longest_formulas_that_pass_are_differentiated_in_seconds():
    x = np.full((2, 1), 0.5)
    for text in (
        "*".join(f"sin({i}*x+y)" for i in range(1, 13)),
        "+".join(f"sin({i}*x+y)*exp(x)" for i in range(1, 33)),
        "-".join(f"x**{i}*y**{i}" for i in range(1, 40)),
        "sqrt(1+" * 14 + "x*y" + ")" * 14,
    ):
        start = time.perf_counter()
        assert len(text) <= LONGEST
        assert all(np.isfinite(h).all() for h in Formula(text).hessian_at(np, x, x))
        assert time.perf_counter() - start < 10


def test_names_mean_the_same_to_all():
    assert set(NAMES) == {"x", "y", *CONSTANTS, *FUNCTIONS}


@pytest.mark.parametrize("name", [n for n in PROBLEMS if PROBLEMS.get(n).group == "planar"])
def test_shipped_formulas_are_read_as_sympy_reads_them(name):
    # SymPy's own reader runs the text as Python; ours must make the very same expression.
    problem = get_problem(name)
    if not isinstance(problem, Planar):
        pytest.skip("no formula")
    wanted = sympy.sympify(problem.text, locals=NAMES, rational=True)
    assert sympy.srepr(problem.formula.expression) == sympy.srepr(wanted)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x**2", -4.0),
        ("2**-x", 0.25),
        ("x**2**y", 2.0**8),
        ("-x**2/2*3", -6.0),
        ("1e-3*x + 0.1_0", 0.102),
        ("  (x\n - y)  ", -1.0),
        ("+x - -y", 5.0),
        ("(2/3)**(1/2)*0", 0.0),
        ("pi*x/pi", 2.0),
    ],
)
def test_arithmetic_binds_as_in_python(text, value):
    x, y = np.array([[2.0]]), np.array([[3.0]])
    assert Formula(text).value_at(np, x, y)[0, 0] == pytest.approx(value, rel=1e-15)
