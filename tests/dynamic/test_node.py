"""The node of a trace."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import exprgrad
import exprgrad.dynamic as torch
from exprgrad.diagnostics import GraphError
from exprgrad.dynamic.node import Tensor
from exprgrad.dynamic.traced import traced
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.library import select


def leaf(value: object) -> Tensor:
    return Tensor(from_python(value), requires_grad=True)


def test_it_computes_and_remembers_how() -> None:
    x, y = leaf(15.0), leaf(20.0)
    c = mul(x, y)
    assert to_python(c.value) == 300.0
    assert c.op is mul and c.operands == (x, y) and c.requires_grad and c.index > y.index
    chosen = select(leaf([1.0, 0.0]), leaf([2.0, 3.0]), leaf([4.0, 5.0]))
    assert chosen.shape == (2,) and len(chosen.operands) == 3 and chosen.left is None


def test_what_cannot_be_differentiated_by_is_not_remembered() -> None:
    c = add(Tensor(from_python(1.0)), 2)
    assert to_python(c.value) == 3.0 and c.op is None and not c.operands and not c.requires_grad


def test_a_number_that_it_meets_is_a_constant() -> None:
    c = mul(leaf(3.0), 2)
    number = c.operands[1]
    assert type(number) is Tensor and type(number.value) is float and not number.requires_grad


def test_in_a_region_a_parameter_stands_for_it() -> None:
    x = leaf(3.0)
    param = Tensor.parameter(x, None)
    assert param.value is x.value and param.op is None and param.operands == () and param.rest == (x,)
    assert x.absent(None).value is ZERO


def test_it_carries_nothing_of_pytorch_s() -> None:
    x = leaf(1.0)
    names = ("grad", "cotangent", "kin", "backward", "__weakref__", "__dict__")
    assert not [name for name in names if hasattr(x, name)]
    assert repr(x) == "<tensor 1.0>" and repr(mul(x, x)) == "<tensor 1.0 of mul>"
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(GraphError, match="cannot be copied or pickled"):
            duplicate(x)


def test_it_does_not_meet_pytorch_s() -> None:
    with pytest.raises(GraphError, match="mixes"):
        add(leaf(1.0), torch.tensor(1.0))


@pytest.mark.parametrize(
    "text", ["c = sin(x)*x", "c = sum(x*[1, 2])", "i = 0; while i < 3 { x = x*x; i = i + 1 }; c = x"]
)
def test_a_run_does_not_rest_on_the_mode_of_the_caller_s_tensors(text: str) -> None:
    f = exprgrad.compile(text, "dynamic", max_order=2)
    expected = f(x=0.5)
    steps = str(f.steps(x=0.5))
    with torch.no_grad(), torch.autograd.detect_anomaly():
        assert f(x=0.5) == expected
        assert str(f.steps(x=0.5)) == steps


def test_the_trace_of_a_run() -> None:
    f = exprgrad.compile("c = a*b", "dynamic")
    nodes = traced(f.text, f.task, {"a": from_python(15.0), "b": from_python(20.0)})
    assert to_python(nodes.value(nodes.named["c"])) == 300.0
    assert to_python(nodes.cotangent(nodes.inputs["a"])) == 20.0
    assert np.shape(nodes.value(nodes.named["c"])) == ()
