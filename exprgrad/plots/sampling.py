"""Where curves are computed: close together where they bend, and from both sides up to where they break.

Derivatives are known at each point, which is what tells a curve that is flat from one that oscillates between two
points, and a kink from a bend: a kink is where the derivative jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np

from exprgrad.derivatives import OutputKey
from exprgrad.plots.axis import Axis
from exprgrad.records import NamedTuple

Columns = dict[OutputKey, Any]
Evaluate = Callable[[Any], Columns]
# What becomes of a curve at a place: it leaps from one value to another, leaves to infinity, or has no value there,
# alone or on one side.
Kind = Literal["jump", "pole", "hole", "edge"]

# So many points at first, in equal distances, and about so many round numbers, where kinks like to be.
_FIRST: Final = 601
_ROUND: Final = 121
# So many points at the most, after so many halvings of the distances.
POINTS: Final = 8000
_HALVINGS: Final = 12
# What is seen of a curve, as a part of the height of its picture.
_SEEN: Final = 0.002
# From what is seen on a difference between two neighbours may be a jump, or where it is so large a part of the values,
# and more than what is due to rounding; where there are more of them, nobody sees each.
_LEAP: Final = _SEEN
_PART: Final = 0.05
_LEAST: Final = 1e-5
_LEAPS: Final = 600
# Where it is one the curve is so much steeper than on one side of it.
_STEEPER: Final = 3.0
# At these places of an interval, and over these parts of it, a curve is tried for noise. It is noise where it leaves a
# straight line over the smaller parts by so much of what it does in all of it, as it would over as many halvings, and
# so it is for most of so many neighbours.
_TRIED: Final = (0.31, 0.72)
_PARTS: Final = (0.25, 0.03, 0.017, 0.009, 0.004)
_AS_ROUGH: Final = 0.1
_NEIGHBOURS: Final = 9
# A bracket is halved so often. What the difference of its ends is when it is so narrow, as a part of the range, is the
# same in the end where there is a jump, or half of it where a point hits the jump and has the middle for a value; it
# shrinks by more than this factor where there is none. At a pole the curve makes more than this part of it on its last
# way there, goes one way over so many distances to it, and by many times more than beside the bracket.
_ROUNDS: Final = 60
_NARROW: Final = 2.0**-20
_SHRUNK: Final = 0.4
_ON_THE_WAY: Final = 0.05
_DISTANCES: Final = 8
_GROWN: Final = 20.0
# A difference that has shrunk to this part of what it was is none.
_GONE: Final = 0.03
# Where so many values in a row differ by nothing that is seen a curve has come to its end.
_STILL: Final = 4
# So far beyond the picture, in heights, a curve need not be followed.
_FAR: Final = 20.0
# Points closer together than this part of the range are kept only where a curve breaks.
_CLOSE: Final = 1e-6
# Between two brackets of one place lies no more than this part of the range.
_SAME: Final = 1e-9
# Of a curve with a pole what lies between these of its values, and a part of the distance between them on either
# side, is shown.
_COMMON: Final = (0.08, 0.92)
_MARGIN: Final = 0.35
# Values closer together than this part of their size differ by rounding.
_EQUAL: Final = 1e-12


# Of several at one place.
_FIRST_COMES: Final[dict[Kind, int]] = {"pole": 0, "jump": 1, "hole": 2, "edge": 3}


class Break(NamedTuple):
    """A place where a curve breaks, between two neighbouring points, and the roundest number there; or the point that
    hits it, between those beside it."""

    key: OutputKey
    kind: Kind
    left: float
    right: float
    at: float


class Limits(NamedTuple):
    """The values between which a curve is shown; `cut` says that it has others. On a `logarithmic` axis they are above
    0."""

    low: float
    high: float
    cut: bool
    logarithmic: bool = False

    def place(self, y: Any) -> Any:
        """Where values lie: 0 at the low limit, 1 at the high one."""
        return Axis(self.low, self.high, self.logarithmic).place(y)

    def steepness(self, y: Any, slope: Any) -> Any:
        """How fast the places of values change that have these derivatives."""
        if self.logarithmic:
            return slope / y / (np.log(self.high) - np.log(self.low))
        return slope / (self.high - self.low)

    def between(self, a: Any, b: Any) -> Any:
        """How far values are apart, in heights."""
        height = self.high / 2 - self.low / 2
        with np.errstate(all="ignore"):
            return np.abs(b / 2 / height - a / 2 / height)


class Samples(NamedTuple):
    """Curves at points in order: the values of each by its key, and whether a line joins each point to the next. Where
    they break is told by their `limits`; `shown` are the same, or for results those on a logarithmic axis."""

    xs: Any
    ys: Columns
    joined: Mapping[OutputKey, Any]
    breaks: Sequence[Break]
    limits: Mapping[OutputKey, Limits]
    shown: Mapping[OutputKey, Limits]


def sampled(evaluate: Evaluate, axis: Axis, given: Sequence[float] = (), logarithmic: bool = False) -> Samples:
    """Curves over an axis, computed at the points that are `given` and nowhere else; where none are, they are chosen.
    Results are upright on a `logarithmic` axis or not."""
    return _Sampling(evaluate, axis, given, logarithmic).samples()


class _Sampling:
    """The points so far, in order, and the values there."""

    def __init__(self, evaluate: Evaluate, axis: Axis, given: Sequence[float], logarithmic: bool) -> None:
        self.evaluate = evaluate
        self.axis = axis
        self.logarithmic = logarithmic
        self.chooses = not len(given)
        self.even = np.unique(axis.points(_FIRST) if self.chooses else given)
        linear = axis._replace(logarithmic=False)
        round_ones = [*axis.round_numbers(_ROUND), *linear.round_numbers(_ROUND)]
        inner = [x for x in round_ones if axis.low <= x <= axis.high] if self.chooses else []
        self.xs = np.unique(np.concatenate([self.even, inner]))
        self.ys = evaluate(self.xs)
        self.leaps: list[Break] = []
        self.ends: list[Break] = []
        self.first = self.xs
        self.noise = {key: np.zeros(len(self.xs) - 1, bool) for key in self.ys}
        self.limits: dict[OutputKey, Limits] = {}
        self.shown: dict[OutputKey, Limits] = {}

    def samples(self) -> Samples:
        if self.chooses:
            self._choose()
        else:
            self._find_holes()
        self._limit()
        breaks = self._breaks()
        joined = {key: self._joined(key, breaks) for key in self.ys}
        return Samples(self.xs, self.ys, joined, breaks, self.limits, self.shown)

    def _choose(self) -> None:
        """Computes the curves where they bend and break."""
        self._limit()
        self._find_noise()
        for _ in range(3):
            self._limit()
            self._refine()
            self._find_breaks()
            if self._limits() == self.limits:
                break

    def _add(self, xs: Any) -> None:
        """Computes the curves at more points."""
        new = np.setdiff1d(xs, self.xs)
        found = self.evaluate(new)
        order = np.argsort(np.concatenate([self.xs, new]), kind="stable")
        self.xs = np.concatenate([self.xs, new])[order]
        self.ys = {key: np.concatenate([y, found[key]])[order] for key, y in self.ys.items()}

    # -- limits -----------------------------------------------------------------------------------------------------

    def _limits(self) -> dict[OutputKey, Limits]:
        return self._each(limits_of)

    def _limit(self) -> None:
        self.limits = self.shown = self._limits()
        if self.logarithmic:
            above = self._each(limits_above_zero)
            self.shown = {key: x if key[1] else above[key] for key, x in self.limits.items()}

    def _each(self, of: Callable[[Any, Any, bool], Limits]) -> dict[OutputKey, Limits]:
        at = np.searchsorted(self.xs, self.even)
        poles = {b.key for b in [*self.leaps, *self.ends] if b.kind == "pole"}
        return {key: of(y, at, key in poles) for key, y in self.ys.items()}

    # -- noise ------------------------------------------------------------------------------------------------------

    def _find_noise(self) -> None:
        """Finds where a curve is due to rounding: it is as rough over a small part of an interval as over all of it, so
        that halving comes to no end. A jump or a kink is at one place, and a fast oscillation ends."""
        near = np.ones(_NEIGHBOURS)
        rough = np.any([(self._leaves(key) > 0) | self._leaps(key) for key in self.ys], axis=0)
        at = np.flatnonzero(np.convolve(rough, near, "same"))
        if not len(at):
            return
        a, b = self.xs[at], self.xs[at + 1]
        inside = np.array([[p - q, p, p + q] for p in _TRIED for q in _PARTS])
        found = self.evaluate((a + (b - a) * inside.reshape(-1, 1)).ravel())
        for key, y in self.ys.items():
            values = found[key].reshape(len(_TRIED), len(_PARTS), 3, len(at))
            with np.errstate(all="ignore"):
                bent = np.abs(values[:, :, 0] / 2 + values[:, :, 2] / 2 - values[:, :, 1])
                whole = np.fmax(np.abs(y[at + 1] / 2 - y[at] / 2), bent.max(axis=(0, 1)))
                is_noise = (bent[:, 1:].max(axis=1) > _AS_ROUGH * whole).all(axis=0) & (whole < np.inf)
            tried = np.zeros(len(rough))
            tried[at] = is_noise
            self.noise[key] = np.convolve(tried, near, "same") > np.convolve(tried * 0 + 1, near, "same") / 2

    def _is_noise(self, key: OutputKey) -> Any:
        """Which intervals lie in noise."""
        return self.noise[key][np.searchsorted(self.first, self.xs[:-1], "right") - 1]

    # -- bends ------------------------------------------------------------------------------------------------------

    def _refine(self) -> None:
        """Halves the distances where curves bend, or do not lead where their derivatives say."""
        for halving in range(_HALVINGS):
            wanted = self._bends()
            places = self.axis.place(self.xs)
            wanted[np.diff(places) < 2.0**-halving / _FIRST / 2] = 0.0
            room = POINTS - len(self.xs)
            chosen = np.flatnonzero(wanted > 0)
            if not len(chosen) or room <= 0:
                return
            if len(chosen) > room:
                chosen = chosen[np.argsort(-wanted[chosen], kind="stable")[:room]]
            self._add(self._between(self.xs[chosen], self.xs[chosen + 1]))

    def _bends(self) -> Any:
        """For each interval by how much more than is seen a curve leaves the straight line there, 0 where none does."""
        each = [np.where(self._is_noise(key), 0.0, self._leaves(key)) for key in self.ys]
        return np.max(each, axis=0) if each else np.zeros(len(self.xs) - 1)

    def _leaves(self, key: OutputKey) -> Any:
        """By how much more than is seen one curve does."""
        y = self.ys[key]
        wanted = np.zeros(len(self.xs) - 1)
        steps = np.diff(self.axis.place(self.xs))
        v = np.clip(self.shown[key].place(y), -0.5, 1.5)
        with np.errstate(all="ignore"):
            straight = v[:-2] + (v[2:] - v[:-2]) * (steps[:-1] / (steps[:-1] + steps[1:]))
            off = np.abs(v[1:-1] - straight)
        off = np.where(off > _SEEN, off, 0.0)  # nan is not greater
        wanted[:-1] = off
        wanted[1:] = np.maximum(wanted[1:], off)
        wanted = np.maximum(wanted, self._misled(key, v))
        finite = np.isfinite(y)
        wanted[finite[:-1] != finite[1:]] = 1.0
        return wanted

    def _misled(self, key: OutputKey, v: Any) -> Any:
        """By how much a curve is elsewhere at the end of an interval than where its derivative leads it."""
        name, multi = key
        slope = self.ys.get((name, (0, *multi)))
        if slope is None:
            return np.zeros(len(v) - 1)
        with np.errstate(all="ignore"):
            steepness = self.shown[key].steepness(self.ys[key], slope)
            led = np.diff(self.xs) * (steepness[:-1] / 2 + steepness[1:] / 2)
            off = np.abs(np.diff(v) - led)
            inside = ((v >= 0) & (v <= 1))[:-1] | ((v >= 0) & (v <= 1))[1:]
        return np.where((off > 4 * _SEEN) & inside, np.minimum(off, 1.0), 0.0)

    def _between(self, a: Any, b: Any) -> Any:
        """The middles of intervals, as they lie on the axis."""
        if self.axis.logarithmic:
            return np.copysign(np.sqrt(np.abs(a)) * np.sqrt(np.abs(b)), a)
        return a / 2 + b / 2

    # -- breaks -----------------------------------------------------------------------------------------------------

    def _find_breaks(self) -> None:
        self.ends = []
        for key in list(self.ys):
            finite = np.isfinite(self.ys[key])
            ends = np.flatnonzero(finite[:-1] != finite[1:])
            if 0 < len(ends) <= _LEAPS:
                self._follow(key, ends)
        for key in list(self.ys):
            leaps = np.flatnonzero(self._leaps(key) & ~self._is_noise(key))
            if 0 < len(leaps) <= _LEAPS:
                self._bisect(key, leaps)
        self._share_poles()

    def _find_holes(self) -> None:
        """The places without a value among points, of which each neighbour has one: all that is sure without more of
        them."""
        for key, y in self.ys.items():
            finite = np.isfinite(y)
            for i in np.flatnonzero(finite[:-2] & ~finite[1:-1] & finite[2:]) + 1:
                at = float(self.xs[i])
                self.ends.append(Break(key, "pole" if np.isinf(y[i]) else "hole", at, at, at))

    def _leaps(self, key: OutputKey) -> Any:
        """In which intervals a curve may jump: it is much steeper there than on one side of it, or leads from far
        above the limits to far below."""
        y = self.ys[key]
        v = self.limits[key].place(y)
        with np.errstate(all="ignore"):
            rise = np.abs(np.diff(v))
            steep = rise / np.diff(self.axis.place(self.xs))
            around = np.fmin(np.append(np.nan, steep[:-1]), np.append(steep[1:], np.nan))
            part = np.abs(np.diff(y)) / np.fmax(np.abs(y[:-1]), np.abs(y[1:]))
            leap = ((rise > _LEAP) | ((part > _PART) & (rise > _LEAST))) & (steep > _STEEPER * around)
            leap |= (rise > 1) & (np.sign(v[:-1] - 0.5) != np.sign(v[1:] - 0.5))
            leap &= np.isfinite(rise)
        for known in self.leaps:
            if known.key == key:
                leap &= ~((self.xs[:-1] >= known.left) & (self.xs[1:] <= known.right))
        return leap

    def _bisect(self, key: OutputKey, intervals: Any) -> None:
        """Halves brackets, keeping the half in which a curve differs more, down to neighbouring doubles or until the
        difference has gone."""
        a, b = self.xs[intervals], self.xs[intervals + 1]
        ya, yb = self.ys[key][intervals], self.ys[key][intervals + 1]
        span = self._span(a)
        limits = self.limits[key]
        first = differs = limits.between(ya, yb)
        all_of_them = np.concatenate([[np.nan], limits.between(self.ys[key][:-1], self.ys[key][1:]), [np.nan]])
        around = np.nan_to_num(np.fmin(all_of_them[intervals], all_of_them[intervals + 2]))
        midway = first.copy()
        kept: list[Any] = []
        open_ = np.ones(len(a), bool)
        for _ in range(_ROUNDS):
            m = a / 2 + b / 2
            # Between two signs doubles have no end.
            alive = open_ & (m > a) & (m < b) & ((b - a > span * 2.0**-52) | (a > 0) | (b < 0))
            if not alive.any():
                break
            ym = np.full(len(a), np.nan)
            ym[alive] = self.evaluate(m[alive])[key]
            lost = alive & ~np.isfinite(ym)  # there is no value: it is followed from both sides
            alive, open_ = alive & ~lost, open_ & ~lost
            kept += [m[lost], m[alive & (b - a > span * _CLOSE)]]
            lower = limits.between(ya, ym) >= limits.between(ym, yb)
            b, yb = np.where(alive & lower, m, b), np.where(alive & lower, ym, yb)
            a, ya = np.where(alive & ~lower, m, a), np.where(alive & ~lower, ym, ya)
            differs = limits.between(ya, yb)
            midway = np.where(b - a > span * _NARROW, differs, midway)
            open_ &= differs >= _GONE * first
        breaks = open_ & (differs >= _SHRUNK * midway) & (differs > _LEAST)
        a, b, around, differs = a[breaks], b[breaks], around[breaks], differs[breaks]
        far = span[breaks] * _NARROW
        # Beyond the neighbours of the bracket: one of its ends may be a point that hits the jump.
        next_ones = np.fmin(a - (b - a), np.nextafter(a, -np.inf)), np.fmax(b + (b - a), np.nextafter(b, np.inf))
        values = [self._towards(key, *pair) for pair in ((a - far, next_ones[0]), (b + far, next_ones[1]))]
        ways = [self._way(side, limits) for side in values]
        poles = (np.nansum(ways, axis=0) > _ON_THE_WAY * differs) & (differs > _GROWN * around)
        # Where an end hits the jump, the other side of the place is beyond it.
        ya, yb = ya[breaks], yb[breaks]
        beyond = (ya, values[0][-1]), (yb, values[1][-1])
        hits = [~poles & (limits.between(*pair) > _SHRUNK * differs) for pair in beyond]
        lefts, rights = np.where(hits[0], next_ones[0], a), np.where(hits[1], next_ones[1], b)
        between = [roundest(*pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]
        ats = np.where(hits[0], a, np.where(hits[1], b, between))
        for left, right, at, is_pole in zip(*[x.tolist() for x in (lefts, rights, ats, poles)], strict=True):
            kept += self._broken(Break(key, "pole" if is_pole else "jump", left, right, at))
        if kept:
            self._add(np.concatenate([np.atleast_1d(x) for x in kept]))

    def _towards(self, key: OutputKey, far: Any, near: Any) -> Any:
        """The values of a curve from far to near, where distances to what is near shrink by one factor, a row for each
        distance; those beyond the ends of the axis are the ends."""
        parts = (2.0**-20) ** (np.arange(_DISTANCES) / (_DISTANCES - 1))
        parts[-1] = 0.0
        xs = np.clip(near + (far - near) * parts.reshape(-1, 1), self.axis.low, self.axis.high)
        return self.evaluate(xs.ravel())[key].reshape(xs.shape)

    def _way(self, side: Any, limits: Limits) -> Any:
        """How far a curve goes on its last way, where it goes one way: noise goes back and forth."""
        with np.errstate(all="ignore"):
            signs = np.sign(np.diff(side, axis=0))
        goes = (signs >= 0).all(axis=0) | (signs <= 0).all(axis=0)
        return np.where(goes, limits.between(side[0], side[-1]), 0.0)

    def _broken(self, found: Break) -> list[float]:
        """Adds a break; the points that it needs."""
        self.leaps.append(found)
        return [found.left, found.right, found.at]

    def _breaks(self) -> list[Break]:
        """The breaks in order. What stands at one place is one: a point that hits a jump has one on either side, and
        beside a pole a curve differs much."""
        found: list[Break] = []
        for b in sorted([*self.leaps, *self.ends], key=lambda b: (_FIRST_COMES[b.kind], b.at, b.key)):
            same = [i for i, a in enumerate(found) if a.key == b.key and abs(a.at - b.at) <= self._span(a.at) * _SAME]
            for i in same:
                first = found[i]
                found[i] = first._replace(left=min(first.left, b.left), right=max(first.right, b.right))
            if not same:
                found.append(b)
        return sorted(found, key=lambda b: (b.at, b.key))

    def _follow(self, key: OutputKey, intervals: Any) -> None:
        """Follows a curve to where its values end, until it is seen where it leads, or far beyond the limits."""
        limits, y = self.limits[key], self.ys[key]
        from_left = np.isfinite(y)[intervals]
        inner = np.where(from_left, self.xs[intervals], self.xs[intervals + 1])
        outer = np.where(from_left, self.xs[intervals + 1], self.xs[intervals])
        v = limits.place(np.where(from_left, y[intervals], y[intervals + 1]))
        still = np.zeros(len(v))
        span = self._span(self.xs[intervals + 1])
        alive = np.ones(len(v), bool)
        kept: list[Any] = []
        for _ in range(_ROUNDS):
            m = inner / 2 + outer / 2
            alive = alive & (m != inner) & (m != outer) & (np.abs(outer - inner) > span * 2.0**-50)
            if not alive.any():
                break
            ym = np.full(len(v), np.nan)
            ym[alive] = self.evaluate(m[alive])[key]
            kept.append(m[alive])
            has = alive & np.isfinite(ym)
            with np.errstate(all="ignore"):
                w = limits.place(ym)
                still = np.where(has, np.where(np.abs(w - v) < _SEEN / 4, still + 1, 0), still)
            v = np.where(has, w, v)
            inner = np.where(has, m, inner)
            outer = np.where(alive & ~has, m, outer)
            alive &= (still < _STILL) & (np.abs(v - 0.5) < _FAR)
        if kept:
            self._add(np.concatenate(kept))
        for last, beyond, value in zip(inner, outer, v, strict=True):
            self._ended(key, float(last), float(beyond), abs(value - 0.5) >= _FAR)

    def _ended(self, key: OutputKey, last: float, beyond: float, is_far: bool) -> None:
        """Says what a curve comes to that has a value at one place, and none beyond."""
        y = self.ys[key]
        i, k = (int(np.searchsorted(self.xs, x)) for x in (last, beyond))
        following = 2 * k - i
        after = y[following] if 0 <= following < len(y) else np.nan
        if np.isinf(y[k]):
            is_far = not np.isinf(after)  # more of them are what overflows
        if not is_far and not _has_neighbour(np.isfinite(y))[i]:
            return
        at = beyond if np.isinf(y[k]) or np.isfinite(after) else roundest(*sorted([last, beyond]))
        kind: Kind = "pole" if is_far else "hole" if np.isfinite(after) else "edge"
        self.ends.append(Break(key, kind, at, at, at))

    def _share_poles(self) -> None:
        """What is far beyond what is common where another curve has a pole has one as well: the two sides of 1/x^2 do
        not differ, but those of its derivative do."""
        at = np.searchsorted(self.xs, self.even)
        common = {key: limits_of(y, at, has_pole=True) for key, y in self.ys.items()}
        for pole in [b for b in [*self.leaps, *self.ends] if b.kind == "pole"]:
            ends = np.searchsorted(self.xs, [pole.left, pole.right])
            for key, y in self.ys.items():
                near = y[ends][np.isfinite(y[ends])]
                if key != pole.key and len(near) and (np.abs(common[key].place(near) - 0.5) > _FAR).any():
                    self._broken(pole._replace(key=key))

    def _span(self, x: Any) -> Any:
        """Half of the range, or of what it would be if it were as wide everywhere as at these points."""
        return np.abs(self.axis.stretch(x)) + np.zeros(np.shape(x))

    # -- lines ------------------------------------------------------------------------------------------------------

    def _joined(self, key: OutputKey, breaks: Sequence[Break]) -> Any:
        finite = np.isfinite(self.ys[key])
        joined = finite[:-1] & finite[1:]
        for broken in breaks:
            if broken.key == key and broken.kind in ("jump", "pole"):
                joined &= ~((self.xs[:-1] >= broken.left) & (self.xs[1:] <= broken.right))
        return joined


def limits_of(y: Any, even: Any, has_pole: bool) -> Limits:
    """What is shown of a curve's values; `even` are the positions of those at points in equal distances."""
    belongs = _has_neighbour(np.isfinite(y))
    finite, common = y[belongs], y[even][belongs[even]]
    cut = bool(np.isinf(y).any())  # a value that is no double lies beyond all that is shown
    if not len(finite):
        return Limits(-1.0, 1.0, cut)
    low, high = float(finite.min()), float(finite.max())
    if (has_pole or cut) and len(common):
        first, last = (float(x) for x in np.quantile(common, _COMMON))
        margin = (last - first) * _MARGIN
        inner = max(low, first - margin), min(high, last + margin)
        cut, (low, high) = cut or inner != (low, high), inner
    return Limits(*widened(low, high), cut)


