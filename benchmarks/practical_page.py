"""Print docs/practical.md: python -m benchmarks.practical_page > docs/practical.md."""

from __future__ import annotations

from collections.abc import Iterator

from minmaxbench.problems.registry import PROBLEMS, get_problem

HEAD = """\
# Practical problems

Tasks of machine learning and control that are solved as min over x, max over y, in the form of their
papers. The data are the sets that scikit-learn ships (`pip install 'minmaxbench[data]'`): breast cancer,
wine, digits and diabetes, every column standardised. They are read when a problem first asks, and are part
of a study's fingerprint.

    minmaxbench list problems --class practical
    minmaxbench show group_dro
    minmaxbench run -p group_dro -p worst_class -a extragradient:eta=0.3 -a gda --budget 20000

What a problem measures in its own way stands in the columns `metric_NAME` at the end of a run and
`trace_metric_NAME` along it. `primal` is the max over y of f, which the min-player minimises; `excess` is
primal less the best that is known. A run whose excess is below -1e-9 is told of under every table: the
optimum or the run is wrong. `NAME_minibatch` is the same problem with an oracle that sees 32 examples a
call, without bias; traces and metrics see all data.

Solutions are computed to rounding by `python -m benchmarks.practical`, and shipped. Where f is convex in x
and concave in y, or max over y is convex in x, they are global; others are the best of many starts, as the
last column says. The two networks list none.

`neyman_pearson` and `robust_shift` have a least primal and no `excess`: max over y is infinite as soon as the
constraint is violated (a multiplier without bound; |w|^2 > 0.1), and solutions lie on that border, where
rounding alone decides between a finite excess and an infinite one. `auc_network` has a primal and
`adversarial_network` not even that, its attacks being many maximisations of a network: no optimum is known.

| problem | task | dx, dy | least primal | metrics | how the solution is known |
|---|---|---|---|---|---|"""

FOOT = """
What a gradient costs beside the plain NumPy expression for its data, one lane and 20: `python -m
benchmarks.practical_speed`, `results/practical/speed.csv`. What the sources say is checked in
`tests/problems/test_practical.py`."""


def rows() -> Iterator[str]:
    """A line a problem."""
    for name in PROBLEMS:
        entry = PROBLEMS.get(name)
        if entry.analytic or name.endswith("_minibatch"):
            continue
        problem = get_problem(name)
        known = problem.points()
        value = f"{known.value.min():.8f}" if len(known) else ""
        metrics = ", ".join(f"`{m.name}`" for m in problem.metrics)
        proof = known.proof.replace("|", "\\|")
        title = entry.about.title.replace("|", "\\|")
        yield f"| `{name}` | {title} | {problem.dx}, {problem.dy} | {value} | {metrics} | {proof} |"


def page() -> str:
    """The page."""
    return "\n".join([HEAD, *rows(), FOOT])


if __name__ == "__main__":
    print(page())
