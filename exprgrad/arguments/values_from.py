"""Values in files, as `--values-from` gives them: an object of JSON, a table of TOML, or lines as `env` prints them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import ALLOW_EXTRA_VALUES
from exprgrad.arguments.values import NON_FINITE, no_number
from exprgrad.diagnostics import InputDataError, Span
from exprgrad.files import called, ending_of, read_text
from exprgrad.numbers import limits
from exprgrad.syntax.parser import normalized

# Beyond all doubles; Python writes no numbers of thousands of digits down.
_BITS: Final = 2000
_OBJECT: Final = 'write {"a": 15, "b": 20}'
_TABLE: Final = "write a = 15, and b = 20 on a line of its own"
# A line that gives a value, as `env`, a file of settings for a shell and TOML have it, or one that gives none.
_LINE: Final = re.compile(
    r"""\s*(?:export\s+)?(?P<name>[^\s=#]+)\s*=(?:\s*(["'])(?P<quoted>.*?)\2\s*|(?P<plain>.*?)(?:\s+|$))(?:\#.*)?"""
)
_IDLE: Final = re.compile(r"\s*(?:#.*)?")


def values_in(files: Sequence[str], elsewhere: Collection[str], *, lenient: bool = False) -> list[Given]:
    """The values that files give to variables, those of a later file before those of an earlier one. What the command
    line gives itself, `elsewhere`, is not among them. `lenient` says that lines may give no value."""
    found = {given.name: given for file in files for given in _read(file, lenient)}
    return [given for name, given in found.items() if name not in elsewhere]


def _read(name: str, lenient: bool) -> Iterator[Given]:
    """The values in a file such as `{"a": 15, "b": "NaN"}`, or with lines such as `a=15`. What it holds is told by the
    ending of its name, else by how it begins."""
    text, origin, ending = read_text(name), called(name), ending_of(name)
    is_toml = ending == ".toml"
    is_json = ending == ".json" or (not is_toml and text.lstrip().startswith("{"))
    if not text.strip():
        raise InputDataError(f"{origin} is empty", hint=_OBJECT if is_json else _TABLE, origin=origin)
    if not (is_toml or is_json):
        yield from _lines(text, origin, lenient)
        return
    data = _from_toml(text, origin) if is_toml else _from_json(text, origin)
    of_result = None if is_toml else _of_result(data)
    seen = set()
    for key, value in data if of_result is None else of_result:
        key = normalized(key)
        if key in seen:
            raise InputDataError(f"{origin} has {key!r} twice", hint="give it once", origin=origin)
        seen.add(key)
        is_text = isinstance(value, str) and not isinstance(value, _Literal)
        text = value if is_text else _number(key, value, origin)
        yield Given(key, text, origin, in_file=True, of_result=of_result is not None, is_text=is_text)


def _lines(text: str, origin: str, lenient: bool) -> Iterator[Given]:
    """The values in lines such as `a=15`, each as the command line has it, number or text; of several for one name the
    last one is meant, as in a shell."""
    start = 0
    for line in text.split("\n"):
        if (found := _LINE.fullmatch(line)) is not None:
            group = "plain" if found["quoted"] is None else "quoted"
            value = found[group].strip() if group == "plain" else found[group]
            within = text, start + line.index(value, found.start(group))
            yield Given(normalized(found["name"]), value, origin, in_file=True, within=within)
        elif not (lenient or _IDLE.fullmatch(line)):
            hint = f"{_TABLE}; {ALLOW_EXTRA_VALUES} leaves out what is something else"
            raise InputDataError(
                "the line gives no value", Span(start, start + len(line)), source=text, origin=origin, hint=hint
            )
        start += len(line) + 1


class _Object(list[tuple[str, Any]]):
    """A JSON object as it is written: a dict would hide a key that is there twice."""


class _Literal(str):
    """A number as it is written."""


def _from_json(text: str, origin: str) -> Iterable[tuple[str, Any]]:
    import json

    try:
        data = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=_Literal,
            parse_float=_Literal,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as problem:
        place, what = problem.pos, f"{problem.msg[:1].lower()}{problem.msg[1:]}"
        if place >= (end := len(text.rstrip())):
            place, what = end - 1, "it ends too soon"
        raise InputDataError(
            f"{origin} is not JSON: {what}",
            Span(place, place + 1),
            source=text,
            origin=origin,
            hint=_OBJECT,
        ) from None
    except (ValueError, RecursionError) as problem:
        raise InputDataError(f"{origin} is not JSON: {_reason(problem)}", origin=origin) from None
    if not isinstance(data, _Object):
        raise InputDataError(f"{origin} holds no object", hint=_OBJECT, origin=origin)
    return data


def _of_result(data: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]] | None:
    """The values in what `-f json` has written, those of its inputs and of its results; None of something else."""
    members = dict(data)
    if [*members] != ["schema", "inputs", "results"]:
        return None
    found = dict(members["inputs"])
    for result in map(dict, members["results"]):
        found[result["name"]] = result["value"]
    return [*found.items()]


def _from_toml(text: str, origin: str) -> Iterable[tuple[str, Any]]:
    import tomllib

    try:
        data = tomllib.loads(text, parse_float=lambda number: _Literal(number.replace("_", "")))
    except tomllib.TOMLDecodeError as problem:
        what, span = str(problem), None
        if (place := re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", what)) is not None:
            start = sum(len(line) + 1 for line in text.split("\n")[: int(place[2]) - 1]) + int(place[3]) - 1
            what, span = place[1], Span(start, start + 1)
        what = f"{what[:1].lower()}{what[1:]}"
        raise InputDataError(f"{origin} is not TOML: {what}", span, source=text, origin=origin, hint=_TABLE) from None
    except (ValueError, RecursionError) as problem:
        raise InputDataError(f"{origin} is not TOML: {_reason(problem)}", origin=origin) from None
    return data.items()


def _reason(problem: Exception) -> str:
    return "it is nested too deep" if isinstance(problem, RecursionError) else str(problem)


def _number(key: str, value: Any, origin: str, depth: int = 0) -> str:
    if isinstance(value, _Literal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):  # of TOML
        return str(value) if value.bit_length() < _BITS else "inf" if value > 0 else "-inf"
    if isinstance(value, str) and value in NON_FINITE:
        return NON_FINITE[value]
    if isinstance(value, list) and not isinstance(value, _Object):
        if depth == limits.AXES:
            message = f"{origin} nests {key!r} too deep: {limits.AXES} lists in one another are the most"
            raise InputDataError(message, hint="write fewer lists in one another", origin=origin)
        return f"[{', '.join([_number(key, item, origin, depth + 1) for item in value])}]"
    raise no_number(key, origin)


def _no_constant(word: str) -> Any:
    raise ValueError(f'{word} is no JSON; write "{word}" in quotes')
