"""Clusters by name: Dask here or elsewhere, batch systems through dask-jobqueue, MPI.

Each is an executor of another project's; ours is only what happens before the first unit: whether the
cluster can be used at all is told in one sentence.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, NamedTuple

from minmaxbench.bench.executors import elsewhere
from minmaxbench.bench.executors.elsewhere import Luggage, NotSettledError
from minmaxbench.errors import UserError, unknown

BATCH = {"slurm": "SLURMCluster", "pbs": "PBSCluster", "lsf": "LSFCluster"}
"""The batch systems, and the classes of dask-jobqueue."""
KINDS = ("dask", "dask://HOST:PORT", *BATCH, "mpi")
ADDRESS = "dask://"
ANSWER = 10.0
"""Seconds in which a scheduler has to answer."""
WORKERS = 60.0
"""Seconds in which one of a scheduler's workers has to be there."""

SETTINGS = {
    # A unit that ended three workers is not tried again, and only it is suspected.
    "distributed.scheduler.allowed-failures": elsewhere.DEATHS - 1,
    "distributed.scheduler.worker-saturation": 1.0,
}
HERE = {"distributed.dashboard.link": "{scheme}://127.0.0.1:{port}/status"}


class Cluster(NamedTuple):
    """A cluster that is ready for units."""

    executor: Executor
    workers: int
    """How many units it performs at a time, now or when all its jobs are there."""


def check(name: str, options: Mapping[str, Any]) -> None:
    """Refuse a cluster that there is not, or whose package is missing, or without what it needs.

    Raises :class:`UserError`.
    """
    if name == "mpi":
        if find_spec("mpi4py") is None:
            raise UserError("--executor mpi needs mpi4py: pip install 'minmaxbench[mpi]'.")
        return
    if name not in KINDS and not name.startswith(ADDRESS):
        raise unknown("executor", name, KINDS)
    if name == ADDRESS or name == KINDS[1]:
        raise UserError("--executor dask:// needs an address, such as dask://host:8786.")
    package = "dask_jobqueue" if name in BATCH else "distributed"
    if find_spec(package) is None:
        raise UserError(f"--executor {name} needs Dask: pip install 'minmaxbench[dask]'.")
    if name in BATCH and not options:
        raise UserError(
            f"--executor {name} needs a table 'cluster' in the study file, with at least jobs, "
            "cores and memory: see docs/cluster.md."
        )


def opened(
    name: str,
    jobs: int,
    options: Mapping[str, Any],
    luggage: Luggage,
    say: Callable[[str], None],
) -> AbstractContextManager[Cluster]:
    """The cluster of that name; its workers are ready for units with the luggage.

    Parameters
    ----------
    name :
        One of :data:`KINDS`.
    jobs :
        Worker processes, where we start them on this machine.
    options :
        Those of a batch system's jobs: what the class of dask-jobqueue takes, and ``jobs``, how many.
    luggage :
        What the workers need.
    say :
        Called with the dashboard's address.

    Raises
    ------
    UserError
        For a cluster that does not answer, has no workers, or has workers with other versions.
    """
    check(name, options)
    if name == "mpi":
        return _mpi(jobs, luggage)
    if name == "dask":
        return _dask(lambda: _local(jobs), WORKERS, luggage, say, HERE)
    if name in BATCH:
        return _dask(lambda: _batch(name, options), None, luggage, say, workers=_asked(options))
    return _dask(lambda: f"tcp://{name.removeprefix(ADDRESS)}", WORKERS, luggage, say)


def _local(jobs: int) -> Any:
    from distributed import LocalCluster

    # Dask's workers are threads of this process: each has a process of ours that does the work.
    return LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=jobs, threads_per_worker=1, processes=False, memory_limit=None,
        dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL,
    )  # fmt: skip


def _asked(options: Mapping[str, Any]) -> int:
    """The units that all jobs of a batch system perform at a time; what is no number is refused later."""
    jobs, cores = (options.get(name, 1) for name in ("jobs", "cores"))
    return jobs * cores if isinstance(jobs, int) and isinstance(cores, int) else 1


