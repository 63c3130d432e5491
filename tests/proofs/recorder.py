"""What the functions of `numbers/pairs` are written against, as a record of what they do.

A recorded number has a name, and is off from what the same operations give without rounding by a form (`forms.py`):

    v7  the number itself
    d7  what its rounding adds, v7 less the exact result of its last operation on its rounded operands
    e7  the same relative to v7, of products where the proof asks for that, and of what a lemma says
    g7  what a product is more than its operands', relative to them
    s7  its whole error, as one name: where a form has too many terms
    i7  the reciprocal of what its divisor is without rounding

Sums and products with their rests (2Sum, Fast2Sum and the rest of a product) are known by their shape: the rest is -d.
That Fast2Sum's first number is no less than the second is left to be proven, in `ordered`.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from tests.proofs.forms import Form, number

# Half an ulp of 1.
U = Fraction(1, 2**53)
# A form of more terms than this gets a name where it is multiplied; a longer one where it is by shares.
_TERMS = 500, 30
# A number to which one is added to be a whole number of steps is no less.
_MAGIC = 2.0**40


class Opaque:
    """A whole number of which nothing is recorded, or a truth value."""

    def _same(self, *others: Any) -> Opaque:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _same
    __and__ = __rand__ = __or__ = __ror__ = __invert__ = __lshift__ = __rshift__ = __xor__ = _same


class Value:
    """A recorded number: what made it, and from what."""

    __slots__ = ("form", "kind", "name", "operands", "w")

    def __init__(self, w: Recorder, kind: str, operands: tuple[Any, ...], form: Form | None = None) -> None:
        self.w = w
        self.kind = kind
        self.operands = operands
        self.form = form
        self.name = f"v{len(w.values)}"
        w.values[self.name] = self

    def at(self, letter: str) -> str:
        """Another name that belongs to this number."""
        return letter + self.name[1:]

    @property
    def exact(self) -> Fraction:
        """A constant's value."""
        found: Fraction = self.operands[0]
        return found

    def is_constant(self, x: float | None = None) -> bool:
        return self.kind == "constant" and (x is None or self.exact == Fraction(x))

    def __add__(self, other: Any) -> Value:
        return self.w.add(self, self.w.number(other))

    def __radd__(self, other: Any) -> Value:
        return self.w.add(self.w.number(other), self)

    def __sub__(self, other: Any) -> Value:
        return self.w.subtract(self, self.w.number(other))

    def __rsub__(self, other: Any) -> Value:
        return self.w.subtract(self.w.number(other), self)

    def __mul__(self, other: Any) -> Value:
        return self.w.multiply(self, self.w.number(other))

    def __rmul__(self, other: Any) -> Value:
        return self.w.multiply(self.w.number(other), self)

    def __truediv__(self, other: Any) -> Value:
        return self.w.made("/", self, self.w.number(other))

    def __rtruediv__(self, other: Any) -> Value:
        return self.w.made("/", self.w.number(other), self)

    def __neg__(self) -> Value:
        return self.w.times(-1, self)

    def _compared(self, other: Any) -> Opaque:
        return Opaque()

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def __eq__(self, other: object) -> Any:
        return (
            self.is_constant(float(other)) if self.kind == "constant" and isinstance(other, (int, float)) else Opaque()
        )

    def __ne__(self, other: object) -> Any:
        found = self == other
        return not found if isinstance(found, bool) else found

    __hash__ = object.__hash__


