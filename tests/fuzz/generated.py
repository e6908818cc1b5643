"""What the fuzz tests share: how many inputs, what a refusal is, and how bytes are changed."""

import os
import random
import time

from hypothesis import HealthCheck, settings

from minmaxbench import UserError

COUNT = int(os.environ.get("MINMAXBENCH_FUZZ", "60"))
PATIENCE = 2.0
"""Seconds that a refusal may take."""


def fuzz(share=1.0):
    """So many examples: ``share`` of the count, where each takes long."""
    return settings(
        max_examples=max(1, int(share * COUNT)), deadline=None, derandomize=COUNT <= 60,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip


def one_sentence(error):
    text = str(error)
    assert text, "no words"
    assert "\n" not in text, text
    assert "Traceback" not in text
    assert len(text) < 2000, len(text)


def refused_or(work):
    """What ``work`` returns, or None if it raises one sentence; anything else fails."""
    began = time.perf_counter()
    try:
        return work()
    except UserError as error:
        one_sentence(error)
        assert time.perf_counter() - began < PATIENCE
        return None


def mutate(data: bytearray, rng: random.Random) -> None:
    place = rng.randrange(len(data)) if data else 0
    kind = rng.randrange(5)
    if kind == 0 and data:
        data[place] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[place:place] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 4)))
    elif kind == 2:
        del data[place : place + rng.randrange(1, 20)]
    elif kind == 3:
        data[place:place] = data[place : place + rng.randrange(1, 20)]
    elif data:
        data[place] = rng.choice(b'"[]{}=,.#\\0179-\n')
