"""A result as tables of HTML, for a notebook: the tables that `table` has."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from exprgrad.outcomes import Outcomes
from exprgrad.views.numbers import shortest
from exprgrad.views.table import blocks

_LEFT: Final = "text-align: left"
_RIGHT: Final = "text-align: right"


def tables(result: Outcomes) -> str:
    """The tables of a result, one after another, and the notes."""
    found = [table(block.title, ["", *block.heads], block.cells(shortest)) for block in blocks(result)]
    found += [f"<p>note: {escape(str(note))}</p>" for note in result.notes]
    return "\n".join(found)


def table(title: str, heads: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """One table, from the heads and the cells of its columns; under a title the first column has names."""
    lines = ["<table>"]
    if title:
        lines.append(f'<caption style="{_LEFT}">{escape(title)}</caption>')
    if any(heads):
        lines.append(f"<tr>{''.join([_cell(head, 'th', 'col') for head in heads])}</tr>")
    for row in zip(*columns, strict=True):
        first = _cell(row[0], "th", "row") if title else _cell(row[0])
        lines.append(f"<tr>{first}{''.join([_cell(text) for text in row[1:]])}</tr>")
    lines.append("</table>")
    return "\n".join(lines)


def _cell(text: str, kind: str = "td", scope: str = "") -> str:
    scope = f' scope="{scope}"' if scope else ""
    return f'<{kind}{scope} style="{_LEFT if kind == "th" and "row" in scope else _RIGHT}">{escape(text)}</{kind}>'
