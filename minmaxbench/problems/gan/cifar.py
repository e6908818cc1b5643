"""CIFAR-10 from files of the user's, and the paper's GAN for it."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import About, Metric
from minmaxbench.errors import UserError
from minmaxbench.problems.gan.catalogue import KESWANI
from minmaxbench.problems.gan.convolutions import discriminator, generator
from minmaxbench.problems.gan.data import Data, Singles
from minmaxbench.problems.gan.game import Gan
from minmaxbench.problems.gan.judge import frechet, moments

Bytes: TypeAlias = NDArray[np.uint8]
Extractor: TypeAlias = Callable[[Singles], tuple[Any, Any]]
"""What an Inception network makes of images (n, 3, 32, 32), from -1 to 1: features (n, k), and the
probabilities (n, classes) of its classes."""

NUMBERS = 3 * 32 * 32
BATCHES = [f"data_batch_{number}" for number in range(1, 6)]
SPLITS = 10
"""The inception score is the mean over so many parts of the images that are judged."""


def cifar10(path: str | Path, extractor: Extractor | None = None, batch_size: int = 64) -> Gan:
    """The paper's GAN of CIFAR-10, all classes, on the images in ``path``.

    ``path`` is the folder that the data's authors give out, "cifar-10-batches-py" or
    "cifar-10-batches-bin" (Krizhevsky, 2009), or one file of its five. With an ``extractor`` the inception
    score and the Frechet inception distance are metrics, of 1,000 images as in the authors' programs: too
    few to be compared with other papers' numbers. Raises :class:`UserError` for a path that is no CIFAR-10.
    """
    data = Colours(read_cifar10(path), extractor)
    about = About(
        title="GAN of CIFAR-10",
        source=KESWANI,
        classes=("nonconvex-nonconcave", "network"),
        region=(0.0, 1.0),
        note="x is the generator's parameters, y the discriminator's; starts are weights drawn anew.",
        confidence="high",
    )
    return Gan(
        name="gan_cifar10", about=about, data=data, generator=generator(),
        discriminator=discriminator(), loss="nonsaturating", batch_size=batch_size, lanes=1,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Colours(Data):
    """Colour images of 32x32."""

    pixels: Bytes
    """(n, 3072): red, green and blue, row by row."""
    extractor: Extractor | None = None
    name: str = "cifar10"
    judged: int = 1000
    width: int = NUMBERS

    @property
    def metrics(self) -> tuple[Metric, ...]:  # type: ignore[override]
        """Samples, and what the extractor is for."""
        samples = Metric("samples", "the first 16 images, pixel by pixel", 16 * NUMBERS)
        if self.extractor is None:
            return (samples,)
        return (
            Metric("inception", f"inception score, the mean over {SPLITS} parts of the images"),
            Metric("fid", "Frechet distance to the data in the extractor's features"),
            samples,
        )

    def draw(self, rng: np.random.Generator, count: int) -> Singles:
        """Images with replacement."""
        return scaled(self.pixels[rng.integers(0, len(self.pixels), count)])

    def measure(self, samples: Floats) -> dict[str, Floats]:
        """Of each lane's images."""
        found: dict[str, Any] = {"samples": samples[:, :16].reshape(len(samples), -1)}
        if self.extractor is not None:
            seen = [self._extracted(lane.astype(np.float32)) for lane in samples]
            scores = [(inception_score(p), frechet(*moments(f), *self._real)) for f, p in seen]
            found["inception"], found["fid"] = np.array(scores).T
        return found

    @cached_property
    def _real(self) -> tuple[Floats, Floats]:
        """Mean and covariance of the features of all the data."""
        parts = np.array_split(self.pixels, -(-len(self.pixels) // self.judged))
        return moments(np.concatenate([self._extracted(scaled(part))[0] for part in parts]))

    def _extracted(self, images: Singles) -> tuple[Floats, Floats]:
        """The extractor's answer, checked."""
        assert self.extractor is not None
        features, chances = map(np.asarray, self.extractor(images.reshape(-1, 3, 32, 32)))
        n = len(images)
        if (
            features.shape[:1] != (n,)
            or chances.shape[:1] != (n,)
            or chances.ndim + features.ndim != 4
        ):
            raise UserError(
                f"The extractor must give features ({n}, k) and probabilities ({n}, classes) of {n} images; "
                f"got shapes {features.shape} and {chances.shape}."
            )
        return features.astype(float), chances.astype(float)


def scaled(pixels: Bytes) -> Singles:
    """From -1 to 1, as in the authors' programs."""
    return (pixels.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)


def inception_score(chances: Floats) -> float:
    """exp of the mean divergence of probabilities (n, classes) from their mean.

    Salimans, Goodfellow, Zaremba, Cheung, Radford, Chen. Improved Techniques for Training GANs. NIPS 2016.
    """
    scores = []
    for part in np.array_split(chances, min(SPLITS, len(chances))):
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(part > 0, part * np.log(part / part.mean(0)), 0.0)
        scores.append(np.exp(terms.sum(1).mean()))
    return float(np.mean(scores))


def read_cifar10(path: str | Path) -> Bytes:
    """The training images in a folder, or in one file, of the Python or the binary version: (n, 3072)."""
    path = Path(path)
    files = [path] if path.is_file() else list(_batches(path))
    if not files:
        raise UserError(
            f"'{path}' is neither a folder with CIFAR-10's data_batch_1 to data_batch_5 (with or without "
            ".bin) nor one of these files."
        )
    return np.concatenate([_binary(f) if f.suffix == ".bin" else _pickled(f) for f in files])


def _batches(folder: Path) -> Iterable[Path]:
    for ending in ("", ".bin"):
        found = [folder / f"{name}{ending}" for name in BATCHES]
        there = [file for file in found if file.is_file()]
        if there and len(there) < len(found):
            missing = ", ".join(file.name for file in found if file not in there)
            raise UserError(f"The CIFAR-10 folder '{folder}' lacks {missing}.")
        if there:
            return there
    return ()


def _binary(file: Path) -> Bytes:
    """Records of one byte, the class, and 3,072, the image."""
    read = np.fromfile(file, dtype=np.uint8)
    if not read.size or read.size % (NUMBERS + 1):
        raise UserError(
            f"'{file}' is no binary file of CIFAR-10: it has {read.size} bytes, no multiple of {NUMBERS + 1}."
        )
    return read.reshape(-1, NUMBERS + 1)[:, 1:]


def _pickled(file: Path) -> Bytes:
    """A pickled dictionary with the images under ``data``."""
    try:
        with file.open("rb") as stream:
            data = np.asarray(_Plain(stream, encoding="bytes").load()[b"data"])
    except Exception as error:
        raise UserError(
            f"'{file}' is no file of CIFAR-10 for Python ({type(error).__name__}: {error})."
        ) from error
    if data.ndim != 2 or data.shape[1] != NUMBERS or data.dtype != np.uint8:
        raise UserError(
            f"'{file}' holds {data.dtype} numbers of shape {data.shape}; CIFAR-10 has uint8, (n, {NUMBERS})."
        )
    return data


class _Plain(pickle.Unpickler):
    """Reads arrays and plain things only: a pickle could do anything else, too."""

    ALLOWED = ("_reconstruct", "ndarray", "dtype", "encode")

    def find_class(self, module: str, name: str) -> Any:
        """Refuses everything but what arrays are made of."""
        if module.split(".")[0] not in ("numpy", "_codecs") or name not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)
