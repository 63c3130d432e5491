"""A program as plain data: it pickles, is equal to the same one, prints, and runs where its text was never parsed."""

from __future__ import annotations

import math
import pickle
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.diagnostics import ExprError
from exprgrad.program.program import Program
from tests.programs import Maker

LOOP = "s = x; while s < 100 { s = s*s + 1 if s > y else s*3 }; c = s"


def program(text: str, max_order: int = 1, **shapes: tuple[int, ...]) -> Program:
    return exprgrad.compile(text, max_order=max_order).program(**shapes)


def test_the_text_of_branches_and_loops() -> None:
    assert str(program(LOOP)).splitlines() == [
        "%0 = absent",
        "%1 = 100.0",
        "%2 = 1.0",
        "%3 = 3.0",
        "%4 = input x",
        "%5 = input y",
        "loop 0, counted in %6 from %9 = %4",
        "  %10 = less %9 %1",
        "  while %10",
        "  %11 = greater %9 %5",
        "  if %11:",
        "    %12 = mul %9 %9",
        "    %12 = add %12 %2",
        "  if not %11:",
        "    %13 = mul %9 %3",
        "  %13 = choose %11 %12 %13",
        "  again with %9 = %13; %7 pushes %9; %8 pushes %11",
        "%9 = copy %9",
        "%13 = seed %9",
        "loop 1 %6 times, backwards, counted in %12 from %13 = %13, %14 = %0; %15 pops %7; %16 pops %8",
        "  if %16:",
        "    %15 = mul %13 %15",
        "    %15 = add %15 %15",
        "  if not %16:",
        "    %17 = mul %13 %3",
        "  %17 = choose %16 %15 %17",
        "  again with %13 = %17, %14 = %14",
        "%13 = copy %13",
        "%14 = copy %14",
        "output c = %9, dc/dx = %13, dc/dy = %14",
    ]


def test_what_the_text_says_of_shapes_and_attributes() -> None:
    text = str(program("c = sum(reshape(x, [3, 2])[:, 0]) + [1, 2, 3]", x=(6,)))
    assert "%2 = input x of shape (6,)" in text
    assert "array of shape (3,)" in text
    assert "reshape" in text and "of shape (3, 2)" in text


@pytest.mark.parametrize("text", ["c = a*b + a*nan", LOOP, "c = sum(A @ A, axis=1)^2*0.5"])
def test_programs_of_one_text_are_equal(text: str) -> None:
    shapes = {"A": (2, 2)} if "A" in text else {}
    one, other = program(text, **shapes), program(text, **shapes)
    assert one == other and hash(one) == hash(other) and one is not other
    assert pickle.loads(pickle.dumps(one)) == one
    assert program(text, 2, **shapes) != one


@pytest.mark.parametrize(
    ("one", "other"),
    [("c = x*0.0", "c = x*-0.0"), ("c = x + 1", "c = x + 2"), ("c = sin(x)", "c = cos(x)"), ("c = x", "d = x")],
)
def test_programs_that_differ(one: str, other: str) -> None:
    assert program(one, 0) != program(other, 0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c = a*b", "c=a * b  # the product"),
        ("c = x if x>0 else -x", "c = ( x if x > 0 else -x )"),
        ("c = x; while c < 9 { c = c*x }", "c=x\nwhile c<9 {\n  c = c*x\n}"),
    ],
)
def test_programs_do_not_differ_by_where_things_stand(one: str, other: str) -> None:
    assert program(one) == program(other) and hash(program(one)) == hash(program(other))


def test_lists_are_rounded_as_in_a_call() -> None:
    function = exprgrad.compile("c = sum(x*x/1e200)")
    run = exprgrad.Interpreter(function.program(x=(2,)))
    for x in ([1e200, 1.0], (0.1, 0.7)):
        result = function(x=x)
        found = run(x=x)
        assert found["c",] == result["c"]
        assert found["c", "x"].tolist() == result.derivative("c", "x").tolist()


def test_a_direction_has_a_name_that_no_input_has() -> None:
    function = exprgrad.compile("y = x if s > 0 else sum(t)", along_direction={"x": 1})
    values = {"x": 1, "s": -1, "t": [1, 2]}
    found = exprgrad.Interpreter(function.program(t=(2,)))(**values)
    assert list(found.values()) == [3.0, function(**values).along_direction("y")] == [3.0, 0.0]


@pytest.mark.parametrize(
    ("text", "shapes", "scalar"),
    [
        ("c = 7", {}, True),
        (LOOP, {}, True),
        ("c = x", {"x": (2,)}, False),
        ("c = sum(x)", {"x": (2,)}, False),
        ("c = a*x[0]", {"x": (2,)}, False),
        ("c = a*sum([1, 2])", {}, False),  # of constants, which are computed before
        ("c = sum([a, 2])", {}, False),
    ],
)
def test_whether_every_value_is_one_number(text: str, shapes: dict[str, Any], scalar: bool) -> None:
    assert program(text, 0, **shapes).is_scalar is scalar


@pytest.mark.parametrize("ask", ["program", "source", "rows"])
def test_what_calls_itself_has_no_program(ask: str) -> None:
    function = exprgrad.compile("f(n) = 1 if n < 1 else n*f(n - 1); c = f(x)", "dynamic")
    assert function(x=3)["c"] == 6.0
    with pytest.raises(exprgrad.UnsupportedError, match="f calls itself"):
        getattr(function, ask)(**({"engine": "numpy"} if ask == "rows" else {}))(x=[1.0, 2.0])


