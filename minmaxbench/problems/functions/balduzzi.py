"""Test functions of Balduzzi et al. (ICML 2018)."""

from minmaxbench.problems.planar import planar

planar(
    "balduzzi_strong_rotation",
    title="x^2/2 + 10xy - y^2/2",
    formula="x**2/2 + 10*x*y - y**2/2",
    starts=((1.0, 1.0),),
    classes=(
        "convex-concave",
        "quadratic",
    ),
    source=(
        "Balduzzi, Racaniere, Martens, Foerster, Tuyls, Graepel. The Mechanics of "
        "n-Player Differentiable Games. ICML 2018, arXiv:1802.05642"
    ),
    note="Starts: chosen here.",
    confidence="medium",
)
