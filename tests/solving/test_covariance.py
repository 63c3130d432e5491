"""Standard errors of fits: against SciPy's, certified ones, and what theory says of them."""

from __future__ import annotations

import json
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import exprgrad
from exprgrad.cli import run
from exprgrad.diagnostics import ExprError

T = np.arange(40) / 8
NOISE = np.sin(np.arange(40) ** 2)
U = 0.05 + (np.arange(40) % 3) / 50
Y = np.round(3 * np.exp(-0.7 * T) + U * NOISE, 4)
DATA = {"t": T.tolist(), "y": Y.tolist(), "u": U.tolist()}
LINEAR = "sum(((a + b*t + g*t^2 - y)/u)^2)"


def line(t: Any, a: float, b: float, g: float) -> Any:
    return a + b * t + g * t**2


def decay(t: Any, a: float, k: float) -> Any:
    return a * np.exp(-k * t)


def slopes(t: Any, a: float, k: float) -> Any:
    return np.stack([np.exp(-k * t), -a * t * np.exp(-k * t)], axis=1)


# By differences SciPy finds five digits.
EXACT: dict[str, Any] = {"jac": slopes, "xtol": 1e-14, "ftol": 1e-14}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{t},{y},{u}\n" for t, y, u in zip(T, Y, U, strict=True))
    (tmp_path / "d.csv").write_text(f"t,y,u\n{rows}")
    return tmp_path


@pytest.mark.parametrize(("way", "absolute"), [("scaled", False), ("absolute", True)])
def test_of_a_linear_model_it_is_scipys_covariance(way: str, absolute: bool) -> None:
    count = len(T) if way == "scaled" else None
    f = exprgrad.compile(LINEAR)
    fit = f.minimize(["a", "b", "g"], standard_errors=way, residuals=count, a=1, b=0, g=0, **DATA)
    assert isinstance(fit, exprgrad.Fit)
    found, covariance = optimize.curve_fit(line, T, Y, sigma=U, absolute_sigma=absolute)
    assert [fit[name] for name in "abg"] == pytest.approx(found.tolist(), rel=1e-6)
    assert fit.covariance == pytest.approx(covariance, rel=1e-6)
    assert [fit.standard_errors[name] for name in "abg"] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-6)


@pytest.mark.parametrize(("way", "absolute"), [("scaled", False), ("absolute", True)])
@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("engine", ["rounded", "numpy"])
def test_over_rows(
    way: str, absolute: bool, how: str, engine: str, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["c = ((a*exp(-k*t) - y)/u)^2", "--rows-from", "d.csv", "--reduce-rows", how, "--row-engine", engine]
    asked = ["--minimize-over", "a,k", "--a", "1", "--k", "1", "--standard-errors", way, "-f", "values", "-q"]
    assert run([*words, *asked]) == 0
    a, a_error, k, k_error, _ = map(float, capfd.readouterr().out.split())
    _, covariance = optimize.curve_fit(decay, T, Y, p0=(1, 1), sigma=U, absolute_sigma=absolute, **EXACT)
    assert (a_error, k_error) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-6)
    # With the columns as vectors it is the same.
    f = exprgrad.compile(f"{how}(((a*exp(-k*t) - y)/u)^2)")
    fit = f.minimize(["a", "k"], standard_errors=way, a=1, k=1, **DATA)
    assert isinstance(fit, exprgrad.Fit)
    assert (a, k) == pytest.approx((fit["a"], fit["k"]), rel=1e-12)
    assert (a_error, k_error) == pytest.approx((fit.standard_errors["a"], fit.standard_errors["k"]), rel=1e-9)


