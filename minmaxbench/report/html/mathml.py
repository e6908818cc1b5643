"""Formulas typeset by the browser itself: TeX to MathML, of which only what we know is let through."""

from __future__ import annotations

from xml.etree import ElementTree

from minmaxbench.errors import needed

SPACE = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = frozenset((
    "math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mstyle", "mtable", "mtr", "mtd", "mpadded",
))  # fmt: skip
ATTRIBUTES = frozenset((
    "display", "stretchy", "fence", "form", "separator", "width", "height", "depth", "accent",
    "accentunder", "displaystyle", "scriptlevel", "mathvariant", "linethickness", "columnalign",
    "largeop", "movablelimits", "lspace", "rspace",
))  # fmt: skip


def mathml(tex: str, block: bool = False) -> str:
    """A formula as MathML, or nothing where it cannot be read: its text is shown then.

    A docstring of the user's may hold anything: elements and attributes that typesetting does not need
    are refused, scripts and links among them. Raises :class:`UserError` where latex2mathml is missing.
    """
    converter = needed("latex2mathml.converter", "report", "The HTML report")
    try:
        made = converter.convert(" ".join(tex.split()), display="block" if block else "inline")
        root = ElementTree.fromstring(made)
    except Exception:
        # Each of its parsers raises errors of its own kind.
        return ""
    for node in root.iter():
        if node.tag.removeprefix(f"{{{SPACE}}}") not in ELEMENTS or "\\" in (node.text or ""):
            return ""
        for name in set(node.attrib) - ATTRIBUTES:
            del node.attrib[name]
    ElementTree.register_namespace("", SPACE)
    return ElementTree.tostring(root, encoding="unicode")
