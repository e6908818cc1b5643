"""Figures: what they draw is what the runs did, failures included, and publishers take the files."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from minmaxbench import UserError
from minmaxbench import problem as get_problem
from minmaxbench.report import figures, style
from minmaxbench.report.figures import planar
from minmaxbench.report.figures.run import run_figure

NAMES = ["_hidden", "$x^2$", "a_b$c", "mine[/]", "日本", "x" * 300, "tab\there", "gda"]


def legend_of(figure):
    return [t.get_text() for drawn in figure.legends for t in drawn.get_texts()]


def curves(ax):
    return {line.get_color(): np.asarray(line.get_ydata()) for line in ax.get_lines()}


# What is drawn


def test_the_profile_of_an_algorithm_with_errors_ends_where_its_runs_did(made):
    runs = made({("a", "bad"): [1, "error", "error", "error"], ("a", "good"): [100] * 4})
    looks = style.styles(["bad", "good"])
    for ax in figures.profile_figure(runs).axes:
        drawn = curves(ax)
        assert drawn[looks["bad"]["color"]].max() == 0.25
        assert drawn[looks["good"]["color"]].max() == 1


def test_the_profile_says_who_was_not_run_everywhere(made):
    runs = made({("a", "m"): [1], ("b", "m"): [1], ("a", "theory"): [1]})
    assert legend_of(figures.profile_figure(runs)) == ["m", "theory (on 1 of 2 problems)"]


def test_the_bar_of_an_algorithm_with_errors_shows_them(made):
    runs = made({("a", "bad"): [1, "error", "error", "error"], ("a", "good"): [100] * 4})
    figure = figures.verdict_figure(runs)
    (ax,) = figure.axes
    bars = {
        (bar.get_facecolor(), round(bar.get_y() + bar.get_height() / 2)): bar.get_width()
        for bar in ax.patches
    }
    row = [t.get_text() for t in ax.get_yticklabels()].index("bad")
    black = style.mpl.colors.to_rgba(style.VERDICT_COLOURS["error"])
    assert bars[black, row] == 0.75
    assert "error" in legend_of(figure)
    assert ax.get_xlim() == (0, 1)


def test_the_bars_say_who_was_not_run_everywhere(made):
    runs = made({("a", "m"): [1], ("b", "m"): [1], ("a", "theory"): [1]})
    (ax,) = figures.verdict_figure(runs).axes
    assert "theory\non 1 of 2 problems" in [t.get_text() for t in ax.get_yticklabels()]


def test_every_verdict_has_a_colour():
    assert set(style.VERDICT_COLOURS) == {v.value for v in figures.verdicts.Verdict}


def test_traces_of_runs_in_error_are_far_away_and_not_absent(made):
    runs = made({("a", "bad"): [1, "error", "error"], ("a", "good"): [1, 1, 1]})
    (figure,) = figures.trace_figures(runs)
    (ax,) = figure.axes
    looks = style.styles(["bad", "good"])
    assert curves(ax)[looks["bad"]["color"]].min() == figures.traces.LOST
    assert curves(ax)[looks["good"]["color"]].min() < 1e-10
    assert "bad: 67 % in error" in [t.get_text() for t in ax.texts]


def test_traces_show_a_problem_on_which_every_run_failed(made):
    runs = made({("a", "m"): [1], ("b", "m"): ["error"]})
    (figure,) = figures.trace_figures(runs)
    titles = {ax.get_title(): [t.get_text() for t in ax.texts] for ax in figure.axes}
    assert titles["b"] == ["every run ended in error"]


def test_traces_of_diverged_runs_leave_at_the_top(made):
    runs = made({("a", "m"): [None] * 3})
    lost = np.array([1, 10, 1e9, np.inf, np.nan])
    (figure,) = figures.trace_figures(runs.assign(trace_distance=[lost] * 3))
    (ax,) = figure.axes
    (line,) = ax.get_lines()
    assert line.get_ydata().tolist() == [1, 10, 1e9, 1e10, 1e10]
    assert ax.get_ylim()[1] <= 1e6


def test_the_median_of_a_trace_is_a_run_and_not_half_of_infinity(made):
    runs = made({("a", "m"): [1, "error"]})
    (figure,) = figures.trace_figures(runs)
    assert figure.axes[0].get_lines()[0].get_ydata().min() < 1e-10


def test_traces_have_pages_and_no_panel_without_an_equilibrium(made, tmp_path):
    runs = made({(f"p{k:02}", "m"): [1] for k in range(14)}, without=["p00"])
    paths = figures.draw_traces(runs, tmp_path)
    assert [p.name for p in paths] == ["traces-distance-1.png", "traces-distance-2.png"]
    pages = list(figures.trace_figures(runs))
    assert [sum(ax.get_visible() for ax in page.axes) for page in pages] == [12, 1]
    residuals = list(figures.trace_figures(runs, "residual"))
    assert [sum(ax.get_visible() for ax in page.axes) for page in residuals] == [12, 2]


def test_a_page_of_traces_names_every_algorithm_on_it(made):
    # The second algorithm was not run on the first problem, the first panel.
    runs = made({("a", "gda"): [1], ("b", "gda"): [1], ("b", "theory"): [1]})
    (figure,) = figures.trace_figures(runs)
    assert legend_of(figure) == ["gda", "theory"]


@pytest.mark.parametrize("draw", [figures.draw_profile, figures.draw_verdicts])
def test_only_errors_and_no_equilibria_are_drawn_too(made, draw, tmp_path):
    for k, runs in enumerate(
        (
            made({("a", "m"): ["error"]}),
            made({("a", "m"): [1]}, without=["a"]),
            made({("a", "m"): ["error"], ("b", "m"): ["error"]}).drop(columns="message"),
        )
    ):
        assert draw(runs, tmp_path / f"{k}.png").stat().st_size > 3000
        assert list(figures.trace_figures(runs)) == []


# Names and styles


def test_every_name_is_in_the_legend_as_it_is_written(made, tmp_path):
    runs = made({("a", name): [1] for name in NAMES})
    legend = legend_of(figures.profile_figure(runs))
    assert len(legend) == len(NAMES)
    for name in ("_hidden", r"\$x^2\$", r"a_b\$c", "mine[/]", r"\u65e5\u672c", "gda"):
        assert name in legend
    # Drawn without a warning about glyphs, mathematics, or a layout that has collapsed.
    for path in figures.draw_study(runs, tmp_path, formats=("png", "pdf", "svg")):
        assert path.stat().st_size > 3000


@pytest.mark.parametrize("number", [1, 8, 9, 25, 60, 100])
def test_algorithms_differ_however_many_there_are(number):
    known = ["gda", "gda_alt", "ogda", "greedy_max"]
    names = [f"{known[k % 4]}(eta={k})" if k % 3 else f"mine{k}" for k in range(number)]
    looks = style.styles(names, [name.split("(")[0] for name in names])
    assert list(looks) == sorted(names)
    assert len({tuple(look.values()) for look in looks.values()}) == number
    # Without colours, as in print, lines and markers alone tell a family's members apart.
    if number > 8:
        of_gda = [looks[name] for name in names if name.startswith("gda")]
        assert len({(str(s["linestyle"]), s["marker"]) for s in of_gda}) == len(of_gda)


def test_a_family_shares_its_hue_in_three_tones():
    names = [f"gda(eta_x={k})" for k in range(9)] + ["greedy_max", "greedy_max_program"]
    looks = style.styles(names, [name.split("(")[0] for name in names])
    assert len({looks[name]["color"] for name in names[:9]}) == 3
    assert looks["greedy_max"]["color"] not in {looks[name]["color"] for name in names[:9]}


def test_an_algorithm_looks_the_same_in_every_figure_of_a_study(made):
    runs = made(
        {("a", "m"): [1], ("b", "m"): [1], ("b", "n"): [1], ("c", "o"): [None]}, without="c"
    )
    profile, (traces,) = figures.profile_figure(runs), figures.trace_figures(runs, "residual")
    of_m = style.styles(["m", "n", "o"])["m"]["color"]
    assert of_m in curves(profile.axes[0])
    assert all(of_m in curves(ax) for ax in traces.axes[:2])


# Files


@pytest.fixture(scope="module")
def every(made, tmp_path_factory):
    """One PDF and one SVG of each kind of figure."""
    runs = made({("keswani_f3", a): [1, None, "error"] for a in ("gda", "ogda")})
    problem, tmp_path = get_problem("keswani_f3"), tmp_path_factory.mktemp("every")
    both = ("pdf", "svg")
    paths = figures.draw_study(runs, tmp_path, formats=both)
    paths += style.save(planar.problem_figure(problem), tmp_path / "problem", both)
    walked = planar.recorded(runs)
    return paths + style.save(planar.paths_figure(walked, problem), tmp_path / "paths", both)


def test_pdfs_hold_true_type_fonts_only(every):
    pdfs = [path for path in every if path.suffix == ".pdf"]
    assert len(pdfs) == 6
    for path in pdfs:
        kinds = set(
            re.findall(rb"/Subtype\s*/(Type\w+|TrueType|CIDFontType\w+)", path.read_bytes())
        )
        assert kinds <= {b"Type0", b"CIDFontType2", b"TrueType"}, (path.name, kinds)
        assert b"CIDFontType2" in kinds or b"TrueType" in kinds
        assert b"FontFile2" in path.read_bytes()


def test_svgs_are_well_formed(every):
    svgs = [path for path in every if path.suffix == ".svg"]
    assert len(svgs) == 6
    for path in svgs:
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_the_ending_says_the_format(made, tmp_path):
    runs = made({("a", "m"): [1]})
    heads = {"pdf": b"%PDF", "png": b"\x89PNG", "svg": b"<?xml"}
    for ending, head in heads.items():
        for draw in (figures.draw_profile, figures.draw_verdicts):
            path = draw(runs, tmp_path / "new" / f"{draw.__name__}.{ending}")
            assert path.read_bytes().startswith(head)
            assert draw(runs, str(path)) == path
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(
        f"{d}.{e}" for d in ("draw_profile", "draw_verdicts") for e in heads
    )


@pytest.mark.parametrize("name", ["profile.gif2", "profile", "profile.docx"])
def test_an_ending_that_is_no_format_is_a_sentence(made, tmp_path, name):
    with pytest.raises(UserError, match="no format of figures"):
        figures.draw_profile(made({("a", "m"): [1]}), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_figure_that_cannot_be_written_is_a_sentence(made, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be written"):
        figures.draw_profile(made({("a", "m"): [1]}), tmp_path / "file" / "p.png")
    (tmp_path / "taken.png").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        figures.draw_profile(made({("a", "m"): [1]}), tmp_path / "taken.png")


def test_the_same_runs_are_the_same_file(made, tmp_path):
    runs = made({("a", "m"): [1, None], ("a", "n"): [10, 20]})
    for kind in ("png", "pdf", "svg"):
        a, b = (figures.draw_profile(runs, tmp_path / f"{k}.{kind}") for k in (1, 2))
        assert a.read_bytes() == b.read_bytes()


# Pictures of the plane


def circle(points=1000):
    angle = np.linspace(0, 6 * np.pi, points)
    return pd.DataFrame({"step": range(points), "x": np.cos(angle), "y": np.sin(angle)})


def black(ax):
    return [
        line
        for line in ax.get_lines()
        if line.get_color() == "#222222" and len(line.get_xdata()) > 1
    ]


def test_a_path_is_drawn_at_every_step():
    figure = planar.paths_figure(circle(), get_problem("bilinear_xy"))
    (line,) = black(figure.axes[0])
    assert len(line.get_xdata()) == 1000
    assert line.get_linestyle() == "-"
    assert {"start", "end"} <= set(legend_of(figure))


def test_runs_are_not_joined_to_each_other_and_algorithms_have_panels():
    parts = [
        circle(50).assign(algorithm=algorithm, run=run)
        for algorithm in ("gda", "ogda")
        for run in range(3)
    ]
    figure = planar.paths_figure(pd.concat(parts), get_problem("bilinear_xy"))
    assert [ax.get_title() for ax in figure.axes if ax.get_visible()] == ["gda", "ogda"]
    for ax in figure.axes[:2]:
        assert [len(line.get_xdata()) for line in black(ax)] == [50] * 3


def test_recorded_points_are_dots_and_not_a_line_that_no_run_took(made):
    runs = made({("bilinear_xy", "gda"): [1, None, "error", 1], ("bilinear_xy", "bad"): ["error"]})
    walked = planar.recorded(runs, count=2)
    assert walked.groupby(["algorithm", "run"]).ngroups == 2
    figure = planar.paths_figure(walked, get_problem("bilinear_xy"))
    for line in black(figure.axes[0]):
        assert line.get_linestyle() == "None"
        assert len(line.get_xdata()) == 5


def test_a_path_that_leaves_ends_where_it_leaves():
    out = circle(10)
    out.loc[5:, "x"] = [1e3, 1e30, np.inf, np.nan, 1.0]
    (line,) = black(planar.paths_figure(out, get_problem("bilinear_xy")).axes[0])
    assert len(line.get_xdata()) == 5
    gone = circle(3).assign(x=np.nan)
    assert not black(planar.paths_figure(gone, get_problem("bilinear_xy")).axes[0])


def test_numbers_may_be_arrays_of_one():
    steps = circle(20)
    steps["x"] = [np.array([x]) for x in steps["x"]]
    (line,) = black(planar.paths_figure(steps, get_problem("bilinear_xy")).axes[0])
    assert len(line.get_xdata()) == 20


def test_only_kinds_inside_the_window_are_named():
    problem = get_problem("keswani_f3")
    assert len(set(problem.points().kind)) == 2
    assert legend_of(planar.problem_figure(problem)) == ["local minimax", "attracting cycle"]


def test_other_problems_than_planar_ones_are_refused(made, tmp_path):
    problem = get_problem("bilinear_d", 2)
    with pytest.raises(UserError, match="needs a planar problem; bilinear_d has dx = 2 and dy = 2"):
        planar.draw_problem(problem, tmp_path / "p.png")
    with pytest.raises(UserError, match="needs a planar problem"):
        planar.draw_paths(circle(), problem, tmp_path / "p.png")
    with pytest.raises(UserError, match="no path of a run on record"):
        planar.recorded(made({("a", "m"): ["error"]}))


def test_a_function_that_is_nowhere_finite_has_no_contours(tmp_path):
    from minmaxbench.core.problem import About
    from minmaxbench.core.sets import Space
    from minmaxbench.problems.planar import Planar

    about = About(region=(-3.0, -1.0))
    problem = Planar("nowhere", "log(x) + log(y)", Space(), Space(), about)
    problem.__dict__["_points"] = get_problem("bilinear_xy").points()
    assert planar.draw_problem(problem, tmp_path / "p.png").stat().st_size > 3000


# One run


def walk(**columns):
    return pd.DataFrame({"call": range(50), "x": 0.0, "y": 0.0, **columns})


def test_a_run_in_the_plane_is_a_path():
    figure = run_figure(circle().assign(call=0.0), get_problem("bilinear_xy"), "gda on $x$")
    (line,) = black(figure.axes[0])
    assert len(line.get_xdata()) == 1000
    assert figure.axes[0].get_title() == r"gda on \$x\$"


def test_a_run_elsewhere_is_drawn_against_what_it_cost():
    falls = np.geomspace(1, 1e-20, 50)
    problem = get_problem("bilinear_d", 2)
    figure = run_figure(walk(distance=falls, residual=2 * falls), problem, "gda")
    assert legend_of(figure) == ["distance", "residual"]
    assert [line.get_ydata().min() for line in figure.axes[0].get_lines()] == [1e-17, 1e-17]
    nowhere = run_figure(walk(distance=np.inf, residual=falls), problem, "gda")
    assert legend_of(nowhere) == ["residual"]
    lost = run_figure(walk(distance=np.inf, residual=np.nan), problem, "gda")
    assert [t.get_text() for t in lost.axes[0].texts] == ["neither distance nor residual is finite"]


def test_all_traces_fit_on_one_page_or_say_why_there_are_none(made):
    runs = made({(f"p{k:02}", "m"): [1] for k in range(14)})
    assert sum(ax.get_visible() for ax in figures.traces_figure(runs).axes) == 14
    for none in (made({("a", "m"): ["error"]}), made({("a", "m"): [1]}, without="a")):
        (ax,) = figures.traces_figure(none).axes
        assert [t.get_text() for t in ax.texts] == ["no run has a distance to show"]


def test_each_group_of_ties_has_a_bar_of_its_own():
    from minmaxbench.report.figures.ranks import _bars

    groups = [[0, 1, 2], [1, 2], [1, 2, 3], [4], [], *[list(range(k, k + 5)) for k in range(5, 20)]]
    bars = _bars(groups)
    assert bars == [(0, 2), (1, 3), *((k, k + 4) for k in range(5, 20))]
