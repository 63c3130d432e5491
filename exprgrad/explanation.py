"""One function of the language, explained: its derivatives as formulas, what it gives at special points, an example."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from exprgrad.compiled import Function, constant_value
from exprgrad.diagnostics import ExprError, NameProblem, meant
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS
from exprgrad.views import aligned, catalogue
from exprgrad.views.catalogue import Entry
from exprgrad.views.numbers import shortest
from exprgrad.views.text import text

# Where functions of one number and of several are looked at: ends, signs, and where most have something to tell.
_POINTS: Final = ("-inf", "-1", "-0.5", "0", "0.5", "1", "2", "inf")
_FEW: Final = ("-1", "0", "2")
# What functions of arrays are tried with.
_SHAPES: Final = {"[1, 2, 4]": (3,), "[[2, 1], [1, 3]]": (2, 2)}
_ARRAYS: Final = (*_SHAPES, "2", "1")
# With names for operands, and with sizes, which are no inputs.
_OPERANDS: Final = (("x",), ("x", "y"), ("x", "y", "z"), ("3",), ("0", "1", "5"), ("x", "[3, 1]"))


class _Call(NamedTuple):
    """A call, whose operands are names of inputs and numbers."""

    function: str
    operands: tuple[str, ...]

    @property
    def inputs(self) -> list[str]:
        return [x for x in self.operands if x.isidentifier()]

    @property
    def text(self) -> str:
        return f"{self.function}({', '.join(self.operands)})"


def explanation(name: str) -> str:
    """What there is to say about a function. Raises NameProblem for a name that is none."""
    if name in CONSTANTS:
        return f"{name} = {shortest(CONSTANTS[name])}\n  a constant, unless a value is given for it\n"
    entry = _entry(name)
    lines = [entry.signature, *_indented(entry.doc)]
    if entry.example:
        lines += _of_form(entry.example)
    elif entry.operands:
        lines += _of_numbers(_Call(entry.names[0], entry.operands))
    else:
        tried = (_of_arrays(_Call(entry.names[0], operands)) for operands in _OPERANDS)
        lines += next(filter(None, tried), [])
    return "".join([f"{line}\n" for line in lines])


def _entry(name: str) -> Entry:
    entries = catalogue.catalogue()
    for entry in entries:
        if name in entry.names:
            return entry
    known = [known for entry in entries for known in entry.names]
    hint = meant(name, known, "exprgrad --list-functions lists all of them")
    raise NameProblem(f"there is no function {name}", hint=hint)


def _of_numbers(call: _Call) -> list[str]:
    """The formula of a function of numbers, its value and slopes at special points, and an example."""
    function = Function(call.text)
    lines = ["", "as a formula", *_indented(_formula(function))]
    points = _POINTS if len(call.operands) == 1 else _FEW
    heads = [*call.operands, "value", *[f"d/d{x}" for x in call.operands]]
    rows: list[list[str]] = []
    told: dict[str, str] = {}
    for point in product(points, repeat=len(call.operands)):
        try:
            result = function.run({x: float(value) for x, value in zip(call.operands, point, strict=True)})
        except ExprError:
            continue
        outcome = result.outcomes[0]
        rows.append([*point, *[shortest(x) for x in (outcome.value, *[d.value for d in outcome.derivatives])]])
        for note in result.notes:
            told.setdefault(str(note), ", ".join([f"{x} = {v}" for x, v in zip(call.operands, point, strict=True)]))
    lines += ["", "at special points", *_indented("".join(aligned.lines(heads, [*zip(*rows, strict=True)])))]
    if told:
        lines += ["", "notes", *[f"  at {place}: {message}" for message, place in told.items()]]
    values = ("0.5",) if len(call.operands) == 1 else ("2", "0.5", "3")
    return lines + _example(call, [values[i % len(values)] for i in range(len(call.operands))])


def _of_arrays(call: _Call) -> list[str]:
    """An example of a function of arrays; nothing where the function has not so many operands."""
    for values in product(_ARRAYS, repeat=len(call.inputs)):
        lines = _example(call, values)
        if lines:
            shapes = {x: _SHAPES[v] for x, v in zip(call.inputs, values, strict=True) if v in _SHAPES}
            try:
                return ["", "as a formula", *_indented(Function(call.text).formula(inline=False, **shapes)), *lines]
            except ExprError:  # not all have formulas
                return lines
    return []


def _of_form(program: str) -> list[str]:
    """A program with a form of the language in it, run."""
    function = Function(program, max_order=0)
    values = dict(zip(function.inputs, ("2", "3"), strict=False))
    options = " ".join([f"--{x} {v}" for x, v in values.items()])
    shown = text(function.run({x: float(v) for x, v in values.items()}))
    return ["", "example", f'  $ exprgrad "{program}" {options} --max-order 0', *_indented(shown)]


def _formula(function: Function) -> str:
    try:
        return function.formula()
    except ExprError as problem:
        return problem.message


def _example(call: _Call, values: Sequence[str]) -> list[str]:
    """The command with its output; nothing where these operands do not fit."""
    try:
        found = {x: constant_value(v)[0] for x, v in zip(call.inputs, values, strict=True)}
        # Lists are computed with rounded numbers, as the command does.
        given = {x: v if isinstance(v, float) else v.tolist() for x, v in found.items()}
        result = Function(call.text).run(given)
    except ExprError:
        return []
    written = [f'"{v}"' if " " in v else v for v in values]
    options = " ".join([f"--{x} {v}" for x, v in zip(call.inputs, written, strict=True)])
    return ["", "example", f'  $ exprgrad "{call.text}" {options}'.rstrip(), *_indented(text(result))]


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
