"""Sparse derivatives, weights, and the derivatives of the language by elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.autodiff import sparsity
from exprgrad.autodiff.sparsity import Pattern, colours

MODES = ("static", "dynamic")
ROSENBROCK = "c = sum((1 - x[:-1])^2 + 100*(x[1:] - x[:-1]^2)^2)"
X = [1.136521, -1.695509, 1.253576, 0.5, 2.0]
# Programs of x (5), A (5, 3) and y, whose result has many elements.
PROGRAMS = [
    "c = x*x*y",
    "c = x[1:]*x[:-1]",
    "c = exp(x) if x > 1 else x*y",
    "c = A @ [1, 2, 3]",
    "c = A.T @ x",
    "c = sum(A*A, axis=1) + x",
    "c = x[[0, 2, 2]]*y",
    "c = concat(x, x*x)",
    "c = reshape(A, [3, 5])[1]*x",
    "c = cumsum(x)",
    "c = x/norm(x)",
    "c = [x[0]*y, x[4]^2, 3]",
    "c = outer(x[:2], x[3:])",
    "c = floor(x)*x",
    "c = max(x, x[::-1])",
    "s = x; for i in 0..2 { s = s*x }; c = s",
    "c = x*0 + A[:, 0]",
    "c = concat([x[0]*x[1]], [0, 0], x[2]*[1, 2, 3])",
    "c = hessian(x[1]^2*x[2] + x[0], x) @ x",
    "c = hessian(x[0]*x[1]*x[2], x) @ x",
]


def inputs(f: exprgrad.Function, rounded: bool) -> dict[str, Any]:
    values = {"x": np.array(X), "A": np.arange(15.0).reshape(5, 3) / 7 - 1, "y": 1.5}
    return {name: values[name].tolist() if rounded and name != "y" else values[name] for name in f.inputs}


@pytest.mark.parametrize("rounded", [True, False])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", PROGRAMS)
def test_sparse_is_dense(text: str, mode: str, rounded: bool) -> None:
    dense = exprgrad.compile(text, mode, full_jacobian=True)
    sparse = exprgrad.compile(text, mode, sparse=True)
    values = inputs(dense, rounded)
    expected, found = dense(**values).gradient("c"), sparse(**values).gradient("c")
    for name, value in found.items():
        whole = value.toarray() if isinstance(value, exprgrad.Sparse) else value
        assert np.allclose(whole, expected[name], rtol=1e-14, atol=0), name
    again = sparse(**values).gradient("c")
    assert all(np.array_equal(np.asarray(again[n].values), np.asarray(found[n].values)) for n in found if n != "y")


@pytest.mark.parametrize("text", PROGRAMS)
def test_sparse_static_is_dynamic(text: str) -> None:
    static, dynamic = (exprgrad.compile(text, mode, sparse=True) for mode in MODES)
    values = inputs(static, True)
    for a, b in zip(static(**values).outcomes[0].derivatives, dynamic(**values).outcomes[0].derivatives, strict=True):
        if "for" not in text:  # a graph knows less of what a loop does
            assert repr(a) == repr(b)


@pytest.mark.parametrize("mode", MODES)
def test_many_elements_go_by_colours(mode: str) -> None:
    x = np.random.default_rng(1).normal(size=60)
    dense = exprgrad.compile(ROSENBROCK, mode, max_order=2, full_jacobian=True)(x=x).hessian("c")["x", "x"]
    sparse = exprgrad.compile(ROSENBROCK, mode, max_order=2, sparse=True)(x=x).hessian("c")["x", "x"]
    expected = np.zeros((60, 60))
    for i in range(59):
        expected[i, i] += 2 - 400 * (x[i + 1] - x[i] ** 2) + 800 * x[i] ** 2
        expected[i, i + 1] -= 400 * x[i]
        expected[i + 1, i] -= 400 * x[i]
        expected[i + 1, i + 1] += 200
    assert np.allclose(dense, expected) and np.allclose(sparse.toarray(), expected)
    assert len(sparse.values) == 60 + 2 * 59 and sparse.shape == (60, 60)


def test_a_result_that_is_nan_has_nan_in_its_rows() -> None:
    x = [*range(40)]
    r = exprgrad.compile("c = log(x - 1)*2", full_jacobian=True)(x=x).derivative("c", "x")
    assert np.isnan(r[0]).all() and not np.isnan(r[2:]).any()


# Programs, and where their derivative by x, or by A where there is no x, has elements: what depends on what, no more.
PLACES: list[tuple[str, list[list[int]]]] = [
    ("c = x*y", [[0, 0], [1, 1], [2, 2]]),
    ("c = x if x > 1 else 2*x", [[0, 0], [1, 1], [2, 2]]),
    ("c = x*x if x > 2 else y*x", [[0, 0], [1, 1], [2, 2]]),
    ("s = 1; for i in 0..2 { s = s*y }; c = s*x", [[0, 0], [1, 1], [2, 2]]),
    ("s = y if y > 1 else 3; c = s*x", [[0, 0], [1, 1], [2, 2]]),
    ("c = floor(x)*x", [[0, 0], [1, 1], [2, 2]]),
    ("c = floor(x)", []),
    ("c = x[::-1]", [[0, 2], [1, 1], [2, 0]]),
    ("c = x[[0, 2, 2]]", [[0, 0], [1, 2], [2, 2]]),
    ("c = [x[1], 3, x[0]*x[2]]", [[0, 1], [2, 0], [2, 2]]),
    ("c = concat(x, [7], x[:1])", [[0, 0], [1, 1], [2, 2], [4, 0]]),
    ("c = x - mean(x)", [[i, j] for i in range(3) for j in range(3)]),
    ("c = outer(x, [1, 2])", [[i, j, i] for i in range(3) for j in range(2)]),
    ("c = A @ [1, 2]", [[i, i, j] for i in range(3) for j in range(2)]),
    ("c = sum(A, axis=1)", [[i, i, j] for i in range(3) for j in range(2)]),
    ("c = sum(A, axis=0)", [[j, i, j] for j in range(2) for i in range(3)]),
    ("c = max(A, axis=1)", [[i, i, j] for i in range(3) for j in range(2)]),
    ("c = diag(A @ A.T)", [[i, i, j] for i in range(3) for j in range(2)]),
    ("c = reshape(A, [2, 3])[1]", [[0, 1, 1], [1, 2, 0], [2, 2, 1]]),
    ("c = [1, 2, 3] + A[:, 0]", [[0, 0, 0], [1, 1, 0], [2, 2, 0]]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "places"), PLACES, ids=[text for text, _ in PLACES])
def test_what_depends_on_what(text: str, places: list[list[int]], mode: str) -> None:
    f = exprgrad.compile(text, mode, sparse=True)
    values = {"x": [1.5, 2.5, 3.5], "A": [[1, 2], [3, 4], [5, 6.5]], "y": 2}
    found = f.run({name: values[name] for name in f.inputs}).derivative("c", "x" if "x" in f.inputs else "A")
    assert isinstance(found, exprgrad.Sparse)
    assert found.places.tolist() == places


@pytest.mark.parametrize(("most", "pairs"), [(0, 18), (5, 18), (6, 6), (99, 6)])
def test_beyond_so_many_pairs_nothing_is_sparse(most: int, pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 6 elements each depends on one of 3."""
    monkeypatch.setattr(sparsity, "MOST", most)
    found = exprgrad.compile("c = outer(x, [1, 2])", sparse=True)(x=[1.5, 2.5, 3.5]).derivative("c", "x")
    assert len(found.values) == pairs


