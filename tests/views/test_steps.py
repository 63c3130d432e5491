"""The steps of a run: what they add up to is what is printed, to the last bit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import exprgrad
from exprgrad.dynamic import tracing
from exprgrad.dynamic.record import Backward, Closed, Opened, Pulled, Ran, Record
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.syntax.tree import ProgramTree
from exprgrad.views import formula
from tests import generated
from tests.programs import Maker
from tests.test_properties import slow, used

Totals = dict[Any, float]


def record(text: str, values: dict[str, float]) -> tuple[Record, exprgrad.Result]:
    """The steps of a program, and its result; programs that cannot be run are not looked at."""
    try:
        function = exprgrad.compile(text, "dynamic")
        given = {name: values[name] for name in function.inputs}
        return function.steps(**given).record, function(**given)
    except exprgrad.ExprError:
        assume(False)
        raise


def plain(numbers: list[float]) -> bool:
    """Whether nothing left the range of a double, so that what is printed is what was computed with."""
    return all(math.isfinite(x) and (x == 0 or abs(x) > 1e-290) for x in numbers)


def add(totals: Totals, to: Any, amount: float) -> None:
    if to in totals:
        amount = to_python(FLOAT64.add(from_python(totals[to]), from_python(amount)))
    totals[to] = amount


def outside(backward: Backward) -> Iterator[Pulled]:
    """The steps that lie in no block."""
    depth = 0
    for step in backward.steps:
        depth += isinstance(step, Opened) - isinstance(step, Closed)
        if not depth and isinstance(step, Pulled):
            yield step


def check_sums(text: str, values: dict[str, float]) -> None:
    found, result = record(text, values)
    function = exprgrad.compile(text, "dynamic")
    kinks = tracing.run(function.task, {x: FLOAT64.number(values[x]) for x in function.inputs}, notes=True).kinks
    for backward in found.backward:
        settled = repr(backward.derivatives) != repr(result.gradient(backward.result))
        assert not settled or kinks[backward.result]  # the sides of a kink say otherwise, which the steps tell
        pulled = [step for step in backward.steps if isinstance(step, Pulled)]
        numbers = [x for s in pulled for a in s.added for x in (a.amount or 0.0, a.partial or 0.0)]
        numbers += [s.cotangent or 0.0 for s in pulled]
        vanished = any([a.partial == 0 and a.amount for s in pulled for a in s.added])  # it is below the range
        if vanished or not plain(numbers):
            continue
        for step in pulled:
            for to in step.added:
                if to.partial is not None and to.amount is not None:
                    product = FLOAT64.mul(from_python(step.cotangent), from_python(to.partial))
                    assert to_python(product) == to.amount
        totals: Totals = {backward.seed.node: backward.seed.amount}
        names = {backward.seed.node: backward.seed.to}
        for step in outside(backward):
            if step.op is not None:
                assert totals[step.node] == step.cotangent
            for to in step.added:
                if to.amount is not None:
                    is_first = to.node not in totals
                    add(totals, to.node, to.amount)
                    assert to.total == (None if is_first else totals[to.node])
                    names[to.node] = to.to
        for name, derivative in backward.derivatives.items():
            mine = [totals[node] for node, to in names.items() if to == name and totals[node] == derivative]
            assert mine or derivative == 0 or math.isnan(derivative)


@pytest.mark.slow
@slow
@given(st.integers(min_value=0), st.floats(min_value=-3, max_value=3), st.floats(min_value=-3, max_value=3))
def test_what_is_added_sums_to_the_derivative(number: int, x: float, y: float) -> None:
    check_sums(Maker(number).program(), {"x": x, "y": y})


@pytest.mark.slow
@slow
@given(generated.programs(), st.tuples(generated.values, generated.values, generated.values))
def test_what_is_added_sums_to_the_derivative_of_expressions(
    program: ProgramTree, values: tuple[float, float, float]
) -> None:
    check_sums(formula.program(program), used(values))


LOOPS = [
    "y = a; for k in 0..3 { y = sin(y)*x + y }; c = y",
    "y = a; for k in 0..4 { y = y*x + x*x*y; y = y*0.5 - sin(x) }; c = y*x",
    "y = a; while y < 9 { y = y + x*x if x > 0 else y*x }; c = y",
]


@pytest.mark.parametrize("text", LOOPS)
def test_what_iterations_add_sums_to_what_the_loop_adds(text: str) -> None:
    found, _ = record(text, {"x": 0.7, "a": 0.3})
    (backward,) = found.backward
    depth = 0
    iteration: Totals = {}
    loop: Totals = {}
    for step in backward.steps:
        depth += isinstance(step, Opened) - isinstance(step, Closed)
        if isinstance(step, Opened) and step.number:
            iteration = {}
        elif isinstance(step, Pulled) and depth == 2:
            for to in step.added:
                add(iteration, to.to, to.amount)
        elif isinstance(step, Closed) and depth == 1:
            for name in ("x", "a"):
                if name in iteration:
                    add(loop, name, iteration[name])
        elif isinstance(step, Pulled) and step.op is None and not depth:
            assert {to.to: to.amount for to in step.added} == loop


@pytest.mark.slow
@slow
@given(generated.programs(), st.tuples(generated.values, generated.values, generated.values))
def test_the_forward_pass_has_the_results(program: ProgramTree, values: tuple[float, float, float]) -> None:
    found, result = record(formula.program(program), used(values))
    ran = {step.name: step.value for step in found.forward if isinstance(step, Ran)}
    assert "result" not in ran or repr(ran["result"]) == repr(result["result"])


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("relu(x) - relu(-x)", "= 1.0, from the sides of a kink; its conventions add up to 0.0"),
        ("2*relu(x) - relu(-x)", "= 1.5, from the sides of a kink; its conventions add up to 0.0"),
        ("abs(x)", "= 0.0"),
    ],
)
def test_at_a_kink_the_steps_end_with_the_derivative_of_the_result(text: str, end: str) -> None:
    function = exprgrad.compile(text)
    shown = str(function.steps(x=0))
    assert shown.endswith(f"Derivative of c with respect to x {end}")
    assert f"x = {function(x=0).derivative('c', 'x')}" in shown


@pytest.mark.parametrize(
    ("options", "message"),
    [({"weight_by": [1, 0]}, "derivatives without weights"), ({"along_direction": {"x": 1}}, "not along a direction")],
)
def test_there_are_no_steps_or_pictures_of_what_has_no_backward_pass(options: Any, message: str) -> None:
    function = exprgrad.compile("c = x*x", **options)
    with pytest.raises(exprgrad.UsageError, match=f"a list of steps shows.*{message}"):
        function.steps(x=[3.0, 4.0])
    with pytest.raises(exprgrad.UsageError, match=f"a picture shows.*{message}"):
        exprgrad.draw(function, {"x": [3.0, 4.0]})


def test_a_picture_of_jacobians_there_is_none() -> None:
    with pytest.raises(exprgrad.UsageError, match="a picture shows the derivatives of a sum"):
        exprgrad.draw(exprgrad.compile("c = x*x", full_jacobian=True))


def test_letters_that_the_program_does_not_use() -> None:
    assert "d sin(r)/dr = cos(r)" in str(exprgrad.compile("u(v) = w*p*q*sin(v); c = u(a)").steps(w=1, p=1, q=1, a=1))


def test_the_letters_run_out() -> None:
    text = "+".join("uvwpqrst") + " + sin(u)"
    assert "d sin(u1)/du1 = cos(u1)" in str(exprgrad.compile(text).steps(**dict.fromkeys("uvwpqrst", 1)))


def test_long_loops_are_folded() -> None:
    shown = str(exprgrad.compile("y = x; for i in 0..2000 { y = sin(y) }").steps(x=1))
    assert shown.count("... 1997 iterations, 3 to 1999 ...") == 1
    assert shown.count("... 1997 iterations, 1998 to 2 ...") == 1
    assert len(shown.splitlines()) < 40


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("+".join(["x"] * 20_000), 60_000),
        ("-" * 20_000 + "x", 40_000),
        ("max(" + ", ".join(["x"] * 10_000) + ")", 10_000),
        ("(x if x > 0 else " * 3_000 + "x" + ")" * 3_000, 3),
        ("x if (" * 3_000 + "x" + ") else 1" * 3_000, 3_000),
    ],
    ids=["sum", "signs", "operands", "else", "conditions"],
)
def test_depth(text: str, lines: int) -> None:
    assert len(str(exprgrad.compile(text).steps(x=2)).splitlines()) >= lines


def test_what_is_added_second_has_the_sum_so_far() -> None:
    shown = str(exprgrad.compile("c = x*x + x").steps(x=3))
    assert re.findall(r"  x \+= (.*)", shown) == [
        "1.0 * 1.0 = 1.0",
        "1.0 * 3.0 = 3.0, so 4.0",
        "1.0 * 3.0 = 3.0, so 7.0",
    ]


@pytest.mark.parametrize(
    ("text", "forward", "backward"),
    [
        ("c = sum(x)", "sum([1.0, 2.0]) = 3.0", "sum(u): u += g to each element  x += [1.0, 1.0]"),
        ("c = mean(x)", "mean([1.0, 2.0]) = 1.5", "mean(u): u += g/n to each of n elements  x += [0.5, 0.5]"),
        ("c = dot(x, [3, 4])", "[1.0, 2.0] @ [3.0, 4.0] = 11.0", "u @ v: u += g v^T  x += [3.0, 4.0]"),
        ("c = dot([3, 4], x)", "[3.0, 4.0] @ [1.0, 2.0] = 11.0", "u @ v: v += u^T g  x += [3.0, 4.0]"),
        ("c = norm(3*x)^2", "norm([3.0, 6.0]) = 6.708203932499369", "norm(u): u += g*u/norm(u)"),
        ("c = prod(x)", "prod([1.0, 2.0]) = 2.0", "prod(u): u += g*prod(u)/u"),
        ("c = x[1]", "", "g, moved back  x += [0.0, 1.0]"),
    ],
)
def test_operations_on_arrays_have_their_lines_and_rules(text: str, forward: str, backward: str) -> None:
    shown = str(exprgrad.compile(text).steps(x=[1, 2]))
    assert forward in shown
    assert backward in shown
    assert shown.count("g in a rule is the derivative with respect to") == 1


def test_the_value_of_a_derivative_and_its_steps_are_told() -> None:
    shown = str(exprgrad.compile("g = diff(sin(x*y), x); c = g*g").steps(x=0.5, y=2))
    result = exprgrad.compile("c = diff(sin(x*y), x)", max_order=0)(x=0.5, y=2)["c"]
    assert f"g = diff(sin(x*y), x): {result}\n" in shown
    forward, backward = shown.split("Backward")
    steps = re.findall(r"(step \d+ of diff\(.*?, x\)): ", forward)
    assert len(steps) == len(set(steps)) > 1
    assert set(re.findall(r"(step \d+ of diff\(.*?, x\)) ", backward)) == set(steps)


def test_arrays() -> None:
    np = pytest.importorskip("numpy")
    shown = str(exprgrad.compile("a*b").steps(a=np.array([1.0, 2.0]), b=3))
    assert "c = a*b: [1.0, 2.0] * 3.0 = [3.0, 6.0]" in shown
    assert "b += [1.0, 1.0] * [1.0, 2.0] = 3.0" in shown
