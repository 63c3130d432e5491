"""Wrong arguments of the public functions: each is an ExprError that says what is expected."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import exprgrad
import exprgrad.dynamic
import exprgrad.static
from exprgrad import ExprError
from exprgrad.batch.row_function import RowFunction
from exprgrad.compiled import Function
from exprgrad.outcomes import Sparse
from exprgrad.result import Result
from exprgrad.solving.vector_function import VectorFunction


class Unshowable:
    """Nothing of it works, not even its repr()."""

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no repr")

    def __float__(self) -> float:
        raise RuntimeError("no float")


ODD: dict[str, Any] = {
    "None": None,
    "a number": 5,
    "minus one": -1,
    "a large number": 10**5000,
    "a fraction": 1.5,
    "nan": float("nan"),
    "a type": float,
    "a class of numpy": np.float64,
    "an object": object(),
    "an empty list": [],
    "a list of None": [None],
    "a ragged list": [[1], [1, 2]],
    "an empty dict": {},
    "a dict by numbers": {1: 2},
    "a dict of None": {"x": None, "a": None, "c": None},
    "no text": "",
    "points": "..",
    "a surrogate": "\ud800",
    "bytes": b"x",
    "True": True,
    "a complex number": 1j,
    "a set": {1},
    "a slice": slice(1),
    "an ellipsis": ...,
    "an array": np.zeros(2),
    "an empty array": np.zeros(0),
    "an array of texts": np.array(["x"]),
    "an array of objects": np.array([object()], dtype=object),
    "a masked array": np.ma.masked_array([1.0, 2.0], mask=[False, True]),
    "a date": np.datetime64("2020-01-01"),
    "a function": lambda: 1,
    "an error": ValueError("x"),
    "what cannot be shown": Unshowable(),
}


def calls() -> Iterator[tuple[str, Callable[[Any], object]]]:
    """Every parameter of every public function, by its name: a call that gives it one value."""
    compile, draw = exprgrad.compile, exprgrad.draw
    for parameter in inspect.signature(compile).parameters:
        if parameter != "text":
            yield f"compile {parameter}", lambda x, p=parameter: compile("a*x", **{p: x})(a=1, x=2)
    yield "compile text", compile
    yield "a tangent", lambda x: compile("a*x", along_direction={"a": x})(a=1, x=2)
    yield "a weight", lambda x: compile("c = a*x", weight_by={"c": x})(a=1, x=2)
    for mode in ("static", "dynamic"):
        f = compile("a*x", mode)
        yield f"a value, {mode}", lambda x, f=f: f(a=x, x=1)
        yield f"an element, {mode}", lambda x, f=f: f(a=[1, x], x=1)
        yield f"a value of steps, {mode}", lambda x, f=f: f.steps(a=x, x=1)
        yield f"draw values, {mode}", lambda x, f=f: draw(f, x)
    yield "a positional value", lambda x: f(x)
    yield "run values", lambda x: f.run(x)
    yield "run notes", lambda x: f.run({"a": 1, "x": 2}, notes=x)
    yield "exact_digits digits", lambda x: f.exact_digits(x, a=1, x=1)
    yield "exact_digits values", lambda x: f.exact_digits(a=x, x=1)
    yield "check_inputs", lambda x: f.check_inputs(x)
    yield "shared", lambda x: f.shared(x)
    yield "nodes", lambda x: f.nodes(x)
    yield "program shapes", lambda x: f.program(a=x)
    yield "check shapes", lambda x: f.check(a=x)
    for method in ("equations", "formula", "latex", "mathml"):
        yield f"{method} inline", lambda x, m=method: getattr(f, m)(inline=x)
        yield f"{method} shapes", lambda x, m=method: getattr(f, m)(a=x)
    for method in ("latex", "mathml"):
        yield f"{method} document", lambda x, m=method: getattr(f, m)(document=x)
    for option in ("dialect", "form", "table", "odd"):
        yield f"source options, {option}", lambda x, o=option: f.source("sql", **{o: x})
        yield f"encoded options, {option}", lambda x, o=option: f.encoded("sql", **{o: x})
    yield "encoded language", f.encoded
    yield "source language", f.source
    yield "source name", lambda x: f.source(name=x)
    yield "source argument_order", lambda x: f.source(argument_order=x)
    for method in ("source", "encoded"):
        yield f"{method} values", lambda x, m=method: getattr(f, m)(values=x)
        yield f"{method} values, a number", lambda x, m=method: getattr(f, m)(values={"a": x})
    yield "changed arguments", lambda x: f.changed(wrt=x)
    yield "scipy variables", lambda x: f.scipy(x)
    yield "scipy values", lambda x: f.scipy("x", a=x).value([1.0])
    vector = f.scipy(["a", "x"])
    yield "pack values", vector.pack
    for method in ("solve", "minimize", "maximize"):
        yield f"{method} unknowns", lambda x, m=method: getattr(f, m)(x)
        yield f"{method} values", lambda x, m=method: getattr(f, m)("x", a=x, x=1)
        yield f"{method} start", lambda x, m=method: getattr(f, m)("x", a=1, x=x)
    for method in ("minimize", "maximize"):
        yield f"{method} standard_errors", lambda x, m=method: getattr(f, m)("x", a=1, x=1, standard_errors=x)
    yield "minimize residuals", lambda x: f.minimize("x", a=1, x=1, standard_errors="scaled", residuals=x)
    yield "solve ends", lambda x: f.solve({"x": x}, a=1)
    yield "solve an end", lambda x: f.solve({"x": (0, x)}, a=1)
    for method in ("value", "gradient", "value_and_gradient", "hessian", "values", "jacobian", "unpack"):
        yield f"{method} vector", getattr(vector, method)
    yield "hessian weights", lambda x: vector.hessian([1.0, 2.0], x)
    yield "hessian_product vector", lambda x: vector.hessian_product(x, [1.0, 2.0])
    yield "hessian_product direction", lambda x: vector.hessian_product([1.0, 2.0], x)
    yield "operands values", lambda x: f.operands({"a": x, "x": 1})
    yield "page values", lambda x: f.page(a=x, x=1)
    yield "plot points", lambda x: f.plot(a=1, x=(0, 1), points=x)
    yield "plot curves", lambda x: f.plot(x=(0, 1), curves=x)
    yield "plot curves, values", lambda x: f.plot(x=(0, 1), curves={"a": x})
    yield "plot y_scale", lambda x: f.plot(a=1, x=(0, 1), y_scale=x)
    yield "plot given, a range", lambda x: f.plot(a=1, x=x)
    yield "plot given, a value", lambda x: f.plot(a=x, x=(0, 1))
    interpreter = exprgrad.Interpreter(f.program())
    yield "an interpreter's value", lambda x: interpreter(a=x, x=1)
    yield "draw function", draw
    yield "draw output_format", lambda x: draw(f, None, x)
    yield "draw number", lambda x: draw(f, {"a": 1, "x": 2}, "text", x)
    for parameter in ("engine", "reduce", "group_by", "keep_columns", "threads"):
        yield f"rows {parameter}", lambda x, p=parameter: f.rows(**{p: x})(a=1, x=[1.0])
    yield "rows grouped by", lambda x: f.rows(reduce="sum", group_by=x)({"x": [1.0], "a": [2.0]})
    yield "rows grouped by cells", lambda x: f.rows(reduce="sum", group_by="kind")(a=1, x=[1.0], kind=x)
    yield "rows that keep", lambda x: f.rows(keep_columns=x)({"x": [1.0]}, a=1)
    for parameter in ("reduce", "threads"):
        yield f"native {parameter}", lambda x, p=parameter: f.native(**{p: x})(a=1, x=[1.0])
    yield "evaluate values", lambda x: exprgrad.evaluate("a", x)
    for parameter in ("mode", "wrt", "max_order", "fetch_names", "step_limit", "along_direction", "sparse"):
        yield f"evaluate {parameter}", lambda x, p=parameter: exprgrad.evaluate("a", {"a": 1}, **{p: x})
    yield "a table", lambda x: f.rows()(x)
    result = f(a=1, x=2)
    yield "a result", lambda x: result[x]
    yield "derivative of", lambda x: result.derivative(x, "x")
    yield "derivative by", lambda x: result.derivative("c", x)
    yield "gradient", result.gradient
    yield "hessian", result.hessian
    yield "gradient as_array", lambda x: result.gradient(as_array=x)
    yield "hessian as_array", lambda x: result.hessian(as_array=x)
    along = compile("a*x", along_direction={"x": 1})(a=1, x=2)
    yield "jacobian as_array", lambda x: result.jacobian(as_array=x)
    yield "along_direction of", along.along_direction
    yield "along_direction order", lambda x: along.along_direction("c", x)
    sparse = compile("a*x", sparse=True)(a=[1.0, 2.0], x=[1.0, 2.0]).derivative("c", "a")
    yield "to_scipy axes", sparse.to_scipy


CALLS = dict(calls())


@pytest.mark.parametrize("call", CALLS)
def test_a_wrong_argument_is_an_expr_error(call: str) -> None:
    for value in ODD.values():
        problem = error(CALLS[call], value)
        assert problem is None or str(problem)


def error(call: Callable[[Any], object], value: Any) -> ExprError | None:
    try:
        call(value)
    except ExprError as problem:
        return problem
    return None


def test_every_public_parameter_is_tried() -> None:
    tried = " ".join(CALLS)
    for owner in (Function, RowFunction, VectorFunction, Result, Sparse):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            own = name in vars(owner) and not name.startswith("_")
            for parameter in list(inspect.signature(method).parameters.values())[1:] if own else ():
                named = parameter.name in tried or parameter.name in ("name", "names", "inputs", "values")
                assert named and (name in tried), (name, parameter.name)


@pytest.mark.parametrize(
    ("call", "odd", "message"),
    [
        ("compile wrt", 5, "wrt is a list of names, found 5"),
        ("compile override", 5, "override is a list of names, found 5"),
        ("compile fetch_names", b"c", "fetch_names is a list of names, found b'c'"),
        ("compile max_order", 1.5, "the highest order is a whole number from 0 on, found 1.5"),
        ("compile sparse", "yes", "sparse is True or False, found 'yes'"),
        ("a value, static", float, "the value of a: expected a number or an array of numbers, found type"),
        ("rows engine", ["x"], r"unknown row engine \['x'\]"),
        ("a result", None, "a name is a text, found None"),
        ("compile max_order", ODD["an object"], "a whole number from 0 on, found <object object"),
        ("compile max_order", ODD["what cannot be shown"], "found a value of the type Unshowable"),
    ],
)
def test_what_a_message_says(call: str, odd: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message):
        CALLS[call](odd)


def test_what_was_not_computed_is_a_key_error_too() -> None:
    result = exprgrad.compile("c = a*b")(a=1, b=2)
    for ask in (lambda: result["d"], lambda: result.derivative("c", "a", "a"), lambda: result.along_direction("c")):
        with pytest.raises(KeyError) as caught:
            ask()
        assert isinstance(caught.value, ExprError)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_dir_lists_what_can_be_used() -> None:
    assert {*dir(exprgrad)} == {*exprgrad.__all__, "static", "dynamic", "__version__"}
    for name in dir(exprgrad):
        getattr(exprgrad, name)
    for module in (exprgrad.static, exprgrad.dynamic):
        assert set(module.__all__) <= set(dir(module))
