"""The pipeline: `compile` turns text into a Function, a Function turns values into a Result."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, Final, NamedTuple

from exprgrad.autodiff import between, reverse
from exprgrad.diagnostics import ExprError, NameProblem, Note, UsageError, suggest
from exprgrad.dynamic.tensor import Tensor
from exprgrad.lowering import Lowering, check
from exprgrad.notes import ValueOf, Visited, birth, hard, hard_points, into
from exprgrad.numbers.arithmetic import ZERO, from_python, is_array, is_nan, to_python, truth
from exprgrad.ops.control import Scope, seed
from exprgrad.ops.registry import Traced, Value, next_index
from exprgrad.static.graph import Node, constant, placeholder, pull_back
from exprgrad.static.instructions import Program as Instructions
from exprgrad.syntax.names import CONSTANTS, Names, resolve
from exprgrad.syntax.parser import parse, parse_expression
from exprgrad.syntax.tree import Program

MODES: Final = ("static", "dynamic")

# A derivative of one result: positions in `wrt`, ascending; () is the value itself.
Multi = tuple[int, ...]


class Derivative(NamedTuple):
    """A derivative of a result, by the inputs named, in this order; by one of them twice is a second derivative."""

    with_respect_to: tuple[str, ...]
    value: Any


class Outcome(NamedTuple):
    """A result: its name, its value, and its derivatives by order and then in the order of `wrt`."""

    name: str
    value: Any
    derivatives: tuple[Derivative, ...]


@dataclass(frozen=True)
class Result:
    """What a Function gives: `inputs` and `outcomes` in order, and the notes that the numbers deserve.

    Scalars are floats; a result computed from arrays is an ndarray, and its derivative is that of the sum of
    its elements.

    >>> import exprgrad
    >>> r = exprgrad.compile("c = a*b")(a=15, b=20)
    >>> r["c"], r.derivative("c", "a"), r.derivative("c", "b")
    (300.0, 20.0, 15.0)
    """

    inputs: dict[str, Any]
    outcomes: tuple[Outcome, ...]
    notes: tuple[Note, ...] = ()

    @property
    def values(self) -> dict[str, Any]:
        """The value of each result by name."""
        return {outcome.name: outcome.value for outcome in self.outcomes}

    def __getitem__(self, name: str) -> Any:
        return self._outcome(name).value

    def derivative(self, name: str, *inputs: str) -> Any:
        """The derivative of a result by the inputs named, in any order. KeyError if it was not asked for."""
        wanted = sorted(inputs)
        for derivative in self._outcome(name).derivatives:
            if sorted(derivative.with_respect_to) == wanted:
                return derivative.value
        raise KeyError(f"no derivative of {name} by {', '.join(inputs)} was computed")

    def gradient(self, name: str) -> dict[str, Any]:
        """The first derivatives of a result by input."""
        return {d.with_respect_to[0]: d.value for d in self._outcome(name).derivatives if len(d.with_respect_to) == 1}

    def _outcome(self, name: str) -> Outcome:
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise KeyError(f"there is no result {name}; there are {', '.join(self.values)}")


def compile(
    text: str,
    mode: str = "static",
    *,
    wrt: Sequence[str] | None = None,
    max_order: int = 1,
    fetch_names: Sequence[str] | None = None,
    override: Collection[str] = (),
) -> Function:
    """Compiles a program.

    `mode`        "static" builds the whole graph first and then runs it, "dynamic" traces each call
    `wrt`         the inputs to differentiate by, all by default
    `max_order`   the highest order of derivatives; 0 for values only
    `fetch_names` the names to show instead of the results
    `override`    constants (`pi`, `tau`, ...) that are inputs of this program

    Raises an ExprError, whose text shows the place, where the text is no program.

    >>> f = compile("c = a*b")
    >>> f(a=15, b=20)["c"]
    300.0
    """
    return Function(text, mode, wrt=wrt, max_order=max_order, fetch_names=fetch_names, override=override)


def constant_value(text: str) -> tuple[float, tuple[Note, ...]]:
    """The value of a constant expression such as `-5`, `1/3` or `2*pi`, as the nearest double, and its notes."""
    try:
        expression = parse_expression(text)
        names = resolve(Program.of(expression, text))
        check(Program.of(expression, text), names)
        if names.inputs:
            name, span = next(iter(names.inputs.items()))
            raise NameProblem(
                f"a value cannot use the name {name}",
                span,
                hint="a value is a constant expression: numbers, operators, functions, pi, tau, inf, nan",
            )
    except ExprError as problem:
        problem.source = problem.source or text
        raise
    result = Function(text, max_order=0).run({})
    return result.outcomes[0].value, result.notes


class Function:
    """A compiled program. Call it with a value for each input; see `compile`.

    It never changes, so threads may share it, and it pickles as its text. Scalars run in rounded arithmetic
    (the same bytes everywhere), ndarrays on numpy.
    """

    def __init__(
        self,
        text: str,
        mode: str = "static",
        *,
        wrt: Sequence[str] | None = None,
        max_order: int = 1,
        fetch_names: Sequence[str] | None = None,
        override: Collection[str] = (),
    ) -> None:
        if mode not in MODES:
            raise UsageError(f"unknown mode {mode!r}", hint="write static or dynamic")
        if max_order < 0:
            raise UsageError(f"the highest order is at least 0, found {max_order}")
        self.text = text
        self.mode = mode
        self.max_order = max_order
        self._arguments: dict[str, Any] = {
            "wrt": wrt,
            "max_order": max_order,
            "fetch_names": fetch_names,
            "override": tuple(override),
        }
        self._program = parse(text)
        try:
            self._names = resolve(self._program, override)
            check(self._program, self._names)
        except ExprError as problem:
            problem.source = text
            raise
        self.inputs: tuple[str, ...] = tuple(self._names.inputs)
        self.results: tuple[str, ...] = self._chosen(fetch_names)
        self.wrt: tuple[str, ...] = self.inputs if wrt is None else self._differentiable(wrt)
        self._compiled: dict[tuple[str, ...], _Static] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickle, (self.text, self.mode, self._arguments))

    def __repr__(self) -> str:
        return f"<exprgrad function ({', '.join(self.inputs)}) -> {', '.join(self.results)}, {self.mode}>"

    @property
    def names(self) -> Names:
        """What the program's names are."""
        return self._names

    def _chosen(self, fetch_names: Sequence[str] | None) -> tuple[str, ...]:
        if fetch_names is None:
            return self._names.results
        known = dict.fromkeys([*self._names.assigned, *self._names.inputs, *self._names.constants])
        for name in fetch_names:
            if name not in known:
                near = suggest(name, known)
                raise NameProblem(
                    f"the program has no name {name} to fetch",
                    hint=f"did you mean {near}?" if near else f"its names are {', '.join(known)}",
                )
        return tuple(dict.fromkeys(fetch_names))

    def _differentiable(self, wrt: Sequence[str]) -> tuple[str, ...]:
        for name in wrt:
            if name in self._names.inputs:
                continue
            if name in self._names.assigned:
                raise NameProblem(
                    f"{name} is computed by the program, so nothing can be differentiated by it",
                    self._names.assigned[name],
                    source=self.text,
                    hint=f"the inputs are {', '.join(self.inputs) or 'none'}",
                )
            near = suggest(name, self.inputs)
            raise NameProblem(
                f"the program has no input {name} to differentiate by",
                hint=f"did you mean {near}?" if near else f"the inputs are {', '.join(self.inputs) or 'none'}",
            )
        return tuple(dict.fromkeys(wrt))

    def __call__(self, **values: Any) -> Result:
        """Runs the program. Raises an ExprError for missing or unknown names, and for what cannot be run."""
        return self.run(values)

    def run(self, values: Mapping[str, Any], *, notes: bool = True) -> Result:
        """Like a call, with the values in a mapping; `notes=False` saves the search for what deserves one."""
        self._check_names(values)
        try:
            numbers = {name: from_python(values[name]) for name in self.inputs}
            if self.mode == "static":
                run = self._static(numbers).run(numbers, notes=notes)
            else:
                run = _trace(self, numbers, notes=notes)
        except ExprError as problem:
            problem.source = problem.source or self.text
            raise
        outcomes = self._outcomes(run.values, numbers)
        found = list(run.notes)
        if notes:
            for name, outcome in zip(self.results, outcomes, strict=True):
                if is_array(outcome.value) and outcome.value.size > 1 and outcome.derivatives:
                    span = self._names.assigned.get(name) or self._names.inputs[name]
                    found.append(
                        Note(
                            f"{name} has {outcome.value.size} elements: its derivative is that of their sum",
                            span,
                        )
                    )
        inputs = {name: to_python(number) for name, number in numbers.items()}
        return Result(inputs, tuple(outcomes), tuple(sorted(dict.fromkeys(found), key=lambda n: (n.span, n.message))))

    def _check_names(self, values: Mapping[str, Any]) -> None:
        for name in values:
            if name in self._names.inputs:
                continue
            if name in self._names.constants:
                raise NameProblem(f"{name} is a constant here", hint=f"compile(..., override=['{name}'])")
            if name in self._names.assigned:
                raise NameProblem(
                    f"{name} is computed by the program, so it takes no value",
                    self._names.assigned[name],
                    source=self.text,
                )
            near = suggest(name, self.inputs)
            raise NameProblem(
                f"the program has no input {name}",
                hint=f"did you mean {near}?" if near else f"its inputs are {', '.join(self.inputs) or 'none'}",
            )
        missing = [name for name in self.inputs if name not in values]
        if missing:
            raise NameProblem(
                f"no value for {listed(missing)}",
                self._names.inputs[missing[0]],
                source=self.text,
                hint=f"call it with {', '.join(f'{name}=...' for name in missing)}",
            )

    def _static(self, numbers: Mapping[str, Any]) -> _Static:
        arrays = tuple(name for name, number in numbers.items() if is_array(number))
        if arrays not in self._compiled:
            self._compiled[arrays] = _Static(self, arrays)
        return self._compiled[arrays]

    def _outcomes(self, values: Mapping[tuple[str, Multi], Any], numbers: Mapping[str, Any]) -> list[Outcome]:
        """Fills in the derivatives that no path reaches: 0, or nan where what they are the derivative of is nan."""
        outcomes = []
        for name in self.results:
            value = values[name, ()]
            derivatives = []
            filled: dict[Multi, Any] = {(): value}
            for multi in multi_indices(len(self.wrt), self.max_order):
                number = values.get((name, multi))
                if number is None or number is ZERO:
                    number = _zero(filled[multi[:-1]], numbers[self.wrt[multi[-1]]])
                filled[multi] = number
                derivatives.append(Derivative(tuple(self.wrt[i] for i in multi), to_python(number)))
            outcomes.append(Outcome(name, to_python(value), tuple(derivatives)))
        return outcomes


