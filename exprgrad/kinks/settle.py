"""Which derivatives at a kink are those on all sides of it, and what takes the place of those that are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.derivatives import Computed, OutputKey, Task
from exprgrad.diagnostics import Note
from exprgrad.kinks.trace import Found, decisions, run
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.arithmetic import neg
from exprgrad.ops.structural import filled, shape_of
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import Names
from exprgrad.syntax.tree import Diff

# Numbers that differ by less, for their size, are one that was rounded.
_CLOSE: Final = 2.0**-44
# The same beside the largest derivative up to the same order: what is 0 by cancellation. What rounding leaves of a pole
# that has gone is multiplied by how much further some elements move than others, once for each power of the pole; the
# second derivatives of what is the same on all sides have none, and each further one has one more.
_NOISE: Final = 2.0**-48
# A side on which that comes to more says nothing.
_BLURRED: Final = 2.0**-16
# A number of few digits is a multiple of one over this, but for a power of two.
_FEW: Final = 2.0**40
# So many pairs of opposite sides are looked at, at the most.
_PAIRS: Final = 6
# Of more elements than these half as many are.
_LARGE: Final = 10_000
# Of so many elements each is singled out where it is in doubt whether the sides looked at are all there are; and so
# many inputs are moved by themselves.
_SINGLED: Final = 16
# Multiples of these leave parts of 1 that lie far from each other. Of two inputs one moves up to 2**_FAR times further.
_GOLDEN: Final = (math.sqrt(5) - 1) / 2
_SILVER: Final = math.sqrt(2) - 1
_FAR: Final = 10

Direction = dict[str, Any]


def settled(task: Task, numbers: Mapping[str, Any], found: Computed, *, by_rows: bool = False) -> Computed:
    """What a task gives at a point where it has kinks, with the derivatives that are the same on all sides.

    The derivatives are taken infinitely near to the point on both sides of it, in several directions. Where they agree
    they are the derivative. Where they do not, the convention stands at order 1, and at higher orders where it is that
    of a side, or the middle; else there is none, nan. `by_rows` says that arrays are columns, each of whose rows is a
    point of its own.
    """
    far = max(1, task.max_order + _depth(task.names))

    def on_side(steps: Direction) -> Found:
        return run(task, numbers, steps, far, decided)

    with np.errstate(all="ignore"):
        decided = decisions(task, numbers)
        known = list(map(on_side, _sides(_directions(task, numbers, by_rows))))
        if not known:
            return found._replace(
                notes=[*found.notes, *(note for kinks in found.kinks.values() for note in _told(kinks))]
            )
        said = {name: _said(name, known, found, by_rows) for name in found.kinks}
        sure = not any(map(_in_doubt, said.values()))
        if not sure and (few := list(map(on_side, _sides(_singled_out(task, numbers, by_rows))))):
            known += few
            said = {name: _said(name, known, found, by_rows) for name in found.kinks}
            sure = True
        for i in _axes(task, numbers, by_rows):
            if names := [name for name in said if _in_dispute(name, i, said[name])]:
                step = _in_arithmetic([1.0], numbers[task.wrt[i]], by_rows)
                alone = list(map(on_side, _sides([{task.wrt[i]: step}])))
                for name in names:
                    _put_alone(name, i, said[name], _said(name, alone, found, by_rows))
    values = dict(found.values)
    notes = list(found.notes)
    disputed = any([side.disputed for side in known])
    for name, kinks in found.kinks.items():
        agreed, lost, between = _result(name, said[name], known, values, task.by_elements(values[name, ()]), sure)
        if not agreed or disputed:  # on what a condition was, the branch and so the number rests
            notes += _told(kinks)
        if between and kinks:
            first = min(kinks, key=lambda note: note.span)
            notes.append(Note(f"the derivative of {name} is the middle of those on the sides of its kinks", first.span))
        if lost and kinks:
            notes.append(_lost_note(name, lost, kinks))
    return found._replace(values=values, notes=notes, kinks={})


def _depth(names: Names) -> int:
    """How often a program differentiates, at the most."""
    return sum(len(diff.by) if isinstance(diff, Diff) else 2 for diff in names.diffs)


def _lost_note(name: str, order: int, kinks: Sequence[Note]) -> Note:
    first = min(kinks, key=lambda note: note.span)
    what = f"{name} has no derivative of order {order} here: it is not the same on all sides of this kink"
    return Note(what, first.span, first.hint and f"{first.hint}, with all its derivatives there")


def _told(kinks: Sequence[Note]) -> list[Note]:
    """The notes on kinks; what is smooth instead is told where there is no derivative."""
    return [note._replace(hint=None) for note in kinks]


def _sides(directions: Iterable[Direction]) -> Iterator[Direction]:
    """How the inputs move, on one side and on the opposite one."""
    for steps in directions:
        yield steps
        yield {name: neg.compute((step,)) for name, step in steps.items()}


def _directions(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> Iterator[Direction]:
    if task.direction is not None:
        yield {name: _spread(tangent, numbers[name]) for name, tangent in task.direction}
        return
    moving, sizes = _elements(task, numbers, by_rows)
    if not moving or not max(sizes):
        return
    bits = max(len(moving) - 1, max(sizes) - 1).bit_length()
    most = _PAIRS if sum(sizes) <= _LARGE else _PAIRS // 2
    for pattern in range(min(2 + bits, most) if sum(sizes) > 1 else 1):
        yield {name: _steps(i, pattern, numbers[name], by_rows) for i, name in enumerate(moving)}


def _singled_out(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> Iterator[Direction]:
    """Directions in which one element after the other moves far beyond all others, and so little that it stands between
    them; none where there are too many."""
    moving, sizes = _elements(task, numbers, by_rows)
    count = sum(sizes)
    if task.direction is not None or count > _SINGLED:
        return
    others = [(1.0 + k * _GOLDEN % 1.0) * (-1) ** k for k in range(count - 1)]
    for i in range(count):
        for far in (2 * _FAR, -2 * _FAR):
            steps = iter([*others[:i], 2.0**far, *others[i:]])
            yield {
                name: _in_arithmetic([next(steps) for _ in range(size)], numbers[name], by_rows)
                for name, size in zip(moving, sizes, strict=True)
            }


def _elements(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> tuple[list[str], list[int]]:
    """The inputs by which something is differentiated, which move, and how many elements each has."""
    inputs, by = task.names.inputs, task.names.by
    everything = not all(name in inputs for name in by)
    moving = [name for name in inputs if everything or name in task.wrt or name in by]
    return moving, [1 if by_rows else math.prod(shape_of(numbers[name])) for name in moving]


def _spread(tangent: Any, number: Any) -> Any:
    """A tangent in the shape of its input."""
    return filled(number, float(tangent)) if is_array(number) and not is_array(tangent) else tangent


def _steps(i: int, pattern: int, number: Any, by_rows: bool) -> Any:
    """How the elements of input i move: no two alike, so that no difference of theirs stands still by chance; from one
    pattern to the next other ones move oppositely, and other ones further."""
    if not is_array(number) or by_rows:
        return _in_arithmetic([_step(i, 0, pattern)], number, by_rows)
    return _in_arithmetic(_step(i, np.arange(number.size), pattern), number, by_rows)


def _in_arithmetic(steps: Any, number: Any, by_rows: bool) -> Any:
    """Steps of an input's elements in its shape and its arithmetic; all rows take the same one."""
    if not is_array(number):
        return FLOAT64.number(steps[0])
    shaped = np.full(number.shape, steps[0]) if by_rows else np.reshape(steps, number.shape)
    return arrays.rounded(shaped) if arrays.is_rounded(number) else shaped.astype(number.dtype)


