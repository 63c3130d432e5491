"""What lowering asks of a mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from exprgrad.diagnostics import Span
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Op, Value


class Builder(Protocol):
    """What a mode decides for itself."""

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        """A literal: a float, or an array."""

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        """An operation that stands at a place in the text."""

    def decide(self, condition: Value) -> bool | None:
        """Whether a condition holds; None where no value flows yet, so that both ways are lowered."""

    def finished(
        self, operands: Sequence[Value], lower: Callable[[Builder, Sequence[Value]], Sequence[Value]], budget: Budget
    ) -> Sequence[Value] | None:
        """The results of a loop that the mode runs by itself, within a budget; None to have it lowered. `lower` gives
        the results for another builder and its operands."""

    @property
    def recording(self) -> bool:
        """Whether the iterations of a loop are kept, to be differentiated."""
