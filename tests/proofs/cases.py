"""A kernel's rounding errors, on boxes that are halved until what is shown of each is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any, NamedTuple

from exprgrad.numbers.pairs.arithmetic import Bounded, Pair
from tests.proofs.forms import Form
from tests.proofs.recorder import Recorder, U, Value
from tests.proofs.tools import Goal, Range, Unproven, gappa, least, size

# A box is not halved where errors are below this share of the bound, nor more often than this.
_ENOUGH = Fraction(19, 20)
_HALVINGS = 8
Box = dict[Value, Range]
# What a result should be without rounding, of the numbers without rounding.
Formula = Callable[[Mapping[str, Fraction]], Fraction]


class Result(NamedTuple):
    """What has been shown: of the bound that the code states errors are below this share."""

    kernel: str
    case: str
    bound: str
    share: float
    boxes: int

    @staticmethod
    def of(kernel: str, case: str, fuses: bool, bound: str, found: tuple[float, int]) -> Result:
        """One of two: with fused multiplications and without."""
        return Result(kernel, case if fuses else f"{case}, not fused", bound, *found)

    def __str__(self) -> str:
        return f"| {self.kernel} | {self.case} | {self.bound} | {self.share:.2f} | {self.boxes} |"


class Kernel:
    """What a function of pairs gave, recorded, and the bound with it. `formula` is what it should be without rounding,
    of the numbers without rounding."""

    def __init__(self, w: Recorder, found: Bounded, formula: Formula) -> None:
        self.w = w
        self.formula = formula
        high, low = (w.number(part) for part in found.pair)
        self.pair = Pair(high, low)
        self.bound = w.number(found.error)
        # The decision adds the bound to the low part, and takes it away, which rounds.
        self.ends = low + self.bound, low - self.bound
        self.decides = True
        self._settle([])

    def settle(self, around: Box, free: Iterable[Value] = ()) -> None:
        """Of roundings that are none on the box around all others, nothing is made any more."""
        goals: dict[str, Goal] = {
            v.at("q"): self.w.rounding(v) for v in self._used() if self.w.rounds(v) and v.name not in self.w.taken
        }
        found = gappa(self.w, goals, around, tuple(free))
        self._settle(["v" + name[1:] for name, ends in found.items() if ends == (0, 0)])
        self.around, self.free = around, tuple(free)

    def _settle(self, exact: list[str]) -> None:
        w = self.w
        w.settle(exact)
        self.error = w.error(self.pair.high) + w.error(self.pair.low)
        for seed in range(3):
            names, true = w.tried(seed)
            off = [names[v.name] - true[v.name] for v in self.pair]
            assert self.error.value(names) == sum(off), "the form is not what the number is off by"
            assert sum(true[v.name] for v in self.pair) == self.formula(true), "this is not what the code computes"

    def find(self, formula: Formula) -> Value:
        """The last number on the way that, without rounding, is what a formula says."""
        _, true = self.w.tried()
        wanted = formula(true)
        return next(v for v in reversed(self._used()) if true[v.name] == wanted)

    def _used(self) -> list[Value]:
        """The numbers of which the pair is made, in their order."""
        names, waiting = set(), [*self.pair]
        while waiting:
            v = waiting.pop()
            if v.name not in names:
                names.add(v.name)
                waiting += [x for x in v.operands if isinstance(x, Value) and v.name not in self.w.taken]
        return [v for name, v in self.w.values.items() if name in names]

    def share(self, box: Box, others: Fraction, free: Iterable[Value] = ()) -> Fraction:
        """The share of the bound that roundings have, with what others say."""
        assert all(self.around[v][0] <= low and high <= self.around[v][1] for v, (low, high) in box.items())
        goals: dict[str, Goal] = {"error": self.error, "bound": self.bound}
        goals |= {name: self.w.rounding(end) for name, end in zip(("up", "down"), self.ends, strict=True)}
        found = gappa(self.w, goals, box, tuple(free))
        bound = least(found["bound"])
        error = size(found["error"]) + others + (max(size(found["up"]), size(found["down"])) if self.decides else 0)
        return error / bound if bound else Fraction(1000)

    def ordered(self, boxes: Sequence[Box]) -> None:
        """That Fast2Sum gets what it asks for, on the box around all or on each."""
        for x, y in self.w.ordered.values():
            if not self._are_ordered(x, y, self.around):
                for box in boxes:
                    if not self._are_ordered(x, y, box):
                        raise Unproven(f"{x.name} and {y.name} are not in order")

    def _are_ordered(self, x: Value, y: Value, box: Box) -> bool:
        """Whether the first number is no less than the second one, or a multiple of its last place (S. Boldo, S.
        Graillat, J.-M. Muller, ACM TOMS 44 (2017) 4)."""
        found = gappa(self.w, {"more": (x, y), "x": x, "y": y}, box, self.free)
        if found["more"][0] >= 0 or (_is_half_square(y, x) and size(found["x"]) <= 1):
            return True
        place = int(1 / max(size(found["y"]), Fraction(1, 2**1000))).bit_length()
        try:
            gappa(self.w, {"y": y}, box, self.free, f"@FIX({x.name}, {1 - place - 53})")
        except Unproven:
            return False
        return True


def _is_half_square(y: Value, x: Value) -> bool:
    """Whether a number is half of another's square, or less that."""
    return y.kind == "times" and abs(y.operands[0]) <= Fraction(1, 2) and all(z is x for z in y.operands[1].operands)


