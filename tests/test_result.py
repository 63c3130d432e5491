"""Results as Python uses them: arrays of derivatives, names left out, dicts and data frames."""

from __future__ import annotations

import json
import pickle
from typing import Any, Literal

import numpy as np
import pytest

import exprgrad
from exprgrad.compiled import MODES
from exprgrad.diagnostics import ResultProblem
from exprgrad.result import Rows


def test_the_only_result_needs_no_name() -> None:
    result = exprgrad.compile("c = a^2*b", max_order=2)(a=3, b=4)
    assert result.value == result["c"] == 36.0
    assert result.derivative("a") == result.derivative("c", "a") == 24.0
    assert result.derivative("b", "a") == result.derivative("c", "a", "b") == 6.0
    assert result.gradient() == result.gradient("c") == {"a": 24.0, "b": 9.0}
    assert result.hessian()["b", "a"] == 6.0
    assert exprgrad.compile("a*b", along_direction={"a": 1})(a=1, b=2).along_direction() == 2.0


def test_a_result_that_is_called_like_an_input_is_the_result() -> None:
    result = exprgrad.compile("a = a*b")(a=3, b=4)
    assert result.derivative("a", "b") == 3.0
    assert result.derivative("b") == 3.0


def test_of_several_results_one_is_named() -> None:
    result = exprgrad.compile("c = a; d = 2*a")(a=3)
    for call in (lambda: result.value, result.gradient, result.hessian, lambda: result.derivative("a")):
        with pytest.raises(ResultProblem, match=r"which result|there is no result a"):
            call()


def test_arrays_of_derivatives() -> None:
    result = exprgrad.compile("c = sum(x*x)*k", max_order=2, full_jacobian=True)(x=[1.0, 2.0], k=3.0)
    assert result.gradient(as_array=True).tolist() == [6.0, 12.0, 5.0]
    assert result.hessian(as_array=True).tolist() == [[6.0, 0.0, 2.0], [0.0, 6.0, 4.0], [2.0, 4.0, 0.0]]
    jacobian = exprgrad.compile("y = x*k", full_jacobian=True)(x=[1.0, 2.0], k=3.0).gradient(as_array=True)
    assert jacobian.tolist() == [[3.0, 0.0, 1.0], [0.0, 3.0, 2.0]]
    sparse = exprgrad.compile("y = x*k", sparse=True)(x=[1.0, 2.0], k=3.0).gradient(as_array=True)
    assert sparse.tolist() == jacobian.tolist()
    assert exprgrad.compile("3")().gradient(as_array=True).shape == (0,)


@pytest.mark.parametrize("as_array", [False, True])
def test_a_hessian_that_is_none_is_refused(as_array: Literal[False]) -> None:
    with pytest.raises(ResultProblem, match="sums"):
        exprgrad.compile("c = x*x", max_order=2)(x=[1.0, 2.0]).hessian(as_array=as_array)
    with pytest.raises(ResultProblem, match="no second derivative"):
        exprgrad.compile("c = a")(a=1).hessian(as_array=as_array)


PAIRED = "c = sum(outer(x, y)^2)*k + sum(x^3)"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("sparse", [False, True])
def test_second_derivatives_by_arrays_are_those_by_each_element(mode: str, sparse: bool) -> None:
    values = {"x": [1.0, 2.0], "y": [3.0, -1.0, 0.5], "k": 0.25}
    whole = exprgrad.compile(PAIRED, mode, max_order=2, sparse=sparse)(**values).hessian(as_array=True)
    elements = "x = [x0, x1]; y = [y0, y1, y2]; "
    numbers = {"x0": 1.0, "x1": 2.0, "y0": 3.0, "y1": -1.0, "y2": 0.5, "k": 0.25}
    single = exprgrad.compile(elements + PAIRED, mode, max_order=2, wrt=list(numbers))(**numbers)
    assert whole.tolist() == single.hessian(as_array=True).tolist()


@pytest.mark.parametrize("sparse", [False, True])
def test_derivatives_by_pairs_come_in_either_order(sparse: bool) -> None:
    result = exprgrad.compile(PAIRED, max_order=3)(x=[1.0, 2.0], y=[3.0, -1.0, 0.5], k=0.25)
    pairs = exprgrad.compile(PAIRED, max_order=2, sparse=sparse)(x=[1.0, 2.0], y=[3.0, -1.0, 0.5], k=0.25).hessian()

    def dense(x: Any) -> Any:
        return x.toarray() if isinstance(x, exprgrad.Sparse) else x

    assert dense(pairs["y", "x"]).tolist() == dense(pairs["x", "y"]).T.tolist()
    assert dense(pairs["y"]["x"]).tolist() == result.derivative("y", "x").tolist()
    assert result.derivative("y", "x", "k").tolist() == result.derivative("k", "x", "y").T.tolist()
    assert result.derivative("y", "x", "x").tolist() == result.derivative("x", "x", "y").transpose(2, 0, 1).tolist()