def _unpickle(text: str, mode: str, arguments: dict[str, Any]) -> Function:
    return Function(text, mode, **arguments)


def multi_indices(inputs: int, max_order: int) -> Iterator[Multi]:
    """The derivatives to show: by order, each unordered choice of inputs once, in the order of the inputs."""
    for order in range(1, max_order + 1 if inputs else 1):
        yield from combinations_with_replacement(range(inputs), order)


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _zero(parent: Any, x: Any) -> Any:
    fill = float("nan") if is_nan(parent) else 0.0
    if is_array(x):
        import numpy as np

        return np.full_like(x, fill)
    return from_python(fill)


class _Run(NamedTuple):
    values: dict[tuple[str, Multi], Any]
    notes: list[Note]


# -- static: define, then run -----------------------------------------------------------------------------


class _Defining:
    """The builder of a graph: both sides of a conditional become nodes, each in its scope."""

    def constant(self, value: float, scope: Scope | None, span: Any) -> Value:
        return constant(from_python(value), scope=scope, span=span)

    def sides(self, condition: Value) -> Sequence[bool]:
        return (True, False)


class _Static:
    """The graph of a Function's values and derivatives, and the program that runs it."""

    def __init__(self, function: Function, arrays: Collection[str]) -> None:
        self.inputs = {name: placeholder(shape=None if name in arrays else (), name=name) for name in function.inputs}
        for name, span in function.names.inputs.items():
            self.inputs[name].span = span
        values = Lowering(_Defining()).program(function._program, function.names, self.inputs, function.results)
        self.derivative_from = next_index()
        self.visited: dict[str, list[Visited]] = {}
        self.nodes: dict[tuple[str, Multi], Node] = {}
        wrt = [self.inputs[name] for name in function.wrt]
        for name in function.results:
            visited: list[Visited] = []
            root = values.get(name, self.inputs.get(name))
            if root is None:
                root = constant(from_python(CONSTANTS[name]))
            self.nodes[name, ()] = root
            for multi in _levels(len(wrt), function.max_order):
                parent = self.nodes.get((name, multi))
                if parent is None:
                    continue
                first = multi[-1] if multi else 0
                found = pull_back([(parent, seed(parent))], wrt[first:], into(visited))
                for offset, node in enumerate(found):
                    if node is not None:
                        self.nodes[name, (*multi, first + offset)] = node
            self.visited[name] = hard(visited, self.derivative_from)
        self.watched: list[Any] = list(
            dict.fromkeys(
                node
                for visited in self.visited.values()
                for v in visited
                for node in (v.node, *v.node.operands, v.cotangent)
            )
        )
        fetches = [*self.nodes.values(), *self.watched]
        self.program = Instructions(fetches, list(self.inputs.values()))

    def run(self, numbers: Mapping[str, Any], *, notes: bool) -> _Run:
        feeds = list(numbers.values())
        fetched = self.program.run(feeds)
        values = dict(zip(self.nodes, fetched, strict=False))
        if not notes:
            return _Run(values, [])
        watched = dict(zip(self.watched, fetched[len(self.nodes) :], strict=True))
        found, hit = _conventions(self.visited, values, watched.__getitem__)
        births = [key for key, value in values.items() if value is not None and is_nan(value)]
        if births:
            seen: dict[Traced, Any] = dict(zip(self.inputs.values(), feeds, strict=True))
            observed = Instructions(list(self.nodes.values()), list(self.inputs.values()), observed=True)
            observed.observe(feeds, lambda node, operands, value: seen.__setitem__(node, value))
            found += _blame(
                [(key, self.nodes[key]) for key in births],
                lambda node: seen[node] if node in seen else getattr(node, "value", None),
                self.derivative_from,
                hit,
            )
        return _Run(values, found)


