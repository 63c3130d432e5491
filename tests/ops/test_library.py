"""What the arrays of both faces share: indices and orders of axes, against numpy, and their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch

X = np.arange(24.0).reshape(2, 3, 4)
WEIGHTS = np.sin(np.arange(1000.0))

KEYS: list[Any] = [
    0,
    -1,
    (1, 2),
    (1, 2, 3),
    ...,
    (..., 1),
    (..., 1, 2),
    (0, ...),
    (0, ..., 1),
    (0, 1, 2, ...),
    (slice(None), 1),
    (slice(1, None), ..., slice(None, None, 2)),
    (slice(None, None, -1),),
    (..., slice(None, None, -2)),
    (slice(-2, None), slice(1, 3), slice(0, 1)),
    (slice(5, 9),),
    None,
    (None, 1),
    (1, None),
    (1, None, ...),
    (..., None),
    (..., None, 0),
    (slice(None), None, 1),
    (None, ..., 1, None),
    (0, None, slice(None), None, 2),
]


def same(make: Callable[[Any], Any], like: Callable[[Any], Any]) -> None:
    """The value is numpy's; the gradient of its elements, each with a weight, has the weight where the element was."""
    x = torch.tensor(X, requires_grad=True)
    found, wanted = make(x), np.asarray(like(X))
    assert found.shape == wanted.shape
    np.testing.assert_array_equal(found.numpy() if wanted.ndim else found.item(), wanted)
    weights = WEIGHTS[: wanted.size].reshape(wanted.shape)
    (found * torch.tensor(weights)).sum().backward()
    expected = np.zeros(X.size)
    np.add.at(expected, np.asarray(like(np.arange(24).reshape(X.shape))).reshape(-1), weights.reshape(-1))
    np.testing.assert_array_equal(x.grad.numpy(), expected.reshape(X.shape))


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_an_index(key: Any) -> None:
    same(lambda x: x[key], lambda x: x[key])


AXES: list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]] = [
    ("permute", lambda x: x.permute(2, 0, 1), lambda x: x.transpose(2, 0, 1)),
    ("permute back", lambda x: x.permute(1, 2, 0), lambda x: x.transpose(1, 2, 0)),
    ("permute from the end", lambda x: x.permute(-1, 0, -2), lambda x: x.transpose(2, 0, 1)),
    ("swap", lambda x: x.transpose(0, 2), lambda x: x.swapaxes(0, 2)),
    ("swap from the end", lambda x: x.transpose(-1, 1), lambda x: x.swapaxes(2, 1)),
    ("unsqueeze", lambda x: x.unsqueeze(1), lambda x: x[:, None]),
    ("unsqueeze behind", lambda x: x.unsqueeze(-1), lambda x: x[..., None]),
    ("squeeze", lambda x: x[:1, :, :1].squeeze(), lambda x: x[:1, :, :1].squeeze()),
    ("squeeze one", lambda x: x[:1, :, :1].squeeze(0), lambda x: x[:1, :, :1].squeeze(0)),
    ("squeeze none", lambda x: x[:1, :, :1].squeeze(1), lambda x: x[:1, :, :1]),
    ("stack", lambda x: torch.stack([x[0], x[1]], 1), lambda x: np.stack([x[0], x[1]], 1)),
    ("stack behind", lambda x: torch.stack([x[0], x[1], x[0]], -1), lambda x: np.stack([x[0], x[1], x[0]], -1)),
    ("cat", lambda x: torch.cat([x, x[:1]], 0), lambda x: np.concatenate([x, x[:1]], 0)),
    ("cat behind", lambda x: torch.cat([x[..., 1:], x], -1), lambda x: np.concatenate([x[..., 1:], x], -1)),
    (
        "index_select",
        lambda x: torch.index_select(x, 1, torch.tensor([2, 0, 2])),
        lambda x: np.take(x, [2, 0, 2], 1),
    ),
    (
        "index_select behind",
        lambda x: torch.index_select(x, -1, torch.tensor([3, 0])),
        lambda x: np.take(x, [3, 0], 2),
    ),
]


@pytest.mark.parametrize(("make", "like"), [row[1:] for row in AXES], ids=[row[0] for row in AXES])
def test_axes(make: Callable[[Any], Any], like: Callable[[Any], Any]) -> None:
    same(make, like)


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("axes", [0, 1, -1, (0, 1), (0, 2), (2, 1), (-1, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("name", ["sum", "mean", "amax", "logsumexp"])
def test_reductions_along_some_axes(name: str, axes: Any, keep: bool) -> None:
    x = torch.tensor(X / 8, requires_grad=True)
    found = getattr(torch, name)(x, axes, keepdim=keep)
    reduce: Any = {
        "sum": np.sum,
        "mean": np.mean,
        "amax": np.max,
        "logsumexp": lambda a, axis, keepdims: np.log(np.sum(np.exp(a), axis=axis, keepdims=keepdims)),
    }[name]
    wanted = reduce(X / 8, axis=axes, keepdims=keep)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(found.detach().numpy() if wanted.ndim else found.item(), wanted, rtol=1e-13)
    weights = WEIGHTS[: wanted.size].reshape(wanted.shape)
    (found * torch.tensor(weights)).sum().backward()
    whole = weights if keep else np.expand_dims(weights, axes)
    kept = reduce(X / 8, axis=axes, keepdims=True)
    count = X.size // kept.size
    slope: Any = {
        "sum": 1.0,
        "mean": 1.0 / count,
        "amax": 1.0 * (kept == X / 8),
        "logsumexp": np.exp(X / 8 - kept),
    }[name]
    np.testing.assert_allclose(x.grad.numpy(), np.broadcast_to(whole * slope, X.shape), rtol=1e-12, atol=1e-15)
