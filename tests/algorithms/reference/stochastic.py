"""Methods for minibatches. ``g.minibatch()`` is the game on samples of its own, seen by all calls made
of it; ``g.fresh()`` that of one gradient call; ``g.whole()`` is f itself."""

from reference.lists import add, apply, mul, split, sub, transpose
from reference.whole import Whole


def seg_same_sample(g, x, y, eta, r, q):
    """Both half-steps on one minibatch."""
    w, z, t = Whole(g), [*x, *y], 1
    while True:
        yield split(z, w.dx)
        i, step = Whole(g.minibatch()), eta / t**q
        look = w.P(add(z, i.F(z), -r * step))
        z = w.P(add(z, i.F(look), -step))
        t += 1


def bcseg_plus(g, x, y, gamma, alpha0, c, decay):
    """The look ahead corrected by that of the step before, on the same samples."""
    w, z, t = Whole(g), [*x, *y], 1
    old, old_look = z, z
    while True:
        yield split(z, w.dx)
        a = alpha0 / (t / c + 1) ** (0.5 if decay == "root" else 1)
        i = Whole(g.minibatch())
        h = sub(z, mul(gamma, i.F(z)))
        h = add(h, add(sub(old_look, old), i.F(old), gamma), 1 - a)
        look = w.P(h)
        j = Whole(g.fresh())
        old, z = z, w.P(sub(z, mul(a, add(sub(h, look), j.F(look), gamma))))
        old_look = look
        t += 1


def both(i, j, z):
    """(F_i + F_j)/2 and (J_i' F_j + J_j' F_i)/2 at z."""
    a, b = i.F(z), j.F(z)
    turned = add(apply(transpose(i.J(z)), b), apply(transpose(j.J(z)), a))
    return mul(0.5, add(a, b)), mul(0.5, turned)


def pair(g, count):
    """Two minibatches; the second is drawn when the first has been asked for count gradients."""
    i = Whole(g.minibatch())
    return i, Whole(g.minibatch(after=2 * count))


def shgd(g, x, y, eta):
    """Hamiltonian descent on two minibatches."""
    return sco(g, x, y, 0.0, eta)


def sco(g, x, y, eta, gamma):
    """Consensus on two minibatches."""
    w, z = Whole(g), [*x, *y]
    while True:
        yield split(z, w.dx)
        F, H = both(*pair(g, 1), z)
        z = w.P(add(add(z, F, -eta), H, -gamma))


def svrco(g, x, y, eta, gamma, p):
    """The same, corrected by a snapshot."""
    w, z, k = Whole(g), [*x, *y], 0

    def on_all(z):
        f = Whole(g.whole())
        F = f.F(z)
        return F, apply(transpose(f.J(z)), F)

    at, there = z, on_all(z)
    while True:
        yield split(z, w.dx)
        i, j = pair(g, 2)
        here, then = both(i, j, z), both(i, j, at)
        F, H = (add(sub(a, b), c) for a, b, c in zip(here, then, there, strict=True))
        z = w.P(add(add(z, F, -eta), H, -gamma))
        if g.uniform("snapshots", k, 1)[0] < p:
            at, there = z, on_all(z)
        k += 1