class Recorder:
    """`fuses` says whether multiplications are fused; `looked_up` and `of_bits` are what tables and bits give, in the
    order in which they are asked; `answers` what is chosen. `relative` is whether products are off by a share."""

    def __init__(
        self,
        fuses: bool,
        looked_up: Iterable[Any] = (),
        of_bits: Iterable[Any] = (),
        answers: Iterable[bool] = (),
        relative: bool = False,
    ) -> None:
        self.values: dict[str, Value] = {}
        self.fuses = fuses
        self.relative = relative
        self.looked_up: Iterator[Any] = iter(looked_up)
        self.from_bits: Iterator[Any] = iter(of_bits)
        self.answers: Iterator[bool] = iter(answers)
        # What is proven to be exact, and what is taken as it is, without the error that it has.
        self.exact: set[str] = set()
        self.taken: set[str] = set()
        # What Gappa is told of a variable: that it is a double, or a multiple of a power of two.
        self.facts: dict[str, str] = {}
        # The rests of Fast2Sum, and its operands.
        self.ordered: dict[Value, tuple[Any, ...]] = {}
        # The names of variables that are a high and a low part.
        self.pairs: set[tuple[str, str]] = set()
        # The names of variables that are rounded numbers, whose rest is asked for.
        self.rounded: set[str] = set()
        # Sums that forms have as one name, since their ranges are known better than those of what they are made of.
        self.kept: set[str] = set()
        # Whether a number of steps is 0.
        self.nearest_is_zero = False
        # Bounds of shares, and of what tables are off by.
        self.shares: dict[str, Fraction] = {}
        self.within: dict[str, Fraction] = {}
        self._forms: dict[str, Form] = {}
        self._constants: dict[Fraction, Value] = {}

    # -- what the functions ask ------------------------------------------------------------------------------------

    def number(self, x: Any) -> Value:
        if isinstance(x, Value):
            return x
        exact = Fraction(x)
        if exact not in self._constants:
            self._constants[exact] = Value(self, "constant", (exact,), Form())
        return self._constants[exact]

    def add(self, x: Value, y: Value) -> Value:
        if x.is_constant(0):
            return y
        if y.is_constant(0):
            return x
        return self._rest_of_sum(x, y) or self.made("+", x, y)

    def _rest_of_sum(self, a: Value, b: Value) -> Value | None:
        """Of a + b: that of 2Sum, (x - (h - v)) + (y - v) with v = h - x, or that of Fast2Sum, (x - h) + y."""
        if a.kind != "-":
            return None
        x, other = a.operands
        if other.kind == "+" and other.operands[0] is x and other.operands[1] is b:
            return self._ordered_rest(other)
        # y - v alone has the shape of Fast2Sum's rest; here it needs no order.
        if b.kind != "rest" or other.kind != "-" or other.operands[0] is not b.operands[0]:
            return None
        h, v = other.operands
        if v.kind == "-" and v.operands[0] is h and v.operands[1] is x and h.operands[0] is x:
            self.ordered.pop(b, None)
            return self._rest(h)
        return None

    def _ordered_rest(self, h: Value) -> Value:
        found = self._rest(h)
        self.ordered[found] = h.operands
        return found

    def _rest(self, h: Value) -> Value:
        return Value(self, "rest", (h,))

    def subtract(self, x: Value, y: Value) -> Value:
        if y.is_constant(0):
            return x
        if x is y:
            return self.number(0)
        if y.is_constant() and x.kind in ("+", "fma") and x.operands[-1] is y and abs(y.exact) >= _MAGIC:
            if self.nearest_is_zero:
                return self.number(0)
            found = Value(self, "nearest", x.operands, Form())
            # The step of the numbers about the greater one.
            self.facts[found.name] = f"@FIX({found.name}, {(y.exact.numerator // 3).bit_length() - 52})"
            return found
        # y - (h - x), the rest of Fast2Sum.
        if y.kind == "-" and y.operands[0].kind == "+":
            h, first = y.operands
            if h.operands[0] is first and h.operands[1] is x:
                return self._ordered_rest(h)
        return self.made("-", x, y)

    def multiply(self, x: Value, y: Value) -> Value:
        for a, b in ((x, y), (y, x)):
            if a.is_constant() and (not a.exact or _is_power(a.exact)):
                return self.times(a.exact, b)
        return self.made("*", x, y)

    def times(self, factor: Fraction | int, x: Value) -> Value:
        """A power of two times a number: exact."""
        if x.is_constant():
            return self.number(factor * x.exact)
        if not factor:
            return self.number(0)
        return x if factor == 1 else Value(self, "times", (Fraction(factor), x))

    def rest(self, product: Value, x: Any, y: Any) -> Value:
        if product.kind != "*":  # it is exact
            return self.number(0)
        assert {id(z) for z in product.operands} == {id(self.number(x)), id(self.number(y))}
        return self._rest(product)

    def multiply_add(self, x: Any, y: Any, z: Any) -> Value:
        x, y, z = map(self.number, (x, y, z))
        if not self.fuses or z.is_constant(0) or any(a.is_constant() and not a.exact for a in (x, y)):
            return self.add(self.multiply(x, y), z)
        return self.made("fma", x, y, z)

    def where(self, holds: Any, x: Any, y: Any) -> Value:
        return self.number(x if (holds if isinstance(holds, bool) else next(self.answers)) else y)

    def abs(self, x: Any) -> Value:
        return Value(self, "abs", (self.number(x),))

    def bits(self, x: Any) -> Opaque:
        return Opaque()

    def of_bits(self, x: Any) -> Value:
        return self.number(next(self.from_bits))

    def at(self, tables: Sequence[Sequence[float]], place: Any) -> Sequence[Value]:
        return [self.number(next(self.looked_up)) for _ in tables]

    # -- what a proof asks -----------------------------------------------------------------------------------------

    def made(self, kind: str, *operands: Value) -> Value:
        return Value(self, kind, operands)

    def variable(self, fact: str = "@FLT({}, 53)", form: Form | None = None) -> Value:
        """A number of which Gappa knows a fact, and a range that is given later."""
        found = Value(self, "variable", (), form or Form())
        self.facts[found.name] = fact.format(found.name)
        return found

    def unknown(self, form_of: Value) -> Form:
        """A name for what a variable is off by."""
        return Form.name(form_of.at("d"))

    def all(self, kind: str) -> list[Value]:
        return [v for v in self.values.values() if v.kind == kind]

    def take(self, *values: Value) -> None:
        """These as they are, without what they are off by."""
        self.taken |= {v.name for v in values}
        self._forms.clear()

    def settle(self, exact: Iterable[str]) -> None:
        """These operations are known not to round."""
        self.exact = set(exact)
        self._forms.clear()

    def rounds(self, v: Value) -> bool:
        return v.kind in ("+", "-", "*", "/", "fma", "round") and v.name not in self.exact

    def rounding(self, v: Value) -> Form:
        """What the last operation of a number adds."""
        if (
            v.kind == "lemma"
            or v.name in self.rounded
            or (v.kind in ("*", "round") and self.relative and self.rounds(v))
        ):
            return Form.name(v.name, v.at("e"))
        return Form.name(v.at("d")) if self.rounds(v) else Form()

    def error(self, v: Value) -> Form:
        """What a number is off by."""
        if v.name not in self._forms:
            self._forms[v.name] = self._error(v)
        return self._forms[v.name]

    def _error(self, v: Value) -> Form:
        if v.name in self.taken:
            return Form()
        if v.form is not None:
            return v.form
        if v.kind == "times":
            return self.error(v.operands[1]) * v.operands[0]
        if v.kind == "rest":
            return self.rounding(v.operands[0]) * -1
        if v.kind == "total":
            return self.error(v.operands[0]) + self.error(v.operands[1])
        kind = v.operands[0] if v.kind == "lemma" else v.kind
        operands = v.operands[1:] if v.kind == "lemma" else v.operands
        added = self.rounding(v)
        if kind in ("+", "-"):
            return self.error(operands[0]) + self.error(operands[1]) * (1 if kind == "+" else -1) + added
        if kind == "round":
            is_quotient = operands[0].operands[0] == "/"
            return (self._short(operands[0], 1) if is_quotient else self.error(operands[0])) + added
        if kind == "/":
            x, y = operands
            of_y = self._short(y)
            if not of_y:
                return self._short(x) * Form.name(v.at("i")) + added
            return (self._short(x) - (Form.name(v.name) - added) * of_y) * Form.name(v.at("i")) + added
        assert kind in ("*", "fma"), f"{kind} has no error here"
        x, y, *z = operands
        found = self._product(v, x, y) + added
        return found + self.error(z[0]) if z else found

    def _product(self, v: Value, x: Value, y: Value) -> Form:
        """x*y less what it is without rounding. Where it is off by a share, x*y is v - v*e."""
        of_x, of_y = self._short(x), self._short(y)
        found = of_x * self._itself(y) + self._itself(x) * of_y
        small = self._short(x, 1) * self._short(y, 1)  # twice so, and in few terms
        if self.rounding(v).terms.keys() == {tuple(sorted((v.name, v.at("e"))))}:
            found = found.replaced(x.name, y.name, Form.name(v.name) - self.rounding(v))
        return found - small

    def _itself(self, x: Value) -> Form:
        """A number by names. Sums are written out, as terms may cancel, but for those that are kept."""
        if x.is_constant():
            return Form.number(x.exact)
        if x.kind in ("+", "-") and x.name not in self.kept | self.taken:
            first, second = map(self._itself, x.operands)
            return first + second * (1 if x.kind == "+" else -1) + self.rounding(x)
        return Form.name(x.name)

    def _short(self, v: Value, terms: int | None = None) -> Form:
        """What it is off by, in one name where it is long."""
        found = self.error(v)
        return Form.name(v.at("s")) if len(found.terms) > (terms or _TERMS[self.relative]) else found

    def share_of(self, form: Form, unit: Value) -> tuple[Form, Form]:
        """A form as unit*share + rest; products of the unit are the unit times what they are products with."""
        products = {}
        for v in self.all("*"):
            if any(x is unit for x in v.operands) and self.relative:
                other = v.operands[1] if v.operands[0] is unit else v.operands[0]
                products[v.name] = Form.name(other.name) + Form.name(other.name, v.at("g"))
        share, rest = Form(), Form()
        for m, c in form.terms.items():
            name = next((name for name in m if name == unit.name or name in products), None)
            if name is None:
                rest = rest + Form({m: c})
                continue
            left = list(m)
            left.remove(name)
            share = share + Form({tuple(left): c}) * products.get(name, Form.number(1))
        return share, rest

    # -- that forms say what they should -----------------------------------------------------------------------------

    def tried(self, seed: int = 0) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
        """All names with numbers for what is free, among them each rounding: and all numbers without rounding."""
        draw = random.Random(seed)
        names: dict[str, Fraction] = {}
        true: dict[str, Fraction] = {}

        # Whole numbers, and shares of which the quotients are short, too.
        shares = [1 - sign * Fraction(2) ** i for i in (-3, -2, -1, 1, 2, 3) for sign in (1, -1)]

        def any_number() -> Fraction:
            return Fraction(draw.randint(1, 99))

        for v in self.values.values():
            share = names[v.at("e")] = draw.choice(shares)
            names[v.at("g")] = share / (1 - share)
            rounding = names[v.at("d")] = any_number() if self.rounds(v) or v.form else Fraction()
            if v.kind in ("abs",):
                names[v.name] = true[v.name] = any_number()
            elif v.form is not None and v.kind != "constant":
                names[v.name] = any_number()
                true[v.name] = names[v.name] - v.form.value(names)
            elif v.kind == "rest":
                true[v.name] = Fraction()
                names[v.name] = -self.rounding(v.operands[0]).value(names)
            else:
                true[v.name] = _operated(v, true)
                exact = _operated(v, names)
                if v.at("e") in itertools.chain(*self.rounding(v).terms):
                    names[v.name] = exact / (1 - share)
                else:
                    names[v.name] = exact + (rounding if self.rounds(v) else 0)
            if v.name in self.taken:
                true[v.name] = names[v.name]
            if v.kind == "/" or (v.kind == "lemma" and v.operands[0] == "/"):
                names[v.at("i")] = 1 / true[v.operands[-1].name]
            names[v.at("s")] = names[v.name] - true[v.name]
        return names, true


def _is_power(x: Fraction) -> bool:
    """Whether it is a power of two."""
    size = abs(x)
    return size.numerator & (size.numerator - 1) == 0 and size.denominator & (size.denominator - 1) == 0


def _operated(v: Value, values: dict[str, Fraction]) -> Fraction:
    """The last operation of a number, exact, on other operands."""
    if v.kind == "constant":
        return v.exact
    if v.kind == "times":
        return Fraction(v.operands[0]) * values[v.operands[1].name]
    kind = v.operands[0] if v.kind == "lemma" else v.kind
    x, *others = (values[o.name] for o in v.operands if isinstance(o, Value))
    if kind in ("+", "total"):
        return x + others[0]
    if kind == "-":
        return x - others[0]
    if kind == "*":
        return x * others[0]
    if kind == "/":
        return x / others[0]
    if kind == "round":
        return x
    assert kind == "fma"
    return x * others[0] + others[1]


__all__ = ["Opaque", "Recorder", "U", "Value", "number"]