def _conventions(
    visited: Mapping[str, Sequence[Visited]], values: Mapping[tuple[str, Multi], Any], value_of: ValueOf
) -> tuple[list[Note], list[Traced]]:
    """The notes on hard points, for the results that are not nan: where one is, no convention matters."""
    passed = [v for name, nodes in visited.items() if not is_nan(values[name, ()]) for v in nodes]
    return hard_points(passed, value_of)


def _levels(inputs: int, max_order: int) -> Iterator[Multi]:
    """The derivatives that are differentiated once more: the value, and all below the highest order."""
    if max_order:
        yield ()
        yield from multi_indices(inputs, max_order - 1)


def _blame(
    births: Sequence[tuple[tuple[str, Multi], Traced]],
    value_of: Any,
    derivative_from: int,
    hit: Sequence[Traced],
) -> list[Note]:
    """For each result the note on the nan of lowest order: those of higher order follow from it."""
    notes: list[Note] = []
    blamed: set[str] = set()
    for (name, multi), node in sorted(births, key=lambda item: len(item[0][1])):
        if name in blamed:
            continue
        note = birth(node, value_of, derivative_from, hit)
        if note is not None:
            notes.append(note)
        if not multi:
            blamed.add(name)
    return notes


# -- dynamic: define by running ---------------------------------------------------------------------------


