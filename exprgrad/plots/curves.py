"""A picture of one variable: the results over its range, and below them the derivatives that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.derivatives import OutputKey, Task, keys
from exprgrad.diagnostics import EvaluationError, UnsupportedError, listed
from exprgrad.outcomes import written_name
from exprgrad.plots.axis import Axis, with_room
from exprgrad.plots.evaluation import CURVES, Evaluating
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
    """A curve: its points in order, and whether each is joined to the next. `poles` are where it leaves to infinity."""

    label: str
    xs: Any
    ys: Any
    joined: Any
    marks: Sequence[Mark]
    poles: Sequence[float]

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
    """Curves over one another along one axis upright, and what all are called if they are of one thing. `points` were
    measured, of the curve at a position or of none of them."""

    curves: Sequence[Curve]
    upright: Axis
    called: str
    points: Sequence[tuple[int | None, Points]] = ()


class Picture(NamedTuple):
    """Panels over one axis, what is to be said of them, and for which values a convention of a function may be at
    work."""

    name: str
    axis: Axis
    panels: Sequence[Panel]
    remarks: Sequence[str]
    places: Sequence[Mapping[str, float]]


class Member(NamedTuple):
    """One of a family of curves: the values that make it, none where it is alone, and what computes it."""

    given: Mapping[str, float]
    evaluation: Evaluating

    @property
    def label(self) -> str:
        """`k = 1.0`."""
        return ", ".join([f"{name} = {value!r}" for name, value in self.given.items()])


class _Sampled(NamedTuple):
    """A member of a family with its curves, and what each is called beside the others."""

    member: Member
    samples: Samples
    kinks: Sequence[Break]
    labels: Mapping[OutputKey, str]


def computed(task: Task, name: str) -> Task:
    """The task that is computed for a plot over an input: the curves, and their derivatives by what runs along the
    axis, which tell where the curves break."""
    first = (name, *[other for other in task.wrt if other != name])
    return task._replace(wrt=first, max_order=max(task.max_order, 1))


def curves_of(
    task: Task,
    name: str,
    axis: Axis,
    family: Sequence[Member],
    given: Sequence[float],
    points: Mapping[str, Points],
    logarithmic: bool,
) -> Picture:
    """The picture of a task over one of its inputs, of which each member of a family computes all that is `computed`.
    Where points are `given` it has these alone; `points` are those that were measured of results, which are upright on
    a `logarithmic` axis or not."""
    results = family[0].evaluation.results
    if len(family) > 1 and (count := len(results) * len(family)) > CURVES:
        raise UnsupportedError(
            f"these are {count} curves, more than can be told apart",
            hint=f"{CURVES} are the most: give fewer values, or fetch fewer results",
        )
    for result in points:
        if result not in results:
            raise UnsupportedError(
                f"{result} is an array, and points are of a number",
                task.names.assigned.get(result),
                hint="name its elements in the program, as in c0 = c[0]",
            )
    first = computed(task, name).wrt
    places = {task.wrt[i]: first.index(task.wrt[i]) for i in range(len(task.wrt))}
    called = {
        (key[0], tuple(sorted([places[task.wrt[i]] for i in key[1]]))): written_name(key[0], task.by(key[1]))
        for key in keys(task._replace(results=results))
    }
    all_sampled = [_sampled(member, called, axis, given, logarithmic) for member in family]
    _check_values(task, name, axis, all_sampled, logarithmic)
    panels: dict[tuple[int, ...], list[OutputKey]] = {}
    for key in called:
        panels.setdefault(key[1], []).append(key)
    made = [
        _panel(together, all_sampled, called, points, logarithmic and not multi) for multi, together in panels.items()
    ]
    remarks = [*_remarks(all_sampled, name), *_beyond(points)]
    hard = [{name: x, **s.member.given} for s in all_sampled for x in _hard_places(s.samples, s.labels, s.kinks)]
    return Picture(name, axis, made, remarks, hard)


def _sampled(
    member: Member, called: Mapping[OutputKey, str], axis: Axis, given: Sequence[float], logarithmic: bool
) -> _Sampled:
    samples = sampled(member.evaluation, axis, given, logarithmic)
    labels = {key: f"{text} at {member.label}" if member.given else text for key, text in called.items()}
    return _Sampled(member, samples, _kinks(samples), labels)


def _check_values(task: Task, name: str, axis: Axis, family: Sequence[_Sampled], logarithmic: bool) -> None:
    """Raises where there is nothing to be seen."""
    found = [ys for s in family for key, ys in s.samples.ys.items() if key in s.labels and np.isfinite(ys).any()]
    has = f"{listed(task.results)} {'has' if len(task.results) == 1 else 'have'} no value"
    over = f"for {name} from {axis.low!r} to {axis.high!r}"
    if not found:
        problems = [s.member.evaluation.first_problem for s in family]
        raise next(filter(None, problems), None) or EvaluationError(f"{has} {over}", hint="choose another range")
    values = [s.samples.ys[key] for s in family for key in s.labels if not key[1]]
    if logarithmic and not any([(ys > 0).any() for ys in values]):
        raise EvaluationError(
            f"{has} above 0 {over}, and a logarithmic axis shows no others",
            hint="choose another range, or leave y_scale= out",
        )


def _panel(
    together: Sequence[OutputKey],
    family: Sequence[_Sampled],
    called: Mapping[OutputKey, str],
    points: Mapping[str, Points],
    logarithmic: bool,
) -> Panel:
    """Curves with all of their points between the ends of their axis, and some room."""
    curves: list[Curve] = []
    limits = []
    measured: list[tuple[int | None, Points]] = []
    for key in together:
        if not key[1] and key[0] in points:
            measured.append((len(curves) if len(family) == 1 else None, points[key[0]]))
        for s in family:
            texts = ([called[key]] if len(together) > 1 or not s.member.given else []) + [s.member.label]
            curves.append(_curve(s, key, ", ".join(filter(None, texts)), logarithmic))
            if np.isfinite(s.samples.ys[key]).any():
                limits.append(s.samples.shown[key])
    limits = limits or [Limits(-1, 1, False)]
    heights = [x.ys for _, x in measured if len(x.ys)]
    low = min([*[x.low for x in limits], *[float(ys.min()) for ys in heights]])
    high = max([*[x.high for x in limits], *[float(ys.max()) for ys in heights]])
    upright = with_room(Axis(low, high, logarithmic), _ROOM)
    return Panel(curves, upright, called[together[0]] if len(together) == 1 else "", measured)


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


def _curve(sampled: _Sampled, key: OutputKey, label: str, logarithmic: bool) -> Curve:
    samples = sampled.samples
    xs, ys = samples.xs, samples.ys[key]
    own = [b for b in samples.breaks if b.key == key]
    holes = [b for b in own if b.kind == "hole" and _closes(samples, key, b)][:_MARKED]
    marks = [Mark("kink", b.at, _value(xs, ys, b)) for b in [k for k in sampled.kinks if k.key == key][:_MARKED]]
    marks += [Mark("hole", b.at, _value(xs, ys, b)) for b in holes]
    marks = [m for m in marks if np.isfinite(m.y) and (m.y > 0 or not logarithmic)]
    poles = [b.at for b in own if b.kind == "pole"][:_MARKED]
    return Curve(label, xs, ys, samples.joined[key], marks, poles)


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


def _remarks(family: Sequence[_Sampled], name: str) -> list[str]:
    """What is to be said of the curves that are shown, a sentence each."""
    found: dict[tuple[str, str], list[str]] = {}
    for kind in _SAYS:
        for s in family:
            hidden = {(kink.at, _slope(kink.key)) for kink in s.kinks}
            breaks = s.kinks if kind == "kink" else [b for b in s.samples.breaks if (b.at, b.key) not in hidden]
            for key, label in s.labels.items():
                places = {b.at for b in breaks if b.key == key and kind in ("kink", b.kind)}
                if places:
                    found.setdefault((kind, _places(sorted(places), name)), []).append(label)
    remarks = [f"{listed(names)} {_SAYS[kind][len(names) > 1]} {where}" for (kind, where), names in found.items()]
    shown = [(label, s.samples.shown[key], s.samples.ys[key]) for s in family for key, label in s.labels.items()]
    below = [label for label, limits, ys in shown if limits.logarithmic and (ys <= 0).any()]
    if below:
        has = "has" if len(below) == 1 else "have"
        remarks.append(f"{listed(below)} {has} values that are not positive, which a logarithmic axis leaves out")
    return [*remarks, *goes_on([label for label, limits, _ in shown if limits.cut])]


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
