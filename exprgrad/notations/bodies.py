"""Functions whose bodies give names values before they return one; in this language a body is an expression."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.syntax.names import walk
from exprgrad.syntax.rewriting import rewritten
from exprgrad.syntax.tree import Assignment, Call, Definition, Expression, For, If, Name, Statement, Tree, While

_BLOCKS: Final[Mapping[type, str]] = {If: "an if", While: "a loop", For: "a loop"}


class Return(Tree):
    """`return value`."""

    value: Expression
    span: Span

    def result(self) -> Assignment:
        """The same outside of a function."""
        return Assignment(None, self.value, self.value.span, self.value.span)


class Block(Tree):
    """A function of parameters, whose names have values before it returns one."""

    name: str
    parameters: tuple[str, ...]
    locals: tuple[Assignment, ...]
    value: Expression
    span: Span
    name_span: Span

    def expressions(self) -> Iterator[Expression]:
        """What is computed in it, in order."""
        yield from (part.value for part in self.locals)
        yield self.value


def function(head: Definition, lines: Sequence[Any], choice: str) -> Definition | Block:
    """A function with these lines as its body. `choice` is how the notation writes an if as an expression. Raises an
    UnsupportedError for lines that neither give a name a value nor return one at the end."""
    last = lines[-1] if lines else None
    given = lines[:-1] if isinstance(last, Return) else lines
    for line in given:
        if type(line) in _BLOCKS:
            hint = "paste the lines without the function around them"
            if isinstance(line, If):
                hint = f"write {choice}, or {hint}"
            raise UnsupportedError(f"{_BLOCKS[type(line)]} in a function is not read", line.span, hint=hint)
        if not isinstance(line, Assignment) or line.name is None:
            hint = "its lines give names values, and the last one returns"
            raise UnsupportedError("this line of a function is not read", line.span, hint=hint)
    if not isinstance(last, Return):
        raise UnsupportedError("this function returns nothing", head.name_span, hint="end it with return")
    span = Span(head.span.start, last.span.end)
    if not given:
        return Definition(head.name, head.parameters, last.value, span, head.name_span)
    return Block(head.name, head.parameters, tuple(given), last.value, span, head.name_span)


def opened(parts: Sequence[Statement | Definition | Block]) -> list[Statement | Definition]:
    """The program with functions of one expression each. If it only defines functions, the last one, which it is about,
    becomes its statements."""
    blocks = [part for part in parts if isinstance(part, Block)]
    if not blocks:
        return [part for part in parts if not isinstance(part, Block)]
    functions = [part for part in parts if isinstance(part, Block | Definition)]
    last = functions[-1]
    taken = {function.name for function in functions}
    for function in functions:
        if function is not last:
            taken |= {*function.parameters, *_names(function)}
    found: list[Statement | Definition] = []
    is_about_last = len(functions) == len(parts) and not any(_calls(function, last.name) for function in functions)
    for part in parts:
        if not isinstance(part, Block):
            found.append(part)
        elif part is last and is_about_last:
            found += _statements(part, {*taken, *part.parameters})
        else:
            taken |= _names(part)
            found += _steps(part, taken)
    return found


def _statements(block: Block, taken: set[str]) -> list[Statement]:
    """The lines of a function whose parameters are inputs; a name that is something else outside becomes another."""
    names: dict[str, str] = {}

    def put(node: Tree) -> Tree:
        return Name(names.get(node.name, node.name), node.span) if isinstance(node, Name) else node

    found: list[Statement] = []
    for line in block.locals:
        assert line.name is not None
        value = rewritten(line.value, put)
        if line.name not in names:
            names[line.name] = _fresh(line.name, taken) if line.name in taken else line.name
            taken.add(names[line.name])
        found.append(Assignment(names[line.name], value, line.span, line.name_span))
    found.append(Assignment(block.name, rewritten(block.value, put), block.span, block.name_span))
    return found


def _steps(block: Block, taken: set[str]) -> list[Definition]:
    """A function for each line: the values of the names so far, and of the next one, are operands of the one behind."""
    found: list[Definition] = []
    name, parameters = block.name, block.parameters
    for i, (line, needed) in enumerate(zip(block.locals, _needed(block), strict=True)):
        assert line.name is not None
        behind = _fresh(block.name, taken, i + 1)
        taken.add(behind)
        given: dict[str, Expression] = {name: Name(name, line.span) for name in parameters if name in needed}
        given[line.name] = line.value
        body = Call(behind, tuple(given.values()), line.span, line.name_span)
        found.append(Definition(name, parameters, body, block.span, block.name_span))
        name, parameters = behind, tuple(given)
    found.append(Definition(name, parameters, block.value, block.span, block.name_span))
    return found


def _needed(block: Block) -> list[frozenset[str]]:
    """The names that are read behind each line."""
    *values, last = block.expressions()
    needed = frozenset(node.name for node in walk(last) if isinstance(node, Name))
    found: list[frozenset[str]] = []
    for line, value in zip(reversed(block.locals), reversed(values), strict=True):
        found.append(needed)
        needed = needed - {line.name or ""} | {node.name for node in walk(value) if isinstance(node, Name)}
    return found[::-1]


def _fresh(name: str, taken: Collection[str], number: int = 1) -> str:
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _nodes(part: Definition | Block) -> Iterator[Expression]:
    for expression in part.expressions() if isinstance(part, Block) else (part.body,):
        yield from walk(expression)


def _names(part: Definition | Block) -> set[str]:
    own = {line.name for line in part.locals if line.name is not None} if isinstance(part, Block) else set()
    return own | {node.name for node in _nodes(part) if isinstance(node, Name)}


def _calls(part: Definition | Block, function: str) -> bool:
    return any(isinstance(node, Call) and node.function == function for node in _nodes(part))
