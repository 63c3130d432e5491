"""Results as Python uses them: arrays of derivatives, names left out, dicts and data frames."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

import exprgrad
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


def test_a_hessian_that_is_no_matrix_is_refused() -> None:
    with pytest.raises(ResultProblem, match="sums"):
        exprgrad.compile("c = sum(x*x)", max_order=2)(x=[1.0, 2.0]).hessian(as_array=True)
    with pytest.raises(ResultProblem, match="no second derivative"):
        exprgrad.compile("c = a")(a=1).hessian(as_array=True)


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
