"""The sweep through a graph whose inputs come about in between."""

from __future__ import annotations

import exprgrad.static as tf


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
