"""Every rule of every operation, against differences in high precision, at orders 1 and 2, both modes, both ways."""

from __future__ import annotations

import math
import random
from itertools import combinations_with_replacement, product

import pytest

import exprgrad
from exprgrad.autodiff import between, forward, reverse
from exprgrad.dynamic.node import Tensor
from exprgrad.numbers.arithmetic import from_python
from exprgrad.ops import REGISTRY, Op
from exprgrad.ops.control import seed
from exprgrad.ops.registry import ONE
from tests.differences import derivative

POINTS = 12


def elementwise_ops() -> list[Op]:
    return [op for op in REGISTRY.all() if op.partials is not None]


def identity(op: Op) -> str:
    return f"{op.name}-{len(op.operand_names)}"


def sample(op: Op, generator: random.Random) -> list[float]:
    domain = list(op.domain) if len(op.domain) == len(op.operand_names) else [op.domain[0]] * len(op.operand_names)
    point = [round(generator.uniform(low, high), 6) for low, high in domain]
    if op.name == "polygamma":
        point[0] = float(round(point[0]))
    if op.reference[0] == "slope_by_result":  # it is registered once it has been used: its first operand is the result
        function = REGISTRY.by_name[op.reference[1][0]][0]
        point[0] = float(function.compute([from_python(point[1])]))
    if op.name == "clip":
        point[1:] = sorted(point[1:])
    return point


def traced(op: Op, point: list[float]) -> tuple[list[Tensor], Tensor]:
    inputs = [Tensor(from_python(x), requires_grad=True) for x in point]
    out: Tensor = Tensor.record(op, inputs)
    return inputs, out


def close(found: float, expected: float, scale: float = 0.0) -> bool:
    return abs(found - expected) <= 1e-13 * max(abs(expected), scale) + 1e-300


@pytest.mark.parametrize("op", elementwise_ops(), ids=identity)
def test_first_and_second_derivatives(op: Op) -> None:
    generator = random.Random(f"{op.name}")
    positions = [i for i in range(len(op.operand_names)) if not (op.name == "polygamma" and i == 0)]
    for _ in range(POINTS):
        point = sample(op, generator)
        inputs, out = traced(op, point)
        wanted = [inputs[i] for i in positions]
        nodes = between([out], wanted)
        found = reverse([(out, seed(out))], nodes, symbolic=True, wanted={x.index for x in wanted})
        for i in positions:
            first = found.get(inputs[i].index)
            value = 0.0 if first is None else float(first.value)
            assert close(value, derivative(op, point, [i])), (op, point, i)
            pushed = forward([(inputs[i], from_python(1.0))], nodes, symbolic=False).get(out.index)
            assert close(0.0 if pushed is None else float(pushed), value), (op, point, i)
        for i, j in combinations_with_replacement(positions, 2):
            first = found.get(inputs[i].index)
            expected = derivative(op, point, [i, j])
            value = 0.0
            scale = 0.0
            if first is not None:
                scale = abs(float(first.value))
                inner = between([first], [inputs[j]])
                if first.index in inner:
                    again = reverse([(first, from_python(1.0))], inner, symbolic=False, wanted={inputs[j].index})
                    value = float(again.get(inputs[j].index, from_python(0.0)))
            assert close(value, expected, scale), (op, point, i, j, value, expected)


def test_the_checker_finds_a_wrong_rule() -> None:
    wrong = Op("wrong", "x", rounded=lambda r: r.sin, partials=[lambda out, x: REGISTRY.by_name["mul"][0](2.001, x)])
    with pytest.raises(AssertionError):
        test_first_and_second_derivatives(wrong)


def test_the_checker_finds_a_wrong_constant() -> None:
    wrong = Op("wrong", "x", rounded=lambda r: r.neg, partials=[ONE])
    with pytest.raises(AssertionError):
        test_first_and_second_derivatives(wrong)


