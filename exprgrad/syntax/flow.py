"""The statements of a program as one flat list of events, in the order of the text, blocks between Begin and End.

What walks along a program, forwards for its names or backwards for what is needed, walks along this list, so that
blocks may nest as deep as they like. `for i in a..b` is a `while` over a counter of its own here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exprgrad.diagnostics import Span
from exprgrad.records import NamedTuple
from exprgrad.syntax.tree import (
    NOWHERE,
    Assignment,
    Binary,
    Comparison,
    Expression,
    For,
    If,
    Name,
    Number,
    Statement,
    While,
)
from exprgrad.text_tests import is_test


class Set(NamedTuple):
    """`name = value`; `bound` says that it is a bound of a range, which may not be nan."""

    name: str | None
    value: Expression
    name_span: Span
    bound: bool = False


class Begin(NamedTuple):
    """The first block of an if, or the body of a loop, begins."""

    statement: If | While
    condition: Expression


class Else(NamedTuple):
    """The second block of an if begins; there always is one, which may be empty."""

    statement: If


class End(NamedTuple):
    """The last block of a statement ends."""

    statement: If | While


Event = Set | Begin | Else | End


def is_hidden(name: str) -> bool:
    """Whether a name is one that no user can write."""
    return not (name.isidentifier() or is_test(name))


def flattened(statements: Sequence[Statement]) -> Iterator[Event]:
    """The events of some statements."""
    stack: list[Statement | Event] = list(reversed(statements))
    while stack:
        item = stack.pop()
        if isinstance(item, Assignment):
            yield Set(item.name, item.value, item.name_span)
        elif isinstance(item, If):
            yield Begin(item, item.condition)
            stack.extend([End(item), *reversed(item.otherwise), Else(item), *reversed(item.then)])
        elif isinstance(item, While):
            yield Begin(item, item.condition)
            stack.extend([End(item), *reversed(item.body)])
        elif isinstance(item, For):
            stack.extend(reversed(_counted(item)))
        else:
            yield item


def _counted(loop: For) -> Sequence[Statement | Event]:
    """A loop over a range, as a loop over names of its own that no user can write."""
    counter, stop = (f"{loop.counter}{mark}{loop.span.start}" for mark in ("@", "<"))
    here = Name(counter, loop.counter_span)
    condition = Comparison(("<",), (here, Name(stop, loop.stop.span)), loop.head_span)
    following = Binary("+", here, Number(1.0, loop.counter_span), loop.counter_span)
    body = (
        Assignment(loop.counter, here, loop.counter_span, loop.counter_span),
        *loop.body,
        Assignment(counter, following, loop.counter_span, NOWHERE),
    )
    return [
        Set(counter, loop.start, NOWHERE, bound=True),
        Set(stop, loop.stop, NOWHERE, bound=True),
        While(condition, body, loop.span, loop.head_span),
    ]
