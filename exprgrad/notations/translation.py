"""From a text in a notation to one of this language: read, said in the words of here, printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.diagnostics import ErrorsIn, ExprError, ParseError, UnsupportedError
from exprgrad.notations.bodies import Block, Local, Return, opened
from exprgrad.notations.texts import with_tests
from exprgrad.notations.vocabulary import Vocabulary
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import resolve, walk
from exprgrad.syntax.parser import parse
from exprgrad.syntax.tree import (
    Assignment,
    Call,
    Definition,
    Expression,
    For,
    If,
    Name,
    ProgramTree,
    Statement,
    While,
)
from exprgrad.views import formula


class Notation(NamedTuple):
    """How texts are read: `read` makes a tree whose operators are this language's and whose names are those of the
    text, `vocabulary` says what they are here, and `value` writes a value as one of this language."""

    read: Callable[[str], ProgramTree]
    vocabulary: Vocabulary
    value: Callable[[str], str] = str


class Translation(NamedTuple):
    """A text as a program of this language, and its results, where these are fewer than those of the program."""

    text: str
    results: tuple[str, ...] | None


def translated(text: str, notation: Notation) -> Translation:
    """The text as a program of this language. Raises an ExprError for what cannot be read or said."""
    with ErrorsIn(text):
        program, hidden = _without_local(with_tests(notation.vocabulary.here(notation.read(text))))
        found = formula.program(_with_result(program))
    return Translation(found, _results(found, hidden) if hidden else None)


def _without_local(program: ProgramTree) -> tuple[ProgramTree, set[str]]:
    """The program without what says which names are local, and these."""
    given: tuple[Any, ...] = program.statements
    hidden = {name.name for part in given if isinstance(part, Local) for name in part.names}
    statements = tuple([part for part in given if not isinstance(part, Local)])
    return ProgramTree(statements, program.text, functions=program.functions), hidden


def _results(text: str, hidden: set[str]) -> tuple[str, ...] | None:
    try:
        names = resolve(parse(text)).results
    except ExprError:
        return None  # whoever compiles it is told
    found = tuple([name for name in names if name not in hidden])
    return found if 0 < len(found) < len(names) else None


def program_of(lines: Sequence[Statement | Definition | Block | Local], text: str) -> ProgramTree:
    """The program of statements and functions in the order of the text, and behind them what is local."""
    if not lines:
        raise ParseError("there is nothing to read", hint="write an expression such as a*b")
    parts = opened([line for line in lines if not isinstance(line, Local)])
    parts += [line for line in lines if isinstance(line, Local)]
    _check_blocks(parts)
    functions = tuple(part for part in parts if isinstance(part, Definition))
    return ProgramTree(tuple(part for part in parts if not isinstance(part, Definition)), text, functions=functions)


def _check_blocks(parts: Sequence[Statement | Definition]) -> None:
    """What stands in a block gives names values, and defines nothing."""
    waiting = [part for part in parts if isinstance(part, If | While | For)]
    while waiting:
        node = waiting.pop()
        inside: tuple[Any, ...] = (*node.then, *node.otherwise) if isinstance(node, If) else node.body
        for part in inside:
            is_value = isinstance(part, Return) or (isinstance(part, Assignment) and part.name is None)
            if is_value or isinstance(part, Definition | Block):
                what = (
                    "a function that a block defines" if isinstance(part, Definition | Block) else "a value in a block"
                )
                raise UnsupportedError(f"{what} is not read", part.span, hint="write name = expression there")
        waiting += [part for part in inside if isinstance(part, If | While | For)]


def _with_result(program: ProgramTree) -> ProgramTree:
    """A text that only defines functions is about the last one."""
    if program.statements:
        return program
    *others, last = program.functions
    statement = Assignment(last.name, last.body)
    if any(_calls(function.body, last.name) for function in program.functions):
        others.append(last)
        statement = Assignment(None, Call(last.name, tuple([Name(parameter) for parameter in last.parameters])))
    return ProgramTree((statement,), program.text, functions=tuple(others))


def _calls(body: Expression, function: str) -> bool:
    return any(isinstance(node, Call) and node.function == function for node in walk(body))
