"""What a session has: inputs with their values, functions, and definitions, in an order in which they can be computed.

Whatever is computed from a name follows when the name gets another value or definition. A sheet never changes: each
change gives another one.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from exprgrad.arguments.values import value_of
from exprgrad.compiled import Function, compile
from exprgrad.diagnostics import ExprError, Mark, NameProblem, Note, Span, UnsupportedError, listed, meant
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS, no_result, resolve
from exprgrad.syntax.parser import parse
from exprgrad.syntax.rewriting import nodes
from exprgrad.syntax.tree import Assignment, Call, Definition, ProgramTree

if TYPE_CHECKING:
    from exprgrad.arguments.scan import Given
    from exprgrad.result import Result


class Input(NamedTuple):
    """The value of an input, as numbers, and as the constant expression that was typed for it, if one line was."""

    value: Any
    typed: str | None = None

    @property
    def text(self) -> str:
        """A constant expression for it, which reads back the same doubles."""
        return repr(self.value) if self.typed is None else self.typed


class Own(NamedTuple):
    """A function of the user's own."""

    text: str
    tree: Definition


class Computed(NamedTuple):
    """Statements that compute names: those that have a value behind them, all that they assign, which may be a counter
    too, what they read of others, constants included, and the functions that they call. `is_question` says that they
    have a name only because they were asked for."""

    text: str
    tree: ProgramTree
    names: tuple[str, ...]
    assigned: tuple[str, ...]
    reads: tuple[str, ...]
    calls: tuple[str, ...]
    is_question: bool = False


class Program(NamedTuple):
    """The part of a sheet that computes some names, as one text, whose pieces begin at `starts`, and its inputs."""

    text: str
    pieces: Sequence[str]
    starts: Sequence[int]
    inputs: Collection[str]

    def placed(self, problem: ExprError) -> ExprError:
        """The error about the piece that its place is in, as the user typed that."""
        if problem.source is self.text and (problem.marks or problem.span is not None):
            marks = problem.marks or [Mark(problem.span or Span(0, 0), "")]
            pieces = {bisect_right(self.starts, mark.span.start) - 1 for mark in marks}
            if len(pieces) == 1:
                (piece,) = pieces
                problem.source = self.pieces[piece]
                problem.span = problem.span and self._within(problem.span, piece)
                problem.marks = [mark._replace(span=self._within(mark.span, piece)) for mark in problem.marks]
        return problem

    def note(self, note: Note) -> tuple[Note, str]:
        """The same of a note: with its place in the piece, and the piece."""
        piece = bisect_right(self.starts, note.span.start) - 1
        return note._replace(span=self._within(note.span, piece)), self.pieces[piece]

    def _within(self, span: Span, piece: int) -> Span:
        return Span(span.start - self.starts[piece], span.end - self.starts[piece])


