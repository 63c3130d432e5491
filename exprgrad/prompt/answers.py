"""What there is to say to a text that was typed: lines of a program, commands, or both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from exprgrad.arguments.scan import Given
from exprgrad.diagnostics import ExprError, NameProblem, ParseError
from exprgrad.lowering.checks import check
from exprgrad.notations import elsewhere
from exprgrad.prompt.commands import carry_out
from exprgrad.prompt.session import Said, Session, Step, noted, said_here
from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import RESERVED, normalized, parse_part
from exprgrad.syntax.tree import ProgramTree

# `v = @file`: the value that a file holds.
_FROM_FILE: Final = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(@\S.*)")
# A text of so many characters is looked at each time that it changes.
_CHECKED: Final = 2_000


def answers(session: Session, text: str) -> Iterator[Said]:
    """Goes through a text. Raises an ExprError for what is wrong; the piece of the text that it is about has changed
    nothing then, nor has one that is interrupted."""
    for piece in _pieces(text):
        before, earlier = session.state, session.earlier
        try:
            if piece.startswith(":"):
                yield from carry_out(session, piece[1:])
            elif match := _FROM_FILE.fullmatch(piece):
                yield from _from_file(session, match[1], match[2])
            else:
                yield from _program(session, piece)
        except BaseException as problem:
            session.state, session.earlier = before, earlier
            if isinstance(problem, ExprError):
                _speak(problem)
            raise
        changed = session.state.sheet is not before.sheet or session.state.settings is not before.settings
        if changed and session.earlier is earlier:
            session.earlier = (*earlier, Step(before, piece))


def _program(session: Session, text: str) -> Iterator[Said]:
    asked, notes = session.take(text)
    for name, must_have_value in asked.items():
        yield from session.shown(name, must_have_value=must_have_value)
    if not session.state.settings.quiet_notes:
        yield from (noted(note, source) for note, source in notes)


def _from_file(session: Session, name: str, value: str) -> Iterator[Said]:
    name = normalized(name)
    if name in RESERVED:
        raise NameProblem(f"'{name}' is a reserved word, not a name", hint="use another name")
    sheet = session.state.sheet.with_values([Given(name, value.strip(), name)])
    session.change(sheet=sheet)
    yield from session.shown(name)


def goes_on(text: str) -> bool:
    """Whether a text is the begin of one that goes on in the next line."""
    *_, last = ("", *_pieces(text))
    try:
        if not last.startswith(":") and not _FROM_FILE.fullmatch(last):
            parse_part(last)
    except ParseError as problem:
        return problem.unfinished
    except ExprError:
        pass
    return False


def mistake(session: Session, text: str) -> ExprError | None:
    """What can be said of a text before it is sent: nothing of one that may still become a program."""
    if len(text) > _CHECKED or [*_pieces(text)] != [text] or text.startswith(":") or _FROM_FILE.fullmatch(text):
        return None
    try:
        tree = parse_part(text)
        functions = {name: own.tree for name, own in session.state.sheet.functions.items()}
        functions |= {definition.name: definition for definition in tree.functions}
        check(resolve(ProgramTree(tree.statements, text, tree.span, tuple(functions.values()))))
    except ExprError as problem:
        if isinstance(problem, ParseError) and problem.unfinished:
            return None
        return _speak(elsewhere.explained(problem, text))
    return None


def _speak(problem: ExprError) -> ExprError:
    """The error in the words of a session."""
    problem.message, problem.hint = said_here(problem.message), problem.hint and said_here(problem.hint)
    return problem


def _pieces(text: str) -> Iterator[str]:
    """The commands and values of files in a text, a line each, and what stands between them."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.lstrip().startswith(":") or _FROM_FILE.fullmatch(line):
            yield from _filled(lines)
            lines = []
            yield line.strip()
        else:
            lines.append(line)
    yield from _filled(lines)


def _filled(lines: list[str]) -> Iterator[str]:
    """Lines as one text, if there is more in them than remarks."""
    if any(line.split("#")[0].strip() for line in lines):
        yield "\n".join(lines)
