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
        self._tables: dict[tuple[tuple[float, ...], ...], str] = {}

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

    def at(self, tables: Sequence[Sequence[float]], place: Whole) -> Sequence[Register]:
        """The numbers at a place of tables, one of each. They are read two at a time, row by row, which takes
        less time than what processors have to gather from memory."""
        if self._register == _PERMUTES and len(tables[0]) in (2 * _PERMUTES, 4 * _PERMUTES):
            return [self._permuted(table, place) for table in tables]
        columns = len(tables)
        begins = [
            self.result(f"getelementptr [{columns} x double], ptr {self._beside(tables)}, i64 {n}")
            for n in self._each(place)
        ]
        found = []
        for column in range(0, columns, 2):
            kind = "<2 x double>" if column + 1 < columns else "double"
            read = []
            for begin in begins:
                where = self.result(f"getelementptr double, ptr {begin}, i64 {column}") if column else begin
                read.append(self.result(f"load {kind}, ptr {where}, align 8"))
            found += self._turned(read) if column + 1 < columns else [self._of_each(read)]
        return [Register(self, text) for text in found]

    def _beside(self, tables: Sequence[Sequence[float]]) -> str:
        """Memory with what stands at each place of tables side by side."""
        key = tuple(map(tuple, tables))
        name = self._tables.get(key)
        if name is None:
            name = self._tables[key] = f"@table{len(self._tables)}"
            elements = [f"double {hexadecimal(x)}" for row in zip(*tables, strict=True) for x in row]
            kind = f"[{len(elements)} x double]"
            self.declarations[f"{name} = private unnamed_addr constant {kind} [{', '.join(elements)}], align 64"] = None
        return name

    def _turned(self, rows: Sequence[str]) -> list[str]:
        """Two values from two doubles of each row: the first of all rows, and the second."""
        if self.width == 1:
            return [self.result(f"extractelement <2 x double> {rows[0]}, i32 {i}") for i in range(2)]
        even, odd = (self._joined(rows[i::2], 2) for i in range(2))
        places = [", ".join(f"i32 {j + k}" for j in range(i, self.width, 2) for k in (0, self.width)) for i in range(2)]
        kinds = f"{self.number_type} {even}, {self.number_type} {odd}, <{self.width} x i32>"
        return [self.result(f"shufflevector {kinds} <{at}>") for at in places]

    def _permuted(self, table: Sequence[float], place: Whole) -> Register:
        """The number at a place of a table of two registers, or four, which a permutation of AVX-512 chooses: reading
        memory for each row takes several times as long."""
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
        return Register(self, self._joined(parts, self._register))
