"""Plain Python: its numbers against exprgrad's own, over formulas, branches, loops and hard points."""

from __future__ import annotations

import itertools
import json
import math
import random
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.diagnostics import UnsupportedError, UsageError
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from tests.corpus.test_corpus import HIDDEN
from tests.ops.test_hard_points import TRAPS
from tests.programs import Maker
from tests.targets.run import own, ran, ulps, written

HERE = Path(__file__).parent
CORPUS = HERE.parent / "corpus"
ROWS = [
    json.loads(line)
    for path in sorted(CORPUS.glob("*.jsonl"))
    if path.name != "vectors.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_formulas(row: dict[str, Any]) -> None:
    """Within 4 ulp of exprgrad's number, or 64 * 2**-52 of the size of what is added up on the way."""
    f = exprgrad.compile(row["expr"])
    found = list(ran(f.source(), {name: row["inputs"][name] for name in f.inputs}).values())
    wanted = own(f, row["inputs"])
    assert wanted is not None
    last = len(f.results) - 1
    count = 1 + len(f.inputs)
    scales = [row["value_scale"], *[row["grad_scale"].get(name, 0.0) for name in f.inputs]]
    for a, b, scale in zip(found[last * count :], wanted[last * count :], scales, strict=True):
        if row["id"] not in HIDDEN:
            assert ulps(a, b) <= 4 or abs(Fraction(a) - Fraction(b)) <= Fraction(64 * 2.0**-52 * scale), (a, b)
        assert math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6 * scale)


@pytest.mark.parametrize("row", ROWS[::5], ids=[row["id"] for row in ROWS[::5]])
def test_formulas_twice(row: dict[str, Any]) -> None:
    for name, a, b in written(row["expr"], row["inputs"], max_order=2):
        assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) or ulps(a, b) == 0, name


EXACT = [
    "c = a*b",
    "c = a*b - a/b + (a + b)**2",
    "u = a*b; c = u*u - u/a",
    "c = a - b if a > b else (b - a)*a",
    "c = 1; for k in 0..4 { c = c*a + b }",
    "c = a; while c < 50 { c = c*a + b*b; if c > 20 { c = c + a/b/b } }",
    "c = 0; for i in 0..3 { for j in 0..i + 1 { c = c*a + j*b } }",
    "c = diff(a*a*b, a, b) + diff(a/b, b); d = b",
    "f(x) = x*x; c = f(f(a)) - f(b)",
    "c = a*b + diff(2, b)^(-1)",
]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("text", EXACT)
def test_sums_products_quotients_and_roots_are_exact(text: str, order: int) -> None:
    for at in ({"a": 1.7, "b": 0.3}, {"a": 2.25, "b": -3.1}, {"a": math.nan, "b": 2.0}):
        if math.isnan(at["a"]) and "while" in text:
            continue
        for name, a, b in written(text, at, max_order=order):
            assert ulps(a, b) == 0, (name, a, b)


def test_along_a_direction() -> None:
    for name, a, b in written("c = a*a*b", {"a": 1.7, "b": 0.3}, along_direction={"a": 1, "b": -2}, max_order=3):
        assert ulps(a, b) == 0, name


def close(a: float, b: float) -> bool:
    return ulps(a, b) <= 4 or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("seed", range(60))
def test_programs(seed: int, order: int) -> None:
    text = Maker(seed, smooth=seed % 3 == 1, hard=seed % 3 == 2).program()
    numbers = random.Random(seed)
    at = {"x": round(numbers.uniform(-2, 2), 2), "y": round(numbers.uniform(-2, 2), 2)}
    try:
        exprgrad.compile(text, max_order=order).source()
    except UnsupportedError as problem:
        assert "derivative of order" in problem.message  # noqa: PT017 - programs that no mode can run
        return
    for name, a, b in written(text, at, max_order=order):
        assert close(a, b), (text, at, name, a, b)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "s = 0; for i in 0..n { if i > x { s = s + x*i } }; c = s",
        "s = 1; for i in 0..n { t = 0; for j in 0..i { if s < 9 { t = t + s*x; for k in 0..j { s = s + x*k } } }; "
        "s = s + t }; c = s",
        "u = x; v = n; for i in 0..n { w = u; u = v*x; v = w + u }; c = u - v",
        "c = (x if x > 0 else -x)*(n if x > 0 else x*x) if n > 0 else 7",
        "c = x; if x > 0 and n > 1 or x < -1 { c = c*n; if n > 2 { c = c*x } }",
    ],
)
def test_branches_and_loops(text: str) -> None:
    for x, n in itertools.product((-1.5, 0.0, 0.5, 2.0), (0.0, 1.0, 2.0, 5.0)):
        for order in (1, 2):
            for name, a, b in written(text, {"x": x, "n": n}, max_order=order):
                assert ulps(a, b) <= 4, (x, n, name, a, b)


