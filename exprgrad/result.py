"""What a compiled function gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from exprgrad import expected
from exprgrad.diagnostics import Note, ResultProblem, UsageError, not_loaded
from exprgrad.records import NamedTuple


class Sparse(NamedTuple):
    """A derivative of many values by many others, of which only the elements are kept that may be other than 0.

    `shape` is that of the value followed by that of the input; `places` has a row for each element, its position along
    every axis, in order; `values` are the elements.
    """

    shape: tuple[int, ...]
    places: Any
    values: Any

    def toarray(self) -> Any:
        """All of it as an ndarray."""
        import numpy as np

        out = np.zeros(self.shape)
        out[tuple(self.places.T)] = self.values
        return out

    def to_scipy(self, axes: int = 1) -> Any:
        """A `scipy.sparse.coo_array` with a row for each element along the first `axes` axes and a column for each
        along the others. Needs the extra `sparse`."""
        import numpy as np

        if expected.whole("the number of axes of a row", axes, 0) > len(self.shape):
            raise UsageError(f"there are {len(self.shape)} axes, found {expected.shown(axes)} for a row")
        try:
            from scipy.sparse import coo_array
        except ImportError as problem:
            raise not_loaded(problem, "scipy", "a matrix of scipy's needs scipy", "sparse") from None
        rows, columns = math.prod(self.shape[:axes]), math.prod(self.shape[axes:])
        places = np.ravel_multi_index(tuple(self.places.T), self.shape)
        return coo_array((self.values, np.divmod(places, max(columns, 1))), shape=(rows, columns))


class Derivative(NamedTuple):
    """A derivative of a result, by the inputs named, in this order; by one of them twice is a second derivative.

    Along a direction `along` gives the inputs' tangents, and `with_respect_to` is empty; `order` counts in any case.
    """

    with_respect_to: tuple[str, ...]
    value: Any
    along: tuple[tuple[str, Any], ...] = ()
    order: int = 1


class Outcome(NamedTuple):
    """A result: its name, its value, and its derivatives by order and then in the order of `wrt`."""

    name: str
    value: Any
    derivatives: tuple[Derivative, ...]


class Result:
    """What a Function gives: `inputs` and `outcomes` in order, and the notes that the numbers deserve.

    Scalars are floats; a result computed from arrays is an ndarray, and its derivative is that of the sum of
    its elements.

    >>> import exprgrad
    >>> r = exprgrad.compile("c = a*b")(a=15, b=20)
    >>> r["c"], r.derivative("c", "a"), r.derivative("c", "b")
    (300.0, 20.0, 15.0)
    """

    __slots__ = ("inputs", "notes", "outcomes")
    inputs: dict[str, Any]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...]

    def __init__(self, inputs: dict[str, Any], outcomes: tuple[Outcome, ...], notes: tuple[Note, ...] = ()) -> None:
        set_ = object.__setattr__
        set_(self, "inputs", inputs)
        set_(self, "outcomes", outcomes)
        set_(self, "notes", notes)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a result does not change: it has no {name} to set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a result does not change: its {name} stays")

    def __reduce__(self) -> tuple[Any, ...]:
        return Result, (self.inputs, self.outcomes, self.notes)

    def __repr__(self) -> str:
        return f"Result(inputs={self.inputs!r}, outcomes={self.outcomes!r}, notes={self.notes!r})"

    __hash__ = None  # type: ignore[assignment]  # its arrays may change

    def __eq__(self, other: object) -> bool:
        """Equal in names and numbers; arrays are equal when all their elements are."""
        if not isinstance(other, Result):
            return NotImplemented
        return bool(_plain(self) == _plain(other))

    @property
    def values(self) -> dict[str, Any]:
        """The value of each result by name."""
        return {outcome.name: outcome.value for outcome in self.outcomes}

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __getitem__(self, name: str) -> Any:
        return self._outcome(name).value

    def derivative(self, name: str, *inputs: str) -> Any:
        """The derivative of a result by the inputs named, in any order.

        Raises ResultProblem, which is a KeyError, if it was not asked for.

        With arrays each is the derivative of the sum of the one before, taken in the order of the inputs.
        """
        wanted = sorted(map(expected.name, inputs))
        for derivative in self._outcome(name).derivatives:
            if sorted(derivative.with_respect_to) == wanted and not derivative.along:
                return derivative.value
        if not inputs and (computed := [d.with_respect_to for d in self._outcome(name).derivatives if not d.along]):
            written = ", ".join(f'"{x}"' for x in (name, *computed[0]))
            raise ResultProblem(f"the derivative of {name} by which inputs?", hint=f"write derivative({written})")
        by = f" by {', '.join(inputs)}" if inputs else ""
        hint = "compile(..., wrt=, max_order=) says which are"
        if any([derivative.along for derivative in self._outcome(name).derivatives]):
            hint = f'along_direction("{name}") gives the one along the direction'
        raise ResultProblem(f"no derivative of {name}{by} was computed", hint=hint)

    def along_direction(self, name: str, order: int = 1) -> Any:
        """The derivative of a result along the direction that it was compiled for.

        Raises ResultProblem, which is a KeyError, if there is none.

        >>> import exprgrad
        >>> exprgrad.compile("c = a*b", along_direction={"a": 1, "b": -2})(a=15, b=20).along_direction("c")
        -10.0
        """
        expected.whole("the order", order, 1)
        for derivative in self._outcome(name).derivatives:
            if derivative.along and derivative.order == order:
                return derivative.value
        raise ResultProblem(
            f"no derivative of {name} of order {expected.shown(order)} along a direction was computed",
            hint="compile(..., along_direction=, max_order=) says which are",
        )

    def gradient(self, name: str) -> dict[str, Any]:
        """The first derivatives of a result by input."""
        return {d.with_respect_to[0]: d.value for d in self._outcome(name).derivatives if len(d.with_respect_to) == 1}

    def hessian(self, name: str) -> dict[tuple[str, str], Any]:
        """The second derivatives of a result by pairs of inputs, in either order; empty where `max_order` is below 2.

        >>> import exprgrad
        >>> exprgrad.compile("c = a*a*b", max_order=2)(a=15, b=20).hessian("c")["b", "a"]
        30.0
        """
        second = {d.with_respect_to: d.value for d in self._outcome(name).derivatives if len(d.with_respect_to) == 2}
        return {pair: value for (a, b), value in second.items() for pair in ((a, b), (b, a))}

    def _outcome(self, name: str) -> Outcome:
        name = expected.name(name)
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise ResultProblem(f"there is no result {name}", hint=f"there are {', '.join(self.values)}")


def _plain(x: Any) -> Any:
    """What is compared: arrays as lists with their shapes, so that `==` has one answer."""
    if isinstance(x, Result):
        return [_plain(x.inputs), _plain(x.outcomes), x.notes]
    if isinstance(x, dict):
        return [(key, _plain(value)) for key, value in x.items()]
    if isinstance(x, tuple):
        return [_plain(value) for value in x]
    return (x.shape, x.tolist()) if hasattr(x, "tolist") else x
