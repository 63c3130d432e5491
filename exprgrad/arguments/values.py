"""The values of a program's inputs: from the command line, from files, and whether they fit the program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.arguments.number_files import NumberFiles
from exprgrad.arguments.plain_number import plain_number
from exprgrad.arguments.scan import Given, option_for
from exprgrad.arguments.table import (
    ALLOW_EXTRA_VALUES,
    ALONG_DIRECTION,
    ELSEWHERE,
    OPTIONS,
    PLOT_OVER,
    SOLVE_FOR,
    SWEEP_OVER,
    WEIGHT_BY,
)
from exprgrad.compiled import constant_value
from exprgrad.diagnostics import (
    ErrorsIn,
    ExprError,
    InputDataError,
    Mark,
    NameProblem,
    Note,
    Span,
    UsageError,
    listed,
    suggest,
)
from exprgrad.notations import elsewhere
from exprgrad.ops.registry import REGISTRY
from exprgrad.syntax.parser import normalized
from exprgrad.text_tests import SPACES

if TYPE_CHECKING:
    from exprgrad.compiled import Function

# A message lists all names; the line to copy below it stops at some point.
_SHOWN: Final = 5
# How numbers that JSON has not are written in files of values.
NON_FINITE: Final = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
# A value that is empty, as a piece of itself.
_WHOLE: Final = Mark(Span(0, 0), "")


def check_names(
    function: Function,
    given: Sequence[Given],
    varied: Mapping[str, str] | None = None,
    *,
    columns: bool = False,
    starting: Sequence[str] = (),
    otherwise: str = "",
) -> None:
    """Raises unless the values are those that the program needs: one for each input, nothing else. What `varied` names,
    each with its place on the command line, has many values. Where there are `columns`, what has no value is one, but
    for what is `starting` from its value; `otherwise` says what else may be done about that."""
    seen: dict[str, str] = {}
    for x in given:
        name, place = x.name, x.place
        if name in seen:
            both = seen[name] if seen[name] == place else f"{seen[name]} and {place}"
            raise NameProblem(f"{name} is given twice, by {both}", hint="give it once")
        seen[name] = place
        if name not in function.inputs:
            problem = _unwanted(function, name, place)
            if x.in_file:
                problem.hint = f"{problem.hint}; {ALLOW_EXTRA_VALUES} leaves out what the program does not use"
            raise problem
    for name, place in (varied or {}).items():
        if name in seen:
            raise NameProblem(f"{name} is given twice, by {seen[name]} and {place}", hint="give it once")
        seen[name] = place
        if name not in function.inputs:
            raise _unwanted(function, name, f"{place} {name}")
        if not columns:
            with ErrorsIn(function.text):
                function.names.check_numbers([name], "varied")
    missing = [name for name in function.inputs if name not in seen and (not columns or name in starting)]
    if missing:
        add = " ".join(option_for(name) for name in missing[:_SHOWN])
        start = all([name in starting for name in missing])
        remedy = f"add {add}{' ...' if len(missing) > _SHOWN else ''}{otherwise if start else ''}"
        raise no_values(function, missing, remedy, " to start from" if start else "")


def _unwanted(function: Function, name: str, place: str) -> NameProblem:
    names = function.names
    if name in names.assigned:
        return NameProblem(
            f"{name} is computed by the program, so it takes no value",
            names.assigned[name],
            source=function.text,
            hint=f"leave out {place}",
        )
    if any(call.function == name for call in names.calls):
        hint = f"{name} is only a function there"
    else:
        words = {option[2:]: f"the option {option}" for option in OPTIONS if option.startswith("--")}
        words |= {variable: f"--{variable}" for variable in (*function.inputs, *names.constants)}
        near = suggest(name, words, abbreviated=True) or suggest(name.replace("_", "-"), words, abbreviated=True)
        inputs = f"its variables are {listed(function.inputs)}" if function.inputs else "it has no variables"
        if near is None and name in ELSEWHERE:
            near, words = name, {name: f"the option {ELSEWHERE[name]}"}
        hint = f"did you mean {words[near]}?" if near else inputs
    return NameProblem(f"the program does not use {name}, which {place} gives a value", hint=hint)


def no_values(function: Function, missing: Sequence[str], remedy: str, purpose: str = "") -> NameProblem:
    """The error for inputs without values: the remedy for all, and what some of them may have been meant as."""
    hints = [*function.names.computed_later(missing), remedy]
    hints += elsewhere.unknown_names(missing, function.text)
    functions = (*REGISTRY.by_name, *function.names.functions)
    hints += [f"{name} is a function: write {name}(...)" for name in missing if name in functions]
    return NameProblem(
        f"no value for {listed(missing)}{purpose}",
        function.names.variables[missing[0]],
        source=function.text,
        hint="; ".join(hints),
    )


def direction(text: str, files: NumberFiles) -> dict[str, Any]:
    """The tangents in `a=1,b=[0, -2]`: constant expressions and files, by name."""
    tangents: dict[str, Any] = {}
    # A comma may stand in a call; one before a name and a '=' ends a value. A decomposed name has marks in it.
    for part in re.split(r",(?=\s*[^\W\d](?:\w|[^\x00-\x7f])*\s*=)", text):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name.isidentifier() or not value:
            message = f"{ALONG_DIRECTION} takes a tangent for each input, found {text!r}"
            raise UsageError(message, hint=f"write {ALONG_DIRECTION} a=1,b=-2")
        given = Given(normalized(name), value, f"{ALONG_DIRECTION} {name}")
        if given.name in tangents:
            raise UsageError(f"{ALONG_DIRECTION} names {name} twice", hint="write it once")
        tangents[given.name] = value_of(given, files)[0]
    return tangents


def weights(texts: Sequence[str], files: NumberFiles) -> Any:
    """What `--weight-by` gives: a value for the only result, or values by the names of results."""
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (piece.strip() for piece in text.partition("="))
        named = bool(equals) and name.isidentifier()
        if named and normalized(name) in found:
            raise UsageError(f"{WEIGHT_BY} names {name} twice", hint="write it once")
        given = Given(name, value, WEIGHT_BY) if named else Given(WEIGHT_BY, text, WEIGHT_BY)
        weight = value_of(given, files)[0]
        if not named and len(texts) > 1:
            raise UsageError(f"{WEIGHT_BY} is given twice", hint=f"write {WEIGHT_BY} NAME=VALUE for each result")
        if not named:
            return weight
        found[normalized(name)] = weight
    return found


def value_of(given: Given, files: NumberFiles | None = None) -> tuple[Any, tuple[Note, ...]]:
    """The double that a value stands for, or nested lists of doubles, and its notes: a constant expression, or what a
    file holds."""
    if given.is_text:
        if given.text not in NON_FINITE:
            raise no_number(given.name, given.place)
        given = given._replace(text=NON_FINITE[given.text])
    if given.text.startswith("@") and not given.in_file:
        return (files or NumberFiles()).value(given.text[1:]), ()
    if (number := plain_number(given.text)) is not None:
        return number, ()
    if not given.text.strip():
        if given.in_file:
            raise _in_file(given, f"{given.name} has no value", [_WHOLE], "write a number")
        hint = f"write {given.place}{'=' if ' ' in given.place else ' '}3"  # of --var a, or --a
        raise UsageError(f"{given.place} needs a value, found {given.text!r}", hint=hint)
    try:
        value, notes = constant_value(given.text)
    except ExprError as problem:
        message = _of(given, problem.message)
        if given.in_file:  # what is wrong with it is wrong with the file
            marks = problem.marks or ([] if problem.span is None else [Mark(problem.span, "")])
            raise _in_file(given, message, marks, problem.hint) from None
        problem.message = message
        if ":" in given.text and "[" not in given.text:
            of = f"{given.name}={given.text}"
            problem.hint = f"what it is varied over or looked for in is {SWEEP_OVER}, {PLOT_OVER} or {SOLVE_FOR} {of}"
        raise
    # As lists, so that the program is computed with rounded numbers.
    plain = value if isinstance(value, float) else value.tolist()
    return plain, tuple(note._replace(message=_of(given, note.message)) for note in notes)


def text_of(given: Given) -> str:
    """The text that a value is, of a variable that is compared with texts."""
    if given.is_text is False:
        message = f"{given.place} gives {given.name!r} no text, with which it is compared"
        raise InputDataError(message, hint="write it between quotes", origin=given.place)
    if given.text.startswith("@") and not given.in_file:
        message = f"{given.place} is a text, found the file {given.text}"
        raise UsageError(message, hint="for a column of texts write --rows-from FILE")
    if not given.text.strip(SPACES):
        message, hint = "is an empty text, which is a null", "write a text"
        if given.in_file:
            raise _in_file(given, f"{given.name} {message}", [_WHOLE], hint)
        raise UsageError(f"{given.place} {message}", hint=hint)
    return given.text


def _in_file(given: Given, message: str, marks: Sequence[Mark], hint: str | None) -> InputDataError:
    """The error for places in a value that a file gives: they are marked there, if the file's text is known."""
    if given.within is None:
        return InputDataError(f"{given.place}: {message}", hint=hint, origin=given.place)
    text, _ = given.within
    problem = InputDataError(message, source=text, hint=hint, origin=given.place)
    problem.marks = [Mark(given.in_text(mark.span), mark.what) for mark in marks]
    return problem


def no_number(name: str, origin: str) -> InputDataError:
    """The error for what a file gives a variable that is a number."""
    hint = 'write a number, a list of them, "NaN", "Infinity" or "-Infinity"'
    return InputDataError(f"{origin} gives {name!r} no number", hint=hint, origin=origin)


def _of(given: Given, message: str) -> str:
    return f"the value of {given.name}: {message}"