def answer(run: Callable[[], Any]) -> tuple[Any, ExprError | None]:
    """What something gives, or the error that it raises, without its source."""
    try:
        return run(), None
    except ExprError as problem:
        problem.source = None
        return None, problem


@pytest.mark.parametrize("seed", range(40))
def test_it_computes_what_its_function_does(seed: int) -> None:
    text = Maker(seed).program()
    generator = random.Random(seed)
    function = exprgrad.compile(text, max_order=2)
    values = {name: generator.uniform(-2, 2) for name in function.inputs}
    result, problem = answer(lambda: function.run(values))
    if problem is not None:
        assert str(answer(lambda: exprgrad.Interpreter(function.program())(**values))[1]) == str(problem)
        return
    made = pickle.loads(pickle.dumps(function.program()))
    if result.notes:  # where one side is as good as another, a function looks at all of them
        return
    found_values = exprgrad.Interpreter(made)(**values)
    expected: dict[tuple[str, ...], Any] = {}
    for outcome in result.outcomes:
        expected[(outcome.name,)] = outcome.value
        expected |= {(outcome.name, *d.with_respect_to): d.value for d in outcome.derivatives}
    assert {key: repr(x) for key, x in found_values.items()} == {key: repr(x) for key, x in expected.items()}


def test_arrays_and_what_no_path_reaches() -> None:
    made = exprgrad.Interpreter(program("c = x*y if y > 0 else y", x=(3,)))
    assert made(x=np.array([1.0, 2.0, 3.0]), y=2.0)["c", "x"].tolist() == [2.0, 2.0, 2.0]
    assert made(x=np.array([1.0, 2.0, 3.0]), y=-2.0)["c", "x"].tolist() == [0.0, 0.0, 0.0]
    numbers = exprgrad.Interpreter(program("c = x if y > 0 else log(y)"))(x=1.0, y=-1.0)
    assert math.isnan(numbers["c",]) and math.isnan(numbers["c", "x"])


def test_a_pickled_program_runs_where_no_text_was_parsed(tmp_path: Any) -> None:
    file = tmp_path / "program.pickle"
    file.write_bytes(pickle.dumps(exprgrad.compile("c = log(x, 3)*sum(A @ A)").program(A=(2, 2))))
    code = (
        "import pickle, sys, exprgrad\n"
        f"program = pickle.load(open({str(file)!r}, 'rb'))\n"
        "found = exprgrad.Interpreter(program)(x=9.0, A=[[1, 2], [3, 4]])\n"
        "assert not {'lark', 'exprgrad.syntax.parser', 'exprgrad.static', 'exprgrad.dynamic'} & set(sys.modules)\n"
        "print(found['c',], found['c', 'A'].tolist())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("108.0 [[14.0, 22.0], [18.0, 26.0]]\n", "")


def test_values_that_do_not_fit() -> None:
    made = exprgrad.Interpreter(program("c = sum(x)*y", x=(2,)))
    for values, message in (
        ({"y": 1.0}, "no value for x"),
        ({"x": [1, 2], "y": 1.0, "z": 1.0}, "the program has no input z"),
        ({"x": [1, 2, 3], "y": 1.0}, "the value of x has shape (3,), its program takes (2,)"),
    ):
        with pytest.raises(ExprError) as problem:
            made(**values)
        assert problem.value.message == message


def test_shapes_that_are_none() -> None:
    function = exprgrad.compile("c = sum(x)")
    with pytest.raises(ExprError, match="the program has no input z"):
        function.program(z=())
    with pytest.raises(ExprError, match="the shape of x is a tuple of sizes"):
        function.program(x=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("what", ["a*b", None, exprgrad.compile("a*b")])
def test_an_interpreter_is_of_a_program(what: Any) -> None:
    with pytest.raises(exprgrad.UsageError, match="an interpreter runs a program, found"):
        exprgrad.Interpreter(what)


def test_a_nan_has_no_sign_in_equality() -> None:
    made = [program("c = x + nan", 0)]
    for _ in range(20):
        exprgrad.compile("-v")(v=[1.0] * 200)  # numbers that are made anew have the signs of these
        made.append(program("c = x + nan", 0))
    assert all(one == made[0] and hash(one) == hash(made[0]) for one in made)


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("options", [{"along_direction": {"v": [0, 1]}}, {"weight_by": [0, 1]}])
@pytest.mark.parametrize("text", ["c = sqrt(v)", "c = v*v", "c = v"])
@pytest.mark.parametrize("v", [[0.0, 4.0], [math.nan, 2.0]])
def test_what_does_not_move_counts_for_nothing(text: str, options: dict[str, Any], kind: Any, v: Any) -> None:
    """Neither an infinite slope nor a nan there: a 0 in a direction or among weights is a structural zero."""
    function = exprgrad.compile(text, **options)
    found = list(exprgrad.Interpreter(function.program(v=(2,)))(v=kind(v)).values())
    result = function(v=kind(v)).outcomes[0]
    assert np.array_equal(found[0], result.value, equal_nan=True)
    assert np.array_equal(found[1], result.derivatives[0].value, equal_nan=True)
