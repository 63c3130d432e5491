"""What a program is made of, written out: what is folded, merged and left out, which slots serve again, what is
pushed."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad

# What is shown, the text, the order of derivatives, the shapes of the inputs that are arrays, and the program.
LISTINGS: list[tuple[str, str, int, dict[str, Any], str]] = [
    (
        "numbers are folded",
        "c = x*(2*3 + 1)",
        0,
        {},
        """\
%0 = absent
%1 = 2.0
%2 = 3.0
%3 = 6.0
%4 = 1.0
%5 = 7.0
%6 = input x
%7 = mul %6 %5
output c = %7""",
    ),
    (
        "arrays are folded, and what takes their sum",
        "c = x + sum([1, 2, 3]*2)",
        0,
        {},
        """\
%0 = absent
%1 = array of shape (3,)
%2 = 2.0
%3 = array of shape (3,)
%4 = 12.0
%5 = input x
%6 = add %5 %4
output c = %6""",
    ),
    (
        "equal nodes are one, unless the order differs",
        "c = a*b + a*b + b*a",
        0,
        {},
        """\
%0 = absent
%1 = input a
%2 = input b
%3 = mul %1 %2
%3 = add %3 %3
%4 = mul %2 %1
%4 = add %3 %4
output c = %4""",
    ),
    (
        "equal constants are one, and the zeros are two",
        "c = x + 0.0 + -0.0 + 0.0",
        0,
        {},
        """\
%0 = absent
%1 = 0.0
%2 = -0.0
%3 = input x
%4 = add %3 %1
%4 = add %4 %2
%4 = add %4 %1
output c = %4""",
    ),
    (
        "what raises is left to the run",
        "c = x + inv([[1, 2], [2, 4]])[0, 0]",
        0,
        {},
        """\
%0 = absent
%1 = array of shape (2,)
%2 = array of shape (2,)
%3 = array of shape (2, 2)
%4 = array of shape (2, 2)
%5 = input x
%6 = solve %3 %4 of shape (2, 2)
%6 = item %6
%6 = add %5 %6
output c = %6""",
    ),
    (
        "derivatives have their order",
        "c = x*y",
        2,
        {},
        """\
%0 = absent
%1 = input x
%2 = input y
%3 = mul %1 %2
%4 = seed %3
%5 = mul %4 %2
%6 = mul %4 %1
%7 = seed %5
%7 = mul %7 %4
%4 = unreached %1 %3 %5
%8 = unreached %2 %3 %6
output c = %3, dc/dx = %5, dc/dy = %6, d^2c/dxdx = %4, d^2c/dxdy = %7, d^2c/dydy = %8""",
    ),
    (
        "what nobody fetches is not there",
        "u = sin(x); v = cos(x); c = u",
        0,
        {},
        """\
%0 = absent
%1 = input x
%2 = sin %1
output c = %2""",
    ),
    (
        "a slot serves again",
        "c = a*b*a*b",
        0,
        {},
        """\
%0 = absent
%1 = input a
%2 = input b
%3 = mul %1 %2
%3 = mul %3 %1
%3 = mul %3 %2
output c = %3""",
    ),
    (
        "a repeated value is not made where a product repeats it",
        "c = sum((x + y)*z)",
        1,
        {"x": (3,), "y": (), "z": (3,)},
        """\
%0 = absent
%1 = input x of shape (3,)
%2 = input y
%3 = input z of shape (3,)
%4 = add %1 %2 of shape (3,)
%5 = mul %4 %3 of shape (3,)
%5 = sum %5
%6 = seed %5
%7 = mul %6 %3 of shape (3,)
%6 = mul %6 %4 of shape (3,)
%4 = sum_to %7 %2
output c = %5, dc/dx = %7, dc/dy = %4, dc/dz = %6""",
    ),
    (
        "it is made where it is the result",
        "c = sum(x)",
        1,
        {"x": (2, 3)},
        """\
%0 = absent
%1 = input x of shape (2, 3)
%2 = sum %1
%3 = seed %2
%3 = broadcast_to %3 %1 of shape (2, 3)
output c = %2, dc/dx = %3""",
    ),
    (
        "it is made for a sum to another shape",
        "c = sum(x + y)",
        1,
        {"x": (2, 3), "y": (3,)},
        """\
%0 = absent
%1 = input x of shape (2, 3)
%2 = input y of shape (3,)
%3 = add %1 %2 of shape (2, 3)
%4 = sum %3
%5 = seed %4
%5 = broadcast_to %5 %3 of shape (2, 3)
%3 = sum_to %5 %2 of shape (3,)
output c = %4, dc/dx = %5, dc/dy = %3""",
    ),
    (
        "a side of a branch",
        "c = log(x) if x > 0 else x",
        1,
        {},
        """\