def limits_above_zero(y: Any, even: Any, has_pole: bool) -> Limits:
    """What is shown of them on a logarithmic axis, which a curve leaves on its way to 0 as it does at a pole."""
    with np.errstate(all="ignore"):
        logarithms = np.log(np.where(y > 0, y, np.nan))
        found = limits_of(logarithms, even, has_pole or bool((y <= 0).any()))
        return Limits(max(float(np.exp(found.low)), 5e-324), min(float(np.exp(found.high)), 1.7e308), found.cut, True)


def _has_neighbour(finite: Any) -> Any:
    """Which values belong to a curve: one alone among nans is none."""
    return finite & (np.append(False, finite[:-1]) | np.append(finite[1:], False))


def widened(low: float, high: float) -> tuple[float, float]:
    """The same limits, apart where they are one value but for rounding."""
    size = max(abs(low), abs(high))
    if high / 2 - low / 2 > _EQUAL * size:
        return low, high
    middle = low / 2 + high / 2
    return middle - (abs(middle) or 1.0), min(middle + (abs(middle) or 1.0), 1.7e308)


def roundest(low: float, high: float) -> float:
    """The number with the fewest digits between two neighbours, both included."""
    if low <= 0 <= high:
        return 0.0
    for digits in range(17):
        for x in (low, high):
            short = float(f"{x:.{digits}e}")
            if low <= short <= high:
                return short
    return low
