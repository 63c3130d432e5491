"""The arithmetic of enclosures: every number is exact or lies in a ball, from the inputs to the end of a program.

A number is a fraction as long as it is one, which decides every condition; else a ball of Arb's, of which a condition
may be undecided: then all is computed again with twice the precision. What is no number, nan, an infinity or the zero
-0, is a rounded number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import product
from typing import Any, Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.numbers import ball_kernels, balls
from exprgrad.numbers.fractions import FRACTIONS, MPQ, bits, exactly, scaled
from exprgrad.numbers.rounded import FLOAT64, MPFR, Rounded, alike, wide
from exprgrad.numbers.scalars import ZERO, Float32, is_true
from exprgrad.numbers.undecided import BeyondError, NoBallsError, NoNumberError, UndecidedError

Enclosure = Any

# A fraction with more bits than this becomes a ball.
_LONGEST: Final = 2048
# What leaves the range of balls has an operand beyond this.
_FAR: Final = 1 << 40
# The bits of what is looked at without balls.
_NARROW: Final = 96
_ABSENT: Final = type(ZERO)
_at_work = threading.local()


@contextmanager
def in_balls(precision: int) -> Iterator[None]:
    """Where what is no fraction is a ball of so many bits. Elsewhere it raises a NoBallsError, so that what is computed
    with fractions alone needs no balls at all."""
    with balls.working(precision, ball_kernels.TERMS):
        _at_work.precision = precision
        try:
            yield
        finally:
            _at_work.precision = None


def _check_at_work() -> int:
    precision: int | None = getattr(_at_work, "precision", None)
    if precision is None:
        raise NoBallsError
    return precision


def constant(name: str) -> Enclosure:
    """What no fraction is, by its name: pi, tau, or the factor of degrees or radians."""
    _check_at_work()
    return ball_kernels.CONSTANTS[name]()


class Enclosures:
    """The arithmetic of enclosures (see `scalars.Arithmetic`)."""

    def number(self, x: Any) -> Enclosure:
        """A number of Python's or a rounded one, exactly; what is a fraction or a ball already is itself."""
        return _number(x.value if type(x) is Float32 else x)

    def kernel(self, op: Any) -> Callable[..., Enclosure]:
        return _Kernel(op).run

    @staticmethod
    def is_true(x: Enclosure) -> bool:
        if type(x) is MPFR:
            return is_true(x)
        return bool(x) if type(x) is MPQ else bool(ball_kernels.sign(x))


