"""What is written down, in every language: its numbers against exprgrad's own, over formulas, branches, loops and hard
points. Many programs run at once, so a failure names the program."""

from __future__ import annotations

import itertools
import json
import math
import random
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.diagnostics import UnsupportedError
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from exprgrad.targets import TARGETS, target_named
from tests.corpus.test_corpus import HIDDEN
from tests.ops.test_hard_points import TRAPS
from tests.programs import Maker
from tests.targets.run import RUNS, Task, compared

CORPUS = Path(__file__).parent.parent / "corpus"
ROWS = [
    json.loads(line)
    for path in sorted(CORPUS.glob("*.jsonl"))
    if path.name != "vectors.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines()
]
every_language = pytest.mark.parametrize("language", RUNS)
# Those that have loops, and blocks.
with_statements = pytest.mark.parametrize("language", [x for x in RUNS if hasattr(target_named(x), "open_while")])


def test_every_language_is_run() -> None:
    """SQL is by test_sql.py."""
    assert list(RUNS) == [name for name in TARGETS if name != "sql"]


@cache
def formulas() -> Sequence[Task]:
    return [Task(row["expr"], [row["inputs"]]) for row in ROWS]


@every_language
def test_formulas(language: str) -> None:
    """Within 4 ulp of exprgrad's number, or 64 * 2**-52 of the size of what is added up on the way."""
    rows = {id(task): row for task, row in zip(formulas(), ROWS, strict=True)}
    # Languages without statements share what makes the list of expressions; a few formulas tell of each.
    some = formulas() if hasattr(target_named(language), "open_while") else formulas()[::4]
    for number in compared(language, some):
        row, f = rows[id(number.task)], number.task.function
        place = number.place - (len(f.results) - 1) * (1 + len(f.inputs))
        if place < 0:
            continue
        scale = row["value_scale"] if place == 0 else row["grad_scale"].get(f.inputs[place - 1], 0.0)
        if row["id"] not in HIDDEN:
            apart = number.ulps <= 4 or abs(Fraction(number.found) - Fraction(number.wanted))
            assert apart is True or apart <= Fraction(64 * 2.0**-52 * scale), number
        assert math.isclose(number.found, number.wanted, rel_tol=1e-6, abs_tol=1e-6 * scale), number


@cache
def formulas_twice() -> Sequence[Task]:
    return [Task(row["expr"], [row["inputs"]], max_order=2) for row in ROWS[::8]]


@every_language
def test_formulas_twice(language: str) -> None:
    for number in compared(language, formulas_twice()):
        assert number.is_close(1e-9, 1e-9), number


EXACT = [
    "c = a*b",
    "c = a*b - a/b + (a + b)**2",
    "u = a*b; c = u*u - u/a",
    "c = a - b if a > b else (b - a)*a",
    # Of which second derivatives are there on one side alone, and some sides are never taken.
    "c = a*a*b if a > 0 else 0",
    "c = a*b*b if a > 0 and b > 0 else 0",
    "c = a*a*b/2 if a < b else a*b*b - b/2",
    "k = 1; c = a*a*b if k else a",
    "c = b; if 0.5 > 1 { c = b/a } else { u = a*a; c = u*b }",
    "c = 1; for k in 0..4 { c = c*a + b }",
    "c = a; while c < 50 { c = c*a + b*b; if c > 20 { c = c + a/b/b } }",
    "c = 0; for i in 0..3 { for j in 0..i + 1 { c = c*a + j*b } }",
    "c = diff(a*a*b, a, b) + diff(a/b, b); d = b",
    "f(x) = x*x; c = f(f(a)) - f(b)",
    "c = a*b + diff(2, b)^(-1)",
]


@cache
def exact() -> Sequence[Task]:
    points = ({"a": 1.7, "b": 0.3}, {"a": 2.25, "b": -3.1}, {"a": math.nan, "b": 2.0})
    return [
        *(Task(text, points[: 2 if "while" in text else 3], max_order=order) for text in EXACT for order in (0, 1, 2)),
        Task("c = a*a*b", points[:1], along_direction={"a": 1, "b": -2}, max_order=3),
    ]


@every_language
def test_sums_products_quotients_and_roots_are_exact(language: str) -> None:
    for number in compared(language, exact()):
        assert number.ulps == 0, number


@cache
def random_programs() -> Sequence[Task]:
    found = []
    for seed, order in itertools.product(range(40), (1, 2)):
        text = Maker(seed, smooth=seed % 3 == 1, hard=seed % 3 == 2).program()
        numbers = random.Random(seed)
        task = Task(text, [{name: round(numbers.uniform(-2, 2), 2) for name in ("x", "y")}], max_order=order)
        try:
            assert task.python
        except UnsupportedError as problem:
            assert "derivative of order" in problem.message  # noqa: PT017 - programs that no mode can run
            continue
        found.append(task)
    return found


