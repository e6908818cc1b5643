"""Looking things up: all problems and algorithms as frames, one as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm, summary
from minmaxbench.bench.naming import algorithm_ref, problem_ref
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError, is_number, unknown
from minmaxbench.problems.classes import classes_of
from minmaxbench.problems.registry import PROBLEMS
from minmaxbench.problems.vocabulary import CLASSES, CURVATURES

if TYPE_CHECKING:
    import pandas as pd


def problems(
    cls: str | None = None,
    group: str | None = None,
    source: str | None = None,
    property: str | None = None,
    d: int | None = None,
) -> pd.DataFrame:
    """All problems, one row each; filters combine.

    Parameters
    ----------
    cls :
        Only problems that are declared to be of this class, such as ``"nonconvex-nonconcave"``.
    group :
        Only ``"planar"``, ``"fixed"`` or ``"family"``.
    source :
        Only those whose source holds this text.
    property :
        Only those with this property, such as ``"weak-minty"``, declared or found from constants,
        points, sets and cycles.
    d :
        Only those that exist with dx = dy = d.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``group``, ``dx``, ``dy`` (those used by default), ``classes``, ``title``,
        ``source``. With ``property``, the classes include those that are found.

    Raises
    ------
    UserError
        For a class, a property or a group that there is not, and a source that is no text or a ``d``
        that is no number.
    """
    import pandas as pd

    entries = [PROBLEMS.get(name) for name in PROBLEMS]
    known = {c for entry in entries for c in entry.about.classes} | set(CLASSES)
    if cls is not None and cls not in known:
        raise unknown("class of problems", cls, known)
    if property is not None and property not in known - set(CURVATURES):
        raise unknown("property of problems", property, known - set(CURVATURES))
    if group not in (None, "planar", "fixed", "family"):
        raise unknown("group of problems", str(group), ["planar", "fixed", "family"])
    _check_text("source", source)
    if d is not None and (not is_number(d, whole=True) or d < 1):
        raise UserError(f"'d' is a whole number above 0; got {d!r}.")
    chosen = [
        (entry, entry.about.classes)
        for entry in entries
        if (cls is None or cls in entry.about.classes)
        and group in (None, entry.group)
        and (source is None or source.lower() in entry.about.source.lower())
        and (d is None or entry.has((d, d)))
    ]
    if property is not None:
        found = [(entry, classes_of(entry.build(*entry.natural))) for entry, _ in chosen]
        chosen = [(entry, classes) for entry, classes in found if property in classes]
    rows = [
        (e.name, e.group, *e.natural, ", ".join(classes), e.about.title, e.about.source)
        for e, classes in chosen
    ]
    names = ["name", "group", "dx", "dy", "classes", "title", "source"]
    return pd.DataFrame(rows, columns=names)


def algorithms(source: str | None = None) -> pd.DataFrame:
    """All algorithms, one row each.

    Parameters
    ----------
    source :
        Only those whose source holds this text.

    Returns
    -------
    pandas.DataFrame
        Columns ``name``, ``summary``, ``needs`` (the oracle calls it makes), ``source``.
    """
    import pandas as pd

    _check_text("source", source)
    kinds = [(name, ALGORITHMS.get(name)) for name in ALGORITHMS]
    rows = [
        (name, summary(kind), ", ".join(c.name.lower() for c in sorted(kind.needs)), kind.source)
        for name, kind in kinds
        if source is None or source.lower() in kind.source.lower()
    ]
    return pd.DataFrame(rows, columns=["name", "summary", "needs", "source"])


def _check_text(name: str, given: Any) -> None:
    if given is not None and not isinstance(given, str):
        raise UserError(f"'{name}' is a text; got {given!r}.")


def problem(
    name: Any,
    d: int | None = None,
    *,
    dx: int | None = None,
    dy: int | None = None,
    instance: int = 0,
    **dials: Any,
) -> Problem:
    """One problem as an object.

    Parameters
    ----------
    name :
        A name, a formula in x and y, or whatever else a study accepts.
    d, dx, dy :
        Dimensions of a family: ``d`` for both players, or one each.
    instance :
        0 for the problem as published; others are shifted, rotated and scaled, and with a negative
        number the players' roles are exchanged.
    dials :
        What else a generator lets choose: ``mb.problem("planted", 20, kind="minimax", seed=7)``.

    Raises
    ------
    UserError
        For an unknown name, with the nearest one, and for a dimension that there is not.
    """
    asked = {"d": d, "dx": dx, "dy": dy, "instance": instance or None}
    given = {key: value for key, value in asked.items() if value is not None} | dials
    if given and isinstance(name, str):
        return problem_ref({"name": name, **given}).build()
    return problem_ref(name).build()


def algorithm(name: Any, **parameters: Any) -> Algorithm:
    """One algorithm as an object, with ``parameters`` over its defaults.

    Raises
    ------
    UserError
        For an unknown name or hyper-parameter, with the nearest one.
    """
    if parameters and isinstance(name, str):
        return get_algorithm(name, **parameters)
    return algorithm_ref(name).build()
