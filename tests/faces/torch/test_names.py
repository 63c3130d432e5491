"""What PyTorch has and is not here says what to write instead; what it says is here."""

from __future__ import annotations

import inspect
import re
from typing import Any

import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import ExprError
from exprgrad.faces.answers import GENERIC
from exprgrad.faces.torch.instead import MODULE, TENSOR

NAMES = [name for names in TENSOR for name in names.split()]


@pytest.mark.parametrize(
    "name", ["nn", "optim", "cuda", "rand", "from_numpy", "int64", "einsum", "argmax", "no_such_name"]
)
def test_a_name_that_the_module_has_not(name: str) -> None:
    with pytest.raises(AttributeError, match=name) as raised:
        getattr(torch, name)
    assert isinstance(raised.value, ExprError) and raised.value.hint
    assert not hasattr(torch, name) and getattr(torch, name, None) is None


@pytest.mark.parametrize("name", ["cuda", "argmax", "masked_fill_", "t_", "expand", "bool", "log_softmax", "storage"])
def test_a_name_that_a_tensor_has_not(name: str) -> None:
    x = torch.tensor(1.0)
    with pytest.raises(AttributeError, match=name) as raised:
        getattr(x, name)
    assert isinstance(raised.value, ExprError) and raised.value.hint
    assert not hasattr(x, name) and name not in dir(x) and "sin_" in dir(x)


def test_no_entry_is_there() -> None:
    """An entry of the tables for what is there would never be told."""
    x = torch.tensor(1.0)
    assert not [name for name in NAMES if hasattr(x, name)]
    assert not [name for name in MODULE if hasattr(torch, name)]
    assert len(NAMES) == len(set(NAMES))


def test_what_is_told_exists() -> None:
    x = torch.tensor(1.0)
    for hint in {*TENSOR.values(), *MODULE.values(), GENERIC}:
        for name in re.findall(r"\btorch\.(\w+)", hint):
            assert hasattr(torch, name), hint
        for name in re.findall(r"\bx\.(\w+)", hint):
            assert hasattr(x, name), hint
    with pytest.raises(ExprError) as raised:
        x.reshape(1)[[0]]
    assert hasattr(torch, "index_select") and "index_select" in str(raised.value)


def test_a_method_shows_its_parameters() -> None:
    x: Any = torch.tensor(1.0)
    assert [*inspect.signature(x.sum).parameters] == ["dim", "keepdim", "dtype", "out"]
    assert x.sqrt_.__doc__ == "Puts the result of sqrt in place of the tensor, and returns it."
    assert (x.__add__.__name__, x.__radd__.__name__, x.__iadd__.__name__) == ("__add__", "__radd__", "__iadd__")


def test_special_names_stay_python_s() -> None:
    with pytest.raises(AttributeError) as raised:
        torch.__path_to_nowhere__  # noqa: B018
    assert not isinstance(raised.value, ExprError)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        torch.tensor(1.0).no_such_name  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (torch.linalg, "svd"),
        (torch.linalg, "nothing"),
        (torch.autograd, "Function"),
        (torch.autograd, "Variable"),
        (torch.autograd.functional, "hvp"),
    ],
)
def test_a_name_that_a_namespace_has_not(owner: object, name: str) -> None:
    with pytest.raises(AttributeError, match=name) as raised:
        getattr(owner, name)
    assert isinstance(raised.value, ExprError) and raised.value.hint and not hasattr(owner, name)
    assert "solve" in dir(torch.linalg) and "_name" not in dir(torch.linalg)