class _Kernel:
    """What computes an operation: with fractions where these give one, else with balls; and at a point where these find
    no finite ball, as at a pole, by the kernel of rounded numbers."""

    __slots__ = ("of_balls", "of_fractions", "op")

    def __init__(self, op: Any) -> None:
        self.op = op
        self.of_fractions: Callable[..., Any] | None = None
        self.of_balls: Callable[..., Any] | None = None
        with suppress(AttributeError, TypeError):
            self.of_fractions = _written_for(op, FRACTIONS)

    def run(self, *xs: Enclosure) -> Enclosure:
        kinds = {*map(type, xs)}
        if len(kinds) == 1 and MPQ in kinds and self.of_fractions is not None:
            try:
                found = self.of_fractions(*xs)
            except AttributeError:  # a kernel that asks of a number what fractions have not got
                self.of_fractions = None
            else:
                if type(found) is MPQ:
                    return found if bits(found) <= _LONGEST else self._ball(found)
                if found is not None:
                    return _number(found)
        if _ABSENT in kinds:  # what becomes a derivative
            return FLOAT64.nan if any([type(x) is MPFR and x.is_nan() for x in xs]) else MPQ(0)
        if MPFR not in kinds:
            return self._in_balls(xs, xs)
        if all([type(x) is not MPFR or x.is_zero() for x in xs]):  # -0
            return self._in_balls([MPQ(0) if type(x) is MPFR else x for x in xs], xs)
        return self._at(xs)

    @staticmethod
    def _ball(x: Enclosure) -> Enclosure:
        _check_at_work()
        return ball_kernels.of_fraction(x) if type(x) is MPQ else x

    def _in_balls(self, xs: Sequence[Enclosure], given: Sequence[Enclosure]) -> Enclosure:
        """The result in balls; `given` are the operands where those are taken for them."""
        _check_at_work()
        if self.of_balls is None:
            self.of_balls = self._for_balls()
        try:
            found = self.of_balls(*map(self._ball, xs))
        except NoNumberError:
            return FLOAT64.nan
        except UndecidedError:
            if not all([type(x) in (MPQ, MPFR) for x in given]):
                raise
            found = None
        except (ZeroDivisionError, ValueError):  # of series, whose first coefficient is no number
            found = None
        if type(found) in (float, MPFR) or found is ZERO:
            return _number(found)
        if found is None or not found.is_finite():
            return self._at(given)
        return _short(found) if found.is_exact() else found

    def _for_balls(self) -> Callable[..., Any]:
        name, attributes = self.op.reference
        try:
            if name in ball_kernels.OF_FAMILIES:
                return ball_kernels.OF_FAMILIES[name](*attributes)
            return _written_for(self.op, ball_kernels.BALLS)
        except (AttributeError, TypeError):
            raise UnsupportedError(f"{self.op.name} has no proven digits in this version") from None

    def _at(self, xs: Sequence[Enclosure]) -> Enclosure:
        """The result at a point, as rounded numbers have it. Of a ball both ends have to give it, of a fraction that is
        no rounded number those beside it, and only what is no number, or 0, may come of that."""
        if any([type(x) is not MPFR and not abs(x) < _FAR for x in xs]):
            raise BeyondError  # what is infinite there need be no pole
        precision = (getattr(_at_work, "precision", None) or _NARROW) + 40
        ends = [_ends(x, precision) for x in xs]
        found = [self._rounded(precision, points) for points in product(*ends)]
        first = found[0]
        if len(found) > 1 and not all([first is not ZERO and _same(first, x) for x in found]):
            raise UndecidedError
        if first is ZERO or not first.is_finite():
            return first
        if first.is_zero():
            return first if first.is_signed() else MPQ(0)
        if len(found) > 1:
            raise UndecidedError
        if self.op.exact:
            return exactly(first)
        _check_at_work()
        return ball_kernels.around(balls.ball_of(first), precision)

    def _rounded(self, precision: int, points: Sequence[Any]) -> Any:
        if self.op.partials is None:
            return self.op.float64(*points)
        return self.op.rounded(Rounded(precision))(*points)


def _written_for(op: Any, arithmetic: Any) -> Callable[..., Any]:
    """The kernel of an operation. What is not elementwise has for single numbers one that is written for a
    namespace."""
    kernel: Callable[..., Any] = op.rounded(arithmetic) if op.partials is not None else op.arrays(arithmetic)
    return kernel


def _same(x: Any, y: Any) -> bool:
    return bool(x.is_nan() and y.is_nan()) or alike(x, y)


def _ends(x: Enclosure, precision: int) -> list[Any]:
    """The rounded number that an operand is, or those on both sides of it; of a ball the ends, unless it holds 0."""
    if type(x) is MPFR:
        return [x]
    if type(x) is MPQ:
        near, c = rounded_middle(x, precision), wide(precision)
        off = exactly(near) - x
        return [near] if off == 0 else [near, c.next_below(near) if off > 0 else c.next_above(near)]
    if x.contains(0):
        raise UndecidedError
    return [balls.rounded_ball(wide(precision), end) for end in (x.lower(), x.upper())]


def rounded_middle(x: Enclosure, precision: int) -> Any:
    """The number of so many bits next to a fraction, or to the middle of a ball."""
    if type(x) is MPFR:
        return x
    if type(x) is MPQ:
        return wide(precision).add(x, FLOAT64.zero)
    return balls.rounded_ball(wide(precision), x.mid())


def _number(x: Any) -> Enclosure:
    """A number of Python's or a rounded one as an enclosure; what is none of these, but a fraction, a ball or a
    structural zero, is itself."""
    if type(x) not in (int, float, bool, MPFR):
        return x
    rounded = x if type(x) is MPFR else FLOAT64.number(x)
    return rounded if not rounded.is_finite() or (rounded.is_zero() and rounded.is_signed()) else exactly(x)


def _short(x: Any) -> Enclosure:
    """An exact ball as a fraction, unless that is a long one."""
    mantissa, exponent = map(int, x.man_exp())
    if mantissa.bit_length() + abs(exponent) > _LONGEST:
        return x
    return scaled(mantissa, exponent)


ENCLOSURES: Final = Enclosures()
