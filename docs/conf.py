"""The site: `nox -s docs`, or `sphinx-build -W -b html docs site`.

Everything works without a network: the search is Sphinx's own, mathematics is MathML, and no page asks for
a script or a font from elsewhere.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import minmaxbench

project = "minmaxbench"
author = "The minmaxbench authors"
copyright = "The minmaxbench authors, MIT licence"
version = release = minmaxbench.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
# "```toml" and "```bash" blocks may hold placeholders.
suppress_warnings = ["misc.highlighting_failure"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = False
html_theme = "furo"
html_title = f"minmaxbench {release}"
html_static_path = ["_static"]
html_css_files = ["wide.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sphinx = False


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def _problems() -> str:
    """The registry of problems as a list."""
    frame = minmaxbench.problems().sort_values("name")
    lines = (
        f"- `{row.name}` (dx = {row.dx}, dy = {row.dy}): {row.title}. {row.source}"
        for row in frame.itertuples(index=False)
    )
    return "\n".join([*(" ".join(line.split()).replace("*", "\\*") for line in lines), *_pages()])


def _pages() -> list[str]:
    """The gallery's own pages, if there are any."""
    pages = sorted(p.stem for p in (Path(__file__).parent / "problems").glob("*.md"))
    listed = [f"problems/{page}" for page in pages]
    return ["", "```{toctree}", ":maxdepth: 1", "", *listed, "```"] if listed else []


def _commands() -> str:
    """The options of each command, as it tells them itself."""
    from typer.main import get_command

    from minmaxbench.cli import app

    parts = []
    for name, command in sorted(get_command(app).commands.items()):
        parts += [f"## {name}\n", f"{command.help}\n", "| option | what |", "|---|---|"]
        for option in command.params:
            words = " ".join((getattr(option, "help", "") or "").split()).replace("|", "\\|")
            names = ", ".join(f"`{one}`" for one in option.opts) or f"`{option.name}`"
            parts.append(f"| {names} | {words} |")
        parts.append("")
    return "\n".join(parts)


def _others() -> str:
    """Pages that the contents name nowhere."""
    here = Path(__file__).parent
    named = (here / "index.md").read_text(encoding="utf-8").split()
    return "\n".join(sorted(p.stem for p in here.glob("*.md") if p.stem not in [*named, "index"]))


def _fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put what the package says of itself where a page asks for it."""
    places = {"problems": _problems, "commands": _commands, "others": _others}
    for word, made in places.items():
        if f"<!-- {word} -->" in source[0]:
            source[0] = source[0].replace(f"<!-- {word} -->", made())


def setup(app: Sphinx) -> None:
    """Have formulas written as MathML, which browsers show without any script."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    app.connect("source-read", _fill_in)