def _batch(name: str, options: Mapping[str, Any], start: bool = True) -> Any:
    kind = getattr(importlib.import_module("dask_jobqueue"), BATCH[name])
    options = dict(options)
    jobs = options.pop("jobs", 1)
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise UserError(f"'jobs' of a cluster is a whole number above 0; got {jobs!r}.")
    try:
        cluster = kind(**options)
    except (TypeError, ValueError) as error:
        raise UserError(f"The options in 'cluster' do not fit {name}: {error}.") from error
    if start:
        # Jobs that end, at their time limit or otherwise, are replaced while there is work.
        cluster.adapt(minimum_jobs=jobs, maximum_jobs=jobs)
    return cluster


@contextmanager
def _dask(
    make: Callable[[], Any],
    patience: float | None,
    luggage: Luggage,
    say: Callable[[str], None],
    more: Mapping[str, Any] = MappingProxyType({}),
    workers: int = 1,
) -> Generator[Cluster]:
    import dask
    from distributed import Client

    with dask.config.set({**SETTINGS, **more}), _quiet():
        cluster = make()
        try:
            client = _client(Client, cluster)
            with client:
                say(_welcome(client, patience, luggage))
                client.register_plugin(_plugin(luggage))
                for why in client.run(elsewhere.trouble, luggage.key).values():
                    if why:
                        raise NotSettledError(why)
                try:
                    threads = sum(client.nthreads().values())
                    yield Cluster(client.get_executor(pure=False), max(threads, workers))
                finally:
                    if client.status == "running":
                        client.unregister_worker_plugin(luggage.key)
        finally:
            if not isinstance(cluster, str):
                cluster.close()


def _client(kind: Any, cluster: Any) -> Any:
    try:
        return kind(cluster, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UserError(
            f"No Dask scheduler answers at {str(cluster).removeprefix('tcp://')}: start one with "
            f"`dask scheduler`, or correct the address ({type(error).__name__})."
        ) from error


def _welcome(client: Any, patience: float | None, luggage: Luggage) -> str:
    """Wait for a worker, and refuse those that would give other results."""
    try:
        client.wait_for_workers(1, timeout=patience)
    except TimeoutError as error:
        raise UserError(
            f"The Dask scheduler at {client.scheduler.address} has no workers: start some with "
            f"`dask worker {client.scheduler.address}`."
        ) from error
    answers = client.run(elsewhere.versions, luggage.engine, on_error="return")
    for address, there in answers.items():
        if isinstance(there, BaseException):
            raise UserError(
                f"The worker {address} has no minmaxbench, or another version ({there}): install "
                "the same version in both places."
            )
        if different := elsewhere.difference(luggage.versions, there, f"The worker {address}"):
            raise UserError(different)
    return f"Dask: {len(answers)} workers so far; dashboard: {client.dashboard_link}"


def _plugin(luggage: Luggage) -> Any:
    from distributed import WorkerPlugin

    class Settle(WorkerPlugin):
        """Has each worker, late ones too, settle before its first unit."""

        name = luggage.key

        def setup(self, worker: Any) -> None:
            """Called on the worker."""
            elsewhere.settle(luggage)

        def teardown(self, worker: Any) -> None:
            """Called on the worker."""
            elsewhere.leave(luggage.key)

    return Settle()


@contextmanager
def _mpi(jobs: int, luggage: Luggage) -> Generator[Cluster]:
    from mpi4py.futures import MPIPoolExecutor

    with MPIPoolExecutor(jobs, initializer=elsewhere.settle, initargs=(luggage,)) as executor:
        try:
            why = executor.submit(elsewhere.trouble, luggage.key).result()
        except BrokenExecutor as error:
            raise UserError(f"The MPI workers cannot be started: {error}.") from error
        if why:
            raise NotSettledError(why)
        yield Cluster(executor, executor.num_workers)


@contextmanager
def _quiet() -> Generator[None]:
    """Keep the logs of lost workers and connections away: we say what matters of them."""
    names = ("distributed", *(n for n in logging.root.manager.loggerDict if "distributed" in n))
    before = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
