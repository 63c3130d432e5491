"""The scan: which token of a command line is the expression, a variable, an option or a value.

It runs before click sees anything: click's own `ignore_unknown_options` would swallow typing errors, and
click reads `-f(x)` as option f.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from exprgrad.arguments.table import ERROR_FORMAT, FETCH_NAMES, OPTIONS, PROGRAM_FILE, ROWS_FROM, VAR, WRT, Option
from exprgrad.diagnostics import Note, Report, Span, UsageError, suggest
from exprgrad.records import NamedTuple
from exprgrad.reports import FORMS, TEXT
from exprgrad.syntax.parser import normalized

# Slips in giving a value: `-a 15`, `a=15`.
_DASHED: Final = r"-([^\W\d]\w*)"
_ASSIGNED: Final = r"-?([^\W\d]\w*)=([-+.\d].*)"


class Given(NamedTuple):
    """A value given to a variable: the name, normalised, the value as text, and where it was given: by an option, or in
    a file of values, which may be a result of another program. `is_text` is what the file says of it, None where that
    follows from the variable. `within` is the text of the file and where the value begins there, if that is known."""

    name: str
    text: str
    place: str
    in_file: bool = False
    of_result: bool = False
    is_text: bool | None = None
    within: tuple[str, int] | None = None

    def note(self, note: Note) -> Report:
        """What is told of a note on the value."""
        if self.within is None:
            return Report(note.message, self.text, note.span, note.hint)
        return Report(note.message, self.within[0], self.in_text(note.span), note.hint, self.place)

    def in_text(self, span: Span) -> Span:
        """A piece of the value as one of the text of its file."""
        start = 0 if self.within is None else self.within[1]
        return Span(start + span.start, start + span.end)


class Arguments(NamedTuple):
    """A command line: the expression if there is one, and the variables and options in the order given."""

    expression: str | None
    variables: tuple[Given, ...]
    options: tuple[tuple[str, str | None], ...]


def scan(argv: Sequence[str]) -> Arguments:
    """Classifies the tokens, left to right."""
    expression: str | None = None
    variables: list[Given] = []
    chosen: dict[str, str | None] = {}
    several: list[tuple[str, str | None]] = []
    i = 0
    only_expression = False
    of_file: str | None = None
    while i < len(argv):
        token = argv[i]
        i += 1
        if token == "--" and not only_expression:
            only_expression = True
            continue
        word, equals, value = token.partition("=") if _is_word(token) else (token, "", "")
        if only_expression or not (_is_word(token) or token in OPTIONS):
            if expression is not None:
                problem = _second(expression, token, argv[: i - 1], argv[i : i + 1])
                if of_file is not None:
                    problem.hint = f"the program is in {of_file}; values are given as --NAME VALUE"
                raise problem
            expression = token
            continue
        option = OPTIONS.get(word) or _variable(word, token, argv)
        takes_value = option.takes_value
        if option.instead is not None and not equals and not (i < len(argv) and argv[i].isdecimal()):
            value = option.instead
        elif takes_value and not equals:
            if i == len(argv) or _is_word(argv[i]) or (option.choices and argv[i] in OPTIONS):
                raise _no_value(word, expression)
            value = argv[i]
            i += 1
        elif equals and not takes_value:
            raise UsageError(f"{word} takes no value", hint=f"write {word}")
        if option.name == VAR:
            variables.append(_var(value))
        elif option.name == PROGRAM_FILE:
            if expression is not None:
                message = f"{of_file or expression!r} is the program, and so is what {PROGRAM_FILE} names"
                raise UsageError(message, hint="leave one of them out")
            expression, of_file = f"@{value}", value
        elif word not in OPTIONS:
            variables.append(Given(normalized(word[2:]), value, word))
        elif option.several:
            several.append((option.name, value))
        elif takes_value and option.name in chosen:
            hint = f"write {option.name} a,b" if option.name in (WRT, FETCH_NAMES) else "give it once"
            raise UsageError(f"{option.name} is given twice", hint=hint)
        else:
            chosen[option.name] = value if takes_value else None
    return Arguments(expression, tuple(variables), (*chosen.items(), *several))


def error_format(argv: Sequence[str]) -> str:
    """The form in which errors are told, of a command line that may be wrong itself."""
    words = list(argv[: argv.index("--")] if "--" in argv else argv)
    asked = [value for word, value in pairwise(words) if word == ERROR_FORMAT]
    asked += [word.partition("=")[2] for word in words if word.startswith(f"{ERROR_FORMAT}=")]
    return next((form for form in asked if form in FORMS), TEXT)


def option_for(name: str, value: str = "VALUE") -> str:
    """How a variable is given: `--a VALUE`, or `--var mode=VALUE` where the word is an option."""
    return f"{VAR} {name}={value}" if f"--{name}" in OPTIONS else f"--{name} {value}"


def _no_value(word: str, expression: str | None) -> UsageError:
    hint = f"write {word} VALUE" if len(word) == 2 else f"write {word} VALUE or {word}=VALUE"
    if (option := OPTIONS.get(word)) is not None and option.choices:
        hint = f"it is one of {', '.join(option.choices)}"
    if word not in OPTIONS and word[2:] not in (expression or ""):
        near = _near(word)
        hint += f"; did you mean {near}?" if near else "; it is no option (exprgrad --help lists them)"
    return UsageError(f"{word} needs a value", hint=hint)


def _near(word: str) -> str | None:
    """The option that a mistyped one may be. The dashes that all have in common do not count, and _ is one of them."""
    near = suggest(
        word[2:].replace("_", "-"), [name[2:] for name in OPTIONS if name.startswith("--")], abbreviated=True
    )
    return near and f"--{near}"


def _options_like(word: str) -> str:
    """What is said of options where a word with one dash is none: those that it begins, else one that is near."""
    names = [name for name in OPTIONS if name.startswith(f"--{word}")]
    if not names and (near := _near(f"--{word}")):
        names = [near]
    return f"; or did you mean {' or '.join(names)}?" if names else "; there is no option of that name"


def _is_word(token: str) -> bool:
    """Two dashes and a letter: an option or a variable, never a value or an expression."""
    return token.startswith("--") and token[2:3].isidentifier()


def _variable(word: str, token: str, argv: Sequence[str]) -> Option:
    """A word that is no option is a variable if it can be one. What the rest of the command line has says what it may
    have been meant as."""
    if word[2:].isidentifier():
        return Option(word, help="", takes="VALUE")
    if "-" in word[2:] and re.fullmatch(r"--[\w-]+", word):
        variable = word[2:].replace("-", "_")
        is_there = any(re.search(rf"\b{variable}\b", other) for other in argv)
        near = f"--{variable}" if is_there else _near(word)
        otherwise = f"for a variable write --{variable}, without hyphens; exprgrad --help lists the options"
        raise UsageError(f"there is no option {word}", hint=f"did you mean {near}?" if near else otherwise)
    if re.fullmatch(r"--\w+", word):
        raise UsageError(f"{word[2:]} cannot be a variable", hint="a name is letters, digits and _")
    raise UsageError(
        f"{token!r} is neither an option nor a variable",
        hint="an expression that begins with two dashes goes behind --, as in exprgrad --a 1 -- '--a'",
    )


def _var(text: str) -> Given:
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name.isidentifier():
        hint = f"write {VAR} {text}=VALUE" if text.isidentifier() else f"write {VAR} mode=3"
        raise UsageError(f"{VAR} takes NAME=VALUE, found {text!r}", hint=hint)
    return Given(normalized(name), value, f"{VAR} {name}")


def _second(first: str, second: str, earlier: Sequence[str], following: Sequence[str]) -> UsageError:
    """A second expression: mostly a variable with one dash, a value glued to its option, or no quotes."""
    flag = OPTIONS.get(earlier[-1]) if earlier else None
    listing = earlier[-2] if len(earlier) > 1 else ""
    value = next((token for token in following if token not in OPTIONS and not _is_word(token)), "")
    if first.startswith("@") and second.startswith("@"):
        given = 'for f in FILES; do exprgrad "@$f" --check-program; done'
        message = f"found a second program, {second}"
        return UsageError(message, hint=f"a command has one; a loop checks several: {given}")
    if _is_word(second):
        hint = "behind -- everything is the expression: options and variables stand before it"
    elif second[:2] in OPTIONS and not OPTIONS[second[:2]].takes_value:
        bundled = [f"-{letter}" for letter in second[1:] if f"-{letter}" in OPTIONS]
        hint = f"write {' '.join(bundled)}" + (f" {value}" if value and OPTIONS[bundled[-1]].takes_value else "")
    elif second[:2] in OPTIONS and (second[2:3] == "=" or not value):
        hint = f"write {second[:2]} {second[2:].removeprefix('=').strip() or value or 'VALUE'}"
    elif flag is not None and not flag.takes_value and flag.name[2:].isidentifier():
        hint = f"a variable called like the option {flag.name} is given with {VAR} {flag.name[2:]}={second}"
    elif listing in (WRT, FETCH_NAMES) and second.isidentifier():
        hint = f"write {listing} {earlier[-1]},{second}"
    elif listing == ROWS_FROM:
        hint = f"write {ROWS_FROM} for each file, or a pattern in quotes: {ROWS_FROM} '*.csv'"
    elif match := re.fullmatch(_DASHED, second):
        hint = f"write --{match[1]} {value or 'VALUE'}" + ("" if value else _options_like(match[1]))
    elif match := re.fullmatch(_ASSIGNED, second):
        hint = f"write {option_for(match[1], match[2])}"
    elif match := re.fullmatch(_DASHED, first):
        hint = f"write --{match[1]} {second}"
    else:
        hint = "write the whole expression as one argument, in quotes"
    return UsageError(f"found a second expression, {second!r}", hint=hint)
