"""The page as text: what a browser is not needed for."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.views.page import lesson
from exprgrad.views.page.indented import indented
from tests.views.page.test_story import NEWTON

VOID = {"meta", "input"}
PROGRAMS: list[tuple[str, dict[str, Any]]] = [
    ("a*b", {"a": 15, "b": 20}),
    (NEWTON, {"a": 2}),
    ("f(x) = x*exp(-x) if x > 0 else sin(x); y = f(a)*f(b)", {"a": 2, "b": -0.5}),
    ("u = a*b; r = sin(u) + u; s = exp(-u)*a", {"a": 2, "b": 0.5}),
    ("y = a; for k in 0..3 { y = sin(y)*x + y }", {"a": 0.5, "x": 2}),
    ("sum(A @ x)", {"A": [[2, 0], [0, 1]], "x": [1, 2]}),
    ("abs(a) + relu(b) - relu(-b)", {"a": 0, "b": 0}),
    ("y = diff(x*sin(x), x)", {"x": 1}),
    ("y = a; for k in 0..3 { y = y*y }; c = diff(y, a)*a", {"a": 1.5}),
    ("\n\n# a remark\ny = x**2\n\nz = (y\n  + x)\n", {"x": 3}),
    ("log(a)", {"a": -1}),
    ("2*3", {}),
    ("x = 1", {}),
    ("α = β*2", {"β": 1e300}),
]


class Parsed(HTMLParser):
    """A page whose tags are in each other, which this checks as it reads."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.items: list[list[str]] = []
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
        if tag == "li":
            self.items.append([])
        if tag == "span" and "li" in self.open:
            self.items[-1].append("")
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert "svg" in self.open or "math" in self.open, tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data
            if "li" in self.open and self.open[-1] == "span":
                self.items[-1][-1] += data


def page(text: str, values: dict[str, Any], **options: Any) -> str:
    return exprgrad.compile(text, **options).page(**values)


