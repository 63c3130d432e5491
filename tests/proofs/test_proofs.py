"""The proofs of kernels: without any tool that tables and formulas are what they should be, and where Gappa and Sollya
are installed the short ones. `python -m tests.proofs` runs all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from exprgrad.numbers.pairs import circular, exponential, inverse, logarithm
from exprgrad.numbers.pairs import error as erf
from tests.proofs import circular as of_sine
from tests.proofs import error, roots
from tests.proofs import exponential as of_exp
from tests.proofs import inverse as of_atan
from tests.proofs import logarithm as of_log
from tests.proofs.forms import Form
from tests.proofs.recorder import Recorder
from tests.proofs.tools import Unproven, gappa, missing

needs_tools = pytest.mark.skipif(bool(missing()), reason=f"not installed: {', '.join(missing())}")


def _sample(n: int) -> list[int]:
    """Some of n places, the ends among them."""
    return sorted({0, n - 1, *random.Random(1).sample(range(n), min(n, 20))})


def _is_near(parts: Sequence[float], exact: Any, off: Fraction) -> bool:
    return abs(sum(map(mpmath.mpf, parts), mpmath.mpf()) - exact) <= mpmath.mpf(off.numerator) / off.denominator


def _relative(parts: Sequence[float]) -> Fraction:
    """What two doubles may leave of their sum."""
    return abs(Fraction(parts[0])) * Fraction(1, 2**105)


@mpmath.workprec(300)
def test_tables_of_pairs() -> None:
    pi = +mpmath.pi
    slope = 2 / mpmath.sqrt(pi)
    n = exponential.STEPS
    tables: list[tuple[Sequence[Sequence[float]], Any]] = [
        (exponential.tables(), lambda j: mpmath.mpf(2) ** (mpmath.mpf(j) / n)),
        (inverse._tables(), lambda j: mpmath.atan(mpmath.mpf(j) / inverse._STEPS)),
        (erf._tables()[:2], lambda j: mpmath.erf(mpmath.mpf(j) / erf._STEPS)),
        (erf._tables()[2:], lambda j: slope * mpmath.exp(-((mpmath.mpf(j) / erf._STEPS) ** 2))),
        (circular._tables()[:2], lambda j: mpmath.sin(pi * j / circular.STEPS) if j % circular.STEPS else 0),
    ]
    for columns, function in tables:
        for j in _sample(len(columns[0])):
            parts = [column[j] for column in columns]
            assert _is_near(parts, function(j), _relative(parts)), (parts, j)


@mpmath.workprec(300)
def test_tables_of_logarithms() -> None:
    for j in _sample(logarithm._PLACES):
        place = of_log.places()[j]
        assert _is_near((place.high, place.low), -mpmath.log(place.c), Fraction(1, 2**95))
        assert (Fraction(place.high) * 2**logarithm._GRID).denominator == 1
    assert _is_near(logarithm._two(), mpmath.log(2), Fraction(1, 2**95))


@pytest.mark.parametrize(
    ("parts", "most"),
    [
        (exponential._step()[1:3], round(exponential.NORMAL * exponential._step()[0])),
        (circular._step()[1:4], round(circular.FAR * circular._step()[0])),
        (logarithm._two()[:1], 1100),
    ],
    ids=["exp", "circular", "log"],
)
def test_whole_numbers_times_constants_are_exact(parts: Sequence[float], most: int) -> None:
    """A product with so many bits as a double has is exact."""
    for part in parts:
        assert Fraction(part).numerator.bit_length() + most.bit_length() <= 53


@pytest.mark.slow
@pytest.mark.parametrize("fuses", [True, False])
def test_kernels_compute_their_formulas(fuses: bool) -> None:
    """Without rounding; and their forms say what rounding does to them: both are asked for where a kernel is made."""
    for near, of_pair, less_one in of_log.CASES.values():
        of_log.Log(fuses, near, of_pair, less_one)
    for near in (True, False):
        error.Erf(fuses, near)
        of_atan.Angle(fuses, near, near)
    for sign, of_q in of_exp.CASES.values():
        for of_pair in (False, True):
            of_exp.Exp(fuses, sign, of_pair, of_q)
    for leading in (0, None, 1):
        of_sine.Turned(fuses, leading != 1, leading)
    roots.Root(fuses)


def test_a_slip_is_no_formula(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logarithm, "product_of", lambda w, x, y: (x * y, 0.0))
    with pytest.raises((AssertionError, AttributeError)):
        of_log.Log(True, False, False, False)


def test_first_digits_of_cube_roots() -> None:
    assert roots.first_digits() < Fraction(6, 100)


@needs_tools
def test_gappa_knows_what_is_exact_and_what_is_not() -> None:
    w = Recorder(True)
    x = w.variable()
    less, product = x - 1.0, x * x
    goals = {"less": w.rounding(less), "product": w.rounding(product)}
    found = gappa(w, goals, {x: (Fraction(1, 2), Fraction(2))})
    assert found["less"] == (0, 0)
    assert found["product"] == (-Fraction(1, 2**52), Fraction(1, 2**52))


@needs_tools
def test_gappa_proves_nothing_of_nothing() -> None:
    w = Recorder(True)
    x = w.variable()
    y = x + 1.0
    with pytest.raises(Unproven):
        gappa(w, {"x": Form.name(x.name)}, {x: (0, 1), y: (3, 4)})


@needs_tools
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_cube_roots_are_proven() -> None:
    assert max(result.share for result in roots.results((True,))) < 1


@needs_tools
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_angles_away_from_the_axis_are_proven() -> None:
    angle = of_atan.Angle(True, False, False)
    assert max(angle.share(box) for box in angle.boxes()) < 1
