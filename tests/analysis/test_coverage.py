"""Every interval holds the truth about as often as it says: `python -m benchmarks.coverage`, in part."""

import pytest

from benchmarks.coverage import BANDS, CASES, covered

pytestmark = pytest.mark.slow
TIMES = 1000

FEWER = {
    # Wilson's interval is of the score: between two counts it dips to 92 % (Brown, Cai, DasGupta 2001).
    "Wilson, chance 0.05, 20 runs": 0.90,
    "Wilson, chance 0.02, 100 runs": 0.90,
}


@pytest.mark.parametrize("case", CASES)
def test_an_interval_of_95_percent_covers(case):
    assert covered(case, TIMES, seed=1) >= FEWER.get(case, 0.925)


@pytest.mark.parametrize("case", BANDS)
def test_the_band_of_traces_holds_four_new_runs_in_five(case):
    assert covered(case, TIMES, seed=1) == pytest.approx(0.8, abs=0.04)
