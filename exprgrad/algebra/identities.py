"""What calls of functions are instead: the values and symmetries that everybody knows.

Each keeps the value wherever the call is defined.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.algebra.terms import ONE, Algebra, Call, Identity, Number, Product, Symbol, Term, leads_negative, whole
from exprgrad.text_tests import is_test


def _even(name: str, at_zero: int | None) -> Identity:
    """f(-x) is f(x)."""

    def identity(a: Algebra, operands: Sequence[Term]) -> Term | None:
        (x,) = operands
        if x is a.zero and at_zero is not None:
            return a.number(at_zero)
        if isinstance(x, Call) and x.name == "abs":
            return a.call(name, x.operands[0])
        return a.call(name, a.negative(x)) if leads_negative(x) else None

    return identity


def _odd(name: str, at_zero: int | None) -> Identity:
    """f(-x) is -f(x)."""

    def identity(a: Algebra, operands: Sequence[Term]) -> Term | None:
        (x,) = operands
        if x is a.zero and at_zero is not None:
            return a.number(at_zero)
        return a.negative(a.call(name, a.negative(x))) if leads_negative(x) else None

    return identity


def _one_minus_square(a: Algebra, t: Term) -> Term:
    return a.root(a.subtract(a.one, a.multiply(t, t)))


def _one_plus_square(a: Algebra, t: Term) -> Term:
    return a.root(a.add(a.one, a.multiply(t, t)))


# A function of the inverse of another one, of t.
_INVERTED: Final[Mapping[str, Mapping[str, Callable[[Algebra, Term], Term]]]] = {
    "sin": {
        "asin": lambda a, t: t,
        "acos": _one_minus_square,
        "atan": lambda a, t: a.divide(t, _one_plus_square(a, t)),
    },
    "cos": {
        "acos": lambda a, t: t,
        "asin": _one_minus_square,
        "atan": lambda a, t: a.divide(a.one, _one_plus_square(a, t)),
    },
    "tan": {"atan": lambda a, t: t},
    "sinh": {"asinh": lambda a, t: t},
    "cosh": {"acosh": lambda a, t: t, "asinh": _one_plus_square},
    "tanh": {"atanh": lambda a, t: t},
}


def _of_inverse(name: str, otherwise: Identity) -> Identity:
    """f of its own inverse, or that of a function like it."""
    inverted = _INVERTED.get(name)
    if inverted is None:
        return otherwise

    def identity(a: Algebra, operands: Sequence[Term]) -> Term | None:
        (x,) = operands
        if isinstance(x, Call) and x.name in inverted:
            return inverted[x.name](a, x.operands[0])
        return otherwise(a, operands)

    return identity


def _infix(make: Callable[[Algebra, Term, Term], Term]) -> Identity:
    return lambda a, operands: make(a, *operands)


def _abs(a: Algebra, operands: Sequence[Term]) -> Term | None:
    (x,) = operands
    if x.nonnegative:
        return x
    if isinstance(x, Number):
        return a.number(abs(x.value))
    if leads_negative(x):
        return a.call("abs", a.negative(x))
    if isinstance(x, Product):  # what is known not to be negative comes out
        out = [(b, e) for b, e in x.factors.items() if _is_nonnegative(b, e)]
        kept = [(b, e) for b, e in x.factors.items() if not _is_nonnegative(b, e)]
        if out or x.coefficient != 1:
            inside = a.product(ONE, kept)
            return a.product(abs(x.coefficient), [*out, (a.call("abs", inside), a.one)])
    return None


def _is_nonnegative(b: Term, e: Term) -> bool:
    n = whole(e)
    return b.nonnegative or (n is not None and n % 2 == 0)


def _sign(a: Algebra, operands: Sequence[Term]) -> Term | None:
    (x,) = operands
    if isinstance(x, Number):
        return a.number((x.value > 0) - (x.value < 0))
    if isinstance(x, Product) and x.coefficient not in (1, -1):
        return a.scaled(ONE if x.coefficient > 0 else -ONE, a.call("sign", a.product(ONE, x.factors.items())))
    return a.negative(a.call("sign", a.negative(x))) if leads_negative(x) else None


def _log(a: Algebra, operands: Sequence[Term]) -> Term | None:
    if len(operands) == 2:
        return a.divide(a.call("log", operands[0]), a.call("log", operands[1]))
    (x,) = operands
    if x is a.one:
        return a.zero
    if isinstance(x, Product) and x.coefficient == 1 and set(x.factors) == {a.e}:
        return x.factors[a.e]
    if isinstance(x, Number) and x.value.numerator == 1 and x.value > 0:
        return a.negative(a.call("log", a.number(1 / x.value)))
    return a.one if x is a.e else None


def _exp(a: Algebra, operands: Sequence[Term]) -> Term | None:
    (x,) = operands
    if isinstance(x, Call) and x.name == "log":
        return x.operands[0]
    return a.power(a.e, x)


def _where(a: Algebra, operands: Sequence[Term]) -> Term | None:
    condition, then, otherwise = operands
    if isinstance(condition, Number):
        return then if condition.value else otherwise
    if then is otherwise:
        return then
    if _is_truth(then) and otherwise is a.zero:
        return a.call("and", condition, then)
    if _is_truth(otherwise) and then is a.one:
        return a.call("or", condition, otherwise)
    return None


def _is_truth(x: Term) -> bool:
    return x.name in TRUTHS if isinstance(x, Call) else isinstance(x, Symbol) and is_test(x.name)


def _hypot(a: Algebra, operands: Sequence[Term]) -> Term | None:
    x, y = sorted([a.negative(z) if leads_negative(z) else z for z in operands], key=lambda z: z.index)
    return None if (x, y) == tuple(operands) else a.call("hypot", x, y)


def _not_equal(a: Algebra, operands: Sequence[Term]) -> Term | None:
    """What is 1 or 0 is a condition as it is."""
    x, y = operands
    if isinstance(x, Number) and isinstance(y, Number):
        return a.number(x.value != y.value)
    return x if y is a.zero and _is_truth(x) else None


def _compared(holds: Callable[[Any, Any], bool]) -> Identity:
    """Of two numbers it is known."""

    def identity(a: Algebra, operands: Sequence[Term]) -> Term | None:
        x, y = operands
        if isinstance(x, Number) and isinstance(y, Number):
            return a.number(int(holds(x.value, y.value)))
        return None

    return identity


def _not(a: Algebra, operands: Sequence[Term]) -> Term | None:
    (x,) = operands
    if isinstance(x, Number):
        return a.number(x.value == 0)
    inner = x.operands[0] if isinstance(x, Call) and x.name == "logical_not" else None
    return inner if inner is not None and _is_truth(inner) else None


# What gives 1 or 0.
TRUTHS: Final = frozenset(
    ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "and", "or", "logical_not"]
)
# By the name of an operation.
IDENTITIES: Final[Mapping[str, Identity]] = {
    "add": _infix(Algebra.add),
    "sub": _infix(Algebra.subtract),
    "mul": _infix(Algebra.multiply),
    "div": _infix(Algebra.divide),
    "pow": _infix(Algebra.power),
    "neg": lambda a, xs: a.negative(xs[0]),
    "pos": lambda a, xs: xs[0],
    "sqrt": lambda a, xs: a.root(xs[0]),
    "exp": _exp,
    "log": _log,
    "abs": _abs,
    "sign": _sign,
    "where": _where,
    "not_equal": _not_equal,
    "equal": _compared(operator.eq),
    "less": _compared(operator.lt),
    "less_equal": _compared(operator.le),
    "greater": _compared(operator.gt),
    "greater_equal": _compared(operator.ge),
    "logical_not": _not,
    "hypot": _hypot,
    **{name: _of_inverse(name, _even(name, 1)) for name in ("cos", "cosh", "sec", "sech")},
    **{
        name: _of_inverse(name, _odd(name, 0))
        for name in ("sin", "tan", "sinh", "tanh", "atan", "asinh", "asin", "atanh", "erf", "cbrt")
    },
    **{name: _odd(name, None) for name in ("cot", "csc", "coth", "csch")},
}
# Operations that are never negative.
NONNEGATIVE: Final = frozenset(
    [
        *("abs", "cosh", "sech", "hypot", "sigmoid", "softplus", "erfc", "step", "relu", "acos", "exp2", *TRUTHS),
        *("norm", "var", "std", "softmax", "acosh"),
    ]
)
