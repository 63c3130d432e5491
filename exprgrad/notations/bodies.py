"""Functions whose bodies give names values, branch and loop before they return; in this language a body is an
expression."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from typing import Any, Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.syntax.rewriting import changed, nodes, rewritten
from exprgrad.syntax.tree import (
    Assignment,
    Call,
    Conditional,
    Definition,
    Expression,
    For,
    If,
    Name,
    Statement,
    Tree,
    While,
)

# What walks along nested lines: it yields what walks along those inside, and is sent what that returns.
Walk = Generator[Any, Any, Any]

_PASTE: Final = "paste the lines without the function around them"


class Return(Tree):
    """`return value`."""

    value: Expression
    span: Span

    def result(self) -> Assignment:
        """The same outside of a function."""
        return Assignment(None, self.value, self.value.span, self.value.span)


class Block(Tree):
    """A function of parameters and lines. Each way through the lines ends in a return, and only there is one; what
    stands behind a branch with returns stands in that of its sides which goes on."""

    name: str
    parameters: tuple[str, ...]
    lines: tuple[Any, ...]
    span: Span
    name_span: Span


class Local(Tree):
    """Names that are no results, whatever reads them: those that only a function or a block of the text has."""

    names: tuple[Name, ...]


def local(lines: Sequence[Any], *, besides: Expression | None) -> list[Any]:
    """What says that all names that these lines give values are local, besides the one that is returned."""
    names = [
        name for name in dict.fromkeys(name for line in lines for name in _assigned(line)) if Name(name) != besides
    ]
    return [Local(tuple(map(Name, names)))] if names else []


def check_last(lines: Sequence[Any], passed: tuple[type, ...]) -> None:
    """Raises an UnsupportedError for a line of a program behind one that returns, if it is of no such kind."""
    returns = [i for i, line in enumerate(lines) if isinstance(line, Return)]
    if returns and any(not isinstance(line, passed) for line in lines[returns[0] + 1 :]):
        raise UnsupportedError("a line stands behind this return", lines[returns[0]].span, hint="return at the end")


def driven(walk: Walk) -> Any:
    """What a walk returns. Lines may nest as deep as they like."""
    stack = [walk]
    value: Any = None
    while stack:
        try:
            inner = stack[-1].send(value)
        except StopIteration as end:
            stack.pop()
            value = end.value
        else:
            stack.append(inner)
            value = None
    return value


def function(head: Definition, lines: Sequence[Any], choice: str) -> Definition | Block:
    """A function with these lines as its body. `choice` is how the notation writes an if as an expression. Raises an
    UnsupportedError for lines that are no statements, or that a way ends behind."""
    _check(lines)
    found = driven(_ended(tuple(lines), head, choice))
    last = lines[-1].span if lines else head.span
    span = Span(head.span.start, last.end)
    if len(found) == 1 and isinstance(found[0], Return):
        return Definition(head.name, head.parameters, found[0].value, span, head.name_span)
    return Block(head.name, head.parameters, found, span, head.name_span)


def _check(lines: Sequence[Any]) -> None:
    waiting: list[tuple[Any, bool]] = [(line, False) for line in reversed(lines)]
    while waiting:
        line, is_in_loop = waiting.pop()
        if isinstance(line, If):
            waiting += [(part, is_in_loop) for part in reversed((*line.then, *line.otherwise))]
        elif isinstance(line, While | For):
            waiting += [(part, True) for part in reversed(line.body)]
        elif isinstance(line, Return) and is_in_loop:
            hint = "let the condition of a while end the loop, and return behind it"
            raise UnsupportedError("a return in a loop is not read", line.span, hint=hint)
        elif not isinstance(line, Return) and (not isinstance(line, Assignment) or line.name is None):
            hint = "its lines give names values, and the last one returns"
            raise UnsupportedError("this line of a function is not read", line.span, hint=hint)


def _ended(lines: tuple[Any, ...], head: Definition, choice: str) -> Walk:
    """The lines with what stands behind a branch that returns moved into its other side."""
    for i, line in enumerate(lines):
        rest = lines[i + 1 :]
        if isinstance(line, Return):
            if rest:
                hint = "its lines give names values, and the last one returns"
                raise UnsupportedError("this line of a function is not read", line.span, hint=hint)
            return lines
        if isinstance(line, If) and any(isinstance(node, Return) for node in nodes(line)):
            then_ends, otherwise_ends = _ends(line.then), _ends(line.otherwise)
            if rest and not then_ends and not otherwise_ends:
                hint = f"return on both ways inside of it, write {choice}, or {_PASTE}"
                raise UnsupportedError("one way of this if returns from the function", line.span, hint=hint)
            then = yield _ended(line.then if then_ends else (*line.then, *rest), head, choice)
            otherwise = yield _ended(line.otherwise if otherwise_ends else (*line.otherwise, *rest), head, choice)
            if len(then) == len(otherwise) == 1 and isinstance(then[0], Return) and isinstance(otherwise[0], Return):
                value = Conditional(line.condition, then[0].value, otherwise[0].value, line.span)
                return (*lines[:i], Return(value, line.span))
            return (*lines[:i], If(line.condition, then, otherwise, line.span))
    raise UnsupportedError("this function returns nothing", head.name_span, hint="end it with return")


def _ends(lines: Sequence[Any]) -> bool:
    """Whether each way through the lines ends in a return."""
    waiting = [lines]
    while waiting:
        last = waiting.pop()[-1:]
        if last and isinstance(last[0], If):
            waiting += [last[0].then, last[0].otherwise]
        elif not last or not isinstance(last[0], Return):
            return False
    return True


def opened(given: Sequence[Statement | Definition | Block]) -> list[Any]:
    """The program with functions of one expression each. If it only defines functions, and perhaps numbers before the
    last one, that is what it is about, and becomes its statements; all names but its own are local."""
    functions = [part for part in given if isinstance(part, Block | Definition)]
    if not functions:
        return [part for part in given if not isinstance(part, Block)]
    last = functions[-1]
    named = [part.name for part in given if isinstance(part, Assignment) and part.name is not None]
    taken = {*named, *[function.name for function in functions]}
    for function in functions:
        if function is not last:
            taken |= {*function.parameters, *_names(function)}
    found: list[Any] = []
    is_about_last = len(functions) + len(named) == len(given) and given[-1] is last
    is_about_last = is_about_last and not any(_calls(part, last.name) for part in given)
    is_about_last = is_about_last and not {*last.parameters} & {*named}
    for part in given:
        if isinstance(part, Definition) and part is last and is_about_last:
            found.append(Assignment(part.name, part.body, part.span, part.name_span))
        elif not isinstance(part, Block):
            found.append(part)
        elif part is last and is_about_last:
            found += _statements(part, {*taken, *part.parameters})
        else:
            taken |= _names(part)
            found += _steps(part, taken)
    if is_about_last:
        found += local([part for part in found if not isinstance(part, Definition)], besides=Name(last.name))
    return found


def _statements(block: Block, taken: set[str]) -> list[Statement]:
    """The lines of a function whose parameters are inputs; a name that is something else outside becomes another."""
    names: dict[str, str] = {}

    def put(node: Tree) -> Tree:
        if isinstance(node, Name):
            return Name(names.get(node.name, node.name), node.span)
        if isinstance(node, Assignment) and node.name is not None:
            return changed(node, name=names[node.name])  # type: ignore[no-any-return]
        if isinstance(node, For):
            return changed(node, counter=names[node.counter])  # type: ignore[no-any-return]
        if isinstance(node, Return):
            return Assignment(block.name, node.value, block.span, block.name_span)
        return node

    def rename(name: str) -> None:
        if name not in names:
            names[name] = fresh(name, taken) if name in taken else name
            taken.add(names[name])

    found: list[Statement] = []
    for line in block.lines:
        if isinstance(line, Assignment) and line.name is not None:
            value = rewritten(line.value, put)
            rename(line.name)
            found.append(changed(line, name=names[line.name], value=value))
            continue
        for name in _assigned(line):
            is_new = name not in names
            rename(name)
            if is_new and name in block.parameters:
                found.append(Assignment(names[name], Name(name, line.span), line.span, line.span))
        found.append(rewritten(line, put))
    if isinstance(block.lines[-1], If):
        found.append(Assignment(None, Name(block.name, block.name_span), block.span, block.name_span))
    return found


def _steps(block: Block, taken: set[str]) -> list[Definition]:
    """A function for each line: the values of the names so far, and of the next one, are operands of the one behind."""
    found: list[Definition] = []
    number = 0
    waiting: list[tuple[str, tuple[str, ...], tuple[Any, ...]]] = [(block.name, block.parameters, block.lines)]
    while waiting:
        name, parameters, lines = waiting.pop()
        line, rest = lines[0], lines[1:]

        def behind() -> str:
            nonlocal number
            number += 1
            made = fresh(block.name, taken, number)
            taken.add(made)
            return made

        def call(lines: tuple[Any, ...], known: Sequence[str], span: Span) -> Expression:
            """What lines return that know the values of these names."""
            if isinstance(lines[0], Return):
                return lines[0].value
            needed = driven(_needed(lines))
            operands = tuple([other for other in known if other in needed])
            waiting.append((behind(), operands, lines))
            return Call(waiting[-1][0], tuple([Name(other, span) for other in operands]), span, span)

        if isinstance(line, Return):
            body = line.value
        elif isinstance(line, Assignment):
            assert line.name is not None
            needed = driven(_needed(rest))
            values: dict[str, Expression] = {other: Name(other, line.span) for other in parameters if other in needed}
            values[line.name] = line.value
            waiting.append((behind(), tuple(values), rest))
            body = Call(waiting[-1][0], tuple(values.values()), line.span, line.name_span)
        elif isinstance(line, If):
            first = len(waiting)
            then: tuple[Any, ...] = line.then
            otherwise: tuple[Any, ...] = line.otherwise
            if rest:
                needed = driven(_needed(rest))
                known = (*parameters, *[other for other in _assigned(line) if other not in parameters])
                operands = tuple([other for other in known if other in needed])
                for side in (then, otherwise):
                    given = driven(_given(side))
                    for other in operands:
                        if other not in given and other not in parameters:
                            hint = f"give {other} one before the if, or on both sides"
                            raise UnsupportedError(f"{other} may have no value behind this if", line.span, hint=hint)
                waiting.append((behind(), operands, rest))
                then, otherwise = [_going_on(side, waiting[-1][0], operands, line.span) for side in (then, otherwise)]
            sides = [call(side, parameters, line.span) for side in (then, otherwise)]
            body = Conditional(line.condition, sides[0], sides[1], line.span)
            waiting[first:] = waiting[first:][::-1]
        else:
            raise UnsupportedError("a loop in a function that is called is not read", line.span, hint=_PASTE)
        found.append(Definition(name, parameters, body, block.span, block.name_span))
    return found


def _going_on(lines: tuple[Any, ...], behind: str, operands: Sequence[str], span: Span) -> tuple[Any, ...]:
    """The lines of a side, which end in what a function behind them returns; the last value goes to it at once."""
    values: dict[str, Expression] = {name: Name(name, span) for name in operands}
    if lines and isinstance(lines[-1], Assignment) and lines[-1].name in values:
        values[lines[-1].name] = lines[-1].value
        lines = lines[:-1]
    return (*lines, Return(Call(behind, tuple(values.values()), span, span), span))


def _needed(lines: Sequence[Any]) -> Walk:
    """The names whose values before these lines count."""
    needed: frozenset[str] = frozenset()
    for line in reversed(lines):
        if isinstance(line, If):
            then = yield _needed(line.then)
            otherwise = yield _needed(line.otherwise)
            needed = (needed - (yield _given((line,)))) | then | otherwise | _read(line.condition)
        elif isinstance(line, Assignment):
            needed = needed - {line.name or ""} | _read(line.value)
        else:
            needed = needed | _read(line)
    return needed


def _given(lines: Sequence[Any]) -> Walk:
    """The names that have a value behind these lines on each way."""
    found: frozenset[str] = frozenset()
    for line in lines:
        if isinstance(line, If):
            then = yield _given(line.then)
            found |= then & (yield _given(line.otherwise))
        elif isinstance(line, Assignment):
            found |= {line.name or ""}
    return found


def _read(root: Tree) -> frozenset[str]:
    return frozenset(node.name for node in nodes(root) if isinstance(node, Name))


def _assigned(root: Tree) -> list[str]:
    """The names that a line gives values, each once."""
    found: dict[str, None] = {}
    for node in nodes(root):
        if isinstance(node, Assignment) and node.name is not None:
            found[node.name] = None
        elif isinstance(node, For):
            found[node.counter] = None
    return [*found]


def fresh(name: str, taken: Collection[str], number: int = 1) -> str:
    """A name that is not taken: this one with a number, from that one on."""
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _names(part: Definition | Block) -> set[str]:
    return {*_read(part), *_assigned(part)}


def _calls(part: Tree, function: str) -> bool:
    return any(isinstance(node, Call) and node.function == function for node in nodes(part))
