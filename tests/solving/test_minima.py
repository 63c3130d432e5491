"""Minima of programs, and over rows, to the last digit, and what is said where there is none."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import optimize

import exprgrad
from exprgrad.cli import run
from exprgrad.diagnostics import ExprError, UnsolvedError

MODES = ["static", "dynamic"]


@pytest.mark.parametrize("mode", MODES)
def test_rosenbrock(mode: Any) -> None:
    f = exprgrad.compile("(a - x)^2 + b*(y - x^2)^2", mode)
    result = f.minimize(["x", "y"], x=-1.2, y=1, a=1, b=100)
    assert list(result) == ["x", "y", "c"] and result.values == {"x": 1.0, "y": 1.0, "c": 0.0}
    assert result.gradient("x") == {"a": 1.0, "b": 0.0} and result.gradient("y") == {"a": 2.0, "b": 0.0}
    assert result.gradient("c") == {"a": 0.0, "b": 0.0} and result.inputs == {"a": 1.0, "b": 100.0}
    (note,) = result.notes
    assert note.message.startswith("a minimum: the gradient is 0, the Hessian is positive definite, eigenvalues 0.399")


@pytest.mark.parametrize("start", [0.01, 0.3, 1.0, 2.5, 7.0])
def test_the_digits_do_not_depend_on_the_way(start: float) -> None:
    result = exprgrad.compile("exp(x) - a*log(x)").minimize("x", x=start, a=3)
    with mpmath.workprec(200):
        x = mpmath.findroot(lambda x: mpmath.exp(x) - 3 / x, 1)
    assert result["x"] == float(x)
    assert result.derivative("x", "a") == pytest.approx(1 / (x * (mpmath.exp(x) + 3 / x**2)), rel=1e-15)
    # What else is moved moves the least value as if the unknowns stood still.
    assert result.derivative("c", "a") == pytest.approx(-math.log(x), rel=1e-15)


def test_a_maximum() -> None:
    result = exprgrad.compile("x*exp(-k*x)").maximize("x", x=0.4, k=2)
    assert result["x"] == 0.5 and result.derivative("x", "k") == -0.25
    assert "a maximum: the gradient is 0, the Hessian is negative definite, eigenvalues -0.736" in str(result.notes[0])


@pytest.mark.parametrize("mode", MODES)
def test_arrays(mode: Any) -> None:
    A, b = [[2.0, 1], [1, 3], [1, 1]], [3.0, 4, 3]
    result = exprgrad.compile("sum((A @ x - b)^2)", mode, wrt="b").minimize("x", x=[0, 0], A=A, b=b)
    assert result["x"] == pytest.approx(np.linalg.lstsq(A, b)[0], rel=1e-15)
    assert result.derivative("x", "b") == pytest.approx(np.linalg.pinv(A).sum(axis=0), rel=1e-15)


@pytest.mark.parametrize(
    ("text", "starts", "message"),
    [
        ("x^2 - y^2", {"x": 0, "y": 0}, "gradient is 0 and its Hessian has the eigenvalues -2 to 2: a saddle"),
        ("-x^2 - y^2", {"x": 0, "y": 0}, "has the eigenvalues -2: the opposite"),
        ("x^2 - y^2", {"x": 1, "y": 1}, "no minimum of c was found"),
        ("x + 0*y", {"x": 1, "y": 1}, "where its gradient is 1: there may be none"),
        ("exp(-x) + y^2", {"x": 0, "y": 1}, "there may be none"),
        ("abs(x - 1.3) + y^2", {"x": 0, "y": 1}, "one at a kink"),
        ("sqrt(x) + y^2", {"x": 1, "y": 1}, "there may be none, or one at a kink"),
        (
            "x^3 + y^2",
            {"x": 1, "y": 1},
            "at x = 0, y = 0 its gradient is 0, but beside that it is less; start elsewhere",
        ),
        ("step(x) + x^2 + y^2", {"x": 1, "y": 1}, "beside that it is less, since it jumps there"),
        ("x*nan + y", {"x": 1, "y": 1}, "it is nan at x = 1, y = 1"),
    ],
)
def test_what_is_no_minimum_is_told(text: str, starts: dict[str, float], message: str) -> None:
    with pytest.raises(UnsolvedError, match=message):
        exprgrad.compile(text).minimize(["x", "y"], **starts)


def test_a_minimum_at_a_kink_that_is_met() -> None:
    result = exprgrad.compile("abs(x - 1) + 0*a").minimize("x", x=3, a=1)
    assert result["x"] == 1.0 and math.isnan(result.derivative("c", "a"))
    assert any("abs has a kink at 0" in note.message for note in result.notes)


@pytest.mark.parametrize(
    ("text", "x", "a"),
    [
        ("abs(x - a) + 0.1*x^2", 1.3, 1.3),
        ("abs(x - a) - 0.1*x^2", 1.3, 1.3),
        ("max(a - x, 2*(x - a)) + exp(x/9)", 0.7, 0.7),
        ("sum(abs([1, 2, 4]*x - [2, 2, 9]*a))", 2.25, 1),
        ("relu(x - a)*3 - 0.5*x", 1.3, 1.3),
    ],
)
def test_a_minimum_at_a_kink(text: str, x: float, a: float) -> None:
    result = exprgrad.compile(text).minimize("x", x=0.1, a=a)
    assert result["x"] == x and "a minimum at a kink: beside it c is larger" in str(result.notes)
    # It moves with a, and derivatives at the kink do not tell so.
    assert math.isnan(result.derivative("x", "a")) and math.isnan(result.derivative("c", "a"))
    assert exprgrad.compile(f"c = -({text})").maximize("x", x=0.1, a=a)["x"] == x


def test_a_minimum_at_a_jump() -> None:
    result = exprgrad.compile("(x - 1)^2 + (3 if x < 1 else 0)").minimize("x", x=3)
    assert result["x"] == 1.0 and "a minimum at a jump" in str(result.notes)


@pytest.mark.parametrize("text", ["x^3", "-x^5", "x^3 + 1", "step(x) + x^2", "x^7"])
def test_what_falls_on_is_no_minimum(text: str) -> None:
    with pytest.raises(UnsolvedError, match="no minimum of c was found"):
        exprgrad.compile(text).minimize("x", x=0.1)


@pytest.mark.parametrize("text", ["x^2 + 0*y", "(x*y - 3)^2", "(x + y - 3)^2", "(x - 2*y)^2 + 5", "cosh(x + y)"])
def test_a_minimum_along_what_moves_it(text: str) -> None:
    result = exprgrad.compile(text).minimize(["x", "y"], x=1.5, y=2)
    assert result["c"] == pytest.approx(5.0 if text.endswith("5") else float(text.startswith("cosh")), abs=1e-30)
    (note,) = result.notes
    assert "the Hessian is not positive definite there" in note.message
    assert note.hint is not None and "hardly moves" in note.hint


def test_a_region_without_values_is_left() -> None:
    result = exprgrad.compile("x - log(x)").minimize("x", x=0.01)
    assert result["x"] == 1.0
    assert exprgrad.compile("x - sqrt(x) + 1/x if x > 0 else nan").minimize("x", x=3)["x"] == pytest.approx(
        1.3, abs=0.1
    )


@pytest.mark.parametrize("text", ["x^4", "(x - 1)^4 + 1", "x^6 + 2"])
def test_where_second_derivatives_do_not_decide(text: str) -> None:
    result = exprgrad.compile(text).minimize("x", x=3)
    assert result["x"] == float(text.startswith("("))
    assert "the Hessian is not positive definite there, eigenvalues 0" in result.notes[0].message


f = exprgrad.compile("a*x^2 + b")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: f.minimize("z", x=1, a=1, b=1), "no input z to be minimized over"),
        (lambda: f.maximize("z", x=1, a=1, b=1), "no input z to be maximized over"),
        (lambda: f.minimize([], x=1, a=1, b=1), "there is nothing to be minimized over"),
        (lambda: f.minimize("x", a=1, b=1), "no value for x to start from"),
        (lambda: f.minimize("x", x=1, a=1), "no value for b"),
        (lambda: f.minimize("x", x=math.nan, a=1, b=1), "the start of x is not finite"),
        (
            lambda: exprgrad.compile("u = x; v = x^2").minimize("x", x=1),
            'one result is minimized, the program has u and v\n  name that one first, as in fetch_names="u"; the oth',
        ),
        (
            lambda: exprgrad.compile("u = x; v = x^2", fetch_names=["x"]).minimize("x", x=1),
            "one result is minimized, the program has u and v",
        ),
        (
            lambda: exprgrad.compile("x").minimize("x", x=1),
            "no result beside x\n  write what is minimized, as in x\\^2",
        ),
        (lambda: exprgrad.compile("[x, 2*x]").minimize("x", x=1), "a number is minimized, c has 2 elements"),
        (
            lambda: exprgrad.compile("a*tau").minimize(["a", "tau"], a=1),
            r"tau is a constant here(.|\n)*override=\['tau'\]",
        ),
        (lambda: exprgrad.compile("x^2", max_order=2).minimize("x", x=1), "derivatives above the first order"),
    ],
)
def test_what_is_wrong_is_told(call: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message) as caught:
        call()
    assert not isinstance(caught.value, UnsolvedError)


@pytest.mark.parametrize(
    ("fetched", "names"),
    [
        (["s"], ["a", "s"]),
        (["s", "y"], ["a", "s", "y"]),
        (["a", "s"], ["a", "s"]),
        (["y", "a", "s", "u"], ["y", "a", "s", "u"]),
    ],
)
def test_the_first_that_is_fetched_is_minimized_and_all_are_shown(fetched: list[str], names: list[str]) -> None:
    text = "u = a - 3*b; s = u^2 + b; y = (2*a - 4)^2" if fetched[0] != "y" else "u = a - 3*b; s = u^2 + b; y = s"
    result = exprgrad.compile(text, fetch_names=fetched).minimize("a", a=1, b=2)
    assert list(result) == names
    known = {"a": (6.0, 3.0), "s": (2.0, 1.0), "y": (64.0, 96.0) if fetched[0] != "y" else (2.0, 1.0), "u": (0.0, 0.0)}
    for name in names:
        assert (result[name], result.derivative(name, "b")) == known[name]


def test_an_unknown_alone_is_shown() -> None:
    f = exprgrad.compile("(a - 3)^2", fetch_names=["a"])
    assert f.minimize("a", a=1).values == {"a": 3.0}
    assert exprgrad.compile("a; -(a - 3)^2").maximize("a", a=1)["a"] == 3.0


# -- over rows ------------------------------------------------------------------------------------------------------

T = np.arange(40) / 8
Y = np.round(3 * np.exp(-0.7 * T) + np.sin(np.arange(40) ** 2) / 20, 4)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.csv").write_text("t,y\n" + "".join(f"{t},{y}\n" for t, y in zip(T, Y, strict=True)))
    return tmp_path


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("engine", ["rounded", "numpy"])
def test_a_fit_over_a_file(how: str, engine: str, data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["c = (a*exp(-k*t) - y)^2", "--rows-from", "d.csv", "--reduce-rows", how, "--row-engine", engine]
    assert run([*words, "--minimize-over", "a,k", "--a", "1", "--k", "1", "-f", "values", "-q"]) == 0
    a, k, value = map(float, capfd.readouterr().out.split())
    fitted, _ = optimize.curve_fit(lambda t, a, k: a * np.exp(-k * t), T, Y, p0=(1, 1), ftol=1e-15, xtol=1e-15)
    assert (a, k) == pytest.approx(tuple(fitted), rel=1e-7)
    loss = (a * np.exp(-k * T) - Y) ** 2
    assert value == pytest.approx(loss.sum() if how == "sum" else loss.mean(), rel=1e-12)
    # Whatever it starts from, and that it is a minimum is what an evaluation there says.
    assert run([*words, "--minimize-over", "k,a", "--a", "4", "--k", "0.5", "-f", "values", "-q"]) == 0
    assert list(map(float, capfd.readouterr().out.split()))[:2] == pytest.approx([k, a], rel=1e-14)


def test_what_follows_from_a_fit(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["s = (a*t + b - f*y)^2; m = a*t; w = a*b", "--rows-from", "d.csv", "--reduce-rows", "mean"]
    asked = [
        "--minimize-over",
        "a,b",
        "--a",
        "1",
        "--b",
        "0",
        "--f",
        "2",
        "--fetch-names",
        "s,m,w",
        "-f",
        "values",
        "-q",
    ]
    assert run([*words, *asked]) == 0
    a, a_by_f, b, b_by_f, _, _, m, m_by_f, w, w_by_f = map(float, capfd.readouterr().out.split())
    assert (m, w) == pytest.approx((a * T.mean(), a * b), rel=1e-14)
    assert (m_by_f, w_by_f) == pytest.approx((a_by_f * T.mean(), a_by_f * b + a * b_by_f), rel=1e-12)


def test_what_moves_with_a_fit(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [
        "c = (a*t + b - s*y)^2",
        "--rows-from",
        "d.csv",
        "--reduce-rows",
        "sum",
        "--s",
        "2",
        "--a",
        "1",
        "--b",
        "0",
    ]
    assert run([*words, "--minimize-over", "a,b", "-f", "values", "-q"]) == 0
    a, a_by_s, b, b_by_s, *_ = map(float, capfd.readouterr().out.split())
    # A linear fit is as many times as large as what is fitted.
    assert (a_by_s, b_by_s) == pytest.approx((a / 2, b / 2), rel=1e-12)
    assert (a, b) == pytest.approx(tuple(2 * np.polyfit(T, Y, 1)), rel=1e-12)


def test_a_fit_of_what_the_data_do_not_tell_apart(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["(a*b*t - y)^2", "--rows-from", "d.csv", "--reduce-rows", "sum", "--minimize-over", "a,b"]
    assert run([*words, "--a", "1", "--b", "1", "--max-order", "0"]) == 0
    found = capfd.readouterr()
    a, b = (float(line.split()[-1]) for line in found.out.splitlines()[:2])
    assert a * b == pytest.approx((T @ Y) / (T @ T), rel=1e-9)
    assert "a minimum along what moves c: in some directions that hardly moves" in found.err


def test_a_fit_to_a_function(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["(a*t + b - exp(t))^2", "--sweep-over", "t=0:1/11", "--reduce-rows", "mean", "--minimize-over", "a,b"]
    assert run([*words, "--a", "0", "--b", "0", "--row-engine", "rounded", "-f", "table"]) == 0
    t = np.linspace(0, 1, 11)
    found = capfd.readouterr().out.split()
    a, b = (float(found[found.index(name) + 1]) for name in "ab")
    assert (a, b) == pytest.approx(tuple(np.polyfit(t, np.exp(t), 1)), rel=1e-13)


def test_every_view_of_what_is_found() -> None:
    pytest.importorskip("polars")
    result = exprgrad.compile("(x - a)^2 + a").minimize("x", x=1, a=3)
    assert result.to_polars().columns == ["a", "x", "dx_da", "c", "dc_da"] and "dx/d" in str(result)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (
            "a*t --rows-from d.csv --minimize-over a --a 1",
            2,
            "which have a value each\n  add --reduce-rows sum or mean",
        ),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over a --a 1", 1, "no minimum of c was found"),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over a", 2, "no value for a to start from"),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over t --a 1", 2, "no value for t to start from"),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over z --a 1", 2, "no input z to be minimized over"),
        ("a*t;d=y --rows-from d.csv --reduce-rows sum --minimize-over a --a 1", 2, "the program has c and d"),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over a --a 1 --wrt t", 2, "t is a column"),
        ("a*t --rows-from d.csv --reduce-rows sum --minimize-over a --a [1,2]", 2, "shape"),
        ("a*t --rows-from d.csv --reduce-rows sum --solve-for a --a 1", 2, "which solves each row by itself"),
        ("a*q --rows-from d.csv --reduce-rows sum --minimize-over a --a 1", 65, "no column q"),
        ("a*t --rows-from no.csv --reduce-rows sum --minimize-over a --a 1", 66, "cannot read no.csv"),
    ],
)
def test_what_is_wrong_with_rows_is_told(
    words: str, code: int, message: str, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(words.split()) == code
    assert message in capfd.readouterr().err
