"""Correctly rounded arithmetic as LLVM IR: what the functions of `numbers/lanes` are written against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.lanes.arithmetic import Arithmetic
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.ops.registry import Op
from exprgrad.run.bits import BitsWriter
from exprgrad.run.writer import Register

# Memory with the least size and with the largest one of what is computed in a row.
LEAST: Final = "%least"
LARGEST: Final = "%largest"


class LanesWriter(BitsWriter):
    """A writer whose operations are correctly rounded. `fuses` says whether the processor has fused multiplications;
    `has_flags` whether code can read and set the flags of its arithmetic, which it does after each block of so many
    `rows` where there are no `checks`. Where it does not `settle` what is open it leaves those rows over."""

    def __init__(
        self,
        width: int,
        register: int,
        fuses: bool,
        checks: Checks,
        *,
        has_flags: bool = False,
        rows: int = 0,
        settles: bool = True,
    ) -> None:
        super().__init__(width, register, {}, fuses)
        self.checks = checks
        self.has_flags = has_flags
        self.rows = rows
        self._settles = settles
        # Called with the rows in which a number has left the range.
        self.left_over: Callable[[Register], None] = lambda mask: None
        self._arithmetic = Arithmetic(self, self.checks)

    def kernel(self, op: Op) -> Callable[..., Any]:
        return self._arithmetic.kernel(op)

    def label(self, name: str) -> None:
        super().label(name)
        self._arithmetic.forget()

    def firm(self, x: Any) -> Any:
        return self._arithmetic.firm(x)

    def seen(self, x: Any, may_be_below: bool) -> None:
        """Keeps the least and the largest size of numbers in each row. Of what is nan nothing is kept."""
        size = self.where(self.active, self.abs(self.number(x)), 1.0)
        for name, order in ((LEAST, "olt"), (LARGEST, "ogt"))[not may_be_below :]:
            so_far = Register(self, self.result(f"load {self.number_type}, ptr {name}"))
            kept = self.where(self.compare(order, size, so_far), size, so_far)
            self.line(f"store {self.number_type} {kept.text}, ptr {name}")

    def mark(self) -> int:
        """A place in what is written."""
        return len(self.lines)

    def rewind(self, mark: int) -> None:
        """Forgets what has been written since a place, and what it was for."""
        del self.lines[mark:]
        self._arithmetic.forget_shared()

    def key(self, x: Any) -> str:
        """What tells a value from others."""
        return self.number(x).text

    def settled(
        self, found: Any, open_: Register, kernel: Callable[..., Any], operands: Sequence[Any]
    ) -> tuple[Register, Register]:
        """`found`, with what a scalar kernel gives in the rows of a mask that count; and where that is no normal
        double, nor 0, infinite or nan, if it is not only written down."""
        found, open_ = self.number(found), open_ & self.active
        if not self._settles:
            return found, open_

        def made() -> Sequence[Register]:
            with self._flags_kept():
                return self.by_function(_written(kernel) if self.final else kernel, operands, open_, found)

        number, beyond = self.rarely(open_, [found, self.false], made)
        return number, beyond

    @contextmanager
    def _flags_kept(self) -> Iterator[None]:
        """What is called meanwhile leaves the processor's flags alone, where these are read."""
        if self.checks is not Checks.NONE:
            yield
            return
        state = self.memory("%state", "i32")
        self.line(f"call void @llvm.x86.sse.stmxcsr(ptr {state})")
        yield
        self.line(f"call void @llvm.x86.sse.ldmxcsr(ptr {state})")


def _written(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A scalar kernel whose results are the doubles that are written down for its numbers."""
    return lambda *xs: float(to_python(kernel(*xs)))