@pytest.mark.slow
@every_language
def test_programs(language: str) -> None:
    for number in compared(language, random_programs()):
        assert number.ulps <= 4 or number.is_close(1e-9, 1e-12), number


@cache
def branches_and_loops() -> Sequence[Task]:
    texts = [
        "s = 0; for i in 0..n { if i > x { s = s + x*i } }; c = s",
        "s = 1; for i in 0..n { t = 0; for j in 0..i { if s < 9 { t = t + s*x; for k in 0..j { s = s + x*k } } }; "
        "s = s + t }; c = s",
        "u = x; v = n; for i in 0..n { w = u; u = v*x; v = w + u }; c = u - v",
        "c = (x if x > 0 else -x)*(n if x > 0 else x*x) if n > 0 else 7",
        "c = x; if x > 0 and n > 1 or x < -1 { c = c*n; if n > 2 { c = c*x } }",
        # What is absent is kept, chosen and added up.
        "s = 0; for i in 0..n { if i > x { s = s + sqrt(i)*x } else { if x > 1 { s = s*n } } }; c = s",
        "c = (n if n > x else 3)*x + (x if x > 1 else 2)*n",
    ]
    points = [{"x": x, "n": n} for x in (-1.5, 0.0, 0.5, 2.0) for n in (0.0, 1.0, 2.0, 5.0)]
    return [Task(text, points, max_order=order) for text in texts for order in (1, 2)]


@pytest.mark.slow
@every_language
def test_branches_and_loops(language: str) -> None:
    for number in compared(language, branches_and_loops()):
        assert number.ulps <= 4, number


KNOWN_CONDITIONS = [
    # What is not taken is not there, and what alone is read there is not computed.
    "o = x + y; c = x if 1 else o",
    "v = 2; c = x if v > 1 else y",
    "k = 1; o = x*y; c = y; if not k { u = o*x; c = u*o } else { c = x }",
    "o = x*y; c = x; if 0 { for i in 0..3 { o = o*x }; c = o } else { if y > 0 { u = x*x; c = u*y } }",
    "c = x; for i in 0..3 { o = c*y; if 1 { c = c + x } else { c = o } }",
    "c = x; if y > 1 { if 1 { u = x*y; c = u*u }; c = c*x }",
]
# Those that are nan are refused where they are reached.
NAN_CONDITIONS = [
    "c = x if y > x else (1 if log(-1) else 2)",
    "c = x if (y > x or log(-1)) else y",
    "c = x if (y > x and not sqrt(-1)) else y",
    "c = x; if y > x { if nan { c = 2*x } }",
]


@cache
def known_conditions() -> Sequence[Task]:
    points = [{"x": x, "y": y} for x in (-1.5, 0.5) for y in (0.25, 2.0)]
    return [Task(text, points, max_order=order) for text in KNOWN_CONDITIONS + NAN_CONDITIONS for order in (1, 2)]


@every_language
def test_conditions_that_are_known(language: str) -> None:
    assert {wanted is None for task in known_conditions() for wanted in task.wanted} == {False, True}
    for number in compared(language, known_conditions()):
        assert number.ulps <= 4, number


@every_language
def test_conditions_that_are_nan_whatever_the_inputs_are(language: str) -> None:
    """Languages without statements do not write them."""
    for text in ("c = nan and y > 0", "c = log(-1) and y > 0", "c = x if sqrt(-1) else y"):
        task = Task(text, [{"x": 1.0, "y": 2.0}], wrt=[])
        assert task.wanted == [None]
        if hasattr(target_named(language), "open_while"):
            assert compared(language, [task]) == []
        else:
            with pytest.raises(UnsupportedError, match="a condition is nan whatever the inputs are"):
                task.function.source(language)


# Where a double on the way overflows that exprgrad's own arithmetic holds.
OVERFLOWS = {"1/(1+exp(-x))", "log(1+exp(x))"}


@cache
def hard_points() -> Sequence[Task]:
    return [Task(trap.text, [trap.at], max_order=n) for trap in TRAPS if trap.text not in OVERFLOWS for n in (1, 2)]


@every_language
def test_hard_points(language: str) -> None:
    for number in compared(language, hard_points()):
        assert number.ulps <= 4 or abs(number.found - number.wanted) < 1e-15, number


POINTS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, -2.0, 1e-9, -7.5, 20.5, 800.0, -800.0),
    *(math.inf, -math.inf, math.nan),
]
PUBLIC = list(REGISTRY.functions())
# What is only right to double precision, near zeros and poles and at infinities.
ROUGH = {"digamma", "trigamma", "polygamma", "beta", "gamma", "lgamma", "factorial"}