@pytest.mark.parametrize("op", elementwise_ops(), ids=identity)
def test_arrays_agree_with_scalars(op: Op) -> None:
    import numpy as np

    generator = random.Random(f"{op.name} arrays")
    points = [sample(op, generator) for _ in range(8)]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    out = op.compute(columns)
    assert out.shape == (8,)
    assert out.dtype == np.float64
    for i, point in enumerate(points):
        expected = float(op.compute([from_python(x) for x in point]))
        assert abs(out[i] - expected) <= 1e-13 * abs(expected) + 1e-300, (op, point)
    single = op.compute([column.astype(np.float32) for column in columns])
    assert single.dtype == np.float32


@pytest.mark.parametrize("op", [op for op in REGISTRY.all() if op.hard_points and op.name != "polygamma"], ids=identity)
def test_hard_points_are_few(op: Op) -> None:
    """At none of these points anything is 0, 1, whole, a tie or the end of a domain."""
    generator, count = random.Random(op.name), len(op.operand_names)
    points = [[generator.randint(-9999, 9999) / 1000 + 0.00037 for _ in range(count)] for _ in range(30)]
    for point in points:
        operands = [from_python(x) for x in point]
        out = op.compute(operands)
        assert not any(hard and hard.where(out, *operands) for hard in op.hard_points_for(count)), point


@pytest.mark.parametrize("op", [op for op in REGISTRY.all() if op.hard_points], ids=identity)
def test_hard_points_of_arrays_are_those_of_their_elements(op: Op) -> None:
    import numpy as np

    count = len(op.operand_names)
    numbers = [0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.5, 2.0, -3.0, math.inf, 1e-300][: 11 if count < 3 else 5]
    points = list(product(numbers, repeat=count))
    columns = [np.array(column) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"):
        out = op.compute(columns)
        found = [hard and np.broadcast_to(hard.where(out, *columns), out.shape) for hard in op.hard_points_for(count)]
    for i, point in enumerate(points):
        operands = [from_python(x) for x in point]
        out = op.compute(operands)
        for hard, of_arrays in zip(op.hard_points_for(count), found, strict=True):
            assert hard is None or bool(hard.where(out, *operands)) == bool(of_arrays[i]), point


@pytest.mark.parametrize("op", list(REGISTRY.functions()), ids=identity)
def test_an_entry_is_complete(op: Op) -> None:
    assert op.doc and not op.doc.endswith(".")
    for name in (op.name, *op.aliases):
        assert name.isidentifier()
        assert op in REGISTRY.by_name[name]
    if op.hard_points:
        assert len(op.hard_points_for(len(op.operand_names))) == len(op.operand_names)
    assert not isinstance(op.partials, tuple) or len(op.partials) == len(op.operand_names)


TEXTBOOK = [(op, i) for op in REGISTRY.functions() for i, text in enumerate(op.textbook) if text is not None]


@pytest.mark.parametrize(("op", "position"), TEXTBOOK, ids=[f"{op.name}-{i}" for op, i in TEXTBOOK])
def test_the_textbook_is_right(op: Op, position: int) -> None:
    """Where nothing is hard the formula that is shown is what the rule computes."""
    generator = random.Random(position)
    function = exprgrad.compile(f"r = {op.name}({', '.join(op.operand_names)})")
    shown = exprgrad.compile(f"r = {op.textbook[position]}", max_order=0)
    for _ in range(20):
        values = {name: generator.uniform(*ends) for name, ends in zip(op.operand_names, op.domain, strict=True)}
        slope = function(**values).derivative("r", op.operand_names[position])
        found = shown(**{name: values[name] for name in shown.inputs})["r"]
        assert math.isclose(slope, found, rel_tol=1e-8, abs_tol=1e-12)


def test_which_functions_have_a_textbook() -> None:
    """Those whose rule is a family that nobody writes."""
    names = {op.name for op, _ in TEXTBOOK}
    assert names == set(
        "acos acosh asin asinh atan atan2 atanh beta cbrt clip cot coth csc csch erf erfc exp2 factorial gamma "
        "heaviside hypot log log10 log1p log2 logaddexp pow sec sech sigmoid sinc sqrt tan tanh xlogy".split()
    )
