"""What bounds a program: the sizes of its arrays, the steps of a run, its memory. Whatever it asks for, there is an
answer, or an error under its place."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.numbers import limits, memory
from tests import odd_sizes

MODES = ("static", "dynamic")
VECTOR = [1.0, 2.0]


def error(text: str, mode: str, values: dict[str, Any] | None = None, **options: Any) -> str:
    """The error of a program, which has a place."""
    with pytest.raises(exprgrad.ExprError) as caught:
        exprgrad.compile(text, mode, **options)(**values or {})
    assert caught.value.span is not None
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("call", odd_sizes.calls(), ids=lambda call: f"{call[0]}-{call[1]}")
def test_odd_sizes_give_a_result_or_an_error_with_a_place(call: tuple[str, int, list[str]]) -> None:
    chance = random.Random(f"{call}")
    made = odd_sizes.cases(chance, call)
    for _ in range(3):
        case = next(made)
        for mode in MODES:
            odd_sizes.outcome(case, mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["sin(x[0]) + y", "sum(diag(x[0]) + y)", "sin(x[[0, 0]]) * y", "diag(x)*y"])
def test_rounded_arrays_that_meet_those_of_numpy(mode: str, text: str) -> None:
    """The derivative by the rounded one is numpy's."""
    result = exprgrad.compile(text, mode, max_order=2)(x=[[0.5]], y=np.array([[0.9]]))
    alone = exprgrad.compile(text, mode, max_order=2)(x=np.array([[0.5]]), y=np.array([[0.9]]))
    for found, expected in zip(result.outcomes[0].derivatives, alone.outcomes[0].derivatives, strict=True):
        np.testing.assert_allclose(found.value, expected.value)


def nested(axes: int) -> str:
    return "[" * axes + "1" + "]" * axes


LARGE = [
    f"sum({nested(33)})",
    f"sum({nested(65)})",
    f"sum({nested(5000)})",
    f"sum(zeros([{', '.join(['1'] * 65)}]))",
    f"sum(reshape(x, [{', '.join(['2', *['1'] * 32])}]))",
    "sum(zeros([0, 1e22]))",
    "sum(zeros([1e9, 1e9]))",
    "sum(ones([0, 1e7+1]))",
    "sum(arange(1e300*1e300))",
    "sum(eye(3163))",
    "sum(linspace(0, 1, 1e8))",
    "sum(outer(arange(100000), arange(100000)))",
    "sum(diag(arange(100000)))",
    "sum(reshape(arange(100000), [100000, 1]) + arange(100000))",
    "sum(max(reshape(arange(100000), [100000, 1]), arange(100000)))",
    "sum(1 if reshape(arange(100000), [100000, 1]) > arange(100000) else 2)",
    "sum(reshape(arange(100000), [100000, 1]) @ reshape(arange(100000), [1, 100000]))",
    "sum(zeros([1000, 4])[zeros(1e7)])",
    "z = zeros([1000, 1000]); sum([z, z, z, z, z, z, z, z, z, z, z])",
    "z = zeros(1e7); sum(concat(z, x))",
    "t = arange(100000)*x[0]; sum(jacobian(sin(t), t))",
    "x[1e400]",
    "max(zeros(1e7))",
]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", LARGE)
def test_what_is_too_large_is_an_error_before_it_is_made(text: str, mode: str) -> None:
    values = {"x": VECTOR} if "x[" in text or "x," in text or ", x" in text else {}
    said = error(text, mode, values, max_order=0)
    assert said == error(text, "static", values, max_order=0)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [list, np.array])
