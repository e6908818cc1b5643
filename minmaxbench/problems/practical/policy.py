"""Games of policies: linear-quadratic, and a small Markov game."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Kind, Metric, Points
from minmaxbench.core.sets import Box, Product, Simplex
from minmaxbench.problems.families.matrix_games import mixed
from minmaxbench.problems.practical.base import KNOWN, PRIMAL, Practical, unit
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator

A = np.array(
    [[0.906488, 0.0816012, -0.0005], [0.0741349, 0.90121, -0.000708383], [0.0, 0.0, 0.132655]]
)
B = np.array([[-0.00150808], [-0.0096], [0.867345]])
C = np.array([[0.00951892], [0.00038373], [0.0]])
"""The next state is A s + B u + C d: an aircraft's angle of attack, pitch rate and elevator."""
RICCATI, ASCENT = 400, 100
"""Iterations to the worst wind: to rounding where it lies inside its box, as about the equilibrium."""
STEEPEST = 60.0
"""More than the curvature of f in L where it matters: ascent with one over this does not overshoot."""


@register(
    "lq_game",
    About(
        title="zero-sum linear-quadratic game of linear policies: an aircraft in wind",
        source="Zhang, Yang, Basar. Policy Optimization Provably Converges to Nash Equilibria in Zero-Sum "
        "Linear Quadratic Games. NeurIPS 2019; matrices of Al-Tamimi, Lewis, Abu-Khalaf. Model-free "
        "Q-learning Designs for Linear Discrete-time Zero-sum Games. Automatica 2007",
        classes=("practical", "nonconvex-strongly-concave", "boxed"),
        region=(-0.3, 0.3),
        note="u = -K s, d = L s; f = the mean cost sum |s|^2 + u^2 - d^2 from s0 with covariance I. K and L "
        "lie in [-0.3, 0.3]^3, where the closed loop is stable.",
        confidence="high",
    ),
)
class LinearQuadraticGame(Practical):
    """x is K, y is L: three gains each. The equilibrium is that of the game's Riccati equation."""

    dx = dy = 3
    x_set = y_set = Box(-0.3, 0.3)
    metrics = (*KNOWN, Metric("spectral_radius", "of the closed loop; stable below 1"))

    def _loop(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """The closed loop F, and P = sum over t of F'^t (I + K'K - L'L) F^t: the cost of a state."""
        k, ell = x[..., None, :], y[..., None, :]
        loop = xp.asarray(A) - xp.asarray(B) * k + xp.asarray(C) * ell
        stage = xp.eye(3) + xp.matrix_transpose(k) * k - xp.matrix_transpose(ell) * ell
        return loop, _lyapunov(xp, loop, stage)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The trace of P."""
        return xp.sum(xp.asarray(np.eye(3)) * self._loop(xp, x, y)[1], axis=(-2, -1))

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """2 (K - B'PF) S and 2 (-L + C'PF) S with S the sum of F^t F'^t (Zhang et al., Lemma 3.1)."""
        loop, cost = self._loop(xp, x, y)
        turned = xp.matrix_transpose(loop)
        states = _lyapunov(xp, turned, 0 * loop + xp.eye(3))
        ahead = cost @ loop
        by_control, by_wind = (
            xp.sum(xp.asarray(m) * ahead, axis=-2, keepdims=True) for m in (B, C)
        )
        gx = 2 * (x[..., None, :] - by_control) @ states
        gy = 2 * (by_wind - y[..., None, :]) @ states
        return gx[..., 0, :], gy[..., 0, :]

    def answer(self, xp: Namespace, x: Array) -> Array:
        """The wind that is worst for K: by the Riccati equation, and where it leaves its box, by ascent."""
        k = xp.asarray(x)[..., None, :]
        loop = xp.asarray(A) - xp.asarray(B) * k
        stage, c = xp.eye(3) + k.mT * k, xp.asarray(C)
        cost = stage
        for _ in range(RICCATI):
            ahead = c.mT @ cost
            wind = (ahead @ loop) / (1 - ahead @ c)
            cost = stage + loop.mT @ cost @ loop + (ahead @ loop).mT @ wind
        y = self.y_set.project(xp, wind[..., 0, :])
        for _ in range(ASCENT):
            y = self.y_set.project(xp, y + self.grad_y(xp, x, y) / STEEPEST)
        return y

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And how stable the closed loop is."""
        loop = np.nan_to_num(self._loop(np, x, y)[0])
        return {
            **super().measure(x, y),
            "spectral_radius": np.abs(np.linalg.eigvals(loop)).max(-1),
        }

    @cached_property
    def _points(self) -> Points:
        """The iteration of the Riccati equation, to rounding."""
        both, price = np.column_stack([-B, C]), np.diag([1.0, -1.0])
        p = np.eye(3)
        for _ in range(2000):
            gains = -np.linalg.solve(price + both.T @ p @ both, both.T @ p @ A)
            loop = A + both @ gains
            p = np.eye(3) + gains.T @ price @ gains + loop.T @ p @ loop
        x, y = gains[:1], gains[1:]
        proof = "closed form: the stabilising solution of the game's Riccati equation, by iteration"
        return Points(x, y, self.value(np, x, y), (Kind.NASH,), complete=False, proof=proof)


def _lyapunov(xp: Namespace, loop: Array, stage: Array) -> Array:
    """The P with P = stage + F'PF, as 9 linear equations."""
    turned = xp.matrix_transpose(loop)
    lead = loop.shape[:-2]
    product = turned[..., :, None, :, None] * turned[..., None, :, None, :]
    system = xp.eye(9) - xp.reshape(product, (*lead, 9, 9))
    solved = xp.linalg.solve(system, xp.reshape(stage, (*lead, 9, 1)))
    return xp.reshape(solved, (*lead, 3, 3))


STATES, ACTIONS, DISCOUNT = 3, 3, 0.9
ROUNDS = 6
"""Newton's method on Shapley's equation: rounding is reached after five."""


@register(
    "markov_game",
    About(
        title="small Markov game, policies state by state: 3 states, 3 actions a player, discount 0.9",
        source="Daskalakis, Foster, Golowich. Independent Policy Gradient Methods for Competitive "
        "Reinforcement Learning. NeurIPS 2020; Shapley. Stochastic Games. PNAS 1953",
        classes=("practical", "nonconvex-nonconcave", "simplex", "bounded"),
        region=(0.0, 1.0),
        bounds=(0.0, 1.0),
        note="f = (1 - 0.9) times the discounted reward from a random state, which x pays to y. Rewards are "
        "uniform in [0, 1] and transitions random, drawn once. Policies are direct: a simplex a state.",
        confidence="own",
    ),
)
class MarkovGame(Practical):
    """x[s, a] and y[s, b] are the chances of actions."""

    dx = dy = STATES * ACTIONS
    x_set = y_set = Product(((Simplex(), ACTIONS),) * STATES)
    metrics = (*KNOWN, Metric("exploitability", "what both players could still win, together"))

    def __init__(self) -> None:
        super().__init__()
        rng = generator("markov_game")
        shape = STATES, ACTIONS, ACTIONS
        self.reward = rng.random(shape)
        """What y wins in state s where x plays a and y plays b: (s, a, b)."""
        self.moves = rng.dirichlet(np.ones(STATES), shape)
        """The chances of the next state: (s, a, b, next)."""

    def _play(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
        """Policies (lanes, s, a), the value of states, and how much time is spent in each."""
        p, q = (xp.reshape(z, (*z.shape[:-1], STATES, ACTIONS)) for z in (x, y))
        both = p[..., :, None] * q[..., None, :]
        won = xp.sum(both * xp.asarray(self.reward), axis=(-2, -1))
        chain = xp.sum(both[..., None] * xp.asarray(self.moves), axis=(-3, -2))
        system = xp.eye(STATES) - DISCOUNT * chain
        scaled = (1 - DISCOUNT) * won[..., None]
        value = xp.linalg.solve(system, scaled)[..., 0]
        even = 0 * scaled + 1 / STATES
        time = xp.linalg.solve(system.mT, even)[..., 0]
        return p, q, value, time

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The mean over first states."""
        return xp.mean(self._play(xp, x, y)[2], axis=-1)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """The policy gradient: time in a state, times what an action earns there."""
        p, q, value, time = self._play(xp, x, y)
        later = (xp.asarray(self.moves) @ value[..., None, None, :, None])[..., 0]
        earned = (1 - DISCOUNT) * xp.asarray(self.reward) + DISCOUNT * later
        gx = time[..., None] * xp.sum(earned * q[..., None, :], axis=-1)
        gy = time[..., None] * xp.sum(earned * p[..., :, None], axis=-2)
        return xp.reshape(gx, x.shape), xp.reshape(gy, y.shape)

    def primal(self, xp: Namespace, x: Array) -> Array:
        """What the best policy against x earns."""
        return self._best(x, self.reward, self.moves)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the exploitability."""
        mine = -self._best(y, -self.reward.swapaxes(1, 2), self.moves.swapaxes(1, 2))
        known = super().measure(x, y)
        return {**known, "exploitability": known[PRIMAL.name] - mine}

    def _best(self, policy: Floats, reward: Floats, moves: Floats) -> Floats:
        """The best that the other player earns against a policy, by value iteration to 1e-14."""
        p = policy.reshape(-1, STATES, ACTIONS)
        won = (1 - DISCOUNT) * np.einsum("nsa,sab->nsb", p, reward)
        chain = DISCOUNT * np.einsum("nsa,sabt->nsbt", p, moves)
        value = np.zeros((len(p), STATES))
        for _ in range(320):
            value = (won + (chain @ value[:, None, :, None])[..., 0]).max(-1)
        return np.asarray(value.mean(-1))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Spread over the simplices."""

        def spread(z: Floats) -> Floats:
            even = Simplex().spread(unit(z, 0.0, 1.0).reshape(*z.shape[:-1], STATES, ACTIONS))
            return even.reshape(z.shape)

        return spread(x), spread(y)

    @cached_property
    def _points(self) -> Points:
        """Pollatschek, Avi-Itzhak (Management Science 1969): solve the states' games, value the policies."""
        value = np.zeros(STATES)
        for _ in range(ROUNDS):
            games = (1 - DISCOUNT) * self.reward + DISCOUNT * self.moves @ value
            x = np.stack([mixed(game.T) for game in games]).reshape(1, -1)
            y = np.stack([mixed(-game) for game in games]).reshape(1, -1)
            value = self._play(np, x, y)[2][0]
        proof = "a linear program a state, until values are those of the policies that they give"
        return Points(x, y, self.value(np, x, y), (Kind.NASH,), complete=False, proof=proof)
