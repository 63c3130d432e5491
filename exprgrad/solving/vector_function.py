"""A compiled function as a function of one vector, for what takes such: `scipy.optimize` and its like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import prod
from typing import Any, Protocol

import numpy as np

from exprgrad import expected
from exprgrad.derivatives import Task
from exprgrad.diagnostics import NameProblem, ShapeProblem, UsageError, listed, meant
from exprgrad.result import Result


class Compiled(Protocol):
    """A compiled function, as far as it is needed here: it can be compiled again, with other arguments."""

    def __hash__(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def task(self) -> Task: ...
    @property
    def inputs(self) -> tuple[str, ...]: ...
    @property
    def results(self) -> tuple[str, ...]: ...
    @property
    def wrt(self) -> tuple[str, ...]: ...
    @property
    def wrt_named(self) -> bool: ...
    @property
    def fetch_named(self) -> bool: ...
    @property
    def differences(self) -> tuple[str, ...]: ...
    @property
    def max_order(self) -> int: ...
    def check_inputs(self, values: Mapping[str, Any]) -> dict[str, Any]: ...
    def shared(self, values: Mapping[str, Any]) -> dict[str, Any]: ...
    def operands(self, values: Mapping[str, Any]) -> dict[str, Any]: ...
    def changed(self, **arguments: Any) -> Compiled: ...
    def run(self, values: Mapping[str, Any], *, notes: bool | None = None) -> Result: ...


class VectorFunction:
    """A program as a function of one vector, in which some of its inputs stand one after the other, arrays row by row.

    `value`, `gradient`, `hessian` and `hessian_product` are those of a program with one result that is a number,
    `values` and `jacobian` have all elements of all results, each a row, and with weights `hessian` is that of their
    sum. They are the numbers that the function itself gives. A point is computed once: value and gradient in one run,
    and the last point is remembered.

    `pack` makes a vector of values by name, `unpack` the reverse. Where an input alone is a number, the point may be a
    number, too, and so are the derivatives then.

    >>> import exprgrad
    >>> f = exprgrad.compile("(x - a)^2 + x*y + y^2").scipy(["x", "y"], a=3)
    >>> f.value([1, 2]), f.gradient([1, 2]), f.unpack([1, 2])
    (10.0, array([-2.,  5.]), {'x': 1.0, 'y': 2.0})
    """

    def __init__(self, owner: Compiled, variables: Any, values: Mapping[str, Any], rounded: bool = False) -> None:
        """`rounded` has arrays computed in rounded arithmetic, which is slow, instead of numpy's."""
        self.shapes = _shapes(owner, variables)
        given = expected.by_name("the other inputs are", values, "a=1")
        for name in given:
            if name in self.shapes:
                raise UsageError(f"{name} is in the vector, so it takes no value", hint=f"leave out {name}=")
        owner.check_inputs({**given, **dict.fromkeys(self.shapes, 0.0)})
        self.others = given
        self.results = owner.results
        self.size = sum(map(prod, self.shapes.values()))
        self._owner = owner
        self._rounded = rounded
        self._functions: dict[tuple[int, bool], Compiled] = {}
        # Whether a result is an array, once that is known.
        self._has_arrays: bool | None = None
        self._last: tuple[bytes, dict[tuple[int, bool], Result]] = (b"", {})

    def __reduce__(self) -> tuple[Any, ...]:
        return VectorFunction, (self._owner, self.shapes, self.others, self._rounded)

    def __repr__(self) -> str:
        return f"<exprgrad vector function ({', '.join(self.shapes)}) -> {', '.join(self.results)}>"

    def pack(self, values: Mapping[str, Any]) -> Any:
        """The vector of these values."""
        given = expected.by_name("the values are", values, 'pack({"x": 1})')
        if missing := [name for name in self.shapes if name not in given]:
            raise NameProblem(f"no value for {listed(missing)}", hint=f"the vector is of {listed([*self.shapes])}")
        parts = []
        for name in given:
            if name not in self.shapes:
                raise NameProblem(f"{name} is not in the vector", hint=f"it is of {listed([*self.shapes])}")
        for name, shape in self.shapes.items():
            x = _doubles(f"the value of {name}", given[name])
            if x.shape != shape:
                raise ShapeProblem(f"the value of {name} has shape {x.shape}, its place in the vector {shape}")
            parts.append(x.reshape(-1))
        return np.concatenate(parts)

    def unpack(self, vector: Any) -> dict[str, Any]:
        """The values by name: numbers and arrays."""
        return unpacked(self.shapes, self._flat(vector))

    def value(self, vector: Any) -> float:
        """The value of the only result."""
        return float(self._single(self._first(self._flat(vector))))

    def gradient(self, vector: Any) -> Any:
        """The first derivatives of the only result."""
        return self.value_and_gradient(vector)[1]

    def value_and_gradient(self, vector: Any) -> tuple[float, Any]:
        """Both, as `scipy.optimize.minimize(..., jac=True)` takes them."""
        found = self._first(self._flat(vector))
        value = float(self._single(found))
        slopes = found.gradient(self.results[0])
        gradient = np.concatenate([np.reshape(slopes[name], -1) for name in self.shapes])
        return value, float(gradient[0]) if np.ndim(vector) == 0 else gradient

    def hessian(self, vector: Any, weights: Any = None) -> Any:
        """The second derivatives of the only result, a row for each element of the vector. With `weights`, a number for
        each element of `values`, those of the sum of all elements that they weight, as
        `scipy.optimize.NonlinearConstraint(..., hess=)` takes it. Raises a UsageError for weights that are no vector of
        that length, and without them where there are several results or an array."""
        flat = self._flat(vector)
        if weights is None:
            result = self._at(flat, 2, any(self.shapes.values()))
            self._single(result)
            weights = [1.0]
        else:
            result = self._at(flat, 2, True)
        weights = self._weights(result, weights)
        sizes = {name: prod(shape) for name, shape in self.shapes.items()}
        hessian, start = np.zeros((self.size, self.size)), 0
        for name in self.results:
            found, count = result.hessian(name), np.size(result[name])
            own = weights[start : start + count]
            start += count
            rows = []
            for i, a in enumerate(sizes):
                row = []
                for j, b in enumerate(sizes):
                    # It is computed by each pair in the order of the vector; the other half is its transpose.
                    first, second = (a, b) if i <= j else (b, a)
                    part = np.reshape(found[first, second], (count, sizes[first] * sizes[second]))
                    # What counts nothing may be infinite.
                    part = np.sum(part[own != 0] * own[own != 0, None], axis=0)
                    part = np.reshape(part, (sizes[first], sizes[second]))
                    row.append(part if i <= j else part.T)
                rows.append(row)
            hessian = hessian + np.block(rows)
        return float(hessian[0, 0]) if np.ndim(vector) == 0 else hessian

    def hessian_product(self, vector: Any, direction: Any) -> Any:
        """The product of the Hessian of the only result with a vector, as `scipy.optimize.minimize(..., hessp=)` takes
        it. The Hessian of a point is computed once, whatever it is multiplied with. Raises a UsageError for a direction
        of another length than the point."""
        flat = self._flat(direction, "a direction")
        product = np.atleast_2d(self.hessian(vector)) @ flat
        return float(product[0]) if np.ndim(vector) == 0 else product

    def values(self, vector: Any) -> Any:
        """All elements of all results, one after the other."""
        found = self._first(self._flat(vector))
        return np.concatenate([np.reshape(found[name], -1) for name in self.results])

    def jacobian(self, vector: Any) -> Any:
        """Their first derivatives, a row for each."""
        flat = self._flat(vector)
        found = self._first(flat)
        if self._has_arrays:
            found = self._at(flat, 1, True)
        rows = []
        for name in self.results:
            slopes, count = found.gradient(name), np.size(found[name])
            rows.append(np.hstack([np.reshape(slopes[x], (count, prod(s))) for x, s in self.shapes.items()]))
        return np.vstack(rows)

    # -- points ---------------------------------------------------------------------------------------------

    def _flat(self, vector: Any, what: str = "a point") -> Any:
        flat = _doubles(what, vector).reshape(-1)
        if np.ndim(vector) > 1 or flat.size != self.size:
            found = f"shape {np.shape(vector)}" if np.ndim(vector) > 1 else f"{flat.size} elements"
            of = listed([name if s == () else f"{name} of shape {s}" for name, s in self.shapes.items()])
            raise UsageError(
                f"{what} has {self.size} element{'' if self.size == 1 else 's'}, found {found}",
                hint=f"the vector is of {of}; the shapes of vectors are said as in scipy({{'x': (3,)}})",
            )
        return flat

    def _known(self, flat: Any) -> Result | None:
        """What the point has been computed to, of any order."""
        key, found = self._last
        return next(iter(found.values()), None) if key == flat.tobytes() else None

    def _first(self, flat: Any) -> Result:
        """Values and first derivatives at a point; those of arrays are of the sum of the elements, unless known."""
        found = self._known(flat) or self._at(flat, 1, bool(self._has_arrays))
        if self._has_arrays is None:
            self._has_arrays = any([np.ndim(found[name]) > 0 for name in self.results])
        return found

    def _at(self, flat: Any, order: int, full: bool) -> Result:
        key = flat.tobytes()
        point, found = self._last
        known = found if point == key else {}
        if (order, full) not in known:
            values = self.unpack(flat)
            if self._rounded:
                values = {name: x.tolist() if self.shapes[name] else x for name, x in values.items()}
            result = self._function(order, full).run({**self.others, **values}, notes=False)
            known = {**known, (order, full): result}
            self._last = key, known
        return known[order, full]

    def _function(self, order: int, full: bool) -> Compiled:
        if (order, full) not in self._functions:
            self._functions[order, full] = differentiated(self._owner, self.shapes, order, full=full)
        return self._functions[order, full]

    def _weights(self, found: Result, weights: Any) -> Any:
        """A weight for each element of all results."""
        flat = _doubles("a list of weights", weights).reshape(-1)
        count = sum([np.size(found[name]) for name in self.results])
        if np.ndim(weights) > 1 or flat.size != count:
            shape = np.shape(weights)
            raise UsageError(
                f"there are {count} values to weight, found weights of shape {shape}", hint="give one each"
            )
        return flat

    def _single(self, found: Result) -> Any:
        """The value of the only result, which is a number."""
        if len(self.results) > 1:
            raise UsageError(
                f"one result is wanted, the program has {listed(self.results)}",
                hint="values and jacobian have all, hessian(x, weights) that of a sum; or compile it with fetch_names=",
            )
        value = found[self.results[0]]
        if np.ndim(value):
            raise UsageError(
                f"a number is wanted, {self.results[0]} has shape {np.shape(value)}",
                hint="values and jacobian have all elements",
            )
        return value


