"""The reference study: packed and read back it is the same; what has changed since is left out by name."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from helpers import small_reference

import minmaxbench as mb
from minmaxbench import UserError
from minmaxbench.bench import reference


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return small_reference(tmp_path_factory.mktemp("reference"))


def test_what_is_read_back_is_what_was_run(made):
    runs, path = made
    known = reference.load(path)
    both = (f.set_index(["problem", "algorithm", "seed"]).sort_index() for f in (runs, known.runs))
    before, after = both
    assert len(after) == len(before) > 12
    for name in after:
        if name in ("seconds", "step_seconds", "residual", "distance", "nearest_distance"):
            np.testing.assert_allclose(after[name], before[name], rtol=1e-6)
        elif after[name].dtype.kind == "f":
            # Calls are halves: single precision holds them exactly.
            np.testing.assert_array_equal(after[name], before[name])
        else:
            assert [*after[name]] == [*before[name]]


def test_its_study_makes_the_same_runs_again(made, tmp_path):
    _, path = made
    known = reference.load(path)
    again = mb.run(known.study(["ogda"], ["ftr_f1"]))
    mine = again.runs.set_index("seed")["distance"]
    theirs = known.runs.query("problem == 'ftr_f1' and algorithm == 'ogda'").set_index("seed")
    np.testing.assert_allclose(mine, theirs["distance"], rtol=1e-6)


def test_all_is_there_while_nothing_has_changed(made):
    runs, path = made
    kept, notes = reference.load(path).beside(["ftr_f1", "bilinear_xy"])
    assert (len(kept), notes) == (len(runs), [])
    kept, _ = reference.load(path).beside(["ftr_f1"])
    assert set(kept["problem"]) == {"ftr_f1"}


def changed(path, to, **what):
    """The same file, some hashes of which are of other code."""
    table = pq.read_table(path)
    facts = json.loads(table.schema.metadata[reference.KEY])
    for kind, names in what.items():
        if kind == "schema":
            facts["schema"] = names
            continue
        for name in names:
            facts[kind][name] = "0" * 20
    pq.write_table(table.replace_schema_metadata({reference.KEY: json.dumps(facts)}), to)
    return reference.load(to)


def test_what_has_changed_is_left_out_by_name(made, tmp_path):
    _, path = made
    known = changed(path, tmp_path / "r.parquet", problems=["ftr_f1"], algorithms=["ogda"])
    kept, notes = known.beside(["ftr_f1", "bilinear_xy"])
    assert set(kept["problem"]) == {"bilinear_xy"}
    assert "ogda" not in set(kept["algorithm"])
    assert "gda" in set(kept["algorithm"])
    assert "1 of 2 problems: ftr_f1" in notes[0]
    assert "algorithms: ogda" in notes[1]


def test_only_what_is_not_there_is_made_again(made, tmp_path):
    _, path = made
    known = reference.load(path)
    labels = [*known.facts["algorithms"]]
    study = reference.reference_study(known.problems, ["gda", "ogda"]).replace(
        **{k: known.facts["study"][k] for k in ("seeds", "first_seed", "budget")}
    )
    assert [ref.label for ref in study.algorithms] == labels
    assert known.missing(study) == []
    more = study.replace(problems=["forsaken", *study.problems])
    assert [[p.name for p in part.problems] for part in known.missing(more)] == [["forsaken"]]
    other = changed(path, tmp_path / "other", algorithms=["gda"], problems=["bilinear_xy"])
    asked = [
        ([p.name for p in part.problems], [a.label for a in part.algorithms])
        for part in other.missing(study)
    ]
    rest = [label for label in labels if label != "gda"]
    assert asked == [(known.problems, ["gda"]), (["bilinear_xy"], rest)]
    assert known.missing(study.replace(budget=7.0)) == [study.replace(budget=7.0)]


def test_where_nothing_is_left_it_is_refused(made, tmp_path):
    _, path = made
    known = changed(path, tmp_path / "r.parquet", problems=["ftr_f1"])
    with pytest.raises(UserError, match=r"stale: .*ftr_f1.*python -m benchmarks\.reference"):
        known.beside(["ftr_f1"])
    with pytest.raises(UserError, match="results schema 1, this version has"):
        changed(path, tmp_path / "s.parquet", schema=1)


def test_a_tuned_setting_that_is_another_now_is_left_out(made, monkeypatch):
    _, path = made
    monkeypatch.setattr(reference, "shipped", lambda: None)
    reference._algorithms.cache_clear()
    try:
        kept, notes = reference.load(path).beside(["bilinear_xy"])
    finally:
        reference._algorithms.cache_clear()
    assert set(kept["algorithm"]) == {"gda", "ogda"}
    assert notes == [] or "[tuned]" in notes[0]


def test_a_missing_or_foreign_file_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match="no reference study here"):
        reference.load(tmp_path / "none.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(UserError, match="is no reference study"):
        reference.load(tmp_path / "other.parquet")
    (tmp_path / "damaged.parquet").write_bytes(b"PAR1 and nothing")
    with pytest.raises(UserError, match="is no reference study"):
        reference.load(tmp_path / "damaged.parquet")


def test_other_problems_than_its_own_are_refused(made):
    known = reference.load(made[1])
    with pytest.raises(UserError, match=r"no problem of the reference named 'keswani_f3'"):
        known.study(["gda"], ["keswani_f3"])
    with pytest.raises(UserError, match="as published"):
        known.study(["gda"], [{"name": "ftr_f1", "instance": 3}])