def test_positions_that_change_change_what_depends() -> None:
    f = exprgrad.compile("c = x[p]*x[p]", wrt=["x"], sparse=True)
    for p in ([0, 1], [2, 2], [0, 1]):
        found = f(x=[1, 2, 3], p=p).derivative("c", "x")
        assert found.places.tolist() == [[0, p[0]], [1, p[1]]]


def test_colours_of_alike_differ() -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        rows, columns = np.nonzero(rng.uniform(size=(12, 9)) < 0.2)
        pattern = Pattern(np.searchsorted(rows, np.arange(13)), columns, 9)
        for by_columns in (True, False):
            found = colours(pattern, by_columns)
            groups = rows if by_columns else columns
            members = columns if by_columns else rows
            for group in range(12):
                mine = found.of[members[groups == group]]
                assert len(set(mine.tolist())) == len(mine) and (mine < found.many).all()


def test_scipy_or_what_is_missing() -> None:
    found = exprgrad.compile("c = x*x", sparse=True)(x=[1, 2]).derivative("c", "x")
    try:
        import scipy  # noqa: F401
    except ImportError:
        with pytest.raises(exprgrad.UsageError, match="a matrix of scipy's needs scipy\n  pip install"):
            found.to_scipy()
    else:
        assert found.to_scipy().toarray().tolist() == [[2.0, 0.0], [0.0, 4.0]]


