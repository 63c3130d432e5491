"""What a notation calls otherwise: its functions and constants, each written in this language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.diagnostics import NameProblem, ParseError, Span, UnsupportedError, meant
from exprgrad.notations.cells import spread
from exprgrad.ops import functions
from exprgrad.ops.registry import REGISTRY
from exprgrad.syntax.names import CONSTANTS, walk
from exprgrad.syntax.parser import RESERVED, normalized, parse
from exprgrad.syntax.rewriting import changed, rewritten
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Conditional,
    Definition,
    Derivatives,
    Diff,
    Expression,
    For,
    Name,
    Number,
    ProgramTree,
    Tree,
    Vector,
)

# The parameter that stands for all operands, as one vector if they are several, and the one that stands for the same
# function of all that are left.
ALL: Final = "values"
REST: Final = "rest"
FORMS: Final[Mapping[str, Any]] = {
    "where": lambda given, span: Conditional(given[0], given[1], given[2], span) if len(given) == 3 else None,
    "diff": lambda arguments, span: Diff(arguments[0], arguments[1:], span) if len(arguments) > 1 else None,
}


def is_function(name: str) -> bool:
    """Whether this language has a function of that name."""
    return name in REGISTRY.by_name or name in functions.FUNCTIONS


class Vocabulary:
    """The table of a notation's exceptions: all other names mean the same here.

    `text` is a program of this language. `LOG(x) = log10(x)` says what LOG of one operand is, `LOG(x, b) = log(x, b)`
    what it is of two, `SUM(values) = sum(values)` of any, `AND(x, rest) = x and rest` how it goes on, and `TRUE = 1`
    what a name is. `refused` are the functions that are something else here, each with what to do; `LOG of 2` is that
    of two operands. Names of functions
    are in capitals where the notation makes no difference (`folded`). Where `is_cell` says which names are single
    numbers, functions of several operands are written out.
    """

    def __init__(
        self,
        text: str,
        refused: Mapping[str, str],
        *,
        folded: bool = False,
        is_cell: Callable[[str], bool] | None = None,
        brackets: str = "()",
    ) -> None:
        table = parse(text)
        self.refused = refused
        self.folded = folded
        self.is_cell = is_cell
        self.brackets = brackets
        self.names = {s.name: s.value for s in table.statements if isinstance(s, Assignment) and s.name is not None}
        self.functions: dict[str, dict[int, Definition]] = {}
        self.variadic: dict[str, Definition] = {}
        for definition in table.functions:
            if {ALL, REST} & {*definition.parameters}:
                self.variadic[definition.name] = definition
            else:
                self.functions.setdefault(definition.name, {})[len(definition.parameters)] = definition

    def written(self, definition: Definition) -> str:
        """How a function is called there."""
        return f"{self.spelled(definition.name)}{self.brackets[0]}{', '.join(definition.parameters)}{self.brackets[1]}"

    def spelled(self, name: str) -> str:
        """A name as the notation has it: the dots of NORM.DIST are no letters here."""
        return name.replace("_", ".") if self.folded else name

    def here(self, program: ProgramTree) -> ProgramTree:
        """A program whose names are the notation's as one of this language."""
        found = _Wording(self, program)
        spoken = rewritten(program, found.change)
        here: ProgramTree = changed(spoken, functions=(*found.helpers.values(), *spoken.functions))
        return here


