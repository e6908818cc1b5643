"""The data of the practical problems: read when a problem first asks, standardised, kept.

scikit-learn ships the data sets as files; nothing is downloaded. Columns get mean 0 and standard
deviation 1 (with divisor n); columns that are constant are left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, matvec
from minmaxbench.errors import UserError


@dataclass(frozen=True, eq=False)
class DataSet:
    """A table of examples."""

    rows: Floats
    """Standardised, shape (n, p)."""
    target: Floats
    """As published: a class number or a measurement, shape (n,)."""

    @property
    def classes(self) -> Ints:
        """The target as class numbers from 0."""
        return self.target.astype(np.int64)

    @property
    def standardised(self) -> Floats:
        """The target with mean 0 and standard deviation 1."""
        return np.asarray((self.target - self.target.mean()) / self.target.std())


@cache
def load(name: str) -> DataSet:
    """A data set of scikit-learn by its name there: breast_cancer, wine, digits or diabetes.

    Raises :class:`UserError` where scikit-learn is not installed.
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise UserError(
            "The practical problems need the data of scikit-learn: pip install minmaxbench[data]."
        ) from error
    bunch = getattr(datasets, f"load_{name}")()
    rows = np.asarray(bunch.data, dtype=np.float64)
    rows = rows[:, rows.std(0) > 0]
    rows = np.ascontiguousarray((rows - rows.mean(0)) / rows.std(0))
    return _closed(DataSet(rows, np.asarray(bunch.target, dtype=np.float64)))


def _closed(data: DataSet) -> DataSet:
    """The same, not to be written to: all problems of a process share it."""
    for array in (data.rows, data.target):
        array.flags.writeable = False
    return data


def malignant(columns: int = 30) -> tuple[Floats, Floats]:
    """Breast cancer: the first so many columns, and +1 for malignant, -1 for benign.

    Wolberg, Mangasarian, Street (UCI 1995): 569 tumours. The first 10 columns are means over cell nuclei.
    """
    data = load("breast_cancer")
    return data.rows[:, :columns], np.where(data.classes == 0, 1.0, -1.0)


def with_intercept(rows: Floats) -> Floats:
    """A column of ones behind the others."""
    return np.column_stack([rows, np.ones(len(rows))])


@dataclass(frozen=True, eq=False)
class Design:
    """A matrix of examples, (n, p), that is applied to every lane."""

    rows: Floats
    columns: Floats = field(init=False)
    """The transpose, row by row in memory."""

    def __post_init__(self) -> None:
        # A copy of its own: torch warns of arrays that are closed to writing.
        object.__setattr__(self, "rows", np.array(self.rows, order="C"))
        object.__setattr__(self, "columns", np.ascontiguousarray(self.rows.T))

    def __len__(self) -> int:
        return len(self.rows)

    def apply(self, xp: Namespace, w: Array) -> Array:
        """The rows times w: (lanes, p) -> (lanes, n)."""
        return matvec(xp, xp.asarray(self.rows), w)

    def transpose(self, xp: Namespace, r: Array) -> Array:
        """The sum of r_i times row i: (lanes, n) -> (lanes, p)."""
        return matvec(xp, xp.asarray(self.columns), r)

    def at(self, xp: Namespace, rows: Array) -> Batch:
        """The examples of a minibatch, (lanes, size) row numbers."""
        return Batch(xp.asarray(self.rows)[rows])


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples of each lane's own, (lanes, size, p), applied as a :class:`Design` is."""

    rows: Array

    def __len__(self) -> int:
        return int(self.rows.shape[-2])

    def apply(self, xp: Namespace, w: Array) -> Array:
        """The rows times w: (lanes, p) -> (lanes, size)."""
        return xp.sum(self.rows * w[..., None, :], axis=-1)

    def transpose(self, xp: Namespace, r: Array) -> Array:
        """The sum of r_i times row i: (lanes, size) -> (lanes, p)."""
        return xp.sum(self.rows * r[..., None], axis=-2)


class Means(Design):
    """The means over groups of examples, (groups, n)."""

    @classmethod
    def over(cls, groups: Array) -> Means:
        """Over the examples of each number in ``groups``, in order."""
        member = (groups == np.unique(groups)[:, None]).astype(float)
        return cls(member / member.sum(1, keepdims=True))

    def at(self, xp: Namespace, rows: Array) -> Batch:
        """What a minibatch says of the means, without bias: its sums times n/size."""
        n, size = self.columns.shape[0], rows.shape[-1]
        return Batch(xp.matrix_transpose(xp.asarray(self.columns)[rows]) * (n / size))


def logistic(xp: Namespace, margin: Array) -> tuple[Array, Array]:
    """The logistic loss log(1 + exp(-margin)) and its derivative, without overflow."""
    if xp.isdtype(margin.dtype, "complex floating"):
        above = xp.where(xp.real(margin) > 0, margin, 0.0)
    else:
        # In a fifth of the time.
        above = xp.clip(margin, 0.0, None)
    below = margin - above
    e = xp.exp(below - above)
    return xp.log1p(e) - below, -xp.exp(-above) / (1 + e)
