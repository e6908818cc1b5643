"""The suites that asv runs: time and peak memory of the workloads, and algorithmic speed."""

from __future__ import annotations

from .workloads import SPEED, WORKLOADS, calls_to_target, runs


class Time:
    """Seconds a call."""

    params = tuple(WORKLOADS)
    param_names = ("workload",)
    timeout = 120

    def setup(self, name: str) -> None:
        """Prepare and warm up: compile, fill caches."""
        self.work = WORKLOADS[name]()
        self.work()

    def time_workload(self, name: str) -> None:
        """Call it."""
        self.work()


class Memory:
    """Peak memory of a process that runs a thousand planar lanes, or a hundred in 100 dimensions."""

    params = ("numpy", "jax")
    param_names = ("engine",)
    timeout = 120

    def peakmem_planar(self, engine: str) -> None:
        """GDA on F3."""
        runs(engine, "gda", "keswani_f3", 1000, 1000.0)()

    def peakmem_family(self, engine: str) -> None:
        """GDA on a lift of F3."""
        runs(engine, "gda", "f3_active_subspace_d", 100, 200.0)()


class Speed:
    """Algorithmic speed: a change that slows convergence is seen like one that slows code."""

    params = tuple(
        f"{algorithm} on {problem} to {target:g}" for algorithm, problem, target in SPEED
    )
    param_names = ("trial",)
    unit = "gradient calls"
    timeout = 120

    def track_calls_to_target(self, trial: str) -> float:
        """See :func:`benchmarks.workloads.calls_to_target`."""
        return calls_to_target(*SPEED[self.params.index(trial)])
