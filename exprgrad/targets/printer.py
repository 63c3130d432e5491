"""The one walk along a program that writes it down, in whatever language a target is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.targets.expressions import SYMBOLS, Expression, nodes, truth
from exprgrad.targets.meaning import Meanings, called_operation
from exprgrad.targets.naming import Names
from exprgrad.targets.structure import (
    ABSENT,
    CARRIED,
    CHOSEN,
    COMPUTED,
    COUNTER,
    ELEMENT,
    INPUT,
    STACK,
    Block,
    Loop,
    Output,
    Set,
    Sides,
    Structure,
    Value,
    join,
)
from exprgrad.targets.target import COUNT, LIST, MAYBE, NUMBER, TRUTH, Called, Target, Text, Variable, Whole
from exprgrad.targets.writing import OVERFLOWS, Writing

# A line breaks into several at an expression that is longer.
WIDEST: Final = 70
# What is called by what it is, where the program has no name for it.
_PLAIN: Final = {STACK: "kept", COUNTER: "n"}


def written(task: Writing, target: Target) -> str:
    """A task as the text of a target. Raises an UnsupportedError for what the target cannot say."""
    task.check()
    return _Printer(task, target).text()


class _Printer:
    def __init__(self, task: Writing, target: Target) -> None:
        self._task = task
        self._target = target
        self._structure = Structure(task.program, task.outputs)
        self._meanings = Meanings(self._structure)
        join(self._structure.root, self._counts, self._meanings.known)
        # The names of what is carried by what it becomes: there that needs no variable of its own.
        self._moved_to: dict[int, str] = {}
        # What branches choose for outputs alone: 0 where it is absent.
        self._filled: set[int] = set()
        self._values = sum(1 << i for i, output in enumerate(self._structure.outputs) if not output.before)
        # The last value of each piece of the source, which is what it stands for.
        self._last = {
            value.span: value.index
            for value in self._structure.values
            if value.kind == COMPUTED and value.span is not None and value.feeds & self._values
        }
        self._reads = self._find_reads()
        self._read_outside = self._find_read_outside()
        # The variables that have begun.
        self._begun: set[str] = set()
        self._texts: dict[int, Text] = {}
        self._free = Names(target.is_reserved)
        self._names: dict[int, str] = {}
        self._called: dict[tuple[Any, ...], str] = {}
        self._functions: list[Called] = []
        self._lines: list[str] = []
        # The lines around the block that is written.
        self._around: list[list[str]] = []
        named = [x.name for x in task.program.inputs], task.names.values(), [name for name, _ in task.outputs]
        target.begin(task.name, {*chain(*named)})
        self._inputs = {
            given.name: self._names.setdefault(value.index, self._free.unique(given.name))
            for given, value in zip(task.program.inputs, self._structure.inputs, strict=True)
        }
        self._begun.update(self._inputs.values())
        # The variables of outputs; one is the value's own where it is the first output that the number is.
        self._variables: dict[str, str] = {}
        for output in self._structure.outputs:
            value = self._meanings.of(output.value)
            is_input = value.kind == INPUT and not output.before
            own = self._names[value.index] if is_input else self._free.unique(output.name)
            self._variables[output.name] = own
            if self._holds(value) == NUMBER:
                self._names.setdefault(value.index, own)

    # -- what is written where -------------------------------------------------------------------------------

    def _counts(self, value: Value) -> bool:
        """Whether a value is one that is to be computed."""
        return value.index in self._meanings.live and self._meanings.of(value) is value

    def _find_reads(self) -> dict[int, list[Block]]:
        """The blocks in which each value is read, as often as it is."""
        found: dict[int, list[Block]] = {}
        meanings = self._meanings

        def read(values: Iterable[Value], block: Block) -> None:
            for value in values:
                found.setdefault(meanings.of(value).index, []).append(block)

        stack: list[Block] = [self._structure.root]
        while stack:
            block = stack.pop()
            for statement in block.statements:
                if isinstance(statement, Value):
                    read(meanings.reads(statement), block)
                elif isinstance(statement, Set):
                    read([statement.source], block)
                elif isinstance(statement, Sides):
                    read([statement.condition], block)
                    stack += [statement.then, statement.otherwise]
                else:
                    stack += [statement.head, statement.body]
                    for carried in filter(self._counts, statement.carried):
                        read(carried.operands[:1], statement.outer)
                        read(carried.operands[1:], statement.body)
                        following = meanings.of(carried.operands[1])
                        self._moved_to[following.index] = self._source_name(following)
                    for pushed in filter(self._counts, statement.stacks):
                        read(pushed.operands, statement.body)
                    for element in filter(self._counts, statement.elements):
                        read(element.operands, statement.head)
                    read([statement.decides], statement.outer if statement.condition is None else statement.head)
        for output in self._structure.outputs:
            value = meanings.of(output.value)
            if value.kind == CHOSEN and value.state & ABSENT and value.index not in found:
                self._filled.add(value.index)
        for output in self._structure.outputs:
            value = meanings.of(output.value)
            tested = output.value.index in meanings.added
            twice = tested or (value.state & ABSENT and value.index not in self._filled)
            read([value] * (2 if twice else 1), self._structure.root)
            if tested:
                read([meanings.added[output.value.index].decides], self._structure.root)
        return found

    def _there(self, x: Any, value: Value) -> Any:
        """A value that may be absent, as an expression, with 0 for that."""
        return SYMBOLS.where(Expression("is_absent", (x,)), 0.0, x) if value.state & ABSENT else x

    def _is_inline(self, value: Value) -> bool:
        """Whether a value may stand where it is read: once, in the same iteration, and where it is known."""
        reads = self._reads.get(value.index, ())
        if self._source_name(value) and self._source_name(value) != self._moved_to.get(value.index):
            return False
        expression = self._meanings.expressions.get(value.index)
        if expression is not None and expression.mask and _of_inputs(expression):
            return True
        if len(reads) != 1:
            return False
        (block,) = reads
        return block.loop is value.block.loop and value.block.holds(block)

    def _find_read_outside(self) -> dict[int, list[Value]]:
        """What is read outside of the side of a branch in which its variable begins, by the outermost such side."""
        found: dict[int, list[Value]] = {}
        for value in self._structure.values:
            own = value.loop.outer if value.kind == CARRIED and value.loop is not None else value.block
            common = own
            for block in self._reads.get(value.index, ()):
                while not common.holds(block):
                    assert common.parent is not None, "the outermost block holds all"
                    common = common.parent
            if common is not own and not self._is_inline(value):
                found.setdefault(id(own.inside(common)), []).append(value)
        return found

    def _holds(self, value: Value) -> str:
        """What the variable of a value holds."""
        value = self._meanings.of(value)
        # An element is what was pushed onto the stack, which may itself be an element.
        depth = 0
        found = value
        while found.kind == ELEMENT or (found.kind == STACK and depth):
            depth += 1 if found.kind == ELEMENT else -1
            found = self._meanings.of(found.operands[0])
        if found.kind in (STACK, COUNTER):
            return LIST if found.kind == STACK else COUNT
        if self._meanings.is_mask(value):
            return TRUTH
        return MAYBE if value.state & ABSENT and value.index not in self._filled else NUMBER

    # -- names ----------------------------------------------------------------------------------------------

    def _source_name(self, value: Value) -> str:
        """The program's name for what a value of it is; "" where there is none, and of what only derivatives need."""
        if value.span is None or self._last.get(value.span) != value.index:
            return ""
        return self._task.names.get(value.span, "")

    def _preferred(self, value: Value) -> str:
        """The name that a variable is to have, if it is free."""
        # What a value is carried to comes before what it starts with.
        ways = {CARRIED: value.operands[::-1], CHOSEN: value.operands[1:]}.get(value.kind, [value])
        names = [self._source_name(self._meanings.of(x)) for x in ways]
        return next(filter(None, names), "") or _PLAIN.get(value.kind, "")

    def _variable(self, value: Value) -> str:
        """The name of a value's variable."""
        if value.index not in self._names:
            name = self._preferred(value)
            self._names[value.index] = self._free.unique(name) if name else self._free.temporary()
        return self._names[value.index]

    # -- expressions ------------------------------------------------------------------------------------------

    def _text(self, value: Value) -> Text:
        """A value where it is read."""
        value = self._meanings.of(value)
        if value.number is not None:
            return self._target.literal(value.number)
        if value.index in self._texts:
            return self._texts[value.index]
        if value.state == ABSENT:
            return self._target.spelled("absent", ())
        variable = Variable(self._variable(value), self._holds(value))
        reads = frozenset([variable.name] if value.kind == CARRIED else ())
        return self._target.read(variable)._replace(reads=reads)

    def _written(self, x: Any) -> Text:
        """The text of an expression."""
        texts: dict[int, Text] = {}
        for node in nodes(x):
            texts[node.index] = self._spelled(node, texts)
        return self._operand(x, texts)

    def _spelled(self, node: Expression, texts: Mapping[int, Text]) -> Text:
        """The text of an expression whose operands have these texts."""
        operands = [self._operand(x, texts) for x in node.operands]
        if node.call is None:
            made = self._target.spelled(node.name, operands)
        else:
            given = [text for x, text in zip(node.operands, operands, strict=True) if isinstance(x, Expression)]
            made = self._target.call(self._function(node), given)
        return made._replace(reads=frozenset().union(*[text.reads for text in operands]))

    def _operand(self, x: Any, texts: Mapping[int, Text]) -> Text:
        if isinstance(x, bool):
            return self._target.spelled("true" if x else "false", ())
        if not isinstance(x, Expression):
            return self._target.literal(float(x))
        if not x.is_leaf:
            return texts[x.index]
        return Text(x.of) if isinstance(x.of, str) else self._text(x.of)

    def _function(self, call: Expression) -> str:
        """The name of the function that an operation is, on these constants; it is written when it is first called."""
        made = called_operation(call)
        if made.key not in self._called:
            name = made.op.name
            own = f"{name}_of" if name in (*self._target.functions, self._task.name) else name
            name = self._called[made.key] = self._free.unique(self._target.helper(own))
            self._functions.append(Called(name, made.parameters, made.comment, self._body(made.expression())))
        return self._called[made.key]

    def _body(self, root: Any) -> list[str]:
        """The lines of a function: what is read several times, or is long, has a variable of its own."""
        made = nodes(root)
        counts: dict[int, int] = {}
        for node in made:
            for x in node.operands:
                if isinstance(x, Expression) and not x.is_leaf:
                    counts[x.index] = counts.get(x.index, 0) + 1
        lines: list[str] = []
        texts: dict[int, Text] = {}
        # What the function gives is chosen by statements.
        chosen: list[Expression] = []
        last = root
        while isinstance(last, Expression) and _is_choice(last) and counts.get(last.index, 0) <= 1:
            chosen.append(last)
            last = last.operands[2]
        ends = {x.index for x in (*chosen, last) if isinstance(x, Expression)}
        for node in made:
            if node.index in ends and node is not last:
                continue
            text = self._spelled(node, texts)
            if (node.index not in ends and len(text.text) > WIDEST) or counts.get(node.index, 0) > 1:
                variable = Variable(f"t{len(lines) + 1}", TRUTH if node.mask else NUMBER)
                lines.append(self._target.assign(variable, text, True))
                text = self._target.read(variable)
            texts[node.index] = text
        for where in chosen:
            condition, then = (self._operand(x, texts) for x in where.operands[:2])
            lines += self._block(self._target.open_if(condition), [self._target.given(then)])
        return [*lines, self._target.given(self._operand(last, texts))]

    # -- statements -------------------------------------------------------------------------------------------

    def _open(self) -> None:
        """What is written from here on is a block's."""
        self._around.append(self._lines)
        self._lines = []
        if len(self._around) >= self._target.deepest:
            raise UnsupportedError(
                f"more than {self._target.deepest} blocks stand in each other, which the target does not take",
                hint="give the inner ones names of their own, before",
            )

    def _close(self) -> list[str]:
        """The lines of the block."""
        lines, self._lines = self._lines, self._around.pop()
        return lines

    def _block(self, opening: str, lines: Sequence[str], is_last: bool = True) -> list[str]:
        """A block as lines: another one follows under the same condition unless it is the last."""
        idle, close = self._target.idle, self._target.close() if is_last else None
        inner = lines or [idle] if idle is not None else lines
        return [opening, *[self._target.indent + line for line in inner], *([] if close is None else [close])]

    def _begins(self, name: str) -> bool:
        """Whether a variable that is assigned now begins."""
        begins = name not in self._begun
        self._begun.add(name)
        return begins

    def _assigned(self, name: str, holds: str, text: Text) -> str:
        return self._target.assign(Variable(name, holds), text, self._begins(name))

    def _becomes(self, name: str, holds: str, text: Text) -> None:
        """Gives a variable a value, unless it is that already."""
        if text.text != name:
            self._lines.append(self._assigned(name, holds, text))

    def text(self) -> str:
        """All of it."""
        self._walk()
        outputs = self._results()
        name, head = self._task.name, self._task.head(OVERFLOWS)
        if self._target.unlimited and any(frame.condition >= 0 for frame in self._task.program.loops):
            head.append(self._target.unlimited)
        return self._target.whole(Whole(name, head, self._inputs, outputs, self._lines, self._functions))

    def _walk(self) -> None:
        """Writes the statements; the stack holds what is still to be written, the next on top."""
        stack: list[Any] = [self._structure.root]
        while stack:
            item = stack.pop()
            if callable(item):
                item()
            elif isinstance(item, Block):
                stack.extend(reversed(item.statements))
            elif isinstance(item, Value):
                self._compute(item)
            elif isinstance(item, Set):
                text = self._written(self._side(item.chosen, item.source))
                self._becomes(self._variable(item.chosen), self._holds(item.chosen), text)
            elif isinstance(item, Sides):
                stack.extend(reversed(self._sides(item)))
            else:
                stack.extend(reversed(self._loop(item)))

    def _compute(self, value: Value) -> None:
        if value.kind == CHOSEN:
            condition, then, otherwise = value.operands
            sides = [self._side(value, side) for side in (then, otherwise)]
            found = SYMBOLS.where(self._meanings.condition(condition), *sides)
        else:
            found = self._meanings.expressions[value.index]
        text = self._written(found)
        if self._is_inline(value) and len(text.text) <= WIDEST:
            self._texts[value.index] = text
            return
        line = self._assigned(self._variable(value), self._holds(value), text)
        comment = self._comment(value)
        plain = "".join(text.text.split())
        is_said = not comment or "".join(comment.split()) == plain
        self._lines.append(line if is_said else self._target.commented(line, comment))

    def _comment(self, value: Value) -> str:
        """The piece of the source that a value comes from; of what only derivatives need d(...) of it."""
        if value.span is None or value.kind != COMPUTED:
            return ""
        source = self._task.piece(value.span)
        return source if value.feeds & self._values else f"d({source})"

    def _side(self, chosen: Value, source: Value) -> Any:
        """What a side of a branch gives, as an expression."""
        source = self._meanings.of(source)
        if source.state == ABSENT:
            return 0.0 if chosen.index in self._filled else Expression("absent")
        leaf = self._meanings.leaf(source)
        if chosen.index in self._filled:
            leaf = self._there(leaf, source)
        if self._meanings.is_mask(chosen):
            return truth(leaf)
        return Expression("number", (leaf,)) if isinstance(leaf, Expression) and leaf.mask else leaf

    def _sides(self, sides: Sides) -> list[Any]:
        condition = self._meanings.condition(sides.condition)
        holds, fails = (self._target.open_if(self._written(x)) for x in (condition, SYMBOLS.logical_not(condition)))
        then: list[str] = []
        self._declare([x.chosen for x in sides.then.statements if isinstance(x, Set)], True)
        for block in (sides.then, sides.otherwise):
            self._declare(self._read_outside.get(id(block), ()), False)

        def between() -> None:
            then.extend(self._close())
            self._open()

        def end() -> None:
            otherwise = self._close()
            if then:
                self._lines += self._block(holds, then, not otherwise)
            if otherwise:
                self._lines += self._block(self._target.otherwise() if then else fails, otherwise)

        return [self._open, sides.then, between, sides.otherwise, end]

    def _declare(self, values: Iterable[Value], always: bool) -> None:
        """Begins the variables of what gets its value in the sides of a branch that is opened now, in both of them or
        in one, under whose condition alone it is read."""
        variables = [Variable(self._variable(value), self._holds(value)) for value in values]
        self._lines += self._target.declare([x for x in variables if self._begins(x.name)], always)

    def _loop(self, loop: Loop) -> list[Any]:
        target = self._target
        carried = list(filter(self._counts, loop.carried))
        stacks = list(filter(self._counts, loop.stacks))
        counted = self._counts(loop.counter)
        if not (carried or stacks or counted):
            return []
        for value in carried:
            self._move(value, self._text(value.operands[0]), value.operands[0])
        for value in stacks:
            name = self._variable(value)
            self._lines.append(target.open_stack(name, self._begins(name)))
        if counted:
            name = self._variable(loop.counter)
            self._lines.append(target.zero(name, self._begins(name)))
        index = ""
        opening = target.open_while(None)
        if loop.condition is None:
            index = self._free.unique("i")
            opening = target.open_count(index, self._text(loop.decides), loop.backwards)
        self._open()
        for value in filter(self._counts, loop.elements):
            self._element(value, index, loop.backwards)
        self._announce(loop.head, [x for x in stacks if not self._is_in(x, loop.body)])

        def test() -> None:
            nonlocal opening
            if loop.condition is not None:
                condition = self._written(self._meanings.condition(loop.condition))
                if self._lines:
                    fails = target.spelled("logical_not", [condition])
                    self._lines += self._block(target.open_if(fails), [target.leave()])
                else:
                    opening = target.open_while(condition)
            self._announce(loop.body, [x for x in stacks if self._is_in(x, loop.body)])

        def again() -> None:
            for value in stacks:
                pushed = value.operands[0]
                self._lines.append(target.push(self._variable(value), self._text(pushed), self._holds(pushed)))
            self._moves(carried)
            if counted:
                self._lines.append(target.count(self._variable(loop.counter)))
            self._free.release(index)
            lines = self._close()
            self._lines += self._block(opening, lines)

        return [loop.head, test, loop.body, again]

    def _is_in(self, stack: Value, block: Block) -> bool:
        """Whether what is pushed is computed in a block, or in one of those in it."""
        return block.holds(self._meanings.of(stack.operands[0]).block)

    def _announce(self, block: Block, stacks: Sequence[Value]) -> None:
        """Gives what is pushed, and what a side of a branch computes, some value: it is not there where that side is
        not taken."""
        for stack in stacks:
            pushed = self._meanings.of(stack.operands[0])
            if pushed.block is block or not block.holds(pushed.block):
                continue
            if pushed.state != ABSENT and not self._is_inline(pushed):
                name = self._variable(pushed)
                self._lines.append(self._target.nothing(Variable(name, self._holds(pushed)), self._begins(name)))

    def _element(self, value: Value, index: str, backwards: bool) -> None:
        """An element for the iteration of an index, which counts down where the loop runs backwards."""
        holds = self._holds(value)
        text = self._target.element(self._text(value.operands[0]), index, value.turned != backwards, holds)
        if self._is_inline(value):
            self._texts[value.index] = text
        else:
            self._lines.append(self._assigned(self._variable(value), holds, text))

    def _move(self, value: Value, text: Text, source: Value) -> None:
        if self._meanings.is_mask(source):
            text = self._target.spelled("number", [text])
        self._becomes(self._variable(value), self._holds(value), text)

    def _moves(self, carried: Sequence[Value]) -> None:
        """What is carried gets its next values, all of them at once: one by one, and by a copy where they wait for each
        other."""
        waiting = [(value, self._text(value.operands[1])) for value in carried]
        waiting = [(value, text) for value, text in waiting if text.text != self._variable(value)]
        while waiting:
            for i, (value, text) in enumerate(waiting):
                name = self._variable(value)
                if not any(name in other.reads for j, (_, other) in enumerate(waiting) if j != i):
                    self._move(value, text, value.operands[1])
                    del waiting[i]
                    break
            else:
                value, text = waiting[0]
                copy = self._free.unique("t_next")
                copied = Variable(copy, self._holds(self._meanings.of(value.operands[1])))
                self._lines.append(self._target.assign(copied, text, True))
                waiting[0] = (value, self._target.read(copied))

    # -- the end ----------------------------------------------------------------------------------------------

    def _results(self) -> dict[str, str]:
        """Writes what the outputs are; gives their variables."""
        found: dict[str, str] = {}
        outputs = self._structure.outputs
        for output in outputs:
            found[output.name] = self._result(output)
        for i, parent in enumerate(outputs):
            derivatives = [output for output in outputs if output.before and output.before[-1] == i]
            if derivatives:
                is_nan = self._target.spelled("isnan", [Text(found[parent.name])])
                nan = self._target.assign_each([found[x.name] for x in derivatives], self._target.literal(math.nan))
                self._lines += self._block(self._target.open_if(is_nan), nan)
        return found

    def _result(self, output: Output) -> str:
        value = self._meanings.of(output.value)
        leaf = self._meanings.leaf(value) if value.state != ABSENT else 0.0
        if output.value.index in self._meanings.added:
            total = self._meanings.leaf(self._meanings.added[output.value.index].decides)
            leaf = SYMBOLS.where(SYMBOLS.equal(total, 0.0), 0.0, leaf)
        elif value.index not in self._filled and value.state != ABSENT:
            leaf = self._there(leaf, value)
        if isinstance(leaf, Expression) and leaf.mask:
            leaf = Expression("number", (leaf,))
        name = self._variables[output.name]
        self._becomes(name, NUMBER, self._written(leaf))
        return name


def _of_inputs(expression: Expression) -> bool:
    """Whether a truth value is one comparison of inputs and numbers, which can be written wherever it is read."""
    return len(nodes(expression)) == 1 and all(
        not isinstance(x, Expression) or (x.is_leaf and x.of.kind == INPUT) for x in expression.operands
    )


def _is_choice(expression: Expression) -> bool:
    """Whether an expression chooses one of two numbers."""
    return expression.name == "where" and not expression.mask
