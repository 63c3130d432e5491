"""What may stand where the cursor is, and what is said of the function around it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

from exprgrad.diagnostics import cut
from exprgrad.prompt.commands import COMMANDS
from exprgrad.prompt.session import Session
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS
from exprgrad.views.catalogue import catalogue

_WORD: Final = re.compile(r"[^\W\d]\w*$")
# Where the name of a file is written, and what of it there is.
_FILE: Final = re.compile(r"\s*(?::(?:save|load)\s+|[^\W\d]\w*\s*=\s*@)(.*)$")
_OF_COMMAND: Final = re.compile(r"\s*:(\w+)\s+(.*)$")
# A function whose operands are being typed.
_CALLED: Final = re.compile(r"([^\W\d]\w*)\([^()]*$")
# So many columns of what a name is are shown.
_SHOWN: Final = 60


class Word(NamedTuple):
    """A word that fits: what stands for it already, and what it is."""

    text: str
    begun: str
    what: str


def file_begun(before: str) -> str | None:
    """What is typed of a file's name, if one is being typed at the end of this line."""
    match = _FILE.match(before)
    return None if match is None else match[1]


def words(session: Session, before: str) -> Iterator[Word]:
    """The words that fit behind the text before the cursor."""
    line = before.rpartition("\n")[2]
    begun = found[0] if (found := _WORD.search(line)) is not None else ""
    if re.fullmatch(r"\s*:\w*", line):
        begun = line.lstrip()
        offered = {f":{name}": command.help for name, command in COMMANDS.items()}
    elif (match := _OF_COMMAND.match(line)) is not None:
        command = COMMANDS.get(match[1])
        offered = {} if command is None else dict.fromkeys(command.choices, "")
        for kind in () if command is None else command.completes:
            offered |= _OFFERED[kind](session)
    else:
        offered = _names(session) | _functions(session) | {name: str(value) for name, value in CONSTANTS.items()}
    for word, what in offered.items():
        if word.startswith(begun):
            yield Word(word, begun, cut(" ".join(what.split()), _SHOWN))


def called(session: Session, before: str) -> str | None:
    """How the function is called whose operands are being typed, and what it does."""
    match = _CALLED.search(before)
    return None if match is None else _functions(session).get(match[1])


def _names(session: Session) -> dict[str, str]:
    sheet = session.state.sheet
    found = {name: f"{name} = {value.text}" for name, value in sheet.inputs.items()}
    return found | {name: computed.text for computed in sheet.definitions for name in computed.names}


def _functions(session: Session) -> dict[str, str]:
    own = {name: own.text for name, own in session.state.sheet.functions.items()}
    return own | {name: what for name, what in _of_language().items() if name not in own}


@cache
def _of_language() -> dict[str, str]:
    """The functions and forms by all their names."""
    found: dict[str, str] = {}
    for entry in catalogue():
        for name in entry.names:
            found.setdefault(name, f"{entry.signature}: {entry.doc}")
    return found


# By the words of `Command.completes`.
_OFFERED: Final[Mapping[str, Callable[[Session], dict[str, str]]]] = {
    "names": _names,
    "functions": _functions,
    "commands": lambda session: {name: command.help for name, command in COMMANDS.items()},
}
