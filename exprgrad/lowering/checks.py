"""What is checked about calls before any lowering: that there is such a function, with so many operands, and in static
mode that it ends."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from exprgrad.diagnostics import NameProblem, UnknownFunction, UnsupportedError, meant
from exprgrad.lowering.compile_time import array_function, bound_call, bounds_of, check_known, option_parts
from exprgrad.ops import functions
from exprgrad.ops.registry import REGISTRY, Op
from exprgrad.syntax.flow import Set, is_hidden
from exprgrad.syntax.names import CONSTANTS, Names, walk
from exprgrad.syntax.parser import FORMS
from exprgrad.syntax.plan import Block, expressions, plan
from exprgrad.syntax.tree import Call, Diff, Name, Slice, reads_of

# It is said wherever a graph is needed, also where there is no other mode.
_WITHOUT_END: Final = (
    'mode="dynamic" runs one evaluation of it; rows, graphs of operations and what is written down need a loop instead'
)
# What some functions of arrays are of two numbers.
_OPERATORS: Final = {"sum": "{} + {}", "prod": "{}*{}"}


def check(names: Names) -> None:
    """Raises for calls of what is no function, for functions with the wrong number of operands, and where a number is
    needed before any flows and there is none."""
    _check_orders(names)
    for index in names.indexes:
        for item in index.items:
            if isinstance(item, Slice):
                check_known(bounds_of(item), "a bound of a slice", names.inputs)
    for call in names.calls:
        own = names.functions.get(call.function)
        ops = REGISTRY.by_name.get(call.function)
        if own is not None:
            parameters = own.definition.parameters
            if call.options:
                raise _no_option(call, "give the operands in order")
            if len(parameters) == len(call.arguments):
                continue
            forms, counts = f"{call.function}({', '.join(parameters)})", str(len(parameters))
        elif (function := array_function(call)) is not None:
            for part, what in option_parts(bound_call(call, function)):
                check_known([part], what, names.inputs, _of_numbers(call) if what == "the axis" else None)
            continue
        elif call.options and ops is not None:
            raise _no_option(call, "give the operands in order, without names")
        elif ops is None:
            raise _unknown_function(call, names)
        elif REGISTRY.find(call.function, len(call.arguments)) is None:
            forms = " or ".join(signature(op) for op in ops)
            counts = " or ".join(f"{len(op.operand_names)}{' or more' if op.variadic else ''}" for op in ops)
        else:
            continue
        raise NameProblem(
            f"{call.function} takes {counts} operand{'' if counts == '1' else 's'}, found {len(call.arguments)}",
            call.span,
            hint=f"write {forms}",
        )


def _of_numbers(call: Call) -> str | None:
    """How what a function of arrays gives is written of two numbers that it was called with: the second one is taken
    for an option."""
    if call.options or len(call.arguments) != 2 or not all(isinstance(x, Name) for x in call.arguments):
        return None
    x, y = [x.name for x in call.arguments if isinstance(x, Name)]
    if call.function not in _OPERATORS:
        return f"of two numbers it is {call.function}([{x}, {y}])"
    return f"of two numbers it is {_OPERATORS[call.function].format(x, y)}"


def _no_option(call: Call, hint: str) -> NameProblem:
    option = call.options[0]
    return NameProblem(f"{call.function} has no option {option.name}", option.span, hint=hint)


def _check_orders(names: Names) -> None:
    """Raises for a derivative by x and by what counts a loop, which is meant as its order, and would be 0."""
    counters = {
        event.name
        for event in names.events
        if isinstance(event, Set) and isinstance(event.value, Name) and is_hidden(event.value.name)
    }
    for node in names.diffs if counters else ():
        for name in node.by[1:] if isinstance(node, Diff) else ():
            if name.name in counters and name.name != node.by[0].name:
                raise NameProblem(
                    f"an order is a whole number that is written down, and {name.name} counts a loop",
                    name.span,
                    hint=f"write diff(u, {node.by[0].name}, 2), the terms of a series one after the other",
                )


def check_static(names: Names, wanted: Collection[str], hint: str = _WITHOUT_END) -> None:
    """Raises for a function that calls itself: a graph that is defined before it runs would have no end."""
    called = recursive(names, plan(names, wanted)) if names.functions else None
    if called is not None:
        raise UnsupportedError(
            f"{called} calls itself, and a static graph is defined before a number could end that",
            _call_back(called, names).span,
            hint=hint,
        )


def recursive(names: Names, block: Block) -> str | None:
    """A function that calls itself, of those that a block calls, be it through others."""
    for name in reads_of(list(expressions(block))).calls:
        if name in names.functions:
            for called in sorted({name, *names.functions[name].reaches}):
                if called in names.functions[called].reaches:
                    return called
    return None


def _call_back(name: str, names: Names) -> Call:
    """The first call in a function's body that leads back to it."""
    for node in walk(names.functions[name].definition.body):
        called = names.functions.get(node.function) if isinstance(node, Call) else None
        if isinstance(node, Call) and called is not None and (node.function == name or name in called.reaches):
            return node
    raise AssertionError(f"{name} does not call itself")


def _unknown_function(call: Call, names: Names) -> NameProblem:
    if call.function in names.inputs or call.function in names.assigned or call.function in CONSTANTS:
        return NameProblem(
            f"{call.function} is a variable, not a function",
            call.name_span,
            hint=f"write {call.function}*(...) for a product",
        )
    if call.function == "e":
        hint = "Euler's number is exp(1)"
    else:
        known = [*names.functions, *REGISTRY.by_name, *functions.FUNCTIONS, *FORMS]
        # A longer word was hardly meant to be multiplied.
        other = f"a product is {call.function}*(...)" if len(call.function) < 3 else "f(x) = ... defines one"
        hint = meant(call.function, known, f"exprgrad --list-functions lists them; {other}")
    problem = UnknownFunction(f"there is no function {call.function}", call.name_span, hint=hint)
    problem.name = call.function
    return problem


def signature(op: Op) -> str:
    """How an operation is called: `atan2(y, x)`, `max(x, y, ...)`."""
    return f"{op.name}({', '.join(op.operand_names)}{', ...' if op.variadic else ''})"
