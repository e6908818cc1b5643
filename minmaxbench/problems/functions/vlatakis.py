"""Test functions of Vlatakis-Gkaragkounis, Flokas and Piliouras (NeurIPS 2019)."""

from minmaxbench.problems.planar import planar

planar(
    "hidden_matching_pennies",
    title="hidden matching pennies tanh(x/2) tanh(y/2)",
    formula="tanh(x/2)*tanh(y/2)",
    starts=(
        (1.0, 1.0),
        (2.0, -1.0),
    ),
    bounds=(-1.0, 1.0),
    smoothness=0.25,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
        "hidden-bilinear",
        "limit-cycle",
    ),
    source=(
        "Vlatakis-Gkaragkounis, Flokas, Piliouras. Poincare Recurrence, Cycles and "
        "Spurious Equilibria in GDA for Non-Convex Non-Concave Zero-Sum Games. NeurIPS "
        "2019, arXiv:1910.13010"
    ),
    note="Starts: chosen here.",
    confidence="medium",
)
