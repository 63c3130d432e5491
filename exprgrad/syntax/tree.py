"""The abstract syntax tree: what the user wrote, as frozen nodes that know where they stand in the text.

A program may nest 100,000 deep, so nothing here recurses: `==` and `repr` walk with stacks of their own
(a dataclass's generated ones would end in RecursionError).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, dataclass_transform

from exprgrad.diagnostics import Span
from exprgrad.records import NamedTuple

NOWHERE = Span(0, 0)
_set = object.__setattr__


class _Default:
    """The default of a field that does not count when nodes are compared."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _uncompared(*, default: Any) -> Any:
    return _Default(default)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(_uncompared,))
class _Form(type):
    """Makes a class of nodes from its annotations, as a frozen dataclass with slots would: those take half a
    millisecond each to make, at every start of the command."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> _Form:
        if bases:
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = {field: namespace.pop(field) for field in fields if field in namespace}
            namespace["__slots__"] = fields
            namespace["_compared"] = tuple([f for f in fields if not isinstance(defaults.get(f), _Default)])
            namespace["_defaults"] = tuple(
                [default.value if isinstance(default, _Default) else default for default in defaults.values()]
            )
        return super().__new__(mcs, name, bases, namespace)


class Tree(metaclass=_Form):
    """The base of all nodes. Two nodes are equal when they are the same form with equal parts; spans do not count."""

    __slots__: ClassVar[tuple[str, ...]] = ()
    _compared: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[tuple[Any, ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        fields = self.__slots__
        missing = len(fields) - len(values)
        if named:
            defaults = dict(zip(fields[len(fields) - len(self._defaults) :], self._defaults, strict=True))
            values = (*values, *[named.pop(f) if f in named else defaults[f] for f in fields[len(values) :]])
            assert not named, f"{type(self).__name__} has no {', '.join(named)}"
        elif missing:
            values += self._defaults[-missing:]
        for field, value in zip(fields, values, strict=True):
            _set(self, field, value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a node never changes: {name}")

    def parts(self) -> tuple[object, ...]:
        """The fields but the spans, in order."""
        return tuple([getattr(self, name) for name in self._compared])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tree):
            return NotImplemented
        return list(_flatten(self)) == list(_flatten(other))

    def __hash__(self) -> int:
        return hash(tuple(_flatten(self)))

    def __repr__(self) -> str:
        out: list[str] = []
        stack: list[object] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, _Text):
                out.append(item)
            elif isinstance(item, Tree):
                stack.append(_Text(")"))
                _push_commas(stack, item.parts())
                stack.append(_Text(type(item).__name__ + "("))
            elif isinstance(item, tuple):
                stack.append(_Text("]"))
                _push_commas(stack, item)
                stack.append(_Text("["))
            else:
                out.append(repr(item))
        return "".join(out)


class Reads(NamedTuple):
    """What expressions read, each once, as it is written: names, and the functions that they call."""

    names: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class _Text(str):
    __slots__ = ()


def _push_commas(stack: list[object], items: tuple[object, ...]) -> None:
    for i, item in reversed(list(enumerate(items))):
        stack.append(item)
        if i:
            stack.append(_Text(", "))


def _flatten(root: Tree) -> Iterator[object]:
    """Every part of a tree in prefix order, with lengths, so that equal streams mean equal trees."""
    stack: list[object] = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, Tree):
            yield type(item)
            stack.extend(reversed(item.parts()))
        elif isinstance(item, tuple):
            yield len(item)
            stack.extend(reversed(item))
        elif isinstance(item, float):
            yield repr(item)  # nan equals nan, and 0.0 is not -0.0
        else:
            yield item


class Number(Tree):
    """A literal; `value` is the double nearest to what was written."""

    value: float
    span: Span = _uncompared(default=NOWHERE)


class Name(Tree):
    """A name, NFKC-normalised: an input, a computed name or a constant."""

    name: str
    span: Span = _uncompared(default=NOWHERE)


class Unary(Tree):
    """`symbol` before `operand`; the symbols are `+`, `-` and `not`."""

    symbol: str
    operand: Expression
    span: Span = _uncompared(default=NOWHERE)


class Binary(Tree):
    """`left symbol right`; the symbols are `+ - * / // % ** @`."""

    symbol: str
    left: Expression
    right: Expression
    span: Span = _uncompared(default=NOWHERE)


class Comparison(Tree):
    """`operands[0] symbols[0] operands[1] symbols[1] ...`, chained as in Python: one more operand than symbols."""

    symbols: tuple[str, ...]
    operands: tuple[Expression, ...]
    span: Span = _uncompared(default=NOWHERE)


class Logic(Tree):
    """`left and right` or `left or right`; the right side is evaluated only where it is needed.

    `reads` is what the right side reads.
    """

    symbol: str
    left: Expression
    right: Expression
    span: Span = _uncompared(default=NOWHERE)
    reads: Reads = _uncompared(default=Reads())


class Conditional(Tree):
    """`then if condition else otherwise`, also written `where(condition, then, otherwise)`.

    `reads` is what the two sides read.
    """

    condition: Expression
    then: Expression
    otherwise: Expression
    span: Span = _uncompared(default=NOWHERE)
    reads: Reads = _uncompared(default=Reads())


class Call(Tree):
    """`function(arguments..., option=value...)`; `name_span` is the function's name alone."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span = _uncompared(default=NOWHERE)
    name_span: Span = _uncompared(default=NOWHERE)
    options: tuple[Option, ...] = ()


class Option(Tree):
    """`name=value` among the arguments of a call."""

    name: str
    value: Expression
    span: Span = _uncompared(default=NOWHERE)


