"""Text that others chose, at the door of each format."""

import io
import os
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from minmaxbench import UserError
from minmaxbench.report import text

NASTY = [
    "mine[/]", "sgd[momentum]", "[bold]x[/bold]", "a_b%c&d#e", "x^2", "$x$", "a~b", "back\\slash",
    "{curly}", "<tag>", "a|b", "a/b", "fast:v2", "..", ".", "", " ", "CON", "nul.txt", "a" * 300,
    "\ud800lone", "tab\there", "new\nline", "\x1b[31mred", "\u202eright to left", "Ünïcödé", "日本",
    "_mine", "__init__", "[first", "*starred", "'quoted\"", "a`b`", "100 % sure", "trailing.",
]  # fmt: skip

anything = st.text(st.characters(codec=None), max_size=30)


def printed(renderable):
    stream = io.StringIO()
    Console(file=stream, width=500, color_system="standard", force_terminal=True).print(renderable)
    return re.sub(r"\x1b\[\d*m", "", stream.getvalue())


@pytest.mark.parametrize("name", NASTY)
def test_a_terminal_prints_every_letter(name):
    said = printed(text.terminal(name))
    said.encode("utf-8")
    assert "\x1b" not in said
    assert "\u202e" not in said
    letters = [c for c in name if c.isprintable() and not c.isspace()]
    assert [c for c in letters if c not in said] == []


def test_two_variants_of_a_name_stay_two():
    names = [printed(text.terminal(f"sgd[{kind}]")).strip() for kind in ("momentum", "nesterov")]
    assert names == ["sgd[momentum]", "sgd[nesterov]"]


def unescaped_latex(escaped):
    """LaTeX read back by other rules than it was written: an independent inverse."""
    words = {
        "textbackslash": "\\", "textasciicircum": "^", "textasciitilde": "~", "textless": "<",
        "textgreater": ">", "textbar": "|", "textasciigrave": "`",
    }  # fmt: skip
    out, k = "", 0
    while k < len(escaped):
        if escaped[k] == "\\":
            command = re.match(r"\\([a-z]+)\{\}", escaped[k:])
            if command:
                out += words[command[1]]
                k += len(command[0])
            else:
                assert escaped[k + 1] in "{}$&#_%", escaped
                out += escaped[k + 1]
                k += 2
        else:
            assert escaped[k] not in "$&#_%^~<>|`", escaped
            out += "" if escaped[k] in "{}" else escaped[k]
            k += 1
    return out


@pytest.mark.parametrize("name", [n for n in NASTY if n.isprintable() and n.strip() == n])
def test_latex_reads_back_as_the_name(name):
    assert unescaped_latex(text.latex(name)) == name


@given(st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=30))
def test_latex_reads_back_as_any_ascii_text(name):
    assert unescaped_latex(text.latex(name)) == name


def test_latex_has_no_row_that_begins_with_an_argument_of_the_row_before():
    # After \\ a bracket or a star would be read as its argument.
    assert text.latex("[2pt] x").startswith("{[}")
    assert text.latex("*x").startswith("{*}")


@pytest.mark.parametrize("name", NASTY)
def test_a_cell_of_markdown_stays_one_cell(name):
    cell = text.markdown(name)
    assert "\n" not in cell
    assert not re.search(r"(?<!\\)(?:\\\\)*\|", cell)
    assert not re.search(r"<|>", cell)


def test_markdown_leaves_ordinary_names_alone():
    assert text.markdown("greedy_max(eta_x=0.1)") == "greedy_max(eta_x=0.1)"
    assert text.markdown("_mine_") == r"\_mine\_"
    assert text.markdown("a*b*") == r"a\*b\*"


@given(anything)
def test_markdown_never_breaks_a_row(name):
    row = f"| {text.markdown(name)} | end |"
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 3


@pytest.mark.parametrize("name", NASTY)
def test_a_file_can_be_made_of_any_name(name, tmp_path):
    file = text.filename(name)
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", file)
    assert not file.startswith(".")
    path = tmp_path / f"trajectories-{file}.png"
    path.write_text("x")
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_ordinary_names_are_their_own_files_and_different_ones_differ():
    assert text.filename("keswani_f3") == "keswani_f3"
    files = [text.filename(name) for name in [*NASTY, "a_b", "a-b", "a b"]]
    assert len({f.lower() for f in files}) == len(files)


@given(anything, anything)
def test_files_of_different_names_differ(a, b):
    assert (text.filename(a) == text.filename(b)) == (a == b)


@given(anything)
def test_a_label_of_latex_is_one_word(name):
    assert re.fullmatch(r"[A-Za-z0-9:.-]+", text.label(name))


def test_long_names_are_shortened_in_figures_only():
    assert len(text.figure("a" * 300)) == text.LONGEST
    assert text.short("abcdefghij", 7) == "abc…hij"
    assert text.latex("a" * 300) == "a" * 300


def test_writing_is_whole_or_a_sentence(tmp_path):
    path = text.write("é \ud800", tmp_path / "deep" / "t.txt", "table")
    assert path.read_text(encoding="utf-8") == "é \\ud800"
    assert [p.name for p in path.parent.iterdir()] == ["t.txt"]
    assert [p.name for p in path.parent.iterdir()] == ["t.txt"]
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match=r"The table cannot be written to '.*t\.txt'"):
        text.write("x", tmp_path / "file" / "t.txt", "table")


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to("target.txt")
    text.write("after", tmp_path / "link.txt", "table")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "target.txt").read_text() == "after"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as threads:
        heard = threads.submit(pipe.read_text)
        text.write("said", pipe, "table")
        assert heard.result(timeout=10) == "said"
    assert pipe.is_fifo()


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    def half():
        with text.whole(tmp_path / "t.txt", "table") as part:
            part.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert not list(tmp_path.iterdir())
