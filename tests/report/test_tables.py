"""Tables: every number is there at every width, and every format keeps every name."""

import csv
import html
import io
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from minmaxbench import UserError
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report import forms, layout, tables
from minmaxbench.report.text import latex

LONG = "greedy_max(proposal=gradient, scale=0.1, eps=0.012)"
MANY = ["gda", "gda_alt", "gda_two_timescale", "gdmax", "extragradient", "ogda", LONG]


def shown(table, width):
    stream = io.StringIO()
    Console(file=stream, width=width).print(forms.fitting(table, width))
    return stream.getvalue()


@pytest.fixture
def study(made):
    cells = {(p, a): [10 * k + 1, None, 1234] for k, p in enumerate("abc") for a in MANY}
    return made(cells, without=["c"])


@pytest.mark.parametrize("width", [*range(80, 200, 4)])
@pytest.mark.parametrize("way", sorted(tables.WAYS))
def test_no_name_and_no_number_is_cut_at_any_width(study, way, width):
    table = tables.WAYS[way](study, 1e-5, "distance")
    text = shown(table, width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    for name in MANY:
        # A name may go on in another line, after an underscore, a comma or a blank.
        assert all(part in text for part in re.split(r"[_ ,(=]+", name)), name
    for number in {
        "algorithm": ["67 %", "2 of 2"],
        "problem": ["67 %", "1,234"],
        "verdict": ["44 %"],
    }[way]:
        assert number in text


def test_a_narrow_terminal_gets_a_row_a_pair_and_a_wide_one_a_row_a_problem(study):
    table = tables.problem_table(study)
    assert len(shown(table, 80).splitlines()) > 3 * len(MANY)
    assert len(shown(table, 400).splitlines()) <= 12
    two_lines = tables.problem_table(study[study["algorithm"].isin(MANY[:4])])
    assert re.search(r"67 % .*\n +\(1,234\)", shown(two_lines, 60))


def test_a_row_a_problem_holds_share_and_calls(made):
    runs = made({("a", "m"): [10, 20, 30, None], ("a", "n"): [None], ("b", "m"): [7] * 3})
    words = tables.problem_table(runs).words.set_index("problem")
    assert words.loc["a", "m"] == "75 % (25)"
    assert words.loc["a", "n"] == "-"
    # Not run is not the same as never reached.
    assert words.loc["b", "n"] == ""


def test_problems_without_an_equilibrium_come_last_and_are_marked(study):
    table = tables.problem_table(study)
    assert table.words["problem"].tolist() == ["a", "b", "c †"]
    assert table.notes == ("† has no listed equilibrium",)


def test_dimensions_and_instances_are_in_the_name(made):
    runs = made({((p, i, dx, dy), "m"): [9] for p, i, dx, dy in
                 (("a", 0, 1, 1), ("b", 0, 2, 2), ("c", 0, 2, 3), ("d", 4, 1, 1), ("e", 0, 6, 6),
                  ("e", 0, 7, 7), ("f", 0, 1, 1), ("f", 1, 1, 1))})  # fmt: skip
    assert tables.problem_table(runs).words["problem"].tolist() == [
        "a", "b d=2", "c dx=2 dy=3", "d @4", "e d=6", "e d=7", "f @0", "f @1",
    ]  # fmt: skip


def test_the_words_of_a_verdict_table_are_explained_where_they_occur(made):
    runs = made({("a", "m"): [9, None, "error"]})
    notes = tables.verdict_table(runs).notes
    for verdict in Verdict:
        occurs = verdict.value in set(runs["verdict"])
        assert (f"{verdict.value}: {verdict.sentence}" in notes) == occurs
    assert f"ended by 'budget', 2 runs: {Outcome.BUDGET.sentence}" in notes
    assert f"ended by 'error', 1 run: {Outcome.ERROR.sentence}" in notes
    assert not any("converged" in note for note in notes)


def test_errors_are_told_under_every_table_that_counts_them(made):
    runs = made({("a", "m"): [9, "error", "error"], ("b", "n"): ["error", 9, 9]})
    for way in tables.WAYS.values():
        last = way(runs, 1e-5, "distance").notes[-1]
        assert last == "error, 3 runs, the first of m on a: ValueError: on purpose (f.py:3)"


def test_a_verdict_that_every_run_shares_has_a_column_and_others_have_none(made):
    words = tables.verdict_table(made({("a", "m"): ["error"] * 3})).words
    assert list(words) == ["algorithm", "error"]
    assert words["error"].tolist() == ["100 % (43 to 100)"]


def test_small_shares_are_not_none_in_any_table(made):
    runs = made({("a", "m"): [9] + [None] * 299})
    assert tables.comparison(runs).words["within 1e-05"].tolist() == ["< 1 %"]
    assert tables.problem_table(runs).words["m"].tolist() == ["< 1 % (-)"]
    assert tables.verdict_table(runs).words["equilibrium"][0].startswith("< 1 %")
    nearly = made({("a", "m"): [9] * 299 + [None]})
    assert tables.comparison(nearly).words["within 1e-05"].tolist() == ["> 99 %"]


def test_what_is_never_reached_is_no_column_of_zeros(made):
    words = tables.comparison(made({("a", "m"): [None, None]})).words
    assert words["median calls"].tolist() == ["-"]
    assert words["problems solved"].tolist() == ["0 of 1"]


NAMES = ["a|b", "a_b^c$d~e\\f<g>h{i}", "100%", "[x]", "*y", "mine[/]", "line\nbreak", "_q", "a#b&c"]


@pytest.fixture
def named(made):
    return tables.comparison(made({("a", name): [9] for name in NAMES}))


def test_csv_holds_numbers_and_whole_names(named, tmp_path):
    path = forms.write(named, tmp_path / "t.csv", "csv", "s")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["algorithm"] for row in rows} == set(NAMES)
    assert all(float(row["share"]) == 1 for row in rows)


