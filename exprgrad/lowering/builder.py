"""What lowering asks of a mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from exprgrad.diagnostics import Span
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Op, Value

# Of values that enter a loop, the tangent of one by another, given by their numbers; None where it does not depend on
# it. A tangent enters, too, behind the others.
Tangents = Mapping[tuple[int, int], Value | None]
# Lowers a loop with another builder, on other values and their tangents: its results, and what its diff() have visited.
# Raises an Ask where it needs another tangent.
Lower = Callable[["Builder", Sequence[Value], Tangents], tuple[Sequence[Value], Sequence[tuple[Any, ...]]]]


class Ask(Exception):
    """A loop that is lowered by itself needs the tangent of a value that enters it by another; `span` is where."""

    def __init__(self, of: int, by: int, span: Span) -> None:
        super().__init__()
        self.of = of
        self.by = by
        self.span = span


class Builder(Protocol):
    """What a mode decides for itself."""

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        """A literal: a float, or an array."""

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        """An operation that stands at a place in the text."""

    def decide(self, condition: Value) -> bool | None:
        """Whether a condition holds; None where no value flows yet, so that both ways are lowered."""

    def finished(
        self, key: Any, operands: Sequence[Value], tangents: Tangents, lower: Lower, budget: Budget
    ) -> tuple[Sequence[Value], Sequence[tuple[Any, ...]]] | None:
        """The results of a loop that the mode runs by itself, within a budget, and what its diff() have visited; None
        to have it lowered. The same `key` stands for the same loop, and `lower` gives both for another builder and its
        operands. Raises an Ask where it needs another tangent."""

    @property
    def uneven(self) -> bool:
        """Whether one operation of a loop may become others, with other operands, in some of its iterations."""

    @property
    def recording(self) -> bool:
        """Whether the iterations of a loop are kept, to be differentiated."""
