"""The HTML report in a real browser: no error, no request, filters filter, sorting sorts, pages show."""

import html
import json
import re
import shutil
import subprocess

import pytest

from minmaxbench import Study, UserError
from minmaxbench.analysis.words import percent
from minmaxbench.api.catalogue import problem_ref
from minmaxbench.bench.manifest import plain
from minmaxbench.bench.studyfile import read_study
from minmaxbench.bench.tuning.tuned import known_scores, shipped
from minmaxbench.report.html import plane, write_report
from minmaxbench.report.html.mathml import mathml
from minmaxbench.report.html.tuning import tuning_facts

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")

WORKS = """
const shown = (found) => [...document.querySelectorAll(found)].filter((node) => !node.hidden);
const rows = () => shown("#cells tbody tr").map((row) => row.cells[0].textContent);
const set = (id, value) => {
  document.getElementById(id).value = value;
  document.getElementById(id).dispatchEvent(new Event("input"));
};
const every = (found, test) => [...document.querySelectorAll(found)].every(test);
const before = rows();
set("search", "BILINEAR");
const found = rows();
set("search", "");
const button = document.querySelector("#cells th button");
button.click();
const up = rows();
button.click();
const down = rows();
set("dimension", "10 + 10");
return {
  before, found, up, down, wide: rows(),
  charts: document.querySelectorAll("#charts svg.main-svg").length,
  names: every("[role=img]", (node) => node.getAttribute("aria-label")),
  labels: every("input, select", (node) => node.labels.length),
  asked: performance.getEntriesByType("resource").map((one) => one.name),
};
"""
ONE = """
return {
  title: document.querySelector("#one h2")?.textContent,
  charts: document.querySelectorAll("#one .main-svg").length,
  wide: document.documentElement.scrollWidth,
  shown: [...document.querySelectorAll("main > section")].filter((one) => !one.hidden).length,
};
"""
TEXTS = """
return {
  title: document.title,
  pictures: document.images.length,
  names: [...document.querySelectorAll("#cells th a")].map((one) => one.textContent),
};
"""
PLANE = """
const one = (found) => document.querySelector(found);
const slider = one(".player input"), place = one(".player").previousElementSibling;
const lines = () => place.data.filter((t) => t.type === "scatter" && t.mode === "lines");
const points = () => lines().map((t) => t.x.length);
const whole = points();
slider.value = 60;
slider.dispatchEvent(new Event("input"));
return {
  whole, part: points(), told: one(".player output").textContent, named: slider.getAttribute("aria-label"),
  formula: one(".formula math")?.namespaceURI,
  high: one(".formula math")?.getBoundingClientRect().height,
  fraction: document.querySelectorAll(".formula mfrac").length,
  basins: [...document.querySelectorAll(".js-plotly-plot")].flatMap((p) => p.data)
    .filter((t) => t.type === "heatmap").map((t) => t.z.length * t.z[0].length),
};
"""
METHOD = """
return {
  formulas: document.querySelectorAll(".formula math").length,
  title: document.querySelector("#one h2").textContent,
  tuned: document.querySelector("#one").textContent.includes("What tuning found"),
  space: document.querySelector("#one").textContent.includes("space that solves"),
  dots: [...document.querySelectorAll(".js-plotly-plot")].flatMap((p) => p.data)
    .filter((t) => t.name === "a setting").map((t) => t.x.filter((x) => x !== null).length),
};
"""
MARKUP = 'a<b>"&</script><img src=x onerror=alert(1)>'


@pytest.fixture(scope="module")
def report(made, tmp_path_factory):
    cells = {
        (problem, algorithm): [10 + k, 20, None, "error"]
        for k, problem in enumerate(["keswani_f3", "ftr_f1", MARKUP])
        for algorithm in ("gda", "extragradient", MARKUP)
    } | {(("bilinear_d", 0, 10, 10), "gda"): [None, None]}
    runs = made(cells, without=("ftr_f1",)).assign(step_seconds=1e-6, seconds=0.1)
    known = {(name, 0): problem_ref(name) for name in ("keswani_f3", "ftr_f1")}
    path = tmp_path_factory.mktemp("report") / "report.html"
    study = {"start": "region", "seed": 0, "noise": {"gradient": 0.0, "value": 0.0}}
    return write_report(runs, path, {"name": MARKUP, "minmaxbench": "0", "study": study}, known)


