"""Method cards: what is read off an algorithm is so, what is claimed names a test that there is."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.report.mathtext import plain
from minmaxbench.report.methods import card, cards, page

ROOT = Path(__file__).parents[2]
CHECKS = [
    (name, said.check)
    for name in ALGORITHMS
    for said in (*card(ALGORITHMS.get(name)).claims, *card(ALGORITHMS.get(name)).programs)
    if said.check
]


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\bar z = P(z - \eta F(z)), \quad z^+ = P(z - \eta F(\bar z))",
         "z̄ = P(z - η F(z))\nz⁺ = P(z - η F(z̄))"),
        (r"x \\ y_{k+1} = \frac{a + b}{2 c} z_{-1}", "x\nyₖ₊₁ = (a + b)/(2 c) z₋₁"),
        (r"\frac{\eta}{\tau}", "η/τ"),
        (r"\sqrt{1 + \eta^2} \le h_{yy}^{-1} \nabla_x f", "√(1 + η²) ≤ h_yy⁻¹ ∇_x f"),
        (r"\Big(\hat v\Big)^{-1/2} \langle u, v \rangle, j < k", "(v̂)^(-1/2) ⟨u, v⟩, j < k"),
        (r"\mathrm{diag}(1/\tau, 1), \alpha \log z^*", "diag(1/τ, 1), α log z^*"),
        (r"\unknown{x} \frac", r"\unknownx ()/()"),
        ("{x", "x"),
    ],
)  # fmt: skip
def test_tex_is_read_as_text(tex, text):
    assert plain(tex) == text


@pytest.mark.parametrize("name", ALGORITHMS)
def test_no_tex_is_left_in_a_rule(name):
    assert "\\" not in card(ALGORITHMS.get(name)).rule


def test_costs_and_memory_are_read_off_the_algorithms():
    found = {one.name: one for one in cards()}
    assert found["gda"].memory == "none"
    assert found["alex_gda"].memory == "1 y"
    assert found["eag_c"].memory == "1 z, 1 number"
    assert found["adam_gda"].memory == "2 z, 4 numbers"
    assert found["j_symmetric"].memory == "1 z, 1 z-by-z matrix"
    assert found["gda_am"].memory == "22 z, 1 number"
    assert found["extragradient"].cost.startswith("2 gradients in x, 2 gradients in y: 2 gradient")
    assert found["unrolled"].cost.startswith(
        "1 gradient in x, 6 gradients in y, 5 Hessian products"
    )
    assert "differs from step to step" in found["greedy_max"].cost
    assert found["gda"].family == "gradient"
    assert ("k", "5", "a whole number at least 1", "1 or 2 or 5 or 10 or 20") in found[
        "gdmax"
    ].parameters


def test_a_price_that_is_not_said_is_not_made_up():
    class Mine(ALGORITHMS.get("gda")):
        price = None

    said = card(Mine)
    assert said.price == "not said"
    assert said.cost == "gradients in x, gradients in y; how many, is not said"


TESTS = [
    node.name
    for path in (ROOT / "tests").rglob("test_*.py")
    for node in ast.parse(path.read_text()).body
    if isinstance(node, ast.FunctionDef)
]


@pytest.mark.parametrize(("name", "check"), CHECKS)
def test_the_checks_of_claims_are_there(name, check):
    if check == EXAMPLE:
        assert ">>>" in ALGORITHMS.get(name).__doc__
    else:
        assert TESTS.count(check) == 1, f"{name} names {check}"


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_says_what_is_claimed_of_it(name):
    assert card(ALGORITHMS.get(name)).claims


def test_claims_are_sentences_with_a_source():
    for name in ALGORITHMS:
        for claim in card(ALGORITHMS.get(name)).claims:
            assert re.match(r"[A-Za-z|]", claim.says), (name, claim.says)
            assert not claim.says.endswith(".")
            assert len(claim.source) > 5
            assert claim.check or claim.holds


def test_verdicts_are_words():
    assert Claim("A", "B").verdict == "untested"
    assert Claim("A", "B", "test_a").verdict == "holds in test_a"
    assert Claim("A", "B", "test_a", holds=False).verdict == "does not hold in test_a"
    assert Program("a").verdict == "read, not run"
    assert Program("a", "test_a", "b").verdict == "the same iterates in test_a; b"


def test_a_users_algorithm_has_a_card_too():
    @dataclass(frozen=True)
    class Mine(mb.Memoryless):
        """One thing,
        in two lines."""

        def step(self, state, oracle):
            return state

    Mine.name = "mine"
    found = card(Mine)
    assert (found.family, found.summary) == ("of your own", "One thing, in two lines.")
    assert (found.price, found.source, found.rule) == ("not said", "not given", "")


def test_the_page_is_written_from_the_registry():
    text = (ROOT / "docs" / "algorithms.md").read_text()
    assert text == page(), "run `python benchmarks/algorithms_page.py`"
