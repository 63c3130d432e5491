"""A program on one line is shown on several: the same program, whose pieces are still found."""

from __future__ import annotations

import re

import pytest

import exprgrad
from exprgrad.diagnostics import Span
from exprgrad.views.page.indented import indented
from tests.programs import Maker

TEXTS = {
    "a*b": "a*b",
    "u = a*b; c = sin(u)": "u = a*b; c = sin(u)",
    "y = a; for k in 0..3 { y = y*y }": "y = a;\nfor k in 0..3 {\n    y = y*y\n}",
    "if a>0{y=1}else{y=2};c=y": "if a>0{\n    y=1\n}else{\n    y=2\n};\nc=y",
    "y = a; for i in 0..2 { for j in 0..2 { y = y*a } } # {;}": (
        "y = a;\nfor i in 0..2 {\n    for j in 0..2 {\n        y = y*a\n    }\n}\n# {;}"
    ),
    "y = a; while y < 9 { y = y + 1 if kind == 'a;{b' else 9 }": (
        "y = a;\nwhile y < 9 {\n    y = y + 1 if kind == 'a;{b' else 9\n}"
    ),
    "y = a\nfor k in 0..3 { y = y*y; }\n": "y = a\nfor k in 0..3 { y = y*y; }\n",
}


def on_one_line(text: str) -> str:
    return re.sub(r"\{;", "{", re.sub(r"\s*\n\s*", "; ", text.strip()))


@pytest.mark.parametrize("text", TEXTS)
def test_blocks_are_broken_and_indented(text: str) -> None:
    assert indented(text).text == TEXTS[text]


@pytest.mark.parametrize("text", [*TEXTS, *(on_one_line(Maker(seed).program()) for seed in range(40))])
def test_it_is_the_same_program_and_its_pieces_are_found(text: str) -> None:
    found = indented(text)
    assert indented(found.text).text == found.text
    assert "".join(found.text.split()) == "".join(text.split())
    written, shown = (exprgrad.compile(x, max_order=0) for x in (text, found.text))
    assert written.inputs == shown.inputs and written.results == shown.results
    for start, c in enumerate(text):
        for end in (start + 1, start + 5):
            piece = text[start:end]
            if not c.isspace() and end <= len(text) and not piece[-1].isspace():
                span = found.span(Span(start, end))
                assert "".join(found.text[span.start : span.end].split()) == "".join(piece.split())
