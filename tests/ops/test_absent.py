"""What does not move, is not chosen or is not there is absent from a derivative, whatever it meets: a 0 that is
multiplied would be nan beside an infinity, and a structural zero has no shape of its own.

Forward mode is held against reverse mode, which meets none of it, over all operations; arrays of numpy's against lists.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.ops import REGISTRY, Op
from exprgrad.ops.functions import FUNCTIONS
from tests.absent_programs import FORMS, AbsentMaker, HardMaker

# EXPRGRAD_EXAMPLES=5000 python -m pytest tests/test_absent.py searches for longer.
EXAMPLES = int(os.environ.get("EXPRGRAD_EXAMPLES", "50"))
slow = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
MODES = ("static", "dynamic")
seeds = st.integers(0, 2**32 - 1)


def along(text: str, mode: str, k: Any, t: Any) -> list[Any]:
    """The value of c and its first and second derivative along t."""
    found = exprgrad.compile(text, mode, along_direction={"k": t}, max_order=2)(k=k)
    return [np.asarray(x) for x in (found["c"], found.along_direction("c"), found.along_direction("c", 2))]


def across(text: str, k: list[float], t: list[float]) -> list[Any]:
    """The same by reverse mode: k is a line, and its parameter what is differentiated by."""
    line = exprgrad.compile(f"k = p + s*t; {text}", wrt=["s"], max_order=2, full_jacobian=True)
    found = line(p=k, t=t, s=0.0)
    return [np.asarray(x) for x in (found["c"], found.derivative("c", "s"), found.derivative("c", "s", "s"))]


def check(text: str, maker: AbsentMaker) -> None:
    """Forward mode is reverse mode in both modes, on lists and on arrays of numpy's."""
    assume(re.search(r"\bk\d*\[", text))
    k, t = maker.point(), maker.direction()
    try:
        expected = across(text, k, t)
    except exprgrad.ExprError as problem:
        assume("singular" not in problem.message)
        raise
    assume(np.isfinite(expected[0]).all())  # else it is a division by 0
    static, dynamic = [along(text, mode, k, t) for mode in MODES]
    for a, b in zip(static, dynamic, strict=True):
        assert a.shape == b.shape and a.tobytes() == b.tobytes()
    scale = 1 + sum(np.abs(x).max(initial=0) for x in expected)
    assert np.isfinite(scale)
    for a, b in zip(static, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * scale)
    for mode in MODES:
        found = along(text, mode, np.array(k), np.array(t))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * scale)


def test_all_functions_have_a_form() -> None:
    assert set(FUNCTIONS) <= set(FORMS)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMS)
