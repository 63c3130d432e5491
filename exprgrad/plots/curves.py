"""A picture of one variable: the results over its range, and below them the derivatives that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.derivatives import OutputKey, Task, keys
from exprgrad.diagnostics import EvaluationError, UnsupportedError, listed
from exprgrad.outcomes import written_name
from exprgrad.plots.axis import Axis
from exprgrad.plots.evaluation import Runnable, evaluation_of
from exprgrad.plots.points import Points
from exprgrad.plots.remarks import at, goes_on
from exprgrad.plots.sampling import Break, Limits, Samples, sampled
from exprgrad.records import NamedTuple

# So many places are named, and so many have a mark.
_NAMED: Final = 8
_MARKED: Final = 60
# Above and below the values is so much room, as a part of their height.
_ROOM: Final = 0.05
# The two sides of a hole are so near to one another, in heights.
_CLOSE: Final = 0.02
_SAYS: Final = {
    "kink": ("has a kink at", "have a kink at"),
    "jump": ("jumps at", "jump at"),
    "pole": ("has a pole at", "have a pole at"),
    "hole": ("has no value at", "have no value at"),
}


class Mark(NamedTuple):
    """What a curve has at a place: a kink, or a hole, where it has a value on either side alone."""

    kind: str
    x: float
    y: float


class Curve(NamedTuple):
    """A curve: its points in order, and whether each is joined to the next. `poles` are where it leaves to infinity,
    `points` what was measured of it, if anything was."""

    label: str
    xs: Any
    ys: Any
    joined: Any
    marks: Sequence[Mark]
    poles: Sequence[float]
    points: Points | None = None

    @property
    def alone(self) -> Any:
        """The positions of the points that are joined to none: a value at a jump."""
        near = np.append(False, self.joined) | np.append(self.joined, False)
        return np.flatnonzero(np.isfinite(self.ys) & ~near)

    def pieces(self, low: float, high: float) -> list[tuple[Any, Any]]:
        """The parts of the curve between two values, each without a break."""
        ends = np.flatnonzero(~self.joined) + 1
        parts = zip(np.split(self.xs, ends), np.split(self.ys, ends), strict=True)
        return [piece for x, y in parts if len(x) > 1 for piece in within(x, y, low, high)]


def within(xs: Any, ys: Any, low: float, high: float) -> list[tuple[Any, Any]]:
    """The pieces of a line that lie between two values, cut where it crosses these."""
    pieces: list[list[tuple[float, float]]] = [[]]
    inside = (ys >= low) & (ys <= high)
    before = last = 0.0
    was_in = False
    for i, (x, y, is_in) in enumerate(zip(xs.tolist(), ys.tolist(), inside.tolist(), strict=True)):
        if i and not (is_in and was_in):
            for limit in (low, high) if last < y else (high, low):
                if min(last, y) < limit < max(last, y):
                    part = (limit / 2 - last / 2) / (y / 2 - last / 2)
                    pieces[-1].append((before + (x - before) * part, limit))
        if is_in:
            pieces[-1].append((x, y))
        elif pieces[-1]:
            pieces.append([])
        before, last, was_in = x, y, is_in
    return [(np.array(xs), np.array(ys)) for xs, ys in (zip(*piece, strict=True) for piece in pieces if len(piece) > 1)]


class Panel(NamedTuple):
    """Curves over one another between the same limits."""

    curves: Sequence[Curve]
    low: float
    high: float


class Picture(NamedTuple):
    """Panels over one axis, what is to be said of them, and where a convention of a function may be at work."""

    name: str
    axis: Axis
    panels: Sequence[Panel]
    remarks: Sequence[str]
    places: Sequence[float]


def curves_of(
    function: Runnable,
    task: Task,
    name: str,
    axis: Axis,
    values: Mapping[str, Any],
    shared: Mapping[str, Any],
    also: Sequence[float],
    points: Mapping[str, Points],
) -> Picture:
    """The picture of a task over one of its inputs; `shared` are the others' values as all points of it share them, and
    `points` those that were measured of results."""
    # The curves and their derivatives by what runs along the axis, which tell where the curves break.
    first = (name, *[other for other in task.wrt if other != name])
    places = {task.wrt[i]: first.index(task.wrt[i]) for i in range(len(task.wrt))}
    evaluation = evaluation_of(
        function, task._replace(wrt=first, max_order=max(task.max_order, 1)), name, values, shared
    )
    for result in points:
        if result not in evaluation.results:
            raise UnsupportedError(
                f"{result} is an array, and points are of a number",
                task.names.assigned.get(result),
                hint="name its elements in the program, as in c0 = c[0]",
            )
    shown = keys(task._replace(results=evaluation.results))
    samples = sampled(evaluation, axis, also)
    inner = {key: (key[0], tuple(sorted([places[task.wrt[i]] for i in key[1]]))) for key in shown}
    if not any(np.isfinite(samples.ys[key]).any() for key in inner.values()):
        raise evaluation.first_problem or EvaluationError(
            f"{listed(task.results)} {'has' if len(task.results) == 1 else 'have'} no value for {name} from "
            f"{axis.low!r} to {axis.high!r}",
            hint="choose another range",
        )
    labels = {inner[key]: written_name(key[0], task.by(key[1])) for key in shown}
    kinks = _kinks(samples)
    panels: dict[tuple[int, ...], list[OutputKey]] = {}
    for key in shown:
        panels.setdefault(key[1], []).append(inner[key])
    made = [
        _panel([_curve(samples, key, labels[key], kinks, points) for key in together], samples, together)
        for together in panels.values()
    ]
    remarks = [*_remarks(samples, labels, kinks, name), *_beyond(points)]
    return Picture(name, axis, made, remarks, _hard_places(samples, labels, kinks))


def _panel(curves: Sequence[Curve], samples: Samples, together: Sequence[OutputKey]) -> Panel:
    """Curves with all of their points between the limits, and some room."""
    limits = [samples.limits[key] for key in together if np.isfinite(samples.ys[key]).any()] or [Limits(-1, 1, False)]
    heights = [curve.points.ys for curve in curves if curve.points is not None and len(curve.points.ys)]
    low = min([*[x.low for x in limits], *[float(ys.min()) for ys in heights]])
    high = max([*[x.high for x in limits], *[float(ys.max()) for ys in heights]])
    room = (high / 2 - low / 2) * 2 * _ROOM if high / 2 - low / 2 < 8e306 else 0.0
    return Panel(curves, max(low - room, -1.7e308), min(high + room, 1.7e308))


def _kinks(samples: Samples) -> list[Break]:
    """Where a curve goes on and its derivative jumps."""
    found = []
    for jump in samples.breaks:
        name, multi = jump.key
        if jump.kind != "jump" or 0 not in multi:
            continue
        below = (name, multi[1:])
        if not any(b.key == below and b.left <= jump.right and jump.left <= b.right for b in samples.breaks):
            found.append(jump._replace(key=below))
    return found


def _curve(samples: Samples, key: OutputKey, label: str, kinks: Sequence[Break], points: Mapping[str, Points]) -> Curve:
    xs, ys = samples.xs, samples.ys[key]
    own = [b for b in samples.breaks if b.key == key]
    holes = [b for b in own if b.kind == "hole" and _closes(samples, key, b)][:_MARKED]
    marks = [Mark("kink", b.at, _value(xs, ys, b)) for b in [k for k in kinks if k.key == key][:_MARKED]]
    marks += [Mark("hole", b.at, _value(xs, ys, b)) for b in holes]
    poles = [b.at for b in own if b.kind == "pole"][:_MARKED]
    name, multi = key
    measured = None if multi else points.get(name)
    return Curve(label, xs, ys, samples.joined[key], [m for m in marks if np.isfinite(m.y)], poles, measured)


def _closes(samples: Samples, key: OutputKey, hole: Break) -> bool:
    """Whether a curve comes to one value from both sides of a hole."""
    i = int(np.searchsorted(samples.xs, hole.at))
    sides = samples.ys[key][[i - 1, i + 1]]
    return bool(samples.limits[key].between(sides[:1], sides[1:])[0] < _CLOSE)


def _value(xs: Any, ys: Any, place: Break) -> float:
    """The value of a curve at a place, or beside it where it has none there."""
    i = int(np.searchsorted(xs, place.at))
    near = [ys[k] for k in (i, i - 1, i + 1) if 0 <= k < len(xs) and np.isfinite(ys[k])]
    return float(near[0]) if near else np.nan


def _remarks(samples: Samples, labels: Mapping[OutputKey, str], kinks: Sequence[Break], name: str) -> list[str]:
    """What is to be said of the curves that are shown, a sentence each."""
    found: dict[tuple[str, str], list[str]] = {}
    own = [b for b in samples.breaks if not any(b.at == kink.at and b.key == _slope(kink.key) for kink in kinks)]
    for kind in _SAYS:
        for key, label in labels.items():
            places = {b.at for b in (kinks if kind == "kink" else own) if b.key == key and kind in ("kink", b.kind)}
            if places:
                found.setdefault((kind, _places(sorted(places), name)), []).append(label)
    remarks = [f"{listed(names)} {_SAYS[kind][len(names) > 1]} {where}" for (kind, where), names in found.items()]
    return [*remarks, *goes_on([label for key, label in labels.items() if samples.limits[key].cut])]


def _beyond(points: Mapping[str, Points]) -> list[str]:
    """How many of the points are not shown."""
    return [
        f"points of {name} beyond what is shown: {x.beyond:,} of {x.count:,}" for name, x in points.items() if x.beyond
    ]


def _slope(key: OutputKey) -> OutputKey:
    """The derivative of a curve by what runs along the axis."""
    name, multi = key
    return name, (0, *multi)


def _places(places: Sequence[float], name: str) -> str:
    return at(name, places, _NAMED) if len(places) <= _MARKED else f"{len(places)} places"


def _hard_places(samples: Samples, labels: Mapping[OutputKey, str], kinks: Sequence[Break]) -> list[float]:
    breaks = [b for b in [*kinks, *samples.breaks] if b.key in labels]
    return sorted({b.at for b in breaks})[:_MARKED]