def errors(text: str, data: dict[str, Any], way: str, *options: str, **start: float) -> list[float]:
    """The standard errors over rows of such columns."""
    pytest.importorskip("polars").DataFrame(data).write_csv("e.csv")
    words = [text, "--rows-from", "e.csv", "--reduce-rows", "sum", "--minimize-over", ",".join(start), *options]
    words += [word for name, x in start.items() for word in (f"--{name}", repr(x))]
    assert (
        run(
            [
                *words,
                "--standard-errors",
                way,
                "--fetch-names",
                "c," + ",".join(start),
                "-f",
                "json",
                "-q",
                "-o",
                "e.json",
            ]
        )
        == 0
    )
    results = json.loads(Path("e.json").read_text())["results"]
    return [x["standard_error"] for x in results if "standard_error" in x]


SQUARES = {
    "(m - y)^2": 1.0,
    "(m - y)*(m - y)": 1.0,
    "r^2": 1.0,
    "z": 1.0,
    "(m - y)^2/u^2": U,
    "4*(r/u)^2/2^2": U,
    "w*r^2": U,
    "z*w if t > 1 else w*(y - m)^2": U,
    "r^2 if t < 1 else r^2/u^2": np.where(T < 1, 1.0, U),
}


@pytest.mark.parametrize(("way", "absolute"), [("scaled", False), ("absolute", True)])
@pytest.mark.parametrize("engine", ["rounded", "numpy"])
@pytest.mark.parametrize("text", SQUARES)
def test_large_residuals_count_as_for_scipy(text: str, engine: str, way: str, absolute: bool, data: Path) -> None:
    y = Y + 0.8 * NOISE  # by which the whole Hessian gives errors that differ by a hundredth and more
    sigma = SQUARES[text] * np.ones(len(T))
    program = f"m = a*exp(-k*t); r = m - y; z = r^2; w = 1/u^2; c = {text}"
    columns = {"t": T, "y": y, "u": U}
    found = errors(program, columns, way, "--row-engine", engine, a=3.0, k=0.7)
    _, covariance = optimize.curve_fit(decay, T, y, p0=(3, 0.7), sigma=sigma, absolute_sigma=absolute, **EXACT)
    assert found == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-6)


VECTORS = [
    "sum(((a*exp(-k*t) - y)/u)^2)",
    "mean(((a*exp(-k*t) - y)/u)^2)",
    "sum((a*exp(-k*t) - y)^2/u^2)",
    "w = 1/u^2; sum(w*(a*exp(-k*t) - y)^2)",
    "r = (a*exp(-k*t) - y)/u; s = sum(r*r); 2*s/2",
    "r = (a*exp(-k*t) - y)/u; norm(r)^2",
    "r = (a*exp(-k*t) - y)/u; norm(r)*norm(r)",
    "r = (a*exp(-k*t) - y)/u; dot(r, r)",
    "r = (a*exp(-k*t) - y)/u; r @ r",
    "r = (a*exp(-k*t) - y)/u; sum(r[1:]^2) + r[0]^2",
]


@pytest.mark.parametrize(("way", "absolute"), [("scaled", False), ("absolute", True)])
@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize("text", VECTORS)
def test_squares_of_vectors_are_seen(text: str, way: str, absolute: bool, mode: Any) -> None:
    random = np.random.default_rng(VECTORS.index(text))
    sigma = random.uniform(0.5, 1.5, len(T))
    y = decay(T, 5, 0.5) + sigma * random.normal(size=len(T))
    f = exprgrad.compile(text, mode=mode)
    fit = f.minimize(["a", "k"], standard_errors=way, a=5, k=0.4, t=T, y=y, u=sigma)
    _, covariance = optimize.curve_fit(decay, T, y, p0=(5, 0.4), sigma=sigma, absolute_sigma=absolute, **EXACT)
    assert isinstance(fit, exprgrad.Fit)
    assert fit.covariance == pytest.approx(covariance, rel=1e-5)
    assert not any(["written as squares" in note.message for note in fit.notes])


