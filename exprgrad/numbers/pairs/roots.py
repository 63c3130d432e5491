"""The cube root. Its derivation is in docs/kernels.md."""

from __future__ import annotations

from typing import Final

from exprgrad.numbers.pairs.arithmetic import Lanes, Namespace, Pair, multiply_double, ordered_sum, product_of

# A third of the bits of a double is, but for this, nearly the bits of its cube root.
_THIRD: Final = 0x2A9F7893 << 32


def cube_root(w: Namespace, x: Lanes) -> Pair:
    """The cube root of 2**-900 < x < 2**900, with a relative error below 2**-95: Halley's iteration, of which each step
    trebles the digits, and a last one by Newton's, whose quotient of the rest is exact enough in doubles."""
    # A third by its bits: the high half times 0x5556, which is a little more than a third of 2**16.
    bits = ((w.bits(x) >> 32) * 0x5556 >> 16 << 32) + _THIRD
    y = w.of_bits(bits)
    for _ in range(3):
        cube = y * y * y
        y = y * ((cube + 2.0 * x) / (2.0 * cube + x))
    square = product_of(w, y, y)
    cube_ = multiply_double(w, square, y)
    rest = (x - cube_.high) - cube_.low
    return ordered_sum(y, rest / (3.0 * square.high))
