"""The page as one text: what every page has, filled with a lesson."""

from __future__ import annotations

import json
import math
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from exprgrad.diagnostics import cut, listed
from exprgrad.targets.writing import Writing
from exprgrad.views.mathml import mathml
from exprgrad.views.numbers import shortest, written
from exprgrad.views.page.indented import Indented, indented
from exprgrad.views.page.lesson import Lesson, Told, told
from exprgrad.views.page.story import Shown
from exprgrad.views.steps import DEEPEST
from exprgrad.views.text import text as sentences

# Longer formulas are no help to a reader.
LONGEST_FORMULAS: Final = 40_000
# So long is a title, and so much of an array among the values.
LONGEST_TITLE: Final = 60
LONGEST_VALUE: Final = 200
# The two pictures: a title, and what it shows.
CAPTIONS: Final = {
    "operations": ("Operations", "nodes are operations, edges the data that flows: the graph of static mode"),
    "data": ("Data", "nodes are data, edges the operations that made it: the trace of dynamic mode"),
}
# What JSON has no numbers for, as JavaScript writes it.
INFINITE: Final[Mapping[str, str]] = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def page(lesson: Lesson) -> str:
    """A page of HTML that needs nothing else. Raises an UnsupportedError for a run that is too long to be told."""
    story = told(lesson)
    script = _script(story)
    title = _title(lesson)
    program = indented(lesson.text)
    return Template(_piece("page.html")).substitute(
        hash=b64encode(sha256(script.encode("utf-8")).digest()).decode("ascii"),
        title=_text(f"{title} - exprgrad"),
        style=_piece("page.css"),
        heading=_text(title),
        program=_text(program.text),
        formulas=_formulas(lesson),
        values=_values(lesson, story),
        results=_results(lesson),
        notes=_notes(lesson),
        static=" disabled" if "operations" not in story.scenes else " checked" if lesson.mode == "static" else "",
        dynamic=" checked" if lesson.mode == "dynamic" else "",
        pictures="".join(_pictures(story)),
        steps=len(story.story.lines),
        made=_text(_made(lesson)),
        lines="".join(_lines(story)),
        remarks="".join([f"<li>{_text(remark)}</li>\n" for remark in _remarks(lesson, story)]),
        data=_data(story, program),
        script=script,
    )


def _title(lesson: Lesson) -> str:
    """The program, or where it is long what it gives: `loss of x0 and lr`."""
    whole = " ".join(lesson.text.split())
    if len(whole) <= LONGEST_TITLE:
        return whole
    inputs = [*lesson.numbers]
    return cut(listed(lesson.task.results) + (f" of {listed(inputs)}" if inputs else ""), LONGEST_TITLE)


def _piece(file: str) -> str:
    return Path(__file__).with_name(file).read_text(encoding="utf-8")


def _text(text: str) -> str:
    """A text of the user's as HTML has it, character by character: what moves or hides others is replaced."""
    kept = [
        c if c.isprintable() or c in "\n\t\xa0" else " " if c == "\r" else "\N{REPLACEMENT CHARACTER}" for c in text
    ]
    return escape("".join(kept))


def _formulas(lesson: Lesson) -> str:
    if isinstance(lesson.equations, str):
        return ""
    found = mathml(lesson.equations)
    lines = [f'<div class="formula">{line}</div>\n' for line in found.splitlines()]
    return "".join(lines) if len(found) <= LONGEST_FORMULAS else ""


def _values(lesson: Lesson, told: Told) -> str:
    values = [(name, cut(written(x, shortest), LONGEST_VALUE)) for name, x in lesson.result.inputs.items()]
    if not values:
        return "<p>The program has no inputs.</p>\n"
    if told.results is None:
        rows = [f'<div class="value-row"><dt>{_text(name)}</dt><dd>{x}</dd></div>\n' for name, x in values]
        return f"<dl>\n{''.join(rows)}</dl>\n"
    fields = [
        f'<div class="value-row"><label for="value-{i}">{_text(name)}</label>'
        f'<input type="text" id="value-{i}" name="{_text(name)}" value="{x}" spellcheck="false"></div>\n'
        for i, (name, x) in enumerate(values, 1)
    ]
    return (
        f'<form id="values" autocomplete="off">\n{"".join(fields)}<p id="problem" role="alert"></p>\n'
        '<p id="state" role="status">These are the values that the page was made with. Try others.</p>\n'
        '<button type="reset" id="reset" disabled>Reset</button>\n</form>\n'
    )


def _results(lesson: Lesson) -> str:
    lines = sentences(lesson.result).splitlines()
    halves = [line.rpartition(" = ") for line in lines]
    return "".join([f"<li>{_text(what)} = <output>{_text(number)}</output></li>\n" for what, _, number in halves])


def _notes(lesson: Lesson) -> str:
    """What deserves a note at the values that the page was made with."""
    notes = [str(note) for note in lesson.result.notes]
    if not notes:
        return ""
    return f'<ul class="note" id="notes">\n{"".join([f"<li>{_text(note)}</li>" for note in notes])}</ul>\n'


