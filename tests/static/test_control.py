"""`cond` and `while_loop`: built once, run for any condition and any number of iterations, of any order."""

from __future__ import annotations

import numpy as np
import pytest

import exprgrad.static as tf
from exprgrad import GraphError


def run(fetches: object, feeds: dict[tf.Node, object]) -> object:
    with tf.Session() as session:
        return session.run(fetches, feed_dict=feeds)


def test_cond_takes_one_side_and_captures() -> None:
    x, y = tf.placeholder(tf.float64, ()), tf.placeholder(tf.float64, ())
    z = x * y
    c = tf.cond(x > 0, lambda: z * tf.log(x), lambda: [y][0] * 2)
    (dx, dy) = tf.gradients(c, [x, y])
    (dxx,) = tf.gradients(dx, x)
    assert run([c, dx, dy, dxx], {x: 1.0, y: 3.0}) == [0.0, 3.0, 0.0, 3.0]
    assert run([c, dx, dy, dxx], {x: -1.0, y: 3.0}) == [6.0, 0.0, 2.0, 0.0]


def test_cond_gives_several_values_and_nests() -> None:
    x = tf.placeholder(tf.float64, ())
    a, b = tf.cond(x > 0, lambda: [x * x, tf.cond(x > 1, lambda: x, lambda: 5.0)], lambda: (1.0, x))
    (slope,) = tf.gradients(a * b, x)
    assert [run([a, b, slope], {x: v}) for v in (2.0, 0.5, -3.0)] == [
        [4.0, 2.0, 12.0],
        [0.25, 5.0, 5.0],
        [1.0, -3.0, 1.0],
    ]


def test_while_loop_of_any_length_and_order() -> None:
    a = tf.placeholder(tf.float64, ())
    (x,) = tf.while_loop(lambda x: abs(x * x - a) > 1e-12, lambda x: [(x + a / x) / 2], [a])
    (first,) = tf.gradients(x, a)
    (second,) = tf.gradients(first, a)
    for value in (2.0, 9.0, 1e6):
        found = run([x, first, second], {a: value})
        np.testing.assert_allclose(found, [value**0.5, 0.5 * value**-0.5, -0.25 * value**-1.5], rtol=1e-6)


def test_while_loop_with_a_branch_and_a_loop_inside() -> None:
    x, n = tf.placeholder(tf.float64, ()), tf.placeholder(tf.float64, ())

    def body(i: tf.Node, s: tf.Node) -> list[tf.Node]:
        term = tf.cond(i > 1, lambda: s * x, lambda: s + x)
        _, inner = tf.while_loop(lambda k, t: k < 2, lambda k, t: (k + 1, t * x), [0.0, term])
        return [i + 1, inner]

    _, s = tf.while_loop(lambda i, s: i < n, body, [0.0, 1.0])
    (slope,) = tf.gradients(s, x)
    (curvature,) = tf.gradients(slope, x)

    def plain(x: np.polynomial.Polynomial, n: int) -> np.polynomial.Polynomial:
        s = np.polynomial.Polynomial([1.0])
        for i in range(n):
            s = (s * x if i > 1 else s + x) * x * x
        return s

    for count in (0, 1, 2, 4):
        p = plain(np.polynomial.Polynomial([0.0, 1.0]), count)
        found = run([s, slope, curvature], {x: 1.5, n: float(count)})
        np.testing.assert_allclose(found, [p(1.5), p.deriv()(1.5), p.deriv(2)(1.5)], rtol=1e-12)


def test_while_loop_ends_after_maximum_iterations() -> None:
    x = tf.placeholder(tf.float64, ())
    y = tf.while_loop(lambda y: y > 0, lambda y: y * x, x, maximum_iterations=3)
    assert run([y, tf.gradients(y, x)[0]], {x: 2.0}) == [16.0, 32.0]


def test_while_loop_over_arrays() -> None:
    x = tf.placeholder(tf.float64, (None,))
    _, y = tf.while_loop(lambda i, y: i < 3, lambda i, y: (i + 1, y * x), [0.0, 1.0])
    y, slope = run([y, tf.gradients(y, x)[0]], {x: [1.0, 2.0]})  # type: ignore[misc]
    np.testing.assert_array_equal(y, [1.0, 8.0])
    np.testing.assert_array_equal(slope, [3.0, 12.0])


def test_mistakes() -> None:
    x = tf.placeholder(tf.float64, ())
    with pytest.raises(GraphError, match="2 and 1 values"):
        tf.cond(x > 0, lambda: [x, x], lambda: x)
    with pytest.raises(GraphError, match="gives 2 values for 1 variable"):
        tf.while_loop(lambda x: x > 0, lambda x: [x, x], [x])
    with pytest.raises(GraphError, match="a loop needs a variable"):
        tf.while_loop(lambda: x > 0, list, [])