def _step(i: int, j: Any, pattern: int) -> Any:
    """How element j of input i moves, or all in an array of them."""
    part = (i * _GOLDEN + j * _SILVER) % 1.0
    if not pattern:
        return 1.0 + part
    far = 2.0 ** (_FAR * (part if pattern % 2 else 1 - part))
    return far * (1 - 2 * ((i ^ j) >> (pattern - 1) & 1))


# -- what the sides say -----------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What becomes of numbers: what takes their place, whether that is another number, whether all sides agree, and
    whether there is none."""

    numbers: Any
    changed: Any
    agreed: Any
    lost: Any


def verdict(convention: Any, sides: Any, order: int, noise: Any) -> Verdict:
    """What the derivatives on all sides say about those that conventions give. Of `sides` and their `noise`, but for
    which each is known, there is a row for each side."""
    with np.errstate(all="ignore"):
        known, unknown = convention == convention, np.isnan(sides).any(axis=0)
        blur = np.where(np.isfinite(sides), np.maximum(_CLOSE * np.abs(sides), noise), 0.0)

        def close(a: Any, b: Any, within: Any) -> Any:
            return (a == b) | (np.abs(a - b) <= within)

        low, high = sides.min(axis=0), sides.max(axis=0)
        middle = np.where(low == -high, 0.0, low + (high - low) / 2)
        agreed = (sides - blur).max(axis=0) <= (sides + blur).min(axis=0)
        if order < 2:
            stands = ((low <= convention) & (convention <= high)) | unknown
        else:
            stands = close(convention, sides, blur).any(axis=0) | close(convention, middle, blur.min(axis=0))
        stands = np.where(agreed, close(convention, sides[0], blur[0]), stands)
        instead = np.where(agreed, _plain(sides[0]), middle if order < 2 else math.nan)
    numbers = np.where(stands, convention, instead)
    return Verdict(numbers, known & ~stands, agreed & known, known & ~stands & ~agreed & (order > 1))


def _plain(numbers: Any) -> Any:
    """Numbers, and in place of one that rounding may have made of a number of few digits that one."""
    parts, exponents = np.frexp(numbers)
    few = np.round(parts * _FEW) / _FEW
    return np.where(np.abs(few - parts) <= 2.0**-51, np.ldexp(few, exponents), numbers)


class _Numbers(NamedTuple):
    """A value or derivative that a convention gives, and on all sides, a row for each, as flat doubles; how often it
    has been differentiated, and its shape."""

    convention: Any
    sides: Any
    order: int
    shape: tuple[int, ...]


class _Said(NamedTuple):
    """What is said about a derivative, its order and its shape."""

    verdict: Verdict
    order: int
    shape: tuple[int, ...]


def _said(name: str, known: Sequence[Found], found: Computed, by_rows: bool) -> dict[OutputKey, _Said]:
    """What the sides say about a result and its derivatives."""
    everything: list[dict[OutputKey, Any]] = [found.values, *[side.values for side in known]]
    keys = dict.fromkeys(key for numbers in everything for key in numbers if key[0] == name)
    numbers_of = {key: _numbers(key, known, found) for key in keys}
    largest: dict[int, Any] = {}
    for convention, sides, order, _ in numbers_of.values():
        sizes = np.abs(np.vstack([convention, sides]))
        most = np.where(sizes < math.inf, sizes, 0.0).max(axis=None if not by_rows else 0, initial=0.0)
        largest[order] = np.maximum(largest.get(order, 0.0), most)
    for order in sorted(largest):
        largest[order] = np.maximum(largest[order], largest.get(order - 1, 0.0) if order > 1 else 0.0)
    stretches = np.array([[side.stretch] for side in known])
    said = {}
    for key, (convention, sides, order, shape) in numbers_of.items():
        noise = _NOISE * stretches ** max(order - 2, 0)
        clear = noise[:, 0] <= max(_BLURRED, noise.min())
        said[key] = _Said(verdict(convention, sides[clear], order, noise[clear] * largest[order]), order, shape)
    return said


def _in_doubt(said: Mapping[OutputKey, _Said]) -> bool:
    """Whether some derivatives are the same on all sides, but another number than by convention, and others are not the
    same: there may be sides that were not looked at, as for a tie of many."""
    of_orders = [verdict for verdict, order, _ in said.values() if order]
    alike = any([bool((verdict.agreed & verdict.changed).any()) for verdict in of_orders])
    return alike and not all([bool(verdict.agreed.all()) for verdict in of_orders])


def _continuous(value: Verdict) -> Any:
    """Where a result is the same on all sides as at the point."""
    return value.agreed & ~value.changed


def _axes(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> Sequence[int]:
    """The inputs, by their numbers, that are moved by themselves, too: none where they are many, or all that moves. An
    element of an array is no input."""
    axes = [i for i, by in enumerate(task.wrt) if by_rows or not is_array(numbers[by])]
    return axes if len(axes) <= _SINGLED and sum(_elements(task, numbers, by_rows)[1]) > 1 else ()


def _in_dispute(name: str, i: int, said: Mapping[OutputKey, _Said]) -> bool:
    """Whether a result jumps, or its derivative by input i is not the same on all sides. What is the derivative of
    something itself is not looked at: it need not be by that input."""
    value, slope = said[name, ()], said.get((name, (i,)))
    disputed = slope is not None and not slope.verdict.agreed.all()
    return not value.order and (disputed or not _continuous(value.verdict).all())


def _put_alone(name: str, i: int, said: dict[OutputKey, _Said], alone: Mapping[OutputKey, _Said]) -> None:
    """Puts into what is `said` of a result its derivatives by input i as they are when that input moves `alone`, which
    is what they are: heaviside(x, h) by h at 0 is 1, whatever is beside the jump. Those above the first count only
    where those before are the same on both sides."""
    smooth = _continuous(alone[name, ()].verdict)
    for key, (here, order, shape) in alone.items():  # lower orders come first
        if key in said and set(key[1]) == {i}:
            smooth = smooth if smooth.shape == here.numbers.shape else smooth.all()  # of a sum all elements count
            mask = smooth | (order == 1)
            both = zip(here, said[key].verdict, strict=True)
            said[key] = _Said(Verdict(*[np.where(mask, a, b) for a, b in both]), order, shape)
            smooth = smooth & here.agreed


def _result(
    name: str,
    said_of: Mapping[OutputKey, _Said],
    known: Sequence[Found],
    values: dict[OutputKey, Any],
    whole: bool,
    sure: bool,
) -> tuple[bool, int, bool]:
    """Puts the derivatives of a result into its values that are the same on all sides; unless that is `sure` only where
    all are. Whether all of them are; the lowest order at which there is none, else 0; and whether one is the middle of
    the sides instead of a convention."""
    doubted = not sure and _in_doubt(said_of)
    agreed, lost, between = True, 0, False
    gone: dict[OutputKey, Any] = {}
    for key, (said, order, shape) in said_of.items():
        agreed = agreed and bool((said.agreed if order else _continuous(said)).all())
        if not order:
            continue
        between = between or bool((said.changed & ~said.agreed & ~said.lost).any())
        nowhere = said.lost.reshape(shape)
        if (before := gone.get((name, key[1][:-1]))) is not None:
            nowhere = nowhere | _reached(before, shape, whole)
        changed = (said.changed & ~said.agreed if doubted else said.changed).reshape(shape) | nowhere
        if nowhere.any():
            gone[key] = nowhere
            lost = min(lost or order, order)
        if changed.any():
            instead = np.where(nowhere, math.nan, said.numbers.reshape(shape))
            found = [values.get(key), *[side.values.get(key) for side in known]]
            values[key] = _changed(found, changed, instead, values[name, ()])
    return agreed, lost, between


def _reached(gone: Any, shape: tuple[int, ...], whole: bool) -> Any:
    """Which derivatives there are not because there is not what they are derivatives of: element by element, the row of
    an element in a Jacobian, and all of those of a sum."""
    if gone.shape == shape:
        return gone
    if whole:
        return np.broadcast_to(gone.reshape(gone.shape + (1,) * (len(shape) - gone.ndim)), shape)
    return np.broadcast_to(gone.any(), shape)


def _numbers(key: OutputKey, known: Sequence[Found], found: Computed) -> _Numbers:
    parts = [found.values.get(key), *[_aligned(side, key, found) for side in known]]
    shape = max([shape_of(part) for part in parts if part is not None], key=len)
    rows = [np.broadcast_to(0.0 if part is None else to_python(part), shape).reshape(-1) for part in parts]
    order = max([side.orders.get(key, len(key[1])) for side in known])
    return _Numbers(rows[0], np.stack(rows[1:]), order, shape)


def _aligned(side: Found, key: OutputKey, found: Computed) -> Any:
    """A derivative on one side; of a sparse one the elements at the places of that at the kink."""
    number, there, here = side.values.get(key), side.places.get(key), found.places.get(key)
    if number is None or there is None or here is None:
        return number
    dense = dict(zip(there.numbers.tolist(), to_python(number).tolist(), strict=True))
    return np.array([dense.get(place, 0.0) for place in here.numbers.tolist()])


def _changed(found: Sequence[Any], changed: Any, instead: Any, result: Any) -> Any:
    """A derivative of a result with other numbers at some places. It was found by convention, the first, and on sides;
    where all of these are absent it has the arithmetic of the result."""
    like = next((x for x in found if x is not None and x is not ZERO), None)
    if like is None:
        like = arrays.full(changed.shape, 0.0, result) if changed.shape else result
    if not is_array(like):
        return filled(like, float(instead))
    before = found[0]
    out = arrays.empty(like) if before is None or before is ZERO else before.copy()
    out[changed] = (arrays.rounded(instead) if arrays.is_rounded(like) else instead)[changed]
    return out
