"""The cube root: its first digits by bits, three steps of Halley's, and one of Newton's.

All but the first digits is the same for x times 8, so that x is from 1 to 8 here. Of y = a*(1 + d), a*a*a = x, an exact
step of Halley's makes a*(1 + d'), d' = d**3*(2 + d)/(2*(1 + d)**3 + 1), and one of Newton's of the kind that is taken
last d' = d*d*(1 + 2*d/3)/(1 + d)**2.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

import numpy as np

from exprgrad.numbers.pairs import roots
from exprgrad.numbers.pairs.arithmetic import Bounded
from tests.proofs.cases import Box, Kernel, Result, reader
from tests.proofs.lemmas import assumed
from tests.proofs.recorder import Recorder, Value
from tests.proofs.tools import gappa, size

_PARTS = 24
_BOUND = 2.0**-95


def first_digits() -> Fraction:
    """How far the first y is from the cube root, of numbers from 2**-900 to 2**900: between two numbers with 9 bits
    it grows from that of the one to that of the other, as the cube root does."""
    x = np.ldexp(np.arange(2**8, 2**9)[None, :] / 2.0**8, np.arange(-900, 901)[:, None]).ravel()
    x = np.append(x, 2.0**901)
    y = ((((x.view(np.int64) >> 32) * 0x5556 >> 16) << 32) + roots._THIRD).view(np.float64)
    roots_ = np.cbrt(x)
    assert np.all(np.diff(y) >= 0)
    most = max(np.max(y[1:] / roots_[:-1]) - 1, 1 - np.min(y[:-1] / roots_[1:]))
    return Fraction(float(most)) + Fraction(1, 2**40)


class Root:
    """A recorded cube root."""

    def __init__(self, fuses: bool) -> None:
        w = self.w = Recorder(fuses)
        self.x = w.variable()
        self.steps = [w.variable()]
        w.from_bits = iter(self.steps)
        with assumed(w, roots):
            found = roots.cube_root(w, self.x)
        self.steps += [v for v in w.all("*") if v.operands[1].kind == "/"]
        w.take(*self.steps)
        self.rest = next(v for v in w.all("-") if v.operands[0] is self.x)
        self.kernel = Kernel(w, Bounded(found, found.high * _BOUND), self._formula)

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        x, y = at(self.x), at(self.steps[-1])
        return y + (x - y**3) / (3 * y**2)

    def _boxes(self, y: Value, off: Fraction) -> Iterator[Box]:
        for i in range(_PARTS):
            low, high = (1 + Fraction(j, _PARTS) for j in (i, i + 1))
            yield {self.x: (low**3, high**3), y: (low * (1 - off), high * (1 + off))}

    def halley(self, i: int, off: Fraction) -> Fraction:
        """How far y is from the cube root after a step, if it was no further than that before."""
        y = self.steps[i + 1]
        self.w.taken -= {y.name}
        self.w.take()
        form = self.w.error(y)
        names, true = self.w.tried()
        x, before = names[self.x.name], names[self.steps[i].name]
        assert true[y.name] == before * (before**3 + 2 * x) / (2 * before**3 + x), "this is no step of Halley's"
        assert names[y.name] - true[y.name] == form.value(names)
        self.w.take(y)
        rounded = max(
            size(gappa(self.w, {"error": form}, box, [self.steps[i]])["error"]) / box[self.steps[i]][0]
            for box in self._boxes(self.steps[i], off)
        )
        # Over a, which is no more than y/(1 - off).
        return off**3 * (2 + off) / (2 * (1 - off) ** 3 + 1) + rounded * (1 + off)

    def newton(self, off: Fraction) -> Fraction:
        """The share of the bound that errors have at last."""
        y = self.steps[-1]
        most = (Fraction(8) * ((1 + off) ** 3 - 1 + Fraction(1, 2**100))) * 2
        boxes = [box | {self.rest: (-most, most)} for box in self._boxes(y, off)]
        around = {v: (min(b[v][0] for b in boxes), max(b[v][1] for b in boxes)) for v in boxes[0]}
        self.kernel.settle(around, [y])
        self.kernel.ordered(boxes)
        left = off**2 * (1 + off) / (1 - off) ** 2
        return max(self.kernel.share(box, left * box[y][1], [y]) for box in boxes)


def results(ways: tuple[bool, ...] = (True, False)) -> Iterator[Result]:
    """With fused multiplications, and without."""
    for fuses in ways:
        root = Root(fuses)
        off = first_digits()
        for i in range(len(root.steps) - 1):
            off = root.halley(i, off)
        yield Result.of("cbrt", "1 <= x <= 8", fuses, "2^-95 abs(result)", (float(root.newton(off)), _PARTS))
