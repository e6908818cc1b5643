"""The GANs by name; torch is imported when one is built."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from minmaxbench.core.problem import About, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import Entry, add

KESWANI = (
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022"
)
PLANE = ((256, 128, 128, 2), (2, 128, 128, 1))
"""The widths of generator and discriminator for mixtures in the plane."""
SMALL = ((32, 64, 64, 64), (64, 64, 64, 1))
DIGITS = ((100, 256, 512, 1024, 784), (784, 1024, 512, 256, 1))


def size(widths: tuple[int, ...]) -> int:
    """How many parameters a fully connected network has."""
    return sum((n + 1) * m for n, m in itertools.pairwise(widths))


def _known(name: str, title: str, source: str, widths: Any, build: Callable[[About], Any]) -> None:
    about = About(
        title=title,
        source=source,
        classes=("nonconvex-nonconcave", "network"),
        region=(0.0, 1.0),
        note="x is the generator's parameters, y the discriminator's; starts are weights drawn anew.",
        confidence="high" if source == KESWANI else "own",
    )

    def made(dx: int, dy: int) -> Problem:
        if importlib.util.find_spec("torch") is None:
            raise UserError(f"{name} needs PyTorch: pip install 'minmaxbench[gan]'.")
        return build(about)  # type: ignore[no-any-return]

    add(Entry(name, about, made, fixed=(size(widths[0]), size(widths[1])), listed=False))


def mixture(name: str, about: About, data: Any, width: int = 128, **settings: Any) -> Problem:
    """A GAN for a mixture in the plane, with hidden layers of this width."""
    from minmaxbench.problems.gan.game import Gan
    from minmaxbench.problems.gan.networks import Dense

    g, d = ((first, width, width, last) for first, *_, last in PLANE)
    nets: dict[str, Any] = {"generator": Dense(g), "discriminator": Dense(d)}
    return Gan(name=name, about=about, data=data, **nets, **settings)


def keswani(about: About | None = None, name: str = "gan_mixture", **settings: Any) -> Problem:
    """The Gaussian mixture of the paper: five angles of which two coincide, so four modes."""
    from minmaxbench.problems.gan.data import ring

    data = ring("mixture", np.linspace(0, 2 * np.pi, 5))
    return mixture(name, about or About(region=(0.0, 1.0)), data, **settings)


def _ring8(about: About) -> Problem:
    from minmaxbench.problems.gan.data import ring

    return mixture("gan_ring8", about, ring("ring8", 2 * np.pi * np.arange(8) / 8))


def _ring7(about: About) -> Problem:
    from minmaxbench.problems.gan.data import ring

    return mixture("gan_ring7", about, ring("ring7", np.linspace(0, 2 * np.pi, 8)))


def _grid(about: About) -> Problem:
    from minmaxbench.problems.gan.data import grid25

    return mixture("gan_grid25", about, grid25())


def images(name: str, about: About, data: Any, widths: Any, batch: int, dropout: bool) -> Problem:
    """A GAN for images, as the paper's of MNIST."""
    from minmaxbench.problems.gan.game import Gan
    from minmaxbench.problems.gan.networks import Dense

    g = Dense(widths[0], inner="leaky", last="tanh", start="glorot")
    d = Dense(widths[1], inner="leaky", dropout=(0, 1) if dropout else (), start="glorot")
    settings: dict[str, Any] = {"loss": "nonsaturating", "batch_size": batch, "lanes": 5}
    return Gan(name=name, about=about, data=data, generator=g, discriminator=d, **settings)


def _mnist(about: About) -> Problem:
    from minmaxbench.problems.gan.images import mnist01

    return images("gan_mnist01", about, mnist01(), DIGITS, 128, dropout=True)


def _digits(about: About) -> Problem:
    from minmaxbench.problems.gan.images import digits

    return images("gan_digits", about, digits(), SMALL, 64, dropout=False)


_known(
    "gan_mixture", "GAN of a mixture of four Gaussians, the saddle loss", KESWANI, PLANE, keswani
)
_known(
    "gan_mixture_wasserstein",
    "the same with the Wasserstein loss, weights clipped to 0.1",
    KESWANI,
    PLANE,
    lambda about: keswani(about, "gan_mixture_wasserstein", loss="wasserstein", clip=0.1),
)
_known(
    "gan_ring8", "GAN of eight Gaussians on a circle",
    "Metz, Poole, Pfau, Sohl-Dickstein. Unrolled Generative Adversarial Networks. ICLR 2017", PLANE, _ring8,
)  # fmt: skip
_known(
    "gan_ring7", "the eight Gaussians of the unrolled GANs' demo, of which two coincide",
    "Metz, Poole, Pfau, Sohl-Dickstein. Unrolled Generative Adversarial Networks. ICLR 2017", PLANE, _ring7,
)  # fmt: skip
_known(
    "gan_grid25", "GAN of 25 Gaussians on a grid",
    "Lin, Khetan, Fanti, Oh. PacGAN. NeurIPS 2018", PLANE, _grid,
)  # fmt: skip
_known("gan_mnist01", "GAN of the digits 0 and 1 of MNIST, 28x28", KESWANI, DIGITS, _mnist)
_known("gan_digits", "GAN of the digits 0 and 1 at 8x8: a smoke test", "own", SMALL, _digits)
