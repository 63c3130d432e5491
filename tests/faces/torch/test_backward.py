"""What a sweep leaves behind: freed graphs, hooks, retained gradients."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import GraphError
from exprgrad.faces.torch import marks

Tensor = torch.Tensor


def leaf(value: Any = 2.0, **how: Any) -> Tensor:
    return torch.tensor(value, requires_grad=True, **how)


FIRST: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "backward": lambda y, x: y.backward(),
    "grad": lambda y, x: torch.grad(y, x),
    "inputs": lambda y, x: y.backward(inputs=[x]),
    "not retained": lambda y, x: y.backward(create_graph=True, retain_graph=False),
}
SECOND: dict[str, Callable[[Tensor, Tensor], Any]] = {
    **FIRST,
    "create_graph": lambda y, x: torch.grad(y, x, create_graph=True),
    "of what is made of it": lambda y, x: (3 * y).backward(),
    "beside it": lambda y, x: (x + y * x).backward(),
}


@pytest.mark.parametrize("second", SECOND.values(), ids=SECOND)
@pytest.mark.parametrize("first", FIRST.values(), ids=FIRST)
@pytest.mark.parametrize("value", [2.0, [2.0]], ids=["scalar", "array"])
def test_a_graph_is_swept_once(
    first: Callable[[Tensor, Tensor], Any], second: Callable[[Tensor, Tensor], Any], value: Any
) -> None:
    x = leaf(value)
    y = torch.sin(x) * x
    first(y, x)
    x.grad = None
    with pytest.raises(GraphError, match=r"second time(.|\n)*retain_graph=True"):
        second(y, x)
    assert x.grad is None
    (x * 3).backward()
    assert x.grad is not None


@pytest.mark.parametrize("second", SECOND.values(), ids=SECOND)
@pytest.mark.parametrize(
    "first",
    [
        lambda y, x: y.backward(retain_graph=True),
        lambda y, x: y.backward(create_graph=True),
        lambda y, x: torch.grad(y, x, retain_graph=True),
        lambda y, x: torch.grad(y, x, create_graph=True),
        lambda y, x: y.backward(retain_graph=True, inputs=x),
    ],
)
def test_a_retained_graph_is_swept_again(
    first: Callable[[Tensor, Tensor], Any], second: Callable[[Tensor, Tensor], Any]
) -> None:
    x = leaf()
    y = torch.sin(x) * x
    first(y, x)
    second(y, x)


def test_what_is_not_freed() -> None:
    x = leaf()
    x.backward()
    x.backward()
    assert x.grad is not None and x.grad.item() == 2.0
    y = x * x
    y.backward()
    assert [float(g) for g in torch.grad(y * 3, y)] == [3.0]  # the freed operation is not passed
    with pytest.raises(GraphError, match="second time"):
        torch.grad(y * 3, [y, x])
    z = torch.exp(leaf())
    shared = z * z
    shared.backward()
    with pytest.raises(GraphError, match="second time"):
        (z + 1).backward()
    assert y.item() == 4.0 and (y.detach() * x).requires_grad


def test_an_error_in_a_sweep_frees_nothing() -> None:
    x = leaf()
    freed = x * x
    freed.backward()
    fresh = torch.sin(x)
    for _ in range(2):
        with pytest.raises(GraphError, match="second time"):
            (fresh * freed).backward()
    x.grad = None
    fresh.backward()
    assert x.grad is not None


def test_one_thread_in_the_way_of_another_frees_too() -> None:
    x = leaf()
    y = x * x
    with marks.on_tensors:
        y.backward()
        with pytest.raises(GraphError, match="second time"):
            y.backward()
    assert x.grad is not None and x.grad.item() == 4.0


def test_hooks_see_the_whole_cotangent_once() -> None:
    x = leaf()
    y = x * x
    seen: list[tuple[str, float]] = []
    x.register_hook(lambda g: seen.append(("x", g.item())))
    y.register_hook(lambda g: seen.append(("y", g.item())))
    (y * 3 + y * x).backward(retain_graph=True)
    assert seen == [("y", 5.0), ("x", 24.0)]
    seen.clear()
    torch.grad(y, x)
    assert seen == [("y", 1.0), ("x", 4.0)]


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_replaces_the_cotangent(create_graph: bool) -> None:
    x = leaf()
    y = x * x
    handles = [y.register_hook(lambda g: g * 10), y.register_hook(lambda g: g + 1), x.register_hook(lambda g: -g)]
    (found,) = torch.grad(y, x, create_graph=True)
    assert found.item() == -44.0
    y.backward(create_graph=create_graph, retain_graph=True)
    assert x.grad is not None and x.grad.item() == -44.0
    assert [float(g) for g in torch.grad(y * 5, y, retain_graph=True)] == [51.0]
    x.grad = None
    handles[0].remove()
    handles[0].remove()
    with handles[1]:
        y.backward(retain_graph=True)
    assert x.grad.item() == -8.0
    assert [float(g) for g in torch.grad(y, x)] == [-4.0]


def test_a_hook_is_part_of_the_graph_that_it_makes() -> None:
    x = leaf()
    x.register_hook(lambda g: g * g)
    (first,) = torch.grad(x**3, x, create_graph=True)
    assert first.item() == 144.0  # (3 x²)²
    (second,) = torch.grad(first, x)
    assert second.item() == 288.0**2  # the hook runs again: (36 x³)²


def test_what_a_hook_may_return() -> None:
    x = leaf(0.5, dtype=torch.float32)
    dtypes: list[str] = []
    x.register_hook(lambda g: dtypes.append(g.dtype))
    (x * leaf(3.0)).backward()
    assert dtypes == ["float32"]
    for bad, message in ((lambda g: 1.0, "returned float"), (lambda g: torch.tensor([1.0, 2.0]), "returned shape")):
        y = x * x
        y.register_hook(bad)
        with pytest.raises(GraphError, match=message):
            y.backward()
    with pytest.raises(GraphError, match="does not require a gradient"):
        torch.tensor(1.0).register_hook(print)


def test_retained_gradients() -> None:
    x = leaf()
    y = x * x
    y.retain_grad()
    x.retain_grad()
    assert y.retains_grad and not x.retains_grad and y.grad is None
    y.register_hook(lambda g: g * 2)
    z = y * 3
    z.backward(retain_graph=True)
    assert (y.grad.item(), x.grad.item()) == (6.0, 24.0)
    z.backward()
    assert (y.grad.item(), x.grad.item()) == (12.0, 48.0)
    assert not z.retains_grad and z.grad is None
    with pytest.raises(GraphError, match="does not require a gradient"):
        torch.tensor(1.0).retain_grad()


def test_backward_to_chosen_inputs() -> None:
    x, w = leaf(2.0), leaf(3.0)
    y = x * w
    (y * y).backward(inputs=[x, y])
    assert (x.grad.item(), y.grad.item(), w.grad) == (36.0, 12.0, None)
    with pytest.raises(GraphError, match="does not require a gradient"):
        y.backward(inputs=torch.tensor(1.0))


def test_unused_inputs() -> None:
    x, z = leaf(2.0), leaf([1.0, 2.0])

    def found(**how: Any) -> Any:
        return torch.grad(x * x, [x, z], **how)

    for how in ({}, {"materialize_grads": True}, {"allow_unused": True, "materialize_grads": True}):
        assert found(**how)[1].numpy().tolist() == [0.0, 0.0]
    assert found(allow_unused=True)[1] is None
    with pytest.raises(GraphError, match="input 1 was not used"):
        found(allow_unused=False)
    with pytest.raises(GraphError, match="contradicts"):
        found(allow_unused=False, materialize_grads=True)


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_grad_is_set_to_zero_or_none(value: Any, dtype: str) -> None:
    x = leaf(value, dtype=dtype)
    one = np.ones_like(value)
    (x * x).backward(one)
    grad = x.grad
    assert grad is not None and grad.zero_() is grad
    (x * 3).backward(one)
    assert np.all(x.grad.numpy() == 3.0) and x.grad.dtype == dtype
    x.grad = None
    (x * 4).backward(one)
    assert np.all(x.grad.numpy() == 4.0)
    with pytest.raises(GraphError, match="leaf variable that requires grad"):
        x.zero_()


def test_grad_fn() -> None:
    x = leaf()
    y = torch.sin(x) * x
    assert x.grad_fn is None and y.grad_fn.name() == "mul" and repr(y.grad_fn) == "<mul>"
    (inner, _), (none, _) = y.grad_fn.next_functions
    assert inner.name() == "sin" and inner.next_functions == ((None, 0),) and none is None
    assert len({y.grad_fn, y.grad_fn, inner}) == 2


def test_threads_share_hooked_leaves() -> None:
    x = leaf(1.0)
    calls: list[float] = []

    def work() -> None:
        for _ in range(200):
            handle = x.register_hook(lambda g: calls.append(g.item()))
            (x * x).backward()
            handle.remove()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad.item() == 1600.0 and len(calls) >= 800


@pytest.mark.parametrize("create_graph", [False, True])
def test_what_is_not_chosen_has_the_gradient_0(create_graph: bool) -> None:
    """A structural zero is the number 0 for who looks at it."""
    x = torch.tensor([-1.0, -2.0], requires_grad=True)
    y = x * 2
    y.retain_grad()
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(g.tolist()))
    (torch.relu(y).sum() + 1).backward(create_graph=create_graph)
    assert x.grad.tolist() == y.grad.tolist() == seen[0] == [0.0, 0.0]
    (g,) = torch.autograd.grad(torch.relu(x * 2)[0], [x], create_graph=create_graph)
    assert np.isnan((g / g).tolist()).all() and np.isnan((g * float("inf")).tolist()).all()
    a = torch.tensor(-1.0, requires_grad=True)
    b = a * 2
    b.retain_grad()
    torch.relu(b).backward()
    assert b.grad.item() == a.grad.item() == 0.0
