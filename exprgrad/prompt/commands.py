"""The commands of a session, which begin with a colon: an entry each."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from exprgrad.arguments import texts
from exprgrad.arguments.program_text import program_text
from exprgrad.arguments.ranges import plotted
from exprgrad.arguments.table import OUTPUT_FORMAT, PLOT_OVER
from exprgrad.compiled import MODES
from exprgrad.diagnostics import ExprError, Report, UsageError, suggest
from exprgrad.explanation import explanation
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.ops.structural import shape_of
from exprgrad.plots import plot as plots
from exprgrad.prompt import saved
from exprgrad.prompt.session import SETTINGS, Drawing, Said, Session, noted, options_of
from exprgrad.prompt.sheet import Sheet
from exprgrad.records import NamedTuple
from exprgrad.views import GRAPHS, RESULTS, draw
from exprgrad.views.catalogue import catalogue, listing
from exprgrad.views.numbers import shortest

if TYPE_CHECKING:
    from exprgrad.arguments.table import Option

# What a command does with the text behind its name.
Action = Callable[[Session, str], Iterator[Said]]


class Command(NamedTuple):
    """A command: what it takes, what it does, in a sentence first, and what does it. `choices` are words that may stand
    behind it, and so may what `completes` says: "names", "functions", "commands"."""

    takes: str
    help: str
    run: Action
    completes: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()


def carry_out(session: Session, line: str) -> Iterator[Said]:
    """Does what a line behind its colon says."""
    name, _, rest = line.strip().partition(" ")
    command = COMMANDS.get(name)
    if command is None:
        near = suggest(name, COMMANDS, abbreviated=True)
        raise UsageError(
            f"there is no command :{name}", hint=f"did you mean :{near}?" if near else ":help lists the commands"
        )
    rest = rest.strip()
    if rest and not command.takes:
        raise UsageError(f":{name} takes nothing, found {rest!r}", hint=f"write :{name}")
    yield from command.run(session, rest)


# -- what is defined ---------------------------------------------------------------------------------------------------


def _inputs(session: Session, rest: str) -> Iterator[Said]:
    for name in session.state.sheet.inputs:
        yield from session.shown(name)


def _program(session: Session, rest: str) -> Iterator[Said]:
    if text := session.state.sheet.whole().text:
        yield f"{text}\n"


def _clear(session: Session, rest: str) -> Iterator[Said]:
    sheet = session.state.sheet.without(texts.names(":clear", rest)) if rest else Sheet()
    last = tuple([name for name in session.state.last if name in sheet.names])
    session.change(sheet=sheet, last=last)
    return iter(())


def _undo(session: Session, rest: str) -> Iterator[Said]:
    if not session.earlier:
        raise UsageError("there is nothing to undo")
    *earlier, step = session.earlier
    session.state, session.earlier = step.state, tuple(earlier)
    yield Report(f"undone: {step.typed}")


def _save(session: Session, rest: str) -> Iterator[Said]:
    name = _file(rest, ":save")
    saved.save(session, name)
    return iter(())


def _load(session: Session, rest: str) -> Iterator[Said]:
    name = _file(rest, ":load")
    text = program_text(f"@{name}")
    try:
        yield from saved.load(session, text)
    except ExprError as problem:
        if problem.source is text:
            problem.origin = name
        raise


def _file(rest: str, command: str) -> str:
    return texts.file_name(command, os.path.expanduser(rest))


# -- other answers -----------------------------------------------------------------------------------------------------


def _formula(session: Session, rest: str) -> Iterator[Said]:
    inputs = session.state.sheet.inputs
    for text in _asked(session, rest):
        function = session.function(session.question(text))
        values = {name: from_caller(inputs[name].value) for name in function.inputs if name in inputs}
        shapes: dict[str, Any] = {name: shape_of(value) for name, value in values.items()}
        yield function.formula(**shapes)


def _steps(session: Session, rest: str) -> Iterator[Said]:
    for text in _asked(session, rest):
        question = session.question(text)
        function = session.function(question)
        steps = function.steps(**session.values(question, function))
        yield steps.text(session.writer().number or shortest)


def _graph(session: Session, rest: str) -> Iterator[Said]:
    inputs, mode = session.state.sheet.inputs, session.state.settings.mode
    first, _, others = rest.partition(" ")
    if first in GRAPHS:
        mode, rest = GRAPHS[first], others
    for text in _asked(session, rest):
        question = session.question(text)
        function = session.function(question, mode=mode, max_order=1)
        has_all = all(name in inputs for name in function.inputs)
        values = session.values(question, function) if has_all or mode == GRAPHS["data"] else None
        yield draw(function, values, "text", session.writer().number)


def _plot(session: Session, rest: str) -> Iterator[Said]:
    asked, *given = _RANGE.split(rest)
    if not given:
        raise UsageError(":plot needs a range", hint="write :plot x=-3:3, or :plot sin(x) x=-3:3")
    over = plotted(PLOT_OVER, given)
    varied = {axis.name for axis in over}
    for text in _asked(session, asked.strip()):
        question = session.question(text)
        function = session.function(question, mode=MODES[0])
        made = plots.Plot(function, over, session.values(question, function, varied))
        yield Drawing(made.text(session.screen))
        if not session.state.settings.quiet_notes:
            yield from (noted(*question.program.note(note)) for note in made.notes)


def _asked(session: Session, rest: str) -> tuple[str, ...]:
    """What a command is about: the name or expression behind it, else what was asked for last."""
    if rest:
        return (rest,)
    if not session.state.last:
        raise UsageError("nothing was asked for yet", hint="write a name or an expression behind it")
    return session.state.last


# -- the session -------------------------------------------------------------------------------------------------------


def _help(session: Session, rest: str) -> Iterator[Said]:
    word = rest.removeprefix(":").partition("(")[0].strip()
    if not word:
        yield f"{_INTRODUCTION}\n{''.join(map(_described, COMMANDS))}"
        return
    found = [explanation(word)] if any([word in entry.names for entry in catalogue()]) else []
    if word in session.state.sheet.functions:
        found = [f"{session.state.sheet.functions[word].text}\n"]
    if word in COMMANDS:
        found += [_described(word, whole=True)]
    if not found:
        known = [name for entry in catalogue() for name in entry.names] + list(COMMANDS)
        near = suggest(word, known, abbreviated=True)
        raise UsageError(
            f"there is no function {word}", hint=f"did you mean {near}?" if near else ":functions lists them"
        )
    yield "".join(found)


def _described(name: str, *, whole: bool = False) -> str:
    """A command, what it takes and what it does, of which the first sentence is enough in a list."""
    head, text = f":{name} {COMMANDS[name].takes}".rstrip(), COMMANDS[name].help
    text = text if whole else f"{text.partition('. ')[0].removesuffix('.')}."
    first = f"{head:{_WIDTH}}" if len(head) < _WIDTH else f"{head}\n{' ' * _WIDTH}"
    return first + f"\n{' ' * _WIDTH}".join(textwrap.wrap(text, 80 - _WIDTH)) + "\n"


def _functions(session: Session, rest: str) -> Iterator[Said]:
    yield listing()


def _quit(session: Session, rest: str) -> Iterator[Said]:
    session.is_over = True
    return iter(())


def _setting(option: Option) -> Command:
    """The command that sets an option."""

    choices = RESULTS if option.name == OUTPUT_FORMAT else tuple(option.choices) if option.takes_value else _SWITCH

    def run(session: Session, rest: str) -> Iterator[Said]:
        options = options_of(session.state.settings)
        options.pop(option.name, None)
        if rest and choices and rest not in choices:
            near = suggest(rest, choices) or choices[0]
            message = f":{option.command} is one of {', '.join(choices)}, found {rest!r}"
            raise UsageError(message, hint=f"write :{option.command} {near}")
        if not option.takes_value and rest != "off":
            options[option.name] = None
        elif option.takes_value and rest:
            options[option.name] = "" if rest == _NONE else rest
        session.set(options)
        return iter(())

    return Command(
        f"[{option.takes or '|'.join(choices)}]", option.help, run, ("names",) if option.completes else (), choices
    )


# What stands before `x=-3:3`, which has no blanks but before "log" and a number of points.
_RANGE: Final = re.compile(r"(?:^|\s+)(?=[^\W\d]\w*=[^\s=]\S*?(?::|\.\.))")
# How no name is written.
_NONE: Final = '""'
# So many columns are for what a command takes.
_WIDTH: Final = 18
_EXPRESSION: Final = ("names", "functions")
_WORDS: Final = ("functions", "commands")
_SWITCH: Final = ("on", "off")
_INTRODUCTION: Final = """\
a = 15          an input and its value; a = @FILE takes the value from a file
c = a*b         what is computed from others, and follows when these change
f(x) = x^2      a function
sin(a)^2        a question: the value, and the derivatives by the inputs
:order 2        a command, of these; a setting without a value is as at first
"""
COMMANDS: Final = {
    "help": Command("[WORD]", "What there is, or what a function or a command does.", _help, _WORDS),
    "functions": Command("", "The functions of the language.", _functions),
    "inputs": Command("", "The inputs and their values.", _inputs),
    "program": Command("", "The functions and what is computed.", _program),
    "formula": Command(
        "[EXPR]", "EXPR, or what was asked for last, and its derivatives as formulas.", _formula, _EXPRESSION
    ),
    "steps": Command("[EXPR]", "What each operation computes, and adds to which derivative.", _steps, _EXPRESSION),
    "graph": Command(
        "[operations|data] [EXPR]",
        "The graph of operations, or the trace of the data.",
        _graph,
        _EXPRESSION,
        tuple(GRAPHS),
    ),
    "plot": Command("[EXPR] x=-3:3", "A plot over a range, with derivatives; over two, contours.", _plot, _EXPRESSION),
    **{word: _setting(option) for word, option in SETTINGS.items()},
    "undo": Command("", "Takes the last line back.", _undo),
    "clear": Command("[a,b]", "Forgets these names, or everything.", _clear, ("names",)),
    "save": Command("FILE", "Writes the program, with the command that runs it for these values.", _save),
    "load": Command("FILE", "Takes a program from a file, with the values that were saved in it.", _load),
    "quit": Command("", "Ends the session, as ctrl-D does.", _quit),
}
