"""Test functions of Wang, Zhang and Ba (ICLR 2020)."""

from minmaxbench.problems.planar import planar

planar(
    "ftr_f3",
    title="FTR f3 = F3 / 10 (scale used in the FTR authors' code)",
    formula="(2*x**2/5 - y**4/100 - (x**3/20 - 3*x + y)**2/10)*exp(-x**2/100 - y**2/100)",
    starts=((7.0, 5.0),),
    # A tenth of keswani_f3.
    bounds=(-218.34734, 13.42318),
    smoothness=10.754,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
    ),
    source=(
        "Wang, Zhang, Ba. On Solving Minimax Optimization Locally: A Follow-the-Ridge "
        "Approach. ICLR 2020, arXiv:1910.07512"
    ),
    note="Starts: FTR code.",
    confidence="high",
)
