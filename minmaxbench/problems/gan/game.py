"""A GAN as a min-max problem: two networks, data, a loss."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch.nn.functional import softplus

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Box, Set, Space
from minmaxbench.core.stochastic import Numbers, Stochastic
from minmaxbench.errors import UserError
from minmaxbench.problems.gan.data import Data, fill_normal
from minmaxbench.problems.gan.networks import Network

LOSSES = ("saturating", "nonsaturating", "wasserstein")
LARGE = 2
"""The fixed sample that stands for all data, where no minibatch is asked about, in minibatches."""

SIDE = 24
LANDSCAPE = Metric(
    "landscape",
    f"half the side of a square round 0, and the discriminator on {SIDE}x{SIDE} points of it, from below",
    1 + SIDE**2,
)

Tensor = Any


@dataclass(frozen=True)
class Minibatch:
    """Real samples (lanes, B, width), noise (lanes, B, first), and what interpolation and dropout need."""

    real: Tensor
    noise: Tensor
    between: Tensor = None
    """(lanes, B, 1), for the gradient penalty."""
    masks: tuple[Tensor, ...] = ()
    """For each layer with dropout, (lanes, 2B, units): of the fake samples, then of the real ones."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Gan(Stochastic):
    """min over the generator, max over the discriminator.

    With D the discriminator's logits, sigma the logistic function, means over a minibatch:

    - ``saturating``: f = mean log sigma(D(real)) + mean log(1 - sigma(D(fake))), for both players
      (Goodfellow et al., NIPS 2014, equation 1);
    - ``nonsaturating``: the same f, but the generator descends - mean log sigma(D(fake));
    - ``wasserstein``: f = mean D(real) - mean D(fake) (Arjovsky, Chintala, Bottou, ICML 2017); ``clip``
      keeps every parameter of the discriminator in [-clip, clip].

    The discriminator ascends f less ``penalty`` times the mean of (|grad D| - 1)^2 between real and fake
    samples (Gulrajani et al., NIPS 2017), and less ``r1``/2 times the mean of |grad D|^2 at real ones
    (Mescheder, Geiger, Nowozin, ICML 2018). All is in single precision. Dropout acts on what players
    play for, not on f.
    """

    name: str
    about: About
    data: Data
    generator: Network
    discriminator: Network
    loss: str = "saturating"
    batch_size: int = 512
    clip: float | None = None
    penalty: float = 0.0
    r1: float = 0.0
    lanes: int | None = 5
    worth: int = LARGE
    single: bool = True

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise UserError(f"The loss of a GAN is one of {', '.join(LOSSES)}; got '{self.loss}'.")
        ends = {
            "generator's last": (self.generator.widths[-1], self.data.width),
            "discriminator's first": (self.discriminator.widths[0], self.data.width),
            "discriminator's last": (self.discriminator.widths[-1], 1),
        }
        for what, (got, wanted) in ends.items():
            if got != wanted:
                raise UserError(f"The {what} width of '{self.name}' is {wanted}; got {got}.")
        have = len(getattr(self.data, "pixels", ())) or float("inf")
        if not 1 <= self.batch_size <= have:
            all_there_are = f"to {have} samples, which is all there are"
            can = "or more samples" if have == float("inf") else all_there_are
            raise UserError(f"A minibatch of '{self.name}' has 1 {can}; got {self.batch_size}.")

    @property
    def dx(self) -> int:  # type: ignore[override]
        """The generator's parameters."""
        return self.generator.size

    @property
    def dy(self) -> int:  # type: ignore[override]
        """The discriminator's."""
        return self.discriminator.size

    @property
    def y_set(self) -> Set:  # type: ignore[override]
        """A box where weights are clipped; its bounds are numbers of single precision."""
        if self.clip is None:
            return Space()
        bound = float(np.float32(self.clip))
        return Box(-bound, bound)

    @property
    def metrics(self) -> tuple[Metric, ...]:  # type: ignore[override]
        """Those of the data, and in the plane the discriminator's landscape."""
        return (*self.data.metrics, *([LANDSCAPE] if self.data.reach else []))

    @property
    def zero_sum(self) -> bool:  # type: ignore[override]
        """Unless the generator has its own loss, or the discriminator pays penalties or drops units."""
        own = self.loss == "nonsaturating" or bool(self.discriminator.dropout)
        return not (own or self.penalty or self.r1)

    @property
    def offers(self) -> frozenset[Call]:
        """Hessian-vector products where both players play for f."""
        return super().offers

    def draw(self, xp: Namespace, numbers: Numbers) -> Minibatch:
        """Real samples and noise; each lane's from a generator of its own, seeded by the call's numbers."""
        uniform = numbers.uniform("key", 2)
        words = np.asarray(uniform.cpu() if isinstance(uniform, torch.Tensor) else uniform)
        seeds = np.floor(words * 2.0**52).astype(np.uint64)
        return self._stacked([np.random.Generator(np.random.SFC64(seed)) for seed in seeds])

    def _stacked(self, rngs: list[np.random.Generator], size: int | None = None) -> Minibatch:
        b = size or self.batch_size
        first = self.generator.widths[0]
        real = np.stack([self.data.draw(rng, b) for rng in rngs])
        noise = np.empty((len(rngs), b, first), dtype=np.float32)
        for rng, row in zip(rngs, noise, strict=True):
            fill_normal(rng, row.reshape(-1))
        between, masks = None, ()
        if self.penalty:
            between = _tensor(np.stack([rng.random((b, 1), dtype=np.float32) for rng in rngs]))
        if size is None:
            d = self.discriminator
            shapes = [(2 * b, d.widths[k + 1]) for k in d.dropout]
            masks = tuple(_tensor(_mask(rngs, shape, d.dropped)) for shape in shapes)
        return Minibatch(_tensor(real), _tensor(noise), between, masks)

    def _asked(self) -> Minibatch:
        """The minibatch that is asked about, or the large fixed sample."""
        if self.batch is not None:
            return self.batch  # type: ignore[no-any-return]
        return self._large

    @cached_property
    def _large(self) -> Minibatch:
        return self._stacked([np.random.default_rng(0)], LARGE * self.batch_size)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, without dropout."""
        batch = self._asked()
        with torch.no_grad():
            g, d = _single(x), _single(y)
            real, fake = self._logits(d, batch, self.generator(g, batch.noise), ())
            return _like(x, self._f(real, fake))

    def loss_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """What the generator descends."""
        with torch.enable_grad():
            return _like(x, self._plays(_single(x), _single(y), self._asked())[0])

    def gain_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """What the discriminator ascends."""
        with torch.enable_grad():
            return _like(x, self._plays(_single(x), _single(y), self._asked())[1])

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both players' gradients on one minibatch."""
        with torch.enable_grad():
            g, d = _single(x).requires_grad_(), _single(y).requires_grad_()
            down, up = self._plays(g, d, self._asked())
            if self.zero_sum:
                gx, gy = torch.autograd.grad(up.sum(), (g, d))
            else:
                (gx,) = torch.autograd.grad(down.sum(), g, retain_graph=True)
                (gy,) = torch.autograd.grad(up.sum(), d)
        return _like(x, gx), _like(y, gy)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The generator's gradient alone."""
        batch, g = self._asked(), _single(x)
        with torch.enable_grad():
            g = g.requires_grad_()
            fake = self._d(_single(y), self.generator(g, batch.noise), _half(batch, 0))
            return _like(x, torch.autograd.grad(self._down(fake).sum(), g)[0])

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The discriminator's gradient alone: the generator is not differentiated."""
        with torch.enable_grad():
            d = _single(y).requires_grad_()
            up = self._plays(_single(x), d, self._asked())[1]
            return _like(y, torch.autograd.grad(up.sum(), d)[0])

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v): the gradient of the gradients' product with (u, v)."""
        with torch.enable_grad():
            g, d = _single(x).requires_grad_(), _single(y).requires_grad_()
            f = self._plays(g, d, self._asked())[1]
            gx, gy = torch.autograd.grad(f.sum(), (g, d), create_graph=True)
            along = (gx * _single(u)).sum() + (gy * _single(v)).sum()
            hx, hy = torch.autograd.grad(along, (g, d), allow_unused=True, materialize_grads=True)
        return _like(x, hx), _like(y, hy)

    def _d(self, d: Tensor, inputs: Tensor, masks: Any) -> Tensor:
        return self.discriminator(d, inputs, masks)[..., 0]

    def _logits(
        self, d: Tensor, batch: Minibatch, fake: Tensor, masks: Any
    ) -> tuple[Tensor, Tensor]:
        """D of the real and of the fake samples, in one pass: (lanes, B) each."""
        real = batch.real.expand(fake.shape[0], -1, -1)
        both = self._d(d, torch.cat([fake, real], dim=1), masks or None)
        b = fake.shape[1]
        return both[:, b:], both[:, :b]

    def _plays(self, g: Tensor, d: Tensor, batch: Minibatch) -> tuple[Tensor, Tensor]:
        """What the generator descends and the discriminator ascends."""
        fake = self.generator(g, batch.noise)
        at_real, at_fake = self._logits(d, batch, fake, batch.masks)
        gain = self._f(at_real, at_fake)
        if self.penalty:
            assert batch.between is not None
            point = batch.between * batch.real + (1 - batch.between) * fake.detach()
            slope = self._slope(d, point)
            gain = gain - self.penalty * ((slope - 1) ** 2).mean(1)
        if self.r1:
            gain = gain - self.r1 / 2 * (
                self._slope(d, batch.real.expand(len(d), -1, -1)) ** 2
            ).mean(1)
        return self._down(at_fake) if not self.zero_sum else gain, gain

    def _slope(self, d: Tensor, point: Tensor) -> Tensor:
        """|grad D| at points, (lanes, B)."""
        point = point.detach().requires_grad_()
        out = self._d(d, point, None).sum()
        (slope,) = torch.autograd.grad(out, point, create_graph=True)
        # The root has no derivative at 0, where ReLU units are dead.
        return torch.sqrt((slope * slope).sum(-1) + 1e-16)

    def _f(self, real: Tensor, fake: Tensor) -> Tensor:
        if self.loss == "wasserstein":
            return real.mean(1) - fake.mean(1)
        return -softplus(-real).mean(1) - softplus(fake).mean(1)

    def _down(self, fake: Tensor) -> Tensor:
        """What the generator descends, without what does not depend on it."""
        if self.loss == "wasserstein":
            return -fake.mean(1)
        return softplus(-fake).mean(1) if self.loss == "nonsaturating" else -softplus(fake).mean(1)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The metrics of ``data.judged`` samples from noise that is always the same."""
        found = []
        with torch.no_grad(), torch.device("cpu"):
            # A lane at a time: the samples of all of them at once would leave the cache.
            for row in x:
                made = self.generator(_single(row[None]), self._judged).numpy().astype(float)
                found.append(self.data.measure(made))
            whole = {m.name: np.concatenate([f[m.name] for f in found]) for m in self.data.metrics}
            if reach := self.data.reach:
                side = torch.linspace(-reach, reach, SIDE, dtype=torch.float32)
                points = torch.cartesian_prod(side, side).flip(1)[None]
                heights = self._d(_single(y), points, None).numpy()
                whole["landscape"] = np.hstack([np.full((len(y), 1), reach), heights])
        return whole

    @cached_property
    def _judged(self) -> Tensor:
        """The noise of the samples that are judged: to draw it takes as long as all the rest of a look."""
        rng = np.random.default_rng(1)
        shape = (1, self.data.judged, self.generator.widths[0])
        return torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The initial weights that uniform numbers in (0, 1) stand for."""
        return self.generator.begin(x), self.discriminator.begin(y)


def _mask(rngs: list[np.random.Generator], shape: tuple[int, int], dropped: float) -> Floats:
    """Zeros for the units that are left out, and what keeps the mean for the others."""
    kept = np.stack([rng.random(shape, dtype=np.float32) for rng in rngs]) >= dropped
    return kept / np.float32(1 - dropped)


def _half(batch: Minibatch, which: int) -> Any:
    """The masks of the fake samples (0) or of the real ones (1); None where nothing is left out."""
    b = batch.noise.shape[1]
    return tuple(m[:, which * b : (which + 1) * b] for m in batch.masks) or None


def _tensor(array: Any) -> Tensor:
    """On the device that is in use."""
    return torch.as_tensor(array, dtype=torch.float32)


def _single(a: Array) -> Tensor:
    """Parameters in single precision, with nothing recorded."""
    return (
        torch.as_tensor(np.array(a) if isinstance(a, np.ndarray) else a).detach().to(torch.float32)
    )


def _like(a: Array, result: Tensor) -> Array:
    """A result as an array of a's kind."""
    result = result.detach()
    return result.cpu().numpy().astype(float) if isinstance(a, np.ndarray) else result.to(a.dtype)
