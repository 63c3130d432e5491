"""From the AST to values: the program is evaluated on whatever its inputs are.

Fed nodes it builds a graph, fed tensors it runs and traces. The sides of a
branch are regions: they see outer values through parameters (see `ops.control`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from exprgrad.autodiff import between, reverse
from exprgrad.autodiff.requests import place
from exprgrad.diagnostics import EvaluationError, ExprError, Mark, ShapeProblem, Span, UnsupportedError
from exprgrad.lowering.builder import Builder
from exprgrad.lowering.checks import recursive
from exprgrad.lowering.regions import Key, OpenRegion, Tangent, order
from exprgrad.lowering.statics import array_function, bounds_of, is_size, needs_whole, number, sizes_in, slice_of
from exprgrad.lowering.statics import bound as bound_call
from exprgrad.lowering.straight import Instruction, Straight, operand_spans, operation
from exprgrad.numbers.arithmetic import broadcast
from exprgrad.ops.arithmetic import add, mul, pos
from exprgrad.ops.comparison import logical_not, truth
from exprgrad.ops.control import Loop, Region, Scope, as_gradient, bound, branch, endless, loop, seed, unreached
from exprgrad.ops.registry import REGISTRY, Op, Traced, Value, apply, next_index
from exprgrad.ops.shapes import broadcast_to, concat, get_item, reshape, take, vector
from exprgrad.ops.structural import shape_of
from exprgrad.syntax.flow import is_hidden
from exprgrad.syntax.names import CONSTANTS, Function, Names, walk
from exprgrad.syntax.plan import Assign, Block, Choose, Repeat, plan
from exprgrad.syntax.tree import (
    NOWHERE,
    Binary,
    Call,
    Comparison,
    Conditional,
    Derivatives,
    Diff,
    Expression,
    Index,
    Logic,
    Name,
    Number,
    Reads,
    Slice,
    Unary,
    Vector,
    children,
    reads_of,
)

if TYPE_CHECKING:
    from exprgrad.ops.functions import ArrayFunction

# So deep calls may nest: beyond, a function does not end.
DEEPEST: Final = 50_000
# So many iterations of a loop, unless the user allows more or less.
STEP_LIMIT: Final = 1_000_000
# So often can a value that a loop carries be differentiated: beyond, each iteration would need more.
HIGHEST_TANGENT: Final = 5


class _Frame(NamedTuple):
    """What is visible where: the program's names, and in a function's body its parameters. `region` is the region that
    the names belong to, None for the program itself; `lanes` are those that a side of a branch computes on."""

    scope: Scope | None
    names: dict[str, Value]
    parameters: Mapping[str, Value]
    region: OpenRegion | None = None
    lanes: _Lanes | None = None

    def find(self, name: str) -> Value | None:
        return self.parameters.get(name, self.names.get(name))


class _Lanes(NamedTuple):
    """The lanes of an array on which a side of a branch computes: those where `mask` is true. `around` is the frame in
    which whole arrays are seen, `own` are the parameters that hold lanes already, and `leaves` the values of what is
    computed on whole arrays, by the place of its form."""

    mask: Value
    around: _Frame
    own: frozenset[str]
    leaves: Mapping[Span, Value]


class _Statements(NamedTuple):
    """The statements of a block, which have no value but give names one."""

    steps: Block
    span: Span


class _Derivative(NamedTuple):
    """The derivative of a value by another one of the frame, None where it does not depend on it."""

    of: Value
    by: Value
    span: Span


class _Links(NamedTuple):
    """The rest of a chained comparison: `left` is compared with operand `position` + 1, and so on."""

    comparison: Comparison
    position: int
    left: Value
    reads: Sequence[Reads]

    @property
    def span(self) -> Span:
        return self.comparison.span


class _Restart(Exception):
    """A loop has to begin anew: a tangent that is needed only now has to be carried from the start. `tangents` is the
    loop's list of them."""

    def __init__(self, tangents: Sequence[Tangent]) -> None:
        super().__init__()
        self.tangents = tangents


# A step of the evaluation asks for the value of a sub-expression in a frame, and is sent it.
_Request = tuple[Expression | _Links | _Statements | _Derivative, _Frame]
_Steps = Generator[_Request, Value, Value]
# What a side of a branch is: steps to its results, in the region's frame and with what entered beside names.
_Side = Callable[[_Frame, Sequence[Value]], _Steps]


