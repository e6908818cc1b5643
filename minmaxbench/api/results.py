"""The results of a study: its runs, what was left out, and the tables and pictures of them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from minmaxbench.bench import results
from minmaxbench.bench.study import Study
from minmaxbench.errors import UserError, one_of, path_of
from minmaxbench.record.outcomes import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.report.forms import Table


class StudyWarning(UserWarning):
    """Something of a study did not run, or not as asked."""


@dataclass(frozen=True, repr=False)
class Results:
    """What :func:`minmaxbench.run` and :func:`minmaxbench.load` return."""

    runs: pd.DataFrame
    """One row a run; ``docs/results.md`` has the columns."""
    study: Study | None = None
    """What was asked, where it is known."""
    folder: Path | None = None
    """Where the runs lie, if they were kept."""
    left_out: dict[str, list[str]] = field(default_factory=dict)
    """Algorithms that cannot run on some of the problems, each with the reasons."""
    notes: list[str] = field(default_factory=list)
    """What else one should know, in sentences."""

    @property
    def errors(self) -> pd.DataFrame:
        """The runs that ended in an error: which, and the message."""
        failed = self.runs["outcome"] == Outcome.ERROR.value
        columns = ["problem", "algorithm", "seed", "message"]
        found: pd.DataFrame = self.runs.loc[failed, columns].reset_index(drop=True)
        return found

    def table(self, by: str = "algorithm", target: float = 1e-5, metric: str = "distance") -> Table:
        """A table that prints itself, here and in a notebook.

        Its ``words`` are a frame of text, its ``numbers`` one for programs; ``to_latex()``,
        ``to_markdown()``, ``to_csv()`` and ``to_html()`` are texts for files.

        Parameters
        ----------
        by :
            ``"algorithm"``, ``"problem"``, ``"pair"``, ``"verdict"``, ``"rank"`` (mean ranks, and who is
            not told apart), ``"duel"`` (wins of one over another, and whether that is chance),
            ``"settings"`` (default, tuned and best side by side), ``"sense"`` (success in three
            senses) or ``"place"`` (and whether it survives other budgets, targets, rivals).
        target, metric :
            Success is to bring ``"distance"`` (to an equilibrium) or ``"residual"`` below this; one
            of the recorded targets 0.5, 1e-1, ..., 1e-10.

        Raises
        ------
        UserError
            For a way to group, a metric or a target that there is not.
        """
        from minmaxbench.report.tuning import WAYS

        return WAYS[one_of("way to group a table", by, WAYS)](self.runs, target, metric)

    def compare(
        self, other: Results, target: float = 1e-5, metric: str = "distance"
    ) -> tuple[Table, ...]:
        """What changed from these results to ``other`` beyond noise: by algorithm, and by problem.

        As ``minmaxbench compare``: the same problems and algorithms are set side by side, run by run
        where seeds and starts are the same.

        Raises
        ------
        UserError
            Where the two have no algorithm on a problem in common; a metric or target there is not.
        """
        from minmaxbench.analysis.changes import changes
        from minmaxbench.report.changes import change_tables

        if not isinstance(other, Results):
            raise UserError(f"Results are compared with other Results; got {other!r}.")
        return tuple(change_tables(changes(self.runs, other.runs, target, metric), target, metric))

    def plot(self, what: str = "profile", path: str | Path | None = None) -> Any:
        """A picture: ``"profile"``, ``"ranks"``, ``"verdicts"`` or ``"traces"``.

        Parameters
        ----------
        what :
            Which picture.
        path :
            Where to write it (PNG, PDF or SVG, by its ending), if anywhere.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UserError
            For a picture that there is not, and a path that cannot be written.
        """
        from minmaxbench.report.figures import FIGURES
        from minmaxbench.report.style import save

        figure = FIGURES[one_of("picture", what, FIGURES)](self.runs)
        if path is not None:
            save(figure, path_of("path", path))
        return figure

    def warn(self) -> None:
        """Warn once of what was left out, what failed, and what is noted, if anything is."""
        said = [
            f"Left out: {name} on {len(reasons)} of the problems; the first: {reasons[0]}"
            for name, reasons in self.left_out.items()
        ]
        failed = self.errors
        if len(failed):
            said.append(f"{len(failed)} runs ended in an error; the first: {failed['message'][0]}")
        from minmaxbench.analysis.statistics import beaten

        better = self.runs[beaten(self.runs)]
        if len(better):
            said.append(f"{len(better)} runs beat the known optimum of {better['problem'].iloc[0]}")
        if said or self.notes:
            warnings.warn(" ".join([*said, *self.notes[:5]]), StudyWarning, stacklevel=4)

    def __repr__(self) -> str:
        runs = self.runs
        head = (
            f"Results of {len(runs):,} runs: {runs['problem'].nunique()} problems, "
            f"{runs['algorithm'].nunique()} algorithms, {len(self.errors)} errors"
        )
        return f"{head}\n\n{self.table()}"

    def _repr_html_(self) -> str:
        """In a notebook: the table."""
        from html import escape

        head = escape(repr(self).split("\n", 1)[0])
        return f"<p>{head}</p>{self.table().to_html()}"


def load(folder: str | Path) -> Results:
    """The results in a folder that :func:`minmaxbench.run` or the command line wrote.

    Parameters
    ----------
    folder :
        ``results/NAME``. A study that is half done loads as far as it is.

    Raises
    ------
    UserError
        For a folder that is no results folder, or holds no finished unit.
    """
    runs = results.load(folder)
    return Results(runs=runs, folder=path_of("folder", folder), notes=runs.attrs["notes"])
