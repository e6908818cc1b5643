"""Test functions of the textbooks."""

from minmaxbench.problems.planar import planar

planar(
    "bilinear_xy",
    title="bilinear xy",
    formula="x*y",
    starts=(
        (1.0, 1.0),
        (0.5, 0.5),
    ),
    classes=("bilinear",),
    source=(
        "classical; e.g. Goodfellow NIPS 2016 GAN tutorial V(x,y)=xy; Daskalakis, Ilyas, "
        "Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018"
    ),
    note="Starts: chosen here.",
    confidence="high",
)
