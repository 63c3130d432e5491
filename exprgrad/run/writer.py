"""An array namespace that writes LLVM IR: what numpy is to the kernels of the operation table, for some rows at once.

A kernel that is written against numpy's names (`lambda np: lambda x: 1 / np.cos(x)`) runs on ndarrays when it is given
numpy, and becomes machine code when it is given a `Writer` and `Register`s. Formulas are numpy's own where it has one
(npy_math_internal.h.src), so that both agree at hard points.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, Self, TypeVar

from exprgrad.diagnostics import ExprError
from exprgrad.ops.registry import Op

# Of what the code's `at` points to the place of an i64: how many functions of Python's have been called since the last
# one that was not interrupted.
RUNNING: Final = 3
# The functions of libm by numpy's names for them.
LIBM: Final[Mapping[str, str]] = {
    **{name: name for name in ("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "cbrt")},
    **{name: name for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "hypot", "erf", "erfc")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")},
    "power": "pow",
}
# LLVM's own instructions of one operand, by numpy's names.
_INTRINSICS: Final[Mapping[str, str]] = {
    "sqrt": "sqrt",
    "abs": "fabs",
    "absolute": "fabs",
    "floor": "floor",
    "ceil": "ceil",
    "trunc": "trunc",
    "round": "roundeven",
}
_COMPARISONS: Final[Mapping[str, str]] = {
    "equal": "oeq",
    "not_equal": "une",
    "less": "olt",
    "less_equal": "ole",
    "greater": "ogt",
    "greater_equal": "oge",
}


class Value(Protocol):
    """A name in the IR, and its type."""

    text: str

    @property
    def kind(self) -> str: ...
    def like(self, text: str) -> Self: ...


V = TypeVar("V", bound=Value)


class Unwritten(AttributeError):
    """A name of numpy's that a kernel takes, and for which there is no code."""


