"""The names by which programs refer to operations, and what an entry has to have."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad import cli
from exprgrad.diagnostics import EntryError, ExprError
from exprgrad.dynamic.loops import Handed
from exprgrad.lowering.checks import signature
from exprgrad.numbers.arithmetic import from_python
from exprgrad.numbers.arrays import rounded
from exprgrad.ops.control import as_gradient, unreached
from exprgrad.ops.elementary import hypot_family, log_family
from exprgrad.ops.functions import FUNCTIONS, ArrayFunction
from exprgrad.ops.functions import _function as entered
from exprgrad.ops.piecewise import at_kinks, relu
from exprgrad.ops.reductions import Reduction, lane_slope, norm, sum_
from exprgrad.ops.registry import ONE, REGISTRY, Notation, Op, elementwise, family, named
from exprgrad.ops.shapes import get_item, reshape, sum_to
from exprgrad.ops.structural import Flat, Joint, Linear, Structural

MEMBERS = [
    log_family(0, 0),
    hypot_family(1, 0, 1),
    sum_(None),
    norm(1),
    reshape((2, 3)),
    get_item((0, (None, None, -1), None)),
    at_kinks(((relu.reference, 1),)),
]


@pytest.mark.parametrize("op", [*REGISTRY.all(), *MEMBERS, sum_to, as_gradient, unreached], ids=repr)
def test_a_reference_names_one_operation_and_is_plain_data(op: Op) -> None:
    assert named(*op.reference) is op
    assert pickle.loads(pickle.dumps(op.reference)) == op.reference
    assert pickle.loads(pickle.dumps(op)) is op


def test_a_name_of_no_operation() -> None:
    with pytest.raises(ExprError, match="there is no operation addd"):
        named("addd")


ENTRY: dict[str, Any] = {"doc": "a toy", "rounded": lambda r: r.sin, "partials": [ONE]}
LACKING = [
    ({"partials": None}, "toy has no partials"),
    ({"partials": []}, "toy has no partials"),
    ({"rounded": None}, "toy has no rounded"),
    ({"doc": ""}, "toy has no doc"),
    ({"partials": [ONE, ONE]}, "toy has 2 in partials= for one operand"),
    ({"hard_points": [None, None]}, "toy has 2 in hard_points= for one operand"),
    ({"domain": ((0, 1), (0, 1))}, "toy has 2 in domain= for one operand"),
    ({"textbook": ["x", None]}, "toy has 2 in textbook= for one operand"),
    ({"zero": "prodct"}, 'has zero=\'prodct\'\n  zero= is "product", "sum" or "share"'),
    ({"remedy": {}}, "has remedy, which is no part of one"),
    ({"rounded": lambda r: r.sine}, "toy has a kernel that there is not: 'Rounded' object has no attribute 'sine'"),
    ({"aliases": ["arctan"]}, "takes the name arctan, which there is already with one operand"),
    ({"partial": [ONE]}, "has partial, which is no part of one\n  write partials="),
    ({"notation": Notation("-", 8, "prefix")}, "takes the symbol - of neg"),
]


@pytest.mark.parametrize(("parts", "message"), LACKING, ids=[message for _, message in LACKING])
def test_an_entry_that_lacks_something_says_what(parts: dict[str, Any], message: str) -> None:
    before = list(REGISTRY.functions())
    with pytest.raises(EntryError, match=f"(?s){re.escape(message)}.*see docs/adding-an-operation.md") as caught:
        elementwise("toy", **ENTRY | parts)
    assert str(caught.value).startswith("the entry of toy ")
    assert list(REGISTRY.functions()) == before


def test_any_number_of_operands_has_one_function_of_partials() -> None:
    with pytest.raises(EntryError, match="has a list of partials for any number of operands"):
        elementwise("toy", "x, y, ...", **ENTRY | {"partials": [ONE, ONE]})


def test_a_name_is_told_apart_by_its_operands() -> None:
    with pytest.raises(EntryError, match="sin takes the name sin, which there is already with one operand\n"):
        elementwise("sin", **ENTRY)
    with pytest.raises(EntryError, match="max takes the name max, which there is already with 3 operands"):
        elementwise("max", "x, y, z", **ENTRY | {"partials": [ONE, None, None]})
    assert [len(op.operand_names) for op in REGISTRY.by_name["log"]] == [1, 2]


@pytest.mark.parametrize(
    ("base", "methods", "lacks"),
    [
        (Structural, (), "vjp"),
        (Structural, ("vjp",), "jvp"),
        (Handed, (), "pull"),
        (Flat, (), None),
    ],
)
def test_a_structural_operation_has_its_methods(base: type[Structural], methods: Sequence[str], lacks: str) -> None:
    inherited = {"pull": Structural.pull} if base is Handed else {}
    toy = type("Toy", (base,), {"__slots__": (), **dict.fromkeys(methods, lambda self, *given: given), **inherited})
    with (
        pytest.raises(EntryError, match=f"the entry of toy has no {lacks}\n  define Toy.{lacks}; see")
        if lacks
        else (nullcontext())
    ):
        Structural.__init__(toy.__new__(toy), "toy", "x", "a toy", run=abs)


@pytest.mark.parametrize(
    ("make", "lacks"),
    [
        (lambda: Linear("toy", "x", "a toy", run=abs), "transposed"),
        (lambda: Linear("toy", "x", "a toy", transposed=lambda g, x: g), "run"),
        (lambda: Joint("toy", "x, y", "a toy", run=max), "transposed"),
        (lambda: Joint("toy", "x, y", "a toy", run=max, transposed=lambda g, x, y: [g, g]), "still"),
        (lambda: Reduction("toy", "a toy", None), "slope"),
    ],
)
def test_the_entry_of_a_structural_operation_has_its_parts(make: Callable[[], Op], lacks: str) -> None:
    with pytest.raises(EntryError, match=f"the entry of toy has no {lacks}\n  {lacks}= .*; see"):
        make()


def toy_norm(axis: int | None) -> Reduction:
    """A reduction whose kernels nobody has entered."""
    return Reduction("toy_norm", "a toy", axis, lane_slope("toy_slope", "a toy", axis))


@pytest.mark.parametrize("x", [[1, 2], np.array([1.0, 2.0])], ids=["rounded", "doubles"])
def test_a_reduction_has_kernels(x: Any) -> None:
    numbers = from_python(x)
    numbers = rounded(numbers) if isinstance(x, list) else numbers
    with pytest.raises(
        EntryError, match=r"toy_norm has no kernels\n  enter it in REDUCTIONS of exprgrad/numbers/axes.py"
    ):
        toy_norm(None)(numbers)
    with pytest.raises(EntryError, match=r"toy_slope has no kernels\n  enter it in SLOPES of exprgrad/numbers/slopes"):
        toy_norm(None).slope(numbers)


def test_the_command_says_what_an_entry_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    toy = ArrayFunction("toy", ("x",), False, (), "a toy", lambda x: toy_norm(None)(x))
    monkeypatch.setitem(FUNCTIONS, "toy", toy)
    assert cli.run(["toy(x)", "--x", "[1, 2]", "--mode", "dynamic"]) == 70
    assert capsys.readouterr().err == (
        "exprgrad: error: the entry of toy_norm has no kernels\n"
        "  toy(x)\n"
        "  ^~~~~~\n"
        "  column 1: enter it in REDUCTIONS of exprgrad/numbers/axes.py; see docs/adding-an-operation.md\n"
    )


def test_what_is_made_more_than_once_is_a_family() -> None:
    toys = [toy_norm(None), toy_norm(0)]
    with pytest.raises(EntryError, match="toy_norm is made more than once\n  make it by a family"):
        named(*toys[1].reference)


def test_a_family_has_a_name_of_its_own() -> None:
    with pytest.raises(EntryError, match="there are two families called power"):

        @family
        def power(n: int) -> Op:
            raise AssertionError(n)


def test_a_function_of_arrays_has_a_name_of_its_own() -> None:
    with pytest.raises(EntryError, match="sum takes the name of another function of arrays"):
        entered("sum", "x", "a toy")(lambda x: x)


def test_what_is_finite_at_a_hard_point_says_what_it_is_beside_it() -> None:
    """Without `beside` a kink or a jump has the derivatives of its convention at every order."""
    without = {
        (op.name, point.note)
        for op in REGISTRY.functions()
        if op.beside is None
        for point in op.hard_points
        if point is not None and "infinite" not in point.note
    }
    assert without == {
        ("pow", "0**y jumps at y = 0: its derivative by the exponent there is taken as 0"),
        ("polygamma", "polygamma counts by its first operand: there is no derivative by it, so nan"),
    }, "give what is new here `beside`; see docs/adding-an-operation.md"


# What these give is no more rounded than their operands: there is nothing to measure.
EXACT = set(
    "abs ceil clip copysign equal floor greater greater_equal heaviside less less_equal logical_not max min neg "
    "not_equal pos relu round sign step trunc".split()
)


@pytest.mark.parametrize("op", [op for op in REGISTRY.functions() if op.name not in EXACT], ids=signature)
def test_the_accuracy_of_each_function_is_published(op: Op) -> None:
    page = (Path(exprgrad.__file__).parent.parent / "docs" / "numerics.md").read_text(encoding="utf-8")
    assert f"\n| `{signature(op)}` | value |" in page, f"python benchmarks/accuracy.py {op.name} prints its rows"
