"""What a compiled function gives."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, overload

from exprgrad import expected
from exprgrad.by_inputs import ByInput, ByPair
from exprgrad.diagnostics import Note, ResultProblem, listed, not_loaded
from exprgrad.outcomes import Derivative, Outcome, Sparse, column_name, columns, columns_of, transposed
from exprgrad.views import aligned, html, json_line, table
from exprgrad.views.numbers import shortest

# Of more rows the first and the last are shown, so many of each.
_MOST: Final = 12
_EDGE: Final = 5
# So many numbers stand in a line.
_LISTED: Final = 12


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
        return type(self), (self.inputs, self.outcomes, self.notes)

    def __repr__(self) -> str:
        """Results and derivatives in a line; `print` has tables."""
        found = []
        for outcome in self.outcomes:
            found.append(f"{outcome.name}={_brief(outcome.value)}")
            found += [f"{column_name(outcome.name, by, n)}={_brief(x)}" for by, x, _, n in outcome.derivatives]
        more = f", ... {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        return f"<exprgrad {type(self).__name__.lower()} {', '.join(found[:_LISTED])}{more}>"

    __hash__ = None  # type: ignore[assignment]  # its arrays may change

    def __eq__(self, other: object) -> bool:
        """Equal in names and numbers; arrays are equal when all their elements are."""
        if not isinstance(other, Result):
            return NotImplemented
        return bool(_plain(self) == _plain(other))

    def __str__(self) -> str:
        """Tables for a reader, as the command's `-f table` writes them, and the notes."""
        return "\n".join([table.table(self), *[f"note: {note}\n" for note in self.notes]]).removesuffix("\n")

    def _repr_html_(self) -> str:
        """The same tables in a notebook."""
        return html.tables(self)

    @property
    def values(self) -> dict[str, Any]:
        """The value of each result by name."""
        return {outcome.name: outcome.value for outcome in self.outcomes}

    @property
    def value(self) -> Any:
        """The value of the only result. Raises ResultProblem, which is a KeyError, if there are several."""
        return self._outcome(None).value

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __getitem__(self, name: str) -> Any:
        return self._outcome(expected.name(name)).value

    def derivative(self, *names: str) -> Any:
        """The derivative of a result by the inputs named after it, in any order; the name of the only result may be
        left out.

        Raises ResultProblem, which is a KeyError, if it was not asked for.

        By arrays it has the axes of each input, in the order in which they are named; of a result that is an array it
        is that of the sum of its elements, or with `full_jacobian` has the result's axes first.
        """
        known = tuple(map(expected.name, names))
        left_out = len(self.outcomes) == 1 and (not known or known[0] not in self.values)
        if not left_out and known and known[0] not in self.values and known[0] in self.inputs:
            written = ", ".join(f'"{x}"' for x in (next(iter(self.values)), *known))
            raise ResultProblem(
                f"the derivative by {listed(known)} of which result?", hint=f"write derivative({written})"
            )
        outcome = self._outcome(None if left_out else names[0])
        name, inputs = outcome.name, known if left_out else known[1:]
        for derivative in outcome.derivatives:
            if sorted(derivative.with_respect_to) == sorted(inputs) and not derivative.along:
                return self._turned(derivative, inputs)
        if not inputs and (computed := [d.with_respect_to for d in outcome.derivatives if not d.along]):
            written = ", ".join(f'"{x}"' for x in (name, *computed[0]))
            raise ResultProblem(f"the derivative of {name} by which inputs?", hint=f"write derivative({written})")
        if left_out and inputs and inputs[0] not in self.inputs:
            self._outcome(names[0])  # it is neither a result nor an input
        by = f" by {', '.join(inputs)}" if inputs else ""
        hint = "compile(..., wrt=, max_order=) says which are"
        if any([derivative.along for derivative in outcome.derivatives]):
            hint = f'along_direction("{name}") gives the one along the direction'
        raise ResultProblem(f"no derivative of {name}{by} was computed", hint=hint)

    def along_direction(self, name: str | None = None, order: int = 1) -> Any:
        """The derivative of a result along the direction that it was compiled for.

        Raises ResultProblem, which is a KeyError, if there is none.

        >>> import exprgrad
        >>> exprgrad.compile("c = a*b", along_direction={"a": 1, "b": -2})(a=15, b=20).along_direction("c")
        -10.0
        """
        expected.whole("the order", order, 1)
        outcome = self._outcome(name)
        for derivative in outcome.derivatives:
            if derivative.along and derivative.order == order:
                return derivative.value
        raise ResultProblem(
            f"no derivative of {outcome.name} of order {expected.shown(order)} along a direction was computed",
            hint="compile(..., along_direction=, max_order=) says which are",
        )

    def _turned(self, derivative: Derivative, inputs: Sequence[str]) -> Any:
        """A derivative with the axes of its inputs in another order of these."""
        by, value = derivative.with_respect_to, derivative.value
        sizes = [len(self._axes(x)) for x in by]
        if tuple(inputs) == by or not any(sizes):
            return value
        front = len(value.shape) - sum(sizes)
        if front < 0 or value.shape[front:] != sum(map(self._axes, by), ()):
            return value  # that of a sum, which has the axes of one input
        axes, waiting = list(range(front)), list(range(len(by)))
        for x in inputs:
            i = next(i for i in waiting if by[i] == x)
            waiting.remove(i)
            first = front + sum(sizes[:i])
            axes += range(first, first + sizes[i])
        return transposed(value, axes)

    @overload
    def gradient(self, name: str | None = None, *, as_array: Literal[False] = False) -> dict[str, Any]: ...
    @overload
    def gradient(self, name: str | None = None, *, as_array: Literal[True]) -> Any: ...
    def gradient(self, name: str | None = None, *, as_array: bool = False) -> Any:
        """The first derivatives of a result by input; `as_array` as an ndarray of float64, the elements of all inputs
        in order along its last axis, those of the result before, where each was differentiated.

        >>> import exprgrad
        >>> exprgrad.compile("c = sum(x*x)*b")(x=[1, 2], b=3).gradient(as_array=True)
        array([ 6., 12.,  5.])
        """
        outcome = self._outcome(name)
        found = ByInput({d.with_respect_to[0]: d.value for d in outcome.derivatives if len(d.with_respect_to) == 1})
        if not expected.flag("as_array", as_array):
            return found
        import numpy as np

        pieces = []
        for x, value in found.items():
            whole = _dense(value)
            axes = self._axes(x)
            pieces.append(whole.reshape((*whole.shape[: whole.ndim - len(axes)], math.prod(axes))))
        return np.concatenate(pieces, axis=-1) if pieces else np.zeros(0)

    @overload
    def hessian(self, name: str | None = None, *, as_array: Literal[False] = False) -> dict[tuple[str, str], Any]: ...
    @overload
    def hessian(self, name: str | None = None, *, as_array: Literal[True]) -> Any: ...
    def hessian(self, name: str | None = None, *, as_array: bool = False) -> Any:
        """The second derivatives of a result by pairs of inputs, in either order; by arrays they have the axes of the
        first input and then those of the second.

        With `as_array` they are an ndarray of float64, whose last two axes are the elements of all inputs in order.
        Raises ResultProblem where there are none, or where they are those of a sum, as of a result that is an array:
        `full_jacobian=True` has them.

        >>> import exprgrad
        >>> r = exprgrad.compile("c = a*a*b", max_order=2)(a=15, b=20)
        >>> r.hessian("c")["b", "a"]
        30.0
        >>> r.hessian(as_array=True)
        array([[40., 30.],
               [30.,  0.]])
        """
        outcome = self._outcome(name)
        second = {d.with_respect_to: d for d in outcome.derivatives if len(d.with_respect_to) == 2}
        if not second:
            raise ResultProblem(
                f"no second derivative of {outcome.name} was computed", hint="compile(..., max_order=2)"
            )
        wanted = expected.flag("as_array", as_array)
        found = ByPair()
        for (a, b), derivative in second.items():
            axes = (*self._axes(a), *self._axes(b))
            shape = _shape(derivative.value)
            if shape[len(shape) - len(axes) :] != axes:
                raise ResultProblem(
                    f"the second derivatives of {outcome.name} by arrays are those of sums",
                    hint="compile(..., full_jacobian=True, max_order=2) has a matrix",
                )
            found[a, b] = derivative.value
            found[b, a] = self._turned(derivative, (b, a))
        if not wanted:
            return found
        import numpy as np

        blocks: dict[tuple[str, str], Any] = {}
        for (a, b), value in found.items():
            whole = _dense(value)
            rows, columns = self._axes(a), self._axes(b)
            front = whole.shape[: whole.ndim - len(rows) - len(columns)]
            blocks[a, b] = whole.reshape((*front, math.prod(rows), math.prod(columns)))
        names = list(dict.fromkeys([x for x, _ in second] + [x for _, x in second]))
        return np.concatenate([np.concatenate([blocks[a, b] for b in names], axis=-1) for a in names], axis=-2)

    def jacobian(self, *, as_array: bool = False) -> Any:
        """The first derivatives of all results, by result and input; `as_array` as an ndarray of float64 with a row for
        each element of the results in order, and a column for each of the inputs.

        Raises ResultProblem where those of a result that is an array are those of the sum of its elements:
        `full_jacobian=True` has them.

        >>> import exprgrad
        >>> r = exprgrad.compile("u = a*b; v = a + b")(a=15, b=20)
        >>> r.jacobian()["u"]["a"]
        20.0
        >>> r.jacobian(as_array=True)
        array([[20., 15.],
               [ 1.,  1.]])
        """
        wanted = expected.flag("as_array", as_array)
        found = {outcome.name: self.gradient(outcome.name) for outcome in self.outcomes}
        for outcome in self.outcomes:
            front = _shape(outcome.value)
            for name, value in found[outcome.name].items():
                if _shape(value) != (*front, *self._axes(name)):
                    raise ResultProblem(
                        f"the derivatives of {outcome.name} are those of the sum of its elements",
                        hint="compile(..., full_jacobian=True) has those of each",
                    )
        if not wanted:
            return found
        import numpy as np

        rows = [self.gradient(outcome.name, as_array=True) for outcome in self.outcomes]
        return np.concatenate([x.reshape(-1, x.shape[-1]) for x in rows]) if rows else np.zeros((0, 0))

    def to_dict(self) -> dict[str, Any]:
        """The result as `-f json` has it, of dicts, lists and floats: `inputs` by name, and a list of `results`."""
        return json_line.data(self)

    def columns(self) -> dict[str, Any]:
        """Inputs, values and derivatives by the names that columns of rows have: `c`, `dc_da`, `d2c_da_db`; standard
        errors as `c_standard_error`. Raises ResultProblem where two would have one name."""
        return columns(self)

    def to_polars(self) -> Any:
        """`columns()` as a Polars data frame: a row for each evaluation. Needs the extra `rows`."""
        try:
            import polars
        except ImportError as problem:
            raise not_loaded(problem, "polars", "a data frame needs Polars", "rows") from None
        return polars.DataFrame(self._table())

    def _table(self) -> dict[str, Any]:
        """The columns of a data frame."""
        return {name: [x.tolist() if hasattr(x, "tolist") else x] for name, x in self.columns().items()}

    def _axes(self, name: str) -> tuple[int, ...]:
        """The shape of an input."""
        return _shape(self.inputs[name])

    def _outcome(self, name: str | None) -> Outcome:
        """The result of a name, or the only one."""
        if name is None:
            if len(self.outcomes) == 1:
                return self.outcomes[0]
            raise ResultProblem(
                "which result?" if self.outcomes else "there is no result",
                hint=f"there are {listed(list(self.values))}",
            )
        name = expected.name(name)
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise ResultProblem(
            f"there is no result {name}",
            hint=f"there {'are' if len(self.values) > 1 else 'is'} {listed(list(self.values))}",
        )


