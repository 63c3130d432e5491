"""TensorFlow 1's arguments mean what they mean there: what tf.compat.v1 answers, written down, in both precisions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.static as tf
from exprgrad.diagnostics import ExprError
from exprgrad.faces.answers import GENERIC
from exprgrad.faces.tensorflow.instead import MODULE, NODE

X = [[1.0, 2.0], [3.0, 5.0]]
V = [1.0, 2.0, 4.0]

# What is called with x and v, and the answer.
ANSWERS: list[tuple[str, Callable[..., Any], Any]] = [
    ("square", lambda x, v: tf.square(x), [[1, 4], [9, 25]]),
    ("reduce_sum(axis)", lambda x, v: tf.reduce_sum(x, 0), [4, 7]),
    ("reduce_sum(keepdims)", lambda x, v: tf.reduce_sum(x, 0, True), [[4, 7]]),
    ("reduce_sum(name)", lambda x, v: tf.reduce_sum(x, 0, None, "total"), [4, 7]),
    ("reduction_indices", lambda x, v: tf.reduce_sum(x, reduction_indices=[1], keep_dims=True), [[3], [8]]),
    ("reduce_mean of no axis", lambda x, v: tf.reduce_mean(x, []), X),
    ("reduce_any of no axis", lambda x, v: tf.reduce_any(x > 2, []), [[0, 0], [1, 1]]),
    ("reduce_max", lambda x, v: tf.reduce_max(x, [0, 1]), 5),
    ("reduce_logsumexp", lambda x, v: tf.reduce_logsumexp(v), 4.169846019556285),
    ("reduce_variance", lambda x, v: tf.math.reduce_variance(x, 1), [0.25, 1]),
    ("norm", lambda x, v: tf.norm(x), 6.244997998398398),
    ("norm of order 1", lambda x, v: tf.norm(x, 1), 11),
    ("norm along an axis", lambda x, v: tf.norm(x, "euclidean", 0), [3.1622776601683795, 5.385164807134504]),
    ("norm of order inf", lambda x, v: tf.norm(v, np.inf, keepdims=True), [4]),
    ("norm of a matrix", lambda x, v: tf.norm(x, axis=[0, 1], keep_dims=True), [[6.244997998398398]]),
    ("gather", lambda x, v: tf.gather(x, [1], 1), [[3, 5]]),
    ("gather along an axis", lambda x, v: tf.gather(x, [1], axis=1), [[2], [5]]),
    ("cumsum", lambda x, v: tf.cumsum(x, 1), [[1, 3], [3, 8]]),
    ("cumsum from behind", lambda x, v: tf.cumsum(v, 0, False, True), [7, 6, 4]),
    ("expand_dims", lambda x, v: tf.expand_dims(v, dim=0), [V]),
    ("squeeze", lambda x, v: tf.squeeze(tf.expand_dims(v, 0), squeeze_dims=[0]), V),
    ("matmul", lambda x, v: tf.matmul(x, x, True), [[10, 17], [17, 29]]),
    ("matrix_solve", lambda x, v: tf.matrix_solve(x, x, True), [[4, 5], [-1, -1]]),
    ("transpose", lambda x, v: tf.transpose(x, [1, 0], "turned"), [[1, 3], [2, 5]]),
    ("softmax", lambda x, v: tf.nn.softmax(x, dim=0)[0], [0.11920292202211755, 0.04742587317756679]),
    ("where by rows", lambda x, v: tf.where([True, False], x, -x), [[1, 2], [-3, -5]]),
    ("where by elements", lambda x, v: tf.where(x > 2, x, -x), [[-1, -2], [3, 5]]),
    ("where of a vector", lambda x, v: tf.where(v > 1, v, -v), [-1, 2, 4]),
    ("zeros", lambda x, v: tf.zeros([3], tf.float64) + v, V),
    ("ones", lambda x, v: tf.ones([2]) * x, X),
    ("eye", lambda x, v: tf.eye(2) * x, [[1, 0], [0, 5]]),
    ("zeros_like", lambda x, v: tf.zeros_like(x, tf.float64) + x, X),
    ("ones_like", lambda x, v: tf.ones_like(v, name="ones") * v, V),
    ("diag", lambda x, v: tf.diag(v)[1], [0, 2, 0]),
    ("diag_part", lambda x, v: tf.linalg.diag_part(x), [1, 5]),
    ("names", lambda x, v: tf.multiply(x=v, y=2.0, name="twice"), [2, 4, 8]),
    ("a name by position", lambda x, v: tf.subtract(3.0, v, "rest"), [2, 1, -1]),
    ("a list of nodes", lambda x, v: v + [1.0, v[0], 3.0], [2, 3, 7]),  # noqa: RUF005
    ("a list of nodes in front", lambda x, v: tf.maximum([v[2], v[0], v[0]], v), [4, 2, 4]),
    ("math", lambda x, v: tf.math.log1p(v), [0.6931471805599453, 1.0986122886681098, 1.6094379124341003]),
    ("div", lambda x, v: tf.div(v, 2), [0.5, 1, 2]),
    ("floordiv", lambda x, v: tf.floordiv(v, 3.0), [0, 0, 1]),
    ("floormod", lambda x, v: tf.floormod(-v, 3.0), [2, 1, 2]),
    ("relu", lambda x, v: tf.nn.relu(v - 2), [0, 0, 2]),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", ANSWERS, ids=[case[0] for case in ANSWERS])
def test_answers_of_the_model(case: Any, dtype: str) -> None:
    text, call, answer = case
    x, v = tf.placeholder(dtype, shape=[2, 2]), tf.placeholder(dtype, shape=[3])
    with tf.Session(config=None) as sess:
        found = sess.run(call(x, v), {x: X, v: V})
    np.testing.assert_allclose(found, answer, rtol=1e-12 if dtype == "float64" else 1e-5)
    assert np.shape(found) == np.shape(answer)
    if "zeros" not in text:
        assert np.asarray(found).dtype == dtype


def run(node: Any) -> Any:
    with tf.Session() as sess:
        return sess.run(node)


def test_whole_numbers_divide_as_in_python_2() -> None:
    a, b = tf.constant(7), tf.constant([2, -2])
    assert run(tf.div(7, 2)) == 3 and run(tf.div(-7, 2)) == -4 and run(tf.div(a * 3, b)).tolist() == [10, -11]
    assert (
        run(tf.div(7.0, 2)) == 3.5 == run(tf.div(a, 2.0)) == run(tf.divide(7, 2)) == run(a / 2) == run(tf.truediv(7, 2))
    )
    assert run(tf.div(a / 2, 2)) == 1.75 and run(tf.div(tf.constant(7, tf.float32), 2)) == 3.5
    assert run(tf.div(tf.constant(np.array([7])), 2)).tolist() == [3] and run(a // 2) == 3
    with pytest.raises(ValueError, match="mean of whole numbers"):
        tf.reduce_mean([1, 2])
    assert run(tf.reduce_mean([1.0, 2.0])) == 1.5 == run(tf.reduce_mean(tf.constant([1, 2]) * 1.0))


def test_the_derivative_of_equal_operands_is_the_first_ones() -> None:
    x, y = tf.placeholder(tf.float64, shape=[3]), tf.placeholder(tf.float64, shape=[3])
    feed = {x: [1.0, 2.0, 3.0], y: [2.0, 2.0, 2.0]}
    for larger, by_x in ((tf.maximum, [0, 1, 1]), (tf.minimum, [1, 1, 0])):
        c = larger(x, y)
        with tf.Session() as sess:
            found, dx, dy = sess.run([c, *tf.gradients(c, [x, y])], feed)
            assert np.isnan(sess.run(c, {x: [np.nan, 1, np.nan], y: [1, np.nan, np.nan]})).all()
        assert dx.tolist() == by_x and (dx + dy == 1).all()
        assert found.tolist() == ([2, 2, 3] if larger is tf.maximum else [1, 2, 2])


def test_conditions_choose_rows_of_what_is_differentiated() -> None:
    x, c = tf.placeholder(tf.float64, shape=[2, 2]), tf.placeholder(tf.float64)
    y = tf.where(c, x * x, -x)
    with tf.Session() as sess:
        found = sess.run(tf.gradients(y, x)[0], {x: X, c: [0.0, 1.0]})
    assert found.tolist() == [[-1, -1], [6, 10]]


def test_float32_numbers() -> None:
    x = tf.placeholder(tf.float32, shape=[])
    y = tf.where(x > 0.0, x * 2.0, x * 3.0)
    with tf.Session() as sess:
        assert sess.run([y, tf.gradients(y, x)[0]], {x: -1.0}) == [-3, 3]
        assert sess.run(tf.expand_dims(x, 0), {x: 2.0}).tolist() == [2]
        assert sess.run(tf.stack([x, x * 2]), {x: 2.0}).dtype == np.float32
        assert type(sess.run(y, {x: 1.0})) is np.float32


REFUSED: list[tuple[str, Callable[..., Any], type[Exception]]] = [
    ("an axis twice", lambda x: tf.reduce_sum(x, 0, reduction_indices=1), ValueError),
    ("no axis", lambda x: tf.reduce_sum(x, 5), ValueError),
    ("an axis named twice", lambda x: tf.reduce_sum(x, [0, 0]), ValueError),
    ("keepdims", lambda x: tf.reduce_sum(x, 0, "name"), TypeError),
    ("a variance of nothing", lambda x: tf.math.reduce_variance(x, []), ValueError),
    ("an unknown argument", lambda x: tf.reduce_sum(x, of=0), TypeError),
    ("an unknown operand", lambda x: tf.exp(z=x), TypeError),
    ("where of one", lambda x: tf.where(x > 0), TypeError),
    ("the old concat", lambda x: tf.concat(0, [x, x]), TypeError),
    ("diag of a matrix", lambda x: tf.diag(x), ValueError),
    ("diag_part of a vector", lambda x: tf.diag_part(x[0]), ValueError),
    ("exclusive", lambda x: tf.cumsum(x, 0, True), ValueError),
    ("batch_dims", lambda x: tf.gather(x, [0], batch_dims=1), ValueError),
    ("expand_dims", lambda x: tf.expand_dims(x), ValueError),
    ("squeeze", lambda x: tf.squeeze(x, 0), ValueError),
    ("a spectral norm", lambda x: tf.norm(x, 2, [0, 1]), ValueError),
    ("matmul", lambda x: tf.matmul(x, tf.zeros([3, 2])), ValueError),
    ("x + y", lambda x: x + tf.zeros([3]), ValueError),
    ("x[True]", lambda x: x[True], ValueError),
    ("x[5]", lambda x: x[5], ValueError),
    ("bool", lambda x: bool(x), TypeError),
    ("iter", lambda x: list(x), TypeError),
    ("a & b", lambda x: x & x, TypeError),
    ("~a", lambda x: ~x, TypeError),
    ("a fetch", lambda x: run(5), TypeError),
    ("a feed", lambda x: tf.Session().run(x, {"x": 1}), TypeError),
    ("no feed", lambda x: run(x), ValueError),
    ("a feed's shape", lambda x: tf.Session().run(x, {x: V}), ValueError),
    ("a session's graph", lambda x: tf.Session(graph=tf.Graph()), ValueError),
    ("a constant node", lambda x: tf.constant([x, x]), ValueError),
    ("gradients of a number", lambda x: tf.gradients(5, x), TypeError),
    ("back_prop", lambda x: tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0.0], back_prop=False), ValueError),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_refused_is_an_error_of_the_model_s_kind(case: Any) -> None:
    _, call, kind = case
    with pytest.raises(kind) as raised:
        call(tf.placeholder(tf.float64, shape=[2, 2]))
    assert isinstance(raised.value, ExprError)


def test_a_closed_session_is_a_runtime_error() -> None:
    sess = tf.Session()
    sess.close()
    with pytest.raises(RuntimeError, match="closed"):
        sess.run(tf.constant(1.0))


def test_control_by_position() -> None:
    assert run(tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0.0], None, 1, True, False, "loop", 3)) == 3
    assert run(tf.cond(tf.constant(1.0) > 0, lambda: 1.0, lambda: 2.0, True, "choice")) == 1


@pytest.mark.parametrize("name", ["Variable", "train", "layers", "int32", "random_normal", "GradientTape", "nonsense"])
def test_a_name_that_the_module_has_not(name: str) -> None:
    with pytest.raises(AttributeError, match=name) as raised:
        getattr(tf, name)
    assert isinstance(raised.value, ExprError) and raised.value.hint and not hasattr(tf, name)


def test_a_name_that_a_node_has_not() -> None:
    x = tf.placeholder(tf.float64)
    for name in ("eval", "get_shape", "assign", "numpy"):
        with pytest.raises(AttributeError, match=name) as raised:
            getattr(x, name)
        assert isinstance(raised.value, ExprError) and raised.value.hint and name not in dir(x)


def test_no_entry_is_there_and_what_is_told_exists() -> None:
    x = tf.placeholder(tf.float64)
    assert not [name for names in NODE for name in names.split() if hasattr(x, name)]
    assert not [name for name in MODULE if hasattr(tf, name)]
    for hint in {*NODE.values(), *MODULE.values(), GENERIC}:
        for name in re.findall(r"\btf\.(\w+)", hint):
            assert hasattr(tf, name), hint
        for name in re.findall(r"\bx\.(\w+)", hint):
            assert hasattr(x, name), hint
    assert all(hasattr(tf, name) for name in dir(tf))


def test_a_name_that_a_namespace_has_not() -> None:
    for owner, name in ((tf.nn, "conv2d"), (tf.linalg, "svd"), (tf.math, "cumprod")):
        with pytest.raises(AttributeError, match=name) as raised:
            getattr(owner, name)
        assert isinstance(raised.value, ExprError) and raised.value.hint
    assert tf.placeholder(float).dtype == tf.float32


@pytest.mark.parametrize(
    ("value", "shape", "expected"),
    [
        ([1.0, 2.0], [2, 2], [[1, 2], [2, 2]]),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (2, 3), [[1, 2, 3], [4, 5, 6]]),
        (0.5, [2], [0.5, 0.5]),
        ([[1.0], [2.0]], [2], [1, 2]),
        (3.0, [], 3),
    ],
)
def test_a_constant_in_a_shape(value: Any, shape: Any, expected: Any) -> None:
    with tf.Session() as session:
        assert np.array_equal(session.run(tf.constant(value, shape=shape)), expected)
    with pytest.raises(ExprError, match="does not fit"):
        tf.constant([1.0, 2.0, 3.0], shape=[2])


@pytest.mark.parametrize(
    "made",
    [
        lambda x: x * [0.1, 0.3],
        lambda x: x - np.array([0.1, 0.3]),
        lambda x: np.array([0.1, 0.3]) - x,
        lambda x: x * np.float64(0.1),
        lambda x: tf.concat([x, [0.1]], 0),
        lambda x: tf.multiply(x * 2.0, tf.constant([0.1, 0.3])),
        lambda x: tf.matmul(tf.reshape(x, [1, 2]), [[0.1], [0.3]]),
        lambda x: tf.where(tf.equal(x, [0.1, 0.3]), [1.0, 1.0], x),
    ],
)
def test_what_meets_float32_becomes_it(made: Callable[[Any], Any]) -> None:
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as session:
        found = session.run(made(x), {x: [0.1, 0.3]})
    assert found.dtype == np.float32
    if "equal" in made.__code__.co_names:
        assert found.tolist() == [1, 1]


def test_a_computed_node_is_fed_in_its_precision() -> None:
    x = tf.placeholder(tf.float32, [])
    h = x * 2.0
    with tf.Session() as session:
        assert session.run(h * 3.0, {h: 0.1}) == np.float32(0.1) * np.float32(3)
        assert isinstance(session.run(h * 3.0, {h: 0.1}), np.float32)


def test_what_is_no_function_or_not_there_is_told() -> None:
    x = tf.placeholder(tf.float32, [2])
    for wrong in (lambda: tf.cond(x[0] > 0, x, x), lambda: tf.while_loop(x, lambda y: y, [x])):
        with pytest.raises(TypeError, match="is a function, found a node"):
            wrong()
    for wrong in (lambda: tf.Graph().as_default(), lambda: tf.Session().graph):
        with pytest.raises(AttributeError, match="there is no default graph"):
            wrong()
    assert "as_default" not in dir(tf.Graph()) and "graph" not in dir(tf.Session()) and "run" in dir(tf.Session())
    for key in (slice(None, tf.constant(2.0)), slice(None, None, 0), np.array([0, 1]), 1.5):
        with pytest.raises(IndexError):
            x[key]
