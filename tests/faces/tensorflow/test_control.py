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
    x = tf.while_loop(lambda x: abs(x * x - a) > 1e-12, lambda x: [(x + a / x) / 2], [a])
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
    with pytest.raises(GraphError, match="a loop variable is a node or a number, found a tuple"):
        tf.while_loop(lambda i, s: i < 3, lambda i, s: (i, s), [0.0, (x, x)])
    with pytest.raises(GraphError, match="a side of cond gives a node or a number, found a dict"):
        tf.cond(x > 0, lambda: {"a": x}, lambda: {"a": x})


def cube(a: tf.Node) -> tf.Node:
    """a**3 by a loop."""
    found: tf.Node = tf.while_loop(lambda i, y: i < 2, lambda i, y: (i + 1, y * a), [0.0, a])[1]
    return found


def derivatives(y: tf.Node, a: tf.Node, value: float, orders: int = 3) -> object:
    """The value, and the derivatives one after the other."""
    nodes = [y]
    for _ in range(orders):
        nodes += tf.gradients(nodes[-1], a)
    return run(nodes, {a: value})


def test_results_have_the_form_of_what_was_given() -> None:
    x = tf.placeholder(tf.float64, ())
    assert isinstance(tf.while_loop(lambda x: x < 3, lambda x: [x + 1], [x]), tf.Node)
    assert isinstance(tf.cond(x > 0, lambda: [x], lambda: x), tf.Node)
    assert isinstance(tf.while_loop(lambda x, y: x < 3, lambda x, y: [x + 1, y], (x, x)), tuple)
    assert isinstance(tf.cond(x > 0, lambda: [x, x], lambda: (x, 1)), list)


def test_the_most_iterations_may_be_a_node() -> None:
    x, n = tf.placeholder(tf.float64, ()), tf.placeholder(tf.float64, ())
    y = tf.while_loop(lambda y: y > 0, lambda y: y * x, x, maximum_iterations=n)
    assert [run(y, {x: 2.0, n: k}) for k in (0.0, 1.0, 4.0)] == [2.0, 4.0, 32.0]


def test_derivatives_inside_of_what_was_built_outside() -> None:
    a = tf.placeholder(tf.float64, ())
    y = cube(a)
    z = tf.cond(a > 0, lambda: tf.gradients(y, a)[0], lambda: a)
    assert derivatives(z, a, 3.0) == [27.0, 18.0, 6.0, 0.0]
    # Nothing that was there before has changed.
    assert derivatives(y, a, 3.0) == [27.0, 27.0, 18.0, 6.0]
    w = tf.cond(a > 0, lambda: a * a * a, lambda: a)
    assert derivatives(tf.cond(a > 0, lambda: tf.gradients(w, a)[0], lambda: a), a, 3.0) == [27.0, 18.0, 6.0, 0.0]
    _, s = tf.while_loop(lambda i, s: i < 2, lambda i, s: (i + 1, s + tf.gradients(y, a)[0]), [0.0, 0.0])
    assert derivatives(s, a, 3.0) == [54.0, 36.0, 12.0, 0.0]
    (t,) = (tf.while_loop(lambda s: s < tf.gradients(y, a)[0], lambda s: s * 2, a),)
    assert derivatives(t, a, 3.0, 1) == [48.0, 16.0]


def test_derivatives_inside_by_what_lies_outside() -> None:
    a = tf.placeholder(tf.float64, ())
    y = cube(a)

    def step(i: tf.Node, s: tf.Node) -> tuple[tf.Node, tf.Node]:
        return i + 1, s + tf.gradients(y * s, a, stop_gradients=[s])[0]

    _, s = tf.while_loop(lambda i, s: i < 1, step, [0.0, a])
    # s = a + 3a**2 * a
    assert derivatives(s, a, 3.0) == [84.0, 82.0, 54.0, 18.0]
    # By a itself, through the loop variable's own value nothing reaches a: it is a variable of the region.
    z = tf.cond(a > 0, lambda: tf.gradients(y * tf.sin(a) + a, a)[0], lambda: a)
    expected = 3 * 9 * np.sin(3.0) + 27 * np.cos(3.0) + 1
    np.testing.assert_allclose(run(z, {a: 3.0}), expected, rtol=1e-14)
    # Two regions deep.
    deep = tf.cond(a > 0, lambda: tf.cond(a > 1, lambda: tf.gradients(y * a, a)[0], lambda: a), lambda: a)
    assert derivatives(deep, a, 2.0) == [32.0, 48.0, 48.0, 24.0]


