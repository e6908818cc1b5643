"""Counter-based noise: a pure function of (key, stream, index, coordinate).

Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC 2011): additions, rotations and exclusive-ors of 32-bit words only, so that it
vectorises on every engine. A run therefore draws the same numbers alone, in a batch of
10,000, on another worker and after a resume.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace
from minmaxbench.core.contract import check_draw
from minmaxbench.errors import UserError

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA

Words = NDArray[np.uint32]


@dataclass(frozen=True)
class OracleNoise:
    """Additive Gaussian noise of a stochastic oracle: standard deviations, 0 for exact.

    The gradient noise has this deviation in every coordinate.
    """

    gradient: float = 0.0
    value: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gradient", "value"):
            deviation = getattr(self, name)
            number = isinstance(deviation, int | float) and not isinstance(deviation, bool)
            if not number or not 0 <= deviation < np.inf:
                raise UserError(
                    f"The {name} noise is a standard deviation, a number of at least 0; got "
                    f"{deviation!r}."
                )


EXACT = OracleNoise()


def threefry2x32(xp: Namespace, k0: Array, k1: Array, c0: Array, c1: Array) -> tuple[Array, Array]:
    """The 20-round Threefry-2x32 block of counter (c0, c1) under key (k0, k1).

    All four are uint32 arrays that broadcast against each other, and so are the two words returned.
    """
    keys = (k0, k1, k0 ^ k1 ^ xp.asarray(_PARITY, dtype=xp.uint32))
    c0, c1 = c0 + keys[0], c1 + keys[1]
    for group in range(5):
        for turn in _ROTATIONS[group % 2]:
            c0 = c0 + c1
            c1 = (c1 << turn) | (c1 >> (32 - turn))
            c1 = c1 ^ c0
        c0 = c0 + keys[(group + 1) % 3]
        c1 = c1 + keys[(group + 2) % 3] + xp.asarray(group + 1, dtype=xp.uint32)
    return c0, c1


def run_keys(label: str, seeds: Ints) -> Words:
    """The keys of runs, shape (lanes, 2): a function of the label and each run's seed.

    The label names what the runs share (study seed, problem, instance, dimensions) and leaves
    out the algorithm, so that all algorithms start from the same points.
    """
    digest = hashlib.sha256(label.encode()).digest()
    k0, k1 = np.frombuffer(digest[:8], dtype="<u4").astype(np.uint32)
    seeds = np.asarray(seeds, dtype=np.uint64)
    low, high = seeds.astype(np.uint32), (seeds >> np.uint64(32)).astype(np.uint32)
    return np.stack(threefry2x32(np, k0, k1, low, high), axis=-1)


def stream_keys(xp: Namespace, keys: Array, stream: str) -> tuple[Array, Array]:
    """The key of one named stream of each run: two columns of shape (lanes,)."""
    name = xp.asarray(zlib.crc32(stream.encode()), dtype=xp.uint32)
    return threefry2x32(xp, keys[:, 0], keys[:, 1], name, xp.zeros_like(name))


def _words(
    xp: Namespace, key: tuple[Array, Array], index: Array, blocks: int
) -> tuple[Array, Array]:
    """Words of shape (lanes, blocks): block j of draw ``index`` of each lane."""
    counter = xp.astype(xp.asarray(index), xp.uint32)[..., None]
    block = xp.arange(blocks, dtype=xp.uint32)
    return threefry2x32(xp, key[0][..., None], key[1][..., None], counter, block)


def uniforms(xp: Namespace, key: tuple[Array, Array], index: Array, d: int) -> Array:
    """Uniform numbers in (0, 1) with 52 random bits, shape (lanes, d)."""
    w0, w1 = _words(xp, key, index, d)
    high = xp.astype(w0 >> 6, xp.float64)
    low = xp.astype(w1 >> 6, xp.float64)
    return (high * 67108864.0 + low + 0.5) / 4503599627370496.0


def normals(xp: Namespace, key: tuple[Array, Array], index: Array, d: int) -> Array:
    """Standard normal numbers, shape (lanes, d), by Box and Muller (1958) from 32-bit words.

    One block gives the two coordinates 2j and 2j + 1; no number exceeds 6.8 in absolute value.
    """
    w0, w1 = _words(xp, key, index, (d + 1) // 2)
    radius = xp.sqrt(-2.0 * xp.log((xp.astype(w0, xp.float64) + 0.5) / 4294967296.0))
    angle = xp.astype(w1, xp.float64) * (2.0 * math.pi / 4294967296.0)
    if d == 1:
        return radius * xp.cos(angle)
    pairs = xp.stack([radius * xp.cos(angle), radius * xp.sin(angle)], axis=-1)
    return xp.reshape(pairs, (*pairs.shape[:-2], -1))[..., :d]


class Draws:
    """Noise for the lanes of one unit on the NumPy engine, drawn ahead in blocks.

    A lane's draws of a stream are numbered; which numbers are drawn ahead never changes them.
    """

    def __init__(self, keys: Words) -> None:
        self.keys = keys
        self._streams: dict[tuple[str, str, int], _Block] = {}

    def select(self, lanes: Ints) -> Draws:
        """The same noise for some of the lanes."""
        return Draws(self.keys[lanes])

    def draw(self, law: str, stream: str, index: Array, d: int, lanes: Ints | None) -> Floats:
        """Draw number ``index`` of each of ``lanes`` (all when None): shape (lanes, d).

        Raises :class:`ContractError` for what names no draw, or more than one a lane.
        """
        check_draw(stream, index, d, len(self.keys if lanes is None else lanes))
        block = self._streams.get((law, stream, d))
        if block is None:
            key = stream_keys(np, self.keys, stream)
            block = self._streams[law, stream, d] = _Block(law, key, d)
        return block.read(index, lanes)


class _Block:
    """The next ``ahead`` draws of every lane of one stream."""

    def __init__(self, law: str, key: tuple[Words, Words], d: int) -> None:
        self.sample = normals if law == "normal" else uniforms
        self.key = key
        self.d = d
        lanes = key[0].shape[0]
        # About four million numbers at most, and one draw at a time for very long vectors.
        self.ahead = max(1, min(64, 2**22 // (d * lanes)))
        self.first = np.full(lanes, -self.ahead, dtype=np.int64)
        self.next = np.zeros(lanes, dtype=np.int64)
        self.data = np.empty((lanes if self.ahead > 1 else 0, self.ahead, d))

    def read(self, index: Array, lanes: Ints | None) -> Floats:
        everyone = np.arange(self.first.shape[0]) if lanes is None else lanes
        if self.ahead == 1:
            key = (self.key[0][everyone], self.key[1][everyone])
            index = np.broadcast_to(np.asarray(index), everyone.shape)
            return np.asarray(self.sample(np, key, index, self.d))
        slot = index - self.first[everyone]
        self.next[everyone] = index
        if ((slot < 0) | (slot >= self.ahead)).any():
            # In one go for every lane that is half-way through: refills stay rare.
            used = self.next - self.first
            self._fill(np.flatnonzero((used < 0) | (used >= self.ahead // 2)))
            slot = index - self.first[everyone]
        drawn: Floats = self.data[everyone, slot]
        return drawn

    def _fill(self, lanes: Ints) -> None:
        index = self.next[lanes, None] + np.arange(self.ahead)
        key = (self.key[0][lanes, None], self.key[1][lanes, None])
        self.data[lanes] = self.sample(np, key, index, self.d)
        self.first[lanes] = self.next[lanes]
