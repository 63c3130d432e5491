"""The functions that the native engine has of its own."""

from __future__ import annotations

import numpy as np
import pytest

import exprgrad

pytest.importorskip("llvmlite")

ENDS = [708.0, -708.0, 709.7, 709.8, -708.4, -745.1, -746.0, 2.0**17, -(2.0**17), 2.0**17 + 1, 1e22, -1e300]
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -5e-324, 1e-310, 2.0**-30]


def columns() -> np.ndarray:
    numbers = np.random.default_rng(0)
    sizes = 10.0 ** numbers.uniform(-300, 20, 4000) * numbers.choice([-1, 1], 4000)
    beside = np.pi / 2 * np.arange(-2000, 2000)
    return np.concatenate([numbers.uniform(-750, 750, 20_000), sizes, beside, SPECIAL, ENDS])


@pytest.mark.parametrize("name", ["exp", "sin", "cos"])
def test_an_ulp_or_two(name: str) -> None:
    """Off by less than an ulp and a half, wherever; what the C library computes by what it is off by itself."""
    x = columns()
    f = exprgrad.compile(f"c = {name}(x)", max_order=0)
    found, exact = f.native()(x=x)["c"], f.rows("rounded")(x=x)["c"]
    with np.errstate(invalid="ignore"):
        off = np.abs(found - exact) / np.spacing(np.abs(exact))
    off[(found == exact) | (np.isnan(found) & np.isnan(exact))] = 0
    assert np.nanmax(off) <= 2 and np.isfinite(off).all()
    assert (np.signbit(found) == np.signbit(exact))[~np.isnan(exact)].all()


def test_sine_and_cosine_of_one_number_share_a_reduction_and_stay_what_they_are() -> None:
    x = columns()
    alone = [exprgrad.compile(f"c = {name}(x)", max_order=0).native()(x=x)["c"] for name in ("sin", "cos")]
    both = exprgrad.compile("s = sin(x); c = cos(x)", max_order=0).native()(x=x)
    for found, name in zip(alone, ("s", "c"), strict=True):
        assert np.array_equal(found, both[name], equal_nan=True)