@settings(slow, max_examples=EXAMPLES // 25)
@given(seed=seeds)
def test_forward_is_reverse(name: str, seed: int) -> None:
    maker = AbsentMaker(seed)
    check(maker.form(name), maker)


@pytest.mark.slow
@pytest.mark.parametrize("op", list(REGISTRY.functions()), ids=lambda op: f"{op.name}-{len(op.operand_names)}")
@settings(slow, max_examples=max(EXAMPLES // 50, 1))
@given(seed=seeds)
def test_forward_is_reverse_of_every_operation(op: Op, seed: int) -> None:
    maker = AbsentMaker(seed)
    check(maker.call(op), maker)


@pytest.mark.slow
@settings(slow, max_examples=EXAMPLES // 5)
@given(seed=seeds, names=st.lists(st.sampled_from(sorted(FORMS)), min_size=2, max_size=3))
def test_forward_is_reverse_of_compositions(seed: int, names: list[str]) -> None:
    """Each form takes what the one before has made, element by element."""
    maker = AbsentMaker(seed)
    parts = []
    for i, name in enumerate(names):
        text = re.sub(r"\b([ucvn])\b", rf"\g<1>{i}", maker.form(name))
        parts.append(text.replace("k[", f"k{i}["))
        parts.append(f"k{i + 1} = tanh(sum(c{i}))*[1, -1, 2, 0.5, 1, 3] + k{i}")
    check("; ".join(["k0 = k", *parts, f"c = k{len(names)}"]), maker)


@pytest.mark.slow
@settings(slow, max_examples=EXAMPLES // 4)
@given(seed=seeds, kind=st.sampled_from(["first", "second", "jacobian"]))
def test_arrays_are_lists_element_by_element(seed: int, kind: str) -> None:
    """Where an infinite slope or a nan is beside what is used: numbers and notes."""
    maker = HardMaker(seed)
    text, values = maker.program(), maker.values()

    def outcome(mode: str, arrays: bool) -> Any:
        function = exprgrad.compile(text, mode, full_jacobian=kind == "jacobian", max_order=1 + (kind == "second"))
        given = {name: np.array(x) if arrays and isinstance(x, list) else x for name, x in values.items()}
        try:
            found = function.run({name: given[name] for name in function.inputs})
        except exprgrad.ExprError as problem:
            return str(problem), None
        numbers = [found["c"], *(derivative.value for derivative in found.outcomes[0].derivatives)]
        return found.notes, [np.asarray(x) for x in numbers]

    expected, numbers = outcome("static", False)
    for mode, arrays in (("dynamic", False), ("static", True), ("dynamic", True)):
        said, found = outcome(mode, arrays)
        assert said == expected
        for a, b in zip(found or (), numbers or (), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(slow, max_examples=EXAMPLES // 5)
@given(seed=seeds)
def test_rows_are_single_evaluations(seed: int) -> None:
    maker = HardMaker(seed)
    text = f"c = {maker.number(4, 'xy')} + 0*x"
    columns = {name: np.array(maker.random.choices(maker.VALUES, k=7)) for name in "xy"}
    function = exprgrad.compile(text)
    columns = {name: columns[name] for name in function.inputs}
    expected = function.rows("rounded")(**columns)
    for engine in ("numpy", "native"):
        found = function.rows(engine)(**columns)
        for name in ("", *columns):
            a, b = [x.derivative("c", name) if name else x["c"] for x in (found, expected)]
            if name:  # forward mode, which an engine may run, has other ones where infinities meet: docs/rows.md
                meet = np.isinf(expected["c"]) | (np.isinf(a) & np.isnan(b))
                a, b = (np.where(meet, 0.0, x) for x in (a, b))
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True, err_msg=f"{engine} {name}")


ALONG = [
    ("concat([x[0]], x[1]*[1, 2])", [2, 7], [1, 0], [[1, 0, 0]]),
    ("concat([x[0]], x[1]*[1, 2])", [2, 7], [0, 1], [[0, 1, 2]]),
    ("concat([x[0]^2], [x[1]*3], x[2]*[1, -1])", [2, 7, 3], [0, 1, 0], [[0, 3, 0, 0], [0, 0, 0, 0]]),
    ("solve([[x[0], 1], [0, 2]], x[1]*[3, 4])", [2, 7], [1, 0], [[-1.75, 0]]),
    ("solve([[x, 1], [0, 2]], [[x, 1], [1, x]])", 2, 1, [[[0.125, -0.25], [0, 0.5]]]),
    ("solve([x, [1, 3]], [[x[0]*x[1], 1], [2, x[0]]])", [2, 5], [0, 1], [[[24, -9], [-8, 3]]]),
    ("stack([x[0], x[1]])", [2, 3], [1, 0], [[[1, 0]]]),
    ("u = x[1]*x; for i in 0..2 { u = concat(u[1:], [x[0]*3]) }; u*1", [2, 7], [1, 0], [[3, 3]]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "x", "t", "expected"), ALONG)
def test_along_what_stands_still(text: str, x: Any, t: Any, expected: list[Any], mode: str) -> None:
    *before, last = text.split("; ")
    found = exprgrad.compile(
        "; ".join([*before, f"c = {last}"]), mode, along_direction={"x": t}, max_order=len(expected)
    )(x=x)
    for order, derivative in enumerate(expected, 1):
        np.testing.assert_allclose(found.along_direction("c", order), derivative, rtol=1e-14)


@pytest.mark.parametrize("mode", MODES)
def test_many_elements_that_do_not_move(mode: str) -> None:
    x = [0.5 + k for k in range(40)]
    found = exprgrad.compile("c = concat(x[:20]*x[20:], x[0]*arange(20))", mode, full_jacobian=True)(x=x)
    expected = np.zeros((40, 40))
    for k in range(20):
        expected[k, k], expected[k, 20 + k], expected[20 + k, 0] = 20.5 + k, 0.5 + k, k
    expected[0, 0] = 20.5
    np.testing.assert_array_equal(found.derivative("c", "x"), expected)


CHOSEN = [
    ("max(-1 - sqrt(x), 0)", {"x": 0.0}, [0.0], [0.0]),
    ("sqrt(max(0, x^2 - z^2))", {"x": 1.0, "z": 2.0}, [0.0, 0.0], None),
    ("max([sqrt(x) - 1, x*3 + 2])", {"x": 0.0}, [3.0], [0.0]),
    ("min([5 + sqrt(x), x*3 + 2, 4])", {"x": 0.0}, [3.0], [0.0]),
    ("sum(max([[sqrt(x) - 1, 1], [x*3, x - 1]], axis=0))", {"x": 0.0}, [3.0], [0.0]),
    ("max(log(x), -700)", {"x": 0.0}, [0.0], [0.0]),
    ("clip(2 + sqrt(x), 0, y)", {"x": 0.0, "y": 1.0}, [0.0, 1.0], None),
    ("clip(y, x - sqrt(x), 5)", {"y": 1.0, "x": 0.0}, [1.0, 0.0], None),
    ("relu(sqrt(x) - 1)", {"x": 0.0}, [0.0], [0.0]),
    ("heaviside(x + 1, sqrt(x))", {"x": 0.0}, [0.0], [0.0]),
    ("y % (2 + sqrt(x))", {"y": 1.0, "x": 0.0}, [1.0, 0.0], None),
    ("fmod(y, 2 + sqrt(x))", {"y": 1.0, "x": 0.0}, [1.0, 0.0], None),
    ("max(sqrt(x), -1)", {"x": 0.0}, [np.inf], [-np.inf]),
    ("s = x; for i in 0..3 { s = max(-1 - sqrt(s), x) }; s*1", {"x": 0.0}, [1.0], [0.0]),
    ("s = x; if x < 1 { s = max(-1 - sqrt(s), 3*x) }; s*1", {"x": 0.0}, [3.0], [0.0]),
]


@pytest.mark.parametrize("kind", [*MODES, "rounded", "numpy", "native"])
@pytest.mark.parametrize(("text", "values", "first", "second"), CHOSEN)
def test_an_operand_that_is_not_chosen_is_absent(
    text: str, values: dict[str, float], first: list[float], second: list[float] | None, kind: str
) -> None:
    *before, last = text.split("; ")
    mode = kind if kind in MODES else "static"
    function: Any = exprgrad.compile("; ".join([*before, f"c = {last}"]), mode, max_order=1 if second is None else 2)
    given: dict[str, Any] = values
    if kind not in MODES:
        if "[" in text and kind != "rounded":
            pytest.skip("rows hold numbers")
        function, given = function.rows(kind), {name: np.array([x]) for name, x in values.items()}
    found = function(**given)
    assert [float(np.ravel(found.derivative("c", name))[0]) for name in values] == first
    if second is not None:
        assert float(np.ravel(found.derivative("c", "x", "x"))[0]) == second[0]


@pytest.mark.parametrize("mode", MODES)
def test_in_arrays_of_numpys_what_is_not_used_is_absent(mode: str) -> None:
    x = np.array([4.0, 0.0])
    found = exprgrad.compile("t = X + a*Y; c = sqrt(t)[0]", mode, wrt=["a"])(X=x, Y=np.array([9.0, 0.0]), a=1.0)
    assert found.derivative("c", "a") == 9 / (2 * np.sqrt(13)) and not found.notes
    found = exprgrad.compile("t = x*y; c = log(t)[1:]*2", mode, wrt=["y"])(x=np.array([0.0, 4.0, 2.0]), y=3.0)
    assert abs(found.derivative("c", "y") - 4 / 3) < 1e-15
    found = exprgrad.compile("c = sqrt(x)*s", mode, full_jacobian=True)(x=np.array([-1.0, 4.0]), s=1.5)
    np.testing.assert_array_equal(found.derivative("c", "s"), [np.nan, 2])
    np.testing.assert_array_equal(found.derivative("c", "x"), [[np.nan, np.nan], [0, 0.375]])
    found = exprgrad.compile("c = relu(x)[0]", mode)(x=np.array([1.0, 0.0]))
    np.testing.assert_array_equal(found.derivative("c", "x"), [1, 0])
    assert not found.notes  # the kink is at an element that nobody uses


Y, INFINITE = [[1.0, np.inf], [np.inf, 2.0]], [1.0, np.inf, 2.0]


@pytest.mark.parametrize("kind", [*MODES, "program"])
@pytest.mark.parametrize(
    ("text", "y", "expected"),
    [
        ("(x*y)[0]", INFINITE, [1, 0, 0]),
        ("sum((x*y)[::2])", INFINITE, [1, 0, 2]),
        ("sum((x*y)[[0, 0]])", INFINITE, [2, 0, 0]),
        ("k = 0; c = (x*y)[k]", INFINITE, [1, 0, 0]),
        ("min(x*y)", INFINITE, [1, 0, 0]),
        ("sum(x*y if y < 5 else 3)", INFINITE, [1, 0, 2]),
        ("trace(x*y)", Y, [[1, 0], [0, 2]]),
        ("diag(x*y)[1]", Y, [[0, 0], [0, 2]]),
    ],
)
def test_what_is_not_read_is_absent_beside_an_infinity(text: str, y: Any, expected: Any, kind: str) -> None:
    values = {"x": np.full(np.shape(y), 2.0), "y": np.array(y)}
    function = exprgrad.compile(text, "static" if kind == "program" else kind, wrt=["x"])
    if kind == "program":
        program = function.program(**{name: value.shape for name, value in values.items()})
        found = exprgrad.Interpreter(program)(**values)["c", "x"]
    else:
        found = function(**values).derivative("c", "x")
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("diff(log(x), x)", [np.nan, 0.5, 0.25]),
        ("diff(2*log(x) + x, x)", [np.nan, 2, 1.5]),
        ("diff(sum(log(x)), x)", [np.nan, np.nan, np.nan]),
        ("diff(log(x*t), t)", [np.nan, 1, 1]),
    ],
)
def test_what_a_nan_does_not_depend_on(text: str, expected: list[float], mode: str, kind: Any) -> None:
    """Its derivative is nan, as that of all that is in one value with it; element by element where each has its own."""
    found = exprgrad.compile(f"t = 1; c = {text}", mode, max_order=0)(x=kind([-1.0, 2, 4]))
    np.testing.assert_array_equal(found["c"], expected)


@pytest.mark.parametrize("t", [3.0, np.array(3.0), np.float64(3)])
@pytest.mark.parametrize("v", [[1.0, 2.0], np.array([1.0, 2.0])])
@pytest.mark.parametrize("mode", MODES)
def test_a_direction_of_any_kind(v: Any, t: Any, mode: str) -> None:
    function = exprgrad.compile("c = abs([sum(v), sin(x)])", mode, along_direction={"v": v, "x": t}, max_order=2)
    for x in (0.5, np.array(0.5)):
        for values in ([0.1, 0.2], np.array([0.1, 0.2])):
            found = function(v=values, x=x)
            np.testing.assert_allclose(found.along_direction("c"), [3, 3 * np.cos(0.5)], rtol=1e-15)
            np.testing.assert_allclose(found.along_direction("c", 2), [0, -9 * np.sin(0.5)], rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_lanes_of_constants(mode: str) -> None:
    found = exprgrad.compile("c = [5, 7] if v > 0 else [2, 3]", mode)(v=np.array([0.5, -0.2]))
    np.testing.assert_array_equal(found["c"], [5, 3])


@pytest.mark.parametrize("mode", MODES)
def test_a_note_rests_on_what_moves(mode: str) -> None:
    """The operand of a quotient that stands still is not the one whose derivative is infinite."""
    found = exprgrad.compile("max(x, y)/x", mode, along_direction={"x": 1.0})(x=0.0, y=0.5)
    assert [note.message for note in found.notes] == ["division by zero: the derivative is infinite"]