@lru_cache(maxsize=64)
def changed(owner: Compiled, **arguments: Any) -> Compiled:
    """The function compiled with other arguments, once for each: what is solved for many values asks again."""
    return owner.changed(**arguments)


def differentiated(owner: Compiled, variables: Iterable[str], order: int, *, full: bool = False) -> Compiled:
    """The function with derivatives by some inputs up to this order, whatever it was compiled for."""
    return changed(
        owner,
        wrt=tuple(variables),
        max_order=order,
        full_jacobian=full,
        along_direction=None,
        weight_by=None,
        sparse=False,
    )


def unpacked(shapes: Mapping[str, tuple[int, ...]], flat: Any) -> dict[str, Any]:
    """The values by name that stand one after the other."""
    found: dict[str, Any] = {}
    start = 0
    for name, shape in shapes.items():
        end = start + prod(shape)
        found[name] = np.reshape(flat[start:end], shape) if shape else float(flat[start])
        start = end
    return found


def _shapes(owner: Compiled, variables: Any) -> dict[str, tuple[int, ...]]:
    """The shapes of the inputs that the vector is of: those of a mapping, or of numbers."""
    if isinstance(variables, Mapping):
        shapes = expected.by_name("the vector is", variables, '{"x": (3,)}')
    else:
        names = expected.names("the vector", variables)
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise UsageError(f"the vector has {twice} twice", hint="name each input once")
        shapes = dict.fromkeys(names, ())
    if not shapes:
        raise UsageError("the vector is of no input", hint='name some, as in scipy(["x", "y"])')
    owner.task.names.check_numbers(shapes, "part of a vector")
    for name, shape in shapes.items():
        if name not in owner.inputs:
            hint = meant(name, owner.inputs, f"its inputs are {', '.join(owner.inputs) or 'none'}")
            raise NameProblem(f"the program has no input {name} for the vector", hint=hint)
        expected.shape(f"the shape of {name}", shape, f'{{"{name}": (3,)}}')
    return shapes


def _doubles(what: str, x: Any) -> Any:
    """Real numbers as an array of doubles of its own."""
    try:
        found = np.array(x)
        if found.dtype.kind in "fiub":
            return found.astype(float)
    except (TypeError, ValueError):
        pass
    raise UsageError(f"{what} is of real numbers, found {expected.shown(x)}")