class Vector(Tree):
    """`[a, b, ...]`: values along a new first axis."""

    elements: tuple[Expression, ...]
    span: Span = _uncompared(default=NOWHERE)


class Slice(Tree):
    """`start:stop:step` in an index; what is left out is None."""

    start: Expression | None
    stop: Expression | None
    step: Expression | None
    span: Span = _uncompared(default=NOWHERE)


class Index(Tree):
    """`operand[items...]`: one position or slice for each axis, the first ones at least."""

    operand: Expression
    items: tuple[Expression | Slice, ...]
    span: Span = _uncompared(default=NOWHERE)


class Diff(Tree):
    """`diff(operand, x, y, 2)`: the derivative of the operand by each name of `by`, one after the other."""

    operand: Expression
    by: tuple[Name, ...]
    span: Span = _uncompared(default=NOWHERE)


class Derivatives(Tree):
    """`gradient(operand, x)`, `jacobian(operand, x)` and `hessian(operand, x)`: the derivatives by each element of x;
    `listed` where names in brackets follow, whose elements then stand one after the other."""

    function: str
    operand: Expression
    by: tuple[Name, ...]
    listed: bool
    span: Span = _uncompared(default=NOWHERE)


Expression = (
    Number | Name | Unary | Binary | Comparison | Logic | Conditional | Call | Diff | Derivatives | Vector | Index
)


class Assignment(Tree):
    """`name = value`; a bare expression as a statement has no name (`None`)."""

    name: str | None
    value: Expression
    span: Span = _uncompared(default=NOWHERE)
    name_span: Span = _uncompared(default=NOWHERE)


class If(Tree):
    """`if condition { then } else { otherwise }` as a statement; without an else that side is empty."""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span = _uncompared(default=NOWHERE)


class While(Tree):
    """`while condition { body }`; `head_span` is what stands before the block."""

    condition: Expression
    body: tuple[Statement, ...]
    span: Span = _uncompared(default=NOWHERE)
    head_span: Span = _uncompared(default=NOWHERE)


class For(Tree):
    """`for counter in start..stop { body }`: the counter is start, start + 1, ... and less than stop."""

    counter: str
    start: Expression
    stop: Expression
    body: tuple[Statement, ...]
    span: Span = _uncompared(default=NOWHERE)
    head_span: Span = _uncompared(default=NOWHERE)
    counter_span: Span = _uncompared(default=NOWHERE)


Statement = Assignment | If | While | For


class Definition(Tree):
    """`name(parameters...) = body`: a function of the program's own."""

    name: str
    parameters: tuple[str, ...]
    body: Expression
    span: Span = _uncompared(default=NOWHERE)
    name_span: Span = _uncompared(default=NOWHERE)


class ProgramTree(Tree):
    """The statements in order, and the functions, which are known in all of the program. `text` is what was parsed:
    spans point into it."""

    statements: tuple[Statement, ...]
    text: str = _uncompared(default="")
    span: Span = _uncompared(default=NOWHERE)
    functions: tuple[Definition, ...] = ()

    @classmethod
    def of(cls, expression: Expression, text: str) -> ProgramTree:
        """The program that consists of one bare expression."""
        return cls((Assignment(None, expression, expression.span),), text)


def reads_of(nodes: Iterable[Expression]) -> Reads:
    """What expressions read.

    What stands in the sides of a branch is known from the branch, so that nothing is looked for at every level.
    """
    names: dict[str, None] = {}
    calls: dict[str, None] = {}
    stack = [*nodes][::-1]
    while stack:
        node = stack.pop()
        if isinstance(node, Name):
            names[node.name] = None
        elif isinstance(node, Logic | Conditional):
            names.update(dict.fromkeys(node.reads.names))
            calls.update(dict.fromkeys(node.reads.calls))
            stack.append(node.left if isinstance(node, Logic) else node.condition)
        else:
            if isinstance(node, Call):
                calls[node.function] = None
            stack.extend(reversed(children(node)))
    return Reads(tuple(names), tuple(calls))


def _bounds(item: Expression | Slice) -> Sequence[Expression]:
    """What an item of an index is written with."""
    if not isinstance(item, Slice):
        return (item,)
    return [part for part in (item.start, item.stop, item.step) if part is not None]


def children(node: Expression) -> tuple[Expression, ...]:
    """A node's sub-expressions, in the order in which they are written."""
    parts = _CHILDREN.get(type(node))
    return () if parts is None else parts(node)


# By the type of a node; names and numbers have none.
_CHILDREN: dict[type, Callable[[Any], tuple[Expression, ...]]] = {
    Binary: lambda node: (node.left, node.right),
    Logic: lambda node: (node.left, node.right),
    Call: lambda node: (*node.arguments, *[option.value for option in node.options]),
    Unary: lambda node: (node.operand,),
    Comparison: lambda node: node.operands,
    Diff: lambda node: (node.operand, *node.by),
    Derivatives: lambda node: (node.operand, *node.by),
    Vector: lambda node: node.elements,
    Index: lambda node: (node.operand, *[part for item in node.items for part in _bounds(item)]),
    # `a if c else b` and where(c, a, b) are one form, written in two orders.
    Conditional: lambda node: tuple(
        sorted((node.condition, node.then, node.otherwise), key=lambda part: part.span.start)
    ),
}


def with_statements(program: ProgramTree, others: Sequence[Assignment]) -> ProgramTree:
    """The program with other statements, each before the one whose span it has."""
    if not others:
        return program
    statements = [x for own in program.statements for x in (*[y for y in others if y.span == own.span], own)]
    return ProgramTree(tuple(statements), program.text, program.span, program.functions)
