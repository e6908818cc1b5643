"""One entry for each thing that a contributor does: `nox -s NAME`, `nox -l` lists them.

Sessions run in the environment in which nox is; `.ci/run` makes
one of its own.
"""

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests"]


@nox.session
def lint(session: nox.Session) -> None:
    """Look at style and format."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types."""
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, or those given: nox -s tests -- tests/bench -k shard."""
    session.run("pytest", *(session.posargs or ["-n", "2"]))


@nox.session
def slow(session: nox.Session) -> None:
    """Run the tests that take long: minutes each."""
    session.run("pytest", "-m", "slow", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site into site/; a warning is an error."""
    session.run("sphinx-build", "-q", "-W", "--keep-going", "-b", "html", "docs", "site")


@nox.session
def speed(session: nox.Session) -> None:
    """Compare the speed of this commit with main's."""
    session.run("asv", "continuous", "main", "HEAD", external=True)


@nox.session
def certify(session: nox.Session) -> None:
    """Make the data of a new planar problem: nox -s certify -- NAME."""
    (name,) = session.posargs
    for what, folder in (("certify", "certified"), ("cycles", "cycles")):
        data = f"minmaxbench/problems/data/{folder}"
        session.run("python", "-m", "minmaxbench", what, name, "--out", data)


@nox.session
def ci(session: nox.Session) -> None:
    """Everything that a change must pass, from a clean environment."""
    session.run("bash", ".ci/run", external=True)
