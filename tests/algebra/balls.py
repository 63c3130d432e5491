"""Expressions of the language in Arb's balls, apart from exprgrad's own arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

import flint

from exprgrad.syntax.tree import Binary, Call, Comparison, Conditional, Expression, Name, Number, Unary, children

arb = flint.arb


def _sinc(x: Any) -> Any:
    return (x * arb.pi()).sin() / (x * arb.pi())


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: getattr(arb, name) for name in ("exp", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "expm1")},
    **{name: getattr(arb, name) for name in ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc")},
    **{name: getattr(arb, name) for name in ("gamma", "lgamma", "digamma", "log1p", "sec", "csc", "cot", "sech")},
    **{name: getattr(arb, name) for name in ("csch", "coth", "floor", "ceil")},
    "trigamma": lambda x: arb(2).zeta(x),
    "polygamma": lambda n, x: (-1) ** (int(n.unique_fmpz()) + 1) * arb.fac_ui(int(n.unique_fmpz())) * (n + 1).zeta(x),
    "abs": abs,
    "log": lambda x, base=None: x.log() if base is None else x.log() / base.log(),
    "log2": lambda x: x.log() / arb(2).log(),
    "log10": lambda x: x.log() / arb(10).log(),
    "exp2": lambda x: arb(2) ** x,
    "cbrt": lambda x: x.root(3) if x > 0 else -((-x).root(3)),
    "hypot": lambda x, y: (x * x + y * y).sqrt(),
    "atan2": lambda y, x: arb.atan2(y, x),
    "pow": lambda x, y: x**y,
    "sign": lambda x: arb(1) if x > 0 else arb(-1) if x < 0 else arb.nan(),
    "step": lambda x: arb(1) if x > 0 else arb(0) if x < 0 else arb.nan(),
    "heaviside": lambda x, h: arb(1) if x > 0 else arb(0) if x < 0 else arb.nan(),
    "max": lambda *xs: max(xs, key=float),
    "min": lambda *xs: min(xs, key=float),
    "sinc": _sinc,
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: x.exp().log1p(),
}
COMPARED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda x, y: bool(x < y),
    ">": lambda x, y: bool(x > y),
    "<=": lambda x, y: bool(x <= y),
    ">=": lambda x, y: bool(x >= y),
    "==": lambda x, y: bool(x == y),
    "!=": lambda x, y: not bool(x == y),
}


def ball(root: Expression, values: Mapping[str, Any]) -> Any:
    """The value of an expression; its literals are the decimals that they are."""
    done: list[Any] = []
    stack: list[tuple[Expression, bool]] = [(root, False)]
    while stack:
        x, ready = stack.pop()
        parts = children(x)
        if not ready:
            stack.append((x, True))
            stack += [(part, False) for part in reversed(parts)]
            continue
        first = len(done) - len(parts)
        done[first:] = [_value(x, done[first:], values)]
    return done[0]


def _value(x: Expression, parts: list[Any], values: Mapping[str, Any]) -> Any:
    if isinstance(x, Number):
        exact = Fraction(repr(x.value))
        return arb(flint.fmpq(exact.numerator, exact.denominator))
    if isinstance(x, Name):
        return {"pi": arb.pi(), "tau": 2 * arb.pi()}.get(x.name) or values[x.name]
    if isinstance(x, Unary):
        return -parts[0] if x.symbol == "-" else parts[0]
    if isinstance(x, Binary):
        return _operated(x.symbol, *parts)
    if isinstance(x, Comparison):
        pairs = zip(x.symbols, parts, parts[1:], strict=False)
        return arb(int(all(COMPARED[symbol](left, right) for symbol, left, right in pairs)))
    if isinstance(x, Conditional):
        order = children(x)
        condition, then, otherwise = (
            next(part for tree, part in zip(order, parts, strict=True) if tree is side)
            for side in (x.condition, x.then, x.otherwise)
        )
        return then if condition != 0 else otherwise
    assert isinstance(x, Call), x
    return FUNCTIONS[x.function](*parts)


def _operated(symbol: str, x: Any, y: Any) -> Any:
    if symbol == "**":
        whole = y.unique_fmpz()
        return x ** int(whole) if whole is not None and abs(whole) < 1000 else x**y
    return {"+": x.__add__, "-": x.__sub__, "*": x.__mul__, "/": x.__truediv__}[symbol](y)
