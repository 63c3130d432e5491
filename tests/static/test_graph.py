"""The node of a graph."""

from __future__ import annotations

import numpy as np
import pytest

import exprgrad.static as tf
from exprgrad.autodiff import Sweeps, pull_back, start
from exprgrad.diagnostics import GraphError
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add, mul, sub
from exprgrad.ops.control import Scope
from exprgrad.ops.elementary import sin
from exprgrad.ops.shapes import reshape
from exprgrad.program.compilation import assemble
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.graph import Node


def run(node: Node, feeds: dict[Node, float]) -> object:
    (value,) = Interpreter(assemble([node], list(feeds))).run([from_python(x) for x in feeds.values()])
    return to_python(value)


def test_it_remembers_what_is_to_be_computed() -> None:
    x, y = Node(shape=(), name="x"), Node(shape=(3,), name="y")
    c = mul(x, y)
    assert c.op is mul and c.operands == (x, y) and c.shape == (3,) and c.value is None
    assert reshape((1, 3))(y).shape == (1, 3)
    assert add(Node(), y).shape is None
    assert [repr(node) for node in (x, c, Node.constant(2.0))] == ["<placeholder x>", "<node mul>", "<constant 2.0>"]


def test_a_number_that_it_meets_is_a_constant_of_its_region() -> None:
    scope = Scope(Scope(None))
    inner = Node(shape=(), scope=scope)
    c = mul(2, add(Node(shape=(), scope=scope.parent), inner))
    assert c.scope is scope and c.operands[0].scope is scope
    assert type(c.operands[0].value) is float and type(c.operands[0]) is Node


def test_an_array_of_the_caller_s_is_copied() -> None:
    given = np.array([1.0, 2.0])
    k = Node.constant(given)
    given[0] = 7
    assert k.value.tolist() == [1.0, 2.0] and k.shape == (2,)


def test_in_a_region_a_parameter_stands_for_it() -> None:
    scope = Scope(None)
    x = Node(shape=(2,), name="x")
    param = Node.parameter(x, scope)
    assert param.rest == (x,) and param.operands == () and param.shape == (2,) and param.scope is scope
    assert x.absent(scope).value is ZERO and x.absent(scope).shape == (2,)


def test_it_carries_nothing_of_tensorflow_s() -> None:
    x = Node(shape=())
    assert not [name for name in ("graph", "dtype", "declared", "whole", "eval", "__dict__") if hasattr(x, name)]
    with pytest.raises(GraphError, match="mixes"):
        add(x, tf.placeholder(tf.float64))


def test_derivatives_are_nodes() -> None:
    x = Node(shape=(), name="x")
    y = mul(sin(x), x)
    (slope,) = pull_back([(y, start(None, y))], [x])
    assert run(slope, {x: 0.5}) == pytest.approx(np.sin(0.5) + 0.5 * np.cos(0.5), rel=1e-15)
    (scaled,) = pull_back([(y, start(3.0, y))], [x])
    assert run(scaled, {x: 0.5}) == pytest.approx(3 * (np.sin(0.5) + 0.5 * np.cos(0.5)), rel=1e-15)
    sweeps = Sweeps(Node.constant, lambda node: node.value, lambda x: True, lambda *y: None, lambda name: None)
    pushed = sweeps.push("y", y, [(x, Node.constant(1.0))], 0)
    assert pushed is not None and run(pushed, {x: 0.5}) == run(slope, {x: 0.5})
    assert pull_back([(y, start(None, y))], [Node(shape=())]) == [None]
    assert sweeps.push("y", Node.constant(1.0), [(x, Node.constant(1.0))], 0) is None


def test_a_sweep_passes_the_nodes_that_it_is_given() -> None:
    x = Node(shape=())
    square = mul(x, x)
    y = mul(square, x)
    (slope,) = pull_back([(y, start(None, y))], [x], nodes={node.index: node for node in (x, y)})
    assert run(slope, {x: 3.0}) == 9.0


def test_passes_keep_every_value() -> None:
    """Equal nodes are computed once; nothing is simplified."""
    x = Node(shape=())
    assert assemble([mul(sin(x), sin(x))], [x]).operations == 2
    assert str(run(mul(0, x), {x: float("inf")})) == "nan"
    assert str(run(sub(x, x), {x: float("inf")})) == "nan"