class Lowering:
    """Evaluates expressions with one builder. Nothing recurses: the stack holds one generator for each open form."""

    def __init__(self, builder: Builder, names: Names, step_limit: int = STEP_LIMIT) -> None:
        self._builder = builder
        self._names = names
        self._step_limit = step_limit
        self._straight = Straight(names.functions)
        # The values of all names at the end, for the pictures; what the sweeps of diff() pass, for the notes.
        self.values: dict[str, Value] = {}
        self.visited: list[tuple[Traced, tuple[int, ...], Value]] = []
        self._depth = 0
        # What is known before any number flows: names of the program, and calls of size() by their place.
        self._whole: dict[str, int] = {}
        self._sizes: dict[Span, int] = {}

    def program(self, inputs: Mapping[str, Value], wanted: Collection[str]) -> dict[str, Value]:
        """The values of the wanted names at the end of the program, by the statements that they need."""
        names = self.values = dict(inputs)
        for name in self._names.constants:
            names[name] = self._builder.constant(CONSTANTS[name], None, NOWHERE)
        self._run(_Statements(plan(self._names, wanted), NOWHERE), _Frame(None, names, {}))
        return {
            name: names[name] if name in names else self._builder.constant(CONSTANTS[name], None, NOWHERE)
            for name in wanted
        }

    def _run(self, root: _Statements, frame: _Frame) -> None:
        """Runs statements, which give names values in the frame."""
        stack: list[_Steps] = []
        request: _Request | None = (root, frame)
        value: Value = None
        while True:
            if request is not None:
                node, where = request
                steps, code = _STEPS, None
                if not isinstance(node, _Statements | _Links | _Derivative):
                    if where.lanes is not None:
                        steps = _LANE_STEPS
                    else:
                        code = self._straight.code(node)
                if code is not None:
                    value, request = self._evaluate(code, where), None
                else:
                    stack.append(steps[type(node)](self, node, where))
                    value = None
            try:
                request = stack[-1].send(value)
            except StopIteration as stop:
                stack.pop()
                value, request = stop.value, None
                if not stack:
                    return
            except _Restart as restart:
                request = self._restarted(stack, restart)

    @staticmethod
    def _restarted(stack: list[_Steps], restart: _Restart) -> _Request:
        """Leaves what is open inside of the loop that has to begin anew, and has it begin."""
        while True:
            stack.pop()
            try:
                return stack[-1].throw(restart)
            except _Restart:
                continue

    def _evaluate(self, code: Sequence[Instruction], frame: _Frame) -> Value:
        """The value of an expression in which nothing branches."""
        builder, names, parameters = self._builder, frame.names, frame.parameters
        stack: list[Value] = []
        for instruction in code:
            op, count, pushed, span = instruction
            if op is None:
                if type(pushed) is float:
                    stack.append(builder.constant(pushed, frame.scope, span))
                else:
                    stack.append(parameters[pushed] if pushed in parameters else names[pushed])  # type: ignore[index]
                continue
            try:
                if count == 1:
                    stack[-1] = builder.apply(op, span, stack[-1])
                elif count == 2:
                    stack[-2] = builder.apply(op, span, stack[-2], stack[-1])
                    del stack[-1]
                else:
                    first = len(stack) - count
                    stack[first:] = [builder.apply(op, span, *stack[first:])]
            except ExprError as problem:
                raise _placed(problem, span, operand_spans(code, instruction), stack[-count:]) from None
        (value,) = stack
        return value

    def _name(self, node: Name, frame: _Frame) -> Value:
        value = frame.find(node.name)
        assert value is not None, "names are resolved before any lowering"
        return value

    def _operation(self, node: Unary | Binary | Call, frame: _Frame) -> _Steps:
        operands = []
        for part in children(node):
            operands.append((yield part, frame))
        return _apply(operation(node), node.span, *operands, parts=children(node))

    def _call(self, node: Call, frame: _Frame) -> _Steps:
        function = self._names.functions.get(node.function)
        if function is not None:
            return self._own(function, node, frame)
        of_arrays = array_function(node)
        return self._operation(node, frame) if of_arrays is None else self._of_arrays(node, of_arrays, frame)

    def _of_arrays(self, node: Call, function: ArrayFunction, frame: _Frame) -> _Steps:
        """A function of arrays: what it is composed of."""
        call = bound_call(node, function)
        for option in call.options.values():
            yield from self._measure(option, frame)
        operands = []
        for part in call.operands:
            operands.append((yield part, frame))
        first = next_index()
        try:
            value = function.compose(*operands, **call.values(self._resolve(frame)))
        except ExprError as problem:
            raise _placed(problem, node.span, [part.span for part in call.operands], operands) from None
        if not isinstance(value, Traced):  # it comes from shapes alone
            if is_size(node):
                self._sizes[node.span] = int(value)
            return self._builder.constant(value, frame.scope, node.span)
        place(value, first, node.span)
        return value

    def _vector(self, node: Vector, frame: _Frame) -> _Steps:
        numbers = _literal(node)
        if numbers is not None:
            return self._builder.constant(numbers, frame.scope, node.span)
        elements = []
        for part in node.elements:
            elements.append((yield part, frame))
        return _apply(vector, node.span, *elements, parts=node.elements)

    def _measure(self, node: Expression, frame: _Frame) -> Generator[_Request, Value, None]:
        """Has the sizes known that a whole number is written with."""
        for call in sizes_in(node):
            yield call, frame

    def _resolve(self, frame: _Frame) -> Callable[[Expression], int | None]:
        """What names and sizes stand for, as far as it is known before any number flows."""

        def resolve(node: Expression) -> int | None:
            if isinstance(node, Name):
                return None if node.name in frame.parameters else self._whole.get(node.name)
            return self._sizes.get(node.span)

        return resolve

    def _index(self, node: Index, frame: _Frame) -> _Steps:
        operand = yield node.operand, frame
        key: list[Any] = []
        positions: list[Value] = []
        many: list[tuple[int, Value]] = []
        for item in node.items:
            parts = bounds_of(item) if isinstance(item, Slice) else [item]
            for part in parts:
                yield from self._measure(part, frame)
            if isinstance(item, Slice):
                key.append(slice_of(item, self._resolve(frame)))
                continue
            known = number(item, self._resolve(frame))
            if known is not None:
                key.append(known)
                continue
            position = yield item, frame
            if _is_many(position):  # each of them, along this axis
                many.append((len([entry for entry in key if isinstance(entry, tuple)]), position))
                key.append((None, None, None))
            else:
                key.append(None)
                positions.append(position)
        if len(many) > 1:
            raise UnsupportedError(
                "an index has one array of positions at most", node.span, hint="take along one axis after the other"
            )
        if not many or any(entry != (None, None, None) for entry in key):
            operand = _apply(get_item(tuple(key)), node.span, operand, *positions)
        for axis, position in many:
            operand = _apply(take(axis), node.span, operand, position)
        return operand

    def _own(self, function: Function, node: Call, frame: _Frame) -> _Steps:
        """A call of a function of the program: its body, where the parameters are the operands."""
        definition = function.definition
        if self._depth == DEEPEST:
            raise EvaluationError(
                f"{definition.name} is called {DEEPEST:,} deep, and calls nest no deeper",
                node.span,
                hint="give it a condition that ends it, or write a loop",
            )
        parameters: dict[str, Value] = {}
        for name, counts, argument in zip(definition.parameters, function.used, node.arguments, strict=True):
            if counts:
                value = yield argument, frame
                # A function differentiates by its parameter, not by all that its operand goes into elsewhere.
                parameters[name] = _apply(pos, argument.span, value) if name in function.by else value
        self._depth += 1
        inside = frame._replace(parameters=parameters)
        if frame.lanes is not None:
            inside = inside._replace(lanes=frame.lanes._replace(own=frozenset(definition.parameters), leaves={}))
        value = yield definition.body, inside
        self._depth -= 1
        return value

    def _comparison(self, node: Comparison, frame: _Frame) -> _Steps:
        """`a < b < c` is `a < b and b < c` with b evaluated once, and c only where it is needed."""
        left = yield node.operands[0], frame
        reads = [reads_of(node.operands[-1:])]
        for operand in node.operands[-2:1:-1]:
            names, calls = reads_of([operand])
            names, calls = (*names, *reads[-1].names), (*calls, *reads[-1].calls)
            reads.append(Reads(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(calls))))
        return (yield _Links(node, 0, left, reads[::-1]), frame)

    def _links(self, links: _Links, frame: _Frame) -> _Steps:
        node, i, left, reads = links
        right = yield node.operands[i + 1], frame
        value = _apply(REGISTRY.infix[node.symbols[i]], node.span, left, right, parts=node.operands[i : i + 2])
        if i + 1 == len(node.symbols):
            return value
        if _is_many(value):
            rest = yield _Links(node, i + 1, right, reads), frame
            return _apply(mul, node.span, value, rest)

        def further(inside: _Frame, entered: Sequence[Value]) -> _Steps:
            return [(yield _Links(node, i + 1, entered[0], reads), inside)]

        sides = {True: further, False: self._literal(0.0, node.span)}
        entering = self._visible(reads[i], frame)
        return (yield from self._branch(value, node.span, node.span, frame, entering, sides, [right]))[0]

    def _logic(self, node: Logic, frame: _Frame) -> _Steps:
        condition = yield node.left, frame
        if _is_many(condition):
            return (yield from self._both(node, condition, frame))
        short = node.symbol == "or"

        def right(inside: _Frame, entered: Sequence[Value]) -> _Steps:
            value = yield node.right, inside
            return [_apply(truth, node.right.span, value)]

        sides = {short: self._literal(float(short), node.span), not short: right}
        entering = self._visible(node.reads, frame)
        return (yield from self._branch(condition, node.left.span, node.span, frame, entering, sides))[0]

    def _conditional(self, node: Conditional, frame: _Frame) -> _Steps:
        condition = yield node.condition, frame
        if _is_many(condition):
            return (yield from self._by_lanes(node, condition, frame))
        sides = {True: _expression(node.then), False: _expression(node.otherwise)}
        entering = self._visible(node.reads, frame)
        return (yield from self._branch(condition, node.condition.span, node.span, frame, entering, sides))[0]

    # -- branches by lanes ---------------------------------------------------------------------------

    def _both(self, node: Logic, left: Value, frame: _Frame) -> _Steps:
        """`and` and `or` of many values: 1 or 0 in each lane."""
        right = yield node.right, frame
        sides = [_apply(truth, part.span, x) for part, x in ((node.left, left), (node.right, right))]
        if node.symbol == "and":
            return _apply(mul, node.span, *sides)
        return _apply(logical_not, node.span, _apply(mul, node.span, *[logical_not(x) for x in sides]))

    def _by_lanes(self, node: Conditional, condition: Value, frame: _Frame) -> _Steps:
        """A conditional whose condition has many values: both sides, each on its lanes."""
        from exprgrad.ops.lanes import merge

        leaves: dict[Span, Value] = {}
        shapes = [condition.shape]
        if frame.lanes is None:
            for leaf in self._leaves([node.then, node.otherwise]):
                value = yield leaf, frame
                leaves[leaf.span] = value
                if value.shape is None:
                    raise UnsupportedError(
                        "the shape of this is not known where a condition chooses lane by lane", leaf.span
                    )
                shapes.append(value.shape)
        try:
            shape = broadcast("a conditional", shapes)
        except ExprError as problem:
            places = [node.condition.span, *leaves]
            raise _placed(problem, node.span, places, [condition, *leaves.values()]) from None
        mask = _apply(truth, node.condition.span, condition)
        if shape != condition.shape:
            like = next((value for value in leaves.values() if value.shape == shape), None)
            if like is None:
                like = self._builder.constant(_zeros(shape), frame.scope, node.span)
            mask = _apply(broadcast_to, node.condition.span, mask, like)
        opposite = _apply(logical_not, node.condition.span, mask)
        results = []
        for side, lanes in ((node.then, mask), (node.otherwise, opposite)):
            inside = frame._replace(lanes=_Lanes(lanes, frame, frozenset(), leaves))
            results.append((yield side, inside))
        return _apply(merge, node.span, mask, opposite, *results)

    def _leaves(self, roots: Sequence[Expression]) -> list[Expression]:
        """What an expression computes on whole arrays: names, and forms that are not elementwise."""
        found: dict[Span, Expression] = {}
        stack = [*roots]
        while stack:
            node = stack.pop()
            if isinstance(node, Number):
                continue
            if self._is_elementwise(node) and not isinstance(node, Name):
                stack.extend(children(node))
                if isinstance(node, Call) and node.function in self._names.functions:
                    inputs = self._names.functions[node.function].inputs
                    stack.extend(Name(name, span) for name, span in inputs.items())
            else:
                found[node.span] = node
        return [found[span] for span in sorted(found)]

    def _is_elementwise(self, node: Expression) -> bool:
        """Whether a form computes each element by itself; a function of the program does if all forms in it do."""
        function = self._names.functions.get(node.function) if isinstance(node, Call) else None
        if function is None:
            return not needs_whole(node)
        names = (node.function, *function.reaches)  # type: ignore[union-attr]
        bodies = [self._names.functions[name].definition.body for name in names]
        own = self._names.functions
        return not any(
            needs_whole(part)
            for body in bodies
            for part in walk(body)
            if not (isinstance(part, Call) and part.function in own)
        )

    def _lane_form(self, node: Expression, frame: _Frame) -> _Steps:
        """A form on some lanes: elementwise ones as ever, others on whole arrays first."""
        if self._is_elementwise(node):
            return (yield from _STEPS[type(node)](self, node, frame))
        return (yield from self._lane_leaf(node, frame))

    def _lane_leaf(self, node: Expression, frame: _Frame) -> _Steps:
        from exprgrad.ops.lanes import compress

        lanes = frame.lanes
        assert lanes is not None
        if isinstance(node, Name) and node.name in lanes.own:
            return self._name(node, frame)
        value = lanes.leaves.get(node.span)
        if value is None:
            value = yield node, lanes.around
        if value.shape == ():
            return value
        if value.shape != lanes.mask.shape:
            value = _apply(broadcast_to, node.span, value, lanes.mask)
        return _apply(compress, node.span, value, lanes.mask)

    def _lane_number(self, node: Number, frame: _Frame) -> _Steps:
        yield from ()
        return self._builder.constant(node.value, frame.scope, node.span)

    def _lane_condition(self, node: Conditional, frame: _Frame) -> _Steps:
        from exprgrad.ops.lanes import compress

        condition = yield node.condition, frame
        lanes = frame.lanes
        assert lanes is not None
        if condition.shape == ():  # one value for all lanes
            like = _apply(compress, node.condition.span, lanes.mask, lanes.mask)
            condition = _apply(broadcast_to, node.condition.span, condition, like)
        return (yield from self._by_lanes(node, condition, frame))

    def _lane_logic(self, node: Logic, frame: _Frame) -> _Steps:
        left = yield node.left, frame
        return (yield from self._both(node, left, frame))

    def _lane_comparison(self, node: Comparison, frame: _Frame) -> _Steps:
        operands = []
        for part in node.operands:
            operands.append((yield part, frame))
        value: Value = None
        for symbol, left, right in zip(node.symbols, operands, operands[1:], strict=False):
            link = _apply(REGISTRY.infix[symbol], node.span, left, right)
            value = link if value is None else _apply(mul, node.span, value, link)
        return value

    def _statements(self, block: _Statements, frame: _Frame) -> _Steps:
        for step in block.steps:
            if isinstance(step, Assign):
                value = yield step.value, frame
                if step.bound:
                    value = _apply(bound, step.value.span, value)
                elif isinstance(step.value, Name) and step.name in self._names.by:
                    # What is differentiated by is the new name, not all that the old one goes into.
                    value = _apply(pos, step.value.span, value)
                frame.names[step.name] = value
                self._whole.pop(step.name, None)
                if frame.region is None and (known := number(step.value, self._resolve(frame))) is not None:
                    self._whole[step.name] = known
            elif isinstance(step, Choose):
                yield from self._choose(step, frame)
            else:
                yield from self._repeat(step, frame)

    def _choose(self, step: Choose, frame: _Frame) -> _Steps:
        """An if: a branch with a result for each name that leaves it."""
        condition = yield step.condition, frame
        sides = dict(zip((True, False), (_block(block, step) for block in step.blocks), strict=True))
        names = {name: frame.names[name] for name in step.entering}
        for name in step.leaving:
            self._whole.pop(name, None)
        span = step.condition.span
        results = yield from self._branch(condition, span, step.span, frame, (names, {}), sides)
        frame.names.update(zip(step.leaving, results, strict=True))

    def _repeat(self, step: Repeat, frame: _Frame) -> _Steps:
        """A loop: one region for all iterations where no value flows yet, else one for each that runs."""
        names = (*step.carried, *step.invariant)
        operands = [frame.names[name] for name in names]
        for name in step.carried:
            self._whole.pop(name, None)
        finished = None
        if step.carried and not self._calls_itself(step):
            finished = self._builder.finished(operands, lambda builder, xs: self._on(builder, step, xs))
        if finished is not None:
            frame.names.update(zip(step.carried, finished, strict=True))
            return
        tangents: list[Tangent] = []
        depth, visits = self._depth, len(self.visited)
        while True:
            try:
                results = yield from self._iterate(step, frame, operands, tangents)
                break
            except _Restart as restart:
                if restart.tangents is not tangents:
                    raise
                for tangent in tangents:
                    tangent.current = tangent.outer
                # What the iterations given up have left behind.
                self._depth = depth
                del self.visited[visits:]
        for name, value in zip(step.carried, results, strict=False):
            value.span = step.span
            frame.names[name] = value

    def _iterate(
        self, step: Repeat, frame: _Frame, operands: Sequence[Value], tangents: list[Tangent]
    ) -> Generator[_Request, Value, list[Value]]:
        """The results of a loop, whose iterations know the tangents from the start."""
        names = (*step.carried, *step.invariant)
        carried = len(step.carried)
        current = list(operands)
        regions: list[Region] = []
        loose = False  # whether what is carried may change its shape
        count = 0
        while True:
            scope = Scope(frame.scope, span=step.condition.span)
            region = OpenRegion(frame, scope, operands, current, carried, tangents, count)
            if loose:
                for param in region.params[:carried]:
                    param.shape = None
            inside = _Frame(scope, dict(zip(names, region.params, strict=True)), {}, region)
            condition = yield step.condition, inside
            goes_on = self._decide(condition, step.condition.span)
            if goes_on is False:
                break
            if count == self._step_limit:
                raise endless(self._step_limit, step.span, any(map(is_hidden, step.carried)))
            yield _Statements(step.body, step.span), inside
            results = [inside.names[name] for name in step.carried]
            if goes_on is None and not loose:
                loose = any(x.shape != param.shape for x, param in zip(results, region.params, strict=False))
                if loose:  # what starts as a number becomes an array: the region is made anew
                    tangents.clear()
                    continue
            ends = yield from self._carry_on(region, dict(enumerate(results)), inside)
            count += 1
            if not self._builder.recording:
                regions.clear()
            params = [*region.params[:carried], *(region.by_key[t.key] for t in tangents if t.carried)]
            params += [*region.params[carried:], *(region.by_key[t.key] for t in tangents if not t.carried)]
            regions.append(Region(scope, params, [*results, *ends]))
            current[:carried] = results
            if goes_on is None:
                break
        moving = [t.outer for t in tangents if t.carried]
        op = Loop(
            regions,
            carried + len(moving),
            condition=condition,
            limit=self._step_limit,
            # A side of a branch that asked for a tangent may have been taken in some of them.
            uneven=bool(tangents),
            span=step.span,
            names=step.carried,
        )
        fixed = [t.outer for t in tangents if not t.carried]
        return loop(op, [*operands[:carried], *moving, *operands[carried:], *fixed])

    def _on(self, builder: Builder, step: Repeat, operands: Sequence[Value]) -> list[Value]:
        """The results of a loop by another builder."""
        other = Lowering(builder, self._names, self._step_limit)
        other._whole = dict(self._whole)
        names = dict(zip((*step.carried, *step.invariant), operands, strict=True))
        other._run(_Statements((step,), step.span), _Frame(None, names, {}))
        return [names[name] for name in step.carried]

    def _calls_itself(self, step: Repeat) -> bool:
        """Whether a loop calls a function whose body has no end without numbers."""
        return bool(self._names.functions) and recursive(self._names, (step,)) is not None

    def _carry_on(self, region: OpenRegion, results: dict[Key, Value], inside: _Frame) -> _Steps:
        """What the next iteration gets as the tangents of what it is carried. They may ask for tangents themselves."""
        ends: list[Value] = []
        for tangent in region.tangents:  # it grows as it is walked
            if not tangent.carried:
                continue
            if order(tangent.key) > HIGHEST_TANGENT:
                raise UnsupportedError(
                    f"this needs a derivative of order {order(tangent.key)} of what the loop carries; "
                    f"{HIGHEST_TANGENT} is the highest",
                    tangent.span,
                    hint="an iteration may differentiate what the one before it did, without end; "
                    "write diff() behind the loop, or by what the iteration itself computes",
                )
            of, by = tangent.key
            value = yield _Derivative(results[of], region.by_key[by], tangent.span), inside
            tangent.current = region.by_key[by].absent(region.scope) if value is None else value
            results[tangent.key] = tangent.current
            ends.append(tangent.current)
        return ends

    # -- derivatives inside the program --------------------------------------------------------------

    def _diff(self, node: Diff, frame: _Frame) -> _Steps:
        value = yield node.operand, frame
        for name in node.by:
            x = self._name(name, frame)
            found = yield _Derivative(value, x, node.span), frame
            if found is None:
                return _apply(unreached, node.span, x, value)
            value = found
        return _apply(as_gradient, node.span, value, x) if node.by else value

    def _derivatives(self, node: Derivatives, frame: _Frame) -> _Steps:
        """gradient(), jacobian() and hessian()."""
        value = yield node.operand, frame
        xs = [self._name(name, frame) for name in node.by]
        if node.function != "jacobian" and value.shape != ():
            raise EvaluationError(
                f"{node.function} is of one number, found shape {shape_of(value)}",
                node.operand.span,
                hint="jacobian(u, x) has the derivatives of each element; sum(u) is one number",
            )
        found = yield from self._by_elements(value, xs, node, frame)
        if node.function == "hessian":
            found = yield from self._by_elements(found, xs, node, frame)
        return found

    def _by_elements(self, value: Value, xs: Sequence[Value], node: Derivatives, frame: _Frame) -> _Steps:
        """The derivatives of each element of a value by each of some others, in the shape of the value and then of the
        other; where these are listed, by all their elements one after the other."""
        shape, span = shape_of(value), node.span
        elements = [value]
        if shape:
            flat = _apply(reshape((-1,)), span, value)
            elements = [_apply(get_item((i,)), span, flat) for i in range(shape_of(flat)[0])]
        columns = []
        for x in xs:
            of_x = shape_of(x)
            rows = []
            for element in elements:
                found = yield _Derivative(element, x, span), frame
                rows.append(
                    _apply(unreached, span, x, element) if found is None else _apply(as_gradient, span, found, x)
                )
            if not rows:
                column = self._builder.constant(_zeros((*shape, *of_x)), frame.scope, span)
            elif shape:
                column = _apply(reshape((*shape, *of_x)), span, _apply(vector, span, *rows))
            else:
                column = rows[0]
            columns.append(_apply(reshape((*shape, prod(of_x))), span, column) if node.listed else column)
        return _apply(concat(len(shape)), span, *columns) if node.listed else columns[0]

    def _derivative(self, asked: _Derivative, frame: _Frame) -> _Steps:
        """By a value that came into the region from outside: the sum over all that came in, of the derivative by it
        times its tangent."""
        region = frame.region
        if region is None or asked.by.index not in region.keys:
            return self._swept(asked, [asked.by], frame).get(asked.by.index)
        params = region.ordered()
        found = self._swept(asked, params, frame)
        total: Value | None = None
        for param in params:
            term = found.get(param.index)
            if term is None:
                continue
            if param is not asked.by:
                tangent = yield from self._tangent(param, asked, region)
                if tangent is None:
                    continue
                term = _apply(mul, asked.span, term, tangent)
            total = term if total is None else _apply(add, asked.span, total, term)
        return total

    def _swept(self, asked: _Derivative, wanted: Sequence[Value], frame: _Frame) -> dict[int, Value]:
        nodes = between([asked.of], wanted)
        if asked.of.index not in nodes:
            return {}
        start = _apply(seed, asked.span, asked.of)
        indexes = {x.index for x in wanted}
        return reverse(
            [(asked.of, start)],
            nodes,
            symbolic=True,
            wanted=indexes,
            visit=lambda *visit: self.visited.append(visit),
            scope=frame.scope,
            span=asked.span,
        )

    def _tangent(self, param: Value, asked: _Derivative, region: OpenRegion) -> _Steps:
        """The tangent of a parameter of a region by another; None where it is zero."""
        key = region.keys[param.index], region.keys[asked.by.index]
        if key in region.by_key:
            return region.by_key[key]
        # At the start of an iteration what the loop carries is independent of each other, and nothing else follows it.
        if key in region.missing or region.changes(key[1]):
            return None
        of, by = (region.outer[k] for k in key)
        if not of.shape == by.shape == ():
            raise UnsupportedError(
                "diff() in a branch or a loop by what was computed outside of it is for single numbers",
                asked.span,
                hint="differentiate before the branch or the loop",
            )
        outer = yield _Derivative(of, by, asked.span), region.frame
        carried = region.changes(key[0])
        if carried and outer is None:
            outer = by.absent(region.frame.scope)
        if outer is None:
            region.missing.add(key)
            return None
        param = region.add(key, outer, carried, asked.span)
        if region.iteration:
            raise _Restart(region.tangents)
        return param

    def _literal(self, value: float, span: Span) -> _Side:
        def literal(inside: _Frame, entered: Sequence[Value]) -> _Steps:
            yield from ()
            return [self._builder.constant(value, inside.scope, span)]

        return literal

    def _branch(
        self,
        condition: Value,
        condition_span: Span,
        span: Span,
        frame: _Frame,
        visible: tuple[dict[str, Value], dict[str, Value]],
        sides: Mapping[bool, _Side],
        more: Sequence[Value] = (),
    ) -> _Steps:
        """The results of a branch whose sides see the names and parameters in `visible`, and the values in `more`.

        What enters is what either side reads, in the order of the text, whichever side is taken.
        """
        names, parameters = visible
        entering = list({value.index: value for value in (*more, *parameters.values(), *names.values())}.values())
        taken = self._decide(condition, condition_span)
        opened: list[tuple[OpenRegion, Sequence[Value]]] = []
        for side in (True, False) if taken is None else (taken,):
            scope = Scope(frame.scope, condition, side, condition_span)
            region = OpenRegion(frame, scope, entering, entering)
            params = {value.index: param for value, param in zip(entering, region.params, strict=True)}
            inside = _Frame(
                scope,
                {name: params[value.index] for name, value in names.items()},
                {name: params[value.index] for name, value in parameters.items()},
                region,
            )
            opened.append((region, (yield from sides[side](inside, [params[value.index] for value in more]))))
        regions: list[Region | None] = [None, None]
        asked = [(region, tangent) for region, _ in opened for tangent in region.tangents]
        for region, results in opened:
            # Each side has a parameter for what the other one asked for, too.
            tangents = [
                region.by_key[t.key] if of is region else type(t.outer).parameter(t.outer, region.scope)
                for of, t in asked
            ]
            regions[0 if region.scope.polarity else 1] = Region(region.scope, [*region.params, *tangents], results)
        values = branch(condition, [*entering, *(tangent.outer for _, tangent in asked)], regions)
        for value in values:
            value.span = span
        return values

    def _visible(self, reads: Reads, frame: _Frame) -> tuple[dict[str, Value], dict[str, Value]]:
        """The program's names and the parameters that are read, functions that are called included."""
        names: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        for name in reads.names:
            # What only an operand reads that does not count may have no value.
            if (value := frame.find(name)) is not None:
                (parameters if name in frame.parameters else names)[name] = value
        for called in reads.calls:
            if called in self._names.functions:
                for name in self._names.functions[called].inputs:
                    if (value := frame.names.get(name)) is not None:
                        names[name] = value
        return names, parameters

    def _decide(self, condition: Value, span: Span) -> bool | None:
        try:
            return self._builder.decide(condition)
        except ExprError as problem:
            problem.span = problem.span or span
            raise


