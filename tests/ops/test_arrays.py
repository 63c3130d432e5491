"""Programs over vectors and matrices: what holds for all of them, and what each form gives."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from tests.array_programs import INPUTS, ArrayMaker
from tests.test_properties import EXAMPLES, slow

MODES = ["static", "dynamic"]


def outcome(text: str, mode: str, order: int, values: dict[str, Any]) -> Any:
    """What a run gives, as text, or its error."""
    try:
        function = exprgrad.compile(text, mode, max_order=order)
        result = function.run({name: values[name] for name in function.inputs})
    except exprgrad.ExprError as problem:
        return str(problem)
    return [
        (o.name, np.asarray(o.value).tolist(), [np.asarray(d.value).tolist() for d in o.derivatives])
        for o in result.outcomes
    ]


@pytest.mark.slow
@settings(slow, max_examples=EXAMPLES)
@given(st.integers(0, 10**6), st.sampled_from([0, 1, 1, 2]))
def test_static_is_dynamic(seed: int, order: int) -> None:
    maker = ArrayMaker(seed)
    text, values = maker.program(), maker.values()
    static, dynamic = (outcome(text, mode, order, values) for mode in MODES)
    # A graph has one shape for both sides of an if, a trace that of the side it took.
    # A graph has both sides, a trace only the one it took: shapes that do not fit in the other are no error there.
    other_side = isinstance(static, str) and "do not fit" in static and not isinstance(dynamic, str)
    if "not known before the graph runs" not in static and not other_side:
        assert repr(static) == repr(dynamic), text


@settings(slow, max_examples=EXAMPLES // 2)
@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_derivatives_are_those_of_the_function(seed: int, mode: str) -> None:
    """Against central differences in a random direction, whose steps agree where nothing jumps nearby."""
    maker = ArrayMaker(seed)
    text, values = maker.program(), maker.values()
    plain = exprgrad.compile(text, max_order=0)
    names = [name for name in plain.inputs if name in INPUTS]
    generator = np.random.default_rng(seed)
    direction = {name: generator.uniform(-1, 1, INPUTS[name]) for name in names}

    def at(h: float) -> float:
        moved = {name: (np.asarray(values[name]) + h * direction[name]).tolist() for name in names}
        return float(plain.run(moved)["p"])

    try:
        result = exprgrad.compile(text, mode).run({name: values[name] for name in plain.inputs})
        steps = [(at(h) - at(-h)) / (2 * h) for h in (1e-4, 1e-5)]
    except exprgrad.ExprError:
        return
    if any(np.isinf(result.derivative("p", name)).any() for name in names):  # infinities of both signs have no sum
        return
    found = sum(float(np.sum(result.derivative("p", name) * direction[name])) for name in names)
    scale = 1 + abs(found) + max(map(abs, steps))
    if abs(at(0.0)) > 1e6:  # a difference of what is that large has too few digits
        return
    if all(map(math.isfinite, steps)) and abs(steps[0] - steps[1]) < 1e-6 * scale:
        assert abs(found - steps[1]) < 1e-4 * scale, text


@settings(slow, max_examples=EXAMPLES // 3)
@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_a_jacobian_is_made_of_gradients(seed: int, mode: str) -> None:
    """Its rows add up to the derivative of the sum, and along a direction it is what forward mode gives."""
    maker = ArrayMaker(seed)
    text = f"r = {maker.expression((2,), 3)} + [x, sum(v)]"
    values = maker.values()
    try:
        function = exprgrad.compile(text, mode, full_jacobian=True)
        values = {name: values[name] for name in function.inputs}
        result, summed = function.run(values), exprgrad.compile(text, mode).run(values)
        direction = {name: np.cos(np.arange(np.size(x)) + len(name)).reshape(np.shape(x)) for name, x in values.items()}
        along = exprgrad.compile(text, mode, along_direction=direction).run(values).along_direction("r")
    except exprgrad.ExprError:
        return
    moved = np.zeros(2)
    for name in function.inputs:
        jacobian = np.asarray(result.derivative("r", name))
        assert jacobian.shape == (2, *INPUTS[name])
        np.testing.assert_allclose(jacobian.sum(axis=0), summed.derivative("r", name), rtol=1e-9, atol=1e-9)
        with np.errstate(invalid="ignore"):
            moved = moved + np.tensordot(jacobian, direction[name], np.ndim(direction[name]))
    if np.isfinite(moved).all():  # an infinite slope times a tangent is nothing that can be compared
        np.testing.assert_allclose(along, moved, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "direction", "orders"),
    [
        ("sum(x)", {"x": 1}, [3.0, 0.0]),
        ("x[1]*x", {"x": 2}, [[6.0, 8.0, 12.0], [8.0, 8.0, 8.0]]),
        ("x @ x*y", {"x": [1, 0, -1], "y": 1}, [9.0, -4.0]),
    ],
)
@pytest.mark.parametrize("kind", [list, np.array])
def test_directions(text: str, direction: dict[str, Any], orders: list[Any], mode: str, kind: Any) -> None:
    function = exprgrad.compile(
        text,
        mode,
        max_order=2,
        along_direction={n: kind(t) if isinstance(t, list) else t for n, t in direction.items()},
    )
    result = function.run({name: x for name, x in {"x": kind([1, 2, 4]), "y": 2}.items() if name in function.inputs})
    name = result.outcomes[0].name
    assert [np.asarray(result.along_direction(name, order)).tolist() for order in (1, 2)] == orders
    assert pickle.loads(pickle.dumps(function)).run(result.inputs) is not None
    assert result == function.run(
        result.inputs if kind is np.array else {n: np.asarray(x).tolist() for n, x in result.inputs.items()}
    )


NAN, INF = math.nan, math.inf
KINK = "norm has a kink at 0: its derivative there is taken as 0"
POLE = "log has a pole at 0: its derivative there is infinite"
# What is said of arrays: of the lanes that count, and by their places.
NOTES = [
    ("norm(x)", [0, 0], [KINK]),
    ("std(x)", [2, 2, 2], ["std has a kink where all elements are equal: its derivative there is taken as 0"]),
    ("std(x)", [5], []),  # it is 0 beside the kink, too
    ("norm(x, axis=1)", [[0, 0], [3, 4]], [KINK]),
    ("sqrt(x)[1]", [0, 4], []),
    ("log(x)", [-1, 0, 1], [POLE, "log(-1.0) is nan in element [0]"]),
    ("x*log(x)", [[1, 0]], ["0.0 * -inf is nan in element [0, 1]"]),
    ("abs(x)", [0, NAN], ["abs has a kink at 0: its derivative there is taken as 0, the middle"]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "x", "expected"), NOTES, ids=[f"{row[0]}-{row[1]}" for row in NOTES])
def test_notes(text: str, x: Any, expected: list[str], mode: str) -> None:
    notes = exprgrad.compile(text, mode)(x=x).notes
    assert sorted(note.message for note in notes if "their sum" not in note.message) == sorted(expected)


# Where one lane is nan, and what derivatives are there and in the others.
LANES = [
    ("floor(x)", [1.5, NAN], {}, [0.0, NAN], [0.0, NAN]),
    ("2*x", [NAN, 1], {}, [NAN, 2.0], [NAN, 0.0]),
    ("x - x", [INF, 1], {}, [NAN, 0.0], [NAN, 0.0]),
    ("log(x) if x > 0 else -x", [NAN, -1, 2], {}, [NAN, -1.0, 0.5], [NAN, 0.0, -0.25]),
    ("log(x)", [-1, 2], {"full_jacobian": True}, [[NAN, NAN], [0.0, 0.5]], None),
    ("log(x)", [-1, 2], {"along_direction": {"x": [0, 1]}}, [NAN, 0.5], [NAN, -0.25]),
    ("log(x)", [-1, 2], {"weight_by": [0, 1]}, [NAN, 0.5], [NAN, -0.25]),
    ("sqrt(x)", [0, 4], {"weight_by": [0, 1]}, [0.0, 0.25], [0.0, -0.03125]),
    ("x + 1", [NAN, 1], {"full_jacobian": True}, [[NAN, NAN], [0.0, 1.0]], [[[NAN] * 2] * 2, [[0.0] * 2] * 2]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "x", "options", "first", "second"), LANES, ids=[f"{row[0]}-{row[2]}" for row in LANES]
)
def test_a_lane_is_none_of_another_s_business(
    text: str, x: list[float], options: dict[str, Any], first: Any, second: Any, mode: str
) -> None:
    derivatives = exprgrad.compile(text, mode, max_order=2, **options)(x=x).outcomes[0].derivatives
    np.testing.assert_array_equal(derivatives[0].value, first)
    if second is not None:
        np.testing.assert_array_equal(derivatives[1].value, second)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("elements", [31, 32, 40])
def test_the_row_of_a_nan_is_nan(elements: int, mode: str) -> None:
    x = [-1.0, *[2.0] * (elements - 1)]
    for values in (x, np.array(x)):
        rows = exprgrad.compile("c = log(x)", mode, full_jacobian=True)(x=values).derivative("c", "x")
        assert np.isnan(rows[0]).all() and (rows[1:] == 0.5 * np.eye(elements)[1:]).all()


def polynomial(n: int) -> str:
    """The determinant of an n by n matrix A as a sum of products."""
    terms = []
    for order in permutations(range(n)):
        sign = (-1) ** sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        terms.append(f"{sign}*" + "*".join(f"A[{i}, {j}]" for i, j in enumerate(order)))
    return " + ".join(terms)


MATRICES = [
    [[1, 2], [2, 4]],
    [[0, 0], [0, 0]],
    [[3]],
    [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
    [[1, 2, 3], [2, 4, 6], [3, 6, 9]],
    [[2, 0, 1], [0, 5, 0], [1, 0, 1]],
    [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 17]],
]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("matrix", MATRICES)
def test_a_determinant_is_a_polynomial(matrix: list[list[float]], mode: str) -> None:
    """Singular or not, at every order and in both directions."""
    highest = 3 if len(matrix) < 4 else 2  # the third order of the 24 products is beyond what a sweep may go through
    for options in ({"along_direction": {"A": matrix}}, {"max_order": highest}):
        order = {"max_order": 2, **options}
        found, expected = (
            exprgrad.compile(text, mode, **order)(A=matrix).outcomes[0]  # type: ignore[arg-type]
            for text in ("det(A)", polynomial(len(matrix)))
        )
        assert found.value == expected.value
        for one, other in zip(found.derivatives, expected.derivatives, strict=True):
            np.testing.assert_array_equal(one.value, other.value)
    array = exprgrad.compile("c = det(A)", mode, max_order=2)(A=np.array(matrix, dtype=float))
    for derivative in array.outcomes[0].derivatives:
        same = exprgrad.compile("c = det(A)", mode, max_order=2)(A=matrix).derivative("c", *derivative.with_respect_to)
        np.testing.assert_allclose(derivative.value, same, rtol=1e-9, atol=1e-9)


def test_linear_algebra_is_rounded_once() -> None:
    """A small matrix with entries of all sizes, against fractions."""
    A = [[1e16, 1.0, -1e16], [3e-300, 0.1, 1.0], [7.0, 1e9, 0.3]]
    exact = [[Fraction(x) for x in row] for row in A]
    terms = [(1, 0, 1, 2), (1, 1, 2, 0), (1, 2, 0, 1), (-1, 2, 1, 0), (-1, 1, 0, 2), (-1, 0, 2, 1)]
    expected = sum(s * exact[0][i] * exact[1][j] * exact[2][k] for s, i, j, k in terms)
    assert exprgrad.compile("c = det(A)")(A=A)["c"] == float(expected)
    x = exprgrad.compile("c = solve(A, A @ [1, 0, 0])", max_order=0)(A=A)["c"]
    assert x.tolist() == [1.0, 0.0, 0.0]


def test_empty_matrices() -> None:
    for text, value in (("det(A)", 1.0), ("inv(A)", []), ("solve(A, zeros(0))", []), ("logdet(A)", 0.0)):
        assert np.asarray(exprgrad.compile(f"A = zeros([0, 0])*y; c = {text}")(y=1)["c"]).tolist() == value


@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_said_by_numpy(mode: str) -> None:
    for text, values in (("x*x", [1e300, 2]), ("2*x", [NAN, 1]), ("norm(x)", [INF, NAN]), ("det([x, x])", [NAN, 1])):
        exprgrad.compile(text, mode, max_order=2)(x=values)  # warnings are errors here


@pytest.mark.parametrize("mode", MODES)
def test_what_does_not_move_stands_still(mode: str) -> None:
    for text in ("sum(sqrt([x, y]))", "sum(sqrt(concat([x], [y])))", "sum(sqrt(x*[1, 0] if [1, 0] > 0 else y*[1, 1]))"):
        function = exprgrad.compile(f"c = {text}", mode, along_direction={"y": 1})
        assert function(x=0, y=1).along_direction("c") == 0.5


@pytest.mark.parametrize("mode", MODES)
def test_what_has_no_tangent_stands_still(mode: str) -> None:
    """Not even an infinite slope by it counts."""
    for text, direction in (("sum(sqrt(x))", {"x": [0, 1, 0]}), ("sqrt(x[0]) + y", {"x": 0, "y": 0.5})):
        function = exprgrad.compile(text, mode, along_direction=direction)
        values = {name: value for name, value in {"x": [0, 1, 4], "y": 1}.items() if name in function.inputs}
        assert function.run(values).outcomes[0].derivatives[0].value == 0.5


def test_a_tangent_has_the_shape_of_its_input() -> None:
    with pytest.raises(exprgrad.EvaluationError, match=r"the tangent of x has shape \(2,\), its value \(3,\)"):
        exprgrad.compile("sum(x)", along_direction={"x": [1, 2]})(x=[1, 2, 3])


PLACES = [
    ("a*2 + sin(b)", {"a": [1, 2], "b": [1, 2, 3]}, [("a*2", "(2,)"), ("sin(b)", "(3,)")]),
    ("y = A @ x + 1", {"A": [[1, 2]], "x": [1, 2, 3]}, [("A", "(1, 2)"), ("x", "(3,)")]),
    ("max(a, 3, b)", {"a": [1, 2], "b": [1, 2, 3]}, [("a", "(2,)"), ("3", "()"), ("b", "(3,)")]),
    ("concat([a], [b])", {"a": [1, 2], "b": [1, 2, 3]}, [("[a]", "(1, 2)"), ("[b]", "(1, 3)")]),
    ("[a, [b]]", {"a": [1, 2], "b": 1}, [("a", "(2,)"), ("[b]", "(1,)")]),
    ("a if b > 0 else 1", {"a": [1, 2], "b": [1, 2, 3]}, [("b > 0", "(3,)"), ("a", "(2,)")]),
    ("1 < a < b", {"a": [1, 2], "b": [1, 2, 3]}, [("a", "(2,)"), ("b", "(3,)")]),
    ("f(u, v) = u*v; f(a, b)", {"a": [1, 2], "b": [1, 2, 3]}, [("u", "(2,)"), ("v", "(3,)")]),
    ("c = (a +\n  b)", {"a": [1, 2], "b": [1, 2, 3]}, [("a", "(2,)"), ("b", "(3,)")]),
    ("solve(A, b)", {"A": [[1, 2], [3, 4]], "b": [1, 2, 3]}, [("A", "(2, 2)"), ("b", "(3,)")]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "values", "places"), PLACES, ids=[row[0] for row in PLACES])
def test_shapes_that_do_not_fit_are_marked(text: str, values: dict[str, Any], places: Any, mode: str) -> None:
    with pytest.raises(exprgrad.EvaluationError) as caught:
        exprgrad.compile(text, mode).run(values)
    marked = [(text[span.start : span.end], what) for span, what in caught.value.marks]
    assert marked == [(part, f"shape {shape}") for part, shape in places]
    drawn = str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == drawn
    assert drawn.count("^") == len(places)
    for _, shape in places:
        assert f"has shape {shape}" in drawn


JACOBIANS: list[tuple[str, dict[str, Any], dict[Any, Any]]] = [
    ("[x*y, x + y, 3]", {"x": 2, "y": 5}, {("x",): [5.0, 1.0, 0.0], ("y",): [2.0, 1.0, 0.0]}),
    ("A @ x", {"A": [[1, 2], [3, 4]], "x": [1, 1]}, {("x",): [[1.0, 2.0], [3.0, 4.0]]}),
    ("sum(x^3)*y", {"x": [1, 2], "y": 2}, {("x", "x"): [[12.0, 0.0], [0.0, 24.0]], ("x", "y"): [3.0, 12.0]}),
    ("sqrt(x) if x > 0 else 0*y", {"x": [-1, 4], "y": 3}, {("x",): [[0.0, 0.0], [0.0, 0.25]], ("y",): [0.0, 0.0]}),
    ("2*y", {"y": 3}, {("y",): 2.0, ("y", "y"): 0.0}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "values", "derivatives"), JACOBIANS, ids=[row[0] for row in JACOBIANS])
def test_jacobians(text: str, values: dict[str, Any], derivatives: dict[Any, Any], mode: str) -> None:
    result = exprgrad.compile(text, mode, max_order=2, full_jacobian=True).run(values)
    assert not any("their sum" in note.message for note in result.notes)
    found = {d.with_respect_to: np.asarray(d.value).tolist() for d in result.outcomes[-1].derivatives}
    assert {by: found[by] for by in derivatives} == derivatives


FORMS = [
    ("[1, 2, 3]*x", {"x": 2}, [2.0, 4.0, 6.0], {"x": 6.0}),
    ("[[1, x], [x, 4]]", {"x": 2}, [[1.0, 2.0], [2.0, 4.0]], {"x": 2.0}),
    ("x[0]*x[-1]", {"x": [3, 4]}, 12.0, {"x": [4.0, 3.0]}),
    ("A[1, 0]^2", {"A": [[1, 2], [3, 4]]}, 9.0, {"A": [[0.0, 0.0], [6.0, 0.0]]}),
    ("A[:, 1]", {"A": [[1, 2], [3, 4]]}, [2.0, 4.0], {"A": [[0.0, 1.0], [0.0, 1.0]]}),
    ("x[1:] - x[:-1]", {"x": [1, 4, 9]}, [3.0, 5.0], {"x": [-1.0, 0.0, 1.0]}),
    ("x[::-1]*[1, 2, 3]", {"x": [1, 2, 3]}, [3.0, 4.0, 3.0], {"x": [3.0, 2.0, 1.0]}),
    ("A.T @ b", {"A": [[1, 2], [3, 4]], "b": [1, 1]}, [4.0, 6.0], {"A": [[1.0, 1.0], [1.0, 1.0]], "b": [3.0, 7.0]}),
    ("prod(x)", {"x": [0, 2, 3]}, 0.0, {"x": [6.0, 0.0, 0.0]}),
    ("max(x)", {"x": [1, 5, 5]}, 5.0, {"x": [0.0, 0.5, 0.5]}),
    ("sum(A, axis=0)", {"A": [[1, 2], [3, 4]]}, [4.0, 6.0], {"A": [[1.0, 1.0], [1.0, 1.0]]}),
    ("any(x > 2) + all(x > 2)", {"x": [1, 3]}, 1.0, {"x": [0.0, 0.0]}),
    ("det(A)", {"A": [[1, 2], [2, 4]]}, 0.0, {"A": [[4.0, -2.0], [-2.0, 1.0]]}),
    (
        "det(A)",
        {"A": [[2, 0, 0], [0, 4, 0], [0, 0, 0]]},
        0.0,
        {"A": [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 8.0]]},
    ),
    ("norm(x)", {"x": [0, 0]}, 0.0, {"x": [0.0, 0.0]}),
    ("logsumexp(x)", {"x": [1000, 1000]}, 1000.6931471805599, {"x": [0.5, 0.5]}),
    ("cumsum(x)[2]", {"x": [1, 2, 3]}, 6.0, {"x": [1.0, 1.0, 1.0]}),
    ("diag(x)", {"x": [1, 2]}, [[1.0, 0.0], [0.0, 2.0]], {"x": [1.0, 1.0]}),
    ("linspace(a, b, 3)", {"a": 1, "b": 2}, [1.0, 1.5, 2.0], {"a": 1.5, "b": 1.5}),
    ("arange(3)*x + zeros(3) + ones([3])", {"x": 2}, [1.0, 3.0, 5.0], {"x": 3.0}),
    ("inv(A)[0, 0]", {"A": [[2, 0], [0, 4]]}, 0.5, {"A": [[-0.25, 0.0], [0.0, 0.0]]}),
    ("sum(concat(x, [y], x)[1:])", {"x": [1, 2], "y": 5}, 10.0, {"x": [1.0, 2.0], "y": 1.0}),
    ("s = 0; for i in 0..3 { s = s + x[i]^i }; c = s", {"x": [1, 2, 3]}, 12.0, {"x": [0.0, 1.0, 6.0]}),
    # Lane by lane: a lane that a side does not take adds nothing, where 0 times its derivative would be nan.
    ("sqrt(x) if x > 0 else 0", {"x": [-1, 4, 0]}, [0.0, 2.0, 0.0], {"x": [0.0, 0.25, 0.0]}),
    ("u = log(x); c = u if x > 0 else x", {"x": [-1, 4]}, [-1.0, 1.3862943611198906], {"x": [1.0, 0.25]}),
    ("where(x > 1, sum(x)*x, -x)", {"x": [1, 2]}, [-1.0, 6.0], {"x": [1.0, 5.0]}),
    ("A if v > 0 else 2*v", {"A": [[1, 2], [3, 4]], "v": [1, -1]}, [[1.0, -2.0], [3.0, -2.0]], None),
    ("x if x > 2 else (1/x if x > 0 else 0)", {"x": [3, 2, 0]}, [3.0, 0.5, 0.0], {"x": [1.0, -0.25, 0.0]}),
    ("f(z) = sqrt(z) if z > 0 else z; c = f(x) if x < 5 else 0", {"x": [-1, 4, 9]}, [-1.0, 2.0, 0.0], None),
    ("0 < x < 3 and not x == 2 or x > 9", {"x": [1, 2, 10]}, [1.0, 0.0, 1.0], {"x": [0.0, 0.0, 0.0]}),
    ("u = log(x); c = u[1]", {"x": [-1, 1]}, 0.0, {"x": [0.0, 1.0]}),
    ("s = x; for i in 0..2 { s = s*s }; c = s", {"x": [1, 2]}, [1.0, 16.0], {"x": [4.0, 32.0]}),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "values", "value", "gradient"), FORMS, ids=[form[0] for form in FORMS])
def test_forms(text: str, values: dict[str, Any], value: Any, gradient: dict[str, Any] | None, mode: str) -> None:
    result = exprgrad.compile(text, mode).run(values)
    outcome = result.outcomes[-1]
    assert np.asarray(outcome.value).tolist() == value
    if gradient is not None:
        assert {name: np.asarray(g).tolist() for name, g in result.gradient(outcome.name).items()} == gradient


ERRORS = [
    ("a + b", {"a": [1, 2], "b": [1, 2, 3]}, r"shapes \(2,\) and \(3,\) do not fit in add"),
    ("A @ b", {"A": [[1, 2]], "b": [1, 2, 3]}, r"shapes \(1, 2\) and \(3,\) do not fit in a matrix product"),
    ("x[5]", {"x": [1, 2]}, "there is no position 5 among 2"),
    ("x[i]", {"x": [1, 2], "i": 2}, "there is no position 2 among 2"),
    ("x[i]", {"x": [1, 2], "i": 0.5}, "a position is a whole number, found 0.5"),
    ("x[0, 0]", {"x": [1, 2]}, r"shape \(2,\) has 1 axes, not 2"),
    ("x[0]", {"x": 1}, "a number has no elements"),
    ("sum(x, axis=1)", {"x": [1, 2]}, "there is no axis 1"),
    ("reshape(x, [2, 2])", {"x": [1, 2, 3]}, "has 3 elements"),
    ("[x, [1, 2]]", {"x": 1}, "make no array"),
    ("solve(A, b)", {"A": [[1, 2], [2, 4]], "b": [1, 2]}, "the matrix is singular"),
    ("det(x)", {"x": [1, 2]}, "a determinant is of a square matrix"),
    ("zeros(-1)*x", {"x": 1}, "a size is a whole number from 0 on"),
    ("eye(100000)*x", {"x": 1}, "is beyond 10,000,000"),
    ("sum(x, axis=7)", {"x": 3}, r"there is no axis 7 in shape \(\)"),
    ("x[x > 0]", {"x": [1, -2]}, "a condition is no position"),
    ("x[0]", {"x": []}, "there is no position 0 among 0"),
    ("concat(x, 1)", {"x": [1, 2]}, "do not fit one after the other"),
    ("cross(x, x)", {"x": [1, 2]}, "two vectors with three elements"),
    ("x if log(x) else 1", {"x": [-1, 2]}, "the condition is nan"),
    ("if x > 0 { c = 1 } else { c = 2 }; d = c*x", {"x": [1, 2]}, "a condition needs one value, found 2"),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "values", "message"), ERRORS, ids=[error[0] for error in ERRORS])
def test_errors(text: str, values: dict[str, Any], message: str, mode: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message) as caught:
        exprgrad.compile(text, mode).run(values)
    assert caught.value.span is not None
