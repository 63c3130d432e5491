"""What the names of a program are: its inputs, what it computes, and which of that it prints."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from exprgrad.diagnostics import NameProblem, Span
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import Begin, Else, End, Event, Set, flattened, is_hidden
from exprgrad.syntax.tree import (
    NOWHERE,
    Call,
    Definition,
    Derivatives,
    Diff,
    Expression,
    If,
    Index,
    Name,
    Number,
    ProgramTree,
    Statement,
    While,
    children,
)
from exprgrad.text_tests import as_test, is_test, numbers_of, variable_of

# Values of names that the user gives no value for. There is no `e`: a forgotten --e would silently be 2.718...
CONSTANTS: Final = {
    "pi": 3.141592653589793,
    "tau": 6.283185307179586,
    "inf": float("inf"),
    "nan": float("nan"),
}
# Of these what is more often a name of one's own: a time constant, a torque.
OFTEN_OWN: Final = frozenset(("tau",))


_TEXTUAL: Final = "a variable is a text or a number: name them differently"


class Function(NamedTuple):
    """A function of the program.

    `used` says of each parameter whether the value depends on it: an operand that does not count is not computed, in
    neither mode. `reads` are the program's names that it reads, by itself and through what it calls, and `inputs`
    those with the ones that stand in operands that do not count. `reaches` are the functions that it calls, directly
    or not. `by` are the parameters that its body differentiates by.
    """

    definition: Definition
    used: tuple[bool, ...]
    reads: frozenset[str]
    inputs: dict[str, Span]
    reaches: frozenset[str]
    by: frozenset[str]


class Names:
    """What `resolve` found. The dicts keep order and first places; `unsure` are the names that have no value at the
    end of the program if it takes some way, with the statement that assigns them on others."""

    def __init__(self, functions: dict[str, Function]) -> None:
        self.functions = functions
        self.inputs: dict[str, Span] = {}
        self.assigned: dict[str, Span] = {}
        self.constants: dict[str, Span] = {}
        self.results: tuple[str, ...] = ()
        self.unsure: dict[str, Statement] = {}
        self.calls: list[Call] = []
        self.diffs: list[Diff | Derivatives] = []
        self.indexes: list[Index] = []
        # All names that something is differentiated by.
        self.by: frozenset[str] = frozenset()
        self.events: list[Event] = []
        # The names that each event reads in a way that counts, and all names in the order of the text.
        self.reads: list[frozenset[str]] = []
        self.order: dict[str, int] = {}

    @property
    def variables(self) -> dict[str, Span]:
        """What is given values: numbers, and what is compared with texts, in order and with first places."""
        found: dict[str, Span] = {}
        for name, span in self.inputs.items():
            found.setdefault(variable_of(name), span)
        return found

    @property
    def numbers(self) -> tuple[str, ...]:
        """The inputs that are numbers; the others are tests of texts."""
        return numbers_of(self.inputs)

    @property
    def texts(self) -> dict[str, tuple[str, ...]]:
        """By what is compared with texts these texts."""
        found: dict[str, tuple[str, ...]] = {}
        for test in filter(None, map(as_test, self.inputs)):
            found[test.variable] = (*found.get(test.variable, ()), test.text)
        return found

    def computed_later(self, names: Iterable[str]) -> list[str]:
        """What to do about inputs that the program computes behind what reads them."""
        late = [name for name in names if name in self.assigned]
        return [f"{name} is computed behind this: move that statement up" for name in late]

    def check_numbers(self, names: Iterable[str], what: str) -> None:
        """Raises a NameProblem for a name that is compared with texts: it cannot be `what`."""
        texts = self.texts
        for name in names:
            if name in texts:
                hint = f"the inputs that are numbers are {', '.join(self.numbers) or 'none'}"
                message = f"{name} is compared with a text, and cannot be {what}"
                raise NameProblem(message, self.variables[name], hint=hint)


def resolve(program: ProgramTree, overridden: Collection[str] = ()) -> Names:
    """Finds the names of a program; `overridden` are constants that the user gives a value for."""
    names = Names(_functions(program))
    _Resolution(names, overridden).run(program)
    return names


def named_pieces(names: Names) -> dict[Span, str]:
    """The names by the pieces of the text that compute what they stand for."""
    return {
        event.value.span: event.name
        for event in names.events
        if isinstance(event, Set) and event.name is not None and not is_hidden(event.name)
    }


class _Resolution:
    """A walk along the program that knows at each place which names have a value there, whatever way led to it."""

    def __init__(self, names: Names, overridden: Collection[str]) -> None:
        self.names = names
        self.overridden = overridden
        # What the open blocks assign on every way, the program's own statements first.
        self.layers: list[dict[str, None]] = [{}]
        # In how many of them a name stands: blocks may nest too deep to ask each.
        self.sure: dict[str, int] = {}
        self.maybe: dict[str, Statement] = {}
        # By name, the last event that reads it.
        self.last_read: dict[str, int] = {}
        self.last_assigned: dict[str, int] = {}
        self.of_program: set[str] = set()
        self.asked: dict[str, int] = {}

    def run(self, program: ProgramTree) -> None:
        names = self.names
        names.events.extend(flattened(program.statements))
        names.calls.extend(node for d in program.functions for node in walk(d.body) if isinstance(node, Call))
        names.diffs.extend(
            node for d in program.functions for node in walk(d.body) if isinstance(node, Diff | Derivatives)
        )
        names.indexes.extend(node for d in program.functions for node in walk(d.body) if isinstance(node, Index))
        used = {parameter for d in program.functions for parameter in d.parameters}
        for event in names.events:
            used.update(self._mentioned(event))
        fresh = fresh_names(used)
        sides: list[dict[str, None]] = []
        for position, event in enumerate(names.events):
            if isinstance(event, Set):
                self._expression(event.value, position)
                if event.name is None and isinstance(event.value, Name) and not is_test(event.value.name):
                    names.order.setdefault(event.value.name, len(names.order))
                    self.asked[event.value.name] = position
                else:
                    self._assign(event._replace(name=event.name or next(fresh)), position)
            elif isinstance(event, Begin):
                self._expression(event.condition, position)
                self.layers.append({})
            elif isinstance(event, Else):
                sides.append(self._pop())
                self.layers.append({})
            else:
                layer = self._pop()
                either = dict(layer)
                if isinstance(event.statement, If):
                    then = sides.pop()
                    either.update(then)
                    for name in then:
                        if name in layer:
                            self._add(name)
                for name in either:
                    if not self._sure(name):
                        self.maybe[name] = event.statement
            if len(names.reads) <= position:
                names.reads.append(frozenset())
        names.by = frozenset(name.name for diff in names.diffs for name in diff.by)
        self._results()
        # A function's names stand where it is defined.
        names.inputs = dict(sorted(names.inputs.items(), key=lambda item: item[1]))
        _check_texts(names)
        names.unsure = {name: where for name, where in self.maybe.items() if not self._sure(name)}

    def _mentioned(self, event: Event) -> set[str]:
        """The names that an event uses, so that no bare expression is called like one of them."""
        if isinstance(event, Set):
            found = {event.name} if event.name is not None else set()
            expression = event.value
        elif isinstance(event, Begin):
            found, expression = set(), event.condition
        else:
            return set()
        for node in walk(expression):
            if isinstance(node, Name):
                found.add(variable_of(node.name))
            elif isinstance(node, Call) and node.function in self.names.functions:
                found.update(map(variable_of, self.names.functions[node.function].inputs))
        return found

    def _expression(self, expression: Expression, position: int) -> None:
        functions = self.names.functions
        for node in walk(expression):
            if isinstance(node, Name):
                self._read(node.name, node.span, position)
            elif isinstance(node, Call):
                self.names.calls.append(node)
                if node.function in functions:
                    for name, span in functions[node.function].inputs.items():
                        self._read(name, span, position)
            elif isinstance(node, Diff | Derivatives):
                self.names.diffs.append(node)
            elif isinstance(node, Index):
                self.names.indexes.append(node)
        self.names.reads.append(live_reads(expression, functions))

    def _read(self, name: str, span: Span, position: int) -> None:
        names = self.names
        names.order.setdefault(name, len(names.order))
        self.last_read[name] = position
        if self._sure(name):
            return
        if name in self.maybe:
            raise no_value(name, self.maybe[name], names.events[:position], span)
        if name in CONSTANTS and name not in self.overridden:
            names.constants[name] = span
        else:
            names.inputs[name] = span

    def _sure(self, name: str) -> bool:
        """Whether a name has a value here on every way."""
        names = self.names
        return bool(self.sure.get(name)) or name in names.inputs or name in names.constants

    def _assign(self, event: Set, position: int) -> None:
        names = self.names
        name = event.name
        assert name is not None
        names.events[position] = event
        names.order.setdefault(name, len(names.order))
        if not is_hidden(name):
            if len(self.layers) == 1 and name not in names.assigned:
                self.of_program.add(name)
            names.assigned.setdefault(name, event.name_span)
            self.last_assigned[name] = position
        self._add(name)

    def _add(self, name: str) -> None:
        if name not in self.layers[-1]:
            self.layers[-1][name] = None
            self.sure[name] = self.sure.get(name, 0) + 1

    def _pop(self) -> dict[str, None]:
        layer = self.layers.pop()
        for name in layer:
            self.sure[name] -= 1
        return layer

    def _results(self) -> None:
        places: dict[str, int] = {}
        for name in self.of_program:
            position = self.last_assigned[name]
            # In a loop, what stands earlier comes again, but it is no later statement: x is a result of
            # `x = a; while abs(x*x - a) > 1e-9 { d = ...; x = x - d }`.
            if self.last_read.get(name, -1) <= position:
                places[name] = position
        for name, position in self.asked.items():
            places[name] = max(position, places.get(name, -1))
        counters = self._counters() - self.asked.keys()
        shown = [name for name in places if name not in counters] or list(places)
        self.names.results = tuple(sorted(shown, key=lambda name: places[name]))

    def _counters(self) -> set[str | None]:
        """The names of a loop that count for others: they are made of numbers and of themselves alone, as k is by
        `k = 0; while k < 9 { ...; k = k + 1 }`, and something else reads them."""
        events = list(zip(self.names.events, self.names.reads, strict=True))
        looped: set[str | None] = set()
        of_others: set[str | None] = set()
        read: set[str | None] = set()
        loops = 0
        for event, reads in events:
            own: set[str | None] = set()
            if isinstance(event, Set):
                own = {event.name}
                looped |= own if loops else set()
                of_others |= own if reads - own - self.names.constants.keys() else set()
            elif not isinstance(event, Else) and isinstance(event.statement, While):
                loops += 1 if isinstance(event, Begin) else -1
            read |= reads - own
        return (looped - of_others) & read


def _check_texts(names: Names) -> None:
    """Raises a NameProblem for a variable that is compared with a text, and a number elsewhere."""
    for name, span in names.inputs.items():
        variable = variable_of(name)
        if variable == name:
            continue
        if variable in names.assigned or variable in names.constants:
            what = "computed by the program" if variable in names.assigned else "a constant"
            raise NameProblem(f"{variable} is {what}, a number, and compared with a text", span, hint=_TEXTUAL)
        if variable in names.inputs:
            raise NameProblem(f"{variable} is compared with a text, and a number elsewhere", span, hint=_TEXTUAL)


def no_value(
    name: str, statement: Statement, events: Sequence[Event], span: Span | None, where: str = "here"
) -> NameProblem:
    """The error for a name that only some ways through the events before its reader assign."""
    if isinstance(statement, If):
        why = "only one side of an if assigns it"
        both = ", or on both sides"
    else:
        why = "a loop that does not run does not assign it"
        both = ""
    outer = _around(statement, events)
    hint = f"assign {name} before {_called(outer)}{both if outer is statement else ''}"
    return NameProblem(f"{name} may have no value {where}: {why}", span, hint=hint)


def no_result(names: Names) -> NameProblem:
    """The error for a program whose every name is a block's own, or is read by a later statement."""
    computed: list[str] = []
    outside: set[str] = set()
    depth = 0
    for event in names.events:
        if not isinstance(event, Set):
            depth += isinstance(event, Begin) - isinstance(event, End)
        # A counter is given what a hidden name has.
        elif event.name in names.assigned and not (isinstance(event.value, Name) and is_hidden(event.value.name)):
            if depth == 0 and event.name not in computed:
                outside.add(event.name)
            computed.append(event.name)
    if not computed:
        return NameProblem("the program has no result", NOWHERE, hint="write name = expression outside of all blocks")
    name = computed[-1]
    hint = f"add {name} as the last line"
    if name in names.unsure:
        hint = f"write {name} = ... before {_called(_around(names.unsure[name], names.events))} too"
    why = f"a later statement reads {name}" if name in outside else f"{name} is first assigned in a block"
    return NameProblem(f"the program has no result: {why}", names.assigned[name], hint=hint)