_STEPS: dict[type, Callable[..., _Steps]] = {
    Unary: Lowering._operation,
    Binary: Lowering._operation,
    Call: Lowering._call,
    Comparison: Lowering._comparison,
    _Links: Lowering._links,
    Logic: Lowering._logic,
    Conditional: Lowering._conditional,
    Diff: Lowering._diff,
    Derivatives: Lowering._derivatives,
    Vector: Lowering._vector,
    Index: Lowering._index,
    _Statements: Lowering._statements,
    _Derivative: Lowering._derivative,
}


# The same where a side of a branch computes on some lanes.
_LANE_STEPS: dict[type, Callable[..., _Steps]] = {
    **dict.fromkeys((Unary, Binary, Call, Vector, Index, Diff, Derivatives), Lowering._lane_form),
    Name: Lowering._lane_leaf,
    Number: Lowering._lane_number,
    Comparison: Lowering._lane_comparison,
    Logic: Lowering._lane_logic,
    Conditional: Lowering._lane_condition,
}


def _is_many(condition: Value) -> bool:
    """Whether a condition is known to have many values, which choose lane by lane."""
    return condition.shape is not None and condition.shape != ()


def _zeros(shape: tuple[int, ...]) -> Any:
    from exprgrad.numbers.arrays import full

    return full(shape, 0.0, None)


