"""The values of unknowns for which equations hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from exprgrad import expected
from exprgrad.diagnostics import Note, UnsolvedError, UsageError, listed
from exprgrad.numbers.arithmetic import from_caller, to_python
from exprgrad.ops.structural import shape_of
from exprgrad.outcomes import Outcome
from exprgrad.result import Result
from exprgrad.solving import search, systems
from exprgrad.solving.answer import answer, evaluated, follows, found, numbers
from exprgrad.solving.newton import Local, Point, finite, solved
from exprgrad.solving.precise_function import PreciseFunction
from exprgrad.solving.question import asked, asked_of, check_diffs, plain, shown_of, starts
from exprgrad.solving.roots import Look, Search
from exprgrad.solving.vector_function import Compiled, changed
from exprgrad.syntax.flow import Set
from exprgrad.syntax.tree import Comparison

Ends = tuple[float, float]
_START: Final = "give it a value, or, where it is the only unknown, two ends with a root between them"


def solve(owner: Compiled, unknowns: Any, values: Mapping[str, Any]) -> Result:
    """The unknowns for which equations hold, or where there is none all results are 0, and the other results there,
    with derivatives by the other inputs; and what is left of the equations.

    Unknowns are names, which start from their values, or a mapping to these, `{"x": 1}`; or one with two ends,
    `{"x": (0, 2)}`, between which there is a root. Raises an UnsolvedError where none is found.
    """
    owner = changed(owner, equations=True)
    given = expected.by_name("the values are", values, "x=1")
    ends = None
    if isinstance(unknowns, Mapping):
        if any([isinstance(x, tuple) for x in unknowns.values()]):  # a vector is a list
            ends = _ends(unknowns)
        else:
            given, unknowns = starts(unknowns, given), [*unknowns]
    names = (ends[0],) if ends else expected.names("the unknowns", unknowns)
    for name in names:
        start = given.get(name)
        if isinstance(start, tuple) and len(start) == 2 and not any(map(shape_of, start)):
            raise UsageError(
                f"{name} starts from a pair of numbers, {expected.shown(start)}",
                hint=f'two ends are solve({{"{name}": {expected.shown(start)}}}), and a vector is a list',
            )
    if ends is not None:
        if ends[0] in given:
            raise UsageError(f"{ends[0]} has two ends and a value to start from", hint="leave one of them out")
        given = {**given, ends[0]: ends[1][0]}
    question = asked(owner, names, given, "solved for", start=_START)
    program, owner = owner, _equations(owner, names)
    search.load()
    precise = PreciseFunction.of(owner, [*question.unknowns, *question.moving], question.values, 1)
    function = precise or plain(owner, question)
    n, others = len(question.start), question.others
    _check_count(owner.results, names, n, len(function.values(question.start + others)))

    def equations(point: Point) -> Local:
        values, slopes = numbers(function.values(point + others)), numbers(function.jacobian(point + others))
        return Local(values, slopes[:, :n], slopes[:, n:])

    notes: list[Note] = []
    place = owner.task.place(owner.results[0])
    if n == 1:
        looking = Search(equations, precise is not None)
        look = looking.between(*ends[1]) if ends else looking.starting_from(question.start[0])
        where = f"between {ends[1][0]!r} and {ends[1][1]!r}" if ends else f"from {names[0]} = {question.start[0]!r}"
        if not look.roots:
            raise _no_root(owner, names[0], look, where, ends[1] if ends else None)
        if len(look.roots) > 1:
            rest = ", ".join(map(repr, look.roots[1:4])) + (", ..." if len(look.roots) > 4 else "")
            notes.append(Note(f"other roots {where}: {rest}", place, "narrower ends choose another one"))
        root: Point = look.roots[:1]
    else:
        near = systems.root(equations, question.start, precise is not None)
        if near is None:
            raise UnsolvedError(
                f"no values of {listed(names)} were found for which {_all(owner)} 0",
                place,
                source=owner.text,
                hint="start elsewhere; there may be none",
            )
        root = near
    local = equations(root)
    if finite(local.slopes) and solved(local.slopes, local.values) is None:
        slopes = "the slope" if n == 1 else "the matrix of slopes"
        message = f"{slopes} by {listed(names)} is {'0' if n == 1 else 'singular'} there: a multiple root"
        notes.append(Note(message, place, "where another input moves it, it moves infinitely fast"))
    told = shown_of(program, names, owner.results)
    results = [name for name in told if name not in (*names, *owner.results)]
    by = (*names, *question.moving) if results else names
    final = evaluated(program, question, root, [*owner.results, *results], by if precise else ())
    left = [Outcome(name, final[name], ()) for name in owner.results]
    more = follows(program, question, root, local, {name: final[name] for name in results})
    return answer(question, [*found(question, root, local), *left, *more], told, [*notes, *final.notes])


def shown(owner: Compiled, unknowns: Sequence[str], values: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    """What a solution for such values shows, and what each is differentiated by."""
    owner = changed(owner, equations=True)
    question = asked(owner, unknowns, values, "solved for")
    left = _equations(owner, unknowns).results
    _check_count(left, unknowns, len(unknowns), len(left))
    if shapes := {name: shape for name, shape in {**question.unknowns, **question.moving}.items() if shape}:
        raise UsageError(f"over rows {listed([*shapes])} is one number, found an array", hint="name elements apart")
    names = shown_of(owner, unknowns, left)
    return [(name, () if name in left else tuple(question.moving)) for name in names]


def _ends(unknowns: Mapping[Any, Any]) -> tuple[str, Ends]:
    """The unknown with the two ends between which it is looked for."""
    given = expected.by_name("the unknown is", unknowns, '{"x": (0, 2)}')
    if len(given) != 1:
        raise UsageError(
            f"two ends are for one unknown, found {listed([*given]) if given else 'none'}",
            hint='write {"x": (0, 2)}; several start from values',
        )
    ((name, ends),) = given.items()
    if not isinstance(ends, Sequence) or isinstance(ends, str) or len(ends) != 2:
        raise UsageError(
            f"the ends of {name} are two numbers, found {expected.shown(ends)}", hint='write {"x": (0, 2)}'
        )
    low, high = (to_python(from_caller(end)) for end in ends)
    if shape_of(low) or shape_of(high):
        raise UsageError(f"the ends of {name} are two numbers, found {expected.shown(ends)}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UsageError(f"the ends of {name} are finite, the lower one first, found {low!r} and {high!r}")
    return name, (low, high)


def _equations(owner: Compiled, unknowns: Sequence[str]) -> Compiled:
    """The function with the results that are to be 0: its equations, or all where there is none."""
    results = owner.differences or asked_of(owner, unknowns)
    if not results:
        raise UsageError(
            f"the program has no result beside {listed(unknowns)}", hint="write an equation, as in x^2 == 2"
        )
    names = owner.task.names
    last = {event.name: event.value for event in names.events if isinstance(event, Set)}
    for name in names.results:
        value = last.get(name)
        if not isinstance(value, Comparison):
            continue
        is_chain = {*value.symbols} == {"=="}  # meant as equations, even beside others
        if name in results or is_chain:
            raise UsageError(
                f"{name} is a comparison, 0 or 1",
                value.span,
                source=owner.text,
                hint="write each equation by itself, as in x == y; y == 3"
                if is_chain
                else "write an equation, as in x^2 == 2",
            )
    check_diffs(owner, unknowns, "solved for", [*results, *owner.results])
    return changed(owner, fetch_names=tuple(results))


def _all(owner: Compiled) -> str:
    return f"{listed(owner.results)} {'is' if len(owner.results) == 1 else 'are all'}"


def _check_count(results: Sequence[str], unknowns: Sequence[str], n: int, equations: int) -> None:
    """Raises unless there are as many equations as unknowns, counted by their elements."""
    if equations == n:
        return
    counts = [f"{k} {what}{'s' if k != 1 else ''}" for k, what in ((equations, "equation"), (n, "unknown"))]
    raise UsageError(
        f"{counts[0]}, {listed(results)}, for {counts[1]}, {listed(unknowns)}",
        hint="write as many equations as unknowns, as in x + y == 3; x*y == 2; other results are computed there",
    )


def _no_root(owner: Compiled, name: str, look: Look, where: str, ends: tuple[float, float] | None) -> UnsolvedError:
    result = owner.results[0]
    message = f"no root of {result} was found {where}"
    x, value = look.nearest
    if look.jumps:
        x, below, above = look.jumps[0]
        hint = f"at {name} = {x!r} it jumps over 0, from {below:.3g} to {above:.3g}: a pole or a jump, no root"
    elif look.flat:
        hint = f"at {name} = {look.flat[0]!r} it cannot be told from 0, nor all around it: no root stands out"
    elif math.isnan(x):
        hint = "it is nan or infinite wherever it was looked at; start elsewhere"
    else:
        what = "start elsewhere, or give two ends" if ends is None else "give other ends"
        if ends is not None and not min(ends) <= x <= max(ends):
            what = "that is outside: give ends around it"
        hint = f"it came nearest to 0 at {name} = {x!r}, where it is {value!r}; {what}"
    return UnsolvedError(message, owner.task.place(result), source=owner.text, hint=hint)
