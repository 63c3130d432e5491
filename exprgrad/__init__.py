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

from importlib import import_module

from exprgrad.version import __version__ as __version__

TYPE_CHECKING = False  # as type checkers know it; to load `typing` would take time
if TYPE_CHECKING:
    from typing import Any

    from exprgrad import dynamic as dynamic
    from exprgrad import static as static
    from exprgrad.compiled import Function, compile, evaluate
    from exprgrad.diagnostics import (
        EvaluationError,
        ExprError,
        GraphError,
        NameProblem,
        Note,
        ParseError,
        Span,
        UnsolvedError,
        UnsupportedError,
        UsageError,
    )
    from exprgrad.outcomes import Derivative, Outcome, Sparse
    from exprgrad.program.program import Program
    from exprgrad.result import Fit, Result
    from exprgrad.run.interpreter import Interpreter
    from exprgrad.views import draw

# Where each public name lies. It is loaded on first use: an import of exprgrad alone costs next to nothing.
_HOMES = {
    "compiled": ("Function", "compile", "evaluate"),
    "diagnostics": (
        "EvaluationError",
        "ExprError",
        "GraphError",
        "NameProblem",
        "Note",
        "ParseError",
        "Span",
        "UnsolvedError",
        "UnsupportedError",
        "UsageError",
    ),
    "program.program": ("Program",),
    "run.interpreter": ("Interpreter",),
    "outcomes": ("Derivative", "Outcome", "Sparse"),
    "result": ("Fit", "Result"),
    "views": ("draw",),
}
__all__ = [
    "Derivative",
    "EvaluationError",
    "ExprError",
    "Fit",
    "Function",
    "GraphError",
    "Interpreter",
    "NameProblem",
    "Note",
    "Outcome",
    "ParseError",
    "Program",
    "Result",
    "Span",
    "Sparse",
    "UnsolvedError",
    "UnsupportedError",
    "UsageError",
    "compile",
    "draw",
    "evaluate",
]
# What is asked for as `exprgrad.static` needs no import of its own.
_DOORS = ("dynamic", "static")


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"exprgrad.{module}"), name)
    if name in _DOORS:
        return import_module(f"exprgrad.{name}")
    raise AttributeError(f"module 'exprgrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_DOORS, "__version__"])
