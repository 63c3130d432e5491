"""The functions of the language, listed."""

from __future__ import annotations

from exprgrad.lowering.checks import signature
from exprgrad.ops import REGISTRY
from exprgrad.ops import functions as of_arrays


def functions() -> str:
    """A line for each: how it is called, what it does, its second names."""
    lines = [
        (signature(op), f"{op.doc} (also {', '.join(op.aliases)})" if op.aliases else op.doc)
        for op in REGISTRY.functions()
    ]
    lines += [(function.signature, function.doc) for function in of_arrays.FUNCTIONS.values()]
    width = max(len(called) for called, _ in lines)
    return "".join(f"{called:{width}}  {doc}\n" for called, doc in lines)
