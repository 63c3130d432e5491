"""What cannot be read: one file for each mistake, as in tests/syntax; and that no text ends in anything but an error.

`python -m pytest tests/notations/test_reading.py --accept` writes the errors as they are now; read the diff.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import lark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad import ExprError
from exprgrad.cli import run
from exprgrad.notations import NOTATIONS, translate
from exprgrad.syntax.grammar import OPTIONS
from exprgrad.syntax.parser import parse
from exprgrad.views import formula
from tests.notations.test_translations import TABLES

CASES = sorted((Path(__file__).parent / "errors").glob("*.txt"))
GRAMMARS = sorted(Path(exprgrad.notations.__file__).parent.glob("*.lark"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_error(case: Path, accept: bool) -> None:
    text, _, expected = case.read_text(encoding="utf-8").partition("\n---\n")
    with pytest.raises(ExprError) as caught:
        translate(text, case.stem.partition("_")[0])
    found = f"{type(caught.value).__name__}: {caught.value}\n"
    if accept:
        case.write_text(f"{text}\n---\n{found}", encoding="utf-8")
    else:
        assert found == expected


class _Conflicts(logging.Handler):
    """Keeps what lark says while it makes tables."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if "conflict" in record.getMessage():
            self.found.append(record.getMessage())


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda path: path.stem)
def test_the_grammars_have_no_conflicts_but_that_of_else(grammar: Path) -> None:
    level = lark.logger.level
    conflicts = _Conflicts()
    lark.logger.addHandler(conflicts)
    lark.logger.setLevel(logging.DEBUG)
    try:
        lark.Lark(grammar.read_text(encoding="utf-8"), **OPTIONS, debug=True)
    finally:
        lark.logger.setLevel(level)
        lark.logger.removeHandler(conflicts)
    # An else belongs to the nearest if.
    assert [found for found in conflicts.found if "terminal ELSE:" not in found] == []


DEEP = 10_000
NESTED = [
    ("spreadsheet", "(" * 100_000 + "x" + ")" * 100_000),
    *(
        (notation, "(" * DEEP + "x" + ")" * DEEP)
        for notation, reader in NOTATIONS.items()
        if reader not in ("python", "spreadsheet")
    ),
    ("latex", "-" * DEEP + "x"),
    ("latex", r"\sin" * 5_000 + " x"),
    ("latex", r"\frac{" * 5_000 + "x" + "}{2}" * 5_000),
    ("spreadsheet", "=" + "+".join(["A1"] * DEEP)),
    ("spreadsheet", "=AND(" + ",".join(["A1"] * 5_000) + ")"),
    ("c", "x ? 1 : " * 5_000 + "2"),
    ("c", "if (x) { " * 5_000 + "y = 1;" + "}" * 5_000 + "y"),
    ("matlab", "2^" * DEEP + "x"),
    ("mathematica", "2^" * DEEP + "x"),
    ("mathematica", "Sin[" * 5_000 + "x" + "]" * 5_000),
]


@pytest.mark.slow
@pytest.mark.parametrize(("notation", "text"), NESTED, ids=[f"{n}-{text[:6]}" for n, text in NESTED])
def test_depth(notation: str, text: str) -> None:
    assert translate(text, notation)


@pytest.mark.parametrize("text", ["(" * 100_000, "-" * 100_000 + "x", "+".join(["x"] * 100_000)])
def test_what_python_does_not_take_is_an_error(text: str) -> None:
    with pytest.raises(ExprError):
        translate(text, "python")


PIECES = sorted(
    {piece for table in TABLES.values() for text, _, _ in table for piece in (text, *text.split())}
    | {*"()[]{}|;:,.=<>!?&^_%'\"\\$#@~`+-*/ \n\t2x", "\0", "\ud800", "é", "π", "²", "½", "\u2028"}
)


@pytest.mark.parametrize("notation", NOTATIONS)
@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=8))
def test_any_text_is_translated_to_a_program_or_is_an_error(notation: str, pieces: list[str]) -> None:
    try:
        found = translate("".join(pieces), notation)
    except ExprError as problem:
        if not problem.hint:
            raise
        return
    assert formula.program(parse(found)) == found


@pytest.mark.parametrize("wrong", ["late", "", "exprgrad", None, 3])
def test_a_notation_that_there_is_not(wrong: Any) -> None:
    with pytest.raises(ExprError, match="notation"):
        translate("x", wrong)


# -- the command -----------------------------------------------------------------------------------------------------


