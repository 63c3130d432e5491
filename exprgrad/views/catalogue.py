"""The functions of the language, each with how it is called and what it does."""

from __future__ import annotations

from typing import Final

from exprgrad.lowering.checks import signature
from exprgrad.ops import REGISTRY
from exprgrad.ops import functions as of_arrays
from exprgrad.records import NamedTuple


class Entry(NamedTuple):
    """A function: its names, the second ones behind the first, how it is called, a line on what it does, and the names
    of its operands, if these are numbers; of a form of the language an example."""

    names: tuple[str, ...]
    signature: str
    doc: str
    operands: tuple[str, ...] = ()
    example: str = ""


# What is written like a call and is a form of the language.
CALL_FORMS: Final = tuple(
    [
        Entry((name,), called, doc, example=example)
        for name, called, doc, example in (
            ("diff", "diff(u, x)", "the derivative of u by x, as a value", "diff(x^3, x)"),
            ("gradient", "gradient(u, x)", "the derivatives of u by each element of x", "gradient(x^2*y, [x, y])"),
            (
                "jacobian",
                "jacobian(u, x)",
                "the derivatives of each element of u by each of x",
                "jacobian([x^2, x*y], [x, y])",
            ),
            (
                "hessian",
                "hessian(u, x)",
                "the second derivatives of u by each two elements of x",
                "hessian(x^2*y, [x, y])",
            ),
            ("where", "where(condition, x, y)", "x where the condition holds, else y", "where(x > y, x, y)"),
        )
    ]
)


def catalogue() -> list[Entry]:
    """All functions, in the order in which they are listed."""
    entries = []
    for op in REGISTRY.functions():
        names = op.name, *op.aliases
        doc = f"{op.doc} (also {', '.join(op.aliases)})" if op.aliases else op.doc
        entries.append(Entry(names, signature(op), doc, op.operand_names))
    entries += [Entry((name,), function.signature, function.doc) for name, function in of_arrays.FUNCTIONS.items()]
    return [*entries, *CALL_FORMS]


def listing() -> str:
    """A line for each: how it is called, what it does, its second names."""
    entries = catalogue()
    width = max(len(entry.signature) for entry in entries)
    return "".join(f"{entry.signature:{width}}  {entry.doc}\n" for entry in entries)
