"""The sweeps through a graph whose inputs come about in between, and through operations that repeat an operand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad
import exprgrad.static as tf
from exprgrad.numbers import limits

MODES = ["static", "dynamic"]


def test_an_input_that_is_made_after_what_others_gave() -> None:
    """Nodes are visited in reverse order of creation: behind an input others wait."""
    x = tf.placeholder(tf.float64, shape=())
    y = x * x
    z = tf.placeholder(tf.float64, shape=())
    w = y * z
    v = tf.placeholder(tf.float64, shape=())
    slopes = tf.gradients(w * v + y, [x, z, v])
    with tf.Session() as session:
        assert session.run(slopes, {x: 3.0, z: 5.0, v: 2.0}) == [2 * 3 * 11, 18, 45]


def test_a_value_that_is_used_again_adds_up() -> None:
    x = tf.placeholder(tf.float64, shape=())
    y = x * x
    (first,) = tf.gradients(y * x + y * y + x, [x])
    (second,) = tf.gradients(first, [x])
    with tf.Session() as session:
        assert session.run([first, second], {x: 3.0}) == [3 * 9 + 4 * 27 + 1, 6 * 3 + 12 * 9]


def counted(shape: tuple[int, ...], first: int) -> Any:
    """An array of whole numbers, no two alike."""
    return (first + np.arange(np.prod(shape, dtype=int))).reshape(shape) * 1.0


def gathered(x: Any, shape: tuple[int, ...]) -> Any:
    """The sum of what an operand of that shape was repeated to."""
    x = x.sum(axis=tuple(range(x.ndim - len(shape))))
    return x.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("one", "other"),
    [((), (3,)), ((1,), (3,)), ((3,), (2, 3)), ((1, 3), (2, 3)), ((2, 1), (1, 3)), ((2, 1), (3,)), ((2, 1), (2, 3))],
)
def test_what_is_repeated(one: tuple[int, ...], other: tuple[int, ...], mode: str, kind: Any) -> None:
    """A tangent is repeated as its operand is, and a cotangent is added up over what the operand was repeated to."""
    a, b, moved = counted(one, 2), counted(other, 30), counted(one, 7)
    weights = counted((a + b).shape, 100)
    values = {name: x if kind is np.array else np.asarray(x).tolist() for name, x in (("a", a), ("b", b))}
    for text, slope in (("a*b", b), ("b - a", -np.ones(other)), ("a^2 + b", 2 * a + 0 * b)):
        forward = exprgrad.compile(f"{text}; s = sum({text})", mode, along_direction={"a": moved})(**values)
        np.testing.assert_array_equal(forward.along_direction("c"), slope * moved, strict=True)
        assert forward.along_direction("s") == (slope * moved).sum()
        backward = exprgrad.compile(text, mode, wrt=["a"], weight_by=weights)(**values)
        found = np.asarray(backward.derivative("c", "a"))
        np.testing.assert_array_equal(found, gathered(weights * slope, one), strict=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("1 + x^2.5*2", "x^2.5"),
        ("exp(y)/2 - y*x^2.5", "x^2.5"),
        ("2*x^2.5 if y < 2 else x", "x^2.5"),
        ("s = y; for i in 0..2 { s = s*(y + x^2.5) }; c = s", "x^2.5"),
        ("f(t) = t^2.5; c = 3*f(x) + y", "t^2.5"),
    ],
)
def test_what_a_rule_makes_belongs_to_the_operation_it_is_the_derivative_of(text: str, part: str, mode: str) -> None:
    """The third derivative of x^2.5 is infinite at 0: that of a power that a rule made, nowhere in the text."""
    for kind in ({"wrt": ["x"]}, {"along_direction": {"x": 1}}):
        function = exprgrad.compile(text, mode, max_order=3, **kind)
        (note,) = function.run({name: {"x": 0, "y": 1}[name] for name in function.inputs}).notes
        assert note.span is not None and text[note.span.start : note.span.end] == part


# A function that calls itself has an iteration for each that runs: a graph of all is not known.
RECURSIVE = "f(t) = f(t - 1) if t > 9 else t*y"


@pytest.mark.parametrize("kind", ["wrt", "along_direction"])
@pytest.mark.parametrize(
    "text",
    [
        "s = x; for i in 0..4 { s = s*sin(x) + y }; c = s",
        "s = x; for i in 0..4 { for j in 0..3 { s = s*x*y } }; c = s",
        "s = x; for i in 0..4 { s = s*sin(x) + y }; c = diff(s, x)",
        "x*y*sin(x) if x > 0 else y",
        "sin(x*y)*exp(x)",
        f"{RECURSIVE}; s = x; for i in 0..4 {{ s = sin(f(s)) }}; c = s",
        f"{RECURSIVE}; s = x; for i in 0..4 {{ for j in 0..3 {{ s = s*f(x)*y }} }}; c = s",
    ],
)
def test_what_sweeps_go_through_is_counted_alike(text: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In both modes, and of the iterations of a loop as if they were one."""
    counts: list[float] = []
    monkeypatch.setattr(limits, "check_swept", lambda swept, span=None: counts.append(swept))
    most = []
    for mode, times in (("static" if RECURSIVE not in text else "dynamic", 4), ("dynamic", 4), ("dynamic", 24)):
        for order in (2, 3):
            asked: dict[str, Any] = {kind: ["x"] if kind == "wrt" else {"x": 1}}
            exprgrad.compile(text.replace("0..4", f"0..{times}"), mode, max_order=order, **asked)(x=0.5, y=0.7)
            most.append(max(count for count in counts if isinstance(count, float)))
            counts.clear()
    assert most[0] < most[1]
    assert most == pytest.approx(most[:2] * 3, rel=0.25)
