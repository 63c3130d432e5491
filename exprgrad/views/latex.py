"""Equations in LaTeX: a line each, or a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from exprgrad.views.typeset import GREEK, Setter

if TYPE_CHECKING:
    from exprgrad.algebra.equations import Equation

# What LaTeX has a command for; of other functions the name stands upright.
_COMMANDS: Final = frozenset(
    [
        *("sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth"),
        *("exp", "ln", "log", "min", "max", "det"),
    ]
)
_FENCES: Final[Mapping[str, tuple[str, str]]] = {
    "parentheses": ("(", ")"),
    "brackets": ("[", "]"),
    "bars": ("|", "|"),
    "norm": (r"\lVert", r"\rVert"),
    "floor": (r"\lfloor", r"\rfloor"),
    "ceiling": (r"\lceil", r"\rceil"),
}


# What stands for something else in a text.
_ESCAPES: Final[Mapping[str, str]] = {
    **{c: f"\\{c}" for c in "_#$%&{}"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
}


class Latex:
    """The markup of LaTeX with amsmath."""

    symbols: Mapping[str, str] = {
        "plus": "+",
        "minus": "-",
        "times": r"\cdot",
        "beside": "",
        "word": r"\,",
        "function": "",
        "matrix": "",
        "modulo": r"\bmod",
        "equal": "=",
        "not equal": r"\neq",
        "less": "<",
        "at most": r"\leq",
        "greater": ">",
        "at least": r"\geq",
        "and": r"\wedge",
        "or": r"\vee",
        "not": r"\neg",
        "comma": ",",
        "colon": ":",
        "factorial": "!",
        "partial": r"\partial",
        "differential": "d",
        "nabla": r"\nabla",
        "infinity": r"\infty",
        "transposed": r"\mathsf{T}",
        "inverse": "-1",
        "sum": r"\sum",
        "ones": r"\mathbf{1}",
    }

    def number(self, digits: str, exponent: str | None) -> str:
        if exponent is None:
            return digits
        return f"10^{{{exponent}}}" if digits == "1" else rf"{digits} \cdot 10^{{{exponent}}}"

    def name(self, word: str, below: Sequence[str]) -> str:
        found = self._letters(word)
        if below:
            inner = ",".join([part if part.isdigit() else self._letters(part) for part in below])
            found = f"{found}_{{{inner}}}"
        return found

    @staticmethod
    def _letters(word: str) -> str:
        if word in GREEK:
            return f"\\{word}"
        if not word.isascii():  # which formulas have no letters for
            return rf"\text{{{_escaped(word)}}}"
        return word if len(word) == 1 and word != "_" else rf"\mathrm{{{_escaped(word)}}}"

    def operator(self, word: str) -> str:
        return f"\\{word}" if word in _COMMANDS else rf"\operatorname{{{_escaped(word)}}}"

    def words(self, text: str) -> str:
        return rf"\text{{{_escaped(text)}}}"

    def row(self, parts: Sequence[str]) -> str:
        return " ".join([part for part in parts if part])

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def raised(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}"

    def lowered(self, base: str, below: str) -> str:
        return f"{{{base}}}_{{{below}}}" if base.endswith("}") else f"{base}_{{{below}}}"

    def root(self, x: str, degree: str | None) -> str:
        return rf"\sqrt{{{x}}}" if degree is None else rf"\sqrt[{degree}]{{{x}}}"

    def fenced(self, kind: str, inside: str) -> str:
        left, right = _FENCES[kind]
        return rf"\left{left}{' ' if left[-1].isalpha() else ''}{inside}\right{right}"

    def applied(self, function: str, operands: str) -> str:
        return function + operands

    def cases(self, rows: Sequence[tuple[str, str]]) -> str:
        return r"\begin{cases} " + r" \\ ".join([f"{x} & {when}" for x, when in rows]) + r" \end{cases}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return r"\begin{bmatrix} " + r" \\ ".join([" & ".join(row) for row in rows]) + r" \end{bmatrix}"


def _escaped(text: str) -> str:
    return "".join([_ESCAPES.get(c, c) for c in text])


def _sides(equations: Sequence[Equation]) -> list[tuple[str, str]]:
    setter = Setter(Latex(), equations)
    return [(setter.left(x), setter.right(x)) for x in equations]


def aligned(equations: Sequence[Equation]) -> str:
    """Equations below each other, as one formula."""
    lines = r" \\ ".join([f"{left} &= {right}" for left, right in _sides(equations)])
    return rf"\begin{{aligned}} {lines} \end{{aligned}}"


def latex(equations: Sequence[Equation], *, document: bool = False) -> str:
    """Equations as LaTeX for amsmath: a line each; or a document of their own."""
    if not document:
        return "".join([f"{left} = {right}\n" for left, right in _sides(equations)])
    lines = " \\\\\n".join([f"  {left} &= {right}" for left, right in _sides(equations)])
    return (
        "\\documentclass{article}\n\\usepackage{amsmath}\n\\usepackage{amssymb}\n\\allowdisplaybreaks\n"
        f"\\begin{{document}}\n\\begin{{align*}}\n{lines}\n\\end{{align*}}\n\\end{{document}}\n"
    )
