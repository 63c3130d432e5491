"""What people paste, read in the notation that it is written in and written down in this language.

A notation is a reader, which makes of a text a tree with the names that things have there, and a vocabulary, which says
what these are here. `exprgrad.views.formula` prints the tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from exprgrad import expected
from exprgrad.lazy import later

later(__name__, "elsewhere", "translation", "vectors")

from exprgrad.notations import translation

if TYPE_CHECKING:
    from exprgrad.notations.translation import Notation, Translation

# By the name of each the file that reads it.
NOTATIONS: Final[Mapping[str, str]] = {
    "latex": "latex",
    "spreadsheet": "spreadsheet",
    "excel": "spreadsheet",
    "python": "python",
    "c": "c",
    "javascript": "javascript",
    "matlab": "matlab",
    "mathematica": "mathematica",
}


def translate(text: str, notation: str) -> str:
    """A program in another notation as one of this language. Raises an ExprError, whose text shows the place, for what
    cannot be read or said.

    >>> translate(r"y = \\frac{a}{b} \\sin x", "latex")
    'y = a/b*sin(x)'
    """
    return translation_of(text, notation).text


def translation_of(text: str, notation: str) -> Translation:
    """The same with the names that are its results, where the translation alone would have more."""
    expected.choice("unknown notation", notation, NOTATIONS)
    return translation.translated(text, _notation(notation))


def value_in(text: str, notation: str) -> str:
    """A value that is typed beside a program in another notation, as one of this language; unchanged where there is
    nothing to change."""
    return _notation(notation).value(text)


def _notation(name: str) -> Notation:
    found: Notation = import_module(f"{__name__}.{NOTATIONS[name]}").NOTATION
    return found
