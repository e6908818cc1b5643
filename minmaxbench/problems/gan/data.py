"""What GANs are to imitate, and how well they do: mixtures of Gaussians in the plane."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.problem import Metric

Singles = NDArray[np.float32]

NEAR = 0.2
"""A sample so close to a mode is of high quality: at 1,500 iterations no GAN is as sharp as the data."""
DIRECTIONS = 200
"""Of the sliced Wasserstein distance; fixed."""


def fill_normal(rng: np.random.Generator, out: Singles) -> None:
    """Standard normal numbers by Box and Muller (1958): vectorised, a third of the time of NumPy's own."""
    half = (out.size + 1) // 2
    radius, angle = rng.random((2, half), dtype=np.float32)
    np.log1p(-radius, out=radius)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle *= np.float32(2 * np.pi)
    np.multiply(radius, np.cos(angle), out=out[:half])
    np.multiply(radius[: out.size - half], np.sin(angle[: out.size - half]), out=out[half:])


class Data(ABC):
    """Samples of a distribution, and the metrics of those that are to look like them."""

    name: str
    width: int
    """How many numbers a sample is of."""
    metrics: tuple[Metric, ...]
    judged: int
    """How many generated samples are judged."""
    reach: float = 0.0
    """Pictures of the plane show it up to this coordinate; 0 for what is not in the plane."""

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> Singles:
        """``count`` samples, (count, width)."""

    @abstractmethod
    def measure(self, samples: Floats) -> dict[str, Floats]:
        """The metrics of ``samples``, (lanes, judged, width)."""


@dataclass(frozen=True, eq=False)
class Mixture(Data):
    """Gaussians of one standard deviation round some means in the plane."""

    name: str
    means: Floats
    weights: Floats
    deviation: float
    judged: int = 2500
    width: int = 2
    metrics: tuple[Metric, ...] = field(init=False, default=(
        Metric("modes", "modes to which at least half their share of the samples is nearest"),
        Metric("modes_hit", "modes with a sample within 3 standard deviations"),
        Metric("quality", f"share of samples within {NEAR} of a mode"),
        Metric("sharp", "share of samples within 3 standard deviations of a mode; data have 0.9889"),
        Metric("tv", "total variation between the shares of the nearest modes and the true weights"),
        Metric("kl", "Kullback-Leibler divergence of those shares from the true weights, in nats"),
        Metric("jsd", "Jensen-Shannon divergence of the two, in nats"),
        Metric("swd", f"sliced 2-Wasserstein distance to the data, {DIRECTIONS} directions"),
        Metric("swd_floor", "the same distance between two samples of the data"),
        Metric("samples", "the first 256 samples, coordinate by coordinate", 512),
    ))  # fmt: skip

    def draw(self, rng: np.random.Generator, count: int) -> Any:
        """Modes by their weights, and Gaussian noise."""
        samples = np.float32(self.deviation) * rng.standard_normal((count, 2), dtype=np.float32)
        samples += self._means[np.searchsorted(self._below, rng.random(count), side="right")]
        return samples

    @property
    def reach(self) -> float:  # type: ignore[override]
        """A little further than the outermost mode, or than a generator at its start."""
        return float(1.5 * np.abs(self.means).max() + 0.5)

    @cached_property
    def _means(self) -> Singles:
        return self.means.astype(np.float32)

    @cached_property
    def _below(self) -> Floats:
        """Up to which uniform number a sample is of each mode but the last."""
        return np.asarray(np.cumsum(self.weights)[:-1])

    def measure(self, samples: Floats) -> dict[str, Floats]:
        """Coverage, quality, and distances to the true weights and to the data."""
        lanes, n, _ = samples.shape
        distance = np.linalg.norm(samples[:, :, None, :] - self.means, axis=-1)
        nearest, least = distance.argmin(-1), distance.min(-1)
        lane = np.repeat(np.arange(lanes), n)

        def counts(mode: Ints, some: Any) -> Floats:
            flat = lane * len(self.weights) + mode.ravel()
            found = np.bincount(flat[some.ravel()], minlength=lanes * len(self.weights))
            return found.reshape(lanes, -1).astype(float)

        near = least <= 3 * self.deviation
        # A network that has left for infinity is nobody's neighbour: such samples are at a mode that
        # data never have.
        there = np.isfinite(least)
        share = np.hstack([counts(nearest, there), n - there.sum(1, keepdims=True)]) / n
        true = np.append(self.weights, 0.0)
        return {
            "modes": (share[:, :-1] >= self.weights / 2).sum(1).astype(float),
            "modes_hit": (counts(nearest, near) >= 1).sum(1).astype(float),
            "quality": (least <= NEAR).mean(1),
            "sharp": near.mean(1),
            "tv": np.abs(share - true).sum(1) / 2,
            "kl": _kl(share, true),
            "jsd": (_kl(share, (share + true) / 2) + _kl(true, (share + true) / 2)) / 2,
            "swd": self._sliced(samples),
            "swd_floor": np.full(lanes, self._floor),
            "samples": samples[:, :256].reshape(lanes, -1),
        }

    @cached_property
    def _directions(self) -> Floats:
        angle = np.pi * (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
        return np.stack([np.cos(angle), np.sin(angle)], axis=1)

    @cached_property
    def _sorted(self) -> Singles:
        return self._projected(self.draw(np.random.default_rng(1), self.judged))

    @cached_property
    def _floor(self) -> float:
        return float(self._sliced(self.draw(np.random.default_rng(2), self.judged)[None])[0])

    def _sliced(self, samples: Any) -> Floats:
        """Bonneel, Rabin, Peyre, Pfister (JMIV 2015): transport in one dimension is sorting."""
        gaps = [self._projected(lane) - self._sorted for lane in samples]
        return np.array([np.sqrt(float((gap * gap).mean())) for gap in gaps])

    def _projected(self, samples: Any) -> Singles:
        """Sorted along each direction: (DIRECTIONS, n); single precision is quicker, and enough."""
        with np.errstate(invalid="ignore", over="ignore"):
            return np.sort(
                self._directions.astype(np.float32) @ samples.T.astype(np.float32), axis=1
            )


def _kl(p: Floats, q: Floats) -> Floats:
    """sum p log(p/q) over the last axis, 0 log 0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log(p / q), 0.0)
    return np.asarray(terms.sum(-1))


def ring(name: str, angles: Floats, deviation: float = 0.01) -> Mixture:
    """Modes on the unit circle at (sin t, cos t); an angle that comes twice is a mode of twice the weight."""
    every = np.round(np.stack([np.sin(angles), np.cos(angles)], axis=1), 12) + 0.0
    means, counts = np.unique(every, axis=0, return_counts=True)
    return Mixture(name, means, counts / counts.sum(), deviation)


def grid25() -> Mixture:
    """The 25 modes of PacGAN (Lin, Khetan, Fanti, Oh, NeurIPS 2018): {-4, -2, 0, 2, 4}^2, deviation 0.05."""
    side = np.arange(-4.0, 5.0, 2.0)
    means = np.array([(a, b) for a in side for b in side])
    return Mixture("grid25", means, np.full(25, 1 / 25), 0.05)
