"""What `@file` stands for: the numbers in a file, or a column of it with `@file:column`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from exprgrad.arguments import number_text
from exprgrad.arguments.table import VALUES_FROM
from exprgrad.diagnostics import InputDataError, UsageError
from exprgrad.files import STANDARD, called, ending_of, input_name, read_bytes, text_of
from exprgrad.numbers import limits
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import OTHER_ENCODING, PLAIN, UTF16, Dialect, encoded_otherwise
from exprgrad.rows.formats import CSV, ENDINGS, sniffed

if TYPE_CHECKING:
    from exprgrad.arguments.number_text import NumberTable, NumberText

_ARRAY: Final = ".npy"
# What an array of numpy's begins with.
_NUMPY: Final = b"\x93NUMPY"


def may_be_text(text: str) -> bool:
    """Whether `@text` may be a file of text: what such files are like matters to no other one."""
    return _is_text(ending_of(_place(text).name))


class _Place(NamedTuple):
    """A file, and the column of it, if one is named."""

    name: str
    column: str | None


class NumberFiles:
    """The files that the values of a command line are read from, each once, so that several columns of standard input
    can be taken."""

    def __init__(self, dialect: Dialect = PLAIN) -> None:
        self._dialect = dialect
        self._texts: dict[str, NumberText] = {}
        self._tables: dict[str, NumberTable] = {}

    def value(self, text: str) -> Any:
        """The number, or nested lists of numbers, that `@text` stands for."""
        name, column = _place(text)
        ending = ending_of(name)
        if ending == _ARRAY:
            return _array(called(name), read_bytes(name), column)
        if _is_text(ending):
            if name not in self._texts:
                data = read_bytes(name)
                if data.startswith(_NUMPY):
                    return _array(called(name), data, column)
                self._texts[name] = self._text(name, data, ENDINGS.get(ending, CSV).dialect.separator)
            return self._of_text(name, column)
        from exprgrad import rows

        return rows.numbers_in(name, column)

    def _text(self, name: str, data: bytes, separator: str | None) -> NumberText:
        kind = sniffed(data)
        if not kind.separated and (kind.is_text or b"\0" in data):  # a column may be called PAR1
            endings = " or ".join([ending for ending, other in ENDINGS.items() if other is kind])
            hint = "give the file by its name" if name == STANDARD else f"let its name end in {endings}"
            if ending_of(name) == ".json":
                hint += f"; for values by their names write {VALUES_FROM} {name}"
            raise InputDataError(f"{called(name)} holds {kind.name}", hint=hint, origin=called(name))
        encoding = self._dialect.encoding
        if b"\0" in data and encoding is None and not data.startswith(UTF16):
            known = ", ".join([_ARRAY, *[ending for ending, other in ENDINGS.items() if not other.separated]])
            hint = f"save it as CSV or another text; what is none is told by its ending: {known}"
            raise InputDataError(f"{called(name)} holds no text", hint=hint, origin=called(name))
        hint = encoded_otherwise(data) if encoding is None else OTHER_ENCODING
        text = text_of(data, called(name), encoding or "UTF-8", hint)
        # What is read is in no encoding any more.
        return number_text.NumberText(text, called(name), separator, self._dialect._replace(encoding=None))

    def _of_text(self, name: str, column: str | None) -> Any:
        text = self._texts[name]
        if column is None:
            return text.numbers()
        if name not in self._tables:
            self._tables[name] = text.table(named=True)
        return self._tables[name].column(column)


def reads_standard_input(text: str) -> bool:
    """Whether `@text` is read from standard input."""
    return input_name(text.partition(":")[0]) == STANDARD


def _place(text: str) -> _Place:
    """The file and the column in `file:column`. A name may have colons in it: it is that of a file that there is, the
    longest first."""
    if not text:
        raise UsageError("there is no name of a file after @", hint="write @numbers.txt")
    name = text
    while True:
        if input_name(name) == STANDARD or os.path.exists(name):
            break
        name, colon, _ = name.rpartition(":")
        if not colon:
            file, colon, column = text.rpartition(":")
            # There is no such file; a name behind a colon has no folders in it.
            name = file if file and column and not {"/", "\\"} & set(column) else text
            break
    column = text[len(name) + 1 :]
    if not column and name != text:
        raise UsageError(f"there is no name of a column in @{text}", hint=f"write @{name}:x, or @{name}")
    return _Place(input_name(name), column or None)


def _is_text(ending: str) -> bool:
    """Whether a file whose name ends so is read as a text, as every one is that is not known to hold something else."""
    return ending != _ARRAY and ENDINGS.get(ending, CSV).separated


def _array(name: str, data: bytes, column: str | None) -> Any:
    """What a .npy file holds: a number, or nested lists, in the file's shape."""
    if column is not None:
        raise UsageError(f"{name} has no names of columns", hint=f"write @{name}, and x[:, 0] for its first column")
    import io

    import numpy as np

    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except Exception:
        raise InputDataError(f"{name} is no array of numpy's", hint="numpy.save writes one", origin=name) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        raise InputDataError(f"{name} is no array of real numbers", hint="save it by astype(float)", origin=name)
    if array.ndim > limits.AXES:
        raise InputDataError(
            f"{name} has {array.ndim} axes, and {limits.AXES} are the most", hint="reshape it", origin=name
        )
    return array.astype(float).tolist()
