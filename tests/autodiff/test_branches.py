"""Branches: one node with regions, whose derivatives are branches again; the same in both modes to the last bit."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import exprgrad
from exprgrad.autodiff import between, forward
from exprgrad.dynamic.node import Tensor
from exprgrad.dynamic.tracing import Tracing
from exprgrad.lowering import Lowering
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.control import as_gradient
from exprgrad.program.compilation import assemble
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.defining import Defining
from exprgrad.static.graph import Node
from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import parse
from tests.test_properties import outcome, slow

MODES = ["static", "dynamic"]


def shared(generator: random.Random) -> str:
    """A program whose branches share names with what is outside, so that the order of sums shows in the last bits."""
    names = ["x", "y"]
    statements: list[str] = []

    def expression(depth: int) -> str:
        if depth <= 0 or generator.random() < 0.08:
            return generator.choice(names + names[2:] * 2)
        kind = generator.random()
        left, right = expression(depth - 1), expression(depth - 1)
        if kind < 0.42:
            return f"({left} {generator.choice('+-')} {right})"
        if kind < 0.65:
            return f"({left} * {right})"
        if statements and kind < 0.68:
            return f"f({left}, {right})"
        if kind < 0.75:
            return f"{generator.choice(['sin', 'exp', 'cos', 'csc', 'tanh', '-'])}({left})"
        condition = f"{generator.choice(names)} {generator.choice('<>')} {generator.choice(['0', '0.5', 'x', 'y'])}"
        if kind < 0.8:
            condition += f" {generator.choice(['and', 'or', '< y', '> x ==', '<'])} {generator.choice(names)}"
        return f"({left} if {condition} else {right})"

    if generator.random() < 0.5:
        statements.append(f"f(t, y) = {expression(2)} * t - y + x")
    for name in ["u", "v", "w"][: generator.randint(1, 3)]:
        statements.append(f"{name} = {expression(generator.randint(1, 3))}")
        names.append(name)
    return "; ".join([*statements, f"p = {expression(4)}"])


@pytest.mark.slow
@slow
@given(st.integers(min_value=0), st.floats(min_value=-3, max_value=3), st.floats(min_value=-3, max_value=3))
def test_static_is_dynamic(number: int, x: float, y: float) -> None:
    generator = random.Random(number)
    text = shared(generator)
    order = generator.choice([2, 3]) if len(text) < 120 else 2
    if len(text) < 350:
        static, dynamic = (outcome(text, mode, order, {"x": x, "y": y}) for mode in MODES)
        assert static == dynamic


# Found once: a side that was not taken changed the order in which the other was differentiated.
PINNED = [
    (
        "u = x; v = u; w = v; p = (u if y > x else w*w) + (tanh(u) - w*v) if u else w",
        {"x": 1.2910911716947284, "y": -0.8577594078502662},
    ),
    ("u = y*y; p = csc(y*u + u) + (u if y < y else y)", {"y": -1.5187627947297173}),
    ("u = csc(y + z + y); p = (pi - u + (u + y))*(u if not z else y)", {"y": 2.9174785154497593, "z": 0.7}),
    ("u = y + y; v = u*(y - u); w = u + v; p = v if v > 0.5 else csc(w)", {"y": -1.0913833510961168}),
]


@pytest.mark.parametrize(("text", "values"), PINNED)
def test_programs_that_differed(text: str, values: dict[str, float]) -> None:
    static, dynamic = (outcome(text, mode, 4, values) for mode in MODES)
    assert static == dynamic


@pytest.mark.parametrize("mode", MODES)
def test_a_condition_in_a_side_that_is_not_taken_is_not_asked(mode: str) -> None:
    assert exprgrad.compile("c = abs(x) if x > 0 else (abs(x) if asin(3) else x)", mode)(x=1).gradient("c") == {"x": 1}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "value", "slope", "curvature"),
    [
        ("(x if y > 0 else 2) + x", 5.0, 1.0, 0.0),
        ("(x if y > 0 else 2) - x", -1.0, -1.0, 0.0),
        ("(x**3 if y < 0 else 2) * x", 81.0, 108.0, 108.0),
        ("(x**2 if x > 1 and y < 0 else x) if y else x", 9.0, 6.0, 2.0),
        ("x**2 * (x > y < 0 < x)", 9.0, 6.0, 2.0),
        ("sin(x) if y > 0 else where(x > 4, 1, x*x)", 9.0, 6.0, 2.0),
    ],
)
def test_forward_and_reverse(text: str, value: float, slope: float, curvature: float, mode: str) -> None:
    point = {"x": 3.0, "y": -1.0}
    result = exprgrad.compile(f"c = {text}", mode, wrt=["x"], max_order=2)(**point)
    assert (result["c"], result.derivative("c", "x"), result.derivative("c", "x", "x")) == (value, slope, curvature)
    program = parse(f"c = {text}")
    names = resolve(program)
    if mode == "static":
        nodes = {name: Node(shape=(), name=name) for name in point}
        y = Lowering(Defining(), names).program(nodes, names.results)["c"]
        x = nodes["x"]
        one = add(mul(x, 0), 1)
        first = forward([(x, one)], between([y], [x]), symbolic=True)[y.index]
        second = forward([(x, one)], between([first], [x]), symbolic=True).get(first.index)
        fetches = [as_gradient(first, x), as_gradient(second, x)] if second is not None else [as_gradient(first, x)]
        found = Interpreter(assemble(fetches, list(nodes.values()))).run([from_python(point[name]) for name in nodes])
    else:
        tensors = {name: Tensor(from_python(number), requires_grad=True) for name, number in point.items()}
        y = Lowering(Tracing(), names).program(tensors, names.results)["c"]
        x = tensors["x"]
        one = Tensor(from_python(1.0), requires_grad=True)
        first = forward([(x, one)], between([y], [x]), symbolic=True)[y.index]
        second = forward([(x, from_python(1.0))], between([first], [x]), symbolic=False).get(first.index)
        found = [first.value, *([] if second is None else [second])]
    assert [to_python(number) for number in found] == [slope, curvature][: len(found)]
    assert len(found) == 2 or curvature == 0


@pytest.mark.parametrize("mode", MODES)
def test_nested_branches_stay_cheap_at_order_2(mode: str) -> None:
    """Ten levels that each capture three values: a derivative that swept a region once for each would not end."""
    text = "x*y*z"
    for i in range(10):
        text = f"({text} + x*y if x > {i - 20} else y + z)"
    result = exprgrad.compile(f"c = {text}", mode, max_order=2)(x=1, y=2, z=3)
    assert result.gradient("c") == {"x": 26.0, "y": 13.0, "z": 2.0}
    assert result.derivative("c", "x", "y") == 13.0