def _around(statement: Statement, events: Iterable[Event]) -> Statement:
    """The outermost statement around one, itself included, that has ended by the end of the events."""
    opened: list[Statement] = []
    found = statement
    for event in events:
        if isinstance(event, Begin):
            opened.append(event.statement)
        elif isinstance(event, End):
            ended = opened.pop()
            if ended.span.start <= statement.span.start and statement.span.end <= ended.span.end:
                found = ended
    return found


def _called(statement: Statement) -> str:
    return "the if" if isinstance(statement, If) else "the loop"


def _functions(program: ProgramTree) -> dict[str, Function]:
    definitions: dict[str, Definition] = {}
    for definition in program.functions:
        if definition.name in definitions:
            message = f"{definition.name} is defined twice"
            raise NameProblem(message, definition.name_span, hint="give one another name")
        definitions[definition.name] = definition
    for definition in definitions.values():
        for node in walk(definition.body):
            if isinstance(node, Name) and is_test(node.name) and variable_of(node.name) in definition.parameters:
                what = f"{variable_of(node.name)} is a parameter of {definition.name}"
                hint = "compare a variable of the program, which is no parameter"
                raise NameProblem(f"{what}, a number, and compared with a text", node.span, hint=hint)
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
        diffs = [node for node in walk(definition.body) if isinstance(node, Diff | Derivatives)]
        by = frozenset(name.name for diff in diffs for name in diff.by) & set(definition.parameters)
        functions[name] = Function(definition, used[name], frozenset(reads), inputs, frozenset(reached), by)
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
        if type(node) is Name or type(node) is Number:
            continue
        parts = children(node)
        counts = used.get(node.function) if isinstance(node, Call) else None
        if counts is not None and len(counts) == len(parts):
            parts = tuple(part for part, count in zip(parts, counts, strict=True) if count)
        stack.extend(reversed(parts))


def live_reads(expression: Expression, functions: Mapping[str, Function]) -> frozenset[str]:
    """The names that an expression reads in a way that counts, by itself and through the functions that it calls."""
    used = {name: function.used for name, function in functions.items()}
    reads: set[str] = set()
    for node in _live(expression, used):
        if isinstance(node, Name):
            reads.add(node.name)
        elif isinstance(node, Call) and node.function in functions:
            reads |= functions[node.function].reads
    return frozenset(reads)


def fresh_names(used: Collection[str]) -> Iterator[str]:
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
        if type(node) is not Name and type(node) is not Number:
            stack.extend(reversed(children(node)))
