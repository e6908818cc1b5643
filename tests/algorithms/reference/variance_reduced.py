"""Variance reduction: a snapshot and F there, or an estimate that is carried on."""

from reference.lists import add, mul, split, sub
from reference.whole import Whole


class Snapshot:
    """A point and F there."""

    def __init__(self, g, z):
        self.g, self.at, self.F = g, z, Whole(g.whole()).F(z)

    def corrected(self, z):
        """F_i(z) - F_i(w) + F(w) on a minibatch of its own."""
        i = Whole(self.g.minibatch())
        return add(sub(i.F(z), i.F(self.at)), self.F)


def l_svrgda(g, x, y, eta, p):
    """The snapshot is the iterate before the step."""
    w, z, k = Whole(g), [*x, *y], 0
    snap = Snapshot(g, z)
    while True:
        yield split(z, w.dx)
        before, z = z, w.P(add(z, snap.corrected(z), -eta))
        if g.uniform("snapshots", k, 1)[0] < p:
            snap = Snapshot(g, before)
        k += 1


def svre(g, x, y, eta, p):
    """Extragradient, both half-steps corrected."""
    w, z, k = Whole(g), [*x, *y], 0
    snap = Snapshot(g, z)
    while True:
        yield split(z, w.dx)
        look = w.P(add(z, snap.corrected(z), -eta))
        z = w.P(add(z, snap.corrected(look), -eta))
        if g.uniform("snapshots", k, 1)[0] < p:
            snap = Snapshot(g, z)
        k += 1


def eg_vr(g, x, y, eta, p):
    """From a point between the iterate and the snapshot."""
    w, z, k = Whole(g), [*x, *y], 0
    snap = Snapshot(g, z)
    while True:
        yield split(z, w.dx)
        mean = add(mul(1 - p, z), snap.at, p)
        look = w.P(add(mean, snap.F, -eta))
        z = w.P(add(mean, snap.corrected(look), -eta))
        if g.uniform("snapshots", k, 1)[0] < p:
            snap = Snapshot(g, z)
        k += 1


def vr_forb(g, x, y, eta, p):
    """F(w) + F_i(z) - F_i(the snapshot of the step before)."""
    w, z, k = Whole(g), [*x, *y], 0
    snap = Snapshot(g, z)
    previous = snap.at
    while True:
        yield split(z, w.dx)
        i = Whole(g.minibatch())
        F = sub(add(snap.F, i.F(z)), i.F(previous))
        z = w.P(add(add(mul(1 - p, z), snap.at, p), F, -eta))
        previous = snap.at
        if g.uniform("snapshots", k, 1)[0] < p:
            snap = Snapshot(g, z)
        k += 1


def svrg_gda(g, x, y, eta_x, eta_y, m, alternating):
    """Epochs of m steps, a minibatch a player."""
    k = 0
    while True:
        if k % m == 0:
            wx, wy, f = x, y, g.whole()
            full_x, full_y = f.gx(x, y), f.gy(x, y)
        yield x, y
        i = g.minibatch()
        gx = add(sub(i.gx(x, y), i.gx(wx, wy)), full_x)
        new = g.px(add(x, gx, -eta_x))
        j = g.minibatch()
        gy = add(sub(j.gy(new if alternating else x, y), j.gy(wx, wy)), full_y)
        x, y = new, g.py(add(y, gy, eta_y))
        k += 1


def spider_gda(g, x, y, eta_x, eta_y, m):
    """Without a proximal term."""
    return spider_gda_catalyst(g, x, y, eta_x, eta_y, m, 0.0, 1, 0.0)


def spider_gda_catalyst(g, x, y, eta_x, eta_y, m, beta, epochs, gamma):
    """Epochs of an exact step and m corrected ones; the centre of beta/2 |x - u|^2 moves."""
    centre = base = x
    old, k = (x, y), 0
    while True:
        yield x, y
        # The samples are drawn whether or not they are looked at: a draw is numbered by calls.
        i = g.minibatch()
        if k % (m + 1) == 0:
            f = g.whole()
            vx, vy = f.gx(x, y), f.gy(x, y)
        else:
            vx = add(vx, sub(i.gx(x, y), i.gx(*old)))
            vy = add(vy, sub(i.gy(x, y), i.gy(*old)))
        old = x, y
        pulled = add(vx, sub(x, centre), beta)
        x, y = g.px(add(x, pulled, -eta_x)), g.py(add(y, vy, eta_y))
        k += 1
        if k % (epochs * (m + 1)) == 0:
            centre = add(x, sub(x, base), gamma)
            base = x
