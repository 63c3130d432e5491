"""LaTeX and MathML: what is written, that it is well-formed, and that LaTeX reads back."""

from __future__ import annotations

import random
from xml.etree import ElementTree

import pytest

import exprgrad
from exprgrad.diagnostics import ExprError
from exprgrad.ops import REGISTRY, functions
from exprgrad.views.latex import Latex
from exprgrad.views.mathml import MathML
from exprgrad.views.typeset import COMPARED, INFIX
from tests.algebra.test_arrays import TEXTS
from tests.programs import Maker
from tests.targets.test_numbers import call

SET = {
    "sin(x^2)": (r"\sin\left(x^{2}\right)", r"2 x \cos\left(x^{2}\right)"),
    "x/y": (r"\frac{x}{y}", r"\frac{1}{y}", r"- \frac{x}{y^{2}}"),
    "-x*y": ("- x y", "- y", "- x"),
    "x*2*3": (r"x \cdot 2 \cdot 3", "6"),
    "cos(x)^2": (r"\cos^{2}\left(x\right)", r"- \sin\left(2 x\right)"),
    "(x + y)*z": (r"\left(x + y\right) z", "z", "z", "x + y"),
    "x^y^z": ("x^{y^{z}}", "x^{y^{z} - 1} y^{z}", None, None),
    "(x^y)^2": (r"\left(x^{y}\right)^{2}", None, None),
    "alpha_1*x12": (r"\alpha_{1} x_{12}", "x_{12}", r"\alpha_{1}"),
    "mass*speed^2": (
        r"\mathrm{mass} \, \mathrm{speed}^{2}",
        r"\mathrm{speed}^{2}",
        r"2 \, \mathrm{mass} \, \mathrm{speed}",
    ),
    "β_1*größe": (r"\beta_{1} \, \text{größe}", r"\text{größe}", r"\beta_{1}"),
    "1e-9*x": (r"10^{-9} x", "10^{-9}"),
    "2.5e20*x": (r"2.5 \cdot 10^{20} x", r"2.5 \cdot 10^{20}"),
    "log(x, b)": (r"\log_{b}\left(x\right)", None, None),
    "abs(x)*floor(y)": (r"\left|x\right| \left\lfloor y\right\rfloor", None, None),
    "sqrt(x)*cbrt(x)": (r"\sqrt{x} \sqrt[3]{x}", None),
    "x if x > 0 else y if y >= 1 and x != 0 else 0": (
        r"\begin{cases} x & \text{if } x > 0 \\ y & \text{if } y \geq 1 \wedge x \neq 0 \\ "
        r"0 & \text{otherwise} \end{cases}",
        None,
        None,
    ),
    "exp(-x)*gamma(x)": (r"e^{- x} \Gamma\left(x\right)", None),
    # Which of two readings is meant.
    "e*exp(x)": (r"e \exp\left(x\right)", r"\exp\left(x\right)", r"e \exp\left(x\right)"),
    "sigma*sigmoid(x)": (
        r"\sigma \operatorname{sigmoid}\left(x\right)",
        r"\operatorname{sigmoid}\left(x\right)",
        None,
    ),
    "x1 + 2*x_1": (r"\mathrm{x1} + 2 \, \mathrm{x\_1}", "1", "2"),
    "x_*x": (r"\mathrm{x\_} \, x", "x", r"\mathrm{x\_}"),
    "eps0*x": (r"\mathrm{eps}_{0} \, x", "x", r"\mathrm{eps}_{0}"),
    "x*1e-12": (r"x \cdot 10^{-12}", "10^{-12}"),
    "hypot(sin(x), y)": (r"\sqrt{\sin^{2}\left(x\right) + y^{2}}", None, None),
    "2*(x*y)": ("2 x y", "2 y", "2 x"),
    "x//y + x % y": (r"\left\lfloor \frac{x}{y}\right\rfloor + \left(x \bmod y\right)", "1", None),
}


@pytest.mark.parametrize("text", SET)
def test_latex(text: str) -> None:
    lines = exprgrad.compile(text).latex().splitlines()
    for line, expected in zip(lines, SET[text], strict=True):
        assert expected is None or line.partition(" = ")[2] == expected


# What stands in a line of MathML, whose letters a browser sets one by one.
MARKED = {
    "x*sin(x)": '<mi>x</mi><mo>&#x2062;</mo><mspace width="0.17em"/><mrow><mi>sin</mi><mo>&#x2061;</mo>',
    "x*speed": '<mi>x</mi><mo>&#x2062;</mo><mspace width="0.17em"/><mi>speed</mi>',
    "x*y": "<mi>x</mi><mo>&#x2062;</mo><mi>y</mi>",
    "x_1^2": "<msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup>",
    "gamma(alpha)": '<mi mathvariant="normal">Γ</mi><mo>&#x2061;</mo><mrow><mo fence="true">(</mo><mi>α</mi>',
    "x if x > 0 else 1": '<mtr><mtd style="text-align:left"><mi>x</mi></mtd>',
}


