"""What a command is about: the program of a command line, compiled, and the values that it is given."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from exprgrad import console, interrupts
from exprgrad.arguments import ranges, values_from
from exprgrad.arguments.number_files import NumberFiles, reads_standard_input
from exprgrad.arguments.program_text import is_name_of_file, program_file, program_text
from exprgrad.arguments.scan import option_for
from exprgrad.arguments.table import FROM_COLUMN, KEEP_COLUMNS, OUTPUT_FILE, PLOT_OVER, SWEEP_OVER
from exprgrad.arguments.values import direction, text_of, value_of, weights
from exprgrad.compiled import compile
from exprgrad.diagnostics import ErrorsIn, ExprError, NameProblem, Note, NotFetched, ParseError, Report, UsageError
from exprgrad.files import STANDARD
from exprgrad.notations import translation_of, value_in, vectors
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.ops.structural import shape_of
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS, OFTEN_OWN
from exprgrad.syntax.parser import normalized

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request, Settings
    from exprgrad.arguments.scan import Given
    from exprgrad.compiled import Function
    from exprgrad.notations.translation import Translation

_WITHOUT: Final = 'write exprgrad "a*b" --a 15 --b 20, or exprgrad - for standard input; exprgrad --help says more'


class Values(NamedTuple):
    """The values of variables by their names, and the reports on how they were computed."""

    numbers: dict[str, Any]
    reports: Sequence[Report]


class Subject(NamedTuple):
    """A program that is compiled, with its text, the file that it is from, and what gives its variables values."""

    function: Function
    text: str
    origin: str | None
    given: Sequence[Given]
    files: NumberFiles
    notation: str | None

    def values(self) -> Values:
        """The values that are given, and what is told of them and of constants that may have been forgotten."""
        numbers, reports = {}, self._constants()
        for x in self.given:
            numbers[x.name], notes = (text_of(x), ()) if x.name in self.function.texts else value_of(x, self.files)
            reports += map(x.note, notes)
        if self.notation == "latex":
            with ErrorsIn(self.text):
                axes = {name: len(shape_of(from_caller(x))) for name, x in numbers.items() if not isinstance(x, str)}
                vectors.check_products(self.function.names, axes)
        return Values(numbers, reports)

    def _constants(self) -> list[Report]:
        constants = self.function.names.constants
        return [
            Report(
                f"{name} is the constant {CONSTANTS[name]}",
                self.text,
                span,
                f"{option_for(name)} gives it a value of your own",
                self.origin,
            )
            for name, span in constants.items()
            if name in OFTEN_OWN and self.function.inputs
        ]

    def reports(self, notes: Sequence[Note]) -> list[Report]:
        """What is told of notes on the program."""
        return [Report(note.message, self.text, note.span, note.hint, self.origin) for note in notes]


def finish(settings: Settings, shown: str | bytes | None, *reports: Sequence[Report]) -> None:
    """Delivers what is shown, if anything is, and then tells the notes, unless they are not wanted."""
    if shown is not None:
        console.deliver(settings.output_file, shown)
    for report in () if settings.quiet_notes else chain(*reports):
        console.tell("note", report, settings.error_format)


def no_expression() -> UsageError:
    """The error for a command line without a program."""
    return UsageError("there is no expression", hint=_WITHOUT)


@contextmanager
def about(request: Request) -> Iterator[Subject]:
    """Compiles the program. What is wrong with it, or turns out to be in the block, names the file that it is from."""
    settings = request.settings
    text, origin = _text(request)
    results = settings.fetch_names
    try:
        if settings.from_notation is not None:
            (text, of_text), origin = _translated(text, settings), None
            results = of_text if results is None else results
        subject = _compiled(request, text, origin, results)
        interrupts.clean_up()
        yield subject
    except ExprError as problem:
        if problem.source is text:
            problem.origin = origin
        if isinstance(problem, NotFetched) and settings.rows_from:
            problem.hint = f"{problem.hint}; columns of the files are chosen by {KEEP_COLUMNS}"
        if isinstance(problem, ParseError) and problem.words is not None and settings.rows_from:
            first, second = problem.words
            column = f'{FROM_COLUMN} {second}="{first} {second}"'
            problem.hint = f"{problem.hint}; a column of two words is {second} by {column}"
        if isinstance(problem, ParseError | NameProblem) and is_name_of_file(settings.expression or ""):
            problem.hint = _or_file(settings.expression or "", problem.hint)
        raise


def _or_file(file: str, hint: str | None) -> str:
    """The hint for an expression that is wrong, and is also the name of a file. One that can be that of a variable is
    likely to be that."""
    from shlex import quote

    meant = f"{file} is {'also ' * file.isidentifier()}a file: write {quote(f'@{file}')}"
    hints = [hint, meant] if file.isidentifier() else [meant, hint]
    return "; ".join([part for part in hints if part])


def _text(request: Request) -> tuple[str, str | None]:
    """The program, and the file that it is from."""
    settings = request.settings
    if settings.expression is None:
        raise no_expression()
    reads = {
        "the expression": (program_file(settings.expression) or settings.expression) == STANDARD,
        "the values": STANDARD in settings.values_from,
        "numbers": any(map(reads_standard_input, request.files_of_numbers)),
        "the rows": STANDARD in settings.rows_from,
    }
    reading = [what for what, from_there in reads.items() if from_there]
    if len(reading) > 1:
        raise UsageError(f"{reading[0]} and {reading[1]} cannot both come from standard input", hint="use a file")
    file, target = program_file(settings.expression), settings.output_file
    if file and target and os.path.isfile(target) and os.path.realpath(target) == os.path.realpath(file):
        raise UsageError(f"{OUTPUT_FILE} {target} would replace the program", hint="write to another file")
    return program_text(settings.expression), file


def _translated(text: str, settings: Settings) -> Translation:
    """The program in this language; what is said of it from now on is said of that."""
    assert settings.from_notation is not None
    found = translation_of(text, settings.from_notation)
    if not settings.quiet_notes:
        console.tell("note", Report(f"read as {found.text}"), settings.error_format)
    return found


def _compiled(request: Request, text: str, origin: str | None, results: tuple[str, ...] | None) -> Subject:
    settings = request.settings
    files = NumberFiles(settings.dialect)
    varied = _varied(settings)
    said = {*[variable.name for variable in request.variables], *varied}
    given = list(request.variables)
    if settings.values_from:
        given += values_from.values_in(settings.values_from, said, lenient=settings.allow_extra_values)
    override = [name for name in (*[x.name for x in given], *varied) if name in CONSTANTS]

    def compiled() -> Function:
        return compile(
            text,
            settings.mode,
            wrt=settings.wrt,
            max_order=settings.max_order,
            fetch_names=results,
            override=override,
            step_limit=settings.step_limit,
            full_jacobian=settings.full_jacobian,
            sparse=settings.sparse_output,
            weight_by=weights(settings.weight_by, files) if settings.weight_by else None,
            along_direction=None if settings.along_direction is None else direction(settings.along_direction, files),
        )

    function = compiled()
    if columns := _columns_of(function.names.constants, settings):
        override += columns
        function = compiled()
    inputs, allows = function.inputs, settings.allow_extra_values
    given = [x for x in given if x.name in inputs or not (x.of_result or (x.in_file and allows))]
    if (notation := settings.from_notation) is not None:
        as_typed = {*function.texts, *[x.name for x in given if x.in_file]}
        given = [x if x.name in as_typed else x._replace(text=value_in(x.text, notation)) for x in given]
    return Subject(function, text, origin, given, files, settings.from_notation)


def _columns_of(constants: Collection[str], settings: Settings) -> list[str]:
    """The constants of a program that are columns of the files of rows, and so are no constants there. Of what can
    be read once alone, as standard input, that is told when it is read."""
    if not constants or not settings.rows_from or not settings.has_rows:
        return []
    from exprgrad import rows
    from exprgrad.rows.sources import is_read_once

    if any(map(is_read_once, settings.rows_from)):
        return []
    columns = [normalized(column.strip()) for column in rows.columns_of(settings.rows_from, settings.dialect)]
    return [name for name in constants if name in columns]


def _varied(settings: Settings) -> list[str]:
    """The variables that have many values."""
    found = list(settings.from_column) if settings.has_rows else []
    for option, texts in ((SWEEP_OVER, settings.sweep_over), (PLOT_OVER, settings.plot_over)):
        found += [axis.name for axis in ranges.axes(option, texts)] if texts else []
    return found
