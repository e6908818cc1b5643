"""Test functions of this project."""

from minmaxbench.problems.planar import planar

planar(
    "degenerate_coupled_1d",
    title="xy - x^2/20: degenerate local minimax that tau-GDA never finds",
    formula="-x**2/20 + x*y",
    starts=(
        (1.0, 1.0),
        (0.5, 0.5),
    ),
    classes=(
        "nonconvex-linear",
        "degenerate",
        "quadratic",
    ),
    source="constructed here as a control",
    note="Starts: chosen here.",
    confidence="own",
)