class Fit(Result):
    """What `minimize` gives with `standard_errors`: a result whose parameters have standard errors, and the
    `covariance`, an ndarray, of the elements of all parameters in their order.

    >>> import exprgrad
    >>> f = exprgrad.compile("sum((a + b*t - y)^2)")
    >>> data = {"t": [0, 1, 2, 3], "y": [1, 3, 4, 6]}
    >>> fit = f.minimize(["a", "b"], standard_errors="scaled", a=0, b=0, **data)
    >>> round(fit["b"], 9), round(fit.standard_errors["b"], 9)
    (1.6, 0.141421356)
    >>> fit.covariance.round(9)
    array([[ 0.07, -0.03],
           [-0.03,  0.02]])
    """

    __slots__ = ("covariance",)
    covariance: Any

    def __init__(
        self, inputs: dict[str, Any], outcomes: tuple[Outcome, ...], notes: tuple[Note, ...], covariance: Any
    ) -> None:
        super().__init__(inputs, outcomes, notes)
        object.__setattr__(self, "covariance", covariance)

    def __reduce__(self) -> tuple[Any, ...]:
        return Fit, (self.inputs, self.outcomes, self.notes, self.covariance)

    @property
    def standard_errors(self) -> dict[str, Any]:
        """The standard error of each parameter, and of each result that follows from the parameters, by name."""
        return {x.name: x.standard_error for x in self.outcomes if x.standard_error is not None}


