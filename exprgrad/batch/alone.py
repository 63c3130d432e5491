"""Functions of arrays that are given a column: in each row that is one number."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from exprgrad.diagnostics import Note
from exprgrad.ops.functions import FUNCTIONS
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import Names
from exprgrad.syntax.tree import Name


class Alone(NamedTuple):
    """A function, the column that it is given, and the note on it, to which is said what to do."""

    function: str
    column: str
    note: Note


def alone(names: Names, columns: Collection[str]) -> Iterator[Alone]:
    """Those that reduce an array along an axis, or scan it, each once."""
    along = {name for name, known in FUNCTIONS.items() if any([option.name == "axis" for option in known.options])}
    parameters = {name for known in names.functions.values() for name in known.definition.parameters}
    found = set()
    for call in names.calls:
        if call.function not in along - names.functions.keys() or len(call.arguments) != 1:
            continue
        x = call.arguments[0]
        if not isinstance(x, Name) or x.name not in columns or x.name in parameters:
            continue
        if (call.function, x.name) not in found:
            found.add((call.function, x.name))
            message = f"{x.name} is one number in each row, and {call.function}({x.name}) is of that number alone"
            yield Alone(call.function, x.name, Note(message, call.span))
