"""The robust polynomial of Bertsimas, Nohadani and Teo (Operations Research 2010)."""

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box
from minmaxbench.problems.several import Known, game

U, V = "(x1 + y1)", "(x2 + y2)"

game(
    "bertsimas_robust_poly",
    title="robust polynomial: min over x, max over |y| <= 1/2 of a sextic at x + y",
    formula=(
        f"2*{U}**6 - 12.2*{U}**5 + 21.2*{U}**4 - 6.4*{U}**3 - 4.7*{U}**2 + 6.2*{U} + {V}**6 "
        f"- 11*{V}**5 + 43.3*{V}**4 - 74.8*{V}**3 + 56.9*{V}**2 - 10*{V} - 0.1*{U}**2*{V}**2 "
        f"+ 0.4*{U}**2*{V} + 0.4*{U}*{V}**2 - 4.1*{U}*{V}"
    ),
    dx=2,
    dy=2,
    x=Box((-0.95, -0.45), (3.2, 4.4)),
    y=Ball(0.5),
    region=(-0.95, 3.2),
    classes=("nonconvex-nonconcave", "boxed"),
    points=(Known((3.2, 1.4808018707963262), (-0.5, 0.0), Kind.NASH),),
    proof="the variational inequality solved from 200 starts; the kind from samples of its definition",
    source=(
        "Bertsimas, Nohadani, Teo. Robust Optimization for Unconstrained Simulation-Based Problems. "
        "Operations Research 2010; Bogunovic, Scarlett, Jegelka, Cevher. Adversarially Robust "
        "Optimization with Gaussian Processes. NeurIPS 2018; Liu et al. Min-Max Optimization without "
        "Gradients. ICML 2020"
    ),
    note="The robust optimum is x = (-0.18128783, 0.29157242) with worst value 4.28277331 (a grid, then "
    "Nelder and Mead): several y reach it, so it is no stationary point. Local Nash points and curves "
    "of stationary points in the interior, along which x + y is constant, are not all listed.",
    confidence="high",
)