# Where a double on the way overflows that exprgrad's own arithmetic holds.
OVERFLOWS = {"1/(1+exp(-x))", "log(1+exp(x))"}


@pytest.mark.parametrize("trap", [t for t in TRAPS if t.text not in OVERFLOWS], ids=lambda t: f"{t.text} at {t.at}")
def test_hard_points(trap: Any) -> None:
    for order in (1, 2):
        for name, a, b in written(trap.text, trap.at, max_order=order):
            assert ulps(a, b) <= 4 or abs(a - b) < 1e-15, (name, a, b)


@pytest.mark.parametrize("text", sorted(OVERFLOWS))
def test_the_header_says_where_it_cannot(text: str) -> None:
    source = exprgrad.compile(text).source()
    assert "# What leaves the range of doubles on the way is inf or 0 here." in source
    assert "loop" not in source and "kink" not in source
    assert "Nothing limits how often a loop runs." in exprgrad.compile("x; while x > 1 { x = x/2 }; x").source()
    assert "At a kink or a jump" in exprgrad.compile("abs(x)").source()


POINTS = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    3.0,
    -2.0,
    1e-9,
    -7.5,
    20.5,
    800.0,
    -800.0,
    math.inf,
    -math.inf,
    math.nan,
]
PUBLIC = list(REGISTRY.functions())
# What is only right to double precision, near zeros and poles and at infinities.
ROUGH = {"digamma", "trigamma", "polygamma", "beta", "gamma", "lgamma", "factorial"}


def call(op: Op, names: list[str]) -> str:
    if op.name == "polygamma":
        return "polygamma(2, x)"
    if op.notation is None:
        return f"{op.name}({', '.join(names)})"
    return f"{op.notation.symbol} x" if op.notation.side == "prefix" else f"x {op.notation.symbol} y"


