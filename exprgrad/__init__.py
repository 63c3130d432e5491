"""exprgrad: values and exact derivatives of equations, as a graph that is defined and then run, or as a trace
that is defined by running.

>>> import exprgrad
>>> f = exprgrad.compile("c = a*b", mode="static")
>>> result = f(a=15, b=20)
>>> result["c"], result.derivative("c", "a"), result.derivative("c", "b")
(300.0, 20.0, 15.0)

`exprgrad.static` is TensorFlow 1's way of doing it by hand, `exprgrad.dynamic` PyTorch's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exprgrad.diagnostics import ExprError, Note, Span

if TYPE_CHECKING:
    from exprgrad.compiled import Derivative, Function, Outcome, Result, compile

__version__ = "0.1.0"
__all__ = ["Derivative", "ExprError", "Function", "Note", "Outcome", "Result", "Span", "compile"]


def __getattr__(name: str) -> Any:
    # Loaded on first use: an import of exprgrad alone costs next to nothing.
    if name in __all__:
        from exprgrad import compiled

        return getattr(compiled, name)
    raise AttributeError(f"module 'exprgrad' has no attribute {name!r}")
