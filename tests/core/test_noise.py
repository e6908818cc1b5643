"""Counter-based noise: the published vectors, the laws, and independence of how draws are asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from minmaxbench.core.noise import Draws, normals, run_keys, stream_keys, threefry2x32, uniforms


# Random123's kat_vectors, threefry2x32 with 20 rounds: counter, key, result.
@pytest.mark.parametrize(
    ("counter", "key", "result"),
    [
        ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_threefry_gives_the_published_words(counter, key, result):
    arrays = [np.array([word], dtype=np.uint32) for word in (*key, *counter)]
    assert tuple(int(word[0]) for word in threefry2x32(np, *arrays)) == result


def test_jax_gives_the_same_words():
    jnp = pytest.importorskip("jax.numpy")
    words = [np.arange(100, dtype=np.uint32) * k for k in (1, 7, 123456789, 77777777)]
    ours = threefry2x32(np, *words)
    theirs = threefry2x32(jnp, *map(jnp.asarray, words))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, np.asarray(b))


def keys(lanes=500):
    return run_keys("a test", np.arange(lanes))


def test_laws():
    key = stream_keys(np, keys(), "law")
    z = normals(np, key, np.zeros(500, dtype=int), 41)
    assert z.shape == (500, 41)
    assert kstest(z.ravel(), "norm").pvalue > 1e-3
    u = uniforms(np, key, np.ones(500, dtype=int), 40)
    assert kstest(u.ravel(), "uniform").pvalue > 1e-3
    assert 0 < u.min() < u.max() < 1
    # Coordinates of one draw, draws of one lane, and lanes: uncorrelated.
    again = normals(np, key, np.ones(500, dtype=int), 41)
    for a, b in ((z[:, 0], z[:, 1]), (z[:, 0], again[:, 0]), (z[:-1].ravel(), z[1:].ravel())):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.16


def test_streams_and_seeds_differ():
    a = normals(np, stream_keys(np, keys(), "a"), 0, 3)
    b = normals(np, stream_keys(np, keys(), "b"), 0, 3)
    c = normals(np, stream_keys(np, run_keys("another", np.arange(500)), "a"), 0, 3)
    assert not np.isin(a, b).any()
    assert not np.isin(a, c).any()
    big = run_keys("x", np.array([1, 1 + 2**32]))
    assert (big[0] != big[1]).any()


@settings(max_examples=40, deadline=None)
@given(
    requests=st.lists(
        st.tuples(
            st.lists(st.integers(0, 9), min_size=1, max_size=10, unique=True), st.integers(0, 300)
        ),
        max_size=8,
    ),
    d=st.sampled_from([1, 2, 5]),
    law=st.sampled_from(["normal", "uniform"]),
)
def test_drawing_ahead_changes_no_number(requests, d, law):
    key = keys(10)
    draws, sample = Draws(key), normals if law == "normal" else uniforms
    for lanes, index in requests:
        lanes = np.array(lanes)
        indices = index + np.arange(len(lanes)) % 3
        got = draws.draw(law, "s", indices, d, lanes)
        want = sample(np, stream_keys(np, key[lanes], "s"), indices, d)
        np.testing.assert_array_equal(got, want)


def test_long_vectors_are_drawn_one_at_a_time():
    draws = Draws(keys(2))
    got = draws.draw("normal", "s", 3, 2**21, None)
    np.testing.assert_array_equal(
        got[:, :10], normals(np, stream_keys(np, keys(2), "s"), np.array([3, 3]), 2**21)[:, :10]
    )
