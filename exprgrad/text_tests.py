"""Tests of texts: to all that computes, `kind == "put"` is an input of its own, which is 1 or 0 and by which nothing is
differentiated. Its name is the test as it is written, which no variable can have as its name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from exprgrad.records import NamedTuple

_EQUAL: Final = " == "
_QUOTES: Final = ("'", '"')
# Around a text they do not count, as around a number.
SPACES: Final = " \t\r\n\u00a0"


class TextTest(NamedTuple):
    """Whether a variable is a text."""

    variable: str
    text: str

    @property
    def name(self) -> str:
        """The input that the test is. A text has no escapes, so that one of the quotes is not in it."""
        return f"{self.variable}{_EQUAL}{quoted(self.text)}"

    @property
    def word(self) -> str:
        """A name for it where one that is a word is needed."""
        word = f"{self.variable}_is_{self.text}"
        return word if word.isidentifier() else f"{self.variable}_is_text"


def quoted(text: str) -> str:
    """A text as the language has it."""
    return f"'{text}'" if '"' in text else f'"{text}"'


def is_test(name: str) -> bool:
    """Whether an input is a test of a text."""
    return name.endswith(_QUOTES)


def as_test(name: str) -> TextTest | None:
    """The test that an input is, None of a number."""
    if not is_test(name):
        return None
    variable, _, text = name.partition(_EQUAL)
    return TextTest(variable, text[1:-1])


def variable_of(name: str) -> str:
    """The variable that an input is about: the input itself, if it is a number."""
    return name.partition(_EQUAL)[0] if is_test(name) else name


def numbers_of(names: Iterable[str]) -> tuple[str, ...]:
    """The inputs that are numbers."""
    return tuple([name for name in names if not is_test(name)])
