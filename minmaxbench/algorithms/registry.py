"""The registry of algorithms, and how a study refers to one."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from minmaxbench.core import parameters
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.registry import Registry, import_declaring
from minmaxbench.errors import UserError, unknown


def _modules() -> list[str]:
    package = importlib.import_module("minmaxbench.algorithms")
    return [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


def _load() -> None:
    for module in _modules():
        importlib.import_module(module)


def _find(name: str) -> None:
    import_declaring(name, _modules())


ALGORITHMS: Registry[type[Algorithm]] = Registry("algorithm", _load, _find)
"""The algorithms by name: classes, whose fields are the hyper-parameters."""


A = TypeVar("A", bound=type[Algorithm])


def register(name: str, source: str) -> Callable[[A], A]:
    """Class decorator: make an algorithm known under ``name``, with its source.

    Raises :class:`UserError` for a name that is taken, and for a class that is not complete.
    """

    def decorate(kind: A) -> A:
        if inspect.isabstract(kind):
            lacking = ", ".join(sorted(kind.__abstractmethods__))
            raise UserError(f"The algorithm '{name}' lacks {lacking}.")
        kind.name = name
        kind.source = source
        ALGORITHMS.add(name, kind)
        return kind

    return decorate


def summary(kind: type[Algorithm]) -> str:
    """The first paragraph of an algorithm's docstring, in one line."""
    return " ".join((inspect.getdoc(kind) or kind.name).split("\n\n")[0].split())


def build(kind: type[Algorithm], parameters: Mapping[str, Any]) -> Algorithm:
    """An algorithm with ``parameters`` over its defaults.

    Raises :class:`UserError` for a hyper-parameter that it does not have.
    """
    fields = {field.name for field in dataclasses.fields(kind)}
    for name in parameters:
        if name not in fields:
            raise unknown(f"hyper-parameter of {kind.name}", name, fields)
    return kind(**parameters)


def get_algorithm(name: str, **parameters: Any) -> Algorithm:
    """The algorithm of that name with ``parameters`` over its defaults.

    Raises :class:`UserError` for an unknown name or hyper-parameter, with the nearest valid one.
    """
    return build(ALGORITHMS.get(name), parameters)


@dataclass(frozen=True)
class Answer:
    """That a setting was found by tuning, and on what: there it must not be scored."""

    kind: str
    """``tuned``: one setting for the whole suite; ``best``: one for each problem."""
    each: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()
    """The hyper-parameters for each problem, by its name."""
    problems: tuple[str, ...] = ()
    """The problems that were seen, whatever the instance."""
    instances: tuple[int, ...] = ()
    """The instances that were seen of every problem."""
    seeds: int = 0
    """Seeds below this were seen."""
    first: int = 0
    """Scoring begins at this seed."""

    def leak(self, problem: str, instance: int, first: int) -> str:
        """Why runs on an instance, from this seed on, are not to be scored; empty if they are."""
        if self.kind == "best" and problem not in dict(self.each):
            return f"has no setting for {problem} alone"
        if problem in self.problems:
            return f"was tuned on {problem}"
        if instance in self.instances:
            return f"was tuned on instance {instance}"
        if first < self.seeds:
            return f"was tuned on the seeds below {self.seeds}"
        return ""


@dataclass(frozen=True)
class AlgorithmRef:
    """An algorithm by name, with the hyper-parameters that differ from its defaults.

    It is canonical: fields in their order, defaults left out, so that two ways to ask for the same
    thing are equal.
    """

    name: str
    parameters: tuple[tuple[str, Any], ...] = ()
    kind: type[Algorithm] | None = None
    """The class itself where no name is registered for it."""
    answer: Answer | None = None
    """Where its hyper-parameters come from, if tuning found them."""

    @classmethod
    def of(cls, algorithm: Algorithm) -> AlgorithmRef:
        """The reference to an algorithm, registered or not."""
        kind = type(algorithm)
        # What the user registered travels as a class: another process does not know its name.
        known = kind.name in ALGORITHMS and ALGORITHMS.get(kind.name) is kind
        known = known and ALGORITHMS.is_own(kind.name)
        differing = tuple(
            (field.name, value)
            for field in dataclasses.fields(algorithm)
            if not _same(value := getattr(algorithm, field.name), _default(field))
        )
        return cls(kind.name or kind.__name__, differing, None if known else kind)

    @classmethod
    def named(cls, name: str, parameters: Mapping[str, Any] | None = None) -> AlgorithmRef:
        """The reference to a registered algorithm with ``parameters`` over its defaults."""
        return cls.of(get_algorithm(name, **(parameters or {})))

    def build(self) -> Algorithm:
        """The algorithm itself."""
        return build(self.kind or ALGORITHMS.get(self.name), dict(self.parameters))

    @property
    def relative(self) -> bool:
        """Whether some step is in units of 1/L of the problem."""
        return any(parameters.relative_steps(value) for _, value in self.parameters)

    def on(self, problem: str) -> AlgorithmRef:
        """The reference with the hyper-parameters for a problem, where each has its own."""
        if self.answer is None:
            return self
        own = dict(self.answer.each).get(problem, self.parameters)
        return dataclasses.replace(self, parameters=own)

    @property
    def label(self) -> str:
        """``gda``, ``gda(eta_x=0.1)`` or ``gda [tuned]``: what tables call it."""
        if self.answer is not None:
            return f"{self.name} [{self.answer.kind}]"
        # Where an object lies in memory is not the same in the next process.
        inside = ", ".join(f"{k}={_ADDRESS.sub('', str(v))}" for k, v in self.parameters)
        return f"{self.name}({inside})" if inside else self.name


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _same(a: Any, b: Any) -> bool:
    """Whether two hyper-parameters are the same, type included: 1 is not True."""
    return type(a) is type(b) and bool(a == b)