class _Tracing:
    """The builder of a trace: the side of a conditional that its condition chooses runs, and only that."""

    def constant(self, value: float, scope: Scope | None, span: Any) -> Value:
        tensor = Tensor(from_python(value), requires_grad=True)
        tensor.span = span
        return tensor

    def sides(self, condition: Value) -> Sequence[bool]:
        return (truth(condition.value),)


def _value(tensor: Any) -> Any:
    return tensor.value


def _trace(function: Function, numbers: Mapping[str, Any], *, notes: bool, symbolic: bool = False) -> _Run:
    """Runs the program once, differentiates the trace. With `symbolic` even the highest derivatives are traced,
    so that the birth of a nan in one of them can be found."""
    inputs: dict[str, Tensor] = {}
    for name, number in numbers.items():
        inputs[name] = Tensor(number, requires_grad=True)
        inputs[name].span = function.names.inputs[name]
    traced = Lowering(_Tracing()).program(function._program, function.names, inputs, function.results)
    derivative_from = next_index()
    wrt = [inputs[name] for name in function.wrt]
    nodes: dict[tuple[str, Multi], Any] = {}
    passed: dict[str, list[Visited]] = {}
    for name in function.results:
        visited = passed[name] = []
        root = traced.get(name, inputs.get(name))
        nodes[name, ()] = Tensor(from_python(CONSTANTS[name]), requires_grad=True) if root is None else root
        for multi in _levels(len(wrt), function.max_order):
            parent = nodes.get((name, multi))
            if parent is None:
                continue
            first = multi[-1] if multi else 0
            again = symbolic or len(multi) + 1 < function.max_order
            way = between([parent], wrt[first:])
            if parent.index not in way:
                continue
            found = reverse(
                [(parent, seed(parent) if again else seed.compute((parent.value,)))],
                way,
                symbolic=again,
                wanted={x.index for x in wrt[first:]},
                visit=into(visited),
            )
            for i in range(first, len(wrt)):
                if wrt[i].index in found:
                    nodes[name, (*multi, i)] = found[wrt[i].index]
    values = {key: node.value if isinstance(node, Tensor) else node for key, node in nodes.items()}
    if not notes:
        return _Run(values, [])
    passed = {name: hard(visited, derivative_from) for name, visited in passed.items()}
    found_notes, hit = _conventions(passed, values, _value)
    births = [key for key, value in values.items() if is_nan(value)]
    if births and not symbolic:
        return _trace(function, numbers, notes=True, symbolic=True)
    if births:
        found_notes += _blame([(key, nodes[key]) for key in births], _value, derivative_from, hit)
    return _Run(values, found_notes)
