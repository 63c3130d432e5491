"""The page in a real browser: it steps, computes, grows, and can be read and used by everyone."""

from __future__ import annotations

import math
import random
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.views.numbers import brief
from tests.views.page import browser
from tests.views.page.test_document import HOSTILE, PROGRAMS
from tests.views.page.test_story import NEWTON

pytestmark = pytest.mark.slow

BRANCH = "f(x) = x*exp(-x) if x > 0 else sin(x); y = f(a)*f(b)"
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


def some() -> list[float]:
    """Doubles of all sizes, those among them where the way to write a number changes."""
    draw = random.Random(1)
    edges = [1.0, 0.1, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 0.00012345, 5e-324, 1.7976931348623157e308, -0.0]
    edges += [99999.96, 999999.6, 123456.7, 1234567.8, 0.99999996, 2.0000001, 1e5, 1e6, 1e-7]
    bits = [struct.unpack("<d", draw.randbytes(8))[0] for _ in range(300)]
    sizes = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-8, 20) for _ in range(300)]
    return [x for x in (*edges, *bits, *sizes) if math.isfinite(x)]


SOME = some()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser.started() as found:
        yield found


@pytest.fixture
def show(chromium: Any, tmp_path: Path) -> Iterator[Any]:
    """Shows the page of a program, which has to be without problems when the test is done."""
    shown: list[browser.Shown] = []

    def made(text: str, values: dict[str, Any], max_order: int = 1, **options: Any) -> browser.Shown:
        page = exprgrad.compile(text, max_order=max_order).page(**values)
        options = {"viewport": WIDE, **options}
        shown.append(browser.Shown(chromium, page, tmp_path, **options))
        return shown[-1]

    yield made
    for page in shown:
        assert page.problems == []
        page.context.close()


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
def test_every_step_says_what_show_steps_says(show: Any, text: str, values: dict[str, Any]) -> None:
    page = show(text, values)
    steps = [line for line in exprgrad.compile(text).steps(**values).text().splitlines() if line.startswith("  ")]
    assert page.run("() => document.getElementById('step').max") == str(len(steps))
    for i, line in enumerate(steps, 1):
        page.page.click("#next")
        assert page.step() == i
        known = re.split(r" {2,}", line.strip())
        assert page.sentence()[-len(known) :] == known
        current = page.run("() => document.querySelector('[aria-current]').textContent")
        assert current == "".join(page.lines()[i - 1])
    assert page.run("() => document.getElementById('next').disabled")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_program_runs_nothing(show: Any, text: str) -> None:
    page = show(text, {"a": 15, "b": 20})
    assert page.run("() => document.title").endswith(" - exprgrad")
    page.go(1)
    assert "300.0" in page.sentence()[-1]


