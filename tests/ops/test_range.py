"""The whole range of doubles: what each engine gives where operands are huge, tiny, subnormal, zero or infinite."""

from __future__ import annotations

import itertools
import math
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import exprgrad
from benchmarks.accuracy import BOUNDS, functions, measure, points
from exprgrad.ops.registry import Op

ENGINES = ["numpy", *(["native"] if find_spec("llvmlite") else []), "rounded"]
INF = math.inf


def columns_of(names: str, rows: list[tuple[float, ...]]) -> dict[str, Any]:
    return dict(zip(names.split(), np.transpose(rows), strict=True))


# A function, its operands, of which the first is what is differentiated by, points, and there the value and derivatives
# of first and second order by mpmath.
RANGE: list[tuple[str, str, dict[tuple[float, ...], tuple[float, ...]]]] = [
    (
        "atan2(y, x)",
        "y x",
        {
            (-7.3e-61, 1.25e-272): (-1.5707963267948966, 2.345655845374367e-152, 6.426454370888678e-92),
            (2e150, 4e-170): (1.5707963267948966, 0.0, -0.0),
            (5e-324, 5e-324): (0.7853981633974483, INF, -INF),
            (3e-300, 1.0): (3e-300, 1.0, -6e-300),
        },
    ),
    (
        "xlogy(x, y)",
        "y x",
        {
            (4e-190, -3e-220): (1.3083146199232464e-217, -7.5e-31, 1.875e159),
            (2e170, 5e60): (1.9606630649477383e63, 2.5e-110, -1.25e-280),
            (1e-10, 4.94e-321): (-1.13764e-319, 4.9406564584125e-311, -4.940656458412465e-301),
        },
    ),
    (
        "hypot(x, y)",
        "x y",
        {
            (-5e-324, 5e-324): (5e-324, -0.7071067811865476, INF),
            (3e-310, -4e-310): (5e-310, 0.6, INF),
            (1.5e308, -1.5e308): (INF, 0.7071067811865476, 2.35702260395516e-309),
            (2e-300, 1e-304): (2.0000000025e-300, 0.99999999875, 1.2499999953124998e291),
            (3e200, 4e-200): (3e200, 1.0, 0.0),
        },
    ),
    (
        "x/y",
        "y x",
        {
            (-1.6e-9, -1.2485e-320): (7.803149294005e-312, 4.876968308753242e-303, 6.096210385941552e-294),
            (1e200, 3e300): (3e100, -3e-100, 6e-300),
        },
    ),
    ("sech(x)", "x", {(0.881373587019543,): (0.7071067811865476, -0.5, 2.250545892825866e-17)}),
    ("log10(x)", "x", {(1.7e308,): (308.2304489213783, 2.554673422960305e-309, -0.0)}),
    ("exp2(x)", "x", {(1024.25,): (INF, 1.4818304672708372e308, 1.027126610456607e308)}),
    (
        "log(x, y)",
        "y x",
        {
            (4.4e-311, 8.28e197): (-0.6377117932378475, -2.0281271158215678e307, INF),
            (0.1353352832366127, 3.0): (-0.5493061443340549, -2.029426957985814, -5.774947228913857e-16),
        },
    ),
    (
        "x^y",
        "x y",
        {
            (-1.0, 7.2e17): (1.0, -7.2e17, 5.184e35),
            (-1.0, -3e19): (1.0, 3e19, 9e38),
            (-0.0, -2e80): (INF, INF, INF),
            (0.5, 1070.0): (8e-323, 1.6917e-319, 3.6168135e-316),
            (2.0, 1015.0): (3.511119404027961e305, 1.78189309754419e308, INF),
            (5e-324, 1e-200): (1.0, 2.0240225330731061e123, -INF),
            (1.0000000000000002, -3.3e18): (5.91476e-319, -1.951865902176694e-300, 6.441157477183089e-282),
        },
    ),
    (
        "x^y",
        "y x",
        {
            (1070.0, 0.5): (8e-323, -5.4e-323, 4e-323),
            (1e-200, 5e-324): (1.0, -744.4400719213812, 554191.0206823113),
            (-3.3e18, 1.0000000000000002): (5.91476e-319, 0.0, 0.0),
        },
    ),
    ("x^0.5", "x", {(-INF,): (INF, 0.0, -0.0), (-0.0,): (0.0, INF, -INF)}),
    ("x^-0.5", "x", {(-INF,): (0.0, -0.0, 0.0), (-0.0,): (INF, -INF, INF)}),
    ("sech(x)", "x", {(-712.5,): (7.3487189734944e-310,) * 3, (738.25,): (4.82e-321, -4.82e-321, 4.82e-321)}),
    ("csch(x)", "x", {(-712.5,): (-7.3487189734944e-310,) * 3, (738.25,): (4.82e-321, -4.82e-321, 4.82e-321)}),
    (
        "sigmoid(x)",
        "x",
        {(-735.5,): (3.7707e-320,) * 3, (720.125,): (1.0, 1.79343738846e-313, -1.79343738846e-313)},
    ),
    ("softplus(x)", "x", {(-735.5,): (3.7707e-320,) * 3, (720.125,): (720.125, 1.0, 1.79343738846e-313)}),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("text", "names", "rows"), RANGE, ids=[f"{text}-by-{names[0]}" for text, names, _ in RANGE])
