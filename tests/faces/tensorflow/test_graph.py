"""Define, then run."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import exprgrad.static as tf
from exprgrad.diagnostics import ExprError, GraphError


def test_the_listing_of_the_article(capsys: pytest.CaptureFixture[str]) -> None:
    tf.disable_v2_behavior()
    a = tf.placeholder(tf.float32)
    b = tf.placeholder(tf.float32)
    c = tf.multiply(a, b)
    with tf.Session() as sess:
        c_value = sess.run([c], feed_dict={a: [15.0], b: [20.0]})[0][0]
        print(f"c = {c_value}")
        derivative_a = sess.run(tf.gradients(c, a), feed_dict={a: [15.0], b: [20.0]})[0][0]
        print(f"Derivative of c with respect to a = {derivative_a}")
        derivative_b = sess.run(tf.gradients(c, b), feed_dict={a: [15.0], b: [20.0]})[0][0]
        print(f"Derivative of c with respect to b = {derivative_b}")
    assert capsys.readouterr().out == (
        "c = 300.0\nDerivative of c with respect to a = 20.0\nDerivative of c with respect to b = 15.0\n"
    )


def test_scalars_are_rounded_and_arrays_are_arrays() -> None:
    x = tf.placeholder(tf.float64)
    y = tf.tanh(x)
    with tf.Session() as sess:
        assert repr(sess.run(y, {x: 0.7})) == "0.6043677771171635"  # numpy's own ends in ...634
        assert isinstance(sess.run(y, {x: [0.7]}), np.ndarray)
        assert sess.run(y, {x: np.float64(0.7)}) == 0.6043677771171635
    single = tf.placeholder(tf.float32)
    with tf.Session() as sess:
        out = sess.run(single * 0.1, {single: 3})
    assert type(out) is np.float32 and str(out) == "0.3"


def test_any_node_may_be_fed_or_fetched() -> None:
    a = tf.placeholder(tf.float64, name="a")
    u = tf.exp(a)
    c = u * 2
    with tf.Session() as sess:
        assert sess.run({"u": u, "c": (c, [c])}, {u: 5}) == {"u": 5.0, "c": (10.0, [10.0])}
        assert sess.run(a + 1, {a: 1}) == 2.0
        assert sess.run(tf.constant(2.5)) == 2.5


def test_only_what_a_fetch_needs_is_run() -> None:
    a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    c, _ = a * 2, b * 2
    with tf.Session() as sess:
        assert sess.run(c, {a: 1}) == 2.0


def test_missing_and_unknown_feeds() -> None:
    a, b = tf.placeholder(tf.float64, name="a"), tf.placeholder(tf.float64, name="b")
    with tf.Session() as sess:
        with pytest.raises(GraphError, match="placeholder b needs a value"):
            sess.run(a * b, {a: 1})
        # As in TensorFlow a feed that nothing needs does no harm.
        assert sess.run(a * 2, {a: 1, b: 3}) == 2.0
        with pytest.raises(GraphError, match="feed_dict is a dict, found list"):
            sess.run(a * 2, [1.0])  # type: ignore[arg-type]
        with pytest.raises(GraphError, match="keyed by a node"):
            sess.run(a * 2, {"a": 1})  # type: ignore[dict-item]
        with pytest.raises(GraphError, match="cannot fetch str"):
            sess.run("a")


def test_gradients_only_add_nodes() -> None:
    a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    c = a * b
    with tf.Session() as sess:
        assert sess.run(c, {a: 15, b: 20}) == 300.0
        da, db = tf.gradients(c, [a, b])
        assert sess.run([da, db], {a: 15, b: 20}) == [20.0, 15.0]
        assert sess.run(tf.gradients(da, b), {a: 15, b: 20}) == [1.0]
        z = tf.placeholder(tf.float64)
        assert sess.run(tf.gradients(c, z), {a: 1, b: 2, z: 3}) == [0.0]


def test_a_finalized_graph_takes_no_nodes() -> None:
    a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    c = a * b
    grads = tf.gradients(c, [a, b])
    c.graph.finalize()
    assert a.graph.finalized and b.graph == c.graph
    for build in (lambda: a * 2, lambda: tf.gradients(c, a), lambda: tf.placeholder(tf.float64) + c):
        with pytest.raises(GraphError, match="finalized"):
            build()
    with tf.Session() as sess:
        assert sess.run(grads, {a: 15, b: 20}) == [20.0, 15.0]


def test_broadcasting_and_the_sum_that_undoes_it() -> None:
    x = tf.placeholder(tf.float64)
    y = tf.placeholder(tf.float64)
    c = x * y + x
    dx, dy = tf.gradients(c, [x, y])
    with tf.Session() as sess:
        feeds = {x: [[1.0], [2.0]], y: [10.0, 20.0, 30.0]}
        value, gx, gy = sess.run([c, dx, dy], feeds)
        assert value.shape == (2, 3)
        np.testing.assert_array_equal(gx, [[63.0], [63.0]])
        np.testing.assert_array_equal(gy, [3.0, 3.0, 3.0])
        gx = sess.run(dx, {x: 2.0, y: [10.0, 20.0, 30.0]})
        assert gx == 63.0 and isinstance(gx, float)
        second = tf.gradients(tf.gradients(x * x * y, x), x)
        assert sess.run(second, {x: 2.0, y: [10.0, 20.0]}) == [60.0]


def test_shapes_are_checked() -> None:
    x = tf.placeholder(tf.float64, shape=[None, 2])
    with tf.Session() as sess:
        assert sess.run(x * 2, {x: [[1, 2]]}).shape == (1, 2)
        with pytest.raises(GraphError, match=r"has shape \(None, 2\), but is fed"):
            sess.run(x * 2, {x: [1, 2, 3]})
        y = tf.placeholder(tf.float64)
        with pytest.raises(Exception, match="do not fit in add"):
            sess.run(x + y, {x: [[1, 2]], y: [1, 2, 3]})


def test_a_node_is_no_condition() -> None:
    x = tf.placeholder(tf.float64)
    with pytest.raises(GraphError, match="no value while the graph is being defined"):
        bool(x > 0)


def test_modes_do_not_mix() -> None:
    import exprgrad.dynamic as torch

    with pytest.raises(GraphError, match="mixes a static node with a dynamic tensor"):
        tf.placeholder(tf.float64) * torch.tensor(1.0)


def test_grad_ys_and_sums_of_results() -> None:
    x = tf.placeholder(tf.float64)
    with tf.Session() as sess:
        assert sess.run(tf.gradients([x * x, 3 * x], x), {x: 2}) == [7.0]
        assert sess.run(tf.gradients(x * x, x, grad_ys=10.0), {x: 2}) == [40.0]


def test_threads_share_a_session() -> None:
    x = tf.placeholder(tf.float64)
    y = tf.sin(x) * x
    sess = tf.Session()
    expected = [sess.run(y, {x: i}) for i in range(50)]
    found: list[list[float]] = [[] for _ in range(4)]

    def work(out: list[float]) -> None:
        out.extend(sess.run(y, {x: i}) for i in range(50))

    threads = [threading.Thread(target=work, args=(out,)) for out in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(out == expected for out in found)


def test_passes_keep_every_value() -> None:
    """Equal nodes are computed once; nothing is simplified."""
    from exprgrad.program.compilation import assemble

    x = tf.placeholder(tf.float64, shape=())
    same = tf.sin(x) * tf.sin(x)
    assert assemble([same], [x]).operations == 2
    zero = 0 * x
    with tf.Session() as sess:
        assert str(sess.run(zero, {x: float("inf")})) == "nan"
        assert str(sess.run(x - x, {x: float("inf")})) == "nan"


def test_a_scalar_feed_meets_any_constant() -> None:
    a = tf.placeholder(tf.float64)
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(np.array([1.0, 2.0]) * a, {a: 3}), [3.0, 6.0])
        np.testing.assert_array_equal(sess.run([1, 2] * a + 1, {a: 3}), [4.0, 7.0])
        assert sess.run(tf.constant(np.float32(0.5)) * a, {a: 3}) == 1.5
        k = tf.constant([1.0, 2.0])
        np.testing.assert_array_equal(sess.run(tf.gradients(k * k, k))[0], [2.0, 4.0])


def test_a_fetched_array_is_the_caller_s() -> None:
    given = np.array([1.0, 2.0])
    k = tf.constant(given)
    a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    with tf.Session() as sess:
        given[0] = 7
        fetched = sess.run(k)
        fetched[0] = 99
        np.testing.assert_array_equal(sess.run(k), [1.0, 2.0])
        fed = np.array([1.0, 2.0])
        same = sess.run(a, {a: fed})
        same[0] = 99
        assert fed[0] == 1.0
        da, db = sess.run(tf.gradients(a + b, [a, b]), {a: fed, b: fed})
        da[0] = 99
        assert db[0] == 1.0


def test_gradients_take_what_tensorflow_takes() -> None:
    a, b, q = (tf.placeholder(tf.float64) for _ in range(3))
    with tf.Session() as sess:
        assert sess.run(tf.gradients(a * b, a, grad_ys=[10.0]), {a: 1, b: 2}) == [20.0]
        (da,) = tf.gradients(a + 1, a, grad_ys=3.0)
        np.testing.assert_array_equal(sess.run(da, {a: [1.0, 2.0]}), [3.0, 3.0])
        (dq,) = tf.gradients([a, b], q)
        assert sess.run(dq, {a: [1.0, 2.0], b: [1.0, 2.0, 3.0], q: 1}) == 0.0
        assert np.isnan(sess.run(dq, {a: [1.0, np.nan], b: 1, q: 1}))
        with pytest.raises(GraphError, match="no result"):
            tf.gradients([], a)
        single = tf.placeholder(tf.float32)
        assert type(sess.run(tf.gradients(single * a, single), {single: 1, a: 2})[0]) is np.float32


def test_what_a_graph_refuses() -> None:
    import copy
    import pickle

    import exprgrad.dynamic as torch

    a = tf.placeholder(np.float32, shape=2)
    assert a.dtype == "float32" and a.declared == (2,)
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(GraphError, match="cannot be copied or pickled"):
            duplicate(a * 2)
    sess = tf.Session()
    with pytest.raises(GraphError, match="is fed a dynamic tensor"):
        sess.run(a, {a: torch.tensor([1.0, 2.0])})
    assert sess.run([], {a: [1, 2]}) == []
    sess.close()
    with pytest.raises(GraphError, match="the session is closed"):
        sess.run(a, {a: [1, 2]})
    with pytest.raises(TypeError, match="hypot takes 2 operands, not 1"):
        tf.hypot(a)
    with pytest.raises(TypeError, match="max takes 2 or more operands"):
        tf.max(a)


def test_equal_constants_are_one() -> None:
    from exprgrad.program.compilation import assemble

    x = tf.placeholder(tf.float64, shape=())
    assert assemble([2 * x + 2 * x], [x]).operations == 2
    assert str(tf.Session().run(0.0 * x + -0.0 * x, {x: 1})) == "0.0"


def test_constants_beyond_a_double_stay_wide() -> None:
    c, x = tf.constant(1e300), tf.placeholder(tf.float64)
    with tf.Session() as sess:
        assert sess.run(c * c / c) == 1e300
        assert sess.run((c * 1e300) * x, {x: 1e-300}) == pytest.approx(1e300, rel=1e-15)


def test_what_is_stopped_is_a_constant() -> None:
    x = tf.placeholder(tf.float64)
    y = tf.stop_gradient(x * x, name="held") * x
    (slope,) = tf.gradients(y, x)
    with tf.Session() as sess:
        assert sess.run([y, slope, *tf.gradients(slope, x)], {x: 3}) == [27.0, 9.0, 0.0]
        np.testing.assert_array_equal(sess.run(slope, {x: [1.0, 2.0]}), [1.0, 4.0])
        assert sess.run(tf.stop_gradient(2.5)) == 2.5


def test_stop_gradients_are_constants_of_one_derivative() -> None:
    a, c = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    b = a * a
    y = b * a + tf.sin(b) * c
    cases: list[tuple[list[tf.Node], list[tf.Node], list[float]]] = [
        ([a, b], [], [12.0 + 4 * np.cos(4) * 5, 2.0 + np.cos(4) * 5]),
        ([a, b], [b], [4.0, 2.0 + np.cos(4) * 5]),
        ([a], [b, a], [4.0]),
        ([b, a], [a, b], [2.0 + np.cos(4) * 5, 4.0]),
        ([c, a], [y], [0.0, 0.0]),
        ([y, a], [y], [1.0, 0.0]),
    ]
    with tf.Session() as sess:
        for xs, stopped, expected in cases:
            found = sess.run(tf.gradients(y, xs, stop_gradients=stopped), {a: 2, c: 5})
            assert found == pytest.approx(expected, rel=1e-15), (xs, stopped)
        assert sess.run(tf.gradients(y, a, stop_gradients=b), {a: 2, c: 5}) == [4.0]


def test_unconnected_gradients() -> None:
    a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    found = tf.gradients(a * a, [a, b], unconnected_gradients=tf.UnconnectedGradients.NONE)
    assert found[0] is not None and found[1] is None
    for zero in ("zero", tf.UnconnectedGradients.ZERO):
        assert tf.Session().run(tf.gradients(a * a, b, unconnected_gradients=zero), {a: 1, b: 1}) == [0.0]
    with pytest.raises(GraphError, match="unknown unconnected_gradients 'nothing'"):
        tf.gradients(a, a, unconnected_gradients="nothing")


def test_hessians() -> None:
    x = tf.placeholder(tf.float64, shape=[2])
    s = tf.placeholder(tf.float64)
    u = tf.placeholder(tf.float64)
    (total,) = tf.gradients(x * x * s, s)  # the sum of squares: a function of all elements
    with tf.Session() as sess:
        (found,) = sess.run(tf.hessians(total * total, x), {x: [1.0, 2.0], s: 1.0})
        np.testing.assert_array_equal(found, [[28.0, 16.0], [16.0, 52.0]])  # 8 x x' + 4 |x|² 1
        by_x, by_u = tf.hessians([tf.exp(u) * x, u * u], [x, u])
        np.testing.assert_array_equal(sess.run(by_x, {x: [1, 2], u: 0}), np.zeros((2, 2)))
        assert sess.run(by_u, {x: [1, 2], u: 0}) == 5.0
        assert sess.run(tf.hessians(u * u * u, u), {u: [2.0]})[0].tolist() == [[12.0]]
        with pytest.raises(ExprError, match="needs its shape before it runs"):
            sess.run(tf.hessians(u * u * u, u), {u: [2.0, 3.0]})
        third = tf.gradients(tf.hessians(x**3, x), x)
        np.testing.assert_array_equal(sess.run(third[0], {x: [1, 2]}), [6.0, 6.0])
        single = tf.placeholder(tf.float32, shape=())
        assert type(sess.run(tf.hessians(single**2, single), {single: 1})[0]) is np.float32
        assert np.isnan(sess.run(tf.hessians(tf.log(u), u), {u: -1})[0])
    with pytest.raises(GraphError, match="expected a node, found int"):
        tf.hessians(u, 3)  # type: ignore[arg-type]


def test_a_hessian_inside_and_outside_of_a_derivative_of_one_element() -> None:
    u = tf.placeholder(tf.float64)
    with tf.Session() as sess:
        third = tf.gradients(tf.hessians(u**4, u), u)
        assert sess.run(third, {u: 2}) == [48.0]
        np.testing.assert_array_equal(sess.run(third, {u: [2.0]})[0], [48.0])


def test_cotangents_in_another_shape_are_refused() -> None:
    v, u, free = (
        tf.placeholder(tf.float64, shape=[3]),
        tf.placeholder(tf.float64, shape=[None]),
        tf.placeholder("float64"),
    )
    (fed,) = tf.gradients([v * v], [v], grad_ys=[u])
    session = tf.Session()
    assert session.run(fed, {v: [1, 2, 3], u: [1, 0, 2]}).tolist() == [2.0, 0.0, 12.0]
    with pytest.raises(ExprError, match=r"an array of shape \(2,\) does not fit where one of shape \(3,\) is needed"):
        session.run(fed, {v: [1, 2, 3], u: [1, 0]})
    with pytest.raises(ExprError, match=r"a cotangent of shape \(2,\) for a value of shape \(3,\)"):
        tf.gradients([v * v], [v], grad_ys=[[1.0, 2.0]])
    (late,) = tf.gradients([free * free], [free], grad_ys=[[1.0, 2.0]])
    with pytest.raises(ExprError, match="does not fit"):
        session.run(late, {free: [1, 2, 3]})