def _expression(node: Expression) -> _Side:
    def expression(inside: _Frame, entered: Sequence[Value]) -> _Steps:
        return [(yield node, inside)]

    return expression


def _block(steps: Block, statement: Choose) -> _Side:
    def block(inside: _Frame, entered: Sequence[Value]) -> _Steps:
        yield _Statements(steps, statement.span), inside
        return [inside.names[name] for name in statement.leaving]

    return block


def _literal(node: Vector) -> Any:
    """The array that a vector of numbers stands for; None if there is something to compute."""
    values = []
    for part in node.elements:
        if isinstance(part, Unary) and part.symbol == "-" and isinstance(part.operand, Number):
            values.append(-part.operand.value)
        elif isinstance(part, Number):
            values.append(part.value)
        else:
            return None
    from exprgrad.numbers.arrays import rounded

    return rounded(values)


def _apply(op: Op, span: Span, *operands: Value, parts: Sequence[Expression] = ()) -> Value:
    """Runs an operation and gives what it made, or the error it raised, its place in the text; `parts` are the forms
    that the operands came from."""
    try:
        value = apply(op, *operands)
    except ExprError as problem:
        raise _placed(problem, span, [part.span for part in parts], operands) from None
    if isinstance(value, Traced):
        value.span = span
    return value


def _placed(problem: ExprError, span: Span, spans: Sequence[Span], operands: Sequence[Value]) -> ExprError:
    """An error with its place; where shapes do not fit, with the place and shape of each operand."""
    problem.span = problem.span or span
    if isinstance(problem, ShapeProblem) and not problem.marks:
        problem.marks = [Mark(part, f"shape {x.shape}") for part, x in zip(spans, operands, strict=False)]
    return problem