def seen(path, script, width=1200, hash=""):
    """The words that a script makes of the page, once it has drawn, and what the console says."""
    page = path.read_text("utf-8")
    asked = f"<script>document.body.dataset.seen = JSON.stringify((() => {{{script}}})())</script>"
    copy = path.with_name("asked.html")
    copy.write_text(page.replace("</body>", f"{asked}</body>"), "utf-8")
    done = subprocess.run(
        [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={path.parent / 'chrome'}", f"--window-size={width},900",
            "--virtual-time-budget=10000", "--enable-logging=stderr", "--dump-dom",
            f"{copy.as_uri()}{hash}",
        ],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    words = re.search(r'data-seen="([^"]*)"', done.stdout)
    assert words, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return json.loads(html.unescape(words[1])), console


def test_it_says_how_it_was_made_and_how_it_is_made_again(made, tmp_path):
    about = {
        "name": "s", "packages": {"numpy": "2.0"}, "machine": {"processor": "one", "cores": 2},
        "study": plain(Study(["ftr_f1"], ["gda:eta_x=0.25"], name="s", seeds=3)),
    }  # fmt: skip
    path = write_report(made({("ftr_f1", "gda"): [1, 2, 3]}), tmp_path / "r.html", about, {})
    page = path.read_text("utf-8")
    assert "<dd>numpy 2.0</dd>" in page
    assert "<dd>one, 2</dd>" in page
    (text,) = re.findall(r"<summary>again.toml</summary><pre>(.*?)</pre>", page, re.DOTALL)
    (tmp_path / "again.toml").write_text(html.unescape(text))
    assert plain(read_study(tmp_path / "again.toml")) == about["study"]


def test_nothing_outside_the_file_is_asked_for(report):
    page = report.read_text("utf-8")
    ours = re.sub(r"<script>(?!\"use strict\").*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", ours)
    assert "<img" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)


@browser
def test_it_draws_filters_and_sorts_without_an_error(report):
    found, console = seen(report, WORKS)
    assert console == []
    assert found["asked"] == []
    assert len(found["before"]) == 4
    assert found["before"][-1] == "ftr_f1 †"
    assert found["found"] == ["bilinear_d d=10"]
    assert found["up"] == found["down"][::-1] != found["down"]
    assert found["wide"] == ["bilinear_d d=10"]
    assert found["charts"] >= 4
    assert found["names"]
    assert found["labels"]


@browser
@pytest.mark.parametrize("width", [390, 1200])
def test_pages_of_problems_and_algorithms_fit_the_window(report, width):
    found, console = seen(report, ONE, width, "#problem/keswani_f3")
    assert console == []
    assert found["title"] == "keswani_f3"
    assert found["charts"] >= 2
    assert found["wide"] <= max(width, 500)
    assert found["shown"] == 1
    found, console = seen(report, ONE, width, "#algorithm/gda")
    assert (found["title"], console) == ("gda", [])


@browser
def test_runs_play_over_the_plane_and_basins_are_drawn(report):
    found, console = seen(report, PLANE, hash="#problem/keswani_f3")
    assert console == []
    assert len(found["whole"]) == 2
    # The slider goes with the square: at 60 of 200 it is at 9 % of the calls.
    assert all(0 < part < whole for part, whole in zip(found["part"], found["whole"], strict=True))
    assert (found["told"], found["named"]) == ("36 calls", "gradient calls")
    assert found["formula"] == "http://www.w3.org/1998/Math/MathML"
    assert found["fraction"] >= 4
    # The browser sets it in two dimensions.
    assert found["high"] > 30
    assert found["basins"] == [625, 625]


@browser
def test_an_algorithms_page_has_its_rule_and_its_tuned_setting(report):
    found, console = seen(report, METHOD, hash="#algorithm/extragradient")
    assert (console, found["title"]) == ([], "extragradient")
    assert found["formulas"] >= 1
    assert found["tuned"]
    assert found["space"]
    # One hyper-parameter; the default, of 25 settings, has no place on an axis in units of 1/L.
    assert found["dots"] == [24]


