"""Operations on pairs that are not their authors' to the letter: the product of pairs, and that with a double.

Both are the same for operands times powers of two, so that high parts are from 1 to 2 here and low parts are up to half
of their last place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from exprgrad.numbers.pairs import arithmetic
from exprgrad.numbers.pairs.arithmetic import Bounded, Pair
from tests.proofs.cases import Box, Kernel, Result, hull, reader, worst
from tests.proofs.lemmas import MORE, SHARES
from tests.proofs.recorder import Recorder, U

_PARTS = 8


class Product:
    """A recorded product of a pair and a pair or a double."""

    def __init__(self, fuses: bool, of_double: bool) -> None:
        self.of_double = of_double
        w = self.w = Recorder(fuses)
        self.x, self.y = Pair(w.variable(), w.variable()), Pair(w.variable(), 0.0 if of_double else w.variable())
        if of_double:
            self.share_ = SHARES["multiply_double"]
            found = arithmetic.multiply_double(w, self.x, self.y.high)
        else:
            self.share_ = SHARES["multiply"]
            found = arithmetic.multiply(w, self.x, self.y)
        # As it is taken where operations are lemmas.
        self.kernel = Kernel(w, Bounded(found, found.high * float(self.share_ * MORE * U * U)), self._formula)
        self.kernel.decides = False

    def _formula(self, true: Mapping[str, Fraction]) -> Fraction:
        at = reader(true)
        (x, x_low), (y, y_low) = ((at(pair.high), at(pair.low)) for pair in (self.x, self.y))
        return x * y + x * y_low + x_low * y

    def boxes(self) -> Iterator[Box]:
        for i in range(_PARTS):
            for j in range(_PARTS):
                x, y = ((1 + Fraction(n, _PARTS), 1 + Fraction(n + 1, _PARTS)) for n in (i, j))
                box = {self.x.high: x, self.x.low: (-U, U), self.y.high: y}
                yield box if self.of_double else box | {self.y.low: (-U, U)}

    def share(self, box: Box) -> Fraction:
        return self.kernel.share(box, Fraction() if self.of_double else U * U)


def results() -> Iterator[Result]:
    for of_double in (True, False):
        for fuses in (True, False):
            product = Product(fuses, of_double)
            boxes = [*product.boxes()]
            product.kernel.settle(hull(boxes))
            product.kernel.ordered(boxes)
            found = worst(boxes, [product.y.high], product.share)
            case = "pair times double" if of_double else "pair times pair"
            yield Result.of("pairs", case, fuses, f"{product.share_} u^2 abs(result)", found)
