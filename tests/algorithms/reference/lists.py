"""Vectors as lists of floats."""


def add(a, b, s=1.0):
    """a + s b."""
    return [ai + s * bi for ai, bi in zip(a, b, strict=True)]


def sub(a, b):
    """a - b."""
    return [ai - bi for ai, bi in zip(a, b, strict=True)]


def mul(s, a):
    """s a."""
    return [s * ai for ai in a]


def inner(a, b):
    """<a, b>."""
    return sum(ai * bi for ai, bi in zip(a, b, strict=True))


def length(a):
    """|a|."""
    return inner(a, a) ** 0.5