@pytest.mark.parametrize("mode", MODES)
def test_weights(mode: str) -> None:
    f = exprgrad.compile("c = x*x*y; d = x + 1", mode, weight_by={"c": [1, 0, 2]}, max_order=2)
    r = f(x=[1, 2, 3], y=2)
    assert r.derivative("c", "x").tolist() == [4.0, 0.0, 24.0]
    assert r.derivative("c", "y") == 1 + 2 * 9
    assert r.derivative("c", "x", "x").tolist() == [4.0, 0.0, 8.0]
    assert r.derivative("d", "x").tolist() == [1.0, 1.0, 1.0]
    assert exprgrad.compile("x*x", mode, weight_by=1 / 3)(x=2).derivative("c", "x") == 4 / 3
    with pytest.raises(exprgrad.EvaluationError, match="have shape"):
        f(x=[1, 2], y=2)
    for wrong in ({"e": 1}, 3):
        with pytest.raises(exprgrad.ExprError):
            exprgrad.compile("c = x; d = x", mode, weight_by=wrong)
    with pytest.raises(exprgrad.UsageError, match="exclude"):
        exprgrad.compile("c = x", mode, weight_by=1, full_jacobian=True)


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_by_elements(mode: str) -> None:
    text = """
    g = gradient(x^2*y, [x, y]); h = hessian(x^2*y, [x, y]); v = [x*y, x + y, 3]; j = jacobian(v, [x, y])
    q = sum(w*w*w); gw = gradient(q, w); hw = hessian(q, w); jw = jacobian(w*x, w); m = hessian(q*x, [w, x])
    """
    names = ["g", "h", "j", "gw", "hw", "jw", "m"]
    r = exprgrad.compile(text, mode, fetch_names=names)(x=2, y=3, w=[1, 2])
    assert {name: r[name].tolist() for name in names} == {
        "g": [12.0, 4.0],
        "h": [[6.0, 4.0], [4.0, 0.0]],
        "j": [[3.0, 2.0], [1.0, 1.0], [0.0, 0.0]],
        "gw": [3.0, 12.0],
        "hw": [[6.0, 0.0], [0.0, 12.0]],
        "jw": [[2.0, 0.0], [0.0, 2.0]],
        "m": [[12.0, 0.0, 3.0], [0.0, 24.0, 12.0], [3.0, 12.0, 0.0]],
    }
    newton = "g = gradient(f, [x, y]); h = hessian(f, [x, y]); step = -solve(h, g)"
    r = exprgrad.compile(f"f = (x - 1)^2 + x*y + y^2; {newton}", mode)(x=3, y=4)
    assert np.allclose([3, 4] + r["step"], [4 / 3, -2 / 3])
    assert r.derivative("step", "x") == -1.0


