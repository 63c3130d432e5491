"""What a target is: how a language spells primitives, statements and the whole of what is written."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol

from exprgrad.records import NamedTuple
from exprgrad.targets.expressions import Expression, nodes
from exprgrad.targets.writing import Writing

# How tightly a sign binds in a text, and what is in one piece; less tightly operators do (see `Infix`).
SIGN: Final = 8
ATOM: Final = 10

# The inverse functions by the names that most languages have for them.
INVERSES: Final[Mapping[str, str]] = {
    name: name.replace("arc", "a")
    for name in ("arcsin", "arccos", "arctan", "arctan2", "arcsinh", "arccosh", "arctanh")
}

# What a variable holds: a number, one that may be a structural zero, a truth value, a count of iterations, or a stack
# of these.
NUMBER: Final = "number"
MAYBE: Final = "maybe"
TRUTH: Final = "truth"
COUNT: Final = "count"
LIST: Final = "list"

# What is made of more than numbers.
_NAMED: Final = re.compile(r"[^\W\d](?<![0-9]e)")


class Text(NamedTuple):
    """An expression as text, how tightly it binds, the variables in it that are assigned again, and the number that it
    is, if it is one. `there` is what a target reads its number by where it may be absent, if that is another text."""

    text: str
    binds: int = ATOM
    reads: frozenset[str] = frozenset()
    number: float | None = None
    there: Text | None = None

    def inside(self, floor: int) -> str:
        """The text where an operator stands that binds so tightly: in parentheses, if it binds less."""
        return self.text if self.binds >= floor else f"({self.text})"


class Variable(NamedTuple):
    """A variable that is assigned: its name, and what it holds (NUMBER, MAYBE, TRUTH, COUNT or LIST)."""

    name: str
    holds: str


class Infix(NamedTuple):
    """An operator between two operands: its text with the spaces around it, how tightly it binds, and how tightly its
    operands have to."""

    symbol: str
    binds: int
    left: int
    right: int


def arithmetic(comparison: int) -> Mapping[str, Infix]:
    """The operators that are Python's and C's alike. Comparisons bind so tightly, and do not chain."""
    compared = {
        "equal": "==",
        "not_equal": "!=",
        "less": "<",
        "less_equal": "<=",
        "greater": ">",
        "greater_equal": ">=",
    }
    return {
        "add": Infix(" + ", 6, 6, 7),
        "subtract": Infix(" - ", 6, 6, 7),
        "multiply": Infix("*", 7, 7, 8),
        "true_divide": Infix("/", 7, 7, 8),
        **{name: Infix(f" {symbol} ", comparison, 6, 6) for name, symbol in compared.items()},
    }


class Called(NamedTuple):
    """An operation that is written as a function: its name, its parameters, what it is, and its lines."""

    name: str
    parameters: Sequence[str]
    comment: str
    lines: Sequence[str]


class Whole(NamedTuple):
    """All that is written: a function of its `inputs`, the parameters by the program's names, whose `lines` compute
    `outputs`, the variables by their names. `head` is a comment on it, line by line."""

    name: str
    head: Sequence[str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    lines: Sequence[str]
    called: Sequence[Called]


class Speller(Protocol):
    """How a language spells expressions. A text that the language has not got is an UnsupportedError that says why."""

    # Primitives: those that are operators, those that are words, as nan and inf are, and those that are functions of
    # another name.
    infix: ClassVar[Mapping[str, Infix]]
    prefix: ClassVar[Mapping[str, tuple[str, int]]]
    words: ClassVar[Mapping[str, str]]
    calls: ClassVar[Mapping[str, str]]
    # What is said of loops at the top of a text; "" where something counts their iterations.
    unlimited: ClassVar[str] = "Nothing limits how often a loop runs."

    def literal(self, x: float) -> Text:
        """A number."""
        text = repr(abs(x)) if math.isfinite(x) else self.words["nan" if math.isnan(x) else "inf"]
        if math.isnan(x) or math.copysign(1.0, x) > 0:
            return Text(text, number=x)
        return Text(f"-{text}", SIGN, number=x)

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        """A primitive (see `expressions.PRIMITIVES`) on its operands."""
        if name == "where":
            return operands[2] if operands[0].text == self.words["false"] else self.where(*operands)
        if name == "is_absent":
            is_number = not _NAMED.search(operands[0].text)
            return Text(self.words["false"]) if is_number else self.is_absent(operands[0])
        if name in self.infix:
            symbol, binds, left, right = self.infix[name]
            return Text(f"{operands[0].inside(left)}{symbol}{operands[1].inside(right)}", binds)
        if name in self.prefix:
            symbol, binds = self.prefix[name]
            return Text(f"{symbol}{operands[0].inside(binds)}", binds)
        if name in self.words:
            return Text(self.words[name])
        return self.call(self.calls.get(name, name), operands)

    def text(self, root: Any) -> Text:
        """An expression whose leaves are `of` names."""
        texts: dict[int, Text] = {}
        for node in nodes(root):
            operands = [self._operand(x, texts) for x in node.operands]
            texts[node.index] = self.spelled(node.name, operands) if node.call is None else self.called(node, operands)
        return self._operand(root, texts)

    def _operand(self, x: Any, texts: Mapping[int, Text]) -> Text:
        if isinstance(x, bool):
            return self.spelled("true" if x else "false", ())
        if not isinstance(x, Expression):
            return self.literal(float(x))
        return self.leaf(x.of) if x.is_leaf else texts[x.index]

    def leaf(self, name: str) -> Text:
        """A name, read."""
        return Text(name)

    def called(self, call: Expression, operands: Sequence[Text]) -> Text:
        """An operation that is called."""
        return self.call(call.name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        """One of two values, by a condition; the other one may be computed or not."""

    def is_absent(self, x: Text) -> Text:
        """Whether a value is the structural zero."""

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        """A function, called."""
        return Text(f"{name}({', '.join([x.text for x in operands])})")


class Writer(Protocol):
    """What writes a task down as a text."""

    def written(self, task: Writing) -> str:
        """A task as text. Raises an UnsupportedError for what the language cannot say."""

    def encoded(self, task: Writing) -> bytes:
        """A task as what a file holds: the text, but where files of the language are none."""
        return self.written(task).encode("utf-8", errors="replace")

    def is_no_function(self, name: str) -> bool:
        """Whether what is written may not be called so."""


class Target(Speller, Writer, Protocol):
    """A language that has statements. It is made anew for each text, and may note on the way what its prelude needs.

    Texts of statements have no indentation. A statement is told whether a variable `begins` with it: nothing outside of
    its block reads that, and what began before is assigned again.
    """

    indent: str
    # So many blocks may stand in each other.
    deepest: int
    # The statement that stands in a block that has none; None where a block may be empty.
    idle: str | None

    # The names of functions of the language's own prelude.
    functions: frozenset[str]

    def is_reserved(self, name: str) -> bool:
        """Whether no variable may have a name."""

    def is_no_function(self, name: str) -> bool:
        return self.is_reserved(name)

    def begin(self, name: str, names: Collection[str]) -> None:
        """What is written is called so, and these names the program has, which the prelude leaves to it."""

    def helper(self, name: str) -> str:
        """The name of a function that what is written calls."""
        return name

    def given(self, expression: Text) -> str:
        """The statement by which a function gives its value."""

    def commented(self, line: str, comment: str) -> str:
        """A line with a comment behind it; the comment alone where there is no line."""

    def read(self, variable: Variable) -> Text:
        """A variable, read."""
        return Text(variable.name)

    def declare(self, variables: Sequence[Variable], always: bool) -> Sequence[str]:
        """Variables begin that get their values in the sides of a branch: always, or on one side, where alone they are
        read."""
        return []

    def assign(self, variable: Variable, value: Text, begins: bool) -> str:
        """A variable gets a value."""

    def assign_each(self, names: Sequence[str], value: Text) -> Sequence[str]:
        """Several variables get the same value."""

    def nothing(self, variable: Variable, begins: bool) -> str:
        """A variable gets a value that does not count: nothing reads it before it gets another one."""

    def open_if(self, condition: Text) -> str:
        """What follows happens where a condition holds."""

    def otherwise(self) -> str:
        """What follows happens where it does not."""

    def open_while(self, condition: Text | None) -> str:
        """What follows happens again and again while a condition holds, for ever if there is none."""

    def leave(self) -> str:
        """The innermost loop ends."""

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        """What follows happens so many times, with an index that counts from 0 up, or down to 0."""

    def close(self) -> str | None:
        """The line that closes a block, None where indentation does."""

    def zero(self, name: str, begins: bool) -> str:
        """A counter becomes 0."""

    def count(self, name: str) -> str:
        """A counter is one more."""

    def open_stack(self, name: str, begins: bool) -> str:
        """A variable becomes an empty stack."""

    def push(self, name: str, value: Text, holds: str) -> str:
        """A value is put onto a stack of what holds the same."""

    def element(self, stack: Text, index: str, turned: bool, holds: str) -> Text:
        """An element of a stack, counted from its beginning, or `turned` from its end."""

    def whole(self, written: Whole) -> str:
        """The text of all."""
