"""What the names of a program are: its inputs, what it computes, and which of that it prints."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from exprgrad.diagnostics import Span
from exprgrad.syntax.tree import Call, Expression, Name, Program, children

# Values of names that the user gives no value for. There is no `e`: a forgotten --e would silently be 2.718...
CONSTANTS: Final = {
    "pi": 3.141592653589793,
    "tau": 6.283185307179586,
    "inf": float("inf"),
    "nan": float("nan"),
}


class Names(NamedTuple):
    """`statements` names each statement, bare expressions included, and `reads` are the names that each reads; the
    dicts keep order and first places."""

    inputs: dict[str, Span]
    assigned: dict[str, Span]
    statements: tuple[str, ...]
    reads: tuple[frozenset[str], ...]
    results: tuple[str, ...]
    constants: tuple[str, ...]
    calls: tuple[Call, ...]

    def needed_for(self, wanted: Collection[str]) -> list[bool]:
        """Which statements the last values of the wanted names depend on."""
        live = set(wanted)
        needed = []
        for name, reads in zip(reversed(self.statements), reversed(self.reads), strict=True):
            needed.append(name in live)
            if name in live:
                live.discard(name)
                live |= reads
        return needed[::-1]


def resolve(program: Program, overridden: Collection[str] = ()) -> Names:
    """Finds the names of a program; `overridden` are constants that the user gives a value for."""
    reads: list[dict[str, Span]] = []
    calls: list[Call] = []
    for statement in program.statements:
        read: dict[str, Span] = {}
        for node in walk(statement.value):
            if isinstance(node, Name):
                read.setdefault(node.name, node.span)
            elif isinstance(node, Call):
                calls.append(node)
        reads.append(read)
    used = {name for read in reads for name in read} | {s.name for s in program.statements if s.name}
    fresh = _fresh_names(used)

    inputs: dict[str, Span] = {}
    assigned: dict[str, Span] = {}
    constants: dict[str, None] = {}
    statements: list[str] = []
    last_assigned: dict[str, int] = {}
    last_read: dict[str, int] = {}
    asked: dict[str, int] = {}
    for i, (statement, read) in enumerate(zip(program.statements, reads, strict=True)):
        for name, span in read.items():
            last_read[name] = i
            if name in assigned or name in inputs:
                continue
            if name in CONSTANTS and name not in overridden:
                constants[name] = None
            else:
                inputs[name] = span
        if statement.name is not None:
            name = statement.name
            assigned.setdefault(name, statement.name_span)
            last_assigned[name] = i
        elif isinstance(statement.value, Name):
            name = statement.value.name
            asked[name] = i
        else:
            name = next(fresh)
            assigned[name] = statement.span
            last_assigned[name] = i
        statements.append(name)

    places = {name: i for name, i in last_assigned.items() if last_read.get(name, -1) <= i}
    for name, i in asked.items():
        places[name] = max(i, places.get(name, -1))
    results = sorted(places, key=lambda name: places[name])
    return Names(
        inputs,
        assigned,
        tuple(statements),
        tuple(map(frozenset, reads)),
        tuple(results),
        tuple(constants),
        tuple(calls),
    )


def _fresh_names(used: Collection[str]) -> Iterator[str]:
    """`c`, `c1`, `c2`, ... without the names that the program uses."""
    if "c" not in used:
        yield "c"
    number = 1
    while True:
        if f"c{number}" not in used:
            yield f"c{number}"
        number += 1


def walk(root: Expression) -> Iterator[Expression]:
    """Every sub-expression, in the order in which they are written."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))