def test_gradient_descent_inside_a_loop() -> None:
    a = tf.placeholder(tf.float64, ())

    def step(w: tf.Node) -> tf.Node:
        return w - 0.25 * tf.gradients((w - a) ** 2, w)[0]

    w = tf.while_loop(lambda w: abs(w - a) > 1e-3, step, 0.0)
    value, slope = run([w, *tf.gradients(w, a)], {a: 2.0})  # type: ignore[misc]
    assert abs(value - 2.0) < 1e-3
    assert slope == pytest.approx(1 - 0.5**11)


def test_what_was_made_inside_is_not_used_outside() -> None:
    a = tf.placeholder(tf.float64, ())
    box: list[tf.Node] = []

    def body(i: tf.Node, y: tf.Node) -> tuple[tf.Node, tf.Node]:
        box.append(y * 3)
        return i + 1, y * a

    r = tf.while_loop(lambda i, y: i < 2, body, [0.0, a])
    for use in (
        lambda: box[0] * 2,
        lambda: tf.sin(box[0]),
        lambda: r[1] + box[0],
        lambda: tf.gradients(box[0], a),
        lambda: tf.gradients(r[1], box[0]),
        lambda: tf.gradients(r[1], a, stop_gradients=[box[0]]),
        lambda: tf.cond(box[0] > 1, lambda: a, lambda: a),
        lambda: tf.while_loop(lambda y: y < 3, lambda y: y + box[0], [a]),
        lambda: run(box[0], {a: 1.0}),
        lambda: run(r[1], {a: 1.0, box[0]: 2.0}),
    ):
        with pytest.raises(GraphError, match="in a function of cond or while_loop"):
            use()
    # A sub-expression that both sides want is made outside, or in each of them.
    kept: list[tf.Node] = []

    def squared() -> tf.Node:
        if not kept:
            kept.append(a * a)
        return kept[0]

    with pytest.raises(GraphError, match="is used outside of it"):
        tf.cond(a > 0, lambda: squared() + 1, lambda: squared())
    x = tf.placeholder(tf.float64, shape=[2])
    square = x * x
    with pytest.raises(GraphError, match="by an array outside"):
        tf.cond(a > 0, lambda: tf.gradients(square * a, x)[0], lambda: a)


def test_a_function_that_fails_leaves_the_graph_usable() -> None:
    a = tf.placeholder(tf.float64, ())
    with pytest.raises(ZeroDivisionError):
        tf.cond(a > 0, lambda: 1 / 0, lambda: a)
    assert run(a * 2, {a: 4.0}) == 8.0


def test_what_lies_outside_does_not_depend_on_a_loop_variable() -> None:
    a = tf.placeholder(tf.float64, ())
    s = a * a
    y = tf.while_loop(lambda y: y < 3, lambda y: y + 1 + sum(tf.gradients(s, [a, y])) - 2 * a, [a])
    assert derivatives(y, a, 1.0, 1) == [3.0, 1.0]
    z = tf.cond(a > 0, lambda: tf.gradients(s, a * 2)[0] + a, lambda: a)
    assert derivatives(z, a, 2.0, 1) == [2.0, 1.0]


def test_a_loop_keeps_declared_shapes() -> None:
    """A variable that no iteration gives another shape has that of its start, inside and behind the loop."""
    v, m = tf.placeholder(tf.float64, shape=[2]), tf.placeholder(tf.float64, shape=[2, 2])
    _, doubled = tf.while_loop(lambda i, a: i < 3, lambda i, a: [i + 1, a * 2], [tf.constant(0.0), v])
    summed = tf.while_loop(lambda a: a[0] < 30, lambda a: a * 2 + tf.reduce_sum(a), [v])
    _, power = tf.while_loop(lambda i, a: i < 2, lambda i, a: [i + 1, tf.matmul(a, m)], [tf.constant(0.0), m])
    _, grown = tf.while_loop(lambda i, a: i < 2, lambda i, a: [i + 1, a + v], [tf.constant(0.0), tf.constant(1.0)])
    assert [x.shape for x in (doubled, summed, power, grown)] == [(2,), (2,), (2, 2), None]
    slope = tf.gradients(tf.reduce_sum(power), [m])[0]
    fed = {v: [1.0, 2.0], m: [[1.0, 2.0], [3.0, 4.0]]}
    found = tf.Session().run([tf.reduce_sum(doubled), doubled[0], summed, grown, slope], fed)
    assert [float(x) for x in found[:2]] == [24.0, 8.0]
    assert [x.tolist() for x in found[2:]] == [[92.0, 100.0], [3.0, 5.0], [[51.0, 87.0], [67.0, 111.0]]]