def call(op: Op, names: Sequence[str]) -> str:
    if op.name == "polygamma":
        return "polygamma(2, x)"
    if op.notation is None:
        return f"{op.name}({', '.join(names)})"
    return f" {op.notation.symbol} ".join(names) if len(names) > 1 else f"{op.notation.symbol} {names[0]}"


@cache
def operations_at_hard_points() -> Sequence[tuple[Op, Task]]:
    found = []
    for op in PUBLIC:
        names = ["x", "y", "z"][: len(op.operand_names)]
        points = itertools.product(POINTS if len(names) < 3 else POINTS[:7], repeat=len(names))
        task = Task(f"c = {call(op, names)}", [dict(zip(names, xs, strict=True)) for xs in points])
        found.append((op, task))
    return found


@cache
def has_a_kink(task: Task) -> Sequence[bool]:
    """Whether a derivative rests on a convention, by the points."""
    found = []
    for at, wanted in zip(task.points, task.wanted, strict=True):
        notes = task.function.run(at).notes if wanted is not None else []
        found.append(any("kink" in n.message or "jump" in n.message or "tie" in n.message for n in notes))
    return found


@pytest.mark.slow
@every_language
def test_every_operation_at_its_hard_points(language: str) -> None:
    """Values everywhere, with the signs of zeros; derivatives where no kink or jump is hit."""
    ops = {id(task): op for op, task in operations_at_hard_points()}
    for number in compared(language, [task for _, task in operations_at_hard_points()]):
        if ops[id(number.task)].name in ROUGH:
            if all(0.1 < x < 100 for x in number.at.values()) and number.place == 0:
                assert number.is_close(1e-13, 1e-14), number
        elif number.place == 0:
            assert number.ulps <= 4, number
        elif number.ulps > 32:
            assert has_a_kink(number.task)[number.task.points.index(dict(number.at))], number


@cache
def operations(order: int) -> Sequence[Task]:
    found = []
    for op in PUBLIC:
        numbers = random.Random(op.name)
        names = ["x", "y", "z"][: len(op.operand_names)]
        points = [
            {name: numbers.uniform(*interval) for name, interval in zip(names, op.domain, strict=False)}
            for _ in range(20)
        ]
        if op.name == "polygamma":
            points = [{"x": numbers.uniform(*op.domain[-1])} for _ in range(20)]
        found.append(Task(f"c = {call(op, names)}", points, max_order=order))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("order", [0, 1, 2])
@every_language
def test_every_operation_on_its_domain(language: str, order: int) -> None:
    """To order 2, whose operations only derivatives use."""
    for number in compared(language, operations(order)):
        assert number.is_close(1e-11, 1e-12), number


# Truth values that are put in for operands.
TRUTHS = ("(x > 0)", "(y > 0.5)")


