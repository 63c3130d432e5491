"""A loop of which only numbers are asked for, as a tape: a row of numbers for each iteration instead of tensors.

A tensor for each operation of each iteration is what a trace can be differentiated by again, drawn and searched. Where
no more than first derivatives are asked for, rows hold what happened just as well, and the sweep walks them backwards.
What it adds, and in which order, is what `autodiff` adds for a loop of tensors. Where what lies in a row is found out
once, from symbols; both sides of a branch have places in it, and an inner loop has rows of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.autodiff import Visit, upstream
from exprgrad.diagnostics import ExprError, Span
from exprgrad.dynamic.symbols import on_symbols
from exprgrad.dynamic.tensor import Tensor
from exprgrad.lowering import Builder
from exprgrad.numbers import memory
from exprgrad.numbers.arithmetic import ZERO, truth
from exprgrad.numbers.rounded import FLOAT64, MPFR
from exprgrad.ops.arithmetic import add, mul, neg, portion
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Branch, Item, Loop
from exprgrad.ops.registry import MINUS_ONE, ONE, Known, Op, Share, Value
from exprgrad.ops.structural import Structural
from exprgrad.records import NamedTuple

# So deep may branches and loops nest: what nests deeper is traced.
DEEPEST: Final = 40
# So many iterations does a loop take from the budget at a time.
_ADVANCE: Final = 256
# Stand for the first place of an operation: it has more than two operands; it is a branch or a loop.
MANY: Final = -1
NESTED: Final = -2

Row = list[Any]
# Whether each place changes with what is differentiated by.
Flags = Sequence[bool]
# Adds what a branch or a loop hands back to the cotangents of a row's places.
Pull = Callable[[Row, Row, Visit | None], None]


class _TooDeep(Exception):
    """Branches and loops nest deeper than is worth to follow."""


class Place(NamedTuple):
    """Where a value lies in a row, and where its cotangent lies in a row of those. What enters a side of a branch has
    the value's own place, and one of its own for the cotangent: what the side adds to that is one term outside."""

    value: int
    cotangent: int


class Operation(NamedTuple):
    """`row[out] = op(*[row[x.value] for x in ins])`."""

    op: Op
    ins: tuple[Place, ...]
    out: int
    span: Span | None


