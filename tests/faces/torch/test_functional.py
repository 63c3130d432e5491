"""Derivatives of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.autodiff import between, forward, reverse
from exprgrad.diagnostics import GraphError
from exprgrad.dynamic.autograd import functional as F
from exprgrad.ops import arrangement as A

X, Y, S = [[1.0, 2.0], [0.5, -1.0]], [3.0, 4.0], 2.0
FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "scalar": (lambda x: torch.sin(x) * x, (S,)),
    "scalars": (lambda x, y: (x * y, x / y, x), (S, 3.0)),
    "vector": (lambda y: y**3, (Y,)),
    "matrix and vector": (lambda x, y: (x * y, torch.exp(x)), (X, Y)),
    "vector and scalar": (lambda y, s: y * s + s * s, (Y, S)),
    "constant": (lambda x: torch.tensor([1.0, 2.0]), (S,)),
    "identity": (lambda x: x, (Y,)),
}


def tensors(values: tuple[Any, ...], dtype: str = "float64") -> Any:
    made = tuple(torch.tensor(v, dtype=dtype) for v in values)
    return made if len(made) > 1 else made[0]


def several(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) else (given,)


def differences(function: Callable[..., Any], values: tuple[Any, ...]) -> list[list[Any]]:
    """The Jacobian by central differences."""
    h = 1e-6
    rows = []
    for k in range(len(several(function(*several(tensors(values)))))):
        row = []
        for j, value in enumerate(values):
            columns = []
            for position in np.ndindex(np.shape(value)):
                ends = []
                for step in (h, -h):
                    moved = np.array(value)
                    moved[position] += step
                    shifted = (*values[:j], moved if moved.ndim else float(moved), *values[j + 1 :])
                    ends.append(several(function(*several(tensors(shifted))))[k].numpy())
                columns.append((ends[0] - ends[1]) / (2 * h))
            shape = np.shape(columns[0]) + np.shape(value)
            row.append(np.stack(columns, axis=-1).reshape(shape))
        rows.append(row)
    return rows


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobian_vjp_and_jvp_are_one_matrix(name: str, create_graph: bool) -> None:
    function, values = FUNCTIONS[name]
    inputs = tensors(values)
    found = F.jacobian(function, inputs, create_graph=create_graph)
    ys = several(function(*several(inputs)))
    rows = several(found) if len(ys) > 1 else (found,)
    matrix = [several(row) for row in rows]
    assert isinstance(found, torch.Tensor) == (len(ys) == len(values) == 1)
    for row, expected in zip(matrix, differences(function, values), strict=True):
        for part, reference in zip(row, expected, strict=True):
            assert part.shape == reference.shape
            np.testing.assert_allclose(part.numpy(), reference, rtol=1e-7, atol=1e-8)
    generator = np.random.default_rng(1)
    us = tuple(torch.tensor(generator.normal(size=y.shape)) for y in ys)
    vs = tuple(torch.tensor(generator.normal(size=np.shape(v))) for v in values)
    outputs, pulled = F.vjp(function, inputs, us if len(us) > 1 else us[0], create_graph=create_graph)
    same, pushed = F.jvp(function, inputs, vs if len(vs) > 1 else vs[0], create_graph=create_graph)
    for y, one, other in zip(ys, several(outputs), several(same), strict=True):
        np.testing.assert_array_equal(y.numpy(), one.numpy())
        np.testing.assert_array_equal(y.numpy(), other.numpy())
    for j, g in enumerate(several(pulled)):
        expected = sum(
            np.tensordot(u.numpy(), row[j].numpy(), u.numpy().ndim) for u, row in zip(us, matrix, strict=True)
        )
        assert g.shape == np.shape(values[j])
        np.testing.assert_allclose(g.numpy(), expected, rtol=1e-13, atol=1e-14)
    for k, t in enumerate(several(pushed)):
        expected = sum(np.tensordot(p.numpy(), v.numpy(), v.numpy().ndim) for p, v in zip(matrix[k], vs, strict=True))
        assert t.shape == ys[k].shape
        np.testing.assert_allclose(t.numpy(), expected, rtol=1e-13, atol=1e-14)


def test_hessian() -> None:
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    found = F.hessian(lambda x, y: x**2 * y + torch.exp(y), (x, y))
    assert [[float(h) for h in row] for row in found] == [[6.0, 4.0], [4.0, float(np.exp(3))]]
    assert F.hessian(lambda x: 3 * x, x).item() == 0.0
    assert F.hessian(lambda x: x**3, torch.tensor([2.0])).numpy().tolist() == [[12.0]]
    with pytest.raises(GraphError, match="returns one number, found shape"):
        F.hessian(lambda x: x**3, torch.tensor([2.0, 3.0]))
    with pytest.raises(GraphError, match="returns one tensor"):
        F.hessian(lambda x: (x, x), x)  # type: ignore[arg-type, return-value]


def test_create_graph_leads_back_to_the_inputs() -> None:
    for value in (2.0, [1.0, 2.0]):
        x = torch.tensor(value, requires_grad=True)
        n = np.size(value)
        weight = np.arange(1.0, 1.0 + n * n).reshape(np.shape(value) * 2)
        made = F.jacobian(lambda x: x**3, x, create_graph=True)
        made.backward(weight)
        diagonal = weight if n == 1 else np.diag(weight)
        np.testing.assert_array_equal(x.grad.numpy(), diagonal * 6 * np.array(value))
    x = torch.tensor(2.0, requires_grad=True)
    for made in (
        F.vjp(lambda x: x**3, x, create_graph=True)[1],
        F.jvp(lambda x: x**3, x, create_graph=True)[1],
    ):
        assert [float(g) for g in torch.grad(made, x)] == [12.0]
    assert [float(g) for g in torch.grad(F.hessian(lambda x: x**3, x, create_graph=True), x)] == [6.0]
    with torch.no_grad():
        assert F.jacobian(lambda x: x**3, x).item() == 12.0
    assert not F.vjp(lambda x: x**3, x)[0].requires_grad and not F.jvp(lambda x: x**3, x)[1].requires_grad


def test_strict() -> None:
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    first = lambda x, y: x * x  # noqa: E731
    assert [float(g) for g in F.jacobian(first, (x, y))] == [4.0, 0.0]
    for call in (F.jacobian, F.vjp, F.hessian):
        with pytest.raises(GraphError, match="does not depend on input 1, which strict mode"):
            call(first, (x, y), strict=True)
    with pytest.raises(GraphError, match="output 1 does not depend"):
        F.jvp(lambda x: (x, torch.tensor(1.0)), x, strict=True)
    with pytest.raises(GraphError, match="the derivative by input 0 does not depend on input 0"):
        F.hessian(lambda x, y: x * y, (x, y), strict=True)
    with pytest.raises(GraphError, match="derivative of the function by input 0 does not depend"):
        F.hessian(lambda x: 3 * x, x, strict=True)
    assert F.jacobian(lambda x: x * x, x, strict=True).item() == 4.0


def test_what_is_refused() -> None:
    x = torch.tensor([1.0, 2.0])
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: F.jacobian(lambda x: x, 2.0), "an input is float"),  # type: ignore[arg-type]
        (lambda: F.jacobian(lambda x: 2.0, x), "the function returned float"),
        (lambda: F.vjp(lambda x: x, x), "more than one output element"),
        (lambda: F.jvp(lambda x: x, x), "more than one input element"),
        (lambda: F.jvp(lambda x: x, x, 1.0), r"the vector has shape \(\), the input \(2,\)"),
        (lambda: F.vjp(lambda x: x, x, (x, x)), "1 outputs need 1 vectors, found 2"),
    ]
    for call, message in cases:
        with pytest.raises(GraphError, match=message):
            call()


def test_single_precision_stays_single() -> None:
    for value in (0.5, [0.5, 0.25]):
        x = torch.tensor(value, dtype=torch.float32)
        one = torch.tensor(np.ones_like(value), dtype=torch.float32)
        assert F.jacobian(torch.exp, x).dtype == "float32"
        assert F.vjp(torch.exp, x, one)[1].dtype == F.jvp(torch.exp, x, one)[1].dtype == "float32"


def test_a_nan_stays_in_its_row() -> None:
    found = F.jacobian(torch.log, torch.tensor([-1.0, 2.0])).numpy()
    np.testing.assert_array_equal(np.isnan(found), [[True, False], [False, False]])


def test_arrangements_are_differentiated_both_ways() -> None:
    """What is put together and taken apart again is the identity, to any order and in both directions."""
    x = torch.tensor(0.5, requires_grad=True)
    powers = [x**k for k in range(1, 5)]
    stacked = A.stack((2, 2))(*powers)
    assert stacked.numpy().tolist() == [[0.5, 0.25], [0.125, 0.0625]]
    for i, power in enumerate(powers):
        for y in (A.part((2, 2), i)(stacked), A.part((3,), 1)(A.placed((3,), 1)(power))):
            (first,) = torch.grad(y, x, create_graph=True)
            (direct,) = torch.grad(power, x, create_graph=True)
            assert (y.item(), first.item()) == (power.item(), direct.item())
            second, expected = torch.grad([first], x, retain_graph=True), torch.grad([direct], x, retain_graph=True)
            assert float(second[0]) == float(expected[0])
            nodes = between([y], [x])
            assert float(forward([(x, 1.0)], nodes, symbolic=False)[y.index]) == first.item()
            back = reverse([(y, torch.tensor(1.0))], nodes, symbolic=True, wanted={x.index})
            assert float(back[x.index]) == first.item()
    assert A.part((2, 2), 0)(stacked.detach()).shape == ()


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_jacobian_of_a_stack_of_numbers(create_graph: bool) -> None:
    x, one = torch.tensor([1.0, -2.0]), torch.tensor(3.0)
    found = F.jacobian(lambda x: torch.stack([x[0] * x[1], x[0]]), x, create_graph=create_graph)
    assert found.tolist() == [[-2.0, 1.0], [1.0, 0.0]]
    found = F.jacobian(lambda x: torch.stack([x * 2, x]), one, create_graph=create_graph)
    assert found.tolist() == [2.0, 1.0]
    by_x, by_y = F.jacobian(lambda x, y: torch.stack([x[0] * y, x[1]]), (x, one), create_graph=create_graph)
    assert (by_x.tolist(), by_y.tolist()) == ([[3.0, 0.0], [0.0, 1.0]], [1.0, 0.0])
