"""How a text of cells is written: what stands between cells and in numbers, whether there is a header, and what is
said where that looks otherwise."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from typing import Final

from exprgrad.records import NamedTuple
from exprgrad.syntax.parser import normalized

# Between cells there are spaces and tabs, as many as one likes.
SPACES: Final = " "
# Truth values as we and JSON write them, as Python and pandas do, and as R and spreadsheets do.
TRUTH: Final = {"true": "1", "True": "1", "TRUE": "1", "false": "0", "False": "0", "FALSE": "0"}
# What stands for a missing number in the files of others.
_MISSING: Final = ("NA", "N/A", "n/a", "na", "-", "--", "?", ".", "NULL", "null", "None", "<NA>", "#N/A", "*")
# What stands around a number for a reader, and a number whose digits are in groups of three.
_SIGNS: Final = "$\u20ac\u00a3\u00a5% \u00a0"
_SPELLED_GROUPING: Final = {" ": "' '", "'": '"\'"'}
# What one sees between groups of digits: its look-alikes.
_ALIKE: Final = {" ": " \u00a0\u202f", "'": "'\u2019"}
_COMMENTS: Final = ("#", "%", "//", "!", "*")
# How UTF-16 begins.
UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# What to do where a text is not in the encoding that was said.
OTHER_ENCODING: Final = "write the --csv-encoding that it is in"
# What to do where spaces separate the words of a name, too.
_SEVERAL: Final = (
    "a name of several words counts as several: leave the first line out (tail -n +2), and write --header-names a,b,..."
)
# How a separator is written on the command line.
_SPELLED: Final = {"\t": "tab", SPACES: "spaces", ";": "';'", "|": "'|'", ",": ","}


class Dialect(NamedTuple):
    """What was said of a text of cells. `separator` is None for what the name of the file says; `header` says whether
    the first row has the names, which are `names` otherwise, or c1, c2 and so on; lines that begin with `comment` do
    not count, and cells that are one of `nulls` are empty. `thousands` stands between groups of digits, or is None.
    `encoding` is None for UTF-8."""

    separator: str | None = None
    decimal_comma: bool = False
    header: bool = True
    names: Sequence[str] = ()
    comment: str | None = None
    nulls: Sequence[str] = ()
    thousands: str | None = None
    encoding: str | None = None

    @property
    def option(self) -> str:
        """The first of the options that say something."""
        said = {
            "--csv-separator": self.separator,
            "--decimal-comma": self.decimal_comma,
            "--thousands-separator": self.thousands,
            "--header-names": self.names,
            "--no-header": not self.header,
            "--comment-prefix": self.comment,
            "--null-markers": self.nulls,
            "--csv-encoding": self.encoding,
        }
        return next(option for option, value in said.items() if value)

    def number(self, cell: str) -> str:
        """A cell without what stands between thousands, and with a point where it has a comma; and the other way round,
        so that what is grouped by points otherwise is no number."""
        if self.thousands is not None and re.fullmatch(grouped(self.thousands, self.point), cell):
            cell = re.sub(between(self.thousands), "", cell)
        return cell.translate(_EXCHANGED) if self.decimal_comma else cell

    @property
    def point(self) -> str:
        """What stands before the fraction of a number."""
        return "," if self.decimal_comma else "."


_EXCHANGED: Final[Mapping[int, str]] = {ord(","): ".", ord("."): ","}
PLAIN: Final = Dialect()


def between(thousands: str) -> str:
    """A pattern for what stands between groups of digits."""
    return f"[{_ALIKE.get(thousands, thousands)}]"


def grouped(thousands: str, point: str) -> str:
    """A pattern for a number whose digits are in groups: of three the last, of two or three those before."""
    mark = between(thousands)
    return rf"[-+]?[0-9]{{1,3}}(?:{mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}(?:[{point}][0-9]*)?(?:[eE][-+]?[0-9]+)?"


def numbered(width: int) -> list[str]:
    """The names of columns that have none."""
    return [f"c{i}" for i in range(1, width + 1)]


def place_of(names: Sequence[str], name: str) -> int | None:
    """Which of the columns has a name. Names of a program are normalised, those in a file need not be, and in a file
    with spaces after the commas they have spaces around them."""
    if name in names:
        return names.index(name)
    wanted = normalized(name)
    found = [i for i, column in enumerate(names) if normalized(column.strip()) == wanted]
    return found[0] if len(found) == 1 else None


def separated_otherwise(line: str, separator: str) -> str | None:
    """What to do where a header is one name, in which something stands that is between names elsewhere."""
    for other in (";", "\t", "|", ","):
        if other != separator and other in line and not (separator == SPACES and other == "\t"):
            comma = "; and --decimal-comma, if 1,5 is a number there" if other == ";" else ""
            return f"write --csv-separator {_SPELLED[other]}{comma}"
    return None


def is_several(cells: int, width: int, separator: str, dialect: Dialect) -> str | None:
    """What to do where a row has fewer cells than there are names, and spaces stand between both."""
    if separator != SPACES or cells > width or not dialect.header:
        return None
    return _SEVERAL


def absent_words(name: str, separator: str, dialect: Dialect) -> str | None:
    """What to do where there is no column of a name that has several words, which spaces separate."""
    return _SEVERAL if separator == SPACES and " " in name.strip() and dialect.header else None


def heading(dialect: Dialect) -> str | None:
    """What to do where a cell of the first row is no number: with names from elsewhere the row may be one of names."""
    if dialect.header:
        return None
    option = "--header-names" if dialect.names else "--no-header"
    return f"if the first line has names, leave it out (tail -n +2), or leave out {option}"


def marks_null(cell: str, dialect: Dialect) -> str | None:
    """What to do where a cell is no number, if it looks like a mark of a null."""
    bare = cell.strip()
    is_mark = bare in _MISSING and bare not in dialect.nulls
    return f"write --null-markers {','.join((*dialect.nulls, bare))}" if is_mark else None


def unlike_number(cell: str, dialect: Dialect) -> str | None:
    """What to do where a cell is no number, if it looks like one of another dialect."""
    if (advice := marks_null(cell, dialect)) is not None:
        return advice
    bare = cell.strip()
    number = bare.strip(_SIGNS)
    grouping = _grouping(number, dialect)
    if number != bare and (grouping or _is_number(number.replace(",", "."))):
        return f"write the number alone, without {bare.replace(number, '').strip()}"
    if not dialect.decimal_comma and _is_number(bare.replace(",", ".")):
        return "write --decimal-comma" + (f", or {grouping.removeprefix('write ')}" if grouping else "")
    if grouping:
        return grouping
    if dialect.decimal_comma and _is_number(bare):
        return "leave out --decimal-comma, or write a comma there"
    return None


def _grouping(number: str, dialect: Dialect) -> str | None:
    """What to write where the digits of a number are in groups."""
    point = "," if "," in number or (dialect.decimal_comma and "." not in number) else "."
    for thousands, mark in ((",", "."), (".", ","), (" ", point), ("'", point)):
        if re.fullmatch(grouped(thousands, mark), number):
            written = f"--thousands-separator {_SPELLED_GROUPING.get(thousands, thousands)}"
            if mark == "." and dialect.decimal_comma:
                return f"leave out --decimal-comma, and write {written}"
            return f"write {'--decimal-comma ' if mark == ',' and not dialect.decimal_comma else ''}{written}"
    return None


def encoded_otherwise(data: bytes) -> str:
    """What to do where bytes are not UTF-8: spreadsheets of Windows write one of these."""
    encoding = "utf-16" if data.startswith(UTF16) else "cp1252"
    return f"write --csv-encoding {encoding} if it is that, or save it as UTF-8"


def begins_as_comment(line: str) -> str | None:
    """What to do where a line begins as a comment does."""
    found = next((prefix for prefix in _COMMENTS if line.startswith(prefix)), None)
    return found and f"write --comment-prefix '{found}'"


def are_numbers(names: Sequence[str]) -> bool:
    """Whether a header has numbers: then it is none."""
    return any(map(_is_number, names)) and all(not name.strip() or _is_number(name) for name in names)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
