"""Expressions as data: what the kernels of operations become when they run on symbols instead of numbers.

A kernel that is written against numpy's names (`lambda np: lambda x: 1 / np.cos(x)`) gives, run on the `Symbols`, the
expression `1.0 / cos(x)`, made of primitives with numpy's names. A target spells the primitives, a few dozen of them,
and with them all operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from itertools import count
from typing import Any, Final

# What kernels are made of, with numpy's names; comparisons give truth values, and `where` takes one and what to give if
# it is true, or not.
_FUNCTIONS: Final = (
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "power", "hypot", "erf", "erfc"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "degrees", "radians"),
    *("sinh", "cosh", "tanh", "arcsinh", "arccosh", "arctanh", "gamma", "lgamma"),
    *("floor", "ceil", "trunc", "round", "sign", "copysign", "heaviside", "maximum", "minimum"),
    *("fmod", "mod", "floor_divide", "abs", "add", "subtract", "multiply", "true_divide", "negative", "where"),
)
_TRUTHS: Final = (
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_and", "logical_or", "logical_not", "isnan", "holds", "is_absent"),
)
# A truth value as 1 or 0, a number that must not be nan (`holds` is such a one that is not 0), and the structural zero,
# which `is_absent` tells from numbers. The truth values themselves are Python's, and spelled by `true` and `false`.
_OTHERS: Final = ("number", "refuse_nan", "absent", "true", "false")
PRIMITIVES: Final = frozenset([*_FUNCTIONS, *_TRUTHS, *_OTHERS])

# So end the names of a language's own functions that are errors outside of their domain: such an expression stands
# where its operands are checked, and nowhere else.
CHECKED: Final = "_of"

_SECOND_NAMES: Final = {"absolute": "abs", "fabs": "abs"}

_next: Callable[[], int] = count().__next__


def _infix(name: str) -> tuple[Any, Any]:
    """The methods of an operator, with the expression to its left and to its right."""
    return lambda x, y: getattr(SYMBOLS, name)(x, y), lambda y, x: getattr(SYMBOLS, name)(x, y)


class Expression:
    """A primitive, or an operation that is called (`call`), on its operands, which are expressions and Python's floats;
    or a leaf, which stands for a value (`of`). `mask` says that it is a truth value. The index numbers expressions in
    order of creation."""

    __slots__ = ("call", "index", "mask", "name", "of", "operands")

    def __init__(
        self, name: str, operands: Sequence[Any] = (), *, mask: bool = False, call: Any = None, of: Any = None
    ) -> None:
        self.name = name
        self.operands = tuple(operands)
        self.mask = mask or name in _TRUTHS
        self.call = call
        self.of = of
        self.index = _next()

    @property
    def writer(self) -> Symbols:
        """What the rule of a hard point computes with (see `Op.of`)."""
        return SYMBOLS

    @property
    def is_leaf(self) -> bool:
        """Whether it stands for a value."""
        return self.of is not None

    __add__, __radd__ = _infix("add")
    __sub__, __rsub__ = _infix("subtract")
    __mul__, __rmul__ = _infix("multiply")
    __truediv__, __rtruediv__ = _infix("true_divide")
    __and__, __rand__ = _infix("logical_and")
    __or__, __ror__ = _infix("logical_or")
    __lt__, __gt__ = _infix("less")[0], _infix("greater")[0]
    __le__, __ge__ = _infix("less_equal")[0], _infix("greater_equal")[0]
    __eq__, __ne__ = _infix("equal")[0], _infix("not_equal")[0]
    __hash__ = None  # type: ignore[assignment]

    def __neg__(self) -> Any:
        return SYMBOLS.negative(self)

    def __invert__(self) -> Any:
        return SYMBOLS.logical_not(self)

    def __pow__(self, n: int) -> Any:
        x = found = as_number(self)
        for _ in range(n - 1):
            found = found * x
        return found

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value before it runs")


class Symbols:
    """The namespace that makes expressions, of what is numpy to the kernels of operations; `beyond` is what it has for
    the scalar kernel of one. Nothing is simplified but what is the same for all numbers: 1*x, -1*x, x/1 and x**0."""

    ndarray = Expression
    nan = math.nan
    inf = math.inf
    pi = math.pi
    true = True
    false = False

    def __init__(self, beyond: Callable[..., Any] | None = None) -> None:
        self._beyond = beyond

    def __getattr__(self, name: str) -> Callable[..., Any]:
        name = _SECOND_NAMES.get(name, name)
        if name not in PRIMITIVES:
            raise AttributeError(name)
        return lambda *xs: Expression(name, [as_number(x) for x in xs])

    def multiply(self, x: Any, y: Any) -> Any:
        x, y = as_number(x), as_number(y)
        for one, other in ((x, y), (y, x)):
            if not isinstance(one, Expression):
                if not isinstance(other, Expression):
                    return one * other
                if one == 1.0:
                    return other
                if one == -1.0:
                    return self.negative(other)
        return Expression("multiply", (x, y))

    def true_divide(self, x: Any, y: Any) -> Any:
        x, y = as_number(x), as_number(y)
        return x if not isinstance(y, Expression) and y == 1.0 else Expression("true_divide", (x, y))

    def power(self, x: Any, y: Any) -> Any:
        x, y = as_number(x), as_number(y)
        return 1.0 if not isinstance(y, Expression) and y == 0.0 else Expression("power", (x, y))

    def negative(self, x: Any) -> Any:
        x = as_number(x)
        return Expression("negative", (x,)) if isinstance(x, Expression) else -x

    def positive(self, x: Any) -> Any:
        return as_number(x)

    def double(self, x: Any) -> Any:
        """x in double precision, which numbers have."""
        return as_number(x)

    def where(self, mask: Any, x: Any, y: Any) -> Any:
        mask = truth(mask)
        if isinstance(mask, bool):
            return x if mask else y
        masks = [isinstance(z, bool) or (isinstance(z, Expression) and z.mask) for z in (x, y)]
        if not all(masks):
            x, y = as_number(x), as_number(y)
        return Expression("where", (mask, x, y), mask=all(masks))

    def logical_and(self, x: Any, y: Any) -> Any:
        return self._logic("logical_and", truth(x), truth(y), False)

    def logical_or(self, x: Any, y: Any) -> Any:
        return self._logic("logical_or", truth(x), truth(y), True)

    def _logic(self, name: str, x: Any, y: Any, decides: bool) -> Any:
        for one, other in ((x, y), (y, x)):
            if isinstance(one, bool):
                return one if one is decides else other
        return Expression(name, (x, y))

    def logical_not(self, x: Any) -> Any:
        x = truth(x)
        return not x if isinstance(x, bool) else Expression("logical_not", (x,))

    def not_equal(self, x: Any, y: Any) -> Any:
        if isinstance(x, Expression) and x.mask and not isinstance(y, Expression) and y == 0:
            return x
        return Expression("not_equal", (as_number(x), as_number(y)))

    def isnan(self, x: Any) -> Any:
        x = as_number(x)
        return Expression("isnan", (x,)) if isinstance(x, Expression) else x != x

    def refuse_nan(self, x: Any, problem: object) -> Any:
        """x, which may not be nan; a truth value never is."""
        return x if isinstance(x, Expression) and x.mask else Expression("refuse_nan", (as_number(x),))

    def mended(self, found: Any, mask: Any, kernel: Callable[..., Any] | None, operands: Sequence[Any]) -> Any:
        """`found`, or what another kernel gives where a mask is true; a kernel that there is none of mends nothing."""
        return found if kernel is None else self.where(mask, kernel(*operands), found)

    def scalar(self, kernel: Callable[..., Any]) -> Callable[..., Any] | None:
        """What a text has in place of a correctly rounded kernel, which it cannot call."""
        return self._beyond


SYMBOLS: Final = Symbols()


def truth(x: Any) -> Any:
    """Whether a value is not 0: a Python bool where that is known."""
    if isinstance(x, Expression):
        return x if x.mask else SYMBOLS.not_equal(x, 0.0)
    return bool(x)


def as_number(x: Any) -> Any:
    """A value as a number: Python's as floats, truth values as 1 and 0."""
    if isinstance(x, Expression):
        return Expression("number", (x,)) if x.mask else x
    return float(x)


def nodes(root: Any, known: Container[int] = ()) -> list[Expression]:
    """The expressions that one is made of, operands first, each once, without leaves and those whose index is known."""
    found: dict[int, Expression] = {}
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        x, done = stack.pop()
        if not isinstance(x, Expression) or x.is_leaf or x.index in found or x.index in known:
            continue
        if done:
            found[x.index] = x
        else:
            stack.append((x, True))
            stack.extend((operand, False) for operand in reversed(x.operands))
    return list(found.values())


def leaves(root: Any) -> list[Any]:
    """What the leaves in an expression are `of`, each as often as the text will name it."""
    found: list[Any] = []
    stack: list[Any] = [root]
    while stack:
        x = stack.pop()
        if isinstance(x, Expression):
            if x.is_leaf:
                found.append(x.of)
            stack.extend(x.operands)
    return found
