"""Operations on pairs, taken as what their authors prove: x op y times 1 + e, rounded to a pair.

M. Joldes, J.-M. Muller, V. Popescu, ACM TOMS 44 (2017) 15, with the shares that `pairs/arithmetic.py` states.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from types import ModuleType
from typing import Any
from unittest.mock import patch

from exprgrad.numbers.pairs.arithmetic import Pair
from tests.proofs.forms import Form
from tests.proofs.recorder import Recorder, U, Value

# In u*u, with what the terms of higher order add.
SHARES = {"add": 3, "add_smaller": 8, "add_double": 2, "multiply": 7, "multiply_double": 3, "divide": 22}
MORE = Fraction(1001, 1000)


@contextmanager
def assumed(w: Recorder, module: ModuleType) -> Iterator[None]:
    """A module whose operations on pairs are recorded as one each."""
    kinds = {"add": "+", "add_smaller": "+", "add_double": "+", "multiply": "*", "multiply_double": "*", "divide": "/"}
    doubles = {"add_double", "multiply_double"}

    def operation(name: str) -> Any:
        def recorded(*operands: Any) -> Pair:
            x, y = operands[-2:]
            y = Pair(y, 0.0) if name in doubles else y
            return pair(w, kinds[name], total(w, x), total(w, y), SHARES[name])

        return recorded

    with patch.multiple(module, **{name: operation(name) for name in kinds if hasattr(module, name)}):
        yield


def total(w: Recorder, x: Pair) -> Value:
    """high + low, of which the low part must be what is left of the sum where the high one is rounded."""
    high, low = w.number(x.high), w.number(x.low)
    if low.is_constant(0):
        return high
    if high.is_constant() and low.is_constant():
        assert float(high.exact + low.exact) == float(high.exact)
        return w.number(high.exact + low.exact)
    assert (high.name, low.name) in w.pairs or _halved(w, high, low), "an operation has a pair that is not rounded"
    return Value(w, "total", (high, low))


def _halved(w: Recorder, high: Value, low: Value) -> bool:
    """Whether a pair is another one, negative or scaled, or what an exact operation gives."""
    if high.kind == low.kind == "times" and high.operands[0] == low.operands[0]:
        return (high.operands[1].name, low.operands[1].name) in w.pairs or _halved(
            w, *(v.operands[1] for v in (high, low))
        )
    return low.kind == "rest" and low.operands[0] is high


def pair(w: Recorder, kind: str, x: Value, y: Value, share: int) -> Pair:
    """What an operation on pairs gives."""
    found = Value(w, "lemma", (kind, x, y))
    w.shares[found.name] = share * U * U * MORE
    high = w.made("round", found)
    low = Value(w, "rest", (high,))
    return Pair(high, low)


def table(w: Recorder, off: Fraction) -> Pair:
    """A pair from a table: a number rounded, and what is left of it, off by no more than that."""
    high = w.variable()
    w.rounded.add(high.name)
    high.form = Form.name(high.at("d")) + w.rounding(high)
    w.within[high.at("d")] = off
    return Pair(high, Value(w, "rest", (high,)))


def operand(w: Recorder) -> Pair:
    """A pair that a function is given, as it is."""
    high, low = w.variable(), w.variable()
    w.pairs.add((high.name, low.name))
    return Pair(high, low)
