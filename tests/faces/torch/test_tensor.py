"""Define by running."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import EvaluationError, GraphError


def test_the_listing_of_the_article(capsys: pytest.CaptureFixture[str]) -> None:
    a = torch.tensor(15.0, requires_grad=True)
    b = torch.tensor(20.0, requires_grad=True)
    c = a * b
    c.backward()
    print(f"c = {c}")
    print(f"Derivative of c with respect to a = {a.grad}")
    print(f"Derivative of c with respect to b = {b.grad}")
    assert capsys.readouterr().out == (
        "c = 300.0\nDerivative of c with respect to a = 20.0\nDerivative of c with respect to b = 15.0\n"
    )


def test_grad_accumulates() -> None:
    a = torch.tensor(3.0, requires_grad=True)
    for expected in (6.0, 12.0):
        (a * a).backward()
        assert float(a.grad) == expected


def test_create_graph_and_grad() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.grad(x**3, x, create_graph=True)
    (second,) = torch.grad(first, x, create_graph=True)
    (third,) = torch.grad(second, x)
    assert (float(first), float(second), float(third)) == (12.0, 12.0, 6.0)
    assert x.grad is None
    y = torch.sin(x)
    y.backward(create_graph=True)
    x.grad.backward()
    assert float(x.grad) == math.cos(2) - math.sin(2)


def test_a_result_does_not_depend_on_everything() -> None:
    x, z = torch.tensor(2.0, requires_grad=True), torch.tensor(1.0, requires_grad=True)
    assert [float(g) for g in torch.grad(x * x, [x, z])] == [4.0, 0.0]


def test_python_control_flow() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x
    while y < 100:
        y = y * y if y > 3 else y + x
    y.backward()
    assert (float(y), float(x.grad)) == (256.0, 512.0)


def test_scalars_are_rounded() -> None:
    assert torch.tanh(torch.tensor(0.7)).item() == 0.6043677771171635
    assert torch.tensor(np.float32(0.1)).dtype == "float32"
    assert f"{torch.tensor(0.1, dtype=torch.float32) * 3}" == "0.30000001192092896"  # as in PyTorch
    assert (torch.tensor(0.1, dtype=torch.float32) * torch.tensor(3.0)).dtype == "float64"
    assert type(torch.tensor(0.1).item()) is float


def test_arrays_broadcast() -> None:
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    c = x * y + x
    assert c.shape == (2, 3)
    with pytest.raises(GraphError, match="needs a cotangent"):
        c.backward()
    c.backward(np.ones((2, 3)))
    np.testing.assert_array_equal(x.grad.numpy(), [[63.0], [63.0]])
    np.testing.assert_array_equal(y.grad.numpy(), [3.0, 3.0, 3.0])
    with pytest.raises(GraphError, match="cotangent has shape"):
        c.backward(np.ones(3))


def test_an_array_meets_a_scalar() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = np.array([1.0, 2.0, 3.0]) * x
    assert isinstance(y, torch.Tensor)
    y.backward(torch.tensor([1.0, 1.0, 1.0]))
    assert float(x.grad) == 6.0 and x.grad.shape == ()


def test_float32_gradients_are_float32() -> None:
    x = torch.tensor(0.1, dtype=torch.float32, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    y = x * w + x * x * x
    y.backward()
    assert x.grad.dtype == "float32" and w.grad.dtype == "float64"


def test_errors() -> None:
    x = torch.tensor(1.0)
    with pytest.raises(GraphError, match="requires a gradient"):
        (x * x).backward()
    with pytest.raises(GraphError, match="unknown dtype"):
        torch.tensor(1.0, dtype="int8")
    with pytest.raises(EvaluationError, match="expected a number"):
        torch.tensor("a")
    with pytest.raises(TypeError):
        _ = x * "a"
    with pytest.raises(GraphError, match="3 elements is not one number"):
        torch.tensor([1, 2, 3]).item()
    with pytest.raises(EvaluationError, match="needs one value"):
        bool(torch.tensor([1.0, 2.0]))
    with pytest.raises(TypeError, match="log takes 1 or 2 operands"):
        torch.log(x, x, x)
    with pytest.raises(AttributeError):
        torch.nonsense  # noqa: B018


def test_a_long_trace() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(100_000):
        y = y + x
    y.backward()
    assert float(x.grad) == 100_001.0
    del y


def test_how_a_tensor_is_shown() -> None:
    a = torch.tensor(15.0, requires_grad=True)
    assert repr(a) == "tensor(15.0, requires_grad=True)"
    assert repr(a * 2) == "tensor(30.0, grad_fn=<mul>)"
    assert repr(torch.tensor([1, 2])) == "tensor([1.0, 2.0])"
    assert f"{a:.2f}" == "15.00"


def test_requires_grad_and_detach() -> None:
    a = torch.tensor(2.0).requires_grad_()
    b = (a * a).detach() * a
    b.backward()
    assert float(a.grad) == 4.0
    with pytest.raises(GraphError, match="only a leaf"):
        b.requires_grad_(False)


def test_comparison_with_what_is_no_number() -> None:
    x = torch.tensor(1.0)
    assert (x == None) is False and (x != None) is True  # noqa: E711
    assert x not in [None, "x"]
    with pytest.raises(TypeError):
        _ = x * None  # type: ignore[operator]


def test_grad_of_several() -> None:
    x, y = torch.tensor(2.0, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    assert [float(g) for g in torch.grad([x * x, x * y], [x, y])] == [7.0, 2.0]
    assert [float(g) for g in torch.grad((x * x, x * y), (x, y), grad_outputs=[10.0, 1.0])] == [43.0, 2.0]
    with pytest.raises(GraphError, match="2 results need 2 cotangents"):
        torch.grad([x * x, x * y], x, grad_outputs=[1.0])
    with pytest.raises(GraphError, match="does not require a gradient"):
        torch.grad(x * x, torch.tensor(1.0))


def test_a_gradient_has_memory_of_its_own() -> None:
    p, q = (torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    ones = np.ones(2)
    (p + q).backward(ones)
    assert p.grad is not None and q.grad is not None
    p.grad.value[0] = 99
    assert q.grad.numpy()[0] == 1.0 and ones[0] == 1.0


def test_copies_are_leaves_of_their_own() -> None:
    import copy
    import pickle

    x = torch.tensor(3.0, requires_grad=True)
    for y in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert [float(g) for g in torch.grad(x * y, [x, y])] == [3.0, 3.0]
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(GraphError, match="only a leaf"):
            duplicate(x * x)


def test_tensors_and_numpy() -> None:
    x = torch.tensor([1.0, 2.0])
    np.testing.assert_array_equal(np.asarray(x), [1.0, 2.0])
    assert float(torch.tensor([3.0])) == 3.0 and int(torch.tensor([3.0])) == 3
    assert torch.tensor([torch.tensor(1.0), torch.tensor(2.0)]).shape == (2,)
    assert torch.tensor(np.longdouble(1.5)).item() == 1.5
    assert torch.tensor(10**400).item() == math.inf and torch.tensor(-(10**400)).item() == -math.inf
    assert torch.tensor(1e300, dtype=torch.float32).item() == math.inf
    with pytest.raises(TypeError, match="hypot\\(\\) missing 1 required"):
        torch.hypot(x)


def test_create_graph_keeps_the_precision() -> None:
    x = torch.tensor(0.5, dtype=torch.float32, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    (first,) = torch.grad(x * x * w, x, create_graph=True)
    assert first.dtype == "float32"
    (second,) = torch.grad(first, x)
    assert (float(second), second.dtype) == (6.0, "float32")


def test_threads_add_to_one_leaf() -> None:
    import threading

    x = torch.tensor(1.0, requires_grad=True)

    def work() -> None:
        for _ in range(500):
            (x * x).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert float(x.grad) == 4000.0


def test_a_sweep_inside_a_sweep_is_left_to_the_general_one() -> None:
    from exprgrad.faces.torch import marks

    x = torch.tensor(2.0, requires_grad=True)
    with marks.on_tensors:
        (x * x * torch.sin(x)).backward()
    within = float(x.grad)
    x.grad = None
    (x * x * torch.sin(x)).backward()
    assert within == float(x.grad)


def test_an_array_without_axes_meets_a_scalar() -> None:
    a = torch.tensor(np.array(3.0), requires_grad=True)
    x = torch.tensor(2.0, requires_grad=True)
    (a * x + x).backward(gradient=1.0)
    assert (float(a.grad), float(x.grad)) == (2.0, 4.0)


def test_numbers_beyond_a_double_stay_wide() -> None:
    assert (torch.exp(1000.0) * torch.exp(-1000.0)).item() == 1.0
    t = torch.tensor(1e300)
    assert (t * t / t).item() == 1e300


def test_what_no_cotangent_reaches_has_zero() -> None:
    for function in (torch.floor, torch.round, torch.sign, lambda x: torch.floor(x) + 1):
        x = torch.tensor(2.5, requires_grad=True)
        function(x).backward()
        assert float(x.grad) == 0.0  # type: ignore[arg-type]
        assert torch.grad(function(x), x, allow_unused=False)[0].item() == 0.0
        y = torch.tensor(2.5, requires_grad=True)
        function(y).backward(inputs=[y])
        assert float(y.grad) == 0.0  # type: ignore[arg-type]
    # Of a nan all derivatives are.
    x = torch.tensor(float("nan"), requires_grad=True)
    torch.floor(x).backward()
    assert math.isnan(float(x.grad))  # type: ignore[arg-type]


def test_a_comparison_requires_no_gradient() -> None:
    x = torch.tensor(2.5, requires_grad=True)
    assert not (x > 1).requires_grad
    with pytest.raises(GraphError, match="not computed from one that requires a gradient"):
        (x > 1).backward()
    y = x * (x > 1)
    y.backward()
    assert float(x.grad) == 1.0  # type: ignore[arg-type]


def test_a_nan_has_nan_derivatives_whatever_the_cotangent() -> None:
    F = torch.autograd.functional
    x = torch.tensor(-1.0, requires_grad=True)
    y = torch.log(x)
    found = [
        *torch.grad(y, x, retain_graph=True),
        *torch.grad(y, x, grad_outputs=torch.tensor(2.0), retain_graph=True),
        *torch.grad(y, x, grad_outputs=torch.tensor(2.0), create_graph=True),
        F.vjp(torch.log, torch.tensor(-1.0), torch.tensor(1.0))[1],
        F.jvp(torch.log, torch.tensor(-1.0), torch.tensor(1.0))[1],
    ]
    assert all(math.isnan(g.item()) for g in found)


def test_numbers_of_numpy_are_weak() -> None:
    x = torch.tensor(2.0, dtype=torch.float32, requires_grad=True)
    for number in (np.float64(2), np.int64(2), np.bool_(True), np.float32(2)):
        assert (x * number).dtype == (number * x).dtype == "float32"


def test_what_is_no_tensor() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    for call, message in (
        (lambda: torch.grad(x * x, [3.0]), "an input is float"),  # type: ignore[list-item]
        (lambda: torch.grad([3.0], [x]), "a result is float"),  # type: ignore[list-item]
        (lambda: torch.grad(x * x, {"x": x}), "an input is str"),  # type: ignore[arg-type]
        (lambda: (x * x).backward(inputs=[3.0]), "an input is float"),  # type: ignore[list-item]
        (lambda: (x * x).backward(inputs=[]), "nothing to differentiate by"),
        (lambda: torch.grad(x * x, []), "nothing to differentiate by"),
        (lambda: torch.grad([], [x]), "no result to differentiate"),
    ):
        with pytest.raises(GraphError, match=message):
            call()
    x.grad = 5.0  # type: ignore[assignment]
    with pytest.raises(GraphError, match="the grad of a tensor is float"):
        (x * x).backward()
    x.grad = torch.tensor([1.0, 2.0])
    with pytest.raises(GraphError, match="has shape"):
        (x * x).backward()


def test_a_copy_has_the_gradient() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    (x * x).backward()
    other = copy.deepcopy(x)
    (other * other).backward()
    assert [float(x.grad), float(other.grad)] == [4.0, 8.0]  # type: ignore[arg-type]
    y = x * x
    assert y.requires_grad_() is y
    with pytest.raises(GraphError, match="only a leaf"):
        y.requires_grad_(False)


def test_operations_are_methods() -> None:
    x = torch.tensor(0.5, requires_grad=True)
    y = x.sin().exp().pow(2).hypot(1.0).clone()  # type: ignore[attr-defined]
    y.backward()
    expected = torch.hypot(torch.exp(torch.sin(torch.tensor(0.5))) ** 2, 1.0)
    assert y.item() == expected.item()
    assert y.tolist() == y.item()
    assert (y.dim(), y.numel()) == (0, 1)
    z = torch.tensor([[1.0, 2.0]])
    assert (z.dim(), z.numel(), z.tolist()) == (2, 2, [[1.0, 2.0]])


def test_a_retained_gradient_that_is_asked_for_counts_once() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    y.retain_grad()
    (y * x).backward(inputs=[y, x])
    assert [float(y.grad), float(x.grad)] == [2.0, 32.0]  # type: ignore[arg-type]
