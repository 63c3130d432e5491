"""The two pictures of a program, in every format."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.views import PICTURES, draw, formula
from exprgrad.views.dot import dot as draw_dot
from exprgrad.views.dot import quoted as dot_quoted
from exprgrad.views.listing import listing
from exprgrad.views.mermaid import mermaid as draw_mermaid
from exprgrad.views.mermaid import quoted as mermaid_quoted
from exprgrad.views.numbers import shortest
from exprgrad.views.picture import Picture, picture
from exprgrad.views.svg import escaped
from exprgrad.views.svg import svg as draw_svg
from tests.generated import programs
from tests.programs import Maker

MODES = ["static", "dynamic"]
SVG = "{http://www.w3.org/2000/svg}"
PROGRAMS = {
    "product": "a*b",
    "sum": "a*b + c*d + a*d",
    "branch": "y = x**2 if x > 0 else -x; z = y*k + 2",
    "side that is an outer value": "y = x if x > 0 else k",
    "nested": "(a*b if b > 1 else a/b) + 1 if a > 0 and b > 0 else exp(a)*b",
    "chain": "0 < a < b < c",
    "function": "f(x, y) = x*exp(-y); f(a, b) + f(b, a)",
    "same twice": "a*a",
    "input alone": "a",
    "constant": "2*3",
    "two results": "u = a*b; v = a + b; u = u*2",
    "many": "; ".join(f"t{i} = sin(x*{i}) + y**{i}" for i in range(9)) + "; s = " + "*".join(f"t{i}" for i in range(9)),
}


def pictured(text: str, mode: str) -> Picture:
    function = exprgrad.compile(text, mode)
    return picture(function.nodes(dict.fromkeys(function.inputs, 2.0)), shortest)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_the_model(text: str, mode: str) -> None:
    drawn = pictured(text, mode)
    assert sorted(node.title for node in drawn.nodes if node.kind == "input") == sorted(exprgrad.compile(text).inputs)
    for edge in drawn.edges:
        assert 0 <= edge.source < edge.target < len(drawn.nodes)
    for i, box in enumerate(drawn.boxes[1:], 1):
        assert box.parent < i
    assert [i for what, i in drawn.walk() if what == "node"] == list(range(len(drawn.nodes)))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_the_numbers_are_those_of_the_result(text: str, mode: str) -> None:
    function = exprgrad.compile(text, mode)
    values = {name: 2.0 + i for i, name in enumerate(function.inputs)}
    result = function(**values)
    lines = {line for node in picture(function.nodes(values), shortest).nodes for line in node.lines}
    for name in function.results:
        assert f"= {result[name]}" in lines
        for by, number in result.gradient(name).items() if len(function.results) == 1 else ():
            assert f"d{name}/d{by} = {number}" in lines or number == 0.0


def test_values_and_derivatives_are_the_same_in_both_pictures() -> None:
    both = [
        {lines[1:] for node in pictured("y = sin(a)*b if a > 0 else b; z = y*y*a", mode).nodes if (lines := node.lines)}
        for mode in MODES
    ]
    numbers = [{line.split(" = ")[-1] for pair in found for line in pair if line} for found in both]
    assert numbers[0] == numbers[1]


def test_numbers_that_are_shortened_say_so() -> None:
    function = exprgrad.compile("a/3 + pi")
    nodes = function.nodes({"a": 1.0})
    assert [node.lines[1] for node in picture(nodes).nodes] == ["= 1.0", "", "", "≈ 0.333333", "≈ 3.47493", ""]
    assert [node.title for node in picture(nodes).nodes if node.kind == "constant"] == ["pi ≈ 3.14159", "3.0"]
    assert [node.short for node in picture(nodes).nodes if node.kind == "constant"] == ["pi", "3.0"]
    for form in ("svg", "dot"):
        assert "≈ 0.333333" in draw(function, {"a": 1}, form)
        assert "= 0.3333333333333333" in draw(function, {"a": 1}, form, repr)
    assert "= 0.3333333333333333" in draw(function, {"a": 1})


def test_numbers_that_are_shortened_stay_apart() -> None:
    root = exprgrad.compile("x = a; while abs(x*x - a) > 1e-12 { x = (x + a/x)/2 }")
    ends = {node.lines[1] for node in picture(root.nodes({"a": 2.0})).nodes}
    assert {"≈ 2.0 ... 1.41421", "≈ 4.0 ... 2.00000", "= 1.0 ... 0.0"} < ends
    near = exprgrad.compile("x = a; for i in 0..2 { x = x + 1e-9*a }; c = x")
    assert {"= 0.3, 0.3000000003", "≈ 0.300000000, 0.300000001"} < {
        node.lines[1] for node in picture(near.nodes({"a": 0.3})).nodes
    }
    vectors = exprgrad.compile("x = v; for i in 0..2 { x = x + 1e-9 }; c = x")
    (line,) = {node.lines[1] for node in picture(vectors.nodes({"v": [1.0, 2.0]})).nodes if node.title == "+"}
    assert line == "≈ [1.000000001, 2.000000001], [1.000000002, 2.000000002]"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("k = 0; while k < a { k = k + 1 }", ["while k < a = 1.0 ... 0.0"]),
        ("k = 0; while k < a - 1 { k = k + 1 }", ["while k < a - 1 = 1.0, 0.0"]),
        ("k = 9; while k < a { k = k + 1 }", ["while k < a = 0.0"]),
        ("k = 0; while k < a and k < 5 { k = k + 1 }", ["while k < a and k < 5 = 1.0 ... 0.0"]),
        (
            "k = 0; while k < a { j = 0; while j < 1 { j = j + 1 }; k = k + j }",
            ["while k < a = 1.0 ... 0.0", "while j < 1 = 1.0 ... 0.0"],
        ),
        ("k = 9; while k < a { j = 0; while j < 1 { j = j + 1 }; k = k + j }", ["while k < a = 0.0", "while j < 1"]),
        ("k = 0; for i in 0..a { k = i }", []),
        ("k = 1 if a > 3 else 2", []),
    ],
)
def test_the_condition_of_a_loop_is_told_up_to_where_it_ends_the_loop(text: str, conditions: list[str]) -> None:
    drawn = picture(exprgrad.compile(text).nodes({"a": 2.0}))
    found = [node for node in drawn.nodes if node.kind == "condition"]
    assert [" ".join(filter(None, node.lines)) for node in found] == conditions
    idle = [node for node in picture(exprgrad.compile(text).nodes()).nodes if node.kind == "condition"]
    assert [node.lines for node in idle] == [(node.lines[0], "", "") for node in found]


def test_only_the_side_taken_is_in_a_trace() -> None:
    text = "x**2 if x > 0 else -x"
    assert [box.title for box in pictured(text, "static").boxes] == ["", "if x > 0", "true", "false"]
    assert [box.title for box in pictured(text, "dynamic").boxes] == ["", "if x > 0", "true"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_svg_is_xml_with_every_label(text: str, mode: str) -> None:
    drawn = pictured(text, mode)
    root = ElementTree.fromstring(draw_svg(drawn))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    for node in drawn.nodes:
        assert all(line in texts for line in node.label.split("\n"))
    nodes = {g.attrib["data-node"]: g for g in root.iter(f"{SVG}g") if "data-node" in g.attrib}
    assert [*nodes] == [str(i + 1) for i in range(len(drawn.nodes))]
    rects = []
    for node, group in zip(drawn.nodes, nodes.values(), strict=True):
        assert (group.attrib["class"], group.attrib["data-within"]) == (f"node {node.kind}", str(node.box))
        assert [title.text for title in group.iter(f"{SVG}title")] == [node.label]
        (rect,) = group.iter(f"{SVG}rect")
        rects.append(tuple(int(rect.attrib[k]) for k in ("x", "y", "width", "height")))
    edges = [
        (int(g.attrib["data-from"]), int(g.attrib["data-to"])) for g in root.iter(f"{SVG}g") if "data-to" in g.attrib
    ]
    assert sorted(edges) == sorted({(edge.source + 1, edge.target + 1) for edge in drawn.edges})
    boxes = [g.attrib["data-within"] for g in root.iter(f"{SVG}g") if "data-box" in g.attrib]
    assert boxes == [str(box.parent) for box in drawn.boxes[1:]]
    for i, (x, y, w, h) in enumerate(rects):
        for x2, y2, w2, h2 in rects[:i]:
            assert x >= x2 + w2 or x2 >= x + w or y >= y2 + h2 or y2 >= y + h, "two nodes overlap"


@pytest.mark.slow
@given(programs())
@settings(max_examples=60, deadline=None)
def test_any_program_is_drawn(tree: Any) -> None:
    text = formula.program(tree)
    for mode in MODES:
        function = exprgrad.compile(text, mode)
        for form in PICTURES:
            with suppress(exprgrad.EvaluationError):  # a nan as a condition
                assert draw(function, dict.fromkeys(function.inputs, 0.5), form)


DOT_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n", "&amp;": "&"}
hostile = st.text(st.sampled_from('ab"\\&;<>#|[]{}()`*_-%\n é漢') | st.characters(exclude_categories=["Cs"]))


@given(hostile)
def test_no_label_breaks_out(text: str) -> None:
    quoted = dot_quoted(text)
    assert re.fullmatch(r'"([^"\\]|\\.)*"', quoted, re.DOTALL)
    assert re.sub(r'\\\\|\\"|\\n|&amp;', lambda m: DOT_ESCAPES[m[0]], quoted[1:-1]) == text
    quoted = mermaid_quoted(text)
    assert not re.search(r'["\n<>`]', quoted[1:-1].replace("<br/>", ""))
    assert re.sub("#([0-9]+);", lambda m: chr(int(m[1])), quoted[1:-1].replace("<br/>", "\n")) == text
    shown = ElementTree.fromstring(f"<t>{escaped(text)}</t>").text or ""
    assert shown == "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_long_program(mode: str) -> None:
    terms = 10_000
    function = exprgrad.compile("+".join(["x"] * terms), mode, max_order=0)
    for form in PICTURES:
        if form == "svg":
            with pytest.raises(exprgrad.UnsupportedError, match="too many to draw"):
                draw(function, {"x": 1}, form)
        else:
            assert draw(function, {"x": 1}, form).count("\n") >= terms


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_a_deep_program(mode: str) -> None:
    function = exprgrad.compile("(x if x > 0 else " * 500 + "x" + ")" * 500, mode)
    for form in PICTURES:
        assert draw(function, {"x": -1}, form)


def test_what_cannot_be_drawn() -> None:
    with pytest.raises(exprgrad.UsageError, match="a trace comes about by running, which needs a value for a and b"):
        draw(exprgrad.compile("a*b", "dynamic"))
    with pytest.raises(exprgrad.UsageError, match="json is no form of a picture"):
        draw(exprgrad.compile("a*b"), None, "json")
    with pytest.raises(exprgrad.NameProblem, match="no value for b"):
        draw(exprgrad.compile("a*b"), {"a": 1})


@pytest.mark.parametrize("iterations", [0, 1, 2, 8, 9, 1000])
def test_a_loop_that_ran(iterations: int) -> None:
    function = exprgrad.compile("s = x; for i in 0..n { s = s*2 + k }", "dynamic", wrt=["x", "k"])
    drawn = picture(function.nodes({"x": 1e-300, "k": 0, "n": iterations}), shortest)
    titles = [box.title for box in drawn.boxes]
    folded = [node.title for node in drawn.nodes if node.kind == "folded"]
    if iterations <= 8:
        assert titles == ["", "for i in 0..n", *(f"iteration {i + 1}" for i in range(iterations))]
        assert not folded
    else:
        assert titles == ["", "for i in 0..n", "iteration 1", "iteration 2", f"iteration {iterations}"]
        assert folded == [f"... {iterations - 3} more iterations ..."]
    assert all(edge.source < edge.target for edge in drawn.edges)
    assert [edge.role for edge in drawn.edges][-1] == ("last" if iterations else "first")


def test_a_loop_that_is_defined() -> None:
    drawn = picture(exprgrad.compile("s = x; for i in 0..n { s = s*i + k }").nodes(), shortest)
    assert [box.title for box in drawn.boxes] == ["", "for i in 0..n", "each iteration"]
    assert [edge.role for edge in drawn.edges if edge.back] == ["next"]
    # Neither the bound's nan check nor what counts.
    assert [node.title for node in drawn.nodes] == ["x", "n", "k", "0.0", "s", "i", "*", "+", "loop", "result"]


LOOPS = {
    "for": "y = x; for k in 0..6 { y = sin(y)*x + y }",
    "counter": "y = x; for k in 0..4 { if k > 2 { y = y + k*x } else { y = y*x } }",
    "nested": "y = x; for i in 0..3 { for j in 0..2 { y = y*x + sin(y) } }",
    "while": "y = x; while y < 9 { y = y*x }",
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
def test_the_first_and_the_last_iteration_are_the_same_in_both_pictures(text: str) -> None:
    """What static mode shows of a node inside a loop, dynamic mode shows in its first and its last iteration."""
    static, dynamic = (pictured(text, mode) for mode in MODES)
    numbers = [{node.lines[i].split(" = ")[-1].removeprefix("= ") for node in dynamic.nodes} for i in (1, 2)]
    inside = [node for node in static.nodes if node.box and node.kind == "operation" and "<" not in node.title]
    for i, known in zip((1, 2), numbers, strict=True):
        for line in [node.lines[i] for node in inside if node.lines[i]]:
            number = line.split(" = ")[-1].removeprefix("= ")
            assert set(number.replace(" ... ", ", ").split(", ")) <= known


def test_a_derivative_leaves_the_loop_its_nodes() -> None:
    for mode in MODES:
        alone = pictured("y = x; for k in 0..3 { y = y*y }; c = y", mode)
        both = pictured("y = x; for k in 0..3 { y = y*y }; c = y + diff(y, x)", mode)
        count = [sum(drawn.boxes[node.box].parent == 1 for node in drawn.nodes) for drawn in (alone, both)]
        assert count[0] == count[1] > 0
        assert [box.title for box in both.boxes if "derivative" in box.title] == [
            "derivative of for k in 0..3, backwards"
        ]


def test_parts_of_a_derivative_inside_a_loop_are_added() -> None:
    """y*y is read by the loop, and by its derivative: d(y0**2 + 2*y0)/d(y0**2) has both parts."""
    text = "y = x; for k in 0..2 { y = sin(y*y) }; c = y + diff(y, x)"
    static, dynamic = (pictured(text, mode) for mode in MODES)
    (ends,) = [node.lines[2] for node in static.nodes if node.lines[0] == "y*y"][:1]
    first, last = [node.lines[2] for node in dynamic.nodes if node.title == "y*y"][:2]
    assert ends.split(" = ")[-1] == f"{first.split(' = ')[-1]}, {last.split(' = ')[-1]}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_any_program_with_loops_is_drawn(seed: int) -> None:
    text = Maker(seed).program()
    for mode in MODES:
        function = exprgrad.compile(text, mode)
        values = dict.fromkeys(function.inputs, 0.75)
        try:
            nodes = function.nodes(values)
        except (exprgrad.EvaluationError, exprgrad.UnsupportedError):  # a nan as a condition, a high order
            continue
        drawn = picture(nodes, shortest)
        assert all(edge.source < edge.target for edge in drawn.edges if not edge.back)
        assert listing(drawn) and draw_mermaid(drawn)
        ElementTree.fromstring(draw_svg(drawn))
        labels = re.findall(r'^  [0-9]+ \[label="((?:[^"\\]|\\.)*)"', draw_dot(drawn), re.M)
        parsed = [re.sub(r'\\\\|\\"|\\n|&amp;', lambda m: DOT_ESCAPES[m[0]], label) for label in labels]
        assert sorted(parsed) == sorted(node.label for node in drawn.nodes)


@pytest.mark.slow
def test_a_long_loop() -> None:
    text = "y = x; for k in 0..20000 { y = sin(y)*x + y }"
    drawn = pictured(text, "dynamic")
    assert len(drawn.nodes) < 20


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_deep_blocks(mode: str) -> None:
    text = "y = x; " + "for k in 0..1 { " * 800 + "y = y*x" + " }" * 800
    function = exprgrad.compile(text, mode)
    values = {"x": 2} if mode == "dynamic" else None
    for form in ("text", "dot", "mermaid"):
        assert draw(function, values, form)
