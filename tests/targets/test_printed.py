"""What is printed, to the byte, of a product, a branch and a loop."""

from __future__ import annotations

import builtins
import keyword
import re
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.targets import TARGETS, target_named
from tests.targets.run import python

GOLDEN = Path(__file__).parent / "golden"
PROGRAMS = {
    "product": "c = a*b",
    "branch": "u = a*b\nc = abs(u) if a > 0 else log(u)*b",
    "loop": "y = a; for k in 0..3 { y = sin(y)*x + y }",
    "newton": "z = x; while abs(z*z - x) > 1e-9 { z = (z + x/z)/2 }; c = z",
    "special": "c = sinc(x) + xlogy(x, y)",
}


# SQL is held by test_sql.py.
ENDINGS = {
    "python": ".txt",
    "c": ".c",
    "javascript": ".js",
    **{name: f".{name}.txt" for name in ("numpy", "jax", "torch", "onnx")},
}
# What the docs show, and what marks it there.
SHOWN = {"python": "python", "c": "c", "javascript": "javascript", "numpy": "python", "onnx": "text"}


@pytest.mark.parametrize("language", ENDINGS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_golden(name: str, language: str, accept: bool) -> None:
    """`python -m pytest tests/targets --accept` takes what is printed now."""
    path = GOLDEN / f"{name}{ENDINGS[language]}"
    f = exprgrad.compile(PROGRAMS[name])
    if name == "newton" and not hasattr(target_named(language), "open_while"):
        with pytest.raises(exprgrad.UnsupportedError, match="how often this loop runs depends on the inputs"):
            f.source(language)
        return
    found = f.source(language)
    if accept:
        path.write_text(found, encoding="utf-8", newline="\n")
    else:
        assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["divide", "sin", "sinc", "c", "x", "t1", "dc_dx", "sinc_of"])
def test_a_function_s_name_hides_nothing(name: str) -> None:
    function = exprgrad.compile("c = sinc(x)/x + sin(x)*sinc(x)")
    space: dict[str, Any] = {}
    exec(function.source(name=name), space)
    assert space[name](x=0.5)["c"] == pytest.approx(function(x=0.5)["c"], rel=1e-15)


@pytest.mark.parametrize("name", ["class", "float", "math", "abs", "range", "None", "max", "round", "ValueError"])
def test_a_function_is_not_called_by_a_reserved_word(name: str) -> None:
    for language in ("python", "numpy", "jax", "torch"):
        if name in keyword.kwlist or hasattr(builtins, name) or language == "python":
            with pytest.raises(exprgrad.UsageError, match=f"{name} is a word of {language}, no name for a function"):
                exprgrad.compile("c = x").source(language, name=name)


@pytest.mark.parametrize("language", SHOWN)
def test_the_docs_show_it(language: str) -> None:
    page = GOLDEN.parents[2] / "docs" / "command-line.md"
    text = (GOLDEN / f"product{ENDINGS[language]}").read_text(encoding="utf-8")
    assert f"```{SHOWN[language]}\n{text}```\n" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("language", ENDINGS)
def test_the_command(language: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    expected = (GOLDEN / f"product{ENDINGS[language]}").read_text(encoding="utf-8")
    assert run(["c = a*b", "-f", language]) == 0
    assert capfd.readouterr() == (expected, "")
    for ending in TARGETS[language].endings:
        file = tmp_path / f"f{ending}"
        assert run(["c = a*b", "-o", str(file)]) == 0
        form = TARGETS[language].forms.get(ending)
        options = {} if form is None else {"form": form}
        assert file.read_bytes() == exprgrad.compile("c = a*b").encoded(language, **options)
    assert run(["c = a*b", "--a", "3", "-f", language]) == 0
    assert capfd.readouterr() == (exprgrad.compile("c = a*b").source(language, values={"a": 3}), "")


@pytest.mark.parametrize("language", TARGETS)
def test_each_language_is_stored(language: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if language == "onnx":
        pytest.importorskip("onnx")
    file = tmp_path / "f.txt"
    assert run(["c = a*b", "-f", language, "-o", str(file)]) == 0, capfd.readouterr().err
    assert file.read_bytes() == exprgrad.compile("c = a*b").encoded(language)


@pytest.mark.parametrize("ending", [ending for language in TARGETS.values() for ending in language.endings])
def test_each_ending_is_stored(ending: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if ending == ".onnx":
        pytest.importorskip("onnx")
    file = tmp_path / f"f{ending}"
    assert run(["c = a*b", "-o", str(file)]) == 0, capfd.readouterr().err
    assert file.stat().st_size > 100


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a", "-f", "tex"], "did you mean latex?"),
        (["a", "-f", "js"], "did you mean javascript?"),
        (["a", "-f", "cpp"], "did you mean c?"),
        (["a", "-f", "c", "--function-name", "2f"], "call it f, say"),
        (["x[0] + x[1]", "-f", "javascript"], "the inputs of what is written down are numbers"),
        (["A@x", "-f", "javascript"], "the inputs of what is written down are numbers"),
        (["f(n) = 1 if n < 1 else f(n - 1); f(x)", "-f", "python"], "what is written down need a loop instead"),
        (["a", "-f", "sql", "--sql-table", '"my table"'], "leave them out, as in my table"),
        (["a", "-f", "sql", "--argument-order", "a"], "a query has no arguments"),
        (["a", "-f", "formula", "--argument-order", "a"], "is about a function that is written down"),
    ],
)
def test_what_cannot_be_written_says_what_can(
    words: list[str], message: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(words) in (1, 2)
    assert message in capfd.readouterr().err


@pytest.mark.parametrize("language", ENDINGS)
def test_the_order_of_arguments(language: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Those that are named come first; numbers and the order of derivatives stay what they were."""
    f = exprgrad.compile("c = x - 2*y + 3*a")
    text = f.source(language, argument_order=["a", "y"])
    assert re.search(
        r"\ba\b.*\by\b.*\bx\b", next(line for line in text.splitlines() if re.search(r"\bf ?\(.*\ba\b", line))
    )
    assert run([f.text, "-f", language, "--argument-order", "a,y"]) == 0
    assert capfd.readouterr().out == text
    if language == "python":
        assert [*python(text)(3, 2, 1).items()] == [("c", 6.0), ("dc_dx", 1.0), ("dc_dy", -2.0), ("dc_da", 3.0)]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (["z"], "the order of arguments names z, which is no input"),
        (["x", "x"], "the order of arguments has x twice"),
        (["a"], "a has a value once and for all, so it is no argument"),
    ],
)
def test_what_is_no_order_of_arguments(order: list[str], message: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message):
        exprgrad.compile("x + y + a").source(argument_order=order, values={"a": 1})


def test_an_option_of_a_language_that_has_none() -> None:
    with pytest.raises(exprgrad.UsageError, match="unknown option of python: 'dialect'") as caught:
        exprgrad.compile("a").source("python", dialect="duckdb")
    assert "there is none: leave it out" in str(caught.value)