class Register:
    """A number, or with `mask` a truth value, in each of the rows that run at once: a name in the IR."""

    __slots__ = ("mask", "text", "writer")

    def __init__(self, writer: Writer, text: str, mask: bool = False) -> None:
        self.writer = writer
        self.text = text
        self.mask = mask

    @property
    def kind(self) -> str:
        """Its type in the IR."""
        return self.writer.mask_type if self.mask else self.writer.number_type

    def like(self, text: str) -> Self:
        """Another value of its kind."""
        return type(self)(self.writer, text, self.mask)

    def __add__(self, other: Any) -> Register:
        return self.writer.add(self, other)

    def __radd__(self, other: Any) -> Register:
        return self.writer.add(other, self)

    def __sub__(self, other: Any) -> Register:
        return self.writer.subtract(self, other)

    def __rsub__(self, other: Any) -> Register:
        return self.writer.subtract(other, self)

    def __mul__(self, other: Any) -> Register:
        return self.writer.multiply(self, other)

    def __rmul__(self, other: Any) -> Register:
        return self.writer.multiply(other, self)

    def __truediv__(self, other: Any) -> Register:
        return self.writer.true_divide(self, other)

    def __rtruediv__(self, other: Any) -> Register:
        return self.writer.true_divide(other, self)

    def __pow__(self, n: int) -> Register:
        found = self
        for _ in range(n - 1):
            found = found * self
        return found

    def __neg__(self) -> Register:
        return self.writer.negative(self)

    def __lt__(self, other: Any) -> Register:
        return self.writer.compare("olt", self, other)

    def __le__(self, other: Any) -> Register:
        return self.writer.compare("ole", self, other)

    def __gt__(self, other: Any) -> Register:
        return self.writer.compare("ogt", self, other)

    def __ge__(self, other: Any) -> Register:
        return self.writer.compare("oge", self, other)

    def __eq__(self, other: object) -> Register:  # type: ignore[override]
        return self.writer.compare("oeq", self, other)

    def __ne__(self, other: object) -> Register:  # type: ignore[override]
        return self.writer.compare("une", self, other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        # A kernel on scalars that asks for one is no kernel on rows.
        raise Unwritten("bool")

    def __and__(self, other: Any) -> Register:
        return self.writer.combine("and", self, other)

    def __or__(self, other: Any) -> Register:
        return self.writer.combine("or", self, other)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Register:
        return self.writer.combine("xor", self, self.writer.true)


class Writer:
    """Writes the instructions of one function for `width` rows at once, in registers of `register` rows. `vector` gives
    libmvec's names of libm's functions for one register."""

    ndarray = Register
    nan = math.nan
    inf = math.inf
    pi = math.pi

    def __init__(self, width: int, register: int, vector: Mapping[str, str]) -> None:
        self.width = width
        self._register = register
        self._vector = vector
        self.number_type = self.of("double")
        self.mask_type = self.of("i1")
        self.lines: list[str] = []
        self.declarations: dict[str, None] = {}
        # Scalar functions of Python's that the code calls, with the number of their operands: their addresses are an
        # argument of it.
        self.callbacks: list[tuple[Callable[..., Any], int]] = []
        # Called with a name and a type for memory in the frame of the function, which is given as %at ...
        self.memory: Callable[[str, str], str] = lambda name, kind: name
        # ... and where a nan must not be: with the mask of the rows that are one, and the error.
        self.refused: Callable[[Register, ExprError], None] = lambda mask, problem: None
        self._count = 0
        self.true = Register(self, self.repeated("i1", "true"), True)
        self.false = Register(self, self.repeated("i1", "false"), True)
        # The rows that count, and whether what is computed is only written down.
        self.active = self.true
        self.final = False

    def __getattr__(self, name: str) -> Any:
        if name in LIBM:
            function = LIBM[name]
            return lambda *xs: self.call(function, *xs)
        if name in _INTRINSICS:
            intrinsic = _INTRINSICS[name]
            return lambda *xs: self.intrinsic(intrinsic, *xs)
        if name in _COMPARISONS:
            order = _COMPARISONS[name]
            return lambda x, y: self.compare(order, x, y)
        raise Unwritten(name)

    # -- text --------------------------------------------------------------------------------------

    def of(self, kind: str) -> str:
        """The type of `width` values."""
        return kind if self.width == 1 else f"<{self.width} x {kind}>"

    def repeated(self, kind: str, text: str) -> str:
        """A constant with one value in all rows."""
        return text if self.width == 1 else f"<{', '.join([f'{kind} {text}'] * self.width)}>"

    def fresh(self) -> str:
        """A name for a result."""
        self._count += 1
        return f"%t{self._count}"

    def line(self, text: str) -> None:
        """Writes an instruction without a result."""
        self.lines.append(f"  {text}")

    def result(self, text: str) -> str:
        """Writes an instruction and names its result."""
        name = self.fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def label(self, name: str) -> None:
        """Begins a block in which nothing is known."""
        self.block(name)

    def block(self, name: str) -> None:
        """Begins a block in which all is known that was before the last jump."""
        self.lines.append(f"{name}:")

    def declare(self, text: str) -> None:
        """Declares what is called, once."""
        self.declarations[f"declare {text}"] = None

    # -- values -------------------------------------------------------------------------------------

    def number(self, x: Any) -> Register:
        """A value as numbers: Python's numbers in all rows alike, truth values as 1 and 0."""
        if not isinstance(x, Register):
            return Register(self, self.repeated("double", hexadecimal(float(x))))
        if not x.mask:
            return x
        return self.where(x, 1.0, 0.0)

    def where(self, mask: Any, x: Any, y: Any) -> Register:
        """x in the rows where a mask is true, y in the others; both may be masks."""
        if isinstance(x, Register) and isinstance(y, Register) and x.mask and y.mask:
            kind, truth = self.mask_type, True
        else:
            x, y, kind, truth = self.number(x), self.number(y), self.number_type, False
        condition = self.truth(mask)
        text = self.result(f"select {self.mask_type} {condition.text}, {kind} {x.text}, {kind} {y.text}")
        return Register(self, text, truth)

    def truth(self, x: Any) -> Register:
        """Where a value is not 0."""
        if isinstance(x, bool):
            return self.true if x else self.false
        return x if isinstance(x, Register) and x.mask else self.compare("une", x, 0.0)

    def compare(self, order: str, x: Any, y: Any) -> Register:
        """Where a comparison of LLVM's holds."""
        a, b = self.number(x), self.number(y)
        return Register(self, self.result(f"fcmp {order} {self.number_type} {a.text}, {b.text}"), True)

    def combine(self, operation: str, x: Any, y: Any) -> Register:
        """and, or, xor of masks."""
        return Register(
            self, self.result(f"{operation} {self.mask_type} {self.truth(x).text}, {self.truth(y).text}"), True
        )

    def _infix(self, operation: str, x: Any, y: Any) -> Register:
        a, b = self.number(x), self.number(y)
        return Register(self, self.result(f"{operation} {self.number_type} {a.text}, {b.text}"))

    def any(self, mask: Register) -> str:
        """Whether a mask is true in any row, as an i1."""
        if self.width == 1:
            return mask.text
        name = f"@llvm.vector.reduce.or.v{self.width}i1"
        self.declare(f"i1 {name}({self.mask_type})")
        return self.result(f"call i1 {name}({self.mask_type} {mask.text})")

    def wide(self, mask: Register) -> str:
        """The bits of a mask as an i64, the lowest that of the first row."""
        whole = mask.text if self.width == 1 else self.result(f"bitcast {self.mask_type} {mask.text} to i{self.width}")
        return whole if self.width == 64 else self.result(f"zext i{self.width} {whole} to i64")

    # -- numpy's functions ---------------------------------------------------------------------------

    def add(self, x: Any, y: Any) -> Register:
        return self._infix("fadd", x, y)

    def subtract(self, x: Any, y: Any) -> Register:
        return self._infix("fsub", x, y)

    def multiply(self, x: Any, y: Any) -> Register:
        return self._infix("fmul", x, y)

    def true_divide(self, x: Any, y: Any) -> Register:
        return self._infix("fdiv", x, y)

    def negative(self, x: Any) -> Register:
        return Register(self, self.result(f"fneg {self.number_type} {self.number(x).text}"))

    def positive(self, x: Any) -> Register:
        return self.number(x)

    def isnan(self, x: Any) -> Register:
        return self.compare("uno", x, 0.0)

    def logical_not(self, x: Any) -> Register:
        return ~self.truth(x)

    def maximum(self, x: Any, y: Any) -> Register:
        return self.intrinsic("maximum", x, y)

    def minimum(self, x: Any, y: Any) -> Register:
        return self.intrinsic("minimum", x, y)

    def copysign(self, x: Any, y: Any) -> Register:
        return self.intrinsic("copysign", x, y)

    def sign(self, x: Any) -> Register:
        return self.where(x > 0, 1.0, self.where(x < 0, -1.0, self.where(x == 0, 0.0, x)))

    def heaviside(self, x: Any, h: Any) -> Register:
        return self.where(self.isnan(x), x, self.where(x == 0, h, self.where(x < 0, 0.0, 1.0)))

    def degrees(self, x: Any) -> Register:
        return self.multiply(x, 180 / math.pi)

    def radians(self, x: Any) -> Register:
        return self.multiply(x, math.pi / 180)

    def fmod(self, x: Any, y: Any) -> Register:
        return self._infix("frem", x, y)

    def mod(self, x: Any, y: Any) -> Register:
        return self._divmod(x, y)[1]

    def floor_divide(self, x: Any, y: Any) -> Register:
        return self._divmod(x, y)[0]

    def _divmod(self, x: Any, y: Any) -> tuple[Register, Register]:
        """npy_divmod."""
        x, y = self.number(x), self.number(y)
        rest = self.fmod(x, y)
        other = (rest != 0) & self.combine("xor", y < 0, rest < 0)
        whole = (x - rest) / y
        whole = self.where(other, whole - 1.0, whole)
        below = self.intrinsic("floor", whole)
        nearest = self.where(whole - below > 0.5, below + 1.0, below)
        quotient = self.where(whole == 0, self.copysign(0.0, x / y), nearest)
        remainder = self.where(rest == 0, self.copysign(0.0, y), self.where(other, rest + y, rest))
        zero = y == 0
        return self.where(zero, x / y, quotient), self.where(zero, math.nan, remainder)

    def refuse_nan(self, x: Any, problem: Callable[[], ExprError]) -> Any:
        """x, of which no row may be nan."""
        self.refused(self.isnan(x), problem())
        return x

    def firm(self, x: Any) -> Any:
        """A value that is read otherwise than by a kernel."""
        return x

    def kernel(self, op: Op) -> Callable[..., Any]:
        """What writes an operation: its kernel for arrays, or a call of its scalar kernel."""
        return self.scalar(op.float64) if op.arrays is None else op.arrays(self)

    # -- calls ----------------------------------------------------------------------------------------

    def intrinsic(self, name: str, *xs: Any) -> Register:
        """One of LLVM's functions."""
        operands = [self.number(x) for x in xs]
        function = f"@llvm.{name}.{'f64' if self.width == 1 else f'v{self.width}f64'}"
        self.declare(f"{self.number_type} {function}({', '.join([self.number_type] * len(xs))})")
        called = f"{function}({', '.join(f'{self.number_type} {x.text}' for x in operands)})"
        return Register(self, self.result(f"call {self.number_type} {called}"))

    def call(self, name: str, *xs: Any) -> Register:
        """One of libm's functions: libmvec's form of it if there is one, else row by row."""
        operands = [self.number(x) for x in xs]
        pure = "memory(none) nounwind willreturn"
        if (vector := self._vector.get(name)) is not None:
            kind = f"<{self._register} x double>"
            self.declare(f"{kind} @{vector}({', '.join([kind] * len(xs))}) {pure}")
            parts = [
                self.result(f"call {kind} @{vector}({', '.join(f'{kind} {self._part(x.text, i)}' for x in operands)})")
                for i in range(0, self.width, self._register)
            ]
            return Register(self, self._joined(parts, self._register))
        self.declare(f"double @{name}({', '.join(['double'] * len(xs))}) {pure}")
        return self._by_row(lambda texts: self.result(_call(f"@{name}", texts)), operands)

    def scalar(self, kernel: Callable[..., Any]) -> Callable[..., Register]:
        """A scalar kernel as one of registers, row by row."""

        return lambda *xs: self.by_function(kernel, xs, self.active, self.number(math.nan))[0]

    def by_function(
        self, kernel: Callable[..., Any], operands: Sequence[Any], mask: Register, otherwise: Register
    ) -> tuple[Register, Register]:
        """What a scalar kernel gives in the rows of a mask, in others something else; and where that is no normal
        double, nor 0, infinite or nan."""
        arrays = f"[{len(operands) + 1} x {self.number_type}]"
        memory = self.memory(f"%operands{len(operands)}", arrays)
        for i, x in enumerate([otherwise, *map(self.number, operands)]):
            place = self.result(f"getelementptr {arrays}, ptr {memory}, i64 0, i64 {i}")
            self.line(f"store {self.number_type} {x.text}, ptr {place}")
        rows = self.wide(mask)
        slot = self.result(f"getelementptr ptr, ptr %callbacks, i64 {len(self.callbacks)}")
        self.callbacks.append((kernel, len(operands)))
        function = self.result(f"load ptr, ptr {slot}")
        running = self.result(f"getelementptr i64, ptr %at, i64 {RUNNING}")
        before = self.result(f"load i64, ptr {running}")
        one_more = self.result(f"add i64 {before}, 1")
        self.line(f"store i64 {one_more}, ptr {running}")
        bits = self.result(f"call i64 {function}(i64 {rows}, ptr {memory}, ptr {running})")
        number = self.result(f"load {self.number_type}, ptr {memory}")
        bits = self.result(f"trunc i64 {bits} to i{self.width}")
        bits = bits if self.width == 1 else self.result(f"bitcast i{self.width} {bits} to {self.mask_type}")
        return Register(self, number), Register(self, bits, True)

    def double(self, x: Any) -> Any:
        """x in double precision, which it has."""
        return x

    def mended(self, found: Any, mask: Any, kernel: Callable[..., Any], operands: Sequence[Any]) -> Register:
        """`found`, with what another kernel gives in those rows in which a mask is true. If there are none it is jumped
        over; it has a nan for the operands of the others, with which a scalar kernel is quickly done."""
        mask = self.truth(mask)
        made = self.rarely(
            mask, [self.number(found)], lambda: [kernel(*[self.where(mask, x, math.nan) for x in operands])]
        )
        return made[0]

    def rarely(self, mask: Register, values: Sequence[V], make: Callable[[], Sequence[V]]) -> list[V]:
        """Some values, and in the rows in which a mask is true what is made instead, which is jumped over if there are
        none."""
        before, rare, end, after = (f"{what}_{self.fresh()[1:]}" for what in ("mostly", "rarely", "made", "after"))
        self.line(f"br label %{before}")
        self.block(before)
        self.line(f"br i1 {self.any(mask)}, label %{rare}, label %{after}")
        self.block(rare)
        made = [
            self.result(f"select {self.mask_type} {mask.text}, {x.kind} {y.text}, {x.kind} {x.text}")
            for x, y in zip(values, make(), strict=True)
        ]
        self.line(f"br label %{end}")
        self.block(end)
        self.line(f"br label %{after}")
        self.block(after)
        return [
            x.like(self.result(f"phi {x.kind} [ {x.text}, %{before} ], [ {y}, %{end} ]"))
            for x, y in zip(values, made, strict=True)
        ]

    def _part(self, text: str, start: int, of: str = "double") -> str:
        """Of values the rows of one register."""
        if self.width == self._register:
            return text
        places = ", ".join(f"i32 {i}" for i in range(start, start + self._register))
        kind = self.of(of)
        return self.result(f"shufflevector {kind} {text}, {kind} poison, <{self._register} x i32> <{places}>")

    def _joined(self, parts: Sequence[str], size: int) -> str:
        """Vectors of so many doubles one after the other; their number is a power of two."""
        while len(parts) > 1:
            kind = f"<{size} x double>"
            places = ", ".join(f"i32 {i}" for i in range(2 * size))
            parts = [
                self.result(f"shufflevector {kind} {a}, {kind} {b}, <{2 * size} x i32> <{places}>")
                for a, b in zip(parts[::2], parts[1::2], strict=True)
            ]
            size *= 2
        return parts[0]

    def _by_row(self, scalar: Callable[[Sequence[str]], str], operands: Sequence[Register]) -> Register:
        return Register(self, self._of_each([scalar(parts) for parts in zip(*map(self._each, operands), strict=True)]))

    def _each(self, x: Value) -> list[str]:
        """A value in each of the rows."""
        if self.width == 1:
            return [x.text]
        return [self.result(f"extractelement {x.kind} {x.text}, i32 {i}") for i in range(self.width)]

    def _of_each(self, doubles: Sequence[str]) -> str:
        """The value that is one of these in each row."""
        if self.width == 1:
            return doubles[0]
        found = "poison"
        for i, double in enumerate(doubles):
            found = self.result(f"insertelement {self.number_type} {found}, double {double}, i32 {i}")
        return found


def _call(function: str, texts: Sequence[str]) -> str:
    return f"call double {function}({', '.join(f'double {text}' for text in texts)})"


def hexadecimal(x: float) -> str:
    """A double as LLVM writes it, bit for bit."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"
