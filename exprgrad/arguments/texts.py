"""What options make of the text that they are given. Each takes the option's name too, which messages say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from exprgrad.diagnostics import UsageError
from exprgrad.files import input_name
from exprgrad.rows.dialect import SPACES
from exprgrad.syntax.parser import normalized
from exprgrad.views.numbers import formatted


def whole(least: int, example: int) -> Callable[[str, str], int]:
    """Reads whole numbers from `least` on."""

    def read(option: str, text: str) -> int:
        # int() alone would take "1_0"; beyond some thousand digits it gives up, and so many are as good as more.
        digits = text.lstrip("0")[:1000] or "0"
        if not (text.isascii() and text.isdigit()) or int(digits) < least:
            message = f"{option} is a whole number from {least} on, found {text!r}"
            raise UsageError(message, hint=f"for example {option} {example}")
        return int(digits)

    return read


def names(option: str, text: str) -> tuple[str, ...]:
    """Names with commas between them, or none."""
    if not text.strip():
        return ()
    found = tuple(normalized(name.strip()) for name in text.split(","))
    for name in found:
        if not name.isidentifier():
            raise UsageError(f"expected names with commas between them, found {text!r}", hint="write a,b")
    return found


def some_names(option: str, text: str) -> tuple[str, ...]:
    """The same, at least one."""
    found = names(option, text)
    if not found:
        raise UsageError(f"{option} needs a name", hint=f"write {option} u,v")
    return found


def columns(option: str, text: str) -> tuple[str, ...] | None:
    """The columns of `a,"b, c"`, () for none, and None for all."""
    if text == "all":
        return None
    if text == "none":
        return ()
    import csv

    found = tuple(name for line in csv.reader([text], skipinitialspace=True) for name in line)
    if not found or not all(found):
        raise UsageError(f"{option} takes all, none or names, found {text!r}", hint=f"write {option} id,x")
    return found


def cells(option: str, text: str) -> tuple[str, ...]:
    """The texts of `a,"b, c"`, at least one."""
    import csv

    found = tuple(cell.strip() for line in csv.reader([text], skipinitialspace=True) for cell in line)
    if not found or not all(found):
        raise UsageError(f"{option} takes texts with commas between them, found {text!r}", hint=f"write {option} a,b")
    for i, cell in enumerate(found):
        if cell in found[:i]:
            raise UsageError(f"{option} names {cell} twice", hint="write it once")
    return found


# What may be within a number or a name, or begins a cell between quotes, cannot stand between cells.
_SEPARATORS = ",;|:/&!~#%$@*<>=\t "


def separator(option: str, text: str) -> str:
    """What stands between cells: a character, or the word for one that is hard to write."""
    found = {"tab": "\t", "\\t": "\t", "spaces": SPACES}.get(text, text)
    if len(found) != 1 or found not in _SEPARATORS:
        hint = f"for example {option} ';', {option} tab or {option} spaces"
        raise UsageError(f"{option} is one character, tab or spaces, found {text!r}", hint=hint)
    return found


def comment(option: str, text: str) -> str:
    """How a line begins that does not count."""
    if not text.strip() or '"' in text or "\n" in text:
        raise UsageError(f"{option} takes what lines begin with, found {text!r}", hint=f"write {option} '#'")
    return text


def encoding(option: str, text: str) -> str:
    """The name of an encoding of texts."""
    import codecs

    try:
        codecs.getincrementaldecoder(text)()
        "".encode(text)
    except (LookupError, ValueError):  # ValueError: a name that no encoding can have
        hint = f"write a name that Python has, for example {option} cp1252, latin-1 or utf-16"
        raise UsageError(f"{option} is an encoding, found {text!r}", hint=hint) from None
    return text


def columns_by_name(option: str, texts: Sequence[str]) -> dict[str, str]:
    """The columns of inputs that are called otherwise."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, column = text.partition("=")
        name = normalized(name.strip())
        if not equals or not name.isidentifier() or not column:
            raise UsageError(f"{option} takes NAME=COLUMN, found {text!r}", hint=f'{option} x="Price USD"')
        if name in found:
            raise UsageError(f"{option} names {name} twice", hint="write it once")
        found[name] = column
    return found


def number_format(option: str, text: str) -> str:
    """A form of numbers such as .6g."""
    if formatted(text) is None and formatted(re.sub(r"[0-9]{4,}", "1", text)) is not None:
        raise UsageError(f"{text!r} is too large a number format", hint="width and precision have at most three digits")
    if formatted(text) is None:
        raise UsageError(
            f"{text!r} is no number format",
            hint="write .6g, .2f or 12.4e: [sign][#][0][width][.precision] and one of e, f, g",
        )
    return text


def file_name(option: str, text: str) -> str:
    """The name of a file, which may not be empty."""
    if not text:
        raise UsageError(f"{option} needs the name of a file", hint=f"write {option} FILE")
    return text


def file_names(option: str, texts: Sequence[str]) -> tuple[str, ...]:
    """The names of files that are read."""
    return tuple([input_name(file_name(option, text)) for text in texts])