def test_keys(show: Any) -> None:
    page = show(NEWTON, {"a": 2})
    last = int(page.run("() => document.getElementById('step').max"))
    for key, at in [
        *(("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", last), ("ArrowRight", last)),
        *(("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1)),
    ]:
        page.page.keyboard.press(key)
        assert page.step() == at
    page.page.focus("#step")  # the slider has keys of its own, which do the same
    for key, at in [("ArrowRight", 2), ("End", last), ("Home", 0)]:
        page.page.keyboard.press(key)
        assert page.step() == at
    page.page.keyboard.press(" ")
    page.page.wait_for_function("() => document.getElementById('step').valueAsNumber >= 2", timeout=20_000)
    assert "Pause" in page.run("() => document.getElementById('play').textContent")
    page.page.keyboard.press(" ")
    assert "Play" in page.run("() => document.getElementById('play').textContent")
    page.page.fill("input[name=a]", "2.5")  # keys of a field are the field's
    at = page.step()
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("Home")
    assert page.step() == at


def test_values_and_derivatives_appear_when_they_are_computed(show: Any) -> None:
    page = show("u = a*b; c = sin(u) + u", {"a": 2, "b": 0.5})
    assert page.node("data", "a")["value"] == "= 2.0"
    assert page.node("data", "u")["value"] == page.node("operations", "#3 *")["value"] == ""
    assert "waiting" in page.node("operations", "#3 *")["state"]
    page.go(1)
    assert page.node("data", "u")["value"] == page.node("operations", "#3 *")["value"] == "= 1.0"
    for picture, title in (("data", "u"), ("operations", "#3 *")):
        assert page.node(picture, title)["state"].split()[-1] == "on"
        assert page.node(picture, "a")["state"].split()[-1] == "by"
    page.go(2)
    assert page.node("data", "#4 sin(u)")["value"] == "≈ 0.841471"
    assert page.node("data", "#4 sin(u)")["hover"].endswith("= 0.8414709848078965")
    assert page.run("() => document.querySelector('mark').textContent") == "sin(u)"
    page.go(7)  # u has got one part of its derivative, then both
    assert page.sentence()[-1] == "u += 1.0 * 0.5403023058681398 = 0.5403023058681398, so 1.5403023058681398"
    assert page.node("data", "u")["derivative"] == "dc/du ≈ 1.54030"
    page.go(6)
    assert page.node("data", "u")["derivative"] == "dc/du = 1.0"
    assert page.node("data", "a")["derivative"] == ""
    page.go(8)
    assert page.node("data", "a")["derivative"] == page.node("operations", "a")["derivative"] == "dc/da ≈ 0.770151"


def test_static_has_all_from_the_start_and_dynamic_grows(show: Any) -> None:
    page = show(BRANCH, {"a": 2, "b": -0.5})
    whole = {picture: page.visible(picture) for picture in ("operations", "data")}
    assert any("exp" in title for title in whole["operations"])
    assert "whole graph" in page.sentence()[0]
    page.page.check("input[value=dynamic]")
    assert "trace" in page.sentence()[0]
    assert [title for title in page.visible("data") if title in ("a", "b")] == ["a", "b"]
    before = 0
    last = int(page.run("() => document.getElementById('step').max"))
    for step in range(last + 1):
        page.go(step)
        now = len(page.visible("data"))
        assert now >= before
        before = now
    assert page.visible("data") == whole["data"]
    # The sides that were not taken are in the graph, whichever way it is run.
    assert page.visible("operations") == whole["operations"]
    page.page.check("input[value=static]")
    assert page.visible("operations") == whole["operations"]


def test_a_loop_runs_one_body_again_and_again(show: Any) -> None:
    page = show(NEWTON, {"a": 2})
    lines = [cells[0] for cells in page.lines()]
    first, second = [i for i, line in enumerate(lines, 1) if line.startswith("x = (x + a/x)/2: ")][:2]
    for step, value in ((first, "= 1.5"), (second, "≈ 1.41667")):
        page.go(step)
        assert page.node("operations", "#11 /")["value"] == value
    backward = [i for i, line in enumerate(lines, 1) if line == "iteration 1 of 5"][1]
    page.go(backward)  # what the derivative reads of the first iteration
    assert page.node("operations", "#11 /")["value"] == "= 1.5"
    assert page.node("operations", "#11 /")["derivative"] == ""


OTHERS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("a*b", {"a": 15, "b": 20}, {"a": "-2.5", "b": "1e300"}),
    ("a*b", {"a": 15, "b": 20}, {"a": "inf", "b": "0"}),
    ("a/b - b**3", {"a": 1, "b": 2}, {"a": "1", "b": "3"}),
    ("a/b", {"a": 1, "b": 2}, {"a": "1", "b": "0"}),
    ("exp(a)*sin(b)", {"a": 1, "b": 2}, {"a": "-0.3", "b": "0.7"}),
    ("u = a*b; v = sin(u) + u", {"a": 2, "b": 0.5}, {"a": ".25", "b": "-1.5"}),
    ("-a**2 + -a", {"a": 2}, {"a": "-3"}),
    ("sqrt(a) + log(b) + tanh(a*b)", {"a": 2, "b": 3}, {"a": "5", "b": "0.125"}),
    ("y = a; for k in 0..6 { y = sin(y)*x + y }", {"a": 0.5, "x": 2}, {"a": "0.25", "x": "-1"}),
    ("r = hypot(x, y); phi = atan2(y, x); area = r**2*phi/2", {"x": 3, "y": 4}, {"x": "1", "y": "1"}),
    ("y = exp(-k*t)*sin(w*t)", {"k": 0.5, "t": 2, "w": 0.8}, {"k": "1", "t": "0.1", "w": "2"}),
    ("r = a*b; s = a - b", {"a": 1, "b": 2}, {"a": "7", "b": "0.5"}),
    (BRANCH, {"a": 2, "b": -0.5}, {"a": "3", "b": "-2"}),
    (NEWTON, {"a": 2}, {"a": "2.1"}),
    ("y = diff(x*sin(x), x)", {"x": 1}, {"x": "2"}),
]


def numbers(text: str) -> list[float]:
    return [float(x) for x in re.findall(r"-?(?:inf|nan|\d+\.?\d*(?:e[-+]\d+)?)(?!\w)", text)]


def close(found: list[str], wanted: list[str]) -> bool:
    """Whether texts are the same but for last digits."""
    same = [re.sub(r"[-\d.e+]+|inf|nan", "", x) for x in found] == [re.sub(r"[-\d.e+]+|inf|nan", "", x) for x in wanted]
    pairs = zip(numbers("\n".join(found)), numbers("\n".join(wanted)), strict=True)
    return same and all(math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-300) or a != a != b != b for a, b in pairs)