def test_markdown_has_one_row_a_name(named, tmp_path):
    text = forms.write(named, tmp_path / "t.md", "markdown", "s").read_text()
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(NAMES)
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {7}
    assert "- error" not in text


def test_latex_has_label_booktabs_and_one_row_a_name(named, tmp_path):
    text = forms.write(named, tmp_path / "t.tex", "latex", "my study_1").read_text()
    for part in (r"\usepackage{booktabs}", r"\toprule", r"\midrule", r"\bottomrule", r"\begin{table}",
                 r"\label{tab:my-study-1-algorithm-within-0.1}", r"my study\_1", r"$\le$"):  # fmt: skip
        assert part in text
    body = text.split(r"\midrule")[1].split(r"\bottomrule")[0]
    rows = [row for row in body.split("\\\\\n") if row.strip()]
    assert len(rows) == len(NAMES)
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {5}
    # A bare % would comment out the rest of its row.
    assert not re.search(r"(?<!\\)%", body)
    assert all(latex(name) in body for name in NAMES)


def test_long_latex_tables_break_over_pages(made, tmp_path):
    short = tables.comparison(made({("a", f"m{k}"): [9] for k in range(40)}))
    long = tables.comparison(made({("a", f"m{k}"): [9] for k in range(41)}))
    assert "longtable" not in forms.as_latex(short, "s")
    text = forms.as_latex(long, "s")
    for part in (r"\begin{longtable}", r"\endfirsthead", r"\endhead", r"\endfoot", r"\endlastfoot",
                 r"\label{", r"\end{longtable}"):  # fmt: skip
        assert part in text
    assert r"\begin{table}" not in text


def test_wide_latex_tables_have_a_row_a_pair(study):
    text = forms.as_latex(tables.problem_table(study), "s")
    assert r"\begin{tabular}{llrrr}" in text
    assert text.count(r"gda\_two\_timescale") == 3


def test_a_table_that_cannot_be_written_is_a_sentence(named, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        forms.write(named, tmp_path / "file" / "t.csv", "csv", "s")


def test_names_stay_when_numbers_fill_the_terminal(made):
    algorithms = [
        "mine[/]",
        "sgd[momentum]",
        "sgd[nesterov]",
        "m|n",
        "_m",
        "alpha",
        "100%",
        "fast:v2",
    ]
    runs = made({(p, a): [None] for p in ("pr[/]", "f/g") for a in algorithms})
    for width in range(60, 110):
        text = shown(tables.problem_table(runs), width)
        assert "pr[/]" in text
        assert "f/g" in text


def test_a_table_shows_itself(named):
    said = str(named)
    assert said == repr(named)
    assert said.startswith("Reached distance ≤ 1e-05: share of runs")
    assert "mine[/]" in said
    assert max(map(len, said.splitlines())) <= 100


def test_html_keeps_every_name_and_no_markup(named):
    page = named.to_html()
    assert page == named._repr_html_()
    cells = re.findall(r"<td>(.*?)</td>", page)[::6]
    assert sorted(html.unescape(cell) for cell in cells) == sorted(
        "line break" if name == "line\nbreak" else name for name in NAMES
    )
    ET.fromstring(f"<div>{page}</div>")


def test_every_form_of_an_object_is_that_of_a_file(named, tmp_path):
    for form, made in (("markdown", named.to_markdown()), ("latex", named.to_latex())):
        path = forms.write(named, tmp_path / form, form, "")
        assert path.read_text(encoding="utf-8") == made
        assert "study" not in made
    assert named.to_csv() == (forms.write(named, tmp_path / "t", "csv", "s")).read_text()


@given(st.text("ab_ (,=/-)\n", max_size=40), st.integers(3, 20))
def test_breaking_a_cell_loses_nothing(cell, room):
    lines = layout.broken(cell, room).split("\n")
    assert max(map(len, lines)) <= room
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", cell)


def test_cells_break_at_joints():
    assert layout.broken("greedy_max(proposal=ball)", 12) == "greedy_max(\nproposal=\nball)"
    assert layout.broken("no limit (-0.08 to 1)", 10) == "no limit\n(-0.08 to\n1)"
    assert layout.broken("extragradient", 5) == "extra\ngradi\nent"


def test_a_table_as_text_is_text_wherever_it_is_asked_for(study, monkeypatch):
    """A notebook's console, and one told to force colours, would put commands to a terminal into it."""
    plain = str(tables.comparison(study))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    assert str(tables.comparison(study)) == plain
    assert "\x1b" not in plain