def test_a_square_of_one_number_counts_once_for_each_weight() -> None:
    fit = exprgrad.compile("sum(w*(a - 2)^2)").minimize("a", standard_errors="absolute", a=0, w=[1, 2, 6])
    assert isinstance(fit, exprgrad.Fit) and fit.standard_errors["a"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "text",
    [
        "sum((a - y)^2) + 1",
        "sum((a - y)^4)",
        "sum(2*(a - y)^2 - (a - y)^2)",
        "sum([2, -1]*(a - y)^2)",
        "s = sum((a - y)^2); if a > 0 { s = 2*s }; s",
        "sum(u) = u @ u; sum(a - y)",
    ],
)
def test_what_is_not_seen_is_told(text: str) -> None:
    fit = exprgrad.compile(text).minimize("a", standard_errors="absolute", a=4, y=[1, 3])
    assert any(["is not written as squares of residuals" in note.message for note in fit.notes])


@pytest.mark.parametrize(
    "text", ["(a*exp(-k*t) - y)^2 + (a - u)^2", "log(1 + (a*exp(-k*t) - y)^2/u)", "k*(a*exp(-k*t) - y)^2/u^2 + a^2"]
)
def test_what_is_not_seen_to_be_a_square_has_the_whole_hessian(text: str, data: Path) -> None:
    found = errors(f"c = {text}", DATA, "absolute", a=3.0, k=0.7)
    fit = exprgrad.compile(f"sum({text})").minimize(["a", "k"], standard_errors="absolute", a=3, k=0.7, **DATA)
    assert isinstance(fit, exprgrad.Fit)
    assert found == pytest.approx([fit.standard_errors["a"], fit.standard_errors["k"]], rel=1e-9)


@pytest.mark.parametrize("way", ["scaled", "absolute"])
def test_a_row_below_0_is_no_square(way: str, data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["w*(a - y)^2", "--sweep-over", "w=-1,2,5", "--reduce-rows", "sum", "--minimize-over", "a", "--y", "2"]
    assert run([*words, "--a", "2.5", "--standard-errors", way, "--max-order", "0"]) == 0
    words[0] = "w*(a - y*w)^2"
    assert run([*words, "--a", "1", "--standard-errors", way, "--max-order", "0"]) == 2
    assert "in a row, and no sum of squares" in capfd.readouterr().err


def test_where_no_residual_is_left_it_is_the_hessian(data: Path) -> None:
    exact = {"t": T, "y": 0.5 * T}
    assert errors("c = (a*t - y)^2", exact, "absolute", a=1.0) == pytest.approx([1 / math.sqrt(T @ T)], rel=1e-12)


def test_a_certified_fit(data: Path) -> None:
    """Misra1a of NIST's data for nonlinear regression. Its certified errors are those of the linearized model."""
    y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40, 75.47, 81.78]
    x = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
    f = exprgrad.compile("sum((b1*(1 - exp(-b2*x)) - y)^2)")
    fit = f.minimize(["b1", "b2"], standard_errors="scaled", residuals=14, b1=250, b2=5e-4, x=x, y=y)
    assert (fit["b1"], fit["b2"]) == pytest.approx((2.3894212918e2, 5.5015643181e-4), rel=1e-9)
    assert fit["c"] == pytest.approx(1.2455138894e-1, rel=1e-9)
    certified = 2.7070075241, 7.2668688436e-6
    assert (fit.standard_errors["b1"], fit.standard_errors["b2"]) == pytest.approx(certified, rel=2e-3)
    found = errors("c = (b1*(1 - exp(-b2*x)) - y)^2", {"x": x, "y": y}, "scaled", b1=250.0, b2=5e-4)
    assert found == pytest.approx(certified, rel=1e-9)


