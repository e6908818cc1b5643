"""Test functions of Mescheder, Geiger and Nowozin (ICML 2018)."""

from minmaxbench.problems.planar import planar

planar(
    "dirac_gan",
    title="Dirac-GAN (Mescheder): -log(1+exp(-xy)) - log 2",
    formula="-softplus(-x*y) - log(2)",
    starts=((1.0, 1.0),),
    classes=(
        "nonconvex-concave",
        "limit-cycle",
    ),
    source=(
        "Mescheder, Geiger, Nowozin. Which Training Methods for GANs do actually "
        "Converge? ICML 2018, arXiv:1801.04406"
    ),
    note="Starts: Fiez-Ratliff code (1,1).",
    confidence="high",
)

planar(
    "dirac_gan_r1",
    title="Dirac-GAN with R1 penalty, gamma = 0.3",
    formula="-3*y**2/20 - softplus(-x*y) - log(2)",
    starts=((1.0, 1.0),),
    classes=("nonconvex-strongly-concave",),
    source=(
        "Mescheder, Geiger, Nowozin. Which Training Methods for GANs do actually "
        "Converge? ICML 2018, arXiv:1801.04406; Fiez, Ratliff. Local Convergence Analysis "
        "of Gradient Descent Ascent with Finite Timescale Separation. ICLR 2021 "
        "(arXiv:2009.14820)"
    ),
    note=(
        "Settings in the source: gamma = 0.3 (Fiez-Ratliff reg = 0.3 or 1.0; tau in "
        "{1,4,8,16}). Starts: Fiez-Ratliff code (1,1)."
    ),
    confidence="high",
)
