"""A name is the same in every normal form of Unicode, wherever it is given: composed, decomposed or compatible."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

import exprgrad
from exprgrad.cli import run

MODES = ["static", "dynamic"]
# Each in two forms. NFKC makes the first of the second.
FORMS = [
    ("é", "e\u0301"),
    ("ñandú", unicodedata.normalize("NFD", "ñandú")),
    ("μ", "\u00b5"),  # the Greek letter and the micro sign
    ("ab", "ａｂ"),
    ("pi_2", "pi_２"),
    ("Ω", "\u2126"),  # and the sign for ohm
]


def both(test: object) -> object:
    """Runs a test with a program in each of the forms, and what it is given in the other."""
    pairs = [pair for one, other in FORMS for pair in ((one, other), (other, one))]
    return pytest.mark.parametrize(("written", "given"), pairs, ids=ascii)(test)


@both
@pytest.mark.parametrize("mode", MODES)
def test_from_python(written: str, given: str, mode: str) -> None:
    f = exprgrad.compile(f"c = {written}*{given} + k", mode, wrt=[given], max_order=2)
    assert len(f.inputs) == 2
    assert exprgrad.compile(f"c = {written}*k", mode, wrt=given).task.wrt == f.task.wrt
    result = f.run({given: 3, "k": 1})
    assert result["c"] == 10
    assert result.derivative("c", written) == result.derivative("c", given) == 6
    assert result.derivative("c", written, given) == 2
    assert exprgrad.compile(f"{written} = 2*k", mode, fetch_names=[given])(k=2)[given] == 4
    along = exprgrad.compile(f"c = {written}^2", mode, along_direction={given: 2}).run({given: 3})
    assert along.along_direction("c") == 12
    weighted = exprgrad.compile(f"{written} = [k, 2*k]", mode, weight_by={given: [1, 10]})(k=1)
    assert weighted.derivative(given, "k") == 21


@both
def test_a_name_is_assigned_and_counted_under_one_form(written: str, given: str) -> None:
    text = (
        f"{written} = 1; for i in 0..3 {{ {given} = {written}*k }}; if k > 1 {{ {written} = {given} + 1 }}; c = {given}"
    )
    assert exprgrad.compile(text, max_order=0)(k=2)["c"] == 9
    assert exprgrad.compile(f"f({written}) = {given}^2; c = f(k)", max_order=0)(k=3)["c"] == 9
    assert exprgrad.compile(f"s = 0; for {written} in 0..4 {{ s = s + {given}*k }}; c = s", max_order=0)(k=2)["c"] == 12


@both
def test_on_the_command_line(
    written: str, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.json").write_text(json.dumps({given: 3}), encoding="utf-8")
    name = unicodedata.normalize("NFKC", written)
    expected = f"c = 6.0\nDerivative of c with respect to {name} = 2.0\n"
    ways = [[f"--{given}", "3"], [f"--{given}=3"], ["--var", f"{given}=3"], ["--values-from", "in.json"]]
    for way in ways:
        for more in ([], ["--wrt", given]):
            assert run([f"c = 2*{written}", *way, *more]) == 0
            assert capfd.readouterr().out == expected
    assert run([f"c = 2*{written}", f"--{given}", "3", "--along-direction", f"{given}=5", "-f", "values"]) == 0
    assert capfd.readouterr().out.split() == ["6.0", "10.0"]
    assert run([f"{written} = [k, 2*k]", "--k", "1", "--weight-by", f"{given}=[1, 10]", "-f", "values"]) == 0
    assert capfd.readouterr().out.split()[-1] == "21.0"
    assert run([f"{written} = 2*k; d = {written}", "--k", "1", "--fetch-names", given, "--max-order", "0"]) == 0
    assert capfd.readouterr().out == f"{name} = 2.0\n"


@both
@pytest.mark.parametrize(
    "words",
    [
        "c=2*{0} --{0} 3 --{1} 4",
        "c=2*{0} --{0} 3 --along-direction {0}=1,{1}=2",
        "{0}=[k,k] --k 3 --weight-by {0}=[1,2] --weight-by {1}=[2,1]",
        "c=2*{0} --rows-from in.csv --from-column {0}=a --from-column {1}=b",
    ],
)
def test_twice_in_two_forms_is_twice(words: str, written: str, given: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words.format(written, given).split()) == 2
    assert "twice" in capfd.readouterr().err


@both
def test_columns(
    written: str, given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text(f"{given},k\n3,1\n4,2\n", encoding="utf-8")
    assert run([f"c = {written}*k", "--rows-from", "in.csv", "--keep-columns", "none", "--wrt", "k"]) == 0
    assert capfd.readouterr().out == "c,dc_dk\n3.0,3.0\n8.0,4.0\n"
    assert run(["c = z*k", "--rows-from", "in.csv", "--from-column", f"z={written}", "--keep-columns", given]) == 0
    assert capfd.readouterr().out.splitlines()[1] == "3,3.0,1.0,3.0"
    options = ["--rows-from", "in.csv", "--from-column", f"{given}=k", "--keep-columns", "none", "--max-order", "0"]
    assert run([f"c = {written}*2", *options]) == 0
    assert capfd.readouterr().out == "c\n2.0\n4.0\n"