def test_of_a_likelihood(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A normal sample: the mean is known to s/sqrt(n), the standard deviation to s/sqrt(2n)."""
    n, mean, s = len(Y), float(Y.mean()), float(Y.std())
    text = "((y - m)/s)^2/2 + log(s)"
    for program, how, option in ((text, "sum", "minimize"), (f"-({text})", "mean", "maximize")):
        words = [f"c = {program}", "--rows-from", "d.csv", "--reduce-rows", how, f"--{option}-over", "m,s"]
        assert run([*words, "--m", "1", "--s", "1", "--standard-errors", "likelihood", "-f", "values", "-q"]) == 0
        found = list(map(float, capfd.readouterr().out.split()))[:4]
        assert found == pytest.approx([mean, s / math.sqrt(n), s, s / math.sqrt(2 * n)], rel=1e-9)


def test_of_a_likelihood_that_is_maximized() -> None:
    text = "-((x - 3)^2 + 2*(x - 3)*y + 5*y^2)"
    fit = exprgrad.compile(text).maximize(["x", "y"], standard_errors="likelihood", x=0, y=1)
    same = exprgrad.compile(f"-({text})").minimize(["x", "y"], standard_errors="likelihood", x=0, y=1)
    assert isinstance(fit, exprgrad.Fit) and isinstance(same, exprgrad.Fit)
    assert fit.covariance.tolist() == same.covariance.tolist() == [[0.625, -0.125], [-0.125, 0.125]]


def test_rows_that_are_left_out_do_not_count(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["c = (a - y)^2", "--rows-from", "d.csv", "--reduce-rows", "sum", "--minimize-over", "a", "--a", "1"]
    with open("d.csv", "a") as file:
        file.write("1,,1\n2,x,1\n")
    asked = ["--standard-errors", "scaled", "--on-bad-row", "skip", "--fetch-names", "a", "-f", "values", "-q"]
    assert run([*words, *asked]) == 0
    _, error = map(float, capfd.readouterr().out.split())
    assert error == pytest.approx(Y.std(ddof=1) / math.sqrt(len(Y)), rel=1e-12)


def test_numbers_are_rounded_once() -> None:
    fit = exprgrad.compile("(x - 1)^2 + 3*(x - 1)*(y - 2) + 7*(y - 2)^2").minimize(
        ["x", "y"], standard_errors="absolute", x=0, y=0
    )
    # Half the Hessian is [[1, 3/2], [3/2, 7]].
    assert isinstance(fit, exprgrad.Fit)
    assert fit.covariance.tolist() == [[28 / 19, -6 / 19], [-6 / 19, 4 / 19]]


def test_of_arrays_each_element_has_one() -> None:
    f = exprgrad.compile("sum((A @ x - b)^2)")
    A = [[2.0, 1.0], [1.0, 3.0], [1.0, 1.0]]
    fit = f.minimize("x", standard_errors="absolute", x=[0, 0], A=A, b=[3, 4, 2])
    assert isinstance(fit, exprgrad.Fit)
    inverse = np.linalg.inv(np.transpose(A) @ np.array(A))
    assert fit.covariance == pytest.approx(inverse, rel=1e-12)
    assert fit.standard_errors["x"] == pytest.approx(np.sqrt(np.diag(inverse)), rel=1e-12)
    assert fit.to_dict()["results"][0]["standard_error"] == fit.standard_errors["x"].tolist()


@pytest.mark.parametrize(
    ("text", "names", "undetermined"),
    [
        ("sum((a*b*exp(-k*t) - y)^2)", "abk", "ab"),
        ("sum((a*exp(-k*t) - y)^2) + 0*b", "abk", "b"),
        ("sum((a*exp(k*(b - t)) - y)^2)", "abk", "ab"),
        ("sum((a*exp(-k*t) - y)^2)", "ak", ""),
        # A scale that differs by far does not make a parameter undetermined.
        ("sum((1e9*a*exp(-1e-9*k*t) - y)^2)", "ak", ""),
    ],
)
def test_what_is_not_determined_is_named(text: str, names: str, undetermined: str) -> None:
    start = {"a": 1e-9 if "1e9" in text else 1.5, "b": 1.0, "k": 0.7e9 if "1e9" in text else 0.7}
    start = {name: start[name] for name in names}
    data = {"t": DATA["t"], "y": DATA["y"]}
    fit = exprgrad.compile(text).minimize([*names], standard_errors="scaled", residuals=40, **start, **data)
    assert isinstance(fit, exprgrad.Fit)
    assert [name for name in names if fit.standard_errors[name] == math.inf] == [*undetermined]
    assert all([math.isfinite(fit.standard_errors[name]) for name in names if name not in undetermined])
    named = [note.message for note in fit.notes if "does not determine" in note.message]
    assert named == (
        [f"c does not determine {' and '.join(undetermined)}: the standard errors are infinite"] * bool(undetermined)
    )
    # What is determined is known as well as where the others are fixed. With a term that is no square it is the Hessian
    # that counts.
    known = exprgrad.compile(f"sum((a*exp(-k*t) - y)^2){' + 0' if text.endswith('0*b') else ''}").minimize(
        ["a", "k"],
        standard_errors="scaled",
        residuals=40 - len(undetermined[1:]) - (undetermined == "b"),
        a=3,
        k=0.7,
        **data,
    )
    assert isinstance(known, exprgrad.Fit)
    scale = 1e9 if "1e9" in text else 1.0
    assert fit.standard_errors["k"] == pytest.approx(known.standard_errors["k"] * scale, rel=1e-6)


@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize("engine", ["rounded", "numpy"])
def test_what_no_column_counts_for_is_no_sum(
    how: str, engine: str, data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "c = (u0*a*exp(-k*t) - y)^2 if kind != 'x' else 0; half = log(2)/k; v = [u0*a, 3]; s = k*t"
    Path("d.csv").write_text("t,y,kind\n" + "".join(f"{t},{y},z\n" for t, y in zip(T, Y, strict=True)))
    words = [text, "--rows-from", "d.csv", "--reduce-rows", how, "--row-engine", engine, "--minimize-over", "a,k"]
    words += ["--a", "1", "--k", "1", "--u0", "2", "--standard-errors", "scaled", "--fetch-names", "c,half,v,s"]
    assert run([*words, "-f", "json", "-q"]) == 0
    found = {x["name"]: x for x in json.loads(capfd.readouterr().out)["results"]}
    a, k, half, v, s = [found[name] for name in ("a", "k", "half", "v", "s")]
    assert half["value"] == pytest.approx(math.log(2) / k["value"], rel=1e-15)
    assert half["standard_error"] == pytest.approx(math.log(2) / k["value"] ** 2 * k["standard_error"], rel=1e-14)
    assert v["value"] == [2 * a["value"], 3.0]
    assert v["standard_error"] == [pytest.approx(2 * a["standard_error"], rel=1e-14), 0.0]
    # The product with the factor is determined, and stays where it is.
    assert half["derivatives"][0]["value"] == pytest.approx(0, abs=1e-9)
    assert v["derivatives"][0]["value"] == pytest.approx(0, abs=1e-9)
    # What a column counts for is summed, and has none.
    assert s["value"] == pytest.approx(k["value"] * (T.sum() if how == "sum" else T.mean()), rel=1e-12)
    assert "standard_error" not in s and "standard_error" not in found["c"]


@pytest.mark.parametrize("wrt", [[], ["y"]])
def test_of_what_follows_from_the_parameters(wrt: list[str]) -> None:
    """By the gradient and the covariance, of each element."""
    text = "c = sum((a*exp(-k*t) - y)^2); r = a/k; v = [[a*k, a + k], [a, 1]]; w = sin(a)*k"
    names = ["a", "k"]
    f = exprgrad.compile(text, wrt=wrt, fetch_names=["c", "r", "v", "w"])
    fit = f.minimize(names, standard_errors="scaled", residuals=40, a=1, k=1, t=DATA["t"], y=DATA["y"])
    assert isinstance(fit, exprgrad.Fit)
    a, k = fit["a"], fit["k"]
    slopes = {
        "r": np.array([1 / k, -a / k**2]),
        "v": np.array([[[k, a], [1, 1]], [[1, 0], [0, 0]]]),
        "w": np.array([math.cos(a) * k, math.sin(a)]),
    }
    for name, g in slopes.items():
        expected = np.sqrt(np.einsum("...i,ij,...j->...", g, fit.covariance, g))
        assert np.shape(fit.standard_errors[name]) == expected.shape
        assert fit.standard_errors[name] == pytest.approx(expected, rel=1e-12)
    assert list(fit.standard_errors) == ["a", "k", "r", "v", "w"]


def test_what_is_determined_of_what_is_not() -> None:
    """Neither factor is determined, but their product is, and is known as well as where it is one parameter."""
    text = "c = sum((a*b*exp(-k*t) - y)^2); p = a*b; s = a + b; half = log(2)/k; h = 7*p/k; one = 1"
    f = exprgrad.compile(text, fetch_names=["c", "p", "s", "half", "h", "one"], wrt=[])
    data = {"t": DATA["t"], "y": DATA["y"]}
    fit = f.minimize(["a", "b", "k"], standard_errors="absolute", a=1.5, b=2, k=0.7, **data)
    g = exprgrad.compile("c = sum((p*exp(-k*t) - y)^2); h = 7*p/k", fetch_names=["c", "h"], wrt=[])
    known = g.minimize(["p", "k"], standard_errors="absolute", p=3, k=0.7, **data)
    assert isinstance(fit, exprgrad.Fit) and isinstance(known, exprgrad.Fit)
    errors = fit.standard_errors
    assert errors["s"] == errors["a"] == errors["b"] == math.inf and errors["one"] == 0
    assert errors["p"] == pytest.approx(known.standard_errors["p"], rel=1e-6)
    assert errors["h"] == pytest.approx(known.standard_errors["h"], rel=1e-6)
    assert errors["half"] == pytest.approx(math.log(2) / fit["k"] ** 2 * errors["k"], rel=1e-12)


def test_at_a_kink_they_are_not_known() -> None:
    fit = exprgrad.compile("abs(x - 1) + x^2/10").minimize("x", standard_errors="absolute", x=3)
    assert isinstance(fit, exprgrad.Fit) and math.isnan(fit.standard_errors["x"])


def test_a_fit_is_a_result() -> None:
    f = exprgrad.compile("sum((a - y)^2)")
    fit = f.minimize("a", standard_errors="scaled", residuals=3, a=0, y=[1, 2, 6])
    assert isinstance(fit, exprgrad.Fit)
    copy = pickle.loads(pickle.dumps(fit))
    assert copy == fit and copy.covariance.tolist() == fit.covariance.tolist()
    assert fit.columns()["a_standard_error"] == fit.standard_errors["a"] == pytest.approx(math.sqrt(7 / 3))
    assert "standard error" in str(fit) and "standard error" in fit._repr_html_()
    assert not isinstance(f.minimize("a", a=0, y=[1, 2, 6]), exprgrad.Fit)
    hidden = exprgrad.compile("sum((a - y)^2)", fetch_names=["a"])
    assert list(hidden.minimize("a", standard_errors="absolute", a=0, y=[1, 2])) == ["a"]


f = exprgrad.compile("sum((a - y)^2)")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: f.minimize("a", standard_errors="scaled", a=1, y=[1]), "there are 1, and of para"),
        (
            lambda: exprgrad.compile("sum(cosh(a - y))").minimize("a", standard_errors="scaled", a=1, y=[1, 2]),
            "the standard errors need the number of resid",
        ),
        (
            lambda: f.minimize("a", standard_errors="scaled", residuals=1, a=1, y=[1]),
            "there are 1, and of para",
        ),
        (lambda: f.minimize("a", standard_errors="scaled", residuals=1.5, a=1, y=[1]), "is a whole number from 1 on"),
        (lambda: f.minimize("a", standard_errors=True, a=1, y=[1]), "no standard errors of the kind True"),
        (lambda: f.minimize("a", residuals=3, a=1, y=[1]), "residuals are counted for standard errors"),
        (
            lambda: exprgrad.compile("(a - 1)^2 - 1").minimize("a", standard_errors="scaled", residuals=3, a=0),
            "minimized is -1 there, and no sum of squares",
        ),
    ],
)
def test_what_is_wrong_is_told(call: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message):
        call()