def data_of(parsed: Parsed) -> Any:
    return json.loads(parsed.texts["script"][0])


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
def test_a_page_is_well_formed(text: str, values: dict[str, Any]) -> None:
    found = page(text, values)
    assert found.startswith("<!DOCTYPE html>\n<html lang=")
    parsed = Parsed(found)
    assert len(set(parsed.ids)) == len(parsed.ids)
    for _, name, value in parsed.attributes:
        if name in ("for", "aria-labelledby", "aria-describedby"):
            assert value in parsed.ids
    assert len(parsed.texts["title"][0]) > len(" - exprgrad")
    assert parsed.texts["code"] == [indented(text).text]


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
def test_a_page_needs_nothing_from_elsewhere(text: str, values: dict[str, Any]) -> None:
    found = page(text, values)
    parsed = Parsed(found)
    links = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
    assert not [x for x in parsed.attributes if x[1] in links or (x[1].startswith("on") and x[1] != "on")]
    assert "url(" not in found
    assert "@import" not in found
    names = {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"}
    assert {*re.findall(r"https?://[^\"'\s<)]+", found)} <= names
    policy = next(value for tag, name, value in parsed.attributes if tag == "meta" and "default-src" in value)
    script = parsed.texts["script"][1]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{hashed}'; ")


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
def test_the_steps_are_those_of_show_steps(text: str, values: dict[str, Any]) -> None:
    function = exprgrad.compile(text)
    parsed = Parsed(function.page(**values))
    shown = [line for line in function.steps(**values).text().splitlines() if line.startswith("  ")]
    items = [item for item in parsed.items if item]
    assert len(shown) == len(items) == len(data_of(parsed)["lines"])
    for line, cells in zip(shown, items, strict=True):
        known = re.split(r" {2,}", line.strip())
        assert [cell for cell in cells if cell][-len(known) :] == known


HOSTILE = [
    "a*b # </script><script>document.title='x'</script>",
    "a*b # <!-- <script> ",
    "a*b # \"'><img src=x onerror=x> &amp; ]]>",
    "a*b # $script ${title} $$",
    "a*b # \ue000\u2028\u202e\x00 \r",
    "u = a # <!--\nc = (u # </script\n *b)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_program_cannot_become_a_part_of_the_page(text: str) -> None:
    found = page(text, {"a": 15, "b": 20})
    parsed, plain = Parsed(found), Parsed(page("a*b", {"a": 15, "b": 20}))
    assert len(parsed.texts["script"]) == 2
    assert "img" not in parsed.texts
    assert "<!--" not in found
    assert found.count("</script") == found.count("<script") == 2
    kept = "".join(" " if c == "\r" else c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
    assert parsed.texts["code"] == [kept]
    if "u =" not in text:
        assert parsed.items == plain.items
    assert data_of(parsed)["parts"] == ["", "c"]


def test_a_page_is_the_same_everywhere() -> None:
    code = "import exprgrad, sys; sys.stdout.write(exprgrad.compile(sys.argv[1]).page(a=2))"
    pages = set()
    for seed, locale in (("1", "C"), ("2", "C.UTF-8")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run([sys.executable, "-c", code, NEWTON], env=environment, capture_output=True, check=True)
        pages.add(done.stdout)
    assert len(pages) == 1
    assert pages == {page(NEWTON, {"a": 2}).encode()}


def test_a_page_is_small() -> None:
    assert len(page("a*b", {"a": 15, "b": 20}).encode()) < 50_000
    # Iterations that are not shown leave nothing behind.
    assert len(page("y = x; for i in 0..3000 { y = sin(y) }", {"x": 1}).encode()) < 60_000


def test_a_page_opens_in_the_functions_mode() -> None:
    for mode in ("static", "dynamic"):
        assert f'value="{mode}" checked' in page("a*b", {"a": 1, "b": 2}, mode=mode)


@pytest.mark.parametrize(
    ("text", "values", "options", "said"),
    [
        ("sum(a)", {"a": [1, 2]}, {}, "Its values cannot be changed here: they are arrays"),
        (
            "v = [a, 2*a]; c = v[0]*v[1]",
            {"a": 3},
            {},
            "Its values cannot be changed here: a value on the way is an array",
        ),
        (NEWTON, {"a": 2}, {}, "There is no formula: a loop has no formula"),
        (NEWTON, {"a": 2}, {}, "they stay those of a = 2.0"),
        (
            "f(n) = 1 if n < 1 else n*f(n - 1); c = f(a)",
            {"a": 3},
            {"mode": "dynamic"},
            "There is no such picture: f calls",
        ),
        ("y = x; for i in 0..2000 { y = sin(y) }", {"x": 1}, {}, "The run is too long to be computed here"),
        ("abs(a)", {"a": 2}, {}, "At a kink or a jump"),
        (
            "c = x" + " + 1" * 1500,
            {"x": 1},
            {"max_order": 0},
            "There is no such picture: 3,002 nodes are too many to draw",
        ),
        ("2*3", {}, {}, "The program has no inputs."),
    ],
)
def test_what_a_page_lacks_is_said(text: str, values: dict[str, Any], options: dict[str, Any], said: str) -> None:
    found = page(text, values, **options)
    assert said in found.replace("&#x27;", "'")
    Parsed(found)


LONG = "x = x0; for k in 0..3 { x = x - lr*diff((x-2)^4 + sin(x), x) }; loss = (x-2)^4"


@pytest.mark.parametrize(
    ("text", "values", "title"),
    [
        ("a*b", {"a": 1, "b": 2}, "a*b"),
        (LONG, {"x0": 0.5, "lr": 0.05}, "loss of x0 and lr"),
        (f"{LONG}; end = x", {"x0": 0.5, "lr": 0.05}, "loss and end of x0 and lr"),
        (f"total = {' + '.join(['sin(0.5)'] * 9)}", {}, "total"),
        (
            f"total = {' + '.join(f'value{i}' for i in range(9))}",
            {f"value{i}": 1 for i in range(9)},
            "total of value0, ",
        ),
    ],
)
def test_the_title_is_the_program_or_what_it_gives(text: str, values: dict[str, float], title: str) -> None:
    parsed = Parsed(page(text, values))
    (found,) = parsed.texts["h1"]
    assert found == title or (title.endswith(", ") and found.startswith(title) and found.endswith("..."))
    assert parsed.texts["title"][0] == f"{found} - exprgrad"  # those of nodes come behind
    assert len(found) <= 60


def test_notes_stand_beside_the_results() -> None:
    assert "abs has a kink at 0: its derivative there is taken as 0, the middle" in page("abs(x)", {"x": 0})


def test_too_many_steps_are_refused() -> None:
    text = "c = " + "+".join(["x"] * lesson.MOST_LINES)
    with pytest.raises(exprgrad.ExprError, match="steps are too many for a page, which has at most 2,000"):
        page(text, {"x": 1})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"along_direction": {"a": 1}}, "a page shows the derivatives of the backward pass, not along a direction"),
        ({"weight_by": 2}, "a page shows derivatives without weights"),
        ({"full_jacobian": True}, "a page shows the derivatives of a sum, not a jacobian"),
        ({"sparse": True}, "a page shows the derivatives of a sum, not a jacobian"),
    ],
)
def test_what_has_no_backward_pass_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=said):
        page("a*b", {"a": 1, "b": 2}, **options)


@pytest.mark.parametrize("ending", ["html", "htm", "HTML"])
def test_the_command_writes_it(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"page.{ending}"
    assert run(["a*b", "--a", "15", "--b", "20", "-o", str(file)]) == 0
    assert file.read_bytes() == page("a*b", {"a": 15.0, "b": 20.0}).encode()
    assert [*tmp_path.iterdir()] == [file]