class Rows(Result):
    """What a row function gives: values and derivatives are arrays with a number for each row.

    >>> import exprgrad
    >>> print(exprgrad.compile("c = a*b").rows()(a=[1, 2, 3], b=20))
       a     b     c  dc_da  dc_db
     1.0  20.0  20.0   20.0    1.0
     2.0  20.0  40.0   20.0    2.0
     3.0  20.0  60.0   20.0    3.0
    """

    __slots__ = ("_nulls",)
    _nulls: Mapping[str, Any] | None

    def __init__(
        self,
        inputs: dict[str, Any],
        outcomes: tuple[Outcome, ...],
        notes: tuple[Note, ...] = (),
        nulls: Mapping[str, Any] | None = None,
    ) -> None:
        """`nulls` are masks of the cells that are null by the names of inputs and, where there are any, of results, in
        whose arrays they are nan."""
        super().__init__(inputs, outcomes, notes)
        object.__setattr__(self, "_nulls", nulls)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.inputs, self.outcomes, self.notes, self._nulls)

    def __str__(self) -> str:
        """The rows as a table, of many the first and the last."""
        heads, cells = self._shown()
        return "".join(aligned.banded(heads, cells, table.WIDTH)).removesuffix("\n")

    def _repr_html_(self) -> str:
        return html.table("", *self._shown())

    def _shown(self) -> tuple[list[str], list[list[str]]]:
        """The heads and the cells of the columns."""
        columns, gone = self._table(), self._missing()
        rows = len(next(iter(columns.values()), ()))
        places = [*range(rows)] if rows <= _MOST else [*range(_EDGE), None, *range(rows - _EDGE, rows)]
        cells = [
            [aligned.ELIDED if i is None else "" if name in gone and gone[name][i] else _shown(x[i]) for i in places]
            for name, x in columns.items()
        ]
        return list(columns), cells

    def to_polars(self) -> Any:
        """`columns()` as a Polars data frame, with nulls where a row holds one. Needs the extra `rows`."""
        try:
            import polars
        except ImportError as problem:
            raise not_loaded(problem, "polars", "a data frame needs Polars", "rows") from None
        # Polars' own columns keep their types.
        own = {name: x for name, x in self.inputs.items() if isinstance(x, polars.Series)}
        frame = polars.DataFrame({**dict.fromkeys(self.columns()), **self._table(own), **own})
        gone = {name: polars.Series(mask) for name, mask in self._missing().items()}
        return frame.with_columns([frame[name].set(mask, None) for name, mask in gone.items()])

    def _missing(self) -> dict[str, Any]:
        """Which cells are null, by the names of the columns that have some. A derivative has those of its result."""
        nulls = self._nulls or {}
        found = {name: nulls[name] for name in self.inputs if name in nulls}
        for outcome in self.outcomes:
            if outcome.name in nulls:
                found |= dict.fromkeys([name for name, _ in columns_of([outcome])], nulls[outcome.name])
        return found

    def _table(self, without: Collection[str] = ()) -> dict[str, Any]:
        """The columns, each with a cell for each row; `without` some of them."""
        import numpy as np

        columns = {name: x for name, x in self.columns().items() if name not in without}
        shape = np.shape(self.outcomes[0].value)
        found = {name: np.broadcast_to(_cells(x), shape).reshape(-1) for name, x in columns.items()}
        return {name: x.tolist() if x.dtype == object else x for name, x in found.items()}

    def _axes(self, name: str) -> tuple[int, ...]:
        return ()  # in each row an input is a number