class _Wording:
    """The names of one program."""

    def __init__(self, vocabulary: Vocabulary, program: ProgramTree) -> None:
        self.vocabulary = vocabulary
        self.text = program.text
        self.functions = {self.key(definition.name) for definition in program.functions}
        # What the text itself gives a value is no constant of the notation.
        self.assigned: set[str] = {name for definition in program.functions for name in definition.parameters}
        self.helpers: dict[str, Definition] = {}
        # By the key of each name how it was written first.
        self.spelled: dict[str, str] = {}

        def assigned(node: Tree) -> Tree:
            if isinstance(node, Assignment) and node.name is not None:
                self.assigned.add(node.name)
            elif isinstance(node, For):
                self.assigned.add(node.counter)
            return node

        rewritten(program, assigned)

    def said(self, node: Call) -> str:
        """A function as the text has it."""
        written = self.text[node.name_span.start : node.name_span.end]
        return written if self.vocabulary.folded and written else node.function

    def key(self, name: str) -> str:
        return name.upper() if self.vocabulary.folded else name

    def change(self, node: Tree) -> Tree:
        return _CHANGES[type(node)](self, node) if type(node) in _CHANGES else node

    # -- names --------------------------------------------------------------------------------------------------------

    def name(self, node: Name) -> Expression:
        constant = self.vocabulary.names.get(self.key(node.name))
        if constant is not None and node.name not in self.assigned:
            return _filled(constant, {}, node.span)  # type: ignore[no-any-return]
        return Name(self.variable(node.name, node.span), node.span)

    def variable(self, name: str, span: Span) -> str:
        """A name that is no constant there: what would be something else here gets an underscore behind it."""
        if not name.isidentifier():
            raise ParseError(f"{name} is no name here", span, hint="a name is letters, digits and _")
        name = normalized(self.spelled.setdefault(self.key(name), name))
        means_more = name in RESERVED or (name in CONSTANTS and name not in self.vocabulary.names)
        return f"{name}_" if means_more else name

    def assignment(self, node: Assignment) -> Assignment:
        return node if node.name is None else changed(node, name=self.variable(node.name, node.name_span))

    def counting(self, node: For) -> For:
        return changed(node, counter=self.variable(node.counter, node.counter_span))  # type: ignore[no-any-return]

    def definition(self, node: Definition) -> Definition:
        parameters = tuple([self.variable(name, node.name_span) for name in node.parameters])
        return changed(node, name=self.variable(node.name, node.name_span), parameters=parameters)  # type: ignore[no-any-return]

    def derivative(self, node: Diff | Derivatives) -> Diff | Derivatives:
        for name in node.by:
            if not isinstance(name, Name):
                raise ParseError("a derivative is by a name", node.span, hint="name what it is by")
        return node

    # -- functions ----------------------------------------------------------------------------------------------------

    def call(self, node: Call) -> Expression:
        name, vocabulary = self.key(node.function), self.vocabulary
        if name in self.functions:
            return changed(node, function=self.variable(node.function, node.name_span))  # type: ignore[no-any-return]
        of_so_many = f" of {len(node.arguments)}"
        for of, what in (("", ""), (of_so_many, f"{of_so_many} operands")):
            if name + of in vocabulary.refused:
                hint = vocabulary.refused[name + of]
                raise UnsupportedError(f"{self.said(node)}{what} is not read", node.name_span, hint=hint)
        fixed = vocabulary.functions.get(name, {})
        if len(node.arguments) in fixed:
            self.no_options(node)
            return self.put(fixed[len(node.arguments)], node.arguments, node.span)
        if name in vocabulary.variadic:
            self.no_options(node)
            return self.folded(vocabulary.variadic[name], node)
        if fixed:
            counts = " or ".join(map(str, sorted(fixed)))
            operands = "operand" if counts == "1" else "operands"
            message = f"{self.said(node)} takes {counts} {operands}, found {len(node.arguments)}"
            raise ParseError(message, node.span, hint=f"write {' or '.join(map(vocabulary.written, fixed.values()))}")
        own = name.lower() if vocabulary.folded else name
        if own in FORMS:
            form: Expression | None = FORMS[own](node.arguments, node.span)
            if form is not None:
                return self.change(form)  # type: ignore[return-value]
        if not is_function(own):
            here = [*REGISTRY.by_name, *functions.FUNCTIONS]
            called = [name for name, by_count in vocabulary.functions.items() if {*by_count} - {0}]
            known = [*called, *vocabulary.variadic, *(map(str.upper, here) if vocabulary.folded else here)]
            otherwise = "write its formula; the functions of exprgrad --list-functions are read, too"
            raise NameProblem(
                f"there is no function {self.said(node)}",
                node.name_span,
                hint=meant(self.said(node), map(vocabulary.spelled, known), otherwise),
            )
        return changed(node, function=own)  # type: ignore[no-any-return]

    @staticmethod
    def no_options(node: Call) -> None:
        if node.options:
            raise UnsupportedError(
                f"{node.options[0].name} of {node.function} is not read", node.options[0].span, hint="leave it out"
            )

    def folded(self, definition: Definition, node: Call) -> Expression:
        """A function of any number of operands."""
        arguments = node.arguments
        if definition.parameters[-1] == ALL:
            first = len(definition.parameters) - 1
            if len(arguments) <= first:
                raise ParseError(
                    f"{self.said(node)} takes more operands",
                    node.span,
                    hint="write what it is of",
                )
            rest = arguments[first:]
            vector = rest[0] if len(rest) == 1 and self.is_vector(rest[0]) else Vector(rest, node.span)
            return self.put(definition, (*arguments[:first], vector), node.span)
        step, ends = len(definition.parameters) - 1, self.vocabulary.functions[definition.name]
        left = [len(arguments) - count for count in ends if (len(arguments) - count) % step == 0]
        start = min([count for count in left if count >= 0], default=None)
        if start is None:
            raise ParseError(
                f"{self.said(node)} lacks an operand",
                node.span,
                hint=f"write {self.vocabulary.written(definition)}",
            )
        found = self.put(ends[len(arguments) - start], arguments[start:], node.span)
        for first in range(start - step, -1, -step):
            found = self.put(definition, (*arguments[first : first + step], found), node.span)
        return found

    def is_vector(self, operand: Expression) -> bool:
        """Whether the only operand of a function of several can be a vector."""
        is_cell = self.vocabulary.is_cell
        return is_cell is None or (isinstance(operand, Name) and not is_cell(operand.name))

    def put(self, definition: Definition, arguments: Sequence[Expression], span: Span) -> Expression:
        """What a function of the table is of these operands. One that reads an operand more than once stays a function:
        the operand may be long."""
        definition = _decided(definition, arguments)
        for node in walk(definition.body):
            if isinstance(node, Call) and self.key(node.function) in self.functions:
                message = f"{definition.name} is read as {node.function}, which is a function of the text"
                raise UnsupportedError(message, span, hint="give that one another name")
        if self.vocabulary.is_cell is not None:
            definition, arguments = spread(definition, arguments, span)
        given = dict(zip(definition.parameters, arguments, strict=True))
        times = Counter([node.name for node in walk(definition.body) if isinstance(node, Name)])
        if all(times[name] < 2 or isinstance(value, Name | Number) for name, value in given.items()):
            return _filled(definition.body, given, span)  # type: ignore[no-any-return]
        name = self.variable(f"{definition.name}_" if is_function(definition.name) else definition.name, span)
        while self.helpers.get(name, definition).parts()[1:] != definition.parts()[1:]:
            name += "_"  # the same function of other operands
        self.helpers[name] = changed(definition, name=name)
        return Call(name, tuple(arguments), span, span)

    def power(self, node: Binary) -> Expression:
        """The powers of Euler's number are the exponential function."""
        base = node.left
        if node.symbol == "**" and isinstance(base, Call) and base.function == "exp" and len(base.arguments) == 1:
            (of,) = base.arguments
            if isinstance(of, Number) and of.value == 1:
                return Call("exp", (node.right,), node.span, base.span)
        return node


_CHANGES: Final[Mapping[type, Any]] = {
    Name: _Wording.name,
    Assignment: _Wording.assignment,
    For: _Wording.counting,
    Definition: _Wording.definition,
    Diff: _Wording.derivative,
    Derivatives: _Wording.derivative,
    Call: _Wording.call,
    Binary: _Wording.power,
}


def _filled(body: Tree, given: Mapping[str, Expression], span: Span) -> Any:
    """A piece of a table with operands in the place of its parameters; its place is that of what it stands for."""

    def put(node: Tree) -> Tree:
        if isinstance(node, Name) and node.name in given:
            return given[node.name]
        return changed(node, span=span)  # type: ignore[no-any-return]

    return rewritten(body, put)


def _decided(definition: Definition, arguments: Sequence[Expression]) -> Definition:
    """A function whose value is one of two, by an operand that is a number, is that one."""
    body = definition.body
    if isinstance(body, Conditional) and isinstance(body.condition, Name):
        flag = arguments[definition.parameters.index(body.condition.name)]
        if isinstance(flag, Number):
            return changed(definition, body=body.then if flag.value else body.otherwise)  # type: ignore[no-any-return]
    return definition