def test_what_there_is_is_said_where_something_else_is_asked_for() -> None:
    result = exprgrad.compile("u = a*b; v = a + b", max_order=2)(a=1, b=2)
    for call, words in [
        (lambda: result.derivative("a"), 'derivative by a of which result.*derivative\\("u", "a"\\)'),
        (lambda: result.gradient("u")["u"], "no derivative by 'u'.*those by a and b"),
        (lambda: result.hessian("u")["c"], "no second derivative by 'c'.*those by a and b"),
        (lambda: result.hessian("u")["a", "c"], "no second derivative by a, c.*those by a and b"),
    ]:
        with pytest.raises(ResultProblem, match=f"(?s){words}"):
            call()


def test_the_jacobian_of_all_results() -> None:
    result = exprgrad.compile("u = a*x; v = sum(x)", full_jacobian=True)(a=2.0, x=[1.0, 3.0])
    assert result.jacobian()["u"]["x"].tolist() == [[2.0, 0.0], [0.0, 2.0]]
    assert result.jacobian(as_array=True).tolist() == [[1.0, 2.0, 0.0], [3.0, 0.0, 2.0], [0.0, 1.0, 1.0]]
    with pytest.raises(ResultProblem, match="sum of its elements"):
        exprgrad.compile("u = a*x")(a=2.0, x=[1.0, 3.0]).jacobian()


def test_a_result_as_a_dict_is_its_json() -> None:
    result = exprgrad.compile("c = a*x", max_order=2)(a=15, x=[1, 2])
    found = result.to_dict()
    assert found["inputs"] == {"a": 15.0, "x": [1.0, 2.0]}
    assert json.loads(json.dumps(found)) == found
    assert found["results"][0]["derivatives"][0] == {"with_respect_to": ["a"], "value": 3.0}


def test_a_result_as_a_data_frame() -> None:
    pytest.importorskip("polars")
    frame = exprgrad.compile("c = a*b")(a=15, b=20).to_polars()
    assert frame.to_dicts() == [{"a": 15.0, "b": 20.0, "c": 300.0, "dc_da": 20.0, "dc_db": 15.0}]
    frame = exprgrad.compile("c = sum(x)", along_direction={"x": 1})(x=[1, 2]).to_polars()
    assert frame.to_dicts() == [{"x": [1.0, 2.0], "c": 3.0, "dc_along": 2.0}]


def test_rows() -> None:
    pytest.importorskip("polars")
    rows = exprgrad.compile("c = a*a*b", max_order=2).rows()(a=[1.0, 2.0], b=3)
    assert isinstance(rows, Rows)
    assert rows.gradient(as_array=True).tolist() == [[6.0, 1.0], [12.0, 4.0]]
    assert rows.hessian(as_array=True)[1].tolist() == [[6.0, 4.0], [4.0, 0.0]]
    assert rows.to_polars()["d2c_da_db"].to_list() == [2.0, 4.0]
    assert rows.to_polars()["b"].to_list() == [3.0, 3.0]
    again = pickle.loads(pickle.dumps(rows))
    assert isinstance(again, Rows) and again == rows
    shaped = exprgrad.compile("c = a*b").rows()(a=np.ones((2, 3)), b=3)
    assert len(shaped.to_polars()) == 6


def test_rows_of_plain_numbers_print() -> None:
    assert "c  9.0" in str(exprgrad.compile("c = a*b^2").rows()(a=1, b=3))
    reduced = exprgrad.compile("c = a*b^2").rows(reduce="sum")(a=[1, 2], b=3)
    assert "c  27.0" in str(reduced) and "<table>" in reduced._repr_html_()


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(ResultProblem, match="two columns would be called x"):
        exprgrad.evaluate("x = x*2", x=3).columns()
    with pytest.raises(ResultProblem, match="two columns would be called dc_da"):
        exprgrad.evaluate("c = dc_da*a^2", a=3, dc_da=2).columns()


def test_a_result_tells_its_notes() -> None:
    result = exprgrad.evaluate("abs(x)", x=0)
    assert "note: abs has a kink at 0" in str(result)
    assert "<p>note: abs has a kink at 0" in result._repr_html_()


def test_a_result_in_a_line() -> None:
    assert repr(exprgrad.evaluate("c = a*b", a=15, b=20)) == "<exprgrad result c=300.0, dc_da=20.0, dc_db=15.0>"
    rows = exprgrad.compile("c = a*b", max_order=0).rows()(a=[1, 2], b=3)
    assert repr(rows) == "<exprgrad rows c=array of shape (2,)>"
    many = exprgrad.evaluate("+".join([f"x{i}" for i in range(20)]), {f"x{i}": 1 for i in range(20)})
    assert repr(many).endswith("... 9 more>")
