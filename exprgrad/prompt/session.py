"""A session: what was defined and set so far, and what can be asked of it. Nothing here knows of a terminal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from exprgrad.arguments.options import Settings, request, spelled
from exprgrad.arguments.result_writer import ResultWriter, result_writer
from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import LIST_FUNCTIONS, OUTPUT_FORMAT, PLOT_OVER, TABLE
from exprgrad.arguments.values import no_values
from exprgrad.diagnostics import ErrorsIn, ExprError, Note, Report, UsageError, listed
from exprgrad.notations import elsewhere
from exprgrad.outcomes import Outcome
from exprgrad.prompt.sheet import Program, Sheet
from exprgrad.records import NamedTuple
from exprgrad.result import Result
from exprgrad.screen import Screen
from exprgrad.syntax.names import fresh_names
from exprgrad.syntax.parser import parse_part
from exprgrad.syntax.rewriting import nodes
from exprgrad.syntax.tree import Assignment, Name
from exprgrad.views import RESULTS

if TYPE_CHECKING:
    from exprgrad.compiled import Function

# What may be set in a session, by the words for it.
SETTINGS: Final = {option.command: option for option in TABLE if option.command is not None}
# What messages say of a command line, and how it is said here.
_SPOKEN: Final = {option.name: f":{word}" for word, option in SETTINGS.items()} | {
    PLOT_OVER: ":plot",
    f"exprgrad {LIST_FUNCTIONS}": ":functions",
}
_WORDS: Final = re.compile(rf"(?<![\w-])({'|'.join(_SPOKEN)})(?![\w-])")
# So many names without values a hint writes down.
_SHOWN: Final = 5


class Drawing(NamedTuple):
    """A picture of characters for the screen of a session, in its colours."""

    text: str


# What there is to say: a text, which is an answer, a drawing, or a note.
Said = str | Drawing | Report


class State(NamedTuple):
    """All that a session knows: what is defined, the settings, and the names that were asked for last."""

    sheet: Sheet
    settings: Settings
    last: tuple[str, ...] = ()


class Step(NamedTuple):
    """A state that there was, and what was typed then."""

    state: State
    typed: str


class Question(NamedTuple):
    """What is asked for: a name, and the program that computes it."""

    program: Program
    name: str


class Session:
    """What was typed so far; `state` is where it led, and `earlier` is how. `screen` is what it is shown on."""

    def __init__(self, settings: Settings, given: Iterable[Given] = ()) -> None:
        self.state = State(Sheet().with_values(given), settings)
        self.earlier: tuple[Step, ...] = ()
        self.screen = Screen()
        self.is_over = False

    def change(self, **fields: Any) -> None:
        """Goes on to another state."""
        self.state = self.state._replace(**fields)

    # -- lines of a program --------------------------------------------------------------------------------------------

    def take(self, text: str) -> tuple[dict[str, bool], list[tuple[Note, str]]]:
        """Takes lines of a program up: the names that they ask for, each with whether it is of use only with a value,
        and notes, each with the text that it is about."""
        with ErrorsIn(text):
            try:
                tree = parse_part(text)
            except ExprError as problem:
                raise elsewhere.explained(problem, text) from None
        sheet, settings, asked = self.state.sheet, self.state.settings, dict[str, bool]()
        notes: list[tuple[Note, str]] = []
        for definition in tree.functions:
            sheet = sheet.with_function(definition, text[definition.span.start : definition.span.end])
        for statement in tree.statements:
            line = text[statement.span.start : statement.span.end]
            is_bare = isinstance(statement, Assignment) and statement.name is None
            if isinstance(statement, Assignment) and isinstance(statement.value, Name) and is_bare:
                asked = _last(asked, [statement.value.name], True)
                continue
            if is_bare:
                mentioned = [node.name for node in nodes(statement) if isinstance(node, Name)]
                line = f"{next(fresh_names({*sheet.used, *mentioned}))} = {line}"
            sheet, names, found = sheet.with_statement(line, is_question=is_bare, step_limit=settings.step_limit)
            notes += [(note, line) for note in found]
            asked = _last(asked, names, is_bare)
        for definition in tree.functions:
            sheet.compiled(sheet.call(definition.name), None, mode="dynamic", max_order=0)
        # As in a program, what a later one of several lines reads is on the way to that.
        read = {name for computed in sheet.definitions if {*computed.names} & {*asked} for name in computed.reads}
        wanted = {name: must for name, must in asked.items() if must or name not in read}
        # A value that an input gets is nothing that is asked for.
        last = tuple([name for name, must in wanted.items() if must or name in sheet.computed])
        self.change(sheet=sheet, last=last or self.state.last)
        return wanted, notes

    # -- answers -------------------------------------------------------------------------------------------------------

    def question(self, text: str) -> Question:
        """The question for a name, or for an expression, which is not kept."""
        sheet = self.state.sheet
        with ErrorsIn(text):
            tree = parse_part(text)
            (*before, statement) = tree.statements or (None,)
            if before or tree.functions or not isinstance(statement, Assignment) or statement.name is not None:
                raise UsageError(
                    f"expected a name or an expression, found {text!r}", hint="write it on a line of its own"
                )
        if isinstance(statement.value, Name):
            name = statement.value.name
            return Question(sheet.program([name]) if name in sheet.computed else sheet.beside(text), name)
        mentioned = [node.name for node in nodes(statement) if isinstance(node, Name)]
        name = next(fresh_names({*sheet.used, *mentioned}))
        return Question(sheet.beside(f"{name} = {text}"), name)

    def function(self, question: Question, **arguments: Any) -> Function:
        """The function that answers it, by the settings, but for these arguments of `exprgrad.compile`."""
        settings, program = self.state.settings, question.program
        chosen = {
            option.parameter: getattr(settings, option.field)
            for option in SETTINGS.values()
            if option.parameter is not None
        }
        if settings.wrt is not None:  # what is asked for need not depend on all of them
            chosen["wrt"] = tuple([name for name in settings.wrt if name in program.inputs])
        return self.state.sheet.compiled(program, (question.name,), **chosen | arguments)

    def values(self, question: Question, function: Function, varied: Collection[str] = ()) -> dict[str, Any]:
        """The values of its inputs, but for those that are varied. Raises a NameProblem where one has none."""
        inputs = self.state.sheet.inputs
        if missing := [name for name in function.inputs if name not in inputs and name not in varied]:
            remedies = [f"{name} = 3" for name in missing[:_SHOWN]]
            problem = no_values(function, missing, f"write {'; '.join(remedies)}")
            raise question.program.placed(problem)
        return {name: inputs[name].value for name in function.inputs if name not in varied}

    def writer(self) -> ResultWriter:
        """How results are written."""
        return result_writer(self.state.settings, self.screen.width)

    def shown(self, name: str, *, must_have_value: bool = True) -> Iterator[Said]:
        """A name's value and derivatives, and notes on them."""
        sheet, writer = self.state.sheet, self.writer()
        if name in sheet.inputs:
            value = sheet.inputs[name].value
            yield writer.result(Result({}, (Outcome(name, value, ()),)))
            return
        question = self.question(name)
        function = self.function(question)
        missing = [x for x in function.inputs if x not in sheet.inputs]
        if missing and not must_have_value:
            verb = "has" if len(missing) == 1 else "have"
            yield Report(f"{name} is defined, and has a value once {listed(missing)} {verb} one")
            return
        self.values(question, function)
        is_quiet = self.state.settings.quiet_notes
        result = sheet.run(question.program, function, notes=not is_quiet)
        yield writer.result(result)
        if not is_quiet:
            yield from (noted(*question.program.note(note)) for note in result.notes)

    # -- settings ------------------------------------------------------------------------------------------------------

    def set(self, options: Mapping[str, str | None]) -> None:
        """Takes these options instead of those that there are."""
        settings = request([name if text is None else f"{name}={text}" for name, text in options.items()]).settings
        if settings.output_format not in (None, *RESULTS):
            message = f"{settings.output_format} is no form of a result"
            raise UsageError(message, hint=f"{OUTPUT_FORMAT} is one of {listed(RESULTS)}")
        result_writer(settings, self.screen.width)  # raises where they do not fit together
        self.change(settings=settings)


def options_of(settings: Settings) -> dict[str, str | None]:
    """The options of a session as they are written on a command line, None for those without a value."""
    found: dict[str, str | None] = {}
    for option in SETTINGS.values():
        if option.name in settings.given:
            value = getattr(settings, option.field)
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            found[option.name] = text if option.takes_value else None
    return found


def said_here(message: str) -> str:
    """A message of the library, or of the command line, with the words that a session has for options."""
    return _WORDS.sub(lambda match: _SPOKEN[match[1]], spelled(message))


def _last(asked: Mapping[str, bool], names: Iterable[str], must_have_value: bool) -> dict[str, bool]:
    """The names that are asked for, with these behind the others."""
    others = {name: must for name, must in asked.items() if name not in names}
    return others | dict.fromkeys(names, must_have_value)


def noted(note: Note, source: str) -> Report:
    """A note about a text."""
    hint = note.hint and said_here(note.hint)
    return Report(said_here(note.message), source, note.span, hint)
