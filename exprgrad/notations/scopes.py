"""Blocks whose names are their own, as those of C and JavaScript: in this language a block has none.

A grammar makes the nodes here, a `Scopes` resolves each name to the variable that it is there, and of these gets a name
of its own whatever would hide another one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.notations.bodies import Block, Local, Return, Walk, check_last, driven, fresh, function, local
from exprgrad.notations.grammar import definition
from exprgrad.syntax.names import walk
from exprgrad.syntax.rewriting import changed, nodes, parts, rewritten
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Definition,
    Expression,
    For,
    If,
    Name,
    Number,
    Tree,
    While,
)

# Functions of this language that operators and loops become.
_NEEDED: Final = frozenset(("trunc", "floor", "fmod"))


class Literal(Tree):
    """A number whose type can be seen."""

    value: float
    kind: str
    span: Span


class Cast(Tree):
    """`(kind)operand`."""

    kind: str
    operand: Expression
    span: Span


class Declared(Tree):
    """`kind name = value`, or `kind name`. One whose kind is `var` belongs to all of its function."""

    name: str
    kind: str
    value: Expression | None
    span: Span
    name_span: Span


class Constant(Tree):
    """A name that stands for a number wherever it is read."""

    name: str
    value: Literal
    span: Span


class Group(Tree):
    """`{ lines }`."""

    lines: tuple[Any, ...]


class Loop(Tree):
    """`for (begin; condition; step) { body }`."""

    begin: tuple[Any, ...]
    condition: Expression
    step: tuple[Any, ...]
    body: tuple[Any, ...]
    span: Span


class Routine(Tree):
    """A function; its body is an expression, or lines."""

    name: str
    kind: str
    parameters: tuple[Declared, ...]
    body: Any
    span: Span
    name_span: Span


class Variable:
    """What a name stands for in one scope. `key` is its name until all are known."""

    def __init__(self, name: str, kind: str, scope: Scope, number: int) -> None:
        self.name = name
        self.kind = kind
        self.scope = scope
        self.key = f"{name} {number}"
        self.has_value = True
        self.is_declared = False
        self.is_var = False
        self.constant: Literal | None = None
        # The functions that it is read or assigned in; None stands for what is outside of all.
        self.regions: set[Routine | None] = set()


class Scope:
    """The names of a block; `region` is the function around it."""

    def __init__(self, outer: Scope | None, region: Routine | None) -> None:
        self.outer = outer
        self.region = region
        self.names: dict[str, Variable] = {}
        # The names that were looked for here and found further out.
        self.passed: set[str] = set()

    def around(self) -> Iterator[Scope]:
        """The scopes that this one is in, from the nearest on."""
        scope = self.outer
        while scope is not None:
            yield scope
            scope = scope.outer

    def of_function(self) -> Scope:
        """The outermost scope of the function, or of the program."""
        found = self
        for scope in self.around():
            if scope.region is self.region:
                found = scope
        return found


class Scopes:
    """The names of one program. Where a block `hoists`, a name that it declares is its own from its first line on."""

    hoists: ClassVar[bool] = True

    def __init__(self, lines: Sequence[Any]) -> None:
        self.lines_of_program = lines
        self.routines = {line.name: line for line in lines if isinstance(line, Routine)}
        self.root = Scope(None, None)
        self.variables: list[Variable] = []
        # Whether a line outside of functions returns a value.
        self.returns = False
        self.read_outside = _read_outside(lines)

    def resolved(self) -> list[Any]:
        """The lines in this language, with functions as `exprgrad.notations.bodies` has them."""
        for routine in self.routines.values():
            if routine.name in _NEEDED:
                message = f"{routine.name} is needed as it is here"
                raise UnsupportedError(message, routine.name_span, hint="give the function another name")
        check_last(self.lines_of_program, (Routine, Constant))
        found = driven(self.lines(self.lines_of_program, self.root))
        names = self.names()

        def put(node: Tree) -> Tree:
            if isinstance(node, Name):
                return Name(names.get(node.name, node.name), node.span)
            if isinstance(node, Assignment) and node.name in names:
                return changed(node, name=names[node.name])  # type: ignore[no-any-return]
            if isinstance(node, For):
                return changed(node, counter=names[node.counter])  # type: ignore[no-any-return]
            if isinstance(node, Definition | Block):
                return changed(node, parameters=tuple([names[key] for key in node.parameters]))  # type: ignore[no-any-return]
            return node

        inside = [
            variable for variable in self.variables if variable.scope.region is None and variable.scope is not self.root
        ]
        hidden = [Local(tuple([Name(names[variable.key]) for variable in inside]))] if inside else []
        lines = [rewritten(part, put) for part in found]
        if self.returns and isinstance(lines[-1], Assignment) and lines[-1].name is None:
            hidden += local(
                [line for line in lines if not isinstance(line, Definition | Block)], besides=lines[-1].value
            )
        return [*lines, *hidden]

    def names(self) -> dict[str, str]:
        """The name that each variable has in the end: its own, unless it would hide one that is another there."""
        taken = {variable.name for variable in self.variables} | {*self.routines}
        found: dict[str, str] = {}
        for variable in self.variables:
            name = variable.name
            if self.hides(variable):
                name = fresh(name, taken)
                taken.add(name)
            found[variable.key] = name
        return found

    def hides(self, variable: Variable) -> bool:
        """Whether another variable of that name is one in a scope around."""
        region = variable.scope.region
        for scope in variable.scope.around():
            other = scope.names.get(variable.name)
            if other is not None and (region is None or scope.region is region or region in other.regions):
                return True
        return False

    # -- variables ----------------------------------------------------------------------------------------------------

    def declared(self, name: str, kind: str, scope: Scope, span: Span | None = None) -> Variable:
        """A new variable."""
        if kind == "var":
            scope = scope.of_function()
        old = scope.names.get(name)
        early = name in scope.passed and self.hoists and kind != "var"
        if old is not None and span is not None:
            if kind == "var" and old.is_var:
                return old
            if old.is_declared:
                raise UnsupportedError(f"{name} is declared a second time", span, hint="rename one of the two")
            if None not in old.regions and self.hoists:  # functions that stand before it read it
                old.is_declared = True
                return old
            early = True
        if early and span is not None:
            raise UnsupportedError(
                f"{name} is used before it is declared", span, hint="declare it before, or rename one"
            )
        found = Variable(name, kind, scope, len(self.variables))
        if span is not None:
            found.is_declared = True
            found.is_var = kind == "var"
            found.regions.add(scope.region)
        self.variables.append(found)
        scope.names[name] = found
        return found

    def visible(self, name: str, scope: Scope) -> Variable | None:
        for place in (scope, *scope.around()):
            if name in place.names:
                found = place.names[name]
                found.regions.add(scope.region)
                return found
            place.passed.add(name)
        return None

    def read(self, node: Name, scope: Scope) -> Variable:
        found = self.visible(node.name, scope)
        if found is None:
            found = self.declared(node.name, "", self.root)
            found.regions.add(scope.region)
        if not found.has_value:
            raise UnsupportedError(f"{node.name} has no value here", node.span, hint=f"write {node.name} = before it")
        return found

    def written(self, name: str, scope: Scope, span: Span) -> Variable:
        found = self.visible(name, scope)
        if found is None:
            found = self.declared(name, "", scope.of_function())
            found.regions.add(scope.region)
        elif found.constant is not None:
            raise UnsupportedError(f"{name} stands for a number", span, hint="rename one of the two")
        elif found.scope.region is not scope.region:
            message = f"this function gives {name}, which is outside of it, another value"
            raise UnsupportedError(message, span, hint="return the value, or rename one of the two")
        found.has_value = True
        return found

    # -- lines --------------------------------------------------------------------------------------------------------

    def lines(self, lines: Sequence[Any], scope: Scope) -> Walk:
        found: list[Any] = []
        for line in lines:
            made = getattr(self, _LINES[type(line)])(line, scope)
            found += (yield made) if isinstance(made, Generator) else made
        return found

    def declaration(self, node: Declared, scope: Scope) -> list[Any]:
        value = None if node.value is None else self.expression(node.value, scope)
        variable = self.declared(node.name, node.kind, scope, node.name_span)
        if value is None:
            variable.has_value = False
            return []
        variable.has_value = True
        variable.kind = self.kind_of_given(node.kind, value)
        return [Assignment(variable.key, self.converted(value, variable.kind), node.span, node.name_span)]

    def constant(self, node: Constant, scope: Scope) -> list[Any]:
        self.declared(node.name, node.value.kind, scope, node.span).constant = node.value
        return []

    def assignment(self, node: Assignment, scope: Scope) -> list[Any]:
        value = self.expression(node.value, scope)
        if node.name is None:
            return [changed(node, value=value)]
        variable = self.written(node.name, scope, node.name_span)
        variable.kind = self.kind_of_given(variable.kind, value)
        return [changed(node, name=variable.key, value=self.converted(value, variable.kind))]

    def returned(self, node: Return, scope: Scope) -> list[Any]:
        value = self.expression(node.value, scope)
        if scope.region is None:
            self.returns = True
            return [Return(value, node.span).result()]
        return [Return(self.converted(value, scope.region.kind), node.span)]

    def group(self, node: Group, scope: Scope) -> Walk:
        return (yield self.lines(node.lines, Scope(scope, scope.region)))

    def choice(self, node: If, scope: Scope) -> Walk:
        condition = self.expression(node.condition, scope)
        then = yield self.lines(node.then, Scope(scope, scope.region))
        otherwise = yield self.lines(node.otherwise, Scope(scope, scope.region))
        return [If(condition, tuple(then), tuple(otherwise), node.span)]

    def repetition(self, node: While, scope: Scope) -> Walk:
        condition = self.expression(node.condition, scope)
        body = yield self.lines(node.body, Scope(scope, scope.region))
        return [While(condition, tuple(body), node.span, node.head_span)]

    def loop(self, node: Loop, scope: Scope) -> Walk:
        scope = Scope(scope, scope.region)
        begin = yield self.lines(node.begin, scope)
        condition = self.expression(node.condition, scope)
        step = yield self.lines(node.step, scope)
        body = yield self.lines(node.body, Scope(scope, scope.region))
        counted = self.counted(node, begin, condition, step, body)
        if counted is not None:
            return [counted]
        return [*begin, While(condition, (*body, *step), node.span, node.span)]

    def counted(
        self, node: Loop, begin: list[Any], condition: Expression, step: list[Any], body: list[Any]
    ) -> For | None:
        """The loop as one over a range, if that is the same: its bounds are read once, and nothing else counts."""
        if not (len(begin) == len(step) == 1 and isinstance(condition, Comparison) and len(condition.symbols) == 1):
            return None
        counter, start = begin[0].name, begin[0].value
        (symbol,), (left, stop) = condition.symbols, condition.operands
        is_counting = left == Name(counter) and step[0].value == Binary("+", Name(counter), Number(1.0))
        if not is_counting or step[0].name != counter or symbol not in ("<", "<="):
            return None
        head = node.begin[0]
        if not (isinstance(head, Declared) and head.kind != "var") and head.name in self.read_outside:
            return None
        inner = [part for line in body for part in nodes(line)]
        assigned = {part.name for part in inner if isinstance(part, Assignment)}
        assigned |= {part.counter for part in inner if isinstance(part, For)}
        if counter in assigned:
            return None
        for part in walk(stop):
            if isinstance(part, Name) and part.name in (*assigned, counter):
                return None
            if isinstance(part, Call) and part.function in self.routines:
                return None
        if symbol == "<=":
            if not self.is_whole(start):
                return None
            last = stop if self.is_whole(stop) else Call("floor", (stop,), stop.span, stop.span)
            stop = Binary("+", last, Number(1.0), stop.span)
        return For(counter, start, stop, tuple(body), node.span, node.span, begin[0].name_span)

    def routine(self, node: Routine, scope: Scope) -> Walk:
        if scope is not self.root:
            hint = "write it outside"
            raise UnsupportedError("a function inside of a function or block is not read", node.name_span, hint=hint)
        scope = Scope(scope, node)
        operands = []
        for parameter in node.parameters:
            key = self.declared(parameter.name, parameter.kind, scope, parameter.name_span).key
            operands.append(Name(key, parameter.name_span))
        head = Call(node.name, tuple(operands), node.name_span, node.name_span)
        if isinstance(node.body, tuple):
            lines = yield self.lines(node.body, scope)
            return [function(definition(head, Number(0.0, node.name_span)), lines, "condition ? x : y")]
        return [definition(head, self.converted(self.expression(node.body, scope), node.kind))]

    # -- expressions --------------------------------------------------------------------------------------------------

    def expression(self, node: Expression, scope: Scope) -> Any:
        return rewritten(node, lambda part: self.changed(part, scope))

    def changed(self, node: Any, scope: Scope) -> Any:
        """What becomes of a part of an expression, whose parts are done."""
        if isinstance(node, Name):
            variable = self.read(node, scope)
            return variable.constant or Name(variable.key, node.span)
        return node

    def kind_of_given(self, kind: str, value: Expression) -> str:
        """The type of a variable that was declared with this word and is given this value."""
        return kind

    def converted(self, value: Any, kind: str) -> Any:
        """What a variable of that type has, if it is given the value."""
        return value

    def is_whole(self, value: Expression) -> bool:
        """Whether the value is a whole number for sure."""
        return isinstance(value, Number) and value.value.is_integer()


# By the form of a line the method that is for it.
_LINES: Final[Mapping[Any, str]] = {
    Declared: "declaration",
    Constant: "constant",
    Assignment: "assignment",
    Return: "returned",
    Group: "group",
    If: "choice",
    While: "repetition",
    Loop: "loop",
    Routine: "routine",
}


def _read_outside(lines: Sequence[Any]) -> set[str]:
    """The names that stand somewhere outside of the loops that count with them."""
    found: set[str] = set()
    waiting: list[tuple[Tree, frozenset[str]]] = [(line, frozenset()) for line in lines]
    while waiting:
        node, counters = waiting.pop()
        if isinstance(node, Loop) and len(node.begin) == 1:
            counters |= {node.begin[0].name}
        if isinstance(node, Name | Assignment) and node.name is not None and node.name not in counters:
            found.add(node.name)
        waiting += [(part, counters) for part in parts(node)]
    return found
