"""Comparisons and logic: 1.0 or 0.0, with derivative 0."""

from __future__ import annotations

from typing import Final

from exprgrad.diagnostics import nan_condition
from exprgrad.ops.registry import Notation, Op, elementwise


def _comparison(name: str, symbol: str, alias: str) -> Op:
    return elementwise(
        name,
        "x, y",
        doc=f"1 where x {symbol} y, else 0; a comparison with nan is false",
        rounded=lambda r: getattr(r, name),
        arrays=lambda np: getattr(np, name),
        exact=True,
        partials=[None, None],
        notation=Notation(symbol, 5, "left"),
        aliases=[alias],
    )


equal: Final[Op] = _comparison("equal", "==", "eq")
not_equal: Final[Op] = _comparison("not_equal", "!=", "ne")
less: Final[Op] = _comparison("less", "<", "lt")
less_equal: Final[Op] = _comparison("less_equal", "<=", "le")
greater: Final[Op] = _comparison("greater", ">", "gt")
greater_equal: Final[Op] = _comparison("greater_equal", ">=", "ge")


logical_not: Final[Op] = elementwise(
    "logical_not",
    doc="1 where x is 0, else 0",
    rounded=lambda r: r.logical_not,
    arrays=lambda np: lambda x: np.logical_not(np.refuse_nan(x, nan_condition)),
    exact=True,
    refuses=True,
    partials=[None],
    notation=Notation("not", 4, "prefix"),
)
truth: Final[Op] = elementwise(
    "truth",
    doc="0 where x is 0, else 1",
    reading=lambda x: not_equal(x, 0),
    rounded=lambda r: r.truth,
    arrays=lambda np: lambda x: np.refuse_nan(x, nan_condition) != 0,
    exact=True,
    refuses=True,
    partials=[None],
    public=False,
)