def test_arrays_that_are_given_are_bounded_where_they_grow(
    mode: str, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ELEMENTS", 1000)
    x = kind(np.arange(40.0))
    for text, options in (
        ("x + reshape(x, [40, 1])", {"max_order": 0}),
        ("for i in 0..1 { x = x + reshape(x[:40], [40, 1]) }; c = x", {"max_order": 0}),
        ("floor(x)", {"full_jacobian": True}),
        ("cumsum(x)", {"sparse": True}),
        ("sum(hessian(sum(x*x), x))", {}),
    ):
        if "for" not in text or mode == "dynamic":
            assert "1,600 elements is beyond 1,000" in error(text, mode, {"x": x}, **options)
    exprgrad.compile("sin(x)", mode, sparse=True)(x=kind(np.arange(500.0)))


@pytest.mark.parametrize("mode", MODES)
def test_an_array_may_be_as_large_as_one_that_is_given(mode: str) -> None:
    x = np.zeros(limits.ELEMENTS + 1)
    assert exprgrad.compile("sum(2*x)", mode, max_order=0).run({"x": x}, notes=False)["c"] == 0.0


@pytest.mark.parametrize("shape", [(1,) * 33, (0, *(1,) * 40)])
def test_values_of_too_many_axes(shape: tuple[int, ...]) -> None:
    for value in (np.zeros(shape), np.zeros(shape, dtype=object)):
        with pytest.raises(exprgrad.ExprError, match=r"the value of x: an array of .* axes is beyond 32"):
            exprgrad.compile("x")(x=value)
    value = [1.0]
    for _ in range(5000):
        value = [value]  # type: ignore[list-item]
    with pytest.raises(exprgrad.ExprError, match="the value of x: an array of 33 axes is beyond 32"):
        exprgrad.compile("x")(x=value)


def test_a_loop_that_doubles_an_array() -> None:
    grown = "for i in 0..100 { x = concat(x, x) }; sum(x)"
    assert "elements is beyond 10,000,000" in error(grown, "dynamic", {"x": VECTOR})
    assert "axes is beyond 32" in error("while 1 { x = [x] }; sum(x)", "dynamic", {"x": VECTOR})


# -- steps ------------------------------------------------------------------------------------------------------

NESTED = "s = x; for i in 0..4 { s = s*x; for k in 0..3 { s = s + x } }; c = s"
DOUBLING = "; ".join(["f0(t) = t + 1", *[f"f{i}(t) = f{i - 1}(t) + f{i - 1}(t)" for i in range(1, 61)]])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("max_order", [0, 1, 2])
def test_the_loops_of_a_run_are_counted_together(mode: str, max_order: int) -> None:
    options = {"max_order": max_order}
    assert exprgrad.compile(NESTED, mode, step_limit=16, **options)(x=1)["c"] == 13.0
    for limit in range(4, 16):
        said = error(NESTED, mode, {"x": 1}, step_limit=limit, **options)
        assert f"the run has not ended after {limit} steps" in said
        assert said == error(NESTED, "static", {"x": 1}, step_limit=limit, **options)
    behind = "for i in 0..3 { x = x + 1 }; for i in 0..3 { x = x + 1 }; c = x"
    assert "column 30" in error(behind, mode, {"x": 1}, step_limit=5, **options)
    assert exprgrad.compile(behind, mode, step_limit=6, **options)(x=1)["c"] == 7.0


@pytest.mark.parametrize("mode", MODES)
def test_a_loop_in_a_branch_and_a_short_inner_loop(mode: str) -> None:
    text = "s = x; for i in 0..1000 { if i > 500 { for k in 0..2 { s = s + x } } }; c = s"
    assert exprgrad.compile(text, mode, step_limit=1998)(x=1)["c"] == 999.0
    assert "after 1,997 steps" in error(text, mode, {"x": 1}, step_limit=1997)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_calls_that_double(mode: str) -> None:
    assert exprgrad.compile(f"{DOUBLING}; c = f5(x)", mode, step_limit=63)(x=1)["c"] == 64.0
    for text in ("c = f60(x)", "c = diff(f60(x), x)", "c = f60(f3(x))", "s = x; for i in 0..3 { s = f60(s) }; c = s"):
        said = error(f"{DOUBLING}; {text}", mode, {"x": 1}, step_limit=3000)
        assert "f60 comes to more than 3,000 calls" in said
        assert said == error(f"{DOUBLING}; {text}", "static", {"x": 1}, step_limit=3000)


@pytest.mark.parametrize("mode", MODES)
def test_calls_in_an_iteration_count_with_it(mode: str) -> None:
    text = "f(t) = t + 1; s = x; for i in 0..500 { s = f(f(f(s))) }; c = s"
    assert exprgrad.compile(text, mode, step_limit=500)(x=1)["c"] == 1501.0
    large = f"{DOUBLING}; s = x; for i in 0..1000 {{ s = s + f9(x)/1000 }}; c = s"
    assert "steps" in error(large, mode, {"x": 1}, step_limit=2000)


@pytest.mark.slow
def test_calls_without_an_end() -> None:
    text = "f(n) = n if n < 2 else f(n - 1) + f(n - 2); c = f(x)"
    assert exprgrad.compile(text, "dynamic", step_limit=177)(x=10)["c"] == 55.0
    assert "f comes to more than 176 calls" in error(text, "dynamic", {"x": 10}, step_limit=176)
    in_loop = "f(n) = n if n < 2 else f(n - 1) + f(n - 2); s = 0; for i in 0..50 { s = s + f(x) }; c = s"
    assert exprgrad.compile(in_loop, "dynamic", step_limit=1250)(x=10)["c"] == 2750.0


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_that_grow_with_the_order(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEPT", 3000)
    for text, options in (
        ("sin(x)/(x*exp(x)+1)", {"max_order": 40}),
        ("for i in 0..3 { x = sin(x)/x }; c = x", {"max_order": 40}),
        ("c = diff(sin(x)/(x*exp(x)+1), x, 40)", {}),
    ):
        assert "goes through more than 3,000 operations" in error(text, mode, {"x": 0.5}, **options)


@pytest.mark.parametrize("engine", ["numpy", "native", "rounded"])
def test_each_row_has_a_limit_of_its_own(engine: str) -> None:
    if engine == "native":
        pytest.importorskip("llvmlite")
    text = "s = x; for i in 0..n { s = s + 1; for k in 0..i { s = s + x } }; c = s"
    rows = exprgrad.compile(text, step_limit=55).rows(engine)
    # n rounds of the outer loop and n*(n - 1)/2 of the inner ones.
    many = np.resize([3.0, 10.0, 0.0, 7.0], 1000)
    assert rows(x=np.ones(1000), n=many)["c"][:2].tolist() == [1 + 3 + 3, 1 + 10 + 45]
    many[777] = 11.0
    with pytest.raises(exprgrad.EvaluationError, match=r"^row 778: the run has not ended after 55 steps"):
        rows(x=np.ones(1000), n=many)


# -- memory -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "text", ["sum(zeros(1e6) + x)", "for i in 0..1e5 { x = sin(x) }; x", "c = f16(x)", "sum(arange(1e6))*x"]
)
def test_too_little_memory_is_an_error_with_a_place(mode: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_fits", lambda used, more: False)
    said = error(f"{DOUBLING}; {text}" if "f16" in text else text, mode, {"x": 1})
    assert "there is not enough memory left for this" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on addresses is Linux's")
@pytest.mark.parametrize("mode", MODES)
def test_a_process_with_little_memory(mode: str) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2); from exprgrad.cli import run; "
        f"sys.exit(run(['a = arange(5e6)*x; b = a*a; c = a*b; sum(a + b + c)', '--x', '1', '--mode', '{mode}']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 2
    assert "there is not enough memory left for this" in done.stderr
    assert "^" in done.stderr
