"""From the AST to values: the program is evaluated on whatever its inputs are.

Fed nodes it builds a graph, fed tensors it runs and traces. The sides of a
branch are regions: they see outer values through parameters (see `ops.control`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.autodiff.sweep_state import set_spans
from exprgrad.diagnostics import EvaluationError, ExprError, Note, Span, UnsupportedError
from exprgrad.lowering import differentials, lanes, loops
from exprgrad.lowering.builder import Builder
from exprgrad.lowering.compile_time import (
    array_function,
    bound_call,
    bounds_of,
    is_size,
    number,
    option_parts,
    sizes_in,
    slice_of,
)
from exprgrad.lowering.frames import Derivative, Evaluation, Frame, Links, Request, Restart, Side, Statements
from exprgrad.lowering.locate import apply_at, locate
from exprgrad.lowering.open_region import OpenRegion
from exprgrad.lowering.postfix import PostfixCode, PostfixItem, operand_spans, operation
from exprgrad.numbers import arrays, memory
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import mul, pos
from exprgrad.ops.budget import Budget, Expansion, StepLimits
from exprgrad.ops.comparison import truth
from exprgrad.ops.control import Region, Scope, bound, branch
from exprgrad.ops.registry import REGISTRY, Traced, Value, next_index
from exprgrad.syntax.names import CONSTANTS, Function, Names, walk
from exprgrad.syntax.plan import Assign, Block, Choose, plan
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
    from exprgrad.autodiff.chain import Chain
    from exprgrad.ops.functions import ArrayFunction

_LIMITS: Final = StepLimits()
# About so many bytes has what an operation in a function's body becomes.
_CALL: Final = 600
# So deep calls may nest: beyond, a function does not end.
DEEPEST: Final = 50_000


class Lowering:
    """Evaluates expressions with one builder. Nothing recurses: the stack holds one generator for each open form."""

    def __init__(self, builder: Builder, names: Names, limits: StepLimits = _LIMITS) -> None:
        self.builder = builder
        self.names = names
        self.limits = limits
        self.budget = Budget()
        self.expansion = Expansion(0, 0)
        # By the name of a function how many forms its body has; and the last call that is not inside of another one.
        self._body_sizes: dict[str, int] = {}
        self._outermost: Call
        self._postfix = PostfixCode(names.functions)
        # The values of all names at the end, for the pictures; what the sweeps of diff() pass, for the notes.
        self.values: dict[str, Value] = {}
        self.visited: list[tuple[Traced, tuple[int, ...], Value]] = []
        # What is odd about the program itself, whatever its numbers are.
        self.notes: list[Note] = []
        # Of what diff() gave, by index: the input that it is a derivative by, of which order, and the chain of them.
        self.chains: dict[int, tuple[int, int, Chain | None]] = {}
        self.depth = 0
        # Of a loop that is lowered by itself, what is known of where it stands.
        self.outside: loops.Outside | None = None
        # What is known before any number flows: names of the program, and calls of size() by their place.
        self.whole: dict[str, int] = {}
        self._sizes: dict[Span, int] = {}

    def program(self, inputs: Mapping[str, Value], wanted: Collection[str]) -> dict[str, Value]:
        """The values of the wanted names at the end of the program, by the statements that they need."""
        names = self.values = dict(inputs)
        for name in self.names.constants:
            names[name] = self.builder.constant(CONSTANTS[name], None, NOWHERE)
        self.run(Statements(plan(self.names, wanted), NOWHERE), Frame(None, names, {}))
        return {
            name: names[name] if name in names else self.builder.constant(CONSTANTS[name], None, NOWHERE)
            for name in wanted
        }

    def run(self, root: Statements, frame: Frame) -> None:
        """Runs statements, which give names values in the frame."""
        stack: list[Evaluation] = []
        request: Request | None = (root, frame)
        value: Value = None
        while True:
            if request is not None:
                node, where = request
                evaluations, code = _EVALUATIONS, None
                if not isinstance(node, Statements | Links | Derivative):
                    if where.lanes is not None:
                        evaluations = lanes.EVALUATIONS
                    else:
                        code = self._postfix.code(node)
                if code is not None:
                    value, request = self._evaluate(code, where), None
                else:
                    stack.append(evaluations[type(node)](self, node, where))
                    value = None
            try:
                request = stack[-1].send(value)
            except StopIteration as stop:
                stack.pop()
                value, request = stop.value, None
                if not stack:
                    return
            except Restart as restart:
                request = self._restarted(stack, restart)

    @staticmethod
    def _restarted(stack: list[Evaluation], restart: Restart) -> Request:
        """Leaves what is open inside of the loop that has to begin anew, and has it begin."""
        while True:
            stack.pop()
            try:
                return stack[-1].throw(restart)
            except Restart:
                continue

    def _evaluate(self, code: Sequence[PostfixItem], frame: Frame) -> Value:
        """The value of an expression in which nothing branches."""
        builder, names, parameters = self.builder, frame.names, frame.parameters
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
                raise locate(problem, span, operand_spans(code, instruction), stack[-count:]) from None
            except MemoryError:
                raise memory.exhausted(span) from None
        (value,) = stack
        return value

    def name(self, node: Name, frame: Frame) -> Value:
        value = frame.find(node.name)
        assert value is not None, "names are resolved before any lowering"
        return value

    def plainly(self, node: Expression, frame: Frame) -> Evaluation:
        """The evaluation of a form as it is where no lanes are chosen."""
        return _EVALUATIONS[type(node)](self, node, frame)

    def _operation(self, node: Unary | Binary | Call, frame: Frame) -> Evaluation:
        operands = []
        for part in children(node):
            operands.append((yield part, frame))
        return apply_at(operation(node), node.span, *operands, parts=children(node))

    def _call(self, node: Call, frame: Frame) -> Evaluation:
        function = self.names.functions.get(node.function)
        if function is not None:
            return self._own(function, node, frame)
        of_arrays = array_function(node)
        return self._operation(node, frame) if of_arrays is None else self._of_arrays(node, of_arrays, frame)

    def _of_arrays(self, node: Call, function: ArrayFunction, frame: Frame) -> Evaluation:
        """A function of arrays: what it is composed of."""
        call = bound_call(node, function)
        for option, _ in option_parts(call):
            yield from self._measure(option, frame)
        operands = []
        for part in call.operands:
            operands.append((yield part, frame))
        first = next_index()
        try:
            value = function.compose(*operands, **call.values(self._resolve(frame)))
        except ExprError as problem:
            raise locate(problem, node.span, [part.span for part in call.operands], operands) from None
        except MemoryError:
            raise memory.exhausted(node.span) from None
        if not isinstance(value, Traced):  # it comes from shapes alone
            if is_size(node):
                self._sizes[node.span] = int(value)
            return self.builder.constant(value, frame.scope, node.span)
        set_spans(value, first, node.span)
        return value

    def _vector(self, node: Vector, frame: Frame) -> Evaluation:
        numbers = _literal(node)
        if numbers is not None:
            return self.builder.constant(numbers, frame.scope, node.span)
        elements = []
        for part in node.elements:
            elements.append((yield part, frame))
        return apply_at(S.vector, node.span, *elements, parts=node.elements)

    def _measure(self, node: Expression, frame: Frame) -> Generator[Request, Value, None]:
        """Has the sizes known that a whole number is written with."""
        for call in sizes_in(node):
            yield call, frame

    def _resolve(self, frame: Frame) -> Callable[[Expression], int | None]:
        """What names and sizes stand for, as far as it is known before any number flows."""

        def resolve(node: Expression) -> int | None:
            if isinstance(node, Name):
                return None if node.name in frame.parameters else self.whole.get(node.name)
            return self._sizes.get(node.span)

        return resolve

    def _index(self, node: Index, frame: Frame) -> Evaluation:
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
            if isinstance(item, Comparison | Logic):
                raise UnsupportedError(
                    "a condition is no position",
                    item.span,
                    hint="x if x > 0 else 0 chooses lane by lane, sum() of that adds up what was chosen",
                )
            position = yield item, frame
            if _is_many(position):  # each of them, along this axis
                many.append((len([entry for entry in key if isinstance(entry, tuple)]), position))
                key.append((None, None, None))
            else:
                key.append(None)
                positions.append(position)
        if len(many) > 1:
            raise UnsupportedError(
                "an index has one array of positions at most",
                node.span,
                hint="x[p][:, q] takes all pairs; sum(x*chosen, axis=1) takes one of each row",
            )
        if not many or any(entry != (None, None, None) for entry in key):
            operand = apply_at(S.get_item(tuple(key)), node.span, operand, *positions)
        for axis, position in many:
            operand = apply_at(S.take(axis), node.span, operand, position)
        return operand

    def _own(self, function: Function, node: Call, frame: Frame) -> Evaluation:
        """A call of a function of the program: its body, where the parameters are the operands."""
        definition = function.definition
        if self.depth == DEEPEST:
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
                parameters[name] = apply_at(pos, argument.span, value) if name in function.by else value
        if self.depth == 0:
            self._outermost = node
        self.depth += 1
        size = self._body_sizes.get(node.function)
        if size is None:
            size = self._body_sizes[node.function] = sum(1 for _ in walk(definition.body))
        self.expansion = self.expansion.called(size, self.limits, self._outermost)
        memory.take(_CALL * size, node.span)
        inside = frame._replace(parameters=parameters)
        if frame.lanes is not None:
            inside = inside._replace(lanes=frame.lanes._replace(own=frozenset(definition.parameters), leaves={}))
        value = yield definition.body, inside
        self.depth -= 1
        return value

    def _comparison(self, node: Comparison, frame: Frame) -> Evaluation:
        """`a < b < c` is `a < b and b < c` with b evaluated once, and c only where it is needed."""
        left = yield node.operands[0], frame
        reads = [reads_of(node.operands[-1:])]
        for operand in node.operands[-2:1:-1]:
            names, calls = reads_of([operand])
            names, calls = (*names, *reads[-1].names), (*calls, *reads[-1].calls)
            reads.append(Reads(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(calls))))
        return (yield Links(node, 0, left, reads[::-1]), frame)

    def _links(self, links: Links, frame: Frame) -> Evaluation:
        node, i, left, reads = links
        right = yield node.operands[i + 1], frame
        value = apply_at(REGISTRY.infix[node.symbols[i]], node.span, left, right, parts=node.operands[i : i + 2])
        if i + 1 == len(node.symbols):
            return value
        if _is_many(value):
            rest = yield Links(node, i + 1, right, reads), frame
            return apply_at(mul, node.span, value, rest)

        def further(inside: Frame, entered: Sequence[Value]) -> Evaluation:
            return [(yield Links(node, i + 1, entered[0], reads), inside)]

        sides = {True: further, False: self._literal(0.0, node.span)}
        entering = self._visible(reads[i], frame)
        return (yield from self._branch(value, node.span, node.span, frame, entering, sides, [right]))[0]

    def _logic(self, node: Logic, frame: Frame) -> Evaluation:
        condition = yield node.left, frame
        if _is_many(condition):
            return (yield from lanes.both(node, condition, frame))
        short = node.symbol == "or"

        def right(inside: Frame, entered: Sequence[Value]) -> Evaluation:
            value = yield node.right, inside
            return [apply_at(truth, node.right.span, value)]

        sides = {short: self._literal(float(short), node.span), not short: right}
        entering = self._visible(node.reads, frame)
        return (yield from self._branch(condition, node.left.span, node.span, frame, entering, sides))[0]

    def _conditional(self, node: Conditional, frame: Frame) -> Evaluation:
        condition = yield node.condition, frame
        if _is_many(condition):
            return (yield from lanes.by_lanes(self, node, condition, frame))
        sides = {True: _expression(node.then), False: _expression(node.otherwise)}
        entering = self._visible(node.reads, frame)
        return (yield from self._branch(condition, node.condition.span, node.span, frame, entering, sides))[0]

    def _statements(self, block: Statements, frame: Frame) -> Evaluation:
        for step in block.steps:
            if isinstance(step, Assign):
                value = yield step.value, frame
                if step.bound:
                    _check_bound(value, step.value.span)
                    value = apply_at(bound, step.value.span, value)
                elif isinstance(step.value, Name) and step.name in self.names.by:
                    # What is differentiated by is the new name, not all that the old one goes into.
                    value = apply_at(pos, step.value.span, value)
                frame.names[step.name] = value
                self.whole.pop(step.name, None)
                if frame.region is None and (known := number(step.value, self._resolve(frame))) is not None:
                    self.whole[step.name] = known
            elif isinstance(step, Choose):
                yield from self._choose(step, frame)
            else:
                yield from loops.repeat(self, step, frame)

    def _choose(self, step: Choose, frame: Frame) -> Evaluation:
        """An if: a branch with a result for each name that leaves it."""
        condition = yield step.condition, frame
        sides = dict(zip((True, False), (_block(block, step) for block in step.blocks), strict=True))
        names = {name: frame.names[name] for name in step.entering}
        for name in step.leaving:
            self.whole.pop(name, None)
        span = step.condition.span
        results = yield from self._branch(condition, span, step.span, frame, (names, {}), sides)
        frame.names.update(zip(step.leaving, results, strict=True))

    def _literal(self, value: float, span: Span) -> Side:
        def literal(inside: Frame, entered: Sequence[Value]) -> Evaluation:
            yield from ()
            return [self.builder.constant(value, inside.scope, span)]

        return literal

    def _branch(
        self,
        condition: Value,
        condition_span: Span,
        span: Span,
        frame: Frame,
        visible: tuple[dict[str, Value], dict[str, Value]],
        sides: Mapping[bool, Side],
        more: Sequence[Value] = (),
    ) -> Evaluation:
        """The results of a branch whose sides see the names and parameters in `visible`, and the values in `more`.

        What enters is what either side reads, in the order of the text, whichever side is taken.
        """
        names, parameters = visible
        entering = list({value.index: value for value in (*more, *parameters.values(), *names.values())}.values())
        taken = self.decide(condition, condition_span)
        opened: list[tuple[OpenRegion, Sequence[Value]]] = []
        for side in (True, False) if taken is None else (taken,):
            scope = Scope(frame.scope, condition, side, condition_span)
            region = OpenRegion(frame, scope, entering, entering)
            params = {value.index: param for value, param in zip(entering, region.params, strict=True)}
            inside = Frame(
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

    def _visible(self, reads: Reads, frame: Frame) -> tuple[dict[str, Value], dict[str, Value]]:
        """The program's names and the parameters that are read, functions that are called included."""
        names: dict[str, Value] = {}
        parameters: dict[str, Value] = {}
        for name in reads.names:
            # What only an operand reads that does not count may have no value.
            if (value := frame.find(name)) is not None:
                (parameters if name in frame.parameters else names)[name] = value
        for called in reads.calls:
            if called in self.names.functions:
                for name in self.names.functions[called].inputs:
                    if (value := frame.names.get(name)) is not None:
                        names[name] = value
        return names, parameters

    def decide(self, condition: Value, span: Span) -> bool | None:
        try:
            return self.builder.decide(condition)
        except ExprError as problem:
            problem.span = problem.span or span
            raise


