"""Test functions of Keswani, Mangoubi, Sachdeva and Vishnoi (ICML 2022)."""

from minmaxbench.problems.planar import planar

WANG = (
    "Wang, Zhang, Ba. On Solving Minimax Optimization Locally: A Follow-the-Ridge "
    "Approach. ICLR 2020, arXiv:1910.07512; Keswani, Mangoubi, Sachdeva, Vishnoi. A "
    "Convergent and Dimension-Independent Min-Max Optimization Algorithm. ICML 2022, "
    "arXiv:2006.12376"
)

planar(
    "ftr_f1",
    title="FTR / Keswani F1 (quadratic, local minimax that GDA repels)",
    formula="-3*x**2 + 4*x*y - y**2",
    starts=(
        (5.0, 7.0),
        (5.5, 5.5),
    ),
    classes=(
        "nonconvex-strongly-concave",
        "quadratic",
    ),
    source=WANG,
    note=(
        "Settings in the source: eta 0.05; Keswani et al.: sigma 0.5, delta 0.03, eps "
        "0.001, stop after 20 rejections. Starts: (5,7) FTR code, (5.5,5.5) Keswani code."
    ),
    confidence="high",
)

planar(
    "ftr_f2",
    title="FTR / Keswani F2 (quadratic, GDA-stable non-minimax)",
    formula="3*x**2 + 4*x*y + y**2",
    starts=(
        (6.0, 5.0),
        (5.5, 5.5),
    ),
    classes=(
        "convex-convex",
        "quadratic",
        "negative-control",
    ),
    source=WANG,
    note="Starts: (6,5) FTR code, (5.5,5.5) Keswani code.",
    confidence="high",
)

planar(
    "keswani_f3",
    title="Keswani F3 = STON'R f1 = Zheng 'sixth-order polynomial' (Gaussian-damped sextic)",
    formula="(4*x**2 - y**4/10 - (x**3/20 - 3*x + y)**2)*exp(-x**2/100 - y**2/100)",
    starts=(
        (5.5, 5.5),
        (7.0, 5.0),
        (-1.0, -1.0),
        (-1.0, 0.0),
        (-1.0, 1.0),
        (-0.5, -1.0),
        (-0.5, 1.0),
        (0.0, -1.0),
        (0.0, 1.0),
        (0.5, -1.0),
        (0.5, 1.0),
        (1.0, -1.0),
        (1.0, 0.0),
        (1.0, 1.0),
    ),
    # f vanishes at infinity, so its extremes are stationary values; L is the largest spectral norm of
    # the Hessian on a fine grid, rounded up.
    bounds=(-2183.4734, 134.2318),
    smoothness=107.54,
    classes=(
        "nonconvex-nonconcave",
        "bounded",
    ),
    source=(
        "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent "
        "Min-Max Optimization Algorithm. ICML 2022, arXiv:2006.12376; Daskalakis, "
        "Golowich, Skoulakis, Zampetakis. STay-ON-the-Ridge: Guaranteed Convergence to "
        "Local Minimax Equilibrium in Nonconvex-Nonconcave Games. COLT 2023; Zheng, Zhu, "
        "So, Blanchet, Li. Universal Gradient Descent Ascent Method for Nonconvex-"
        "Nonconcave Minimax Optimization. NeurIPS 2023"
    ),
    note=(
        "Starts: (5.5,5.5) Keswani code, (7,5) FTR code, the rest Zheng et al. code (12 "
        "of 14 points)."
    ),
    confidence="high",
)