def test_the_range_ends_only_with_the_result(
    text: str, names: str, rows: dict[tuple[float, ...], tuple[float, ...]], engine: str
) -> None:
    first = names.split()[0]
    found = exprgrad.compile(f"c = {text}", max_order=2, wrt=[first]).rows(engine)(**columns_of(names, list(rows)))
    for order in (0, 1, 2):
        numbers = found.derivative("c", *[first] * order) if order else found["c"]
        for point, number, wanted in zip(rows, numbers.tolist(), rows.values(), strict=True):
            near = math.isclose(number, wanted[order], rel_tol=1e-14, abs_tol=4 * 5e-324)
            assert near, (point, order, number, wanted[order])
            assert math.copysign(1, number) == math.copysign(1, wanted[order]), (point, order, number)


ZEROS: list[tuple[str, str, list[tuple[tuple[float, ...], float]]]] = [
    ("max(x, y)", "x y", [((-0.0, 0.0), 0.0), ((0.0, -0.0), 0.0), ((-0.0, -0.0), -0.0), ((-1.0, -0.0), -0.0)]),
    ("min(x, y)", "x y", [((-0.0, 0.0), -0.0), ((0.0, -0.0), -0.0), ((0.0, 0.0), 0.0), ((1.0, -0.0), -0.0)]),
    ("max(x, y, z)", "x y z", [((-0.0, -0.0, 0.0), 0.0), ((-0.0, -1.0, -0.0), -0.0), ((-0.0, 0.0, -1.0), 0.0)]),
    ("max(x, 0)", "x", [((-0.0,), 0.0), ((-1.0,), 0.0)]),
    ("min(x, 0)", "x", [((-0.0,), -0.0), ((0.0,), 0.0)]),
    ("max(x, -0.0)", "x", [((-0.0,), -0.0), ((0.0,), 0.0), ((-1.0,), -0.0)]),
    ("relu(x)", "x", [((-0.0,), 0.0), ((0.0,), 0.0), ((-3.0,), 0.0)]),
    ("clip(x, low, high)", "x low high", [((-0.0, 0.0, 1.0), 0.0), ((0.0, -1.0, -0.0), -0.0)]),
    ("clip(x, low, high)", "x low high", [((-0.0, -1.0, 0.0), -0.0), ((0.0, -0.0, 0.0), 0.0)]),
    ("sinc(x)", "x", [((x,), 0.0) for x in (-1.0, 2.0, -3.0, 1e300, -(2.0**52) - 1, INF)]),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("text", "names", "rows"), ZEROS, ids=[text for text, _, _ in ZEROS])
def test_one_sign_of_zero(text: str, names: str, rows: list[tuple[tuple[float, ...], float]], engine: str) -> None:
    f = exprgrad.compile(f"c = {text}", max_order=0)
    found = f.rows(engine)(**columns_of(names, [point for point, _ in rows]))["c"].tolist()
    for (point, wanted), number in zip(rows, found, strict=True):
        assert number == 0 and math.copysign(1, number) == math.copysign(1, wanted), (point, number)
        if engine == "rounded":
            arrays = {name: np.array([x]) for name, x in zip(names.split(), point, strict=True)}
            assert math.copysign(1, f(**arrays)["c"][0]) == math.copysign(1, wanted), point


@pytest.mark.parametrize("op", functions(), ids=lambda op: f"{op.name}_{len(op.operand_names)}")
def test_every_function_keeps_its_bounds(op: Op) -> None:
    """Values and derivatives of first and second order, by every engine, beside the exact numbers."""
    count = 120 if op.arrays is not None else 12  # without kernels for arrays engines are one
    for what, order, worst in measure(op, points(op, count, seed=11), ENGINES):
        for engine, off in worst.items():
            assert off.error <= BOUNDS[order], (what, engine, off)


# Where kernels for arrays choose what they compute by: ends of domains, of ranges, and where exponents are even or odd.
ENDS = [0.0, -0.0, INF, -INF, math.nan, 1.0, -3.0, 0.5, -1.0, 2.0]


@pytest.mark.parametrize(
    "op",
    [
        pytest.param(op, marks=pytest.mark.slow if op.name == "hypot" else (), id=op.name)
        for op in functions()
        if op.arrays is not None
    ],
)
def test_engines_agree_at_the_ends_up_to_third_order(op: Op) -> None:
    names = op.operand_names[:2] if op.variadic else op.operand_names
    points = list(itertools.product(ENDS[: {1: 10, 2: 8, 3: 5}[len(names)]], repeat=len(names)))
    f = exprgrad.compile(f"c = {op.name}({', '.join(names)})", max_order=3)
    rounded, *others = (f.rows(engine)(**columns_of(" ".join(names), points)) for engine in ("rounded", *ENGINES[:-1]))
    orders = [by for order in (1, 2, 3) for by in itertools.combinations_with_replacement(names, order)]
    for found in others:
        np.testing.assert_allclose(found["c"], rounded["c"], rtol=1e-13, atol=1e-15)
        for by in orders:
            expected, slope = rounded.derivative("c", *by), found.derivative("c", *by)
            np.testing.assert_allclose(slope, expected, rtol=1e-12, atol=1e-13, err_msg=", ".join(by))
