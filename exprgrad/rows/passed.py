"""Columns of text that are only passed on to a format with types: numbers stay numbers, where nothing of them is lost.

A cell is a number if a whole number of 64 bits or a double holds all of its digits: printed with as many digits as it
has, that gives the cell again, but for zeros at its end. So 1.50 is one, and so is what a program has printed of a
double, with however many digits; 007, +49 and 0.12345678901234567890 are text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

import polars as pl

from exprgrad.records import NamedTuple

_WHOLE: Final = r"^(?:0|-?[1-9][0-9]*)$"
_NUMBER: Final = r"^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
_NOT_FINITE: Final = r"^(?:nan|NaN|-?inf|-?Infinity)$"
# JSON has no other numbers.
_JSON: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"
# So many digits of a decimal every double has, if it is none of the smallest.
_DIGITS: Final = 15
_SMALL: Final = 2.3e-308


class Held(NamedTuple):
    """What holds the cells of a column, of those that are not empty: whole numbers, and doubles. `any` says whether
    there are such cells."""

    any: bool
    whole: bool
    double: bool

    def __and__(self, other: Held) -> Held:
        return Held(self.any or other.any, self.whole and other.whole, self.double and other.double)

    @property
    def kind(self) -> pl.DataType | None:
        """The type of numbers that the column becomes, if it does."""
        if not self.any or not (self.whole or self.double):
            return None
        return pl.Int64() if self.whole else pl.Float64()


def held(cells: pl.Series) -> Held:
    """What holds the cells of a block of a column."""
    texts = _stripped(cells).drop_nulls()
    whole = bool(_whole(texts).all())
    return Held(len(texts) > 0, whole, bool(_double(texts).all()))


def numeric(blocks: Iterator[pl.DataFrame], names: Sequence[str]) -> dict[str, pl.DataType]:
    """The columns that become numbers, and their types, from all blocks of a file."""
    found = dict.fromkeys(names, Held(any=False, whole=True, double=True))
    for block in blocks:
        found = {name: both & held(block[name]) for name, both in found.items()}
        found = {name: both for name, both in found.items() if both.whole or both.double}
        if not found:
            break
    return {name: both.kind for name, both in found.items() if both.kind is not None}


def as_numbers(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """Cells of text as numbers of a type. Raises PolarsError if one is none."""
    return _stripped(cells).cast(kind).alias(cells.name)


def as_json(cells: pl.Series, numbers: pl.Series, *, whole_column: bool) -> pl.Series:
    """Cells of text as JSON: numbers as they are written, where JSON has such numbers, and strings. `numbers` are the
    same with points in them. Of a whole column of numbers the cells that are empty are null."""
    bare = _stripped(numbers)
    frame = pl.DataFrame(
        {"text": bare if whole_column else cells, "bare": bare, "number": _whole(bare) | _double(bare)}
    )
    text, number = pl.col("bare"), pl.col("bare").cast(pl.Float64, strict=False)
    spelled = (
        pl.when(number.is_nan())
        .then(pl.lit('"NaN"'))
        .when(number.is_infinite())
        .then(pl.when(number > 0).then(pl.lit('"Infinity"')).otherwise(pl.lit('"-Infinity"')))
        .otherwise(number.cast(pl.String))
    )
    string = pl.struct("text").struct.json_encode().str.strip_prefix('{"text":').str.strip_suffix("}")
    json = pl.when(text.str.contains(_JSON)).then(text).otherwise(spelled)
    return frame.select(pl.when("number").then(json).otherwise(string)).to_series().alias(cells.name)


def _stripped(cells: pl.Series) -> pl.Series:
    """Cells without spaces around them; what is empty is null."""
    texts = cells.alias("text").str.strip_chars(" \t")
    return texts.set((texts == "").fill_null(False), None)


def _whole(texts: pl.Series) -> pl.Series:
    return texts.str.contains(_WHOLE) & texts.cast(pl.Int64, strict=False).is_not_null()


def _double(texts: pl.Series) -> pl.Series:
    """Which texts are numbers that a double holds to all their digits."""
    text, value = pl.col("text"), pl.col("text").cast(pl.Float64, strict=False)
    number = text.str.contains(_NUMBER)
    mantissa = text.str.replace("[eE].*", "").str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    digits = mantissa.str.len_bytes()
    sure = (digits <= _DIGITS) & value.is_finite() & ((value.abs() > _SMALL) | (digits == 0))
    sure |= value.cast(pl.String) == text
    # What is beyond all doubles has lost its digits, and may be beyond all decimals.
    doubtful = number & ~sure & value.is_finite() & (value != 0)
    found = texts.to_frame().select(held=number & sure | text.str.contains(_NOT_FINITE), doubtful=doubtful)
    places = found["doubtful"].fill_null(False).arg_true()
    mask = found["held"]
    return mask.scatter(places, [_gives_again(texts[at]) for at in places]) if len(places) else mask


def _gives_again(text: str) -> bool:
    """Whether the double nearest to a number has all its digits."""
    exact, double = Decimal(text), float(text)
    return Decimal(f"{double:.{max(0, len(exact.as_tuple().digits) - 1)}e}") == exact
