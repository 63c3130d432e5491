"""Correctly rounded arithmetic as LLVM IR: what the functions of `numbers/lanes` are written against."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from exprgrad.numbers.lanes.arithmetic import Arithmetic
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.ops.registry import Op
from exprgrad.run.writer import Register, Writer, hexadecimal

# A register of so many doubles is one of AVX-512.
_PERMUTES: Final = 8


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
    """A writer whose operations are correctly rounded. `fuses` says whether the processor has fused multiplications;
    where there are no `checks` the processor's flags are read after each `block` of rows. Where it does not `settle`
    what is open it leaves those rows over."""

    def __init__(
        self, width: int, register: int, fuses: bool, checks: Checks, *, block: int = 0, settles: bool = True
    ) -> None:
        super().__init__(width, register, {})
        self.checks = checks
        self.block = block
        self._settles = settles
        self.whole_type = self.of("i64")
        # Called with the rows in which a number has left the range, ...
        self.left_over: Callable[[Register], None] = lambda mask: None
        # ... and with a name and a type for memory in the frame of the function.
        self.memory: Callable[[str, str], str] = lambda name, kind: name
        self._fuses = fuses
        self._tables: dict[tuple[float, ...], str] = {}
        self._arithmetic = Arithmetic(self, self.checks)

    def kernel(self, op: Op) -> Callable[..., Any]:
        return self._arithmetic.kernel(op)

    def label(self, name: str) -> None:
        super().label(name)
        self._arithmetic.forget()

    def known(self, x: Any) -> Any:
        return self._arithmetic.known(x)

    def mark(self) -> int:
        """A place in what is written."""
        return len(self.lines)

    def rewind(self, mark: int) -> None:
        """Forgets what has been written since a place."""
        del self.lines[mark:]
        self._arithmetic.forget()

    def key(self, x: Any) -> str:
        """What tells a value from others."""
        return self.number(x).text

    def settled(
        self, found: Any, open_: Register, kernel: Callable[..., Any], operands: Sequence[Any]
    ) -> tuple[Register, Register]:
        """`found`, with what a scalar kernel gives in the rows of a mask that count; and where that is no normal
        double, nor 0, infinite or nan."""
        found, open_ = self.number(found), open_ & self.active
        if not self._settles:
            return found, open_
        n = self.fresh()[1:]
        before, rare, after = (f"{what}_{n}" for what in ("decided", "open", "settled"))
        self.line(f"br label %{before}")
        super().label(before)
        self.line(f"br i1 {self.any(open_)}, label %{rare}, label %{after}")
        super().label(rare)
        arrays = f"[{len(operands) + 1} x {self.number_type}]"
        memory = self.memory(f"%operands{len(operands)}", arrays)
        for i, x in enumerate([found, *map(self.number, operands)]):
            place = self.result(f"getelementptr {arrays}, ptr {memory}, i64 0, i64 {i}")
            self.line(f"store {self.number_type} {x.text}, ptr {place}")
        rows = self.wide(open_)
        slot = self.result(f"getelementptr ptr, ptr %callbacks, i64 {len(self.callbacks)}")
        self.callbacks.append((kernel, len(operands)))
        function = self.result(f"load ptr, ptr {slot}")
        with self._flags_kept():
            beyond = self.result(f"call i64 {function}(i64 {rows}, ptr {memory})")
        made = self.result(f"load {self.number_type}, ptr {memory}")
        beyond = beyond if self.width == 64 else self.result(f"trunc i64 {beyond} to i{self.width}")
        beyond = beyond if self.width == 1 else self.result(f"bitcast i{self.width} {beyond} to {self.mask_type}")
        self.line(f"br label %{after}")
        super().label(after)
        kind = self.number_type
        number = self.result(f"phi {kind} [ {found.text}, %{before} ], [ {made}, %{rare} ]")
        left = self.result(f"phi {self.mask_type} [ {self.false.text}, %{before} ], [ {beyond}, %{rare} ]")
        return Register(self, number), Register(self, left, True)

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
