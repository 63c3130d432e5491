"""What the names of a program are: its inputs, what it computes, and which of that it prints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
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
    """A function of the program.

    `used` says of each parameter whether the value depends on it: an operand that does not count is not computed, in
    neither mode. `reads` are the program's names that it reads, by itself and through what it calls, and `inputs`
    those with the ones that stand in operands that do not count. `reaches` are the functions that it calls, directly
    or not.
    """

    definition: Definition
    used: tuple[bool, ...]
    reads: frozenset[str]
    inputs: dict[str, Span]
    reaches: frozenset[str]


class Names(NamedTuple):
    """`statements` names each statement, bare expressions included, and `reads` are the names that its value depends
    on; the dicts keep order and first places."""

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
    functions = _functions(program)
    calls = [node for d in program.functions for node in walk(d.body) if isinstance(node, Call)]
    reads: list[dict[str, Span]] = []
    live: list[frozenset[str]] = []
    for statement in program.statements:
        read: dict[str, Span] = {}
        for node in walk(statement.value):
            if isinstance(node, Name):
                read.setdefault(node.name, node.span)
            elif isinstance(node, Call):
                calls.append(node)
                if node.function in functions:
                    for name, span in functions[node.function].inputs.items():
                        read.setdefault(name, span)
        reads.append(read)
        live.append(_live_reads(statement.value, functions) if functions else frozenset(read))
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
        tuple(live),
        tuple(results),
        tuple(constants),
        tuple(calls),
        functions,
    )


def _functions(program: Program) -> dict[str, Function]:
    definitions: dict[str, Definition] = {}
    for definition in program.functions:
        if definition.name in definitions:
            message = f"{definition.name} is defined twice"
            raise NameProblem(message, definition.name_span, hint="give one another name")
        definitions[definition.name] = definition
    used = _used(definitions)
    functions: dict[str, Function] = {}
    for name, definition in definitions.items():
        reached: dict[str, None] = {}
        stack = [name]
        while stack:
            for called in _live(definitions[stack.pop()].body, used):
                if isinstance(called, Call) and called.function in definitions and called.function not in reached:
                    reached[called.function] = None
                    stack.append(called.function)
        reads: set[str] = set()
        inputs: dict[str, Span] = {}
        for member in dict.fromkeys((name, *reached)):
            parameters, body = definitions[member].parameters, definitions[member].body
            reads.update(n.name for n in _live(body, used) if isinstance(n, Name) and n.name not in parameters)
            for node in walk(body):
                if isinstance(node, Name) and node.name not in parameters:
                    inputs.setdefault(node.name, node.span)
        functions[name] = Function(definition, used[name], frozenset(reads), inputs, frozenset(reached))
    return functions


def _used(definitions: Mapping[str, Definition]) -> dict[str, tuple[bool, ...]]:
    """Which parameters of each function count: the least that is consistent, as functions may call each other."""
    used = {name: (False,) * len(definition.parameters) for name, definition in definitions.items()}
    changing = True
    while changing:
        changing = False
        for name, definition in definitions.items():
            read = {node.name for node in _live(definition.body, used) if isinstance(node, Name)}
            found = tuple(parameter in read for parameter in definition.parameters)
            changing = changing or found != used[name]
            used[name] = found
    return used


def _live(root: Expression, used: Mapping[str, tuple[bool, ...]]) -> Iterator[Expression]:
    """Like `walk`, without the operands that do not count."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        parts = children(node)
        counts = used.get(node.function) if isinstance(node, Call) else None
        if counts is not None and len(counts) == len(parts):
            parts = tuple(part for part, count in zip(parts, counts, strict=True) if count)
        stack.extend(reversed(parts))


def _live_reads(expression: Expression, functions: Mapping[str, Function]) -> frozenset[str]:
    used = {name: function.used for name, function in functions.items()}
    reads: set[str] = set()
    for node in _live(expression, used):
        if isinstance(node, Name):
            reads.add(node.name)
        elif isinstance(node, Call) and node.function in functions:
            reads |= functions[node.function].reads
    return frozenset(reads)


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