@pytest.mark.slow
@pytest.mark.parametrize("op", PUBLIC, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_at_its_hard_points(op: Op) -> None:
    """Values everywhere, with the signs of zeros; derivatives where no kink or jump is hit."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    points = POINTS if len(names) < 3 else POINTS[:7]
    f = exprgrad.compile(f"c = {call(op, names)}")
    text = f.source()
    for xs in itertools.product(points, repeat=len(f.inputs)):
        at = dict(zip(f.inputs, xs, strict=True))
        if own(f, at) is None:
            assert written(f.text, at) == []
            continue
        result = f.run(at)
        found = list(ran(text, at).values())
        value, *slopes = own(f, at) or []
        if op.name in ROUGH:
            if all(0.1 < x < 100 for x in xs):
                assert math.isclose(found[0], value, rel_tol=1e-13, abs_tol=1e-14)
            continue
        assert ulps(found[0], value) <= 4, (at, found[0], value)
        if any("kink" in n.message or "jump" in n.message or "tie" in n.message for n in result.notes):
            continue
        for a, b in zip(found[1:], slopes, strict=True):
            assert ulps(a, b) <= 32, (at, a, b)


@pytest.mark.slow
@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("op", PUBLIC, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_on_its_domain(op: Op, order: int) -> None:
    """To order 2, whose operations only derivatives use."""
    numbers = random.Random(op.name)
    f = exprgrad.compile(f"c = {call(op, ['x', 'y', 'z'][: len(op.operand_names)])}", max_order=order)
    text = f.source()
    domain = op.domain[-len(f.inputs) :]
    for _ in range(20):
        at = {name: numbers.uniform(*interval) for name, interval in zip(f.inputs, domain, strict=False)}
        found, wanted = list(ran(text, at).values()), own(f, at)
        assert wanted is not None
        for a, b in zip(found, wanted, strict=True):
            assert math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-12) or ulps(a, b) == 0, (at, a, b)


def test_arrays_are_refused_where_they_stand() -> None:
    with pytest.raises(UnsupportedError, match="array") as caught:
        exprgrad.compile("c = sum(x*[1, 2])").source()
    assert caught.value.span is not None and "name the elements" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("c = a", {"full_jacobian": True}, "a jacobian of numbers alone"),
        ("c = a", {"weight_by": 2}, "weights of numbers alone"),
        ("c = a; dc_da = a", {}, "two outputs would be called dc_da"),
    ],
)
def test_what_is_refused(text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        exprgrad.compile(text, **options).source()


def test_unknown_languages_and_names() -> None:
    f = exprgrad.compile("a*b")
    with pytest.raises(UsageError, match="unknown target"):
        f.source("cobol")
    with pytest.raises(UsageError, match="identifier"):
        f.source(name="a b")
    assert "\ndef area(a: float, b: float)" in f.source(name="area")


def test_names_that_are_taken() -> None:
    """Inputs called as a keyword, a function that the text uses, or a variable of its own."""
    text = "c = sin(sin)*lambda + t1*float + exp(n)*divide/kept; u = c*c; math = u*u; i = math + u"
    names = ["sin", "lambda", "t1", "float", "n", "divide", "kept"]
    for name, a, b in written(text, {name: 0.5 + 0.1 * i for i, name in enumerate(names)}):
        assert ulps(a, b) <= 4, name


def test_a_condition_that_is_nan_is_refused() -> None:
    assert written("c = 1 if x else x", {"x": math.nan}) == []
    assert written("c = x; for i in 0..x { c = c*x }", {"x": math.nan}) == []
    assert written("c = 1 if x else x", {"x": 2.0}) != []


def test_it_is_as_deep_as_the_language_takes() -> None:
    nested = "c = 1; " + "if x > 0 { c = c + x; " * 60 + "}" * 60
    for _, a, b in written(nested, {"x": 1.5}):
        assert ulps(a, b) <= 4
    with pytest.raises(UnsupportedError, match="blocks stand in each other"):
        exprgrad.compile("c = 1; " + "if x > 0 { c = c + x; " * 200 + "}" * 200).source()


@pytest.mark.slow
def test_a_long_sum_breaks_into_lines() -> None:
    text = exprgrad.compile(" + ".join(["x*y"] * 4_000)).source()
    assert max(map(len, text.splitlines())) < 200
    assert ran(text, {"x": 1.0, "y": 2.0})["c"] == 8_000.0


@pytest.mark.parametrize(
    "text",
    [
        "for k in 0..2 { for j in 0..2 { x = x } }; c = x",
        "u = x; for i in 0..3 { for j in 0..2 { u = u + 1 } }; c = u",
        "n = 0; u = x; while n < 3 { m = 0; while m < n { m = m + 1; u = u + 1 }; n = n + 1 }; c = u^2",
        "c = diff(1 if 1 else 2, x)",
        "c = __debug__*x",
        "c = x*x if x > 0 else 0",
    ],
)
def test_the_text_is_python_without_a_warning(text: str) -> None:
    function = exprgrad.compile(text, max_order=2)
    space: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(function.source(), "text", "exec"), space)
    values = dict.fromkeys(function.inputs, 1.5)
    assert space["f"](*values.values())["c"] == function(**values)["c"]


@pytest.mark.parametrize(
    ("x", "y"),
    [
        *[(2.0, 1e20), (0.5, 1e16), (2.0, 1e10), (0.5, 1e308), (1e20, 2.0), (2.0, 171.0), (0.5, 170.5), (300.0, 400.0)],
        *[(-100.5, -100.25), (200.0, -300.5), (-200.3, 500.1), (-150.5, 160.25), (3.0, 4.0), (0.1, 0.2)],
    ],
)
def test_beta_where_gamma_leaves_the_range_of_doubles(x: float, y: float) -> None:
    """With its first derivatives, to 12 digits."""
    function = exprgrad.compile("c = beta(x, y)")
    space: dict[str, Any] = {}
    exec(function.source(), space)
    result = function(x=x, y=y)
    expected = {"c": result["c"], "dc_dx": result.derivative("c", "x"), "dc_dy": result.derivative("c", "y")}
    assert space["f"](x, y) == pytest.approx(expected, rel=1e-12, abs=0)
