"""What the interpreter gives of values inside of loops: lists, in the order of the program's iterations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.autodiff import pull_back, start
from exprgrad.lowering import Lowering
from exprgrad.numbers.arithmetic import from_python
from exprgrad.ops.control import Item
from exprgrad.program.compilation import assemble
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.defining import Defining
from exprgrad.static.graph import Node
from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import parse


def inside(node: Any) -> Any:
    """What the innermost loop computes of which a node is a result."""
    while isinstance(node.op, Item):
        node = node.left.op.regions[0].results[node.op.position]
    return node


@pytest.mark.parametrize(
    ("text", "powers", "slopes"),
    [
        # At x = 2: y after each iteration, and what reaches the y before it from a last one of 1.
        ("y = x; for i in 0..3 { y = y*x }; c = y", [4, 8, 16], [8, 4, 2]),
        ("y = x; for i in 0..2 { for j in 0..2 { y = y*x } }; c = y", [[4, 8], [16, 32]], [[16, 8], [4, 2]]),
        ("y = x; for i in 0..3 { for j in 0..i { y = y*x } }; c = y", [[], [4], [8, 16]], [[], [8], [4, 2]]),
    ],
)
def test_values_of_iterations(text: str, powers: list[Any], slopes: list[Any]) -> None:
    """The derivative's loops run backwards."""
    x = Node(shape=(), name="x")
    c = Lowering(Defining(), resolve(parse(text))).program({"x": x}, ["c"])["c"]
    (derivative,) = pull_back([(c, start(None, c))], [x])
    program = assemble([inside(c), inside(derivative.operands[0]), inside(c)], [x])
    found = Interpreter(program).run([from_python(2.0)])
    assert found == [powers, slopes, powers]


@pytest.mark.parametrize("make", [list, np.array])
@pytest.mark.parametrize(
    ("text", "order", "values"),
    [
        ("c = log(x[:2])", 2, {"x": [0.5, -1.0, 3.0]}),
        ("c = log(x[[0, 1]])", 2, {"x": [0.5, -1.0, 3.0]}),
        ("c = log(diag(x))", 2, {"x": [[1.0, 2.0], [3.0, -4.0]]}),
        ("c = x[0]*2 + log(x[1])", 1, {"x": [1.0, -1.0, 2.0]}),
    ],
)
def test_what_nothing_reaches_beside_a_nan_is_as_in_a_call(
    text: str, order: int, values: dict[str, Any], make: Any
) -> None:
    given = {name: make(x) for name, x in values.items()}
    function = exprgrad.compile(text, max_order=order)
    program = function.program(**{name: np.shape(x) for name, x in values.items()})
    found = exprgrad.Interpreter(program)(**given)
    for derivative in function(**given).outcomes[0].derivatives:
        assert np.array_equal(derivative.value, found["c", *derivative.with_respect_to], equal_nan=True)