class Layout:
    """The places of a row: first those of what an iteration starts with, then all others, some of which hold
    literals."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._rest: Row = []

    @property
    def size(self) -> int:
        return self._start + len(self._rest)

    def place(self, value: Any = None) -> int:
        """A new place."""
        self._rest.append(value)
        return self.size - 1

    def row(self, start: Sequence[Any]) -> Row:
        return [*start, *self._rest]


class Steps:
    """The operations, branches and loops of a region or a part of one, in order."""

    def __init__(
        self, nodes: Mapping[int, Any], places: dict[int, Place], layout: Layout, depth: int, budget: Budget
    ) -> None:
        """`nodes` by index; adds to `places` those of the nodes that have none."""
        if depth > DEEPEST:
            raise _TooDeep
        items: dict[int, list[Any]] = {}
        for node in nodes.values():
            if type(node.op) is Item:
                items.setdefault(node.left.index, []).append(node)
        self.steps: list[Operation | Choice | Repetition] = []
        for index in sorted(nodes):
            node = nodes[index]
            if index in places:
                continue
            if node.op is None:
                at = layout.place(node.value)
                places[index] = Place(at, at)
                continue
            ins = tuple([places[x.index] for x in node.operands])
            if index in items:
                outs = [layout.place() for _ in node.op.regions[0].results]
                places |= {x.index: Place(outs[x.op.position], outs[x.op.position]) for x in items[index]}
                kind = Choice if type(node.op) is Branch else Repetition
                self.steps.append(kind(node.op, ins, outs, layout, depth + 1, budget))
            else:
                at = layout.place()
                places[index] = Place(at, at)
                self.steps.append(Operation(node.op, ins, at, node.span))
        self._code = [_code(step) for step in self.steps]
        # Whether there are loops among these, or in a side of a branch.
        self.loops: bool = any([not isinstance(step, Operation) and step.loops for step in self.steps])
        self._spans = {step.out: step.span for step in self.steps if isinstance(step, Operation)}

    def run(self, row: Row, keep: bool) -> None:
        """Fills the row; with `keep` also with the rows of loops inside."""
        out = 0
        try:
            for kernel, a, b, ins, out in self._code:
                if b >= 0:
                    row[out] = kernel(row[a], row[b])
                elif a >= 0:
                    row[out] = kernel(row[a])
                elif a == MANY:
                    row[out] = kernel(*[row[x.value] for x in ins])
                else:
                    kernel(row, keep)
        except ExprError as problem:
            problem.span = problem.span or self._spans.get(out)
            raise

    def back(self, varies: list[bool]) -> list[_Pulled]:
        """The way back through the steps, last one first. Adds to `varies` which of their places vary."""
        found = []
        for step in self.steps:
            if any([varies[x.cotangent] for x in step.ins]):
                if isinstance(step, Operation):
                    varies[step.out] = True
                    found.append(_pulled(step, varies))
                else:
                    for out in step.outs:
                        varies[out] = True
                    found.append(_Pulled(NESTED, -1, -1, (), False, step.back(varies)))
        return found[::-1]


class Choice:
    """A branch: `ins` are the places of its condition and of what enters, `outs` those of its results; at `_taken` lies
    which side was."""

    def __init__(
        self, op: Branch, ins: tuple[Place, ...], outs: Sequence[int], layout: Layout, depth: int, budget: Budget
    ) -> None:
        self.ins = ins
        self.outs = outs
        self._taken = layout.place()
        self._sides: list[Steps] = []
        self._results: list[list[Place]] = []
        # For each side where the cotangents of what enters it lie inside.
        self._inside: list[list[int]] = []
        for region in op.regions:
            assert region is not None, "symbols have both sides"
            self.span = region.scope.span
            places = {
                param.index: Place(x.value, layout.place()) for param, x in zip(region.params, ins[1:], strict=True)
            }
            self._inside.append([place.cotangent for place in places.values()])
            self._sides.append(Steps(upstream(region.results), places, layout, depth, budget))  # type: ignore[arg-type]
            self._results.append([places[x.index] for x in region.results])  # type: ignore[union-attr]
        self.loops = any([side.loops for side in self._sides])

    def run(self, row: Row, keep: bool) -> None:
        row[self._taken] = taken = 0 if _holds(row[self.ins[0].value], self.span) else 1
        self._sides[taken].run(row, keep)
        for out, place in zip(self.outs, self._results[taken], strict=True):
            row[out] = row[place.value]

    def back(self, varies: list[bool]) -> Pull:
        """What adds to the cotangents of what enters, one term for each that varies."""
        ways, seeds, entering = [], [], []
        for side, results, inside in zip(self._sides, self._results, self._inside, strict=True):
            for place, x in zip(inside, self.ins[1:], strict=True):
                varies[place] = varies[x.cotangent]
            ways.append(side.back(varies))
            ends = zip(self.outs, results, strict=True)
            seeds.append([(out, place.cotangent) for out, place in ends if varies[place.cotangent]])
            pairs = zip(inside, self.ins[1:], strict=True)
            entering.append([(place, x.cotangent) for place, x in pairs if varies[place]])
        at = self._taken

        def pull(row: Row, cotangents: Row, visit: Visit | None) -> None:
            taken = row[at]
            _move(seeds[taken], cotangents)
            _sweep(ways[taken], row, cotangents, visit)
            _move(entering[taken], cotangents)

        return pull


class Repetition:
    """A loop: `ins` are the places of the values with which it starts and of those that no iteration changes, `outs`
    those of the values with which it ends, and at `_at` lie the rows of its iterations."""

    loops: Final = True

    def __init__(
        self, op: Loop, ins: tuple[Place, ...], outs: Sequence[int], around: Layout, depth: int, budget: Budget
    ) -> None:
        (region,) = op.regions
        assert op.bound is not None, "a loop of the program"
        self.ins = ins
        self.outs = outs
        self._at = around.place()
        self._bound = op.bound
        self._budget = budget
        self._carried = op.carried
        self._condition_span = region.scope.span
        self._layout = Layout(len(ins))
        places = {param.index: Place(i, i) for i, param in enumerate(region.params)}
        self._head = Steps(upstream([op.condition]), places, self._layout, depth, budget)
        self._body = Steps(upstream(region.results), places, self._layout, depth, budget)  # type: ignore[arg-type]
        # A loop around others, which take from the budget, too, takes one iteration at a time.
        around_others = self._head.loops or self._body.loops
        self._most = 1 if around_others else min(_ADVANCE, op.bound.limits.loop)
        self._advance = self._most * op.bound.cost
        self._decides = places[op.condition.index].value
        self._results = [places[x.index] for x in region.results]  # type: ignore[union-attr]

    def run(self, row: Row, keep: bool) -> None:
        ends, rows = self.iterate([row[x.value] for x in self.ins], keep)
        for out, end in zip(self.outs, ends, strict=True):
            row[out] = end
        row[self._at] = rows

    def iterate(self, start: Sequence[Any], keep: bool) -> tuple[list[Any], list[Row]]:
        """The carried values at the end, and the rows of the iterations, if they are to be kept."""
        carried, decides = self._carried, self._decides
        head, body = self._head.run, self._body.run
        results = [place.value for place in self._results]
        rows: list[Row] = []
        row = self._layout.row(start)
        budget, cost, limit, most = self._budget, self._bound.cost, self._bound.limits.loop, self._most
        # The iterations up to `granted` are taken from the budget in advance.
        count = granted = 0
        if budget.used + self._advance <= budget.calm:
            budget.used += self._advance
            granted = most
        while True:
            head(row, keep)
            if not _holds(row[decides], self._condition_span):
                budget.used -= (granted - count) * cost
                return row[:carried], rows
            if count == granted:
                if budget.used + cost > budget.calm or count == limit:
                    budget.go_on(self._bound, count, memory.ROUNDED * len(row) if keep else 0)
                more = 1 if most == 1 else max(1, min(most, limit - count, (budget.calm - budget.used) // cost))
                budget.used += more * cost
                granted += more
            count += 1
            body(row, keep)
            if keep:
                rows.append(row)
                following = row.copy()
            else:
                following = row
            following[:carried] = [row[i] for i in results]
            row = following

    def back(self, varies: list[bool]) -> Pull:
        """What adds to the cotangents of what the loop starts with and of what no iteration changes, one term for each
        that varies."""
        flags = [varies[x.cotangent] for x in self.ins]
        pull_rows = self.back_from(flags)
        at, outs = self._at, self.outs
        moving = [(i, x.cotangent) for i, x in enumerate(self.ins) if flags[i]]

        def pull(row: Row, cotangents: Row, visit: Visit | None) -> None:
            found = pull_rows(row[at], [cotangents[i] for i in outs], visit)
            for i, place in moving:
                if (term := found[i]) is not None:
                    before = cotangents[place]
                    cotangents[place] = term if before is None else add(before, term)

        return pull

    def back_from(self, needed: Flags) -> Callable[[Sequence[Row], Sequence[Any], Visit | None], list[Any]]:
        """What gives the cotangents of the operands, of which those needed count, from the rows and the cotangents of
        the carried values at the end."""
        carried, count = self._carried, len(self.ins)
        start = list(needed)
        # What a carried value varies with in one iteration, another one varies with in the next.
        while True:
            varies = [*start, *[False] * (self._layout.size - count)]
            self._head.back(varies)
            way = self._body.back(varies)
            more = [v or (i < carried and varies[self._results[i].cotangent]) for i, v in enumerate(start)]
            if more == start:
                break
            start = more
        seeds = [(j, place.cotangent) for j, place in enumerate(self._results) if varies[place.cotangent]]
        empty: Row = [None] * self._layout.size

        def pull(rows: Sequence[Row], gs: Sequence[Any], visit: Visit | None) -> list[Any]:
            sums: list[Any] = [None] * (count - carried)
            if not rows:  # no iteration has run, so what comes out is what went in
                return [*gs, *sums]
            g = [c if v else None for c, v in zip(gs, start, strict=False)]
            for row in reversed(rows):
                cotangents = empty.copy()
                for j, place in seeds:
                    if (c := g[j]) is not None:
                        before = cotangents[place]
                        cotangents[place] = c if before is None else add(before, c)
                _sweep(way, row, cotangents, visit)
                g = cotangents[:carried]
                for i, term in enumerate(cotangents[carried:count]):
                    if term is not None:
                        total = sums[i]
                        sums[i] = term if total is None else add(total, term)
            return [*g, *sums]

        return pull


def _move(pairs: Sequence[tuple[int, int]], cotangents: Row) -> None:
    """Adds the cotangent at the first place of each pair to that at the second."""
    for source, target in pairs:
        if (c := cotangents[source]) is not None:
            before = cotangents[target]
            cotangents[target] = c if before is None else add(before, c)


def _sweep(steps: Sequence[_Pulled], row: Row, cotangents: Row, visit: Visit | None) -> None:
    """Takes the steps back, which adds to the cotangents."""
    times, plus = FLOAT64.mul, FLOAT64.add
    for out, a, b, rules, hard, step in steps:
        if out < 0:
            step(row, cotangents, visit)
            continue
        c = cotangents[out]
        if c is None:
            continue
        if hard and visit is not None:
            visit(*_seen(step, row, c))
        value = row[out]
        for place, rule in rules if a >= 0 else _computed_rules(step, row):
            if rule is ONE:
                term = c
            elif rule is MINUS_ONE:
                term = neg(c)
            else:
                partial = rule(value, row[a], row[b]) if b >= 0 else rule(value, row[a]) if a >= 0 else rule.value
                if type(rule) is Share or (a < 0 and rule.share):
                    term = portion(c, partial)
                    if term is ZERO:
                        continue
                else:
                    term = times(c, partial) if type(c) is type(partial) is MPFR else mul(c, partial)
            before = cotangents[place]
            if before is None:
                cotangents[place] = term
            else:
                cotangents[place] = plus(before, term) if type(before) is type(term) is MPFR else add(before, term)


class _Pulled(NamedTuple):
    """A step on the way back: the place of an operation's result, those of the values of up to two operands, for each
    operand that varies the place of its cotangent and its rule, and whether it has hard points; or what takes a branch
    or a loop back."""

    out: int
    a: int
    b: int
    rules: Sequence[tuple[int, Any]]
    hard: bool
    step: Any


class _Varying(NamedTuple):
    """An operation with the positions of the operands that vary."""

    operation: Operation
    positions: tuple[int, ...]


def _pulled(operation: Operation, varies: Flags) -> _Pulled:
    op, ins, out, _ = operation
    varying = _Varying(operation, tuple([i for i, x in enumerate(ins) if varies[x.cotangent]]))
    hard = bool(op.hard_points)
    if len(ins) > 2 or not isinstance(op.partials, tuple):
        return _Pulled(out, MANY, -1, (), hard, varying)
    rules = [(ins[i].cotangent, rule) for i in varying.positions if (rule := op.partials[i]) is not None]
    a, b = (*[x.value for x in ins], -1)[:2]
    return _Pulled(out, a, b, rules, hard, varying)


def _computed_rules(varying: _Varying, row: Row) -> list[tuple[int, Any]]:
    """The partials of an operation with many operands, or that computes them together."""
    op, ins, at, _ = varying.operation
    out, values = row[at], [row[x.value] for x in ins]
    partials = op.partials_at(out, values)
    found: list[tuple[int, Any]] = []
    for i in varying.positions:
        if (partial := partials[i]) is not None:
            if callable(partial):
                partial = Known(partial(out, *values), type(partial) is Share)
            found.append((ins[i].cotangent, partial))
    return found


def _seen(varying: _Varying, row: Row, cotangent: Any) -> tuple[Tensor, tuple[int, ...], Any]:
    """What a visitor is shown: the operation as a tensor, which belongs to the program, not to a derivative."""
    op, ins, out, span = varying.operation
    node = Tensor(row[out], op)
    node.rest = tuple([Tensor(row[x.value]) for x in ins])
    if len(ins) <= 2:
        node.left, node.right = (*node.rest, None)[:2]
    node.span = span
    node.index = -1
    return node, varying.positions, cotangent


class Taped(Structural):
    """A loop that ran on a tape; `Item` takes its results apart."""

    __slots__ = ("ends", "loop", "rows")
    several = True

    def __init__(self, loop: Repetition, rows: list[Row], ends: list[Any]) -> None:
        super().__init__("loop", "start, ...", "a loop on a tape", zero=None)
        self.loop = loop
        self.rows = rows
        self.ends = ends

    def run(self, *operands: Any) -> Any:
        return tuple(self.ends)

    def pull(
        self, gs: dict[int, Value], operands: Sequence[Any], needed: Sequence[bool], visit: Visit | None
    ) -> list[tuple[Any, Value]]:
        """What the loop adds to the cotangents of its operands, given those of its results."""
        given = [gs.get(j) for j in range(len(self.ends))]
        found = zip(operands, self.loop.back_from(needed)(self.rows, given, visit), needed, strict=True)
        return [(x, total) for x, total, need in found if need and total is not None]


def _code(step: Operation | Choice | Repetition) -> tuple[Callable[..., Any], int, int, tuple[Place, ...], int]:
    """A step as a walk over a block wants it: what to call, the places of up to two operands, of all, and of the
    result."""
    if not isinstance(step, Operation):
        return step.run, NESTED, -1, (), -1
    ins = step.ins
    a, b = (*[x.value for x in ins], -1)[:2] if len(ins) <= 2 else (MANY, -1)
    return step.op.float64, a, b, ins, step.out


def _holds(condition: Any, span: Span | None) -> bool:
    try:
        return truth(condition)
    except ExprError as problem:
        problem.span = span
        raise


def taped(
    operands: Sequence[Tensor],
    lower: Callable[[Builder, Sequence[Value]], Sequence[Value]],
    recording: bool,
    budget: Budget,
) -> list[Tensor] | None:
    """The results of a loop on a tape, which `lower` runs on any operands; None where it does not fit on one."""
    start = [x.value for x in operands]
    if not all([type(x) is MPFR for x in start]):
        return None
    node = on_symbols(operands, lower)
    if node is None:
        return None
    try:
        places = tuple([Place(i, i) for i in range(len(start))])
        loop = Repetition(node.op, places, (), Layout(0), 0, budget)  # type: ignore[arg-type]
    except _TooDeep:
        return None
    ends, rows = loop.iterate(start, recording)
    if not recording:
        return [Tensor(x) for x in ends]
    made = Tensor.record(Taped(loop, rows, ends), operands)
    return [Tensor.record(Item(i), (made,)) for i in range(len(ends))]
