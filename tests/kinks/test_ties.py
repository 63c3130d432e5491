"""A tie of many is shared equally: that sides agree about an element says nothing before it has been singled out."""

from __future__ import annotations

import pytest

import exprgrad

MODES = ("static", "dynamic")


def gradient(text: str, x: object, mode: str = "static") -> list[float]:
    return list(exprgrad.compile(f"c = {text}", mode)(x=x).derivative("c", "x"))


@pytest.mark.parametrize("name", ["max", "min"])
@pytest.mark.parametrize("n", [2, 3, 4, 5, 8, 16, 17, 20])
def test_of_a_vector(name: str, n: int) -> None:
    assert gradient(f"{name}(x)", [1.0] * n) == [1 / n] * n


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("n", [2, 3, 4, 6])
def test_of_numbers(n: int, mode: str) -> None:
    names = "abcdef"[:n]
    found = exprgrad.compile(f"y = max({', '.join(names)})", mode)(**dict.fromkeys(names, 3))
    assert found.gradient("y") == dict.fromkeys(names, 1 / n)


@pytest.mark.parametrize(("text", "each"), [("max(x)+min(x)", 2 / 3), ("sum(x)-max(x)-min(x)", 1 / 3)])
def test_what_is_symmetric_has_a_symmetric_gradient(text: str, each: float) -> None:
    assert gradient(text, [1.0, 1.0, 1.0]) == pytest.approx([each] * 3, rel=1e-15)


def test_beside_another_kink_a_smooth_part_is_right() -> None:
    found = exprgrad.compile("c = relu(x) - relu(-x) + abs(y)")(x=0, y=0)
    assert found.gradient("c") == {"x": 1.0, "y": 0.0}


@pytest.mark.parametrize("engine", ["numpy", "native", "rounded"])
def test_of_rows(engine: str) -> None:
    pytest.importorskip("llvmlite")
    rows = exprgrad.compile("y = max(a, b, c, d)").rows(engine)(**{key: [1.0, 2.0] for key in "abcd"})
    assert [rows.derivative("y", name).tolist() for name in "abcd"] == [[0.25, 0.25]] * 4


def test_who_asks_for_no_notes_gets_none() -> None:
    assert not exprgrad.compile("c = abs(x)").run({"x": 0}, notes=False).notes
    assert exprgrad.compile("c = abs(x)").run({"x": 0}, notes=True).notes