@pytest.mark.parametrize(("text", "values", "others"), OTHERS)
def test_other_values_give_the_numbers_of_the_command(
    show: Any, text: str, values: dict[str, Any], others: dict[str, str]
) -> None:
    page = show(text, values)
    made = page.results(), page.lines()
    page.enter(others)
    function = exprgrad.compile(text)
    given = {name: float(x) for name, x in others.items()}
    result = function(**given)
    wanted = [number for o in result.outcomes for number in (o.value, *(d.value for d in o.derivatives))]
    assert close(page.results(), [repr(x + 0.0) for x in wanted])
    assert (
        page.run("() => document.getElementById('state').textContent")
        == "Everything is computed anew, by your browser."
    )
    page.page.click("#reset")
    page.page.wait_for_function("() => document.getElementById('reset').disabled")
    assert (page.results(), page.lines()) == made
    page.enter(others)
    for found, known in zip(page.lines(), show(text, given).lines(), strict=True):
        assert close(found, known), (found, known)


def test_arithmetic_gives_the_same_digits(show: Any) -> None:
    page = show("c = (a*b - a)/b + sqrt(a)", {"a": 15, "b": 20})
    function = exprgrad.compile("c = (a*b - a)/b + sqrt(a)")
    for a, b in ((2.0, 3.0), (0.1, 0.7), (1e10, 3e-5)):
        page.enter({"a": repr(a), "b": repr(b)})
        result = function(a=a, b=b)
        assert page.results() == [repr(x) for x in (result["c"], *result.gradient("c").values())]


def test_derivatives_of_higher_order_are_computed_anew(show: Any) -> None:
    page = show("exp(a)*b", {"a": 1, "b": 2}, max_order=2)
    page.enter({"a": "0.5", "b": "3"})
    (outcome,) = exprgrad.compile("exp(a)*b", max_order=2)(a=0.5, b=3).outcomes
    assert len(outcome.derivatives) == 5
    assert close(page.results(), [repr(outcome.value), *(repr(d.value) for d in outcome.derivatives)])


def test_the_piece_of_the_program_is_marked(show: Any) -> None:
    page = show("\n# \U0001d465 is x\ny = x**2\nz = (y\n  + x)\n", {"x": 3})
    marked = []
    for step in (1, 2):
        page.go(step)
        marked.append(page.run("() => document.querySelector('mark').textContent"))
    assert marked == ["x**2", "(y\n  + x)"]


def test_a_program_that_is_too_large_for_pictures_steps_all_the_same(show: Any) -> None:
    page = show("c = x" + " + 1" * 1500, {"x": 1}, max_order=0)
    page.go(1500)
    assert page.sentence()[-1].endswith("= 1501.0")
    page.enter({"x": "2"})
    assert page.results() == ["1502.0"]


def test_another_way_is_said(show: Any) -> None:
    page = show(NEWTON, {"a": 2})
    before = page.lines()
    page.enter({"a": "9"})
    assert page.results()[0] == "3.0"
    assert "another way" in page.run("() => document.getElementById('state').textContent")
    assert page.page.is_visible("#stale")
    assert page.lines() == before
    page.enter({"a": "2"})
    assert page.page.is_hidden("#stale")


