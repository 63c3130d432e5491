"""What holds for every program: both modes print the same, and derivatives are those of the function."""

from __future__ import annotations

import math
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.autodiff import between, forward
from exprgrad.dynamic.node import Tensor
from exprgrad.dynamic.tracing import Tracing
from exprgrad.lowering import Lowering
from exprgrad.numbers.arithmetic import from_python
from exprgrad.syntax.names import resolve, walk
from exprgrad.syntax.parser import parse, parse_expression
from exprgrad.syntax.plan import expressions as plan_expressions
from exprgrad.syntax.plan import plan
from exprgrad.syntax.tree import Assignment, Expression, For, If, Name, ProgramTree, While
from exprgrad.views import formula
from tests import generated
from tests.differences import slopes

# EXPRGRAD_EXAMPLES=20000 python -m pytest tests/test_properties.py searches for longer.
EXAMPLES = int(os.environ.get("EXPRGRAD_EXAMPLES", "75"))
# Of programs that are drawn small: twice as many, unless those are thousands.
TWICE = max(EXAMPLES, min(2 * EXAMPLES, 5000))
slow = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def outcome(text: str, mode: str, max_order: int, values: dict[str, float]) -> Any:
    """What a run gives, or its error."""
    try:
        function = exprgrad.compile(text, mode, max_order=max_order)
        result = function.run({name: values[name] for name in function.inputs})
    except exprgrad.ExprError as problem:
        return str(problem)
    return repr(result.outcomes), result.notes


def used(values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip(("x", "y", "z", "u", "v"), (*values, 0.25, -1.5), strict=True))


@pytest.mark.slow
@slow
@given(generated.programs(), st.tuples(generated.values, generated.values, generated.values))
def test_static_is_dynamic(program: ProgramTree, values: tuple[float, float, float]) -> None:
    text = formula.program(program)
    assert outcome(text, "static", 2, used(values)) == outcome(text, "dynamic", 2, used(values))


@settings(slow, max_examples=EXAMPLES // 2)
@given(generated.smooth_expressions, st.tuples(generated.values, generated.values, generated.values))
def test_static_is_dynamic_at_order_3(expression: Expression, values: tuple[float, float, float]) -> None:
    text = formula.expression(expression)
    assert outcome(text, "static", 3, used(values)) == outcome(text, "dynamic", 3, used(values))


@slow
@given(
    generated.smooth_expressions,
    st.tuples(*[st.floats(min_value=-3, max_value=3)] * 3),
)
def test_derivatives_are_those_of_the_function(expression: Expression, point: tuple[float, float, float]) -> None:
    """Against differences of the same expression in high precision."""
    function = exprgrad.compile(formula.expression(expression))
    values = {name: used(point)[name] for name in function.inputs}
    result = function.run(values)
    name = result.outcomes[0].name
    for x in function.inputs:
        slope, curvature = (slopes(expression, values, [x] * order) for order in (1, 2))
        found = result.derivative(name, x)
        # Rounding moves the point at which the derivative is taken by some ulp.
        assert abs(found - slope) <= 1e-9 * (abs(slope) + abs(curvature) + 1), (x, found, slope)


@slow
@given(generated.smooth_expressions, st.tuples(*[st.floats(min_value=-3, max_value=3)] * 3))
def test_forward_is_reverse(expression: Expression, point: tuple[float, float, float]) -> None:
    text = formula.expression(expression)
    program = parse(text)
    names = resolve(program)
    assume(names.inputs)
    inputs = {}
    for name in names.inputs:
        inputs[name] = Tensor(from_python(used(point)[name]), requires_grad=True)
    (out,) = Lowering(Tracing(), names).program(inputs, names.results).values()
    result = exprgrad.compile(text).run({name: used(point)[name] for name in names.inputs})
    for name, x in inputs.items():
        pushed = forward([(x, from_python(1.0))], between([out], [x]), symbolic=False).get(out.index)
        t = 0.0 if pushed is None else float(pushed)
        g = result.derivative(result.outcomes[0].name, name)
        scale = sum(abs(d) for d in result.gradient(result.outcomes[0].name).values())
        assert math.isclose(t, g, rel_tol=1e-9, abs_tol=1e-9 * (scale + 1)) or (t != t and g != g)


@pytest.mark.slow
@settings(slow, max_examples=TWICE)
@given(generated.expressions)
def test_parsing_undoes_printing(expression: Expression) -> None:
    text = formula.expression(expression)
    statement = parse(text).statements[0]
    assert statement.value == expression
    if isinstance(expression, Name):
        assert exprgrad.compile(text).results == (expression.name,)


@pytest.mark.slow
@slow
@given(generated.forms)
def test_parsing_undoes_printing_programs(program: ProgramTree) -> None:
    assert parse(formula.program(program)) == program


@pytest.mark.slow
@slow
@given(generated.forms)
def test_what_stands_at_a_node_is_the_node(program: ProgramTree) -> None:
    """Every statement and every expression knows its place: the text there parses to it alone."""
    parsed = parse(formula.program(program))
    text = parsed.text
    statements = list(parsed.statements)
    roots = [definition.body for definition in parsed.functions]
    for statement in statements:
        start, end = statement.span
        assert parse(text[start:end]).statements == (statement,)
        match statement:
            case Assignment(name=name, value=value, name_span=place):
                assert name is None or text[slice(*place)] == name
                roots.append(value)
            case If():
                statements += statement.then + statement.otherwise
                roots.append(statement.condition)
            case While():
                assert text[slice(*statement.head_span)] == f"while {text[slice(*statement.condition.span)]}"
                statements += statement.body
                roots.append(statement.condition)
            case For():
                bounds = "..".join(text[slice(*bound.span)] for bound in (statement.start, statement.stop))
                assert text[slice(*statement.head_span)] == f"for {statement.counter} in {bounds}"
                assert text[slice(*statement.counter_span)] == statement.counter
                statements += statement.body
                roots += [statement.start, statement.stop]
    for node in {node.span: node for root in roots for node in walk(root)}.values():
        start, end = node.span
        assert parse_expression(text[start:end]) == node


DEEP = 5_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ("s = x; " + "if x > 0 { " * DEEP + "s = x*2" + " }" * DEEP, DEEP + 2),
        ("s = x; " + "while x > 0 { " * DEEP + "s = s*2; x = x - 1" + " }" * DEEP, DEEP + 3),
        ("s = x; " + "".join(f"if x > {i} {{ s = {i}*x }} else " for i in range(DEEP)) + "{ s = 1 }", 2 * DEEP + 1),
    ],
    ids=["if", "while", "else if"],
)
def test_blocks_nest_as_deep_as_they_like(text: str, expressions: int) -> None:
    program = parse(text)
    names = resolve(program)
    assert names.results[:1] == ("s",)
    assert len(list(plan_expressions(plan(names, ["s"])))) == expressions
    assert parse(formula.program(program)) == program