def _cells(x: Any) -> Any:
    """A column as an array: of doubles, or of what a table holds otherwise, where None is what is missing."""
    import numpy as np

    listing = next((way for way in ("to_pylist", "to_list") if hasattr(x, way)), None)
    if listing is not None and getattr(getattr(x, "dtype", None), "kind", "") not in tuple("iufb"):
        cells = getattr(x, listing)()
        gone = x.isna() if hasattr(x, "isna") else [cell is None for cell in cells]  # pandas has nan for it
        array = np.empty(len(cells), object)
        for i, (cell, is_gone) in enumerate(zip(cells, gone, strict=True)):  # a cell may be a list
            array[i] = None if is_gone else cell
        return array
    array = np.asarray(x)
    if array.dtype.kind in "iufb" and array.shape and not isinstance(x, list | tuple):
        return array
    # Whole numbers among others are doubles in a list.
    return array.astype(object if any([isinstance(cell, str) for cell in array.flat]) else float)


def _shown(cell: Any) -> str:
    """A cell of a table."""
    return shortest(float(cell)) if isinstance(cell, float) else "" if cell is None else str(cell)


def _shape(x: Any) -> tuple[int, ...]:
    """The shape of an array, or of what is sparse; () of a number."""
    return tuple(getattr(x, "shape", ()))


def _brief(x: Any) -> str:
    """A number, or the shape of an array."""
    shape = _shape(x)
    return f"array of shape {shape}" if shape else repr(x)


def _dense(x: Any) -> Any:
    """A derivative as an ndarray."""
    import numpy as np

    return x.toarray() if isinstance(x, Sparse) else np.asarray(x, float)


def _plain(x: Any) -> Any:
    """What is compared: arrays as lists with their shapes, so that `==` has one answer."""
    if isinstance(x, Result):
        return [_plain(x.inputs), _plain(x.outcomes), x.notes]
    if isinstance(x, dict):
        return [(key, _plain(value)) for key, value in x.items()]
    if isinstance(x, tuple):
        return [_plain(value) for value in x]
    return (x.shape, x.tolist()) if hasattr(x, "tolist") else x