def test_what_is_no_number_is_said(show: Any) -> None:
    page = show("c = a if a > 0 else -a", {"a": 2})
    for text in ("", "two", "1e", "0x10", "1,5", "1/3"):
        page.enter({"a": text})
        assert "The value of a is no number" in page.run("() => document.getElementById('problem').textContent")
        assert page.page.get_attribute("input[name=a]", "aria-invalid") == "true"
        assert page.results()[0] == "2.0"
    page.enter({"a": " \u22123 "})  # the minus of typography
    assert page.results()[0] == "3.0"
    page = show("c = a*2 if a else 2", {"a": 2})
    page.enter({"a": "nan"})
    assert page.results() == ["\u2013", "\u2013"]
    assert "condition is nan" in page.run("() => document.getElementById('state').textContent")


def test_numbers_of_pictures_are_written_as_pictures_have_them(show: Any) -> None:
    page = show("c = -(-a)", {"a": 0.125})
    found = page.run(
        """(texts) => texts.map((text) => {
            const field = document.querySelector("input[name=a]");
            field.value = text;
            field.dispatchEvent(new Event("input"));
            return document.querySelector("#data .value").textContent;
        })""",
        texts := [repr(x) for x in SOME],
    )
    wanted = [brief(float(text)) for text in texts]
    signs = ["=" if short == repr(x + 0.0) else "≈" for short, x in zip(wanted, SOME, strict=True)]
    assert found == [f"{sign} {short}" for sign, short in zip(signs, wanted, strict=True)]


def test_numbers_are_written_as_exprgrad_writes_them(show: Any) -> None:
    page = show("c = -(-a)", {"a": 0.125})
    found = page.run(
        """(texts) => texts.map((text) => {
            const field = document.querySelector("input[name=a]");
            field.value = text;
            field.dispatchEvent(new Event("input"));
            return document.querySelector("output").textContent;
        })""",
        [repr(x) for x in SOME],
    )
    assert found == [repr(x + 0.0) for x in SOME]


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
@pytest.mark.parametrize("viewport", [PHONE, WIDE], ids=["phone", "wide"])
def test_nothing_is_wider_than_the_page(show: Any, text: str, values: dict[str, Any], viewport: Any) -> None:
    page = show(text, values, viewport=viewport)
    page.go(3)
    assert page.run("() => document.documentElement.scrollWidth") <= viewport["width"]


