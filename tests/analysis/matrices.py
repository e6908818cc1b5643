"""Matrices of costs for tests of profiles and ranks: problems by algorithms."""

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from minmaxbench.analysis.statistics import KEYS

NEVER = np.inf


def matrix(rows, d=(1, 1)):
    names = [f"a{k}" for k in range(len(rows[0]))]
    index = pd.MultiIndex.from_tuples([(f"p{k}", 0, *d) for k in range(len(rows))], names=KEYS)
    return pd.DataFrame(np.array(rows, float), index=index, columns=names)


matrices = st.integers(2, 5).flatmap(
    lambda count: st.lists(
        st.lists(
            st.one_of(st.just(NEVER), st.integers(1, 10_000).map(float)),
            min_size=count,
            max_size=count,
        ),
        min_size=1,
        max_size=8,
    ).map(matrix)
)
