"""Correctly rounded arithmetic as LLVM IR: what the functions of `numbers/lanes` are written against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.numbers.lanes.arithmetic import Arithmetic
from exprgrad.ops.registry import Op
from exprgrad.run.writer import Register, Writer, hexadecimal


class Whole:
    """A whole number of 64 bits in each of the rows that run at once: a name in the IR."""

    __slots__ = ("text", "writer")

    def __init__(self, writer: LanesWriter, text: str) -> None:
        self.writer = writer
        self.text = text

    def _infix(self, operation: str, other: Whole | int) -> Whole:
        w = self.writer
        text = other.text if isinstance(other, Whole) else w.repeated("i64", str(other))
        return Whole(w, w.result(f"{operation} {w.whole_type} {self.text}, {text}"))

    def __add__(self, other: Whole | int) -> Whole:
        return self._infix("add", other)

    def __sub__(self, other: Whole | int) -> Whole:
        return self._infix("sub", other)

    def __rsub__(self, other: int) -> Whole:
        return Whole(self.writer, self.writer.repeated("i64", str(other)))._infix("sub", self)

    def __mul__(self, other: Whole | int) -> Whole:
        return self._infix("mul", other)

    def __and__(self, other: Whole | int) -> Whole:
        return self._infix("and", other)

    def __lshift__(self, other: int) -> Whole:
        return self._infix("shl", other)

    def __rshift__(self, other: int) -> Whole:
        """Of what is not negative."""
        return self._infix("lshr", other)


class LanesWriter(Writer):
    """A writer whose operations are correctly rounded. `fuses` says whether the processor has fused multiplications,
    and `checks` whether each sum, product and quotient is to be asked whether it is a normal double; otherwise the
    processor's flags tell of all of them."""

    def __init__(self, width: int, register: int, fuses: bool, checks: bool) -> None:
        super().__init__(width, register, {})
        self.checks = checks
        self.whole_type = self.of("i64")
        # Called with the rows in which a result is not known.
        self.left_over: Callable[[Register], None] = lambda mask: None
        self._fuses = fuses
        self._tables: dict[tuple[float, ...], str] = {}
        self._arithmetic = Arithmetic(self, checks)

    def kernel(self, op: Op) -> Callable[..., Any]:
        return self._arithmetic.kernel(op)

    def label(self, name: str) -> None:
        super().label(name)
        self._arithmetic.forget()

    def mark(self) -> int:
        """A place in what is written."""
        return len(self.lines)

    def rewind(self, mark: int) -> None:
        """Forgets what has been written since a place."""
        del self.lines[mark:]
        self._arithmetic.forget()

    def key(self, x: Register) -> str:
        """What tells a value from others."""
        return x.text

    # -- what kernels are written against --------------------------------------------------------------------------

    def fma(self, x: Any, y: Any, z: Any) -> Register:
        """x*y + z, rounded once."""
        return self.intrinsic("fma", x, y, z)

    def rest(self, product: Any, x: Any, y: Any) -> Register:
        """x*y - product, where product is x*y rounded: exact. Without fused multiplications Dekker's splitting."""
        if self._fuses:
            return self.fma(x, y, -product)
        (x, x_low), (y, y_low) = (self._halves(self.number(z)) for z in (x, y))
        found: Register = ((x * y - product) + x * y_low + x_low * y) + x_low * y_low
        return found

    @staticmethod
    def _halves(x: Register) -> tuple[Register, Register]:
        far = x * 134217729.0
        high = far - (far - x)
        return high, x - high

    def multiply_add(self, x: Any, y: Any, z: Any) -> Register:
        """x*y + z, rounded once or twice."""
        return self.fma(x, y, z) if self._fuses else self.add(self.multiply(x, y), z)

    def bits(self, x: Register) -> Whole:
        """A double's bits as a whole number."""
        return Whole(self, self.result(f"bitcast {self.number_type} {x.text} to {self.whole_type}"))

    def of_bits(self, x: Whole) -> Register:
        """The double with these bits."""
        return Register(self, self.result(f"bitcast {self.whole_type} {x.text} to {self.number_type}"))

    def at(self, table: Sequence[float], place: Whole) -> Register:
        """The number at a place of a table."""
        key = tuple(table)
        name = self._tables.get(key)
        if name is None:
            name = self._tables[key] = f"@table{len(self._tables)}"
            elements = ", ".join([f"double {hexadecimal(x)}" for x in table])
            self.declarations[
                f"{name} = private unnamed_addr constant [{len(table)} x double] [{elements}], align 64"
            ] = None
        if self.width == 1:
            where = self.result(f"getelementptr double, ptr {name}, i64 {place.text}")
            return Register(self, self.result(f"load double, ptr {where}"))
        pointers = self.of("ptr")
        where = self.result(f"getelementptr double, ptr {name}, {self.whole_type} {place.text}")
        gather = f"@llvm.masked.gather.v{self.width}f64.v{self.width}p0"
        self.declare(f"{self.number_type} {gather}({pointers}, i32, {self.mask_type}, {self.number_type})")
        operands = f"{pointers} {where}, i32 8, {self.mask_type} {self.true.text}, {self.number_type} poison"
        return Register(self, self.result(f"call {self.number_type} {gather}({operands})"))
