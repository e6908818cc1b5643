"""What the test of an (eps, omega)-approximate local equilibrium says of a run's final point."""

from __future__ import annotations

from minmaxbench.core.words import Worded


class Judgement(Worded):
    """A word for tables, and the sentence that users read."""

    YES = "equilibrium", "The final point is an (eps, omega)-approximate local equilibrium."
    NO = (
        "no equilibrium",
        "The final point is steep in y, or proposals improve on it with a probability above omega.",
    )
    OPEN = "cannot tell", "The interval for the probability of an improvement contains omega."