%0 = absent
%1 = 0.0
%2 = 0.0
%3 = 1.0
%4 = input x
%5 = greater %4 %1
if %5:
  %6 = log %4
%6 = choose %5 %6 %4
%7 = seed %6
if %5:
  %8 = add %4 %2
  %8 = div %3 %8
  %8 = mul %7 %8
%8 = choose %5 %8 %7
output c = %6, dc/dx = %8""",
    ),
    (
        "a loop pushes what its derivative reads",
        "y = 1; while y < 50 { y = y*x }",
        1,
        {},
        """\
%0 = absent
%1 = 1.0
%2 = 50.0
%3 = input x
loop 0, counted in %4 from %6 = %1
  %7 = less %6 %2
  while %7
  %8 = mul %6 %3
  again with %6 = %8; %5 pushes %6
%6 = copy %6
%8 = seed %6
loop 1 %4 times, backwards, counted in %9 from %8 = %8, %10 = %0; %11 pops %5
  %12 = mul %8 %3
  %11 = mul %8 %11
  %11 = add %10 %11
  again with %8 = %12, %10 = %11
%10 = copy %10
output y = %6, dy/dx = %10""",
    ),
    (
        "a loop whose derivative nobody asks for pushes nothing",
        "y = 1; while y < 50 { y = y*x }",
        0,
        {},
        """\
%0 = absent
%1 = 1.0
%2 = 50.0
%3 = input x
loop 0, counted in %4 from %5 = %1
  %6 = less %5 %2
  while %6
  %7 = mul %5 %3
  again with %5 = %7
%5 = copy %5
output y = %5""",
    ),
]


@pytest.mark.parametrize(
    ("text", "order", "shapes", "listing"), [case[1:] for case in LISTINGS], ids=[c[0] for c in LISTINGS]
)
def test_the_program(text: str, order: int, shapes: dict[str, Any], listing: str) -> None:
    fetched = ["c"] if text.endswith("c = u") else None
    assert str(exprgrad.compile(text, max_order=order, fetch_names=fetched).program(**shapes)) == listing


@pytest.mark.parametrize(
    ("text", "order", "shapes", "gaps", "absent"),
    [
        ("c = x*x", 2, {}, False, []),
        ("c = log(x) if x > 0 else 1", 1, {}, True, []),
        ("c = (log(x) if x > 0 else 1) + x", 1, {}, True, ["add"]),
        ("y = 1; while y < 50 { y = y*x }", 1, {}, True, ["add"]),
        # What is not the maximum gets no share of its slope, and what no index reads no slope.
        ("c = max(x, sqrt(y))", 1, {}, True, ["mul"]),
        ("c = sum(x[1:]*x[:-1])", 1, {"x": (3,)}, True, ["add"]),
    ],
)
def test_where_structural_zeros_may_be(
    text: str, order: int, shapes: dict[str, Any], gaps: bool, absent: list[str]
) -> None:
    """Elsewhere a run does not look for any."""
    program = exprgrad.compile(text, max_order=order).program(**shapes)
    assert program.gaps is gaps
    assert [i.op for i in program.instructions() if i.absent] == absent


def test_how_long_loops_run() -> None:
    """The program's own by a condition, that of a derivative as often as it did: the other one's slot is -1."""
    program = exprgrad.compile("y = 1; while y < 50 { y = y*x }").program()
    own, derived = program.loops
    (condition,) = [i.out for i in program.instructions() if i.op == "less"]
    assert (own.condition, own.total) == (condition, -1)
    assert (derived.condition, derived.total) == (-1, own.counter)
    assert (own.backwards, derived.backwards) == (False, True)
    assert (derived.limit, derived.cost, own.limit, own.cost) == (0, 0, 1_000_000, 1)


def test_what_an_instruction_reads_last() -> None:
    program = exprgrad.compile("c = sin(x*y)*exp(x*y)", max_order=0).program()
    assert [(i.op, i.ins, i.last_uses) for i in program.instructions()] == [
        ("mul", (1, 2), ()),
        ("sin", (3,), ()),
        ("exp", (3,), (3,)),
        ("mul", (4, 3), (4, 3)),
    ]


@pytest.mark.parametrize("iterations", [1, 2, 5])
def test_what_an_iteration_has_pushed_is_not_read_by_the_next(iterations: int) -> None:
    """Slots serve again inside of an iteration, but not those of what is pushed at its end."""
    text = f"u = x; v = y; for i in 1..{iterations} {{ w = u*v; u = sin(w) + v; v = w*w }}; c = u*v"
    static, dynamic = (exprgrad.compile(text, mode, max_order=2) for mode in ("static", "dynamic"))
    assert static(x=0.5, y=0.7) == dynamic(x=0.5, y=0.7)
    made = exprgrad.Interpreter(static.program())(x=0.5, y=0.7)
    assert made["c", "x", "y"] == static(x=0.5, y=0.7).derivative("c", "x", "y")
