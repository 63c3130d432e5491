"""Arrays by hand, with TensorFlow 1's and PyTorch's names: each against numpy, its gradient against differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch
import exprgrad.static as tf

A = np.array([[1.5, -0.5, 2.0], [0.25, 1.0, -1.0]])
M = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -1.0], [0.0, 0.5, 2.0]])
B = np.arange(24.0).reshape(2, 3, 4) / 10
V = np.array([0.5, -1.0, 2.0])

# What numpy has, TensorFlow 1 and PyTorch, and the array it is called with.
CASES: list[tuple[Any, Callable[..., Any], Callable[..., Any], Callable[..., Any]]] = [
    (A, lambda x: np.sum(x), lambda x: tf.reduce_sum(x), lambda x: torch.sum(x)),
    (A, lambda x: x.sum(0), lambda x: tf.reduce_sum(x, axis=0), lambda x: x.sum(0)),
    (B, lambda x: x.sum((0, 2)), lambda x: tf.reduce_sum(x, [0, 2]), lambda x: x.sum((0, 2))),
    (A, lambda x: x.mean(1, keepdims=True), lambda x: tf.reduce_mean(x, 1, True), lambda x: x.mean(1, keepdim=True)),
    (A, lambda x: x.prod(-1), lambda x: tf.reduce_prod(x, -1), lambda x: x.prod(-1)),
    (A, lambda x: x.max(0), lambda x: tf.reduce_max(x, 0), lambda x: x.amax(0)),
    (A, lambda x: x.min(), lambda x: tf.reduce_min(x), lambda x: torch.amin(x)),
    (A, lambda x: x.var(1), lambda x: tf.reduce_variance(x, 1), lambda x: x.var(1, correction=0)),
    (A, lambda x: np.log(np.exp(x).sum(1)), lambda x: tf.reduce_logsumexp(x, 1), lambda x: x.logsumexp(1)),
    (A, lambda x: np.cumsum(x, 1), lambda x: tf.cumsum(x, 1), lambda x: x.cumsum(1)),
    (A, lambda x: x @ M, lambda x: tf.matmul(x, M), lambda x: x @ M),
    (A, lambda x: M @ x.T, lambda x: tf.matmul(M, x, transpose_b=True), lambda x: torch.mm(M, x.t())),
    (A, lambda x: x @ V, lambda x: x @ V, lambda x: torch.mv(x, V)),
    (B, lambda x: x.transpose(2, 0, 1), lambda x: tf.transpose(x, [2, 0, 1]), lambda x: x.permute(2, 0, 1)),
    (B, lambda x: x.swapaxes(0, 2), lambda x: tf.transpose(x), lambda x: x.transpose(0, 2)),
    (A, lambda x: x.reshape(3, 2), lambda x: tf.reshape(x, [3, -1]), lambda x: x.reshape(3, -1)),
    (A, lambda x: np.concatenate([x, x], 1), lambda x: tf.concat([x, x], 1), lambda x: torch.cat([x, x], 1)),
    (A, lambda x: np.stack([x, 2 * x], 1), lambda x: tf.stack([x, 2 * x], 1), lambda x: torch.stack([x, 2 * x], 1)),
    (A, lambda x: x[:, [2, 0, 2]], lambda x: tf.gather(x, [2, 0, 2], axis=1), lambda x: x.index_select(1, [2, 0, 2])),
    (
        A,
        lambda x: x[:, None].squeeze(1),
        lambda x: tf.squeeze(tf.expand_dims(x, 1)),
        lambda x: x.unsqueeze(1).squeeze(1),
    ),
    (A, lambda x: x[..., 1:][0], lambda x: x[..., 1:][0], lambda x: x[..., 1:][0]),
    (A, lambda x: x[1, None, ::2], lambda x: x[1, None, ::2], lambda x: x[1, None, ::2]),
    (
        A,
        lambda x: np.where(x > 0, x * x, -x),
        lambda x: tf.where(x > 0, x * x, -x),
        lambda x: torch.where(x > 0, x * x, -x),
    ),
    (M, lambda x: np.linalg.det(x), lambda x: tf.linalg.det(x), lambda x: torch.linalg.det(x)),
    (M, lambda x: np.linalg.inv(x), lambda x: tf.matrix_inverse(x), lambda x: x.inverse()),
    (M, lambda x: np.linalg.solve(x, A.T), lambda x: tf.linalg.solve(x, A.T), lambda x: torch.linalg.solve(x, A.T)),
    (M, lambda x: np.trace(x), lambda x: tf.trace(x), lambda x: x.trace()),
    (M, lambda x: np.diag(x), lambda x: tf.diag_part(x), lambda x: x.diag()),
    (V, lambda x: np.diag(x), lambda x: tf.diag(x), lambda x: torch.diag(x)),
    (V, lambda x: np.outer(x, x), lambda x: tf.expand_dims(x, 1) * x, lambda x: torch.outer(x, x)),
    (V, lambda x: np.linalg.norm(x), lambda x: tf.norm(x), lambda x: torch.linalg.norm(x)),
    (A, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True), lambda x: tf.nn.softmax(x), lambda x: x.softmax(-1)),
    (A, lambda x: x + np.ones((2, 3)), lambda x: x + tf.ones([2, 3]), lambda x: x + torch.ones(2, 3)),
    (A, lambda x: np.flip(x, 1), lambda x: x[:, ::-1], lambda x: x.flip(1)),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_against_numpy(case: int) -> None:
    x, there, static, dynamic = CASES[case]
    value = there(x)
    weight = np.cos(np.arange(np.size(value))).reshape(np.shape(value))
    gradient = np.zeros_like(x)
    for i in range(x.size):
        moved = []
        for h in (1e-6, -1e-6):
            y = x.copy()
            y.reshape(-1)[i] += h
            moved.append(np.sum(weight * there(y)))
        gradient.reshape(-1)[i] = (moved[0] - moved[1]) / 2e-6

    placed = tf.placeholder(tf.float64, shape=x.shape)
    c = static(placed)
    with tf.Session() as sess:
        found, slope = sess.run([c, tf.gradients(c, placed, grad_ys=weight)[0]], {placed: x})
    assert np.allclose(found, value) and np.shape(found) == np.shape(value)
    assert np.allclose(slope, gradient, atol=1e-7)

    leaf = torch.tensor(x, requires_grad=True)
    out = dynamic(leaf)
    out.backward(weight)
    assert np.allclose(out.numpy(), value) and out.shape == np.shape(value)
    assert leaf.grad is not None and np.allclose(leaf.grad.numpy(), gradient, atol=1e-7)


def test_where_computes_both_sides() -> None:
    """As there: what a side not chosen computes is still differentiated, and its infinity reaches the sum."""
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    torch.where(x > 0, torch.sqrt(x), 0.0).sum().backward()
    assert x.grad is not None
    assert np.isnan(x.grad.numpy()[0]) and x.grad.numpy()[1] == 0.25


def test_mistakes() -> None:
    x = torch.tensor(A)
    for wrong in (lambda: x.sum(5), lambda: x.permute(0, 0), lambda: x["a"], lambda: x[5], lambda: x @ x):
        with pytest.raises(Exception) as raised:  # noqa: PT011
            wrong()
        assert type(raised.value).__module__.startswith("exprgrad")
    with pytest.raises(Exception, match="not known before"):
        tf.reduce_sum(tf.placeholder(tf.float64), axis=0)
