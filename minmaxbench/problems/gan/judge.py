"""What judges generated images: two classifiers of the data's zeros and ones, always the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from minmaxbench.core.arrays import Floats

FEATURES, STEPS = 16, 300
LINEAR_RATE, FEATURE_RATE = 0.02, 5e-4


@dataclass(frozen=True)
class Judge:
    """A logistic regression for the share of ones, and 16 tanh features for the Frechet distance.

    Features that are bounded and smooth, so that their covariance is not singular where ReLU units are
    dead. Trained on half the data; the other half gives ``accuracy``.
    """

    weights: Floats
    bias: float
    layer: Floats
    shift: Floats
    mean: Floats
    covariance: Floats
    floor: float
    """The Frechet distance between two halves of the data."""
    accuracy: float

    def share_of_ones(self, images: Floats) -> float:
        """Of images (n, width); NaN where some pixel is not finite."""
        if not np.isfinite(images).all():
            return float("nan")
        return float((images @ self.weights + self.bias > 0).mean())

    def features(self, images: Floats) -> Floats:
        """(n, 16)."""
        return np.tanh(images @ self.layer + self.shift)

    def frechet(self, images: Floats) -> float:
        """Between the Gaussians of features: Heusel et al. (NIPS 2017); NaN for what is not finite."""
        if not np.isfinite(images).all():
            return float("nan")
        return frechet(*moments(self.features(images)), self.mean, self.covariance)


def moments(features: Floats) -> tuple[Floats, Floats]:
    """Mean and covariance."""
    return features.mean(0), np.cov(features, rowvar=False)


def frechet(m1: Floats, c1: Floats, m2: Floats, c2: Floats) -> float:
    """|m1 - m2|^2 + tr(c1 + c2 - 2 (c1^(1/2) c2 c1^(1/2))^(1/2)), by symmetric eigenvalues."""
    values, vectors = np.linalg.eigh(c1)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = np.sqrt(np.clip(np.linalg.eigvalsh(root @ c2 @ root), 0, None)).sum()
    return float(((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2 * inner)


def trained(pixels: Any, ones: Any) -> Judge:
    """The judge of a data set: full-batch Adam from a fixed start."""
    half = np.random.default_rng(0).permutation(len(pixels))
    train, test = half[::2], half[1::2]
    x = torch.tensor(pixels[train], dtype=torch.float64, device="cpu")
    y = torch.tensor(ones[train], dtype=torch.float64, device="cpu")
    w, b = _fit(x, y)
    layer, shift = _features(x, y)
    own = pixels.astype(float)
    features = np.tanh(own @ layer + shift)
    mean, covariance = moments(features)
    return Judge(
        w, b, layer, shift, mean, covariance,
        frechet(*moments(features[train]), *moments(features[test])),
        float(((own[test] @ w + b > 0) == ones[test]).mean()),
    )  # fmt: skip


def _fit(x: torch.Tensor, y: torch.Tensor) -> tuple[Floats, float]:
    """A logistic regression with a little weight decay."""
    w = torch.zeros(x.shape[1] + 1, dtype=torch.float64, device="cpu", requires_grad=True)

    def loss() -> torch.Tensor:
        logits = x @ w[:-1] + w[-1]
        fit = torch.nn.functional.binary_cross_entropy_with_logits(logits, y)
        return fit + 1e-4 * (w * w).sum()

    _train(loss, [w], LINEAR_RATE)
    found = w.detach().numpy()
    return found[:-1], float(found[-1])


def _features(x: torch.Tensor, y: torch.Tensor) -> tuple[Floats, Floats]:
    """The hidden layer of a network that tells zeros from ones."""
    rng = np.random.default_rng(0)
    start = rng.standard_normal((x.shape[1], FEATURES)) / np.sqrt(x.shape[1])
    sizes = [start, np.zeros(FEATURES), rng.standard_normal(FEATURES) / np.sqrt(FEATURES)]
    layer, shift, out = (torch.tensor(s, device="cpu", requires_grad=True) for s in sizes)

    def loss() -> torch.Tensor:
        logits = torch.tanh(x @ layer + shift) @ out
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, y)

    _train(loss, [layer, shift, out], FEATURE_RATE)
    return layer.detach().numpy(), shift.detach().numpy()


def _train(loss: object, parameters: list[torch.Tensor], rate: float) -> None:
    optimiser = torch.optim.Adam(parameters, lr=rate)
    with torch.enable_grad():
        for _ in range(STEPS):
            optimiser.zero_grad()
            loss().backward()  # type: ignore[operator]
            optimiser.step()
