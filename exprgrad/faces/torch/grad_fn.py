"""What `grad_fn` of a tensor is."""

from __future__ import annotations

from typing import Any


class GradFn:
    """The operation that a tensor comes from, as `grad_fn` shows it: `name()`, and where its operands come from."""

    __slots__ = ("_tensor",)

    def __init__(self, tensor: Any) -> None:
        self._tensor = tensor

    def name(self) -> str:
        """The name of the operation."""
        assert self._tensor.op is not None
        return str(self._tensor.op.name)

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """For each operand its `grad_fn` (None for a leaf), and the 0 that PyTorch has there for one result."""
        return tuple([(x.grad_fn, 0) for x in self._tensor.operands])

    def __repr__(self) -> str:
        return f"<{self.name()}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and self._tensor is other._tensor

    def __hash__(self) -> int:
        return hash(self._tensor)