def command(words: list[str], capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = run(words)
    written = capfd.readouterr()
    return code, written.out, written.err


def test_the_translation_is_shown_and_all_goes_on_as_usual(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "formula.tex"
    file.write_text("c = \\frac{a}{b}\n", encoding="utf-8")
    words = ["--from-notation", "latex", "--a", "1", "--b", "2", "--wrt", "a"]
    for expression in (r"c = \frac{a}{b}", f"@{file}"):
        code, out, err = command([expression, *words], capfd)
        assert (code, out) == (0, "c = 0.5\nDerivative of c with respect to a = 0.5\n")
        assert err == "exprgrad: note: read as c = a/b\n"
    assert command([r"c = \frac{a}{b}", *words, "-q"], capfd)[2] == ""
    assert command([r"c = \frac{a}{b}", *words, "--mode", "dynamic", "-f", "values"], capfd)[1] == "0.5\n0.5\n"


def test_help_names_the_variables_of_the_translation(capfd: pytest.CaptureFixture[str]) -> None:
    assert "--rate VALUE" in command([r"\mathrm{rate} x", "--from-notation", "latex", "--help"], capfd)[1]


def test_an_error_of_reading_points_into_what_was_pasted(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "formula.tex"
    file.write_text("a\n+ \\foo", encoding="utf-8")
    code, _, err = command([f"@{file}", "--from-notation", "latex"], capfd)
    assert code == 2
    assert err == (
        f"{file}:2:3: error: '\\foo' is not read\n  + \\foo\n    ^~~~\n  leave it out, or write it otherwise\n"
    )


def test_an_error_behind_the_translation_points_into_that(capfd: pytest.CaptureFixture[str]) -> None:
    code, _, err = command([r"\frac{1}{2} \max(x)^2 + \sinh(x, y)", "--from-notation", "latex"], capfd)
    assert code == 2
    note, *error = err.splitlines()
    assert note == "exprgrad: note: read as 1/2*max(x)**2 + sinh(x, y)"
    assert error[1:3] == ["  1/2*max(x)**2 + sinh(x, y)", "                  ^~~~~~~~~~"]


def test_a_note_on_a_number_points_into_the_translation(capfd: pytest.CaptureFixture[str]) -> None:
    _, _, err = command([r"\left|x\right|", "--x", "0", "--from-notation", "latex"], capfd)
    assert "read as abs(x)\n" in err and "  abs(x)\n  ^~~~~~\n" in err


@pytest.mark.parametrize(
    ("text", "notation"),
    [
        (r"\frac{a}{b}", "latex"),
        ("x^{2}", "latex"),
        ("=A1*B1^2", "spreadsheet"),
        ("IF(a>0,a*2,0)", "spreadsheet"),
        ("np.exp(x)", "python"),
        ("x += 1", "python"),
        ("Math.pow(x, 2)", "javascript"),
        ("x > 0 ? x : -x", "c"),
        ("x.^2", "matlab"),
        ("f[x_] := Sin[x]", "mathematica"),
    ],
)
def test_without_the_option_an_error_names_it(text: str, notation: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ExprError) as caught:
        exprgrad.compile(text)
    assert str(caught.value).endswith(f'notation="{notation}" reads it')
    exprgrad.compile(text, notation=notation)
    assert command([text], capfd)[2].endswith(f"--from-notation {notation} reads it\n")


@pytest.mark.parametrize("text", ["a*(b+*c)", "(a + b", "2x", r"\int_0^1 x", "=ROUND(x, 2)", "x = = 2", "a $ b"])
def test_an_error_of_no_notation_names_none(text: str) -> None:
    with pytest.raises(ExprError) as caught:
        exprgrad.compile(text)
    assert "notation" not in str(caught.value)


def test_values_have_no_notation(capfd: pytest.CaptureFixture[str]) -> None:
    err = command(["a", "--a", r"\frac{1}{2}"], capfd)[2]
    assert "write 1/2" in err and "notation" not in err


def test_nothing_of_notations_is_loaded_by_a_program_of_the_language() -> None:
    code = (
        "import sys\n"
        "from exprgrad.cli import run\n"
        "assert run(['a*b', '--a', '1', '--b', '2']) == 0\n"
        "loaded = {name for name in sys.modules if name.startswith('exprgrad.notations.')}\n"
        "assert {type(sys.modules[name]).__name__ for name in loaded} == {'_Lazy'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("value", ["6%", "-6%", " .7 %", "1.1e1%", "+5.%"])
def test_a_value_of_a_spreadsheet_may_be_a_percentage(value: str, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["--max-order", "0", "-f", "values"]
    plain = value.replace("%", "/100")
    expected = command(["B4", f"--B4={plain}", *words], capfd)[1]
    assert expected
    assert command(["=B4", f"--B4={value}", *words, "--from-notation", "spreadsheet"], capfd)[:2] == (0, expected)


def test_a_percentage_is_a_number_nowhere_else(capfd: pytest.CaptureFixture[str]) -> None:
    formula_of_text = '=IF(t="6%",1,2)'
    words = ["--t", "6%", "-f", "values", "--from-notation", "spreadsheet"]
    assert command([formula_of_text, *words], capfd)[:2] == (0, "1.0\n")
    for words in (["a"], ["a", "--from-notation", "python"]):
        assert command([*words, "--a", "6%"], capfd)[2].endswith("write 6/100\n")
    assert "write 6/100\n" in command(["a*(6%)", "--a", "1"], capfd)[2]
