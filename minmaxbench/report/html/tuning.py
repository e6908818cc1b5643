"""What the report says of the tuning of each algorithm: what was found, and how much depends on it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.tuning import best_of, means, sensitivity
from minmaxbench.analysis.words import percent
from minmaxbench.bench.tuning.tuned import Tuned, known, known_scores
from minmaxbench.core.parameters import relative_steps
from minmaxbench.errors import UserError
from minmaxbench.report.html.charts import rounded
from minmaxbench.report.tuning import SCORE, parameters

if TYPE_CHECKING:
    import pandas as pd

SIZES = (1, 4, 16)
"""The budgets of settings of which the expected best is told."""
DECADES = 30.0
"""Values that go so many times as far are drawn on a logarithmic axis."""


def tuning_facts() -> dict[str, dict[str, Any]]:
    """By algorithm what tuning has found, in words, and the settings that were tried; empty without any.

    Settings are those of the package and of the folder ``results/tuning`` here.
    """
    try:
        tuned = known()
    except UserError:
        return {}
    table = known_scores()
    found: dict[str, dict[str, Any]] = {
        name: {"tuned": _answer(name, tuned), "tried": None} for name in tuned.algorithms
    }
    if table is None:
        return found
    seen = table[table["problem"].isin(list(tuned.training))] if tuned.training else table
    averaged = dict(list(means(seen).groupby("method", sort=False)))
    shares = sensitivity(seen).set_index("method")
    for name in found.keys() & averaged.keys():
        solved, anywhere = (float(shares[column][name]) for column in ("share", "anywhere"))
        number = seen.loc[seen["method"] == name, "problem"].nunique()
        found[name]["tuned"] += [*_worth(averaged[name]), *_space(solved, anywhere, number)]
        found[name]["tried"] = _tried(name, averaged[name], tuned)
    return found


def _answer(method: str, tuned: Tuned) -> list[list[str]]:
    found = tuned.algorithms[method]
    agree = sum(other == found.tuned for other in found.splits)
    alone = sum(best != found.tuned for best in found.best.values())
    return [
        ["tuned for all problems", parameters(found.tuned)],
        ["its score (the default's)", f"{found.score:.2f} ({found.default:.2f}); {SCORE}"],
        ["tried", f"{found.settings} settings, {found.calls:,.0f} gradient calls"],
        ["other splits of the problems", f"{agree} of {len(found.splits)} choose the same"],
        ["best for one problem alone", f"another setting on {alone} of {len(found.best)} problems"],
        ["", tuned.stale(method)],
    ]


def _worth(mine: pd.DataFrame) -> list[list[str]]:
    """Tunability: what the best of a few settings would have scored."""
    values = mine["score"].to_numpy(float)
    told = [f"{best_of(values, k)[0]:.2f} of {k}" for k in SIZES if k <= len(values)]
    return [["expected best score", f"{', '.join(told)}; {values.min():.2f} of all {len(values)}"]]


def _space(solved: float, anywhere: float, problems: int) -> list[list[str]]:
    return [
        [
            "space that solves",
            f"{percent(solved)}: of the declared space so much brings half of the runs to the middle "
            f"target, in the mean over {problems} problems; {percent(anywhere)} of them are solved by "
            "some setting",
        ]
    ]


def _tried(method: str, mine: pd.DataFrame, tuned: Tuned) -> dict[str, Any] | None:
    """The score of each setting, and its hyper-parameters, an axis each; None where there are none."""
    given = [dict(json.loads(text)) for text in mine["parameters"]]
    names = list(dict.fromkeys(name for one in given for name in one))
    axes = [_axis(name, [one.get(name, _default(method, name)) for one in given]) for name in names]
    if not axes:
        return None
    scores, best = rounded(mine["score"]), dict(tuned.algorithms[method].tuned)
    # The design begins with the default.
    return {
        "score": scores,
        "default": scores[0],
        "tuned": given.index(best) if best in given else None,
        "axes": axes,
    }


def _axis(name: str, values: list[Any]) -> dict[str, Any]:
    """A hyper-parameter of all settings: numbers, or words; None where it has another unit."""
    relative = any(map(relative_steps, values))
    if relative:
        values = [relative_steps(value).get("") for value in values]
    known = [value for value in values if value is not None]
    if any(isinstance(value, (bool, str)) for value in known):
        return {"name": name, "type": "category", "x": [f"{value}" for value in values]}
    far = min(known) > 0 and max(known) > DECADES * min(known)
    return {
        "name": f"{name} (in 1/L)" if relative else name,
        "type": "log" if far else "linear",
        "x": [None if value is None else rounded(value)[0] for value in values],
    }


def _default(method: str, name: str) -> Any:
    kind = ALGORITHMS.get(method) if method in ALGORITHMS else None
    fields = {field.name: field.default for field in dataclasses.fields(kind)} if kind else {}
    value = fields.get(name)
    return value if isinstance(value, (bool, int, float, str)) else None