def test_memory_is_not_shared() -> None:
    """What a run reuses is nobody else's: inputs stay, and results of earlier runs."""
    f = exprgrad.compile("u = x + 1; v = u*2; c = sum(v*v) + sum(u); d = reshape(u, [2, -1]).T + 0")
    x, y = np.arange(20_000.0), np.ones(20_000)
    kept = x.copy()
    first = f(x=x)
    before = {name: np.array(value) for name, value in first.values.items()} | first.gradient("c")
    before = {name: np.array(value) for name, value in before.items()}
    f(x=y)
    assert np.array_equal(x, kept)
    assert all(np.array_equal(np.asarray(first[name]), before[name]) for name in ("c", "d"))
    assert np.array_equal(first.derivative("c", "x"), before["x"])
    assert np.allclose(first.derivative("c", "x"), 8 * (x + 1) + 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [list, np.array])
@pytest.mark.parametrize("text", ["x[0]*y", "exp(x[1])*y", "x[0]^2*y", "max(x)*y", "sum(x)*y + x[0]*y"])
def test_sparse_second_derivatives_by_an_array_and_a_number(text: str, make: Any, mode: str) -> None:
    values = {"x": make([1.0, 2.0]), "y": 2.0}
    sparse, dense = (
        exprgrad.compile(text, mode, max_order=2, **kind)(**values)
        for kind in ({"sparse": True}, {"full_jacobian": True})
    )
    for found, expected in zip(sparse.outcomes[0].derivatives, dense.outcomes[0].derivatives, strict=True):
        whole = found.value.toarray() if hasattr(found.value, "toarray") else found.value
        assert np.array_equal(np.reshape(whole, np.shape(expected.value)), expected.value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("x", [[], [[]], np.zeros((2, 0, 3))])
@pytest.mark.parametrize("text", ["x*y", "x + y", "hypot(x, y)", "logaddexp(x, y)"])
def test_sparse_derivatives_of_nothing_by_an_array_and_a_number(text: str, x: Any, mode: str) -> None:
    """What has no elements is differentiated on by a number: it is as sparse as before."""
    sparse, dense = (
        exprgrad.compile(text, mode, max_order=3, **kind)(x=x, y=2.0)
        for kind in ({"sparse": True}, {"full_jacobian": True})
    )
    for found, expected in zip(sparse.outcomes[0].derivatives, dense.outcomes[0].derivatives, strict=True):
        assert isinstance(found.value, exprgrad.Sparse) == ("x" in found.with_respect_to)
        whole = found.value.toarray() if isinstance(found.value, exprgrad.Sparse) else found.value
        assert whole.shape == expected.value.shape and not whole.size


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["solve(A, B)[0, 1]", "solve(A, B)", "sum(where(B > 3, solve(A, B), 0))"])
def test_a_solution_for_a_wide_right_side(text: str, mode: str) -> None:
    values = {"A": [[3.0, 1.0], [1.0, 2.0]], "B": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]}
    function = exprgrad.compile(text, mode, full_jacobian=True)
    lists, arrays = function(**values), function(**{name: np.array(x) for name, x in values.items()})
    for a, b in zip(lists.outcomes[0].derivatives, arrays.outcomes[0].derivatives, strict=True):
        assert np.allclose(a.value, b.value, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "text",
    [
        "x if x > y else (a if y > 1 else y)",
        "where(x > y, x, where(x > y, x, a*y[0]))",
        "(x if x > y else (a if y > 1 else y))*x*y",
        "x if x > y else (a*x if a > 0 else a)",
        "(y if x > 2 else (x*y if y > 1 else (a if x > 0 else y)))",
    ],
)
def test_sides_inside_of_sides(text: str, mode: str) -> None:
    values = {"x": [1.0, 2.0, 5.0], "y": [2.0, 1.0, 3.0], "a": 3.0}
    sparse, dense = (
        exprgrad.compile(text, mode, **kind)(**values) for kind in ({"sparse": True}, {"full_jacobian": True})
    )
    for found, expected in zip(sparse.outcomes[0].derivatives, dense.outcomes[0].derivatives, strict=True):
        whole = found.value.toarray() if hasattr(found.value, "toarray") else found.value
        assert np.array_equal(whole, expected.value)