def test_what_tuning_says_in_a_report_is_what_the_scores_that_ship_say():
    told = tuning_facts()
    table = known_scores()
    table = table[table["problem"].isin(shipped().training)]
    assert set(told) == set(shipped().algorithms)
    for name, one in told.items():
        mine = table[table["method"] == name]
        solved = (mine["reached"] >= 0.5).groupby(mine["problem"]).mean().mean()
        words = dict(one["tuned"])["space that solves"]
        assert words.startswith(f"{percent(solved)}: "), name
        scores = mine.groupby("algorithm")["score"].mean()
        if len(scores) == 1:
            # It has nothing to tune: there is no curve to draw.
            assert one["tried"] is None
            continue
        assert min(one["tried"]["score"]) == pytest.approx(scores.min(), rel=1e-3)
        assert one["tried"]["default"] == pytest.approx(scores[name], rel=1e-3)
        assert one["tried"]["score"][one["tried"]["tuned"]] == min(one["tried"]["score"])
        for axis in one["tried"]["axes"]:
            assert len(axis["x"]) == len(scores), axis["name"]


def test_scores_of_ones_own_go_before_those_of_the_package(tmp_path):
    ours = known_scores(tmp_path / "none")
    mine = ours[(ours["method"] == "gda") & (ours["problem"] == "jin_cos")].assign(score=-1.0)
    mine.to_parquet(tmp_path / "scores.parquet")
    both = known_scores(tmp_path / "scores.parquet")
    assert len(both) == len(ours)
    assert (both["score"] == -1.0).sum() == len(mine) > 1
    (tmp_path / "scores.parquet").write_bytes(b"no")
    with pytest.raises(UserError, match="holds no scores of a tuning"):
        known_scores(tmp_path / "scores.parquet")


def test_a_number_of_pictures_is_drawn_the_algorithms_asked_for_first(made, monkeypatch):
    monkeypatch.setattr(plane, "PATHS", 3)
    monkeypatch.setattr(plane, "BASINS", 1)
    names, rules = ("ftr_f1", "keswani_f3", "jin_cos"), ("gda", "ogda", "fbf")
    cells = {(problem, rule): [10, 20, 30] for problem in names for rule in rules}
    # Two ends on one problem: it goes first.
    cells["keswani_f3", "gda"] = [10, 20, "error"]
    runs = made(cells)
    known = {(name, 0): problem_ref(name) for name in names}
    study = {"start": "region", "seed": 0, "noise": {"gradient": 0.0, "value": 0.0}}
    looks = {rule: {"color": "#000000"} for rule in rules}
    drawn = plane.planes(runs, known, study, looks, ["ogda"])
    assert all([path["name"] for path in one["paths"]] == ["ogda"] for one in drawn.values())
    with_basins = {
        key[0]: list(one["basins"]["cells"]) for key, one in drawn.items() if one["basins"]
    }
    assert list(with_basins.values()) == [["ogda"]]
    drawn = plane.planes(runs, known, study, looks, [])
    assert sorted(len(one["paths"]) for one in drawn.values()) == [0, 0, 3]


def test_formulas_let_nothing_through_but_formulas():
    assert "<mfrac>" in mathml(r"\frac{x}{y}")
    assert "href" not in mathml(r"\href{javascript:alert(1)}{x}")
    for bad in (r"\text{<img src='x' onerror='alert(1)'/>}", r"\unknown{x}"):
        assert mathml(bad) == ""


@browser
def test_names_with_markup_are_text(report):
    found, console = seen(report, TEXTS)
    assert console == []
    assert found["pictures"] == 0
    assert MARKUP in found["names"]
    assert found["title"] == f"{MARKUP} - minmaxbench"


def test_a_study_in_which_nothing_succeeds_or_all_fails_has_a_report(made, tmp_path):
    for result in (None, "error"):
        runs = made({("a", "m"): [result] * 3})
        path = write_report(runs, tmp_path / "r.html", {"name": "s"}, {})
        assert path.stat().st_size > 1e6


def test_without_plotly_it_is_one_sentence(made, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "plotly.offline", None)
    with pytest.raises(UserError, match=r"The HTML report needs the package plotly: pip install"):
        write_report(made({("a", "m"): [1]}), tmp_path / "r.html", {"name": "s"}, {})
