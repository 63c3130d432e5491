"""What the names of a program are: its inputs, what it computes, and which of that it prints."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from exprgrad.diagnostics import NameProblem, Span
from exprgrad.syntax.tree import Call, Definition, Expression, Name, Program, children

# Values of names that the user gives no value for. There is no `e`: a forgotten --e would silently be 2.718...
CONSTANTS: Final = {
    "pi": 3.141592653589793,
    "tau": 6.283185307179586,
    "inf": float("inf"),
    "nan": float("nan"),
}


class Function(NamedTuple):
    """A function of the program: its definition, and what it reads of the program's names, by itself and through what
    it calls, with the first places. `reaches` are the functions that it calls, directly or not."""

    definition: Definition
    reads: dict[str, Span]
    reaches: frozenset[str]


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
    functions: dict[str, Function]

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
    calls: list[Call] = []
    functions = _functions(program, calls)
    reads: list[dict[str, Span]] = []
    for statement in program.statements:
        read, called = _read(statement.value, calls)
        for function in called:
            if function in functions:
                for name, span in functions[function].reads.items():
                    read.setdefault(name, span)
        reads.append(read)
    used = {name for read in reads for name in read} | {s.name for s in program.statements if s.name}
    for definition in program.functions:
        used.update(definition.parameters)
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
    inputs = dict(sorted(inputs.items(), key=lambda item: item[1]))  # a function's names stand where it is defined
    return Names(
        inputs,
        assigned,
        tuple(statements),
        tuple(map(frozenset, reads)),
        tuple(results),
        tuple(constants),
        tuple(calls),
        functions,
    )


def _read(expression: Expression, calls: list[Call]) -> tuple[dict[str, Span], set[str]]:
    """The names that an expression reads with their first places, and the functions that it calls; the calls are
    added to `calls`."""
    names: dict[str, Span] = {}
    called: set[str] = set()
    for node in walk(expression):
        if isinstance(node, Name):
            names.setdefault(node.name, node.span)
        elif isinstance(node, Call):
            calls.append(node)
            called.add(node.function)
    return names, called


def _functions(program: Program, calls: list[Call]) -> dict[str, Function]:
    direct: dict[str, set[str]] = {}
    own: dict[str, dict[str, Span]] = {}
    definitions: dict[str, Definition] = {}
    for definition in program.functions:
        name = definition.name
        if name in definitions:
            raise NameProblem(f"{name} is defined twice", definition.name_span, hint="give one another name")
        definitions[name] = definition
        names, direct[name] = _read(definition.body, calls)
        own[name] = {read: span for read, span in names.items() if read not in definition.parameters}
    functions: dict[str, Function] = {}
    for name, definition in definitions.items():
        reached: dict[str, None] = {}
        stack = [name]
        while stack:
            for called in sorted(direct[stack.pop()]):
                if called in definitions and called not in reached:
                    reached[called] = None
                    stack.append(called)
        reads = dict(own[name])
        for called in reached:
            for read, span in own[called].items():
                reads.setdefault(read, span)
        functions[name] = Function(definition, reads, frozenset(reached))
    return functions


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
