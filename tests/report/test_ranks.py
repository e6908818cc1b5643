"""Tables and pictures of ranks: who is not told apart, who is not ranked, and why there is none."""

import pytest

from minmaxbench import UserError
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import costs
from minmaxbench.report import forms
from minmaxbench.report.figures import rank_figure
from minmaxbench.report.html.charts import curves_of, overview
from minmaxbench.report.ranks import ALL, duel_table, rank_table

PROBLEMS = "abcdefghij"


@pytest.fixture(scope="module")
def many(made):
    """Twelve algorithms, each slower than the one before; one more that was run on a single problem."""
    cells = {(p, f"m{k:02}"): [10 * (k + 1)] * 2 for p in PROBLEMS for k in range(12)}
    return made(cells | {("a", "narrow"): [1]})


def test_a_row_says_from_whom_it_is_not_told_apart(many):
    table = rank_table(many)
    assert table.words["place"].tolist() == [str(k + 1) for k in range(12)]
    gap = ranking(costs(many[many["algorithm"] != "narrow"])).critical
    ranks = table.numbers["rank"]
    for at, first, last in table.numbers[["rank", "first", "last"]].to_numpy().tolist():
        near = [k + 1 for k, other in enumerate(ranks) if abs(other - at) < gap]
        assert (first, last) == (near[0], near[-1])
    assert table.words["not told apart"][0] == f"1 to {int(table.numbers['last'][0])}"
    assert f"{gap:.2f}" in table.notes[1]


def test_who_was_run_on_fewer_problems_is_not_ranked_and_said_to_be(many):
    """With it all would be ranked on the one problem that it was run on."""
    for table in (rank_table(many), duel_table(many)):
        assert "10 problems" in table.title
        assert table.notes[-1] == "Run on fewer problems, and not ranked: narrow."
        assert "narrow" not in table.words.to_string()
    assert "10 problems, 1 more run on fewer" in rank_figure(many).axes[0].get_title()
    charts = overview(many, 1e-5, "distance", curves_of(many))
    (chart,) = [c for c in charts if c["title"].startswith("Mean rank")]
    assert "over 10 problems" in chart["title"]
    assert "1 algorithm run on fewer problems: not ranked." in chart["how"]


def test_the_picture_of_the_report_joins_nobody(many):
    """It has a dot and an interval for each, and says the critical difference: no bar can lie."""
    charts = overview(many, 1e-5, "distance", curves_of(many))
    (chart,) = [c for c in charts if c["title"].startswith("Mean rank")]
    (trace,) = chart["traces"]
    assert trace["mode"] == "markers"
    assert len(trace["y"]) == len(set(trace["y"])) == 12
    assert f"{ranking(costs(many[many['algorithm'] != 'narrow'])).critical:.2f}" in chart["how"]


def test_a_duel_counts_wins_and_says_what_is_chance(made):
    cells = {(p, "fast"): [10] * 2 for p in PROBLEMS}
    cells |= {(p, "slow"): [10 if p == "a" else 30] * 2 for p in PROBLEMS}
    table = duel_table(made(cells))
    (words,) = table.words.to_dict("records")
    assert (words["algorithm"], words["against"]) == ("fast", "slow")
    assert words["wins, ties, losses"] == "9, 1, 0"
    assert table.numbers["adjusted"][0] < 0.05
    assert table.numbers["cheaper"][0] > 0.95
    # A share of draws is never certainty.
    assert words["cheaper, equal, dearer"].startswith("> 99 %")


def test_of_many_each_is_set_against_the_best(many):
    table = duel_table(many)
    assert len(table.words) == 11 > ALL
    assert set(table.words["algorithm"]) == {"m00"}


@pytest.mark.parametrize("way", [rank_table, duel_table])
def test_one_algorithm_alone_is_one_sentence(made, way):
    with pytest.raises(UserError, match="A ranking needs two algorithms"):
        way(made({("a", "m"): [1, 2]}))


@pytest.mark.parametrize("results", [[None, None], ["error", "error"]])
def test_nobody_ever_arriving_is_a_tie_of_all(made, results):
    table = rank_table(made({(p, a): results for p in "ab" for a in "mn"}))
    assert table.words["not told apart"].tolist() == ["1 to 2", "1 to 2"]
    assert table.words["never arrives on"].tolist() == ["2", "2"]
    assert table.words["quickest on"].tolist() == ["0", "0"]


def test_names_with_markup_stay_names_in_every_form(made):
    names = ["<b>$x_1$</b> | %", "[red]y_2[/red] & z"]
    for way in (rank_table, duel_table):
        table = way(made({(p, a): [k + 1] * 2 for p in "abc" for k, a in enumerate(names)}))
        assert r"\$x\_1\$" in forms.as_latex(table, "s")
        assert "&lt;b&gt;" in forms.as_markdown(table, "s")
        rows = [line for line in forms.as_markdown(table, "s").split("\n") if line[:1] == "|"]
        # A bar in a name ends no cell.
        cells = {len(row.replace(r"\|", "").strip("|").split("|")) for row in rows}
        assert cells == {len(table.words.columns)}