class ByUnit(Kernel):
    """A kernel whose bound is a share of |a unit|, a cube, and one of the result: so are its errors."""

    def __init__(self, w: Recorder, found: Bounded, formula: Formula) -> None:
        super().__init__(w, found, formula)
        self.of_unit, self.of_result = self.bound.operands
        (self.unit,) = (v.operands[0] for v in w.all("abs") if v.operands[0].kind == "*")
        self.by_unit, self.rest = w.share_of(self.error, self.unit)
        names, _ = w.tried()
        again = names[self.unit.name] * self.by_unit.value(names) + self.rest.value(names)
        assert again == self.error.value(names), "a form is not its two parts"

    def share(self, box: Box, cut: Fraction, others: Fraction, free: Iterable[Value] = ()) -> Fraction:
        """`cut` is over |unit|, which is off by less than 2**-50 of it."""
        goals: dict[str, Goal] = {"unit": self.by_unit, "rest": self.rest, "result": self.of_result}
        goals |= {name: self.w.rounding(end) for name, end in zip(("up", "down"), self.ends, strict=True)}
        goals["factor"] = self._factor()
        found = gappa(self.w, goals, box, tuple(free))
        rest = size(found["rest"]) + others + max(size(found["up"]), size(found["down"]))
        more = 1 + 8 * U  # the bound is rounded, too
        by_unit = (size(found["unit"]) + cut * (1 + Fraction(1, 2**50))) / least(found["factor"]) * more
        return max(by_unit, rest / least(found["result"]) * more)

    def _factor(self) -> Form:
        """What |unit| is taken times in the bound."""
        factor, of_unit = self.of_unit.operands
        if of_unit.kind == "abs":
            return Form.number(factor)
        size_, other = of_unit.operands
        assert size_.kind == "abs"
        return Form.name(other.name) * factor


def _halves(box: Box, along: Value) -> Iterator[Box]:
    low, high = box[along]
    middle = (low + high) / 2
    for ends in ((low, middle), (middle, high)):
        yield box | {along: ends}


def _worst(box: Box, along: Sequence[Value], share: Callable[[Box], Fraction]) -> tuple[Fraction, int]:
    """The greatest share on a box, and on how many it was asked for."""
    greatest, count = Fraction(), 0
    waiting = [(box, 0)]
    while waiting:
        part, depth = waiting.pop()
        found = share(part)
        if found > _ENOUGH and depth < _HALVINGS:
            waiting += [(half, depth + 1) for half in _halves(part, along[depth % len(along)])]
            continue
        if found > 1:
            ends = {v.name: (float(a), float(b)) for v, (a, b) in part.items()}
            raise Unproven(f"{float(found)} of the bound where {ends}")
        greatest, count = max(greatest, found), count + 1
    return greatest, count


def worst(boxes: Iterable[Box], along: Sequence[Value], share: Callable[[Box], Fraction]) -> tuple[float, int]:
    """The same of several boxes, halved along some numbers in turn."""
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda box: _worst(box, along, share), boxes))
    return float(max(share for share, _ in found)), sum(count for _, count in found)


def octaves(low: Any, high: Any, factor: int = 2) -> Iterator[Range]:
    """From low up to high by so many times as much, of either sign."""
    low, high = Fraction(low), Fraction(high)
    while low < high:
        middle = min(factor * low, high)
        yield low, middle
        yield -middle, -low
        low = middle


def reader(true: Mapping[str, Fraction]) -> Callable[[Any], Fraction]:
    """What a number is without rounding, of those recorded and of others."""
    return lambda x: true[x.name] if isinstance(x, Value) else Fraction(x)


def spread(numbers: Iterable[float]) -> Range:
    """The least and the greatest."""
    found = [*map(Fraction, numbers)]
    return min(found), max(found)


def power(x: Fraction, bits: int) -> Fraction:
    """A number above x that has few bits."""
    step = Fraction(2) ** (x.numerator.bit_length() - x.denominator.bit_length() - bits)
    return (x // step + 1) * step


def hull(boxes: Iterable[Box]) -> Box:
    """The least box around others."""
    found: Box = {}
    for box in boxes:
        for v, (low, high) in box.items():
            before = found.get(v, (low, high))
            found[v] = (min(before[0], low), max(before[1], high))
    return found