def test_every_control_is_reached_by_tab_and_has_a_name(show: Any) -> None:
    page = show(BRANCH, {"a": 2, "b": -0.5}, viewport=PHONE)
    page.enter({"a": "3"})
    page.go(2)
    controls = """() => [...document.querySelectorAll("button, input, .pane")].filter((x) => !x.disabled).length"""
    reached = """() => {
        const x = document.activeElement;
        return x === document.body ? -1 : [...document.querySelectorAll("*")].indexOf(x);
    }"""
    found = []
    for _ in range(60):
        page.page.keyboard.press("Tab")
        at = page.run(reached)
        if at in found:
            break
        if at < 0:  # behind the last one
            continue
        found.append(at)
        outline = page.run("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    # Of two radio buttons the one that is chosen is reached.
    plain = (
        """(found) => found.filter((i) => document.querySelectorAll("*")[i].matches("button, input, .pane")).length"""
    )
    assert page.run(plain, found) == page.run(controls) - 1
    session = page.context.new_cdp_session(page.page)
    tree = session.send("Accessibility.getFullAXTree")["nodes"]
    roles = {"button", "textbox", "radio", "slider", "image", "img", "group", "region", "heading", "list"}
    named = {"button", "textbox", "radio", "slider", "image", "img", "region", "heading"}
    seen = set()
    for node in tree:
        role = node.get("role", {}).get("value")
        if not node["ignored"] and role in roles:
            seen.add(role)
            assert role not in named or node.get("name", {}).get("value"), node
    assert seen >= {"button", "textbox", "radio", "slider", "heading", "list"}
    live = page.run("() => document.getElementById('sentence').getAttribute('aria-live')")
    assert live == "polite"
    assert page.run("() => document.getElementById('step').getAttribute('aria-valuetext')").startswith("step 2 of ")


CONTRAST = """() => {
    const parsed = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const clear = (colour) => { const c = parsed(colour); return c.length === 0 || c[3] === 0; };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ratio = (a, b) => {
        const [p, q] = [light(parsed(a)), light(parsed(b))].sort((x, y) => y - x);
        return (p + 0.05) / (q + 0.05);
    };
    const behind = (element) => {
        if (element instanceof SVGElement && element.closest("svg")) {
            const own = element.closest(".node, .box")?.querySelector("rect");
            const filled = own && getComputedStyle(own).fill !== "none";
            return getComputedStyle(filled ? own : element.closest("svg").querySelector(".paper")).fill;
        }
        for (let x = element; x; x = x.parentElement)
            if (!clear(getComputedStyle(x).backgroundColor))
                return getComputedStyle(x).backgroundColor;
        return "rgb(255, 255, 255)";
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const element = walk.currentNode.parentElement;
        const style = getComputedStyle(element);
        const shown = walk.currentNode.textContent.trim() && style.visibility !== "hidden" &&
            !element.closest("script, style, title, noscript, [hidden], :disabled") && element.getClientRects().length;
        if (shown) {
            const colour = element instanceof SVGElement && element.closest("svg") ? style.fill : style.color;
            found.push([walk.currentNode.textContent.trim(), ratio(colour, behind(element))]);
        }
    }
    return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_contrast(show: Any, scheme: str) -> None:
    page = show(NEWTON, {"a": 2}, color_scheme=scheme)
    for step in (0, 4, 40):
        page.go(step)
        page.page.wait_for_timeout(300)
        found = page.run(CONTRAST)
        assert len(found) > 100
        assert [x for x in found if x[1] < 4.5] == []
    page.enter({"a": "9"})
    page.page.wait_for_timeout(300)
    assert [x for x in page.run(CONTRAST) if x[1] < 4.5] == []
    page.enter({"a": "x"})
    assert [x for x in page.run(CONTRAST) if x[1] < 4.5] == []


def test_pictures_scroll_in_their_own_box_and_zoom(show: Any) -> None:
    page = show(NEWTON, {"a": 2}, viewport=PHONE)
    before = page.run("() => window.scrollY")
    page.go(17)
    assert page.run("() => document.querySelector('#data .pane').scrollTop") > 0
    assert page.run("() => window.scrollY") == before
    width = "() => document.querySelector('#operations svg').getBoundingClientRect().width"
    wide = page.run(width)
    page.page.click("#operations [aria-label=Larger]")
    assert page.run(width) > wide
    page.page.click("#operations .zoom button:nth-child(2)")
    assert page.run(width) <= page.run("() => document.querySelector('#operations .pane').clientWidth")


def test_all_digits_of_a_node_are_shown_to_pointer_and_keys(show: Any) -> None:
    page = show("u = a*b; c = sin(u) + u", {"a": 2, "b": 0.5})
    page.go(3)
    detail = "() => document.querySelector('#data .detail').textContent"
    page.page.hover("#data .node[data-node='4']")
    assert page.run(detail) == "#4 sin(u), = 0.8414709848078965"
    page.page.hover("h1")
    assert page.run(detail) == ""
    page.page.focus("#data .pane")
    page.page.keyboard.press("Tab")
    assert page.run(detail) == "a, = 2.0"
    for _ in range(3):
        page.page.keyboard.press("ArrowDown")
    assert page.run(detail) == "#4 sin(u), = 0.8414709848078965"
    page.page.keyboard.press("ArrowLeft")
    assert page.run(detail) == "u, = 1.0"
    assert page.step() == 3
    page.go(6)  # it goes on with the steps
    assert page.run(detail) == "u, = 1.0, dc/du = 1.0"


def test_nothing_moves_for_who_wants_it_still(show: Any) -> None:
    page = show("a*b", {"a": 15, "b": 20}, reduced_motion="reduce")
    assert page.run("() => getComputedStyle(document.querySelector('.node rect')).transitionDuration") == "0s"


def test_a_page_is_read_without_scripts(show: Any) -> None:
    page = show("a*b", {"a": 15, "b": 20}, java_script_enabled=False)
    text = page.page.inner_text("body")
    assert "c = a*b: 15.0 * 20.0 = 300.0" in text
    assert "Without JavaScript" in text


def test_a_loop_that_does_not_end_is_stopped(show: Any) -> None:
    page = show("y = x; while y > a { y = y/2 }; c = y", {"x": 1, "a": 0.5})
    page.page.fill("input[name=a]", "-1")
    page.page.wait_for_function("() => document.getElementById('state').textContent.includes('1,000,000 iterations')")
    assert page.run("() => document.querySelector('#results output').textContent") == "–"
