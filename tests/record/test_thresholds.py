"""Every number that a page states for a rule is the number of the code.

A page says what users rely on: a constant that drifts away from it, or a new number that no test knows,
fails here. ``#`` in a phrase stands for a number; words and line breaks must be those of the page.
"""

import re
from pathlib import Path

import pytest

from minmaxbench.engines.choice import WORTH_COMPILING
from minmaxbench.record import outcomes, periods, tail, targets, verdicts
from minmaxbench.record.ends import DRIFT, STAY

DOCS = Path(__file__).parents[2] / "docs"
FINEST = targets.TARGETS[-1]

RULES = {
    "left the ball of radius #, or became NaN": [outcomes.RADIUS],
    "amplitude above # (1 + size of z)": [verdicts.TINY],
    "was within # of the point": [verdicts.NEAR],
    "further than # from every": [verdicts.NEAR],
    "its last # iterates differ by no more than # (1 + size of z)": [tail.KEPT, verdicts.STILL],
    "a circle smaller than # (1 + size of z)": [verdicts.TINY],
    "its final residual is below #;": [verdicts.FLAT],
    "residual are both below #, and the next # steps": [FINEST, STAY],
    "keep the run within # of a listed point": [DRIFT * FINEST],
    "in at least # of the # pairs of parts": [verdicts.GROWING, 8 * 7 / 2],
    "by more than # % from the first to the last": [100 * verdicts.SAME],
    "fewer than # states to look at": [2 * verdicts.FEW],
    "Beyond # variables no iterates are kept": [targets.SMALL],
    "keeps its last # iterates, the last #": [tail.KEPT, tail.KEPT],
    "is a multiple of #, of #, and so on": [tail.SPACING, tail.SPACING**2],
    "It must pass # (away)": [periods.AWAY],
    "fall below # (back)": [periods.BACK],
    "per quarter of the run, must be below # %": [100 * verdicts.SAME],
}

OUTCOMES = {
    "residual are both below #, and the run stays": [FINEST],
    "left the ball of radius #.": [outcomes.RADIUS],
}

ENGINES = {"takes JAX from a budget of # calls on": [WORTH_COMPILING]}

NUMBER = r"(\d[\d,]*(?:\.\d+)?(?:e-?\d+)?)"


def found(phrase, text):
    """The numbers of a phrase in a text, and where it stands."""
    words = re.escape(phrase).replace(r"\#", NUMBER).replace(r"\ ", r"\s+")
    (match,) = re.finditer(words, text)
    return [float(number.replace(",", "")) for number in match.groups()], match.span()


@pytest.mark.parametrize(
    ("page", "phrase", "numbers"),
    [
        (page, phrase, numbers)
        for page, phrases in (("verdicts", RULES), ("results", OUTCOMES), ("performance", ENGINES))
        for phrase, numbers in phrases.items()
    ],
)
def test_a_number_on_a_page_is_the_constant(page, phrase, numbers):
    stated, _ = found(phrase, (DOCS / f"{page}.md").read_text())
    assert stated == pytest.approx(numbers, rel=1e-12, abs=0)


def test_every_number_of_the_verdicts_rules_is_known_here():
    text = (DOCS / "verdicts.md").read_text()
    rules = text[: text.index("## How right they are")]
    for phrase in RULES:
        _, (start, end) = found(phrase, rules)
        rules = rules[:start] + " " * (end - start) + rules[end:]
    # Numbers of lists, and the 1 of (1 + size of z) in what is left.
    left = re.sub(r"^\d\. ", "", rules, flags=re.MULTILINE)
    assert re.findall(NUMBER, left) == []


def test_targets_run_from_a_half_to_the_finest_by_decades():
    assert (0.5, *(10.0**-k for k in range(1, 11))) == targets.TARGETS
    assert targets.hit_column("distance", 1e-5) == "distance_1e-05"