@pytest.mark.parametrize("text", MARKED)
def test_mathml(text: str) -> None:
    assert MARKED[text] in exprgrad.compile(text).mathml().splitlines()[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum((A@x)^2)", (r"2 A x x^{\mathsf{T}}", r"2 A^{\mathsf{T}} \left(A x\right)")),
        ("sum((A@x - b)^2)", (r"2 \left(A x - b\right) x^{\mathsf{T}}", r"2 A^{\mathsf{T}} \left(A x - b\right)")),
        ("-sum((A@x - b)^2)", (r"- 2 \left(A x - b\right) x^{\mathsf{T}}", r"- 2 A^{\mathsf{T}} \left(A x - b\right)")),
    ],
)
def test_a_number_before_a_product_of_matrices_needs_no_parentheses(text: str, expected: tuple[str, str]) -> None:
    lines = exprgrad.compile(text).latex().splitlines()
    assert tuple(line.partition(" = ")[2] for line in lines[1:3]) == expected


def test_the_left_sides() -> None:
    f = exprgrad.compile("c = x^2*y", max_order=2)
    lefts = [line.partition(" = ")[0] for line in f.latex().splitlines()]
    assert lefts == [
        "c",
        r"\frac{\partial c}{\partial x}",
        r"\frac{\partial c}{\partial y}",
        r"\frac{\partial^{2} c}{\partial x^{2}}",
        r"\frac{\partial^{2} c}{\partial x \partial y}",
        r"\frac{\partial^{2} c}{\partial y^{2}}",
    ]
    ordinary = exprgrad.compile("u = x^2; c = sin(u)", max_order=2).latex()
    assert [line.partition(" = ")[0] for line in ordinary.splitlines()[2:]] == [
        r"\frac{d c}{d x}",
        r"\frac{d^{2} c}{d x^{2}}",
    ]
    along = exprgrad.compile("c = x^2*y", along_direction={"x": 1}, max_order=2).latex()
    assert [line.partition(" = ")[0] for line in along.splitlines()] == ["c", r"\nabla_{v} c", r"\nabla_{v}^{2} c"]


def test_both_have_all_signs() -> None:
    names = {*Latex.symbols}
    assert names == {*MathML.symbols}
    assert {name for name, _ in INFIX.values()} | {*COMPARED.values()} <= names


CALLS = [
    *(call(op, ["x", "y", "z"][: len(op.operand_names)]) for op in REGISTRY.functions()),
    *(f"{f.name}({', '.join(['x', 'y'][: len(f.values)])})" for f in functions.FUNCTIONS.values() if not f.options),
]


@pytest.mark.parametrize("text", [*CALLS, *SET, *TEXTS, *(Maker(seed).program() for seed in range(40))])
def test_mathml_is_well_formed_and_latex_is_balanced(text: str) -> None:
    try:
        f = exprgrad.compile(text)
        f.equations()
    except ExprError:
        return
    for line in f.mathml().splitlines():
        root = ElementTree.fromstring(line)
        for x in root.iter():
            name = x.tag.rpartition("}")[2]
            count = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mroot": 2}.get(name)
            assert count is None or len(x) == count, line
    for line in f.latex().splitlines():
        for left, right in (("{", "}"), (r"\left", r"\right"), (r"\begin", r"\end")):
            opens = line.count(left) - (line.count(r"\leftarrow") if left == r"\left" else 0)
            assert opens == line.count(right), line


def test_documents() -> None:
    f = exprgrad.compile("c = x/y")
    page = f.mathml(document=True)
    assert page.startswith("<!DOCTYPE html>") and page.count("<math") == 3
    text = f.latex(document=True)
    assert text.startswith("\\documentclass") and text.count(r"\\" + "\n") == 2 and text.count("&=") == 3


def test_notebooks() -> None:
    f = exprgrad.compile("c = a*b")
    shown = f._repr_latex_()
    assert shown is not None and shown.startswith("$$\\begin{aligned}") and shown.count("&=") == 3
    assert f._repr_svg_() is None  # which would be shown instead
    picture = exprgrad.compile("s = 0; for i in 0..n { s = s + x }; s")._repr_svg_()
    assert picture is not None and picture.startswith("<svg")
    # What has no formula, or no picture without values, shows its name.
    loop = exprgrad.compile("s = 0; for i in 0..n { s = s + x }; s", mode="dynamic")
    assert loop._repr_latex_() is None and loop._repr_svg_() is None


READ_BACK = [
    "sin(x^2)",
    "x/y",
    "-x*y",
    "cos(x)^2*x",
    "(x + y)*z",
    "exp(-x^2/2)*y",
    "sqrt(x^2 + y^2)",
    "log(x)*x",
    "x^1.5*y",
    "asinh(x)*sign(y)",
    "atanh(x/3) + acosh(y + 1)",
    "cbrt(x)*abs(y)",
    "erf(x)*erfc(y)",
    # Names that are written out, and a comma before cases.
    "x1 + 2*x_1*y",
    "x_*x",
    "x_*fmod(x, 2)",
    "atan2(1, x if x > y else y)",
]


@pytest.mark.parametrize("text", READ_BACK)
def test_latex_reads_back(text: str) -> None:
    """By --from-notation latex."""
    f = exprgrad.compile(text)
    numbers = random.Random(text)
    at = {name: numbers.uniform(0.5, 2) for name in f.inputs}
    wanted = f(**at)
    expected = [wanted["c"], *[wanted.derivative("c", name) for name in f.inputs]]
    for line, number in zip(f.latex().splitlines(), expected, strict=True):
        g = exprgrad.compile(line, notation="latex", max_order=0)
        assert g(**{name: at[name] for name in g.inputs})[g.results[0]] == pytest.approx(number, rel=1e-12)
