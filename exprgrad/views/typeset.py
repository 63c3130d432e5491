"""Expressions as they are set in mathematics: fractions, powers, roots, cases. LaTeX and MathML spell the pieces.

What a function looks like is its name, but for the exceptions of `FORMS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, Protocol

from exprgrad.records import NamedTuple
from exprgrad.syntax.names import walk
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Index,
    Logic,
    Name,
    Number,
    Slice,
    Unary,
    Vector,
    children,
)
from exprgrad.text_tests import as_test, quoted, variable_of
from exprgrad.views.formula import ATOM, COMPARISON, LOGIC, expression

if TYPE_CHECKING:
    from exprgrad.algebra.equations import Equation

# How tightly sums, products and powers bind.
_SUM: Final = 6
_PRODUCT: Final = 7
_POWER: Final = 9

# Exponents with no larger denominator are fractions.
_SIMPLE: Final = 12

# The Greek letters that names may be, and how they look.
GREEK: Final[Mapping[str, str]] = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "epsilon": "ε",
    "zeta": "ζ",
    "eta": "η",
    "theta": "θ",
    "iota": "ι",
    "kappa": "κ",
    "lambda": "λ",
    "mu": "μ",
    "nu": "ν",
    "xi": "ξ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "upsilon": "υ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "omega": "ω",
    "Gamma": "Γ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Xi": "Ξ",
    "Pi": "Π",
    "Sigma": "Σ",
    "Upsilon": "Υ",
    "Phi": "Φ",
    "Psi": "Ψ",
    "Omega": "Ω",
}
_LETTERS: Final[Mapping[str, str]] = {letter: name for name, letter in GREEK.items()}
# The signs that stand for operators, by the names under which a markup has them.
INFIX: Final[Mapping[str, tuple[str, int]]] = {"+": ("plus", _SUM), "-": ("minus", _SUM), "@": ("matrix", _PRODUCT)}
COMPARED: Final[Mapping[str, str]] = {
    "==": "equal",
    "!=": "not equal",
    "<": "less",
    "<=": "at most",
    ">": "greater",
    ">=": "at least",
}


class Piece(NamedTuple):
    """A set expression: its markup and how tightly it binds. `opens` and `ends` say what stands at its edges, a
    "number", a "word", a "fraction" or a "function", by which it is told apart from its neighbours. Of a function
    before its operands `function` and `operands` are the two, of what begins with a sign `size` is the rest; `rows` are
    those of cases, and `elements` those of a vector."""

    markup: str
    binds: int = ATOM
    opens: str = ""
    ends: str = ""
    function: str = ""
    operands: str = ""
    size: Any = None
    rows: tuple[tuple[str, str], ...] = ()
    elements: tuple[str, ...] | None = None


class Markup(Protocol):
    """How a language spells the pieces of a formula; each method gives markup."""

    # Signs by name: those of INFIX and COMPARED, and beside others "partial", "nabla", "infinity", "times", "ones", the
    # vector of ones, and what stands between factors: "beside", "word" where one of them is a word, and "function"
    # where the right one begins with the name of a function.
    symbols: Mapping[str, str]

    def number(self, digits: str, exponent: str | None) -> str:
        """A decimal number, times ten to a power."""

    def name(self, word: str, below: Sequence[str]) -> str:
        """A letter, a Greek letter by its name, or a word, with what stands below it."""

    def operator(self, word: str) -> str:
        """The name of a function."""

    def words(self, text: str) -> str:
        """Words among formulas."""

    def row(self, parts: Sequence[str]) -> str:
        """Parts beside each other."""

    def fraction(self, top: str, bottom: str) -> str:
        """One above the other."""

    def raised(self, base: str, exponent: str) -> str:
        """A power, or what looks like one."""

    def lowered(self, base: str, below: str) -> str:
        """With a subscript."""

    def root(self, x: str, degree: str | None) -> str:
        """A square root, or one of a degree."""

    def fenced(self, kind: str, inside: str) -> str:
        """Inside of "parentheses", "bars", "norm", "floor", "ceiling" or "brackets"."""

    def applied(self, function: str, operands: str) -> str:
        """A function before its operands."""

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        """Values by conditions."""

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        """Rows of elements in brackets."""


class Setter:
    """Sets equations in a markup. Of names that would look alike each is set as it is written, without a subscript, and
    those that stand for functions as well, as e and sigma do, these have their names."""

    def __init__(self, markup: Markup, equations: Sequence[Equation]) -> None:
        self.markup = markup
        names = {x.name for x in equations} | {by for x in equations for by in x.by}
        names |= {part.name for x in equations for part in walk(x.value) if isinstance(part, Name)}
        names = {variable_of(name) for name in names}
        self.names = names
        looks: dict[Any, list[str]] = {}
        for name in sorted(names):
            looks.setdefault(_parts(name), []).append(name)
        # Of one variable a derivative is no partial one.
        variables = names - {x.name for x in equations}
        self._differential = markup.symbols["differential" if len(variables) == 1 else "partial"]
        self._alike = {name for alike in looks.values() if len(alike) > 1 for name in alike}

    # -- equations ------------------------------------------------------------------------------------------------

    def left(self, x: Equation) -> str:
        """The left side of an equation."""
        m = self.markup
        name = self.named(x.name)
        if not x.order:
            return name
        if x.along:
            return m.row([self._counted(m.lowered(m.symbols["nabla"], m.name("v", ())), x.along), name])
        below: list[str] = []
        for by in dict.fromkeys(x.by):
            below += [self._differential, self._counted(self.named(by), x.by.count(by))]
        return m.fraction(m.row([self._counted(self._differential, x.order), name]), m.row(below))

    def right(self, x: Equation) -> str:
        """The right side of an equation."""
        return self.set(x.value).markup

    def _counted(self, x: str, times: int) -> str:
        return x if times == 1 else self.markup.raised(x, self.markup.number(str(times), None))

    # -- expressions ----------------------------------------------------------------------------------------------

    def set(self, root: Expression) -> Piece:
        """An expression as a piece. Nothing recurses: what is set waits until what it is part of is."""
        done: list[Piece] = []
        stack: list[tuple[Expression, bool]] = [(root, False)]
        while stack:
            x, ready = stack.pop()
            parts = children(x)
            if ready:
                first = len(done) - len(parts)
                done[first:] = [_SET[type(x)](self, x, done[first:])]
            else:
                stack.append((x, True))
                stack += [(part, False) for part in reversed(parts)]
        return done[0]

    def inside(self, x: Piece, floor: int) -> str:
        """A piece where one stands that binds so tightly."""
        return x.markup if x.binds >= floor else self.markup.fenced("parentheses", x.markup)

    def named(self, name: str) -> str:
        """A name: `x_1` and `x1` have a subscript, `alpha` is the letter."""
        word, *below = (name,) if name in self._alike else _parts(name)
        return self.markup.name(word, below)

    def number(self, x: Number, _: Sequence[Piece]) -> Piece:
        digits, _e, exponent = expression(x).partition("e")
        power = str(int(exponent)) if exponent else None
        return Piece(self.markup.number(digits, power), _PRODUCT if power else ATOM, "number", "number")

    def name(self, x: Name, _: Sequence[Piece]) -> Piece:
        if (test := as_test(x.name)) is not None:
            m = self.markup
            row = [self.named(test.variable), m.symbols["equal"], m.words(quoted(test.text))]
            return Piece(m.row(row), COMPARISON)
        if x.name == "inf":
            return Piece(self.markup.symbols["infinity"])
        word = x.name if x.name in self._alike else _parts(x.name)[0]
        edge = "word" if len(word) > 1 and word not in GREEK else ""
        return Piece(self.named(x.name), ATOM, edge, edge)

    def unary(self, x: Unary, parts: Sequence[Piece]) -> Piece:
        m = self.markup
        (operand,) = parts
        if x.symbol == "not":
            return Piece(m.row([m.symbols["not"], self.inside(operand, ATOM)]), COMPARISON)
        return self.negative(operand) if x.symbol == "-" else operand

    def negative(self, x: Piece) -> Piece:
        """A piece with a sign before it."""
        if x.binds < _PRODUCT:
            x = Piece(self.inside(x, _PRODUCT))
        return Piece(self.markup.row([self.markup.symbols["minus"], x.markup]), _SUM, size=x)

    def binary(self, x: Binary, parts: Sequence[Piece]) -> Piece:
        m = self.markup
        left, right = parts
        if x.symbol in INFIX:
            name, binds = INFIX[x.symbol]
            sides = self.inside(left, binds), m.symbols[name], self.inside(right, binds + 1)
            return Piece(m.row(sides), binds, left.opens, right.ends)
        if x.symbol in "*/" and left.size is not None:  # a sign stands before all of it
            return self.negative(self.binary(x, [left.size, right]))
        if x.symbol == "*":
            return self.product(left, right)
        if x.symbol == "/":
            return Piece(m.fraction(left.markup, right.markup), _POWER, "fraction", "fraction")
        if x.symbol == "**":
            if not (isinstance(x.right, Number) and x.right.value > 0):
                left = left._replace(function="")  # sin^-1 is read as the inverse
            return self.power(left, self.exponent(x.right) or right)
        if x.symbol == "//":
            return Piece(m.fenced("floor", m.fraction(left.markup, right.markup)))
        sides = self.inside(left, _PRODUCT), m.symbols["modulo"], self.inside(right, _PRODUCT + 1)
        return Piece(m.row(sides), _SUM)

    def product(self, left: Piece, right: Piece) -> Piece:
        """Factors beside each other, with a sign between them where these could be read as one."""
        m = self.markup
        # A number before a product is a factor like the others, and so is a power of ten that comes with its number.
        plain = (left.binds == ATOM and left.opens == left.ends == "number") or right.opens == right.ends == "number"
        floor = _PRODUCT if plain else _PRODUCT + 1
        before = left.ends if left.binds >= _PRODUCT else ""
        after, ends = (right.opens, right.ends) if right.binds >= floor else ("", "")
        if after == "number" or (before, after) == ("number", "fraction"):
            sign = "times"
        elif "word" in (before, after):
            sign = "word"
        else:
            sign = "function" if after == "function" else "beside"
        sides = [self.inside(left, _PRODUCT), m.symbols[sign], self.inside(right, floor)]
        return Piece(m.row(sides), _PRODUCT, left.opens, ends)

    def power(self, base: Piece, exponent: Piece) -> Piece:
        """A power; that of a function's value has its exponent behind the function's name."""
        m = self.markup
        if base.function:
            function = m.raised(base.function, exponent.markup)
            return Piece(m.applied(function, base.operands), _POWER, base.opens)
        return Piece(m.raised(self.inside(base, ATOM), exponent.markup), _POWER, base.opens)

    def exponent(self, x: Expression) -> Piece | None:
        """A decimal as a fraction, where it is a simple one: x^1.5 has 3/2."""
        if not isinstance(x, Number) or x.value.is_integer():
            return None
        simple = Fraction(x.value).limit_denominator(_SIMPLE)
        if float(simple) != x.value:
            return None
        numbers = [self.markup.number(str(n), None) for n in (simple.numerator, simple.denominator)]
        return Piece(self.markup.fraction(*numbers))

    def comparison(self, x: Comparison, parts: Sequence[Piece]) -> Piece:
        m = self.markup
        row = [self.inside(parts[0], COMPARISON + 1)]
        for symbol, operand in zip(x.symbols, parts[1:], strict=True):
            row += [m.symbols[COMPARED[symbol]], self.inside(operand, COMPARISON + 1)]
        return Piece(m.row(row), COMPARISON)

    def logic(self, x: Logic, parts: Sequence[Piece]) -> Piece:
        m, binds = self.markup, LOGIC[x.symbol]
        sides = self.inside(parts[0], binds), m.symbols[x.symbol], self.inside(parts[1], binds + 1)
        return Piece(m.row(sides), binds)

    def conditional(self, x: Conditional, parts: Sequence[Piece]) -> Piece:
        """Cases; those of what is otherwise follow."""
        m = self.markup
        order = children(x)
        condition, then, otherwise = (
            next(piece for part, piece in zip(order, parts, strict=True) if part is side)
            for side in (x.condition, x.then, x.otherwise)
        )
        rows = [(then.markup, m.row([m.words("if "), condition.markup]))]
        rows += otherwise.rows or [(otherwise.markup, m.words("otherwise"))]
        return Piece(m.cases(rows), _SUM, rows=tuple(rows))

    def vector(self, x: Vector, parts: Sequence[Piece]) -> Piece:
        rows = [part.elements for part in parts]
        column = [[part.markup] for part in parts]
        matrix = [row for row in rows if row is not None]
        shown = matrix if matrix and len(matrix) == len(rows) else column
        return Piece(self.markup.matrix(shown), elements=tuple([part.markup for part in parts]))

    def index(self, x: Index, parts: Sequence[Piece]) -> Piece:
        m = self.markup
        operand, *rest = parts
        waiting = iter([part.markup for part in rest])
        below: list[str] = []
        for item in x.items:
            if below:
                below.append(m.symbols["comma"])
            if isinstance(item, Slice):
                for i, bound in enumerate((item.start, item.stop, item.step)):
                    if i and (i < 2 or bound is not None):
                        below.append(m.symbols["colon"])
                    if bound is not None:
                        below.append(next(waiting))
            else:
                below.append(next(waiting))
        return Piece(m.lowered(self.inside(operand, ATOM), m.row(below)), ATOM, operand.opens)

    def call(self, x: Call, parts: Sequence[Piece]) -> Piece:
        form = FORMS.get(x.function)
        found = None if form is None or x.options else form(self, parts)
        return found or self.function(self.markup.operator(x.function), x, parts)

    def function(self, function: str, x: Call | None, parts: Sequence[Piece]) -> Piece:
        """A function before its operands, in parentheses."""
        m = self.markup
        row: list[str] = []
        names = [""] * len(parts)
        if x is not None and x.options:
            names[-len(x.options) :] = [option.name for option in x.options]
        for name, part in zip(names, parts, strict=True):
            row += [m.symbols["comma"]] if row else []
            row += [m.words(name), m.symbols["equal"]] if name else []
            row.append(part.markup)
        operands = m.fenced("parentheses", m.row(row))
        return Piece(m.applied(function, operands), _POWER, "function", "", function, operands)


def _parts(name: str) -> tuple[str, ...]:
    """The word that a name is, and what stands below it."""
    word, *below = [part for part in name.split("_") if part] or [name]
    found = re.fullmatch(r"(\D+?)(\d+)", word)
    if found:
        word, below = found[1], [found[2], *below]
    return tuple([_LETTERS.get(part, part) for part in (word, *below)])


# From an expression and the pieces of its parts to its piece.
_SET: Final[Mapping[type, Callable[[Setter, Any, Sequence[Piece]], Piece]]] = {
    Number: Setter.number,
    Name: Setter.name,
    Unary: Setter.unary,
    Binary: Setter.binary,
    Comparison: Setter.comparison,
    Logic: Setter.logic,
    Conditional: Setter.conditional,
    Call: Setter.call,
    Vector: Setter.vector,
    Index: Setter.index,
}


# -- functions that look otherwise ------------------------------------------------------------------------------

_Form = Callable[[Setter, Sequence[Piece]], Piece | None]


def _called(word: str) -> _Form:
    """Under another name."""
    return lambda s, xs: s.function(s.markup.operator(word), None, xs)


def _fenced(kind: str) -> _Form:
    return lambda s, xs: Piece(s.markup.fenced(kind, xs[0].markup)) if len(xs) == 1 else None


def _exp(s: Setter, xs: Sequence[Piece]) -> Piece | None:
    m = s.markup
    if "e" in s.names:
        return None
    return Piece(m.raised(m.name("e", ()), xs[0].markup), _POWER)


def _power_of(base: str) -> _Form:
    return lambda s, xs: Piece(s.markup.raised(s.markup.number(base, None), xs[0].markup), _POWER, "number")


def _root(degree: str | None) -> _Form:
    return lambda s, xs: Piece(s.markup.root(xs[0].markup, degree), _POWER)


def _logarithm(base: str | None) -> _Form:
    """To a base, the second operand or a number."""

    def form(s: Setter, xs: Sequence[Piece]) -> Piece | None:
        m = s.markup
        below = m.number(base, None) if base else xs[1].markup if len(xs) > 1 else None
        function = m.operator("ln") if below is None else m.lowered(m.operator("log"), below)
        return s.function(function, None, xs[:1])

    return form


def _letter(word: str, order: int | None = None) -> _Form:
    """A Greek letter, of which a derivative is meant where it has an order."""

    def form(s: Setter, xs: Sequence[Piece]) -> Piece | None:
        if word in s.names:
            return None
        m = s.markup
        letter = m.name(word, ())
        if order is not None:
            letter = m.raised(letter, m.fenced("parentheses", m.number(str(order), None)))
        found = s.function(letter, None, xs)
        return found if order is None else found._replace(function="")

    return form


def _hypot(s: Setter, xs: Sequence[Piece]) -> Piece:
    m = s.markup
    two = Piece(m.number("2", None))
    squares = [s.power(x, two).markup for x in xs]
    return Piece(m.root(m.row([squares[0], m.symbols["plus"], squares[1]]), None), _POWER)


def _polygamma(s: Setter, xs: Sequence[Piece]) -> Piece | None:
    if "psi" in s.names:
        return None
    m = s.markup
    letter = m.raised(m.name("psi", ()), m.fenced("parentheses", xs[0].markup))
    return s.function(letter, None, xs[1:])._replace(function="")


def _factorial(s: Setter, xs: Sequence[Piece]) -> Piece:
    return Piece(s.markup.row([s.inside(xs[0], ATOM), s.markup.symbols["factorial"]]), _POWER, xs[0].opens)


def _with_exponent(exponent: str) -> _Form:
    return lambda s, xs: Piece(s.markup.raised(s.inside(xs[0], ATOM), s.markup.symbols[exponent]), _POWER, xs[0].opens)


def _dot(s: Setter, xs: Sequence[Piece]) -> Piece:
    sides = [s.inside(x, _PRODUCT + 1) for x in xs]
    return Piece(s.markup.row([sides[0], s.markup.symbols["times"], sides[1]]), _PRODUCT)


def _outer(s: Setter, xs: Sequence[Piece]) -> Piece:
    turned = s.markup.raised(s.inside(xs[1], ATOM), s.markup.symbols["transposed"])
    return Piece(s.markup.row([s.inside(xs[0], _PRODUCT), s.markup.symbols["beside"], turned]), _PRODUCT)


def _sum(s: Setter, xs: Sequence[Piece]) -> Piece:
    return Piece(s.markup.row([s.markup.symbols["sum"], s.inside(xs[0], _POWER)]), _SUM)


FORMS: Final[Mapping[str, _Form]] = {
    "exp": _exp,
    "exp2": _power_of("2"),
    "sqrt": _root(None),
    "cbrt": _root("3"),
    "hypot": _hypot,
    "abs": _fenced("bars"),
    "norm": _fenced("norm"),
    "floor": _fenced("floor"),
    "ceil": _fenced("ceiling"),
    "log": _logarithm(None),
    "ln": _logarithm(None),
    "log2": _logarithm("2"),
    "log10": _logarithm("10"),
    **{f"a{name}": _called(f"arc{name}") for name in ("sin", "cos", "tan")},
    **{f"a{name}": _called(f"ar{name}") for name in ("sinh", "cosh", "tanh")},
    "sign": _called("sgn"),
    "sigmoid": _letter("sigma"),
    "gamma": _letter("Gamma"),
    "digamma": _letter("psi"),
    "trigamma": _letter("psi", 1),
    "polygamma": _polygamma,
    "beta": _called("B"),
    "factorial": _factorial,
    "transpose": _with_exponent("transposed"),
    "inv": _with_exponent("inverse"),
    "dot": _dot,
    "outer": _outer,
    "sum": _sum,
    "ones": lambda s, xs: Piece(s.markup.symbols["ones"]),
}
