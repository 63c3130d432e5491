"""The run that a page tells: its lines are those of the steps, and for other values its numbers are those of a run with
these, to the last bit, as long as it takes the same way."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import exprgrad
from exprgrad.compiled import Function
from exprgrad.dynamic.blocks import Blocks
from exprgrad.dynamic.record import recorded
from exprgrad.dynamic.tracing import trace
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.numbers.scalars import ROUNDED
from exprgrad.run.interpreter import Interpreter
from exprgrad.syntax.tree import ProgramTree
from exprgrad.views import formula
from exprgrad.views.page.followed import Deciding, Way, followed, program, shown
from exprgrad.views.page.story import Story
from tests import generated
from tests.programs import Maker
from tests.test_properties import slow, used

NEWTON = "x = a; while abs(x*x - a) > 1e-12 { x = (x + a/x)/2 }; c = x"
PROGRAMS = [
    ("a*b", {"a": 15.0, "b": 20.0}, {"a": -1.5, "b": 1e300}),
    ("u = a*b; v = sin(u) + u", {"a": 2.0, "b": 0.5}, {"a": 0.1, "b": -0.3}),
    ("(a - 3)**2 - -a", {"a": 2.0}, {"a": -2.0}),
    ("f(x) = x*exp(-x) if x > 0 else sin(x); c = f(a)*f(b)", {"a": 2.0, "b": -0.5}, {"a": 3.0, "b": -1.0}),
    ("y = x; if x > 1 { y = x*x } else { y = 2 }; c = y*diff(sin(x)*x, x)", {"x": 2.0}, {"x": 3.0}),
    ("y = a; for k in 0..6 { y = sin(y)*x + y }", {"a": 0.5, "x": 2.0}, {"a": 0.25, "x": -1.0}),
    (NEWTON, {"a": 2.0}, {"a": 2.1}),
    ("c = max(a, b); d = abs(a)*c", {"a": 2.0, "b": 1.0}, {"a": 3.0, "b": -1.0}),
    ("s = 0; for i in 0..n { s = s + i*x }", {"n": 3.0, "x": 2.0}, {"n": 2.5, "x": 5.0}),
]


def story(function: Function, values: dict[str, float]) -> tuple[Story, Way, dict[str, object]]:
    """The run of a function, without pictures."""
    way = Way(100_000)
    given = followed({name: from_python(values[name]) for name in function.inputs}, way)
    ran = trace(function.task, given, Deciding())
    record = recorded(function.task, function.text, ran, shown)
    blocks = Blocks([ran.named[name] for name in function.results], ran.conditions)
    return Story(function.text, ran.inputs, blocks, record, [], {}), way, dict(given)


def check(text: str, values: dict[str, float], others: dict[str, float]) -> bool:
    """Compares a run with its steps, and with those for other values; whether these take the same way."""
    function = exprgrad.compile(text, "dynamic")
    found, way, given = story(function, values)
    for line in found.lines:
        assert line.texts == tuple([found.numbers.filled(cell) for cell in line.cells])
    followed_numbers = found.numbers.followed
    decisions = {found.numbers.place(x): x.number != 0 for x in way.decisions}
    made = program(followed_numbers.values(), given.values())
    computed = Interpreter(made).run_in(ROUNDED, [from_python(others[name]) for name in function.inputs])
    for place, x in zip(followed_numbers, computed, strict=True):
        found.numbers.values[place] = to_python(x)
    if not all((found.numbers.values[place] != 0) is held for place, held in decisions.items()):
        return False
    other, _, _ = story(function, others)
    texts = [tuple([found.numbers.filled(cell) for cell in line.cells]) for line in found.lines]
    assert texts == [line.texts for line in other.lines]
    return True


@pytest.mark.parametrize(("text", "values", "others"), PROGRAMS)
def test_other_values_give_the_numbers_of_their_own_run(
    text: str, values: dict[str, float], others: dict[str, float]
) -> None:
    assert check(text, values, others)


@pytest.mark.parametrize(
    ("text", "values", "others"),
    [
        ("c = a if a > 0 else -a", {"a": 2.0}, {"a": -2.0}),
        (NEWTON, {"a": 2.0}, {"a": 9.0}),
        ("max(a, b)", {"a": 2.0, "b": 1.0}, {"a": 1.0, "b": 2.0}),
        ("s = 0; for i in 0..n { s = s + i*x }", {"n": 3.0, "x": 2.0}, {"n": 4.0, "x": 2.0}),
        ("c = 1 if a and b else 2", {"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 1.0}),
    ],
)
def test_another_way_is_told(text: str, values: dict[str, float], others: dict[str, float]) -> None:
    assert not check(text, values, others)


def test_so_many_operations_are_followed_and_no_more() -> None:
    function = exprgrad.compile("y = x; for i in 0..9 { y = sin(y) }")
    way = Way(5)
    ran = trace(function.task, followed({"x": from_python(1.0)}, way), Deciding())
    assert way.left == 0
    assert ran.named["y"].value.node is None
    assert float(ran.named["y"].value) == function(x=1)["y"]


@pytest.mark.slow
@slow
@given(generated.programs(), *[st.tuples(generated.values, generated.values, generated.values)] * 2)
def test_other_values_of_any_program(
    tree: ProgramTree, values: tuple[float, float, float], others: tuple[float, float, float]
) -> None:
    try:
        check(formula.program(tree), used(values), used(others))
    except exprgrad.ExprError:
        assume(False)


@pytest.mark.slow
@slow
@given(st.integers(min_value=0), *[st.floats(min_value=-3, max_value=3)] * 4)
def test_other_values_of_branches_and_loops(number: int, x: float, y: float, dx: float, dy: float) -> None:
    try:
        check(Maker(number).program(), {"x": x, "y": y}, {"x": x + dx / 10, "y": y + dy / 10})
    except exprgrad.ExprError:
        assume(False)