def _pictures(told: Told) -> Iterator[str]:
    for kind, (title, what) in CAPTIONS.items():
        yield f'<figure id="{kind}">\n<figcaption><b>{title}</b>: {what}</figcaption>\n'
        if kind in told.pictures:
            label = f"Picture of the {title.lower()}; the steps below say the same in words"
            drawn = told.pictures[kind].replace('role="img"', f'role="group" aria-label="{label}"', 1)
            yield (
                f'<div class="zoom" role="group" aria-label="Size of the picture of the {title.lower()}">'
                '<button type="button" aria-label="Smaller">−</button>'
                '<button type="button">Fit</button>'
                '<button type="button" aria-label="Larger">+</button></div>\n'
                f'<div class="pane" tabindex="0" role="group" aria-label="{title}">\n{drawn}</div>\n'
                '<p class="detail"></p>\n'
            )
        else:
            yield f'<p class="note">There is no such picture: {_text(told.missing[kind])}</p>\n'
        yield "</figure>\n"


def _lines(told: Told) -> Iterator[str]:
    """The steps in a list for each pass."""
    part = -1
    yield '<div class="steps" id="steps">\n'
    for i, line in enumerate(told.story.lines, 1):
        if line.part != part:
            yield "</ol>\n" if part >= 0 else ""
            part = line.part
            name = told.story.parts[part]
            yield f'<h3>{f"Backward from {_text(name)}" if part else "Forward"}</h3>\n<ol style="--before: {i - 1}">\n'
        depth = f' style="--depth: {min(line.depth, DEEPEST)}"' if line.depth else ""
        yield f"<li{depth}>{''.join([f'<span>{_text(cell)}</span>' for cell in line.texts])}</li>\n"
    yield "</ol>\n" if part >= 0 else ""
    yield "".join([f"<p>{_text(what)}</p>\n" for what in told.explained])
    yield "</div>\n"


def _made(lesson: Lesson) -> str:
    """The values that the page was made with."""
    values = [f"{name} = {cut(written(x, shortest), LONGEST_VALUE)}" for name, x in lesson.result.inputs.items()]
    return ", ".join(values)


def _remarks(lesson: Lesson, told: Told) -> Iterator[str]:
    """What a reader is to know of the numbers, and what the page lacks and why."""
    yield (
        "The page opens with exprgrad's own numbers: every operation is rounded correctly, and derivatives are no "
        "differences, but exact up to that."
    )
    values = _made(lesson)
    if told.results is None:
        if values:
            yield f"Its values cannot be changed here: {told.why}."
    elif values:
        yield (
            "What you enter is computed by your browser, in doubles and with a function that exprgrad wrote: sin, exp "
            "and their like may differ in their last digits there."
        )
        if isinstance(lesson.written, Writing) and lesson.written.has_kinks:
            yield "At a kink or a jump it follows the convention of each operation, where exprgrad looks beside it."
        if told.numbers is None:
            yield f"The run is too long to be computed here: pictures and steps are those of {values}."
        elif told.decisions:
            yield (
                "Pictures and steps are computed anew as long as all conditions decide as they did. Where one does not "
                f"the program takes another way, and they stay those of {values}. The results always are computed anew."
            )
    if isinstance(lesson.equations, str):
        yield f"There is no formula: {lesson.equations}."
    elif not _formulas(lesson):
        yield "The formulas are too long to be read here; -f formula writes them."


def _script(told: Told) -> str:
    """What the page runs: the functions of the program, then what every page has."""
    functions = {"results": told.results, "numbers": told.numbers}
    texts = [
        f"    {name}: null," if text is None else f"    {name}: (() => {{\n{text}    }})(),"
        for name, text in functions.items()
    ]
    script = "\n".join(["", "const computed = {", *texts, "};", "", _piece("page.js")])
    # A comment holds the user's text, which is not to be a tag. In code there is a space behind every <.
    return re.sub("<(?=[A-Za-z/!])", r"<\\", script)


def _data(told: Told, program: Indented) -> str:
    """What the script reads: numbers by their places, and for each step and picture what is shown there."""
    story = told.story
    scenes = [(kind, i, scene) for i, (kind, scene) in enumerate(told.scenes.items()) if kind in told.pictures]

    def shown(of: Sequence[Shown]) -> dict[str, Any]:
        return {kind: dict(zip(Shown._fields, of[i], strict=True)) for kind, i, _ in scenes}

    data = {
        "numbers": [x if math.isfinite(x) else INFINITE[str(x)] for x in story.numbers.values],
        "decisions": told.decisions,
        "parts": story.parts,
        "names": {kind: [node.short for node in scene.picture.nodes] for kind, _, scene in scenes},
        "since": {kind: scene.since for kind, _, scene in scenes},
        "begin": shown(story.begin),
        "lines": [
            {
                "part": line.part,
                "span": line.span and [*program.span(line.span)[:2]],
                "cells": line.cells,
                "shown": shown(line.shown),
            }
            for line in story.lines
        ],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
