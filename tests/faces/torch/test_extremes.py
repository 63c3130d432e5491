"""PyTorch's max and min, and walks along a tensor."""

from __future__ import annotations

import pytest

import exprgrad
import exprgrad.dynamic as torch


def test_max_is_of_all_elements_or_of_two_tensors() -> None:
    x = torch.tensor([-1.0, 2.0, -3.0], requires_grad=True)
    assert float(x.max()) == float(torch.max(x)) == 2.0
    assert float(torch.min(x)) == -3.0
    assert [float(v) for v in torch.max(x, torch.tensor([0.0, 0.0, -9.0]))] == [0.0, 2.0, -3.0]
    for call in (lambda: x.max(0), lambda: torch.max(x, 0), lambda: x.min(dim=0)):
        with pytest.raises(exprgrad.UsageError, match="along an axis, with positions, is not part"):
            call()


def test_a_tensor_is_walked_along_its_first_axis() -> None:
    a, b = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert [float(v) for v in (*a, *b)] == [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(exprgrad.ExprError, match="there is no axis 3"):
        torch.flip(a, 3)
