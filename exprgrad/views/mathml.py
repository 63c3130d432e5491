"""Equations in MathML Core: an element each, or a page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

from exprgrad.views.typeset import GREEK, Setter

if TYPE_CHECKING:
    from exprgrad.algebra.equations import Equation

_FENCES: Final[Mapping[str, tuple[str, str]]] = {
    "parentheses": ("(", ")"),
    "brackets": ("[", "]"),
    "bars": ("|", "|"),
    "norm": ("‖", "‖"),
    "floor": ("⌊", "⌋"),
    "ceiling": ("⌈", "⌉"),
}


# The sign of a product that is not shown; browsers leave no room around it, not even before the name of a function.
_TIMES: Final = "&#x2062;"
_APART: Final = f'<mo>{_TIMES}</mo><mspace width="0.17em"/>'
# A power of what has a subscript stands above it.
_LOWERED: Final = re.compile(r"<msub>((?:(?!</?msub>).)*)</msub>")


class MathML:
    """The markup of MathML Core."""

    symbols: Mapping[str, str] = {
        name: f"<mo>{sign}</mo>"
        for name, sign in {
            "plus": "+",
            "minus": "−",
            "times": "⋅",
            "beside": _TIMES,
            "matrix": _TIMES,
            "modulo": "mod",
            "equal": "=",
            "not equal": "≠",
            "less": "&lt;",
            "at most": "≤",
            "greater": "&gt;",
            "at least": "≥",
            "and": "∧",
            "or": "∨",
            "not": "¬",
            "comma": ",",
            "colon": ":",
            "factorial": "!",
            "partial": "∂",
            "differential": "d",
            "nabla": "∇",
            "sum": "∑",
        }.items()
    } | {
        "word": _APART,
        "function": _APART,
        "infinity": "<mi>∞</mi>",
        "ones": '<mn mathvariant="bold">1</mn>',
        "transposed": '<mi mathvariant="normal">T</mi>',
        "inverse": "<mrow><mo>−</mo><mn>1</mn></mrow>",
    }

    def number(self, digits: str, exponent: str | None) -> str:
        if exponent is None:
            return f"<mn>{digits}</mn>"
        sign = "<mo>−</mo>" if exponent.startswith("-") else ""
        power = self.raised("<mn>10</mn>", self.row([sign, f"<mn>{exponent.lstrip('-')}</mn>"]))
        return power if digits == "1" else self.row([f"<mn>{digits}</mn>", self.symbols["times"], power])

    def name(self, word: str, below: Sequence[str]) -> str:
        found = self._letters(word)
        if not below:
            return found
        inner: list[str] = []
        for part in below:
            inner += [self.symbols["comma"]] if inner else []
            inner.append(f"<mn>{part}</mn>" if part.isdigit() else self._letters(part))
        return f"<msub>{found}{self.row(inner)}</msub>"

    @staticmethod
    def _letters(word: str) -> str:
        letter = GREEK.get(word, word)
        upright = ' mathvariant="normal"' if letter != word and word[0].isupper() else ""
        return f"<mi{upright}>{escape(letter)}</mi>"

    def operator(self, word: str) -> str:
        return f"<mi>{escape(word)}</mi>"

    def words(self, text: str) -> str:
        return f"<mtext>{escape(text).replace(' ', '&#xA0;')}</mtext>"

    def row(self, parts: Sequence[str]) -> str:
        kept = [part for part in parts if part]
        return kept[0] if len(kept) == 1 else f"<mrow>{''.join(kept)}</mrow>"

    def fraction(self, top: str, bottom: str) -> str:
        return f"<mfrac>{top}{bottom}</mfrac>"

    def raised(self, base: str, exponent: str) -> str:
        found = _LOWERED.fullmatch(base)
        return f"<msubsup>{found[1]}{exponent}</msubsup>" if found else f"<msup>{base}{exponent}</msup>"

    def lowered(self, base: str, below: str) -> str:
        return f"<msub>{base}{below}</msub>"

    def root(self, x: str, degree: str | None) -> str:
        return f"<msqrt>{x}</msqrt>" if degree is None else f"<mroot>{x}<mn>{degree}</mn></mroot>"

    def fenced(self, kind: str, inside: str) -> str:
        left, right = _FENCES[kind]
        return f'<mrow><mo fence="true">{left}</mo>{inside}<mo fence="true">{right}</mo></mrow>'

    def applied(self, function: str, operands: str) -> str:
        return f"<mrow>{function}<mo>&#x2061;</mo>{operands}</mrow>"

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        cell = 'mtd style="text-align:left"'
        lines = "".join([f"<mtr><{cell}>{x}</mtd><{cell}>{when}</mtd></mtr>" for x, when in rows])
        return f'<mrow><mo fence="true">{{</mo><mtable>{lines}</mtable></mrow>'

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        lines = "".join([f"<mtr>{''.join([f'<mtd>{x}</mtd>' for x in row])}</mtr>" for row in rows])
        return self.fenced("brackets", f"<mtable>{lines}</mtable>")


def mathml(equations: Sequence[Equation], *, document: bool = False) -> str:
    """Equations as MathML: a line with an element each; or a page of their own."""
    setter = Setter(MathML(), equations)
    lines = "".join(
        [
            '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">'
            f"<mrow>{setter.left(x)}<mo>=</mo>{setter.right(x)}</mrow></math>\n"
            for x in equations
        ]
    )
    if not document:
        return lines
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>exprgrad</title>\n'
        "<style>math { margin-block: 1em; }</style></head>\n"
        f"<body>\n{lines}</body>\n</html>\n"
    )
