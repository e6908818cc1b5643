r"""TeX of docstrings as text for a terminal: ``\bar z = P(z - \eta F(z))`` is z̄ = P(z - η F(z)).

It reads what our docstrings use. What it does not know stays as it is written.
"""

from __future__ import annotations

import re
import unicodedata

_GREEK = {
    name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}")
    for name in (
        "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "mu",
        "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
    )
} | {"lambda": "λ", "varphi": "φ"}  # fmt: skip
_CAPITAL = {
    name: unicodedata.lookup(f"GREEK CAPITAL LETTER {name.upper()}")
    for name in ("Delta", "Gamma", "Theta", "Sigma", "Phi", "Psi", "Omega")
} | {"Lambda": "Λ"}
_SIGNS = {
    "nabla": "∇", "partial": "∂", "le": "≤", "ge": "≥", "in": "∈", "sim": "~", "dots": "...",
    "ldots": "...", "infty": "∞", "leftarrow": "←", "to": "→", "top": "T", "cdot": "·", "times": "×",
    "langle": "⟨", "rangle": "⟩", "lceil": "⌈", "rceil": "⌉", "sum": "Σ", "prod": "Π", "max": "max",
    "min": "min", "log": "log", "ln": "ln", "exp": "exp", "cos": "cos", "sin": "sin", "bmod": "mod",
    "arg": "arg", "quad": "   ", "qquad": "      ", "ne": "≠", "pm": "±", "odot": "∘", "circ": "∘",
}  # fmt: skip
_OVER = {"bar": "\u0304", "tilde": "\u0303", "hat": "\u0302"}
_QUIET = ("mathrm", "text", "operatorname", "mathbf", "left", "right")
_SIZES = re.compile(r"\\(?:big|Big|bigg|Bigg)[lr]?\b")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|[A-Za-z0-9.]+|.", re.DOTALL)
_RAISED = dict(zip("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", strict=True)) | {"T": "ᵀ"}
_LOWERED = dict(zip("0123456789+-ijkst", "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖₛₜ", strict=True))
_PARTS = re.compile(r",\s* {3}")


def plain(tex: str) -> str:
    r"""A formula as text, a line where the TeX has one, or a ``\quad`` between two equations."""
    rows = re.split(r"\\\\", re.sub(r"\s+", " ", _SIZES.sub("", tex)))
    lines = (part.strip().rstrip(",") for row in rows for part in _PARTS.split(_line(row)))
    return "\n".join(filter(None, lines))


def _line(tex: str) -> str:
    tokens = [t for t in _TOKEN.findall(tex) if t not in ("\\!", "\\,", "\\;")]
    out = ""
    while tokens:
        out += _next(tokens, out)
    return re.sub(r"(?<=[⟨⌈]) | (?=[⟩⌉])", "", out)


def _next(tokens: list[str], before: str) -> str:
    """The next piece of a formula, taken off the tokens."""
    token = tokens.pop(0)
    if token == "{":
        return _group(tokens)
    if token in "_^":
        return _script(token, _argument(tokens))
    if not token.startswith("\\"):
        return " " if token.isspace() else token
    name = token[1:]
    if name == " ":
        return name
    if name in ("frac", "tfrac", "dfrac"):
        over, under = _argument(tokens), _argument(tokens)
        return f"{_closed(over)}/{_closed(under)}"
    if name == "sqrt":
        return f"√{_closed(_argument(tokens))}"
    if name in _OVER:
        letter = _argument(tokens)
        return unicodedata.normalize("NFC", letter[:1] + _OVER[name] + letter[1:])
    if name in _QUIET:
        return ""
    if name in _GREEK or name in _CAPITAL or name in _SIGNS:
        sign = {**_GREEK, **_CAPITAL, **_SIGNS}[name]
        word = sign.isascii() and sign.isalpha()
        return f" {sign}" if word and before[-1:].isalnum() else sign
    return name if len(name) == 1 else token


def _group(tokens: list[str]) -> str:
    """What stands up to the closing brace."""
    out = ""
    while tokens and tokens[0] != "}":
        out += _next(tokens, out)
    if tokens:
        tokens.pop(0)
    return out.strip()


def _argument(tokens: list[str]) -> str:
    """A group, or one piece: a single character of a longer word."""
    while tokens and tokens[0].isspace():
        tokens.pop(0)
    if not tokens:
        return ""
    if len(tokens[0]) > 1 and not tokens[0].startswith("\\"):
        first, tokens[0] = tokens[0][0], tokens[0][1:]
        return first
    return _next(tokens, "")


def _script(mark: str, inside: str) -> str:
    table = _RAISED if mark == "^" else _LOWERED
    if inside and all(c in table for c in inside):
        return "".join(table[c] for c in inside)
    return mark + (inside if re.fullmatch(r"\w+|\*", inside) else f"({inside})")


def _closed(part: str) -> str:
    """A part in brackets, unless it is one thing."""
    one = re.fullmatch(r"[^\s()+\-*/=]+|\([^()]*\)|\|[^|]*\|", part)
    return part if one else f"({part})"