_EVALUATIONS: dict[type, Callable[..., Evaluation]] = {
    Unary: Lowering._operation,
    Binary: Lowering._operation,
    Call: Lowering._call,
    Comparison: Lowering._comparison,
    Links: Lowering._links,
    Logic: Lowering._logic,
    Conditional: Lowering._conditional,
    Diff: lambda *at: differentials.diff(*at),
    Derivatives: lambda *at: differentials.derivatives(*at),
    Vector: Lowering._vector,
    Index: Lowering._index,
    Statements: Lowering._statements,
    Derivative: lambda *at: differentials.derivative(*at),
}


def _is_many(condition: Value) -> bool:
    """Whether a condition is known to have many values, which choose lane by lane."""
    return condition.shape is not None and condition.shape != ()


def _expression(node: Expression) -> Side:
    def expression(inside: Frame, entered: Sequence[Value]) -> Evaluation:
        return [(yield node, inside)]

    return expression


def _check_bound(value: Value, span: Span) -> None:
    """Raises an EvaluationError for a bound of a range that is known to be more than one number."""
    if (shape := getattr(value, "shape", ())) is not None and math.prod(shape) != 1:
        raise EvaluationError(
            f"a bound of a range is one number, found an array of shape {shape}",
            span,
            hint="size(x) is how many elements x has, and max(x) the largest of them",
        )


def _block(steps: Block, statement: Choose) -> Side:
    def block(inside: Frame, entered: Sequence[Value]) -> Evaluation:
        yield Statements(steps, statement.span), inside
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
    return arrays.rounded(values)
