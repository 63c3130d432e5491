"""Changes in place: who sees them, and which derivatives they make impossible. The numbers are PyTorch's."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import ExprError, GraphError, ShapeProblem


def leaf(data: Any) -> torch.Tensor:
    return torch.tensor(data, requires_grad=True)


def test_steps_down_a_slope() -> None:
    w, b = leaf(1.0), leaf(0.5)
    for _ in range(2):
        ((3 * w + b - 1) ** 2).backward()
        with torch.no_grad():
            for p in (w, b):
                p -= 0.1 * p.grad
                p.grad.zero_()
    assert (w.item(), b.item()) == pytest.approx((1.0, 0.5)) and w.is_leaf and w.requires_grad
    v = leaf([1.0, 2.0])
    for _ in range(3):
        loss = (v[0] * 3 + v[1] - 2) ** 2  # what a view saw lives on in `loss`
        loss.backward()
        with torch.no_grad():
            v.sub_(0.01 * v.grad)
        v.grad = None
    assert v.tolist() == pytest.approx([0.5608, 1.8536])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("data", [7.0, [7.0, 7.0]])
def test_augmented_assignments_are_seen_by_aliases(data: Any, dtype: str) -> None:
    x = torch.tensor(data, dtype=dtype)
    y = x
    for change in (
        lambda z: z.__iadd__(1),
        lambda z: z.__isub__(2),
        lambda z: z.__imul__(2),
        lambda z: z.__ifloordiv__(5),
        lambda z: z.__ipow__(3),
        lambda z: z.__imod__(5),
        lambda z: z.__itruediv__(4),
    ):
        assert change(x) is x
    assert np.all(y.numpy() == 0.75) and y is x and y.dtype == dtype


def test_methods_that_change() -> None:
    x = torch.tensor([1.0, 2.0, 3.0])
    assert x.fill_(2).mul_(3).clamp_(max=5.0) is x and x.tolist() == [5, 5, 5]
    x.add_(1, alpha=2).sub_(torch.tensor(1.0)).copy_(torch.tensor(4.0)).sqrt_().neg_()
    assert x.tolist() == [-2, -2, -2]
    x.copy_(torch.tensor([1.0, 2.0, 3.0])).clip_(2.0).pow_(2).div_(3, rounding_mode="floor")
    assert x.tolist() == [1, 1, 3]
    x.zero_()
    assert x.tolist() == [0, 0, 0]


def test_a_leaf_that_requires_a_gradient_is_changed_without_recording_alone() -> None:
    changes: list[Callable[[Any], Any]] = [
        lambda w: w.__iadd__(1),
        lambda w: w.zero_(),
        lambda w: w.sqrt_(),
        lambda w: w.__setitem__(0, 3.0),
        lambda w: w[0].add_(1),
        lambda w: w.view(2, 1).mul_(2),
    ]
    for change in changes:
        w = leaf([1.0, 2.0])
        with pytest.raises(
            RuntimeError, match=r"leaf variable that requires grad is being used in an in-place operation"
        ):
            change(w)
        assert w.tolist() == [1, 2]
        with torch.no_grad():
            change(w)
        assert w.tolist() != [1, 2] or change is changes[2]
    w = leaf([1.0, 2.0])
    w.data -= 1
    w.detach()[1] = 5.0
    assert w.tolist() == [0, 5] and w.requires_grad and w.is_leaf
    w.data = torch.tensor([2.0, 3.0])
    (w * w).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [4, 6]


def test_a_change_has_a_history() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1
    y += y * 2
    y *= y
    y.sum().backward()
    assert y.tolist() == [9, 36] and x.grad is not None and x.grad.tolist() == [18, 36]
    x = leaf(2.0)
    s = torch.tensor(0.0)
    for i in range(4):
        s += x**i
    s.backward()
    assert s.item() == 15 and x.grad is not None and x.grad.item() == 17 and not s.is_leaf
    x = leaf(2.0)
    p = x * 1
    for _ in range(4):
        p *= x
    p += p
    p.backward()
    assert x.grad is not None and x.grad.item() == 160
    x = leaf([1.0, 2.0])
    y = x * 3
    y.fill_(2)
    (y * x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 2]
    x = leaf([1.0, 2.0])
    y = x * 3
    y.copy_(x * x)
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 4]


def test_assignment_to_elements() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    alias = x
    x[:, 0] = torch.tensor([8.0, 9.0])
    x[1, 1] = 7.0
    x[0] += 1
    x[..., 1] *= 2
    assert alias.tolist() == [[9, 6], [9, 14]]
    x[:, None] = 5
    assert x.tolist() == [[5, 5], [5, 5]]
    w = leaf([3.0, 5.0])
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    x[1] = w * w
    x[:, 0] = w
    (x * x).sum().backward()
    assert x.tolist() == [[3, 2], [5, 25]] and w.grad is not None and w.grad.tolist() == [6, 510]
    x = leaf([1.0, 2.0])
    y = torch.zeros(2)
    for i in range(2):
        y[i] = x[i] ** 2
    y.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [2, 4]
    for wrong, kind in ((5, IndexError), (slice(None), ShapeProblem), ([0, 1], IndexError), (x > 1, IndexError)):
        with pytest.raises(kind):
            y[wrong] = torch.tensor([1.0, 2.0, 3.0])


def test_what_a_derivative_needs_was_changed() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1
    z = y**2
    y += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()
    a, w = torch.tensor([1.0, 2.0]), leaf([3.0, 4.0])
    z = (w * a).sum()
    a += 1
    for call in (z.backward, lambda: torch.grad(z, w), lambda: torch.grad(z, w, create_graph=True)):
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            call()
    z = (w + a - 2 * a).mean()
    a *= 0  # of which no derivative reads a number
    z.backward()
    assert w.grad is not None and w.grad.tolist() == [0.5, 0.5]
    loss = (w * w).sum()
    with torch.no_grad():
        w -= 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    (w * w).sum().backward()  # what is computed after the change is free of it

    def function(x: torch.Tensor) -> torch.Tensor:
        y = x * 1
        z = y.sin()
        y += 1
        return z

    for derivative in (torch.autograd.functional.jvp, torch.autograd.functional.vjp):
        with pytest.raises(GraphError, match="modified by an inplace operation"):
            derivative(function, torch.tensor(1.0))


def test_a_grad_adds_up_in_place() -> None:
    for value, once, twice in ((2.0, 4.0, 8.0), ([2.0, 3.0], [4.0, 6.0], [8.0, 12.0])):
        x = leaf(value)
        (x * x).sum().backward()
        grad = x.grad
        assert grad is not None and grad.tolist() == once
        shown = grad.numpy()
        (x * x).sum().backward()
        assert x.grad is grad and grad.tolist() == twice == shown.tolist()
        x.grad = None
        (x * x).sum().backward()
        assert x.grad is not grad and grad.tolist() == twice
        loss = (x.grad * x).sum()
        (x * x).sum().backward()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


VIEWS: list[Callable[[Any], Any]] = [
    lambda x: x.view(4),
    lambda x: x.reshape(1, -1),
    lambda x: x[0],
    lambda x: x[:, 1:],
    lambda x: x[1, 1],
    lambda x: x[None],
    lambda x: x.t(),
    lambda x: x.T[0],
    lambda x: x.transpose(0, 1)[1],
    lambda x: x.permute(1, 0),
    lambda x: x.unsqueeze(1).squeeze(),
    lambda x: x.detach(),
    lambda x: x.data,
    lambda x: list(x)[1],
]


@pytest.mark.parametrize("made", VIEWS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_views_share_their_memory(made: Callable[[Any], Any], dtype: str) -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=dtype)
    there = np.array(x.tolist())
    v = made(x)
    other = made(x)
    x *= 3
    assert v.tolist() == other.tolist() == made(torch.tensor(3 * there)).tolist()
    v += 10
    assert v.tolist() == other.tolist() == made(x).tolist()
    changed = np.array(x.tolist()) != 3 * there
    assert changed.sum() == v.numel() and x.sum().item() == 30 + 10 * v.numel()
    assert v.dtype == dtype == x.dtype


def test_a_view_of_a_number_and_a_copy() -> None:
    x = torch.tensor(3.0)
    v = x.view(1)
    v += 1
    assert x.item() == 4
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for copy in (x.t().reshape(-1), x.clone(), x + 0, x.flip(0), torch.tensor(x)):
        copy += 10
    assert x.tolist() == [[1, 2], [3, 4]]


def test_what_numpy_could_show_is_a_copy_too() -> None:
    """A change of memory that ndarrays share reaches views alone."""
    x = torch.tensor(np.array([[1.0, 2.0], [3.0, 4.0]]))
    shared = x.numpy()
    copy = x.t().reshape(2, 2, 1)
    x[0, 0] = 9
    assert shared[0, 0] == 9 and copy.reshape(-1).tolist() == [1, 3, 2, 4]


@pytest.mark.parametrize("make", [lambda: torch.ones(3), lambda: torch.tensor([1.0, 1.0, 1.0])])
def test_an_ndarray_shares_the_memory(make: Callable[[], Any]) -> None:
    x = make()
    b = x.numpy()
    part = x[1:].numpy()
    x.add_(1)
    assert b.tolist() == [2, 2, 2] and part.tolist() == [2, 2]
    b[1] = 7
    assert x.tolist() == [2, 7, 2] and x[1].item() == 7 and part.tolist() == [7, 2]
    number = torch.tensor(1.0)
    shown = number.numpy()
    number += 1
    assert shown == 2
    with pytest.raises(ValueError, match="read-only"):
        shown[...] = 3


def test_a_history_does_not_pass_views() -> None:
    x = leaf([1.0, 2.0])
    y = x.clone()
    v = y[0]
    y *= 2
    v.backward()
    assert x.grad is not None and x.grad.tolist() == [2, 0]
    y = x.clone()
    v = y[0]
    with pytest.raises(ExprError, match="shares its memory"):
        v *= 5
    z = torch.zeros(2)
    v = z[0]
    with pytest.raises(ExprError, match="shares its memory"):
        z += x
    assert v.item() == 0


def test_shapes_stay() -> None:
    x = torch.tensor(1.0)
    with pytest.raises(RuntimeError, match="output with shape"):
        x += torch.tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="fit"):
        torch.zeros(2).copy_(torch.zeros(3))
    with pytest.raises(TypeError):
        x += "a"


def test_detach_lets_go_of_a_history() -> None:
    x = leaf(0.5)
    state = x * 1
    seen = weakref.ref(state)
    for _ in range(5):
        state = (state.sin() * x).detach()
    gc.collect()
    assert seen() is None and state.is_leaf and math.isfinite(state.item())


def test_a_long_sum_in_place() -> None:
    x = leaf(1.0)
    s = x * 1
    for _ in range(50_000):
        s += x
    s.backward()
    assert x.grad is not None and x.grad.item() == 50_001


def _data(y: Any) -> None:
    y.data.add_(1.0)


def _without_history(y: Any) -> None:
    with torch.no_grad():
        y *= 2


@pytest.mark.parametrize("change", [_data, _without_history])
@pytest.mark.parametrize("again", [False, True])
def test_a_second_change_hides_no_first_one(change: Callable[[Any], None], again: bool) -> None:
    """What y is computed from has changed before y itself did: the derivative would read what is no longer there."""
    w = leaf([1.0, 2.0])
    h = w * 2
    y = h * h
    h *= 10
    change(y)
    if again:
        y *= 3
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()
    y = w * w
    change(y)
    y.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [2, 4]


def test_plus_shares_its_memory() -> None:
    x = torch.tensor([1.0, 2.0])
    y = +x
    y += 1
    assert x.tolist() == [2, 3]
