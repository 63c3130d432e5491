"""Which derivatives at a kink are those on all sides of it, and what takes the place of those that are not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from exprgrad.derivatives import Key, Run, Task
from exprgrad.diagnostics import Note
from exprgrad.jacobians import Places
from exprgrad.kinks.trace import Found, run
from exprgrad.numbers.arithmetic import ZERO, is_array, to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.structural import filled, shape_of

# Numbers that differ by less, for their size, are one that was rounded.
_CLOSE: Final = 2.0**-44
# The same beside the largest derivative of the same order: what is 0 by cancellation.
_NOISE: Final = 2.0**-48
# So many pairs of opposite sides are looked at, at the most.
_PAIRS: Final = 6
_GOLDEN: Final = (math.sqrt(5) - 1) / 2

Steps = dict[str, Any]


def settled(task: Task, numbers: Mapping[str, Any], found: Run, *, by_rows: bool = False) -> Run:
    """What a task gives at a point where it has kinks, with the derivatives that are the same on all sides.

    The derivatives are taken infinitely near to the point on both sides of it, in several directions. Where they agree
    they are the derivative. Where they do not, the convention stands at order 1, and at higher orders where it is that
    of a side, or the middle; else there is none, nan. `by_rows` says that arrays are columns, each of whose rows is a
    point of its own.
    """
    known = [_run(task, numbers, found, steps) for steps in _sides(task, numbers, by_rows)]
    if not known:
        return found._replace(notes=[*found.notes, *(note for notes in found.kinks.values() for note in notes)])
    values = dict(found.values)
    notes = list(found.notes)
    for name, kinks in found.kinks.items():
        agreed, lost = _result(name, known, found, values)
        if not agreed:
            notes += kinks
        if lost:
            notes.append(_lost_note(name, lost, kinks))
    return found._replace(values=values, notes=notes, kinks={})


def _lost_note(name: str, order: int, kinks: Sequence[Note]) -> Note:
    first = min(kinks, key=lambda note: note.span)
    hint = "sum(x*x) is norm(x)^2, and x^2 + y^2 is hypot(x, y)^2, with all their derivatives at 0"
    what = f"{name} has no derivative of order {order} here: its limits on the sides of this kink differ"
    return Note(what, first.span, hint if first.message.startswith(("norm", "hypot")) else None)


def _run(task: Task, numbers: Mapping[str, Any], found: Run, steps: Steps) -> Found:
    """One side, with as many powers of the distance as its derivatives need."""
    top = max(1, task.max_order + len(task.names.diffs))
    side = run(task, numbers, steps, top)
    needed = max([top, *side.orders.values()])
    if needed > top:
        side = run(task, numbers, steps, needed)
    if any(_some_lost(side.values[key], found.values.get(key)) for key in side.values):
        # Beside a cone each order takes one power more for what vanishes, and one for what it is divided by.
        side = run(task, numbers, steps, 2 * needed + 2)
    return side


def _some_lost(number: Any, before: Any) -> bool:
    return bool((_nans(number) & ~_nans(0.0 if before is None else before)).any()) if is_array(number) else (
        _is_nan(number) and not _is_nan(0.0 if before is None else before)
    )


def _nans(x: Any) -> Any:
    x = to_python(x)
    return x != x


def _is_nan(x: Any) -> bool:
    x = to_python(x)
    return bool(x != x)


def _sides(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> Iterator[Steps]:
    """How the inputs move, on one side and on the opposite one."""
    for steps in _directions(task, numbers, by_rows):
        yield steps
        yield {name: _negative(step) for name, step in steps.items()}


def _negative(step: Any) -> Any:
    from exprgrad.ops.arithmetic import neg

    return neg.compute((step,))


def _directions(task: Task, numbers: Mapping[str, Any], by_rows: bool) -> Iterator[Steps]:
    if task.direction is not None:
        yield {name: _spread(tangent, numbers[name]) for name, tangent in task.direction}
        return
    moving = _moving(task)
    sizes = [1 if by_rows else math.prod(shape_of(numbers[name])) for name in moving]
    if not moving or not max(sizes):
        return
    bits = max(len(moving) - 1, max(sizes) - 1).bit_length()
    for pattern in range(min(2 + bits, _PAIRS) if sum(sizes) > 1 else 1):
        yield {name: _steps(i, pattern, numbers[name], by_rows) for i, name in enumerate(moving)}


def _moving(task: Task) -> list[str]:
    """The inputs by which something is differentiated."""
    inputs, by = task.names.inputs, task.names.by
    everything = not all(name in inputs for name in by)
    return [name for name in inputs if everything or name in task.wrt or name in by]


def _spread(tangent: Any, number: Any) -> Any:
    """A tangent in the shape of its input."""
    return filled(number, float(tangent)) if is_array(number) and not is_array(tangent) else tangent


def _steps(i: int, pattern: int, number: Any, by_rows: bool) -> Any:
    """How the elements of input i move: no two alike, so that no difference of theirs stands still by chance; from one
    pattern to the next other ones move oppositely, and other ones further."""
    if not is_array(number):
        return FLOAT64.number(_step(i, 0, pattern))
    import numpy as np

    from exprgrad.numbers.arrays import is_rounded, rounded

    if by_rows:
        steps = np.full(number.shape, _step(i, 0, pattern))
    else:
        j = np.arange(number.size)
        part = np.modf((i * _GOLDEN + j * (_GOLDEN * _GOLDEN / 2 + 0.25)))[0]
        far = 1 + part if not pattern else 2.0 ** ((10 * part - 5) * (1 if pattern % 2 else -1))
        flips = ((i ^ j) >> (pattern - 1)) & 1 if pattern else 0 * j
        steps = np.where(flips == 1, -far, far).reshape(number.shape)
    return rounded(steps) if is_rounded(number) else steps.astype(number.dtype)


def _step(i: int, j: int, pattern: int) -> float:
    part = math.modf(i * _GOLDEN + j * (_GOLDEN * _GOLDEN / 2 + 0.25))[0]
    far = 1 + part if not pattern else 2.0 ** ((10 * part - 5) * (1 if pattern % 2 else -1))
    return -far if pattern and (i ^ j) >> (pattern - 1) & 1 else far


# -- what the sides say -----------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    """What becomes of a number: another one in its place, None to keep it; whether all sides agree; whether there is
    none."""

    number: float | None
    agreed: bool
    lost: bool = False


def verdict(convention: float, sides: Sequence[float], order: int, noise: float) -> Verdict:
    """What the derivatives on all sides say about that which a convention gives."""
    if convention != convention:
        return Verdict(None, False)
    if any(side != side for side in sides):
        return Verdict(None, False) if order < 2 else Verdict(math.nan, False, True)
    low, high = min(sides), max(sides)
    middle = low + (high - low) / 2

    def close(a: float, b: float) -> bool:
        return a == b or abs(a - b) <= max(_CLOSE * max(abs(a), abs(b)), noise) < math.inf

    if close(low, high):
        return Verdict(None if close(convention, low) else sides[0], True)
    if order < 2:
        return Verdict(None if low <= convention <= high else middle, False)
    stands = any(close(convention, x) for x in (*sides, middle))
    return Verdict(None if stands else math.nan, False, not stands)


def _result(name: str, known: Sequence[Found], found: Run, values: dict[Key, Any]) -> tuple[bool, int]:
    """Puts the derivatives of a result into its values that are the same on all sides. Whether all of them are; and the
    lowest order at which there is none, else 0."""
    keys = [key for key in {**found.values, **{k: None for side in known for k in side.values}} if key[0] == name]
    orders = {key: max([side.orders.get(key, len(key[1])) for side in known]) for key in keys}
    numbers: dict[Key, tuple[list[float], list[list[float]]]] = {}
    for key in keys:
        sides = [_aligned(side, key, found) for side in known]
        convention = found.values.get(key)
        like = next(x for x in (convention, *sides) if x is not None)
        numbers[key] = _flat(convention, like), [_flat(side, like) for side in sides]
    largest: dict[int, float] = {}
    for key, (own, sides) in numbers.items():
        sizes = (abs(x) for x in _all(own, sides) if abs(x) < math.inf)
        largest[orders[key]] = max(largest.get(orders[key], 0.0), max(sizes, default=0.0))
    agreed, lost = True, 0
    for key, (own, sides) in numbers.items():
        order = orders[key]
        changes: dict[int, float] = {}
        for place, (x, *ys) in enumerate(zip(own, *sides, strict=True)):
            if all(x == y for y in ys):
                continue
            said = verdict(x, ys, order, _NOISE * largest[order])
            agreed = agreed and said.agreed
            if order and said.number is not None:
                changes[place] = said.number
            if order and said.lost:
                lost = min(lost or order, order)
        if changes:
            values[key] = _changed(values.get(key), [side.values.get(key) for side in known], changes)
    return agreed, lost


def _all(own: Sequence[float], sides: Sequence[Sequence[float]]) -> Iterable[float]:
    yield from own
    for side in sides:
        yield from side


def _aligned(side: Found, key: Key, found: Run) -> Any:
    """A derivative on one side; of a sparse one the elements at the places of that at the kink."""
    number, there, here = side.values.get(key), side.places.get(key), found.places.get(key)
    if number is None or there is None or here is None or _same(there, here):
        return number
    import numpy as np

    dense = dict(zip(there.numbers.tolist(), to_python(number).tolist(), strict=True))
    return np.array([dense.get(place, 0.0) for place in here.numbers.tolist()])


def _same(a: Places, b: Places) -> bool:
    return len(a.numbers) == len(b.numbers) and bool((a.numbers == b.numbers).all())


def _flat(x: Any, like: Any) -> list[float]:
    """The numbers of a value in a row; of one that no path reaches zeros."""
    shape = shape_of(like)
    if x is None or x is ZERO:
        return [0.0] * math.prod(shape)
    x = to_python(x)
    return x.reshape(-1).tolist() if is_array(x) else [x] * math.prod(shape)  # type: ignore[no-any-return]


def _changed(before: Any, sides: Sequence[Any], changes: Mapping[int, float]) -> Any:
    """A value with other numbers at some places."""
    like = next(x for x in (before, *sides) if x is not None and x is not ZERO)
    if not is_array(like):
        return filled(like, changes[0])
    from exprgrad.numbers.arrays import empty, full

    out = empty(like) if before is None or before is ZERO else before.copy()
    flat = out.reshape(-1)
    for place, number in changes.items():
        flat[place] = full((), number, like)[()]
    return flat.reshape(like.shape)