class Sheet(NamedTuple):
    """Inputs and functions by name, and the definitions. A name has one of them that gives it its value, and no other
    definition assigns it."""

    inputs: Mapping[str, Input] = {}
    functions: Mapping[str, Own] = {}
    definitions: tuple[Computed, ...] = ()

    @property
    def names(self) -> dict[str, None]:
        """All names that have a value or a definition."""
        return dict.fromkeys([*self.inputs, *self.computed])

    @property
    def computed(self) -> dict[str, int]:
        """The names that are computed, each with the place of its definition."""
        return {name: place for place, computed in enumerate(self.definitions) for name in computed.names}

    @property
    def used(self) -> set[str]:
        """All names that occur."""
        found = set(self.names)
        for computed in self.definitions:
            found.update(computed.assigned, computed.reads)
        return found

    # -- changes -------------------------------------------------------------------------------------------------------

    def with_values(self, given: Iterable[Given]) -> Sheet:
        """The sheet where names are inputs with values that are given, as on a command line."""
        sheet = self
        for variable in given:
            value, _ = value_of(variable)
            typed = None if variable.text.startswith("@") else variable.text
            free = sheet._without([variable.name])
            sheet = free._replace(inputs={**free.inputs, variable.name: Input(value, typed)})
        return sheet

    def with_function(self, definition: Definition, text: str) -> Sheet:
        """The sheet with a function, which takes the place of the one of its name."""
        changed = self._replace(functions={**self.functions, definition.name: Own(text, definition)})
        # What calls it may read other names now.
        again = [computed._replace(reads=changed._computed(computed.tree).reads) for computed in self.definitions]
        return changed._replace(definitions=tuple(again))._in_order(definition.name)

    def with_statement(
        self, text: str, *, is_question: bool = False, step_limit: int | None = None
    ) -> tuple[Sheet, tuple[str, ...], Sequence[Note]]:
        """The sheet where a statement gives names their values, those that are worth showing, and notes on inputs.

        What depends on nothing is an input. A statement that reads a name which it assigns goes on from what that was.
        """
        tree = parse(text)
        alone, known = self._computed(tree), self.names
        # What a loop may leave alone is what it was, where it was something.
        kept = [name for name in alone.assigned if name in known and name not in alone.names]
        names = (*alone.names, *kept)
        shown = alone.names or names
        if not names:
            problem = no_result(resolve(tree))
            problem.source = text
            raise problem
        continued = {*kept, *(name for name in alone.names if name in alone.reads)}
        for name in names:
            if name in continued and name not in known:
                raise NameProblem(
                    f"{name} has no value to go on from",
                    tree.statements[0].span,
                    source=text,
                    hint=f"write {name} = 3 first, or give what is computed another name",
                )
        earlier = [computed.text for computed in self.definitions if continued & {*computed.names}]
        begun = [f"{name} = {value.text}" for name, value in self.inputs.items() if name in continued]
        computed = self._computed(parse("\n".join([*begun, *earlier, text]))) if begun or earlier else alone
        others = self._without(computed.names, earlier)
        if not self._depends(computed):
            settled, notes = others._settled(computed, step_limit, is_typed=computed.text == text)
            return settled, shown, notes
        changed = others._replace(definitions=(*others.definitions, computed._replace(is_question=is_question)))
        return changed._in_order(names[0]), shown, ()

    def without(self, names: Sequence[str]) -> Sheet:
        """The sheet without some names, and without the functions that are called so."""
        for name in names:
            if name not in self.names and name not in self.functions:
                known = [*self.names, *self.functions]
                raise NameProblem(
                    f"there is no {name}", hint=meant(name, known, ":inputs and :program show what there is")
                )
        left = self._without(names)
        for computed in left.definitions:
            if gone := [name for name in left._reached(computed.calls) if name in names]:
                raise NameProblem(
                    f"{gone[0]} is called by what computes {listed(computed.names)}",
                    hint=f":clear {','.join([gone[0], *computed.names])} forgets both",
                )
        functions = {name: own for name, own in self.functions.items() if name not in names}
        return left._replace(functions=functions)

    def _without(self, names: Collection[str], replaced: Collection[str] = ()) -> Sheet:
        """The sheet without some names and what computes them, the definitions with the texts `replaced` in any case.
        Raises where what computes one assigns other names, too: both would be assigned twice."""
        kept = []
        for computed in self.definitions:
            taken = [name for name in computed.assigned if name in names]
            left = [name for name in computed.names if name not in names]
            if computed.text in replaced or (taken and not left):
                continue
            if taken:
                raise NameProblem(
                    f"{taken[0]} belongs to what computes {listed(left)}",
                    hint=f"take another name, or :clear {','.join(computed.names)} first",
                )
            kept.append(computed)
        inputs = {name: value for name, value in self.inputs.items() if name not in names}
        return self._replace(inputs=inputs, definitions=tuple(kept))

    def _settled(self, computed: Computed, step_limit: int | None, *, is_typed: bool) -> tuple[Sheet, Sequence[Note]]:
        """The sheet where the names of a definition that depends on nothing are inputs with the values that it has."""
        program = self._program([computed])
        arguments: dict[str, Any] = {"mode": "dynamic", "max_order": 0, "step_limit": step_limit}
        result = self.run(program, self.compiled(program, computed.names, **arguments))
        statement = computed.tree.statements[-1]
        typed = None
        if is_typed and isinstance(statement, Assignment) and not self._reached(computed.calls):
            place = statement.value.span
            typed = computed.text[place.start : place.end]
        values = {
            name: Input(value if isinstance(value, float) else value.tolist(), typed)
            for name, value in result.values.items()
        }
        return self._replace(inputs={**self.inputs, **values}), result.notes

    def _computed(self, tree: ProgramTree) -> Computed:
        """What statements compute, and from what, with the functions that there are."""
        functions = tuple([own.tree for own in self.functions.values()])
        names = resolve(ProgramTree(tree.statements, tree.text, tree.span, functions), CONSTANTS)
        for name in names.texts:
            message = f"{name} is compared with a text, and values at the prompt are numbers"
            hint = f"exprgrad EXPR --{name} TEXT evaluates such a program"
            raise UnsupportedError(message, hint=hint)
        assigned = tuple(names.assigned)
        surely = tuple([name for name in assigned if name not in names.unsure])
        return Computed(tree.text, tree, surely, assigned, tuple(names.variables), _calls(tree))

    def _in_order(self, changed: str) -> Sheet:
        """The sheet with each definition behind those that it depends on, else as they are. Raises where what was
        changed last is computed from itself."""
        definitions = self.definitions
        owners = self.computed
        earlier = {i: [owners[x] for x in computed.reads if x in owners] for i, computed in enumerate(definitions)}
        if all(place < i for i, places in earlier.items() for place in places):
            return self
        sorter = TopologicalSorter(earlier)
        try:
            sorter.prepare()
        except CycleError as problem:
            raise _circle(changed, [definitions[i] for i in problem.args[1]]) from None
        ready: list[int] = []
        order = []
        while sorter.is_active():
            for i in sorter.get_ready():
                heapq.heappush(ready, i)
            order.append(heapq.heappop(ready))
            sorter.done(order[-1])
        return self._replace(definitions=tuple([definitions[i] for i in order]))

    def _depends(self, computed: Computed) -> bool:
        """Whether a definition depends on anything but constants."""
        known = self.names
        return any(name in known or name not in CONSTANTS for name in computed.reads)

    def _reached(self, calls: Iterable[str]) -> list[str]:
        """The functions of the user's own that calls lead to, in the order of the sheet."""
        found: set[str] = set()
        stack = [*calls]
        while stack:
            name = stack.pop()
            if name in self.functions and name not in found:
                found.add(name)
                stack += _calls(self.functions[name].tree)
        return [name for name in self.functions if name in found]

    # -- programs ------------------------------------------------------------------------------------------------------

    def program(self, names: Iterable[str]) -> Program:
        """What computes some names."""
        return self._program(self._needed(names))

    def beside(self, text: str) -> Program:
        """A statement that is not kept, behind what it depends on."""
        computed = self._computed(parse(text))
        return self._program([*self._needed(computed.reads), computed])

    def _needed(self, names: Iterable[str]) -> list[Computed]:
        """The definitions that some names are computed by, in order."""
        owners = self.computed
        chosen: set[int] = set()
        stack = [*names]
        while stack:
            place = owners.get(stack.pop())
            if place is not None and place not in chosen:
                chosen.add(place)
                stack += self.definitions[place].reads
        return [self.definitions[place] for place in sorted(chosen)]

    def whole(self) -> Program:
        """All that is defined, without what was only asked for, unless there is nothing else."""
        named = [name for computed in self.definitions if not computed.is_question for name in computed.names]
        return self._program(self._needed(named or self.names), self.functions)

    def call(self, function: str) -> Program:
        """A program that calls a function, whose parameters are its inputs."""
        parameters = ", ".join(self.functions[function].tree.parameters)
        return self._program([self._computed(parse(f"{function}({parameters})"))])

    def _program(self, parts: Sequence[Computed], functions: Iterable[str] | None = None) -> Program:
        calls = [call for computed in parts for call in computed.calls] if functions is None else functions
        pieces = [*(self.functions[name].text for name in self._reached(calls)), *(computed.text for computed in parts)]
        starts = [0, *accumulate(len(piece) + 1 for piece in pieces)][:-1]
        computed_here = {name for computed in parts for name in computed.names}
        reads = dict.fromkeys([name for computed in parts for name in computed.reads if name not in computed_here])
        return Program("\n".join(pieces), pieces, starts, tuple(reads))

    def compiled(self, program: Program, names: Sequence[str] | None, **arguments: Any) -> Function:
        """A program of this sheet for the values of some names; with the arguments of `exprgrad.compile`."""
        override = [name for name in program.inputs if name in CONSTANTS and name in self.inputs]
        try:
            return compile(program.text, fetch_names=names, override=override, **arguments)
        except ExprError as problem:
            raise program.placed(problem) from None

    def run(self, program: Program, function: Function, **arguments: Any) -> Result:
        """Its result for the values of the inputs."""
        try:
            return function.run({name: self.inputs[name].value for name in function.inputs}, **arguments)
        except ExprError as problem:
            raise program.placed(problem) from None


def _calls(tree: ProgramTree | Definition) -> tuple[str, ...]:
    return tuple(dict.fromkeys([node.function for node in nodes(tree) if isinstance(node, Call)]))


def _circle(changed: str, circle: Sequence[Computed]) -> NameProblem:
    """The error where each of these definitions is computed from the one before, the last one is the first."""
    names = [changed if changed in computed.names else computed.names[0] for computed in circle]
    if changed in names:  # as seen from what was typed
        start = names.index(changed)
        names = [*names[start:-1], *names[: start + 1]]
    links = [f"{name} from {earlier}" for earlier, name in pairwise(names)]
    return NameProblem(
        f"{names[-1]} would be computed from itself: {listed(links[::-1])}",
        hint=f"take another name, or :clear {names[-1]} first",
    )
