"""Ranges as they are written: `x=0:2:0.05`, `x=0:2/41`, `x=1e-3..1e3 log 60`; and lists, `x=1,10,100`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from exprgrad.arguments.scan import Given
from exprgrad.arguments.values import value_of
from exprgrad.diagnostics import UsageError, listed
from exprgrad.ranges import Listed, Range
from exprgrad.syntax.parser import normalized

# A step that ends this near to the end of the range, in steps, ends there: a third is no double.
_NEAR: Final = Fraction(1, 10**9)
# More rows take longer than anybody waits; all of them are counted in 64 bits.
_MOST: Final = 10**15
_DECIMAL: Final = r"[-+]?([0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})([eE][-+]?[0-9]{1,3})?"
# The end of a range, and what may stand behind it.
_TAIL: Final = r"(?P<end>.*?\S)(?:\s+(?P<log>log))?(?:\s+(?P<count>[0-9]{1,18}))?\s*"
_COUNTED: Final = rf"(?P<end>{_DECIMAL})\s*/\s*(?P<count>[0-9]{{1,18}})"


def plotted(option: str, texts: Sequence[str]) -> list[Range | Listed]:
    """What a plot is over, and for which values there are curves. Raises what `axes` raises, and UsageError without a
    range."""
    found = axes(option, texts)
    if not any([isinstance(axis, Range) for axis in found]):
        first = next(axis for axis in found if isinstance(axis, Listed))
        ends = f"{first.name}={_short(min(first.given))}:{_short(max(first.given))}"
        raise UsageError(
            f"{option} takes a range, found values of {listed([axis.name for axis in found])} alone",
            hint=f"write {option} {ends}, or add the range of another variable",
        )
    return found


def axes(option: str, texts: Sequence[str]) -> list[Range | Listed]:
    """The values of some variables, by their names. Raises UsageError, and for a constant expression that is none what
    that raises."""
    found = [_axis(option, text) for text in texts]
    names = [axis.name for axis in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{option} names {name} twice", hint="write it once")
    return found


def counted(option: str, found: Sequence[Range | Listed]) -> list[Range | Listed]:
    """The same values. Raises UsageError for one that does not say how many points it has, and for a grid that has more
    than a computer counts."""
    for axis in found:
        if isinstance(axis, Range) and axis.points is None:
            ends, last = f"{axis.name}={_short(axis.start)}", _short(axis.stop)
            raise UsageError(
                f"{option} needs a step or a number of points for {axis.name}",
                hint=f"write {option} {ends}:{last}:STEP, {ends}:{last}/COUNT, or '{ends}..{last} COUNT'",
            )
    points = math.prod([axis.points or 1 for axis in found])
    if points > _MOST:
        raise UsageError(
            f"{option} has {_counted(points)} points, and {_MOST:,} are the most", hint="write larger steps"
        )
    return list(found)


def _counted(points: int) -> str:
    """A number of points, about that where it is long."""
    return f"{points:,}" if points < 10**24 else f"some 1e{len(str(points)) - 1}"


def _axis(option: str, text: str) -> Range | Listed:
    name, equals, written = (piece.strip() for piece in text.partition("="))
    if not equals or not name.isidentifier():
        raise UsageError(f"{option} takes a range, found {text!r}", hint=f"write {option} x=0:2:0.1")
    name = normalized(name)
    values = [piece.strip() for piece in _split(written, ",")]
    if len(values) > 1 and all(values):
        return Listed(name, tuple([float(_exact(option, name, piece)) for piece in values]))
    return _range(option, name, written)


def _range(option: str, name: str, written: str) -> Range:
    pieces = [piece.strip() for piece in _split(written, ":", "..")]
    if not 2 <= len(pieces) <= 3 or not all(pieces):
        raise UsageError(
            f"{option} takes FROM:TO and a step or a number of points, found {written!r}",
            hint=f"write {option} {name}=0:2:0.1, {name}=0:2/21 or '{name}=0.1..10 log 21'",
        )
    counted = re.fullmatch(_COUNTED, pieces[1]) if len(pieces) == 2 else None
    tail = counted or re.fullmatch(_TAIL, pieces[-1])
    assert tail is not None  # it is not empty
    pieces[-1] = tail["end"]
    logarithmic = counted is None and tail["log"] is not None
    count = None if tail["count"] is None else int(tail["count"])
    ends = [_exact(option, name, piece) for piece in pieces]
    start, stop = ends[:2]
    if start == stop:
        raise UsageError(f"{option}: the range of {name} is one value", hint=f"write --{name} {pieces[0]}")
    if logarithmic and start * stop <= 0:
        raise UsageError(
            f"{option}: a logarithmic range has no 0 in it, found {pieces[0]} to {pieces[1]}",
            hint=f"write '{name}=0.1..10 log 21'",
        )
    if len(ends) == 3:
        if logarithmic or count is not None:
            raise UsageError(f"{option}: the range of {name} has a step and more", hint="write the step alone")
        count, stop = _steps(option, name, start, stop, ends[2])
    if count is not None and count < 2:
        raise UsageError(f"{option}: a range has 2 points at least, found {count}", hint="write more")
    return Range(name, start, stop, count, logarithmic)


def _steps(option: str, name: str, start: Fraction, stop: Fraction, step: Fraction) -> tuple[int, Fraction]:
    """How many points there are, and the last one."""
    if step == 0 or (stop - start) / step < 0:
        raise UsageError(
            f"{option}: a step of {_short(step)} does not lead from {_short(start)} to {_short(stop)}",
            hint=f"write {_short(-step or (stop - start) / 10)} for the step",
        )
    steps = (stop - start) / step
    if steps < 1 - _NEAR:
        raise UsageError(f"{option}: the step of {name} is longer than its range", hint="write a smaller one")
    if abs(steps - round(steps)) < _NEAR:
        return round(steps) + 1, stop
    return math.floor(steps) + 1, start + math.floor(steps) * step


def _split(text: str, *between: str) -> Iterator[str]:
    """The pieces with one of some texts between them, but for those in brackets."""
    depth = begin = i = 0
    while i < len(text):
        depth += (text[i] in "([{") - (text[i] in ")]}")
        width = next((len(mark) for mark in between if text.startswith(mark, i)), 0)
        if width and depth == 0:
            yield text[begin:i]
            begin = i + width
        i += max(width, 1)
    yield text[begin:]


def _exact(option: str, name: str, text: str) -> Fraction:
    """A decimal as it is written, another constant expression as the double that it is."""
    value, _ = value_of(Given(name, text, f"{option} {name}"))
    if not isinstance(value, float) or not math.isfinite(value):
        raise UsageError(f"{option}: the range of {name} has finite numbers, found {text}", hint="write x=0:2:0.1")
    return Fraction(text) if re.fullmatch(_DECIMAL, text) else Fraction(value)


def _short(x: Fraction | float) -> str:
    """A number as a user would write it."""
    return repr(float(x)).removesuffix(".0")
