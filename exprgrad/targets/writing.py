"""What is to be written down, and what is said about it at the head of the text."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from exprgrad.diagnostics import Span, UnsupportedError, cut, listed
from exprgrad.program.program import Program
from exprgrad.records import NamedTuple

# So long a piece of the source stands in a comment.
_QUOTED: Final = 60
# So many lines of the source stand in the head, and so much of each.
_LINES: Final = 20
_LONGEST: Final = 100


# What doubles say of themselves.
OVERFLOWS: Final = "What leaves the range of doubles on the way is inf or 0 here."


class Writing(NamedTuple):
    """What is to be written: a program of numbers with its text, the names of its values by the pieces of the text that
    compute them, its outputs, each with its name and the places of those that it is a derivative of, the functions that
    it calls, each with the number of its operands, and what it is given once and for all."""

    name: str
    text: str
    program: Program
    names: Mapping[Span, str]
    outputs: Sequence[tuple[str, Sequence[int]]]
    calls: Sequence[tuple[str, int, Span]] = ()
    values: Mapping[str, float | str] = {}

    def check(self) -> None:
        """Raises an UnsupportedError for a program that computes with arrays."""
        if not self.program.is_scalar:
            arrays = [i.span for i in self.program.instructions() if i.shape != ()]
            raise UnsupportedError(
                "a value on the way is an array; what is written down computes with numbers",
                arrays[0] if arrays else None,
                hint="name the elements, as in c0 = x0*y0; inputs are numbers",
            )

    @property
    def has_kinks(self) -> bool:
        """Whether a derivative may follow a convention, which exprgrad itself does not without a look beside it."""
        return any(not i.chooses and i.operation.beside is not None for i in self.program.instructions())

    def piece(self, span: Span) -> str:
        """A piece of the source in one line, for a comment."""
        return cut(" ".join(self.text[span.start : span.end].split()), _QUOTED)

    def head(self, *remarks: str) -> list[str]:
        """What is written, and in what it differs from exprgrad's own numbers; `remarks` are what its language adds."""
        source = self.text.strip().splitlines()
        quoted = source if len(source) <= _LINES else [*source[: _LINES - 1], "..."]
        found = [
            "The value and the derivatives of",
            *[f"    {cut(line, _LONGEST)}" for line in quoted],
            *(["where"] if self.values else []),
            *[f"    {name} = {_shown(value)}" for name, value in self.values.items()],
            "in doubles, written by exprgrad.",
            *remarks,
        ]
        if self.has_kinks:
            found.append("At a kink or a jump each operation follows its own convention; exprgrad looks beside it.")
        return found


def taken(names: Collection[str], kind: str = "a number") -> str:
    """What a function takes, as a sentence: arguments of a kind, in order."""
    if not names:
        return "Takes no arguments."
    return f"Takes {cut(listed([*names]), _LONGEST)}, {'each ' if len(names) > 1 else ''}{kind}."


def given(kind: str, names: Collection[str]) -> str:
    """What it returns, as a sentence: a container of outputs."""
    return cut(f"Returns {kind} of {listed([*names]) if names else 'nothing'}.", _LONGEST)


def _shown(value: float | str) -> str:
    """A value as the language has it, in one line."""
    return repr(value) if isinstance(value, float) else f'"{cut(" ".join(value.split()), _QUOTED)}"'
