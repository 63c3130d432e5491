"""Bits, tables and fused products as LLVM IR: what kernels of doubles are written against beside numpy's names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

from exprgrad.run.writer import Register, Writer, hexadecimal

# A register of so many doubles is one of AVX-512.
_PERMUTES: Final = 8


class Whole:
    """A whole number of 64 bits in each of the rows that run at once: a name in the IR."""

    __slots__ = ("text", "writer")

    def __init__(self, writer: BitsWriter, text: str) -> None:
        self.writer = writer
        self.text = text

    @property
    def kind(self) -> str:
        """Its type in the IR."""
        return self.writer.whole_type

    def like(self, text: str) -> Self:
        """Another value of its kind."""
        return type(self)(self.writer, text)

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

    def __xor__(self, other: Whole | int) -> Whole:
        return self._infix("xor", other)

    def __lshift__(self, other: int) -> Whole:
        return self._infix("shl", other)

    def __rshift__(self, other: int) -> Whole:
        """Of what is not negative."""
        return self._infix("lshr", other)


class BitsWriter(Writer):
    """A writer for kernels that take numbers apart; see `numbers/pairs/arithmetic.py` for its names. `fuses` says
    whether the processor has fused multiplications."""

    def __init__(self, width: int, register: int, vector: Mapping[str, str], fuses: bool) -> None:
        super().__init__(width, register, vector)
        self.whole_type = self.of("i64")
        self._fuses = fuses
        self._tables: dict[tuple[float, ...], str] = {}

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
        if self._register == _PERMUTES and len(table) in (2 * _PERMUTES, 4 * _PERMUTES):
            return self._permuted(table, place)
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

    def _permuted(self, table: Sequence[float], place: Whole) -> Register:
        """The number at a place of a table of two registers, or four, which a permutation of AVX-512 chooses: reading
        memory in eight places takes five times as long."""
        wholes, doubles = f"<{_PERMUTES} x i64>", f"<{_PERMUTES} x double>"
        permute = "@llvm.x86.avx512.vpermi2var.pd.512"
        self.declare(f"{doubles} {permute}({doubles}, {wholes}, {doubles})")
        held = [
            f"<{', '.join([f'double {hexadecimal(x)}' for x in table[i : i + _PERMUTES]])}>"
            for i in range(0, len(table), _PERMUTES)
        ]
        parts = []
        for i in range(0, self.width, _PERMUTES):
            where = self._part(place.text, i, "i64")
            found = [
                self.result(f"call {doubles} {permute}({doubles} {a}, {wholes} {where}, {doubles} {b})")
                for a, b in zip(held[::2], held[1::2], strict=True)
            ]
            if len(found) > 1:
                bit = self.result(f"and {wholes} {where}, splat (i64 {2 * _PERMUTES})")
                upper = self.result(f"icmp ne {wholes} {bit}, zeroinitializer")
                found = [self.result(f"select <{_PERMUTES} x i1> {upper}, {doubles} {found[1]}, {doubles} {found[0]}")]
            parts += found
        return Register(self, self._joined(parts))
