"""Notations of other systems: what a message says to write is a program, and does what was meant."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad import ExprError
from exprgrad.arguments.table import OPTIONS
from exprgrad.cli import run
from exprgrad.compiled import constant_value
from exprgrad.diagnostics import suggest
from exprgrad.notations.elsewhere import CALLS, MISSING, NOTHING, SPREADSHEET
from exprgrad.ops.functions import FUNCTIONS
from exprgrad.ops.registry import REGISTRY

VALUES: dict[str, Any] = {"x": 0.7, "t": 0.3, "a": 1.5, "b": 2.0, "y": 0.4, "m": 3.0, "v": 2.5, "r": 1.25}


def value(text: str) -> Any:
    f = exprgrad.compile(text, max_order=0)
    result = f.run({name: VALUES[name] for name in f.inputs})
    found = result.outcomes[-1].value
    return found if isinstance(found, float) else found.tolist()


def problem(text: str) -> ExprError:
    with pytest.raises(ExprError) as caught:
        exprgrad.compile(text)
    return caught.value


def remedy(text: str) -> str:
    """The text with what the message says to write in place of what it is about."""
    error = problem(text)
    assert error.hint is not None and error.hint.startswith("write "), error.hint
    written = error.hint.removeprefix("write ").partition("; notation=")[0]
    whole = ("LaTeX", "begin with", "elementwise", "brackets and commas", "no module") if error.span is not None else ()
    if any(word in error.message for word in whole) and not text.startswith(("sum(", "max(", "y =")):
        return written
    assert error.span is not None
    if "elementwise" in error.message:
        return written
    return text[: error.span.start] + written + text[error.span.end :]


# A text, and what it means.
MEANT = [
    ("\\log_2(x)", "log2(x)"),
    ("\\log_{10} x + 1", "log10(x) + 1"),
    ("2\\log_2{x}", "2*log2(x)"),
    ("np.where(x>0,x,0)", "x"),
    ("np.maximum(np.sin(x), math.pi*x)", "max(sin(x), pi*x)"),
    ("numpy.linalg.norm([x, t])*std::cos(x)", "norm([x, t])*cos(x)"),
    ("scipy.special.erf(x)", "erf(x)"),
    ("dot(np.array([1, 2]), [x, x])", "3*x"),
    ("d²/dx² x³", "6*x"),
    ("det([1, 2; 3, 4])*x", "-2*x"),
    ("sum([1; 2]*x)", "3*x"),
    ("2 + if(x>0.5,x,0)", "2 + x"),
    ("sin x", "sin(x)"),
    ("1 + log10 x", "1 + log10(x)"),
    ("y mod x", "y % x"),
    ("3 + m div y", "3 + m // y"),
    ("x squared", "x^2"),
    ("1.5d-1*x", "0.15*x"),
    ("√(x+1)", "sqrt(x + 1)"),
    ("sum(concatenate([x], [y]))", "x + y"),
    ("range(3)*x", "arange(3)*x"),
    ("sin²(x)", "sin(x)^2"),
    ("1+cos³(x+1)", "1 + cos(x + 1)^3"),
    ("2*tanh¹²(x)", "2*tanh(x)^12"),
    ("sin⁻¹(x)", "asin(x)"),
    ("exp⁻¹(x)", "1/exp(x)"),
    ("sin² x", "sin(x)^2"),
    ("sin^2 x", "sin(x)^2"),
    ("1-cos^2 t", "1 - cos(t)^2"),
    ("sin**2(x)", "sin(x)^2"),
    ("sin^(2)(x)", "sin(x)^2"),
    ("sin^{2}(x)", "sin(x)^2"),
    ("sin^{-1}(x)", "asin(x)"),
    ("tan^-1(x)", "atan(x)"),
    ("cosh^-1(a)", "acosh(a)"),
    ("log^2(x+1)", "log(x + 1)^2"),
    ("f(s) = s + 1; f^2(x)", "(x + 1)^2"),
    ("log₂(x)", "log2(x)"),
    ("log₁₀(x)", "log10(x)"),
    ("log₃(x)", "log(x, 3)"),
    ("g(t) = sin(t); 2*g''(t)", "-2*sin(t)"),
    ("g(t) = sin(t); g′(t)", "cos(t)"),
    ("sin'(x)", "cos(x)"),
    ("d/dx x^2", "2*x"),
    ("d/dt (t^2)", "2*t"),
    ("d/dx sin(x)", "cos(x)"),
    ("d²/dx² x^3", "6*x"),
    ("d^2/dx^2 (x^3)", "6*x"),
    ("∂/∂x (x*y)", "y"),
    ("3*d/dx(x^2)", "6*x"),
    ("derivative(x^2, x)", "2*x"),
    ("D(x^2, x)", "2*x"),
    (r"\frac{a}{b}", "a/b"),
    (r"\frac{a+1}{\sqrt{b}}", "(a + 1)/sqrt(b)"),
    (r"\sqrt[3]{x}", "x^(1/3)"),
    (r"\sin x", "sin(x)"),
    (r"\sin^2 x + \cos^2 x", "1.0 + 0*x"),
    (r"\sin\left(x\right)", "sin(x)"),
    (r"a \cdot b", "a*b"),
    (r"2 \pi r", "2*pi*r"),
    (r"\frac{1}{2} m v^2", "m*v^2/2"),
    (r"a \times b", "a*b"),
    ("$x^{2}$", "x^2"),
    ("x^{2}", "x^2"),
    ("=a*b", "a*b"),
    ("= sin(x) + 1", "sin(x) + 1"),
    ("IF(a>0,a*2,0)", "2*a"),
    ("SUM(a,b)", "a + b"),
    ("AVERAGE(a,b)", "(a + b)/2"),
    ("2*PI()*a", "2*pi*a"),
    ("SQRT(x)", "sqrt(x)"),
    ("POWER(x,2)", "x^2"),
    ("LN(x)", "log(x)"),
    ("LOG10(x)", "log10(x)"),
    ("MAX(a,b)", "max(a, b)"),
    ("x.^2", "x^2"),
    ("y = x.^2", "x^2"),
    ("x.*y", "x*y"),
    ("x./y", "x/y"),
    ("sum(x*(1,2))", "3*x"),
    ("max(x, (1, 2))", "[1, 2]"),
    ("(1, 2, 3)", "[1, 2, 3]"),
    ("[1 2 3]", "[1, 2, 3]"),
    ("[1 2; 3 4]", "[[1, 2], [3, 4]]"),
    ("square(x+1)", "(x + 1)^2"),
    ("clamp(x,0,0.5)", "0.5"),
    ("arctg(x)", "atan(x)"),
    ("sind(x)", "sin(x*pi/180)"),
]


@pytest.mark.parametrize(("text", "meant"), MEANT)
def test_what_a_message_says_to_write_does_what_was_meant(text: str, meant: str) -> None:
    found, wanted = value(remedy(text)), value(meant)
    assert np.allclose(found, wanted, rtol=1e-12) and np.shape(found) == np.shape(wanted)


def test_a_derivative_at_a_number_is_a_function_of_its_own() -> None:
    hint = problem("f(x) = x^2; f'(3)").hint
    match = re.fullmatch(r"define (.*), and write (.*)", hint or "")
    assert match is not None
    assert value(f"f(x) = x^2; {match[1]}; {match[2]}") == 6.0


@pytest.mark.parametrize(("text", "meant"), [("(1,2,3)", [1, 2, 3]), ("1 2 3", [1, 2, 3]), ("1, 2", [1, 2])])
def test_values_are_vectors(text: str, meant: list[float]) -> None:
    with pytest.raises(ExprError) as caught:
        constant_value(text)
    assert constant_value((caught.value.hint or "").removeprefix("write "))[0].tolist() == meant


# Here nothing can be typed instead: the message says what there is.
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y'+1", "diff(y, x)"),
        ("A'*B", "A.T"),
        ("∫ x", "not part of the language"),
        ("∑ i", "loop"),
        (r"\int_0^1 x dx", "as text"),
        ("SUM(A1:B2)", "sum(v)"),
        ("eig(a)", "nothing here does that"),
        ("lim(x, 0)", "nothing here does that"),
        ("IF(a)", "where(x, y, z)"),
        (r"\sin", "LaTeX"),
        (r"x + \sqrt ", "LaTeX"),
        ("x.*", "write *"),
        ("(x.^2", "write ^"),
        ("2*(x y)", "write x*y for a product"),
        ("2 + if(x > 0)", "write x if condition else y"),
        ("2 + if(x > 0, x)", "write x if condition else y"),
        ("2 + if(x > 0, x, 0, 1)", "write x if condition else y"),
    ],
)
def test_what_has_no_remedy(text: str, said: str) -> None:
    assert said in str(problem(text))


# -- names -----------------------------------------------------------------------------------------------------------

KNOWN = {*REGISTRY.by_name, *FUNCTIONS, "where", "diff", "gradient"}


@pytest.mark.parametrize("name", [*CALLS, *SPREADSHEET])
def test_every_other_name_leads_to_what_there_is(name: str) -> None:
    assert name not in KNOWN
    calls = [f"{name}({', '.join(given)})" for given in ([], ["2"], ["a"], ["a", "x"], ["a", "x", "b"])]
    hints = [problem(call).hint or "" for call in calls]
    assert all(set(re.findall(r"\b([a-z]\w*)\(", hint)) <= KNOWN for hint in hints), hints
    assert any(map(compiles, hints)), hints


def compiles(hint: str) -> bool:
    try:
        exprgrad.compile(hint.removeprefix("write ").partition("; notation=")[0])
    except ExprError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(NOTHING))
def test_what_is_not_there_is_not_taken_for_something_else(name: str) -> None:
    assert name not in KNOWN
    assert "did you mean" not in (problem(f"{name}(a)").hint or "")


@pytest.mark.parametrize(
    "text", [*(f"{name}(a)" for name in sorted(MISSING)), "b if a is null else a", "a IS NOT NULL"]
)
def test_a_formula_sees_no_missing_number(text: str) -> None:
    assert problem(text).hint == "a row without a number has no result here: fill the cell before"


def is_slip(typed: str, meant: str) -> bool:
    """One letter changed, left out or too many, or two neighbours exchanged: tried one after the other."""
    letters = set(meant)
    changed = {typed[:i] + c + typed[i + 1 :] for i in range(len(typed)) for c in letters}
    more = {typed[:i] + c + typed[i:] for i in range(len(typed) + 1) for c in letters}
    fewer = {typed[:i] + typed[i + 1 :] for i in range(len(typed))}
    swapped = {typed[:i] + typed[i + 1] + typed[i] + typed[i + 2 :] for i in range(len(typed) - 1)}
    return meant in changed | more | fewer | swapped


@settings(max_examples=300, deadline=None)
@given(st.text("abcdeilmnoqrstx_", min_size=1, max_size=8), st.sampled_from(sorted(KNOWN)), st.randoms())
def test_a_suggestion_is_a_misspelling_away(noise: str, known: str, random: Any) -> None:
    at = random.randrange(len(known))
    slips = [known[:at] + known[at + 1 :], known[:at] + noise[0] + known[at + 1 :], known[:at] + known[at] + known[at:]]
    for typed in (noise, *slips):
        near = suggest(typed, KNOWN)
        assert near is None or typed.lower() == near.lower() or is_slip(typed, near)
    for typed in slips:
        if len(typed) > 2 and typed not in KNOWN and len(known) > 1:
            assert suggest(typed, KNOWN) is not None
    assert (suggest(noise, [known]) == known) == (noise == known or (len(noise) > 2 and is_slip(noise, known)))


# -- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["a*b", "--a", "1", "--b", "2", "--wrt", "a", "--along-direction", "a=1"],
        ["while a > 0 { a = a + 1 }; c = a", "--a", "1", "--step-limit", "5"],
        ["f(n) = f(n - 1); c = f(a)", "--a", "1"],
        ["c = a*b; d = a", "--a", "1", "--b", "2", "--weight-by", "2"],
        ["[a, b, c, d, e, f, g, h]", *[w for n in "abcdefgh" for w in (f"--{n}", "1")], "--max-order", "30"],
        ["v*v", "--v", "[1, 2]", "--max-order", "2", "--sparse-output"],
        ["u = a*b; v = u^2", "--wrt", "u", "--a", "1", "--b", "2"],
    ],
)
def test_the_command_calls_options_by_their_own_names(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    said = capfd.readouterr().err
    assert not re.search(r"\b[a-z]+_[a-z]+=|\bwrt=|\bmode=|\bsparse=", said), said
    for option in re.findall(r"--[a-z][a-z-]*", said):
        assert option in OPTIONS or f"{option}" in words, option


def test_python_is_told_of_its_own_parameters() -> None:
    recursive = problem("f(n) = f(n - 1); c = f(a)")
    assert recursive.hint is not None and recursive.hint.startswith('mode="dynamic" runs one')
    with pytest.raises(ExprError, match=r"step_limit= allows more"):
        exprgrad.compile("while a > 0 { a = a + 1 }; c = a", step_limit=5)(a=1)


@pytest.mark.parametrize(("text", "said"), [("df/dx", "diff(f, x)"), ("Sin[x]", "sin(x)"), ("D[x, x]", "diff(u, x)")])
def test_names_without_a_value_may_be_notations(text: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run([text]) == 2
    assert said in capfd.readouterr().err
    with pytest.raises(ExprError, match=re.escape(said)):
        exprgrad.compile(text)()


def test_by_what_is_computed_a_program_differentiates_itself() -> None:
    with pytest.raises(ExprError) as caught:
        exprgrad.compile("u = a*b; v = u^2", wrt=["u"])
    match = re.search(r"add (diff\(.*?\)) to the program", caught.value.hint or "")
    assert match is not None
    assert value(f"u = a*b; v = u^2; {match[1]}") == 2 * 1.5 * 2