def calls_of_truths(op: Op) -> Sequence[str]:
    """Programs in which an operation has truth values for some of its operands, or for all."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    ways = itertools.product((False, True), repeat=len(names[:2]))
    found = [
        [truth if chosen else name for chosen, name, truth in zip(way, names, TRUTHS, strict=False)] for way in ways
    ]
    return [f"c = {call(op, [*operands, *names[2:]])}" for operands in found if operands != names[:2]]


@cache
def truths_as_operands() -> Sequence[Task]:
    points = [dict(zip("xyz", xs, strict=True)) for xs in itertools.product((0.0, 0.25, 2.0), (0.0, 3.0), (1.0,))]
    ops = [op for op in PUBLIC if op.name != "polygamma"]
    return [Task(text, points, max_order=0 if op.name in ROUGH else 1) for op in ops for text in calls_of_truths(op)]


@every_language
def test_a_truth_value_is_a_number_where_one_is_expected(language: str) -> None:
    for number in compared(language, truths_as_operands()):
        if not number.is_close(1e-12, 1e-13):
            assert number.place and has_a_kink(number.task)[number.task.points.index(dict(number.at))], number


@cache
def others() -> Sequence[Task]:
    names = ["sin", "lambda", "t1", "float", "n", "divide", "kept", "int", "NAN", "f", "f_result", "let", "Math"]
    at = {name: 0.5 + 0.1 * i for i, name in enumerate(names)} | {"x": 1.5}
    text = " + ".join([f"{name}*{i}" for i, name in enumerate(names)])
    return [
        # Inputs called as a keyword, a function that the text uses, or a variable of its own.
        Task("c = sin(sin)*lambda + t1*float + exp(n)*divide/kept; u = c*c; math = u*u; i = math + u", [at]),
        Task(
            f"status = sign({text}); result = max(status, x); sign = x % 2 + round(x); power = x^sign; end = power",
            [at],
        ),
        Task("__LINE__ = x; double = x*2; __proto__ = double; erf = gamma(x); linux = erf*lgamma(x + 2)", [at]),
        Task("stacks = x; while stacks < 9 { stacks = stacks*x; status = stacks }; c = stacks", [at]),
        Task("for k in 0..2 { for j in 0..2 { x = x } }; c = x", [at]),
        Task("u = x; for i in 0..3 { for j in 0..2 { u = u + 1 } }; c = u", [at], max_order=2),
        Task("n = 0; u = x; while n < 3 { m = 0; while m < n { m = m + 1; u = u + 1 }; n = n + 1 }; c = u^2", [at]),
        Task("c = diff(1 if 1 else 2, x)", [at], max_order=2),
        Task("c = __debug__*x", [at | {"__debug__": 2.0}], max_order=2),
        Task("c = x*x if x > 0 else 0", [at], max_order=2),
        Task("c = x > 1; d = not c; e = (x > 2)/(x > 1)", [at]),
        Task("c = -(-x) - -1*x", [at]),
        Task("é = x; α = é*x  # ends so: \\\nβ = α", [at]),
        Task("c = 1; " + "if x > 0 { c = c + x; " * 60 + "}" * 60, [at]),
        Task("7", [at]),
        # A condition or a bound that is nan is refused, also where the loop would not end without one.
        Task("c = 1 if x else x", [{"x": math.nan}, {"x": 2.0}]),
        Task("c = x; for i in 0..x { c = c*x }", [{"x": math.nan}, {"x": 2.0}]),
        Task("c = 0; while c < 3 { if x { c = c + 1 } }", [{"x": math.nan}, {"x": 2.0}]),
    ]


@every_language
def test_names_and_conditions(language: str) -> None:
    for number in compared(language, others()):
        assert number.ulps <= 4, number


@pytest.mark.slow
@every_language
def test_a_long_sum_breaks_into_lines(language: str) -> None:
    task = Task(" + ".join(["x*y"] * 300), [{"x": 1.0, "y": 2.0}])
    assert max(map(len, task.function.source(language).splitlines())) < 200
    assert [number.found for number in compared(language, [task])] == [600.0, 600.0, 300.0]


@cache
def beta() -> Task:
    pairs = [
        *[(2.0, 1e20), (0.5, 1e16), (2.0, 1e10), (0.5, 1e308), (1e20, 2.0), (2.0, 171.0), (0.5, 170.5), (300.0, 400.0)],
        *[(-100.5, -100.25), (200.0, -300.5), (-200.3, 500.1), (-150.5, 160.25), (3.0, 4.0), (0.1, 0.2)],
    ]
    return Task("c = beta(x, y)", [{"x": x, "y": y} for x, y in pairs])


@every_language
def test_beta_where_gamma_leaves_the_range_of_doubles(language: str) -> None:
    """With its first derivatives, to 12 digits."""
    for number in compared(language, [beta()]):
        if language == "jax" and number.at["y"] == 1e308:  # on the way is 5e-309, which XLA takes for 0
            continue
        assert number.is_close(1e-12, 0.0), number


@every_language
def test_derivatives_of_digamma_at_minus_infinity(language: str) -> None:
    points = [{"x": -math.inf}, {"x": -1.0}]
    for text in ("digamma(x)", "trigamma(x)", "polygamma(2, x)", "polygamma(3, x)"):
        for number in compared(language, [Task(text, points, max_order=0)]):
            assert number.ulps == 0, number


@with_statements
def test_it_is_as_deep_as_the_language_takes(language: str) -> None:
    def nested(depth: int) -> str:
        return "c = 1; " + "if x > 0 { c = c + x; " * depth + "}" * depth

    with pytest.raises(UnsupportedError, match="blocks stand in each other"):
        exprgrad.compile(nested(target_named(language).deepest + 2)).source(language)


@pytest.mark.parametrize("text", sorted(OVERFLOWS))
@every_language
def test_the_header_says_where_it_cannot(language: str, text: str) -> None:
    def source(program: str) -> Any:
        return exprgrad.compile(program).source(language)

    assert " What leaves the range of doubles on the way is inf or 0 here." in source(text)
    assert "loop" not in source(text) and "kink" not in source(text)
    assert "At a kink or a jump" in source("abs(x)")


@with_statements
def test_the_header_says_that_loops_have_no_limit(language: str) -> None:
    text = exprgrad.compile("x; while x > 1 { x = x/2 }; x").source(language)
    assert "Nothing limits how often a loop runs." in text
