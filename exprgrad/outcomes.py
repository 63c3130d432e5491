"""What results are made of: values and derivatives by name, as plain data that views read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Protocol

from exprgrad import expected
from exprgrad.diagnostics import Note, ResultProblem, UsageError, not_loaded
from exprgrad.records import NamedTuple

# What standard errors are of: parameters of a fit that has minimized squares of residuals, whose scatter tells their
# size, or which are each divided by its own standard error; or the negative logarithm of a likelihood.
SCALED: Final = "scaled"
ABSOLUTE: Final = "absolute"
LIKELIHOOD: Final = "likelihood"
ERRORS: Final = (SCALED, ABSOLUTE, LIKELIHOOD)


class Proven(float):
    """A number of which digits are proven: the double next to it, and its `text`, which has them all."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, x: float, text: str) -> Proven:
        found = super().__new__(cls, x)
        found.text = text
        return found

    def __repr__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return Proven, (float(self), self.text)


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


def transposed(x: Any, axes: Sequence[int]) -> Any:
    """An ndarray, or what is sparse, with its axes in another order."""
    if not isinstance(x, Sparse):
        return x.transpose(axes)
    import numpy as np

    places = x.places[:, list(axes)]
    order = np.lexsort(places.T[::-1])
    return Sparse(tuple([x.shape[i] for i in axes]), places[order], np.asarray(x.values)[order])


class Derivative(NamedTuple):
    """A derivative of a result, by the inputs named, in this order; by one of them twice is a second derivative.

    Along a direction `along` gives the inputs' tangents, and `with_respect_to` is empty; `order` counts in any case.
    """

    with_respect_to: tuple[str, ...]
    value: Any
    along: tuple[tuple[str, Any], ...] = ()
    order: int = 1


class Outcome(NamedTuple):
    """A result: its name, its value, its derivatives by order and then in the order of `wrt`, and of a parameter of a
    fit, or what follows from the parameters, its standard error, if that was asked for. A view leaves out what is
    None."""

    name: str
    value: Any
    derivatives: tuple[Derivative, ...]
    standard_error: Any = None


class Outcomes(Protocol):
    """What views read of a result: the values of the inputs by name, the results in order, and the notes on them."""

    @property
    def inputs(self) -> dict[str, Any]: ...
    @property
    def outcomes(self) -> Sequence[Outcome]: ...
    @property
    def notes(self) -> Sequence[Note]: ...


def column_name(name: str, by: Sequence[str], order: int) -> str:
    """What a derivative is called as a column: `dc_dx`, `d2c_dx_dy`; along a direction, by nothing, `dc_along`."""
    return f"d{order if order > 1 else ''}{name}_{'_'.join([f'd{x}' for x in by]) or 'along'}"


def columns_of(outcomes: Sequence[Outcome]) -> list[tuple[str, Any]]:
    """What results have, each by the name of its column, in order."""
    made: list[tuple[str, Any]] = []
    for name, value, derivatives, error in outcomes:
        made.append((name, value))
        if error is not None:
            made.append((f"{name}_standard_error", error))
        made += [(column_name(name, by, order), x) for by, x, _, order in derivatives]
    return made


def columns(result: Outcomes) -> dict[str, Any]:
    """Inputs, values, standard errors and derivatives by the names that columns of rows have. Raises ResultProblem
    where two would have one name."""
    found = dict(result.inputs)
    for name, value in columns_of(result.outcomes):
        if name in found:
            hint = "give the result another name, or leave the column out by keep_columns=[...]"
            raise ResultProblem(f"two columns would be called {name}", hint=hint)
        found[name] = value
    return found


def written_name(name: str, by: Sequence[str]) -> str:
    """What a derivative is called by people: `c`, `dc/dx`, `d2c/dx2`, `d2c/dxdy`."""
    if not by:
        return name
    below = "".join([f"d{x}{count if count > 1 else ''}" for x, count in Counter(by).items()])
    return f"d{len(by) if len(by) > 1 else ''}{name}/{below}"
