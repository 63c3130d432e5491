"""The command: a command line in, an exit code out. The only module that prints or exits."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NoReturn

from exprgrad import interrupts
from exprgrad.arguments.fits import CODED, IDLE, WRITTEN, check
from exprgrad.arguments.options import COMPLETE_VARIABLE, complete, request, spelled
from exprgrad.arguments.program_text import program_file, program_text
from exprgrad.arguments.result_writer import WRITTEN_DOWN, check_rows, result_writer
from exprgrad.arguments.values import check_names, direction, from_json, value_of, weights
from exprgrad.batch.names import ENGINES
from exprgrad.compiled import compile
from exprgrad.diagnostics import ExprError, Note, UsageError, render
from exprgrad.files import STANDARD, device, is_device, replacing, standard_output, streaming, writing
from exprgrad.lowering.checks import signature
from exprgrad.notations import translation_of
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.numbers.memory import exhausted
from exprgrad.ops import REGISTRY, functions
from exprgrad.ops.structural import shape_of
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS
from exprgrad.targets import TARGETS
from exprgrad.version import __version__
from exprgrad.views import EQUATIONS, draw

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request, Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.arguments.scan import Given
    from exprgrad.compiled import Function
    from exprgrad.notations.translation import Translation

BUG: Final = 70
COLOURS: Final = {"error": "\033[1;31m", "note": "\033[1;36m"}


class _TerminatedError(BaseException):
    """The process is asked to end, by a signal of this number: what is half-written is to be removed first."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def run(argv: Sequence[str]) -> int:
    """Runs one command line and returns its exit code. Whatever happens, there is no traceback."""
    try:
        _run(argv)
    except ExprError as problem:
        problem.message, problem.hint = spelled(problem.message), problem.hint and spelled(problem.hint)
        _say("error", str(problem))
        return problem.exit_code
    except BrokenPipeError:
        return 0  # whoever reads has seen enough
    except KeyboardInterrupt:
        return interrupts.INTERRUPTED
    except _TerminatedError as asked:
        return asked.exit_code
    except MemoryError:
        short = exhausted()
        _say("error", str(short))
        return short.exit_code
    except Exception as bug:
        _say("error", f"a bug in exprgrad; please report it with the command that you ran: {_where(bug)}")
        return BUG
    return 0


def _run(argv: Sequence[str]) -> None:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        _print(complete(instruction))
        return
    asked = request(argv)
    check(asked)
    if asked.help is not None:
        _print(asked.help)
    elif asked.settings.version:
        _print(f"exprgrad {__version__}\n")
    elif asked.settings.list_functions:
        _print(_functions())
    else:
        _evaluate(asked)


class _Asked(NamedTuple):
    """A program that is compiled, with its text, the file that it is from, and what gives its variables values."""

    function: Function
    text: str
    origin: str | None
    given: Sequence[Given]


def _evaluate(asked: Request) -> None:
    settings = asked.settings
    if settings.rows_from:
        check_rows(settings)
    written = None if settings.rows_from and settings.reduce_rows is None else result_writer(settings)
    text, origin = _text(settings)
    results = settings.fetch_names
    try:
        if settings.from_notation is not None:
            (text, of_text), origin = _translated(text, settings), None
            results = of_text if results is None else results
        program = _compiled(asked, text, origin, results)
        interrupts.clean_up()
        if settings.rows_from:
            _run_rows(program, settings, written)
        else:
            assert written is not None
            _run_once(program, asked, written)
    except ExprError as problem:
        if problem.source is text:
            problem.origin = origin
        raise


def _text(settings: Settings) -> tuple[str, str | None]:
    """The program, and the file that it is from."""
    if settings.expression is None:
        raise UsageError("there is no expression", hint='write exprgrad "a*b" --a 15 --b 20, or exprgrad --help')
    reads = {
        "the expression": (program_file(settings.expression) or settings.expression) == STANDARD,
        "the values": settings.values_from == STANDARD,
        "the rows": STANDARD in settings.rows_from,
    }
    reading = [what for what, from_there in reads.items() if from_there]
    if len(reading) > 1:
        raise UsageError(f"{reading[0]} and {reading[1]} cannot both come from standard input", hint="use a file")
    return program_text(settings.expression), program_file(settings.expression)


def _translated(text: str, settings: Settings) -> Translation:
    """The program in this language; what is said of it from now on is said of that."""
    assert settings.from_notation is not None
    found = translation_of(text, settings.from_notation)
    if not settings.quiet_notes:
        _say("note", f"read as {found.text}")
    return found


def _compiled(asked: Request, text: str, origin: str | None, results: tuple[str, ...] | None) -> _Asked:
    settings = asked.settings
    given = [*asked.variables, *(from_json(settings.values_from) if settings.values_from is not None else ())]
    function = compile(
        text,
        settings.mode,
        wrt=settings.wrt,
        max_order=settings.max_order,
        fetch_names=results,
        override=[name for name in (*(g.name for g in given), *settings.from_column) if name in CONSTANTS],
        step_limit=settings.step_limit,
        full_jacobian=settings.full_jacobian,
        sparse=settings.sparse_output,
        weight_by=weights(settings.weight_by) if settings.weight_by else None,
        along_direction=None if settings.along_direction is None else direction(settings.along_direction),
    )
    return _Asked(function, text, origin, given)


def _run_once(program: _Asked, asked: Request, written: ResultWriter) -> None:
    """One evaluation, a drawing, or the program in another language."""
    settings = asked.settings
    function = program.function
    if written.format in WRITTEN_DOWN:
        check(asked, WRITTEN, *(() if written.format in EQUATIONS else [CODED]))
        _write_down(program, written.format, settings)
        return
    values = {}
    notes: tuple[Note, ...] = ()
    if settings.draw_graph is not None and function.inputs and not program.given:
        # A graph is defined without values; what a trace lacks without them it says itself.
        if function.mode == "static":
            check(asked, IDLE)
        shown = draw(function, None, *written)
    else:
        check_names(function, program.given)
        values = {variable.name: value_of(variable) for variable in program.given}
        numbers = {name: value for name, (value, _) in values.items()}
        result = function.run(numbers, notes=not settings.quiet_notes)
        notes = result.notes
        shown = written.result(result) if settings.draw_graph is None else draw(function, numbers, *written)
        if settings.show_steps:
            shown += function.steps(**numbers).text(written.number)
    _deliver(settings.output_file, shown)
    if settings.quiet_notes:
        return
    _tell_of_values(program.given, values)
    for note in notes:
        _say("note", render(note.message, program.text, note.span, note.hint, program.origin))


def _write_down(program: _Asked, form: str, settings: Settings) -> None:
    """The program as equations, for inputs of the shapes that values have, or in another language."""
    function, file = program.function, settings.output_file
    if form in EQUATIONS:
        document = {"document": True} if settings.full_document else {}
        shapes = {x.name: shape_of(from_caller(value_of(x)[0])) for x in program.given}
        _deliver(file, getattr(function, form)(inline=settings.inline_names, **document, **shapes))
        return
    options = {x: getattr(settings, f"{form}_{x}") for x in TARGETS[form].options} | {"name": settings.function_name}
    given = {option: x for option, x in options.items() if x is not None}
    if file is None or file == STANDARD:
        _print(function.source(form, **given))
    else:
        _store(file, function.encoded(form, **given))


def _run_rows(program: _Asked, settings: Settings, written: ResultWriter | None) -> None:
    """An evaluation for each row of some files, or their sum or mean."""
    import signal

    from exprgrad.light import lighten_rows
    from exprgrad.rowfiles import bind, reduce, transform
    from exprgrad.rows.progress import ProgressLine

    def terminated(number: int, frame: object) -> NoReturn:
        raise _TerminatedError(number)

    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP, and nohup ignores it
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, terminated)
    check_names(program.function, program.given, settings.from_column)
    lighten_rows()
    # Threads that read need the interpreter now and then, for a moment, while another one imports what computes: it is
    # not to keep it for 5 ms each time.
    sys.setswitchinterval(0.0005)
    values = {variable.name: value_of(variable) for variable in program.given}
    bound = bind(program.function, {name: value for name, (value, _) in values.items()}, settings.from_column)
    shows = sys.stderr is not None and sys.stderr.isatty() and not settings.quiet_notes
    line = ProgressLine(_show) if shows else None
    try:
        if settings.reduce_rows is None:
            done = transform(
                bound,
                settings.rows_from,
                settings.output_file,
                engine=settings.row_engine,
                keep=settings.keep_columns,
                keep_text=settings.keep_text,
                on_bad_row=settings.on_bad_row,
                output_format=settings.output_format,
                progress=line,
            )
        else:
            done = reduce(
                bound,
                settings.rows_from,
                settings.reduce_rows,
                engine=settings.row_engine,
                on_bad_row=settings.on_bad_row,
                progress=line,
            )
    finally:
        if line is not None:
            line.clear()
    if done.result is not None and written is not None:
        _deliver(settings.output_file, written.result(done.result))
    if settings.quiet_notes:
        return
    _tell_of_values(program.given, values)
    if done.engine != "rounded":
        _say("note", f"the {done.engine} engine computed the rows: {ENGINES[done.engine]}")
    counts = done.summary
    for count, what in (
        (counts.skipped, "skipped, since they are bad"),
        (counts.nulled, "with nulls as results, since they are bad"),
        (counts.nulls if done.result is not None else 0, "left out, since they hold a null"),
    ):
        if count:
            _say("note", f"rows {what}: {count:,} of {counts.rows:,}")


def _tell_of_values(given: Sequence[Given], values: Mapping[str, tuple[object, Sequence[Note]]]) -> None:
    for variable in given:
        for note in values[variable.name][1] if variable.name in values else ():
            _say("note", render(note.message, variable.text, note.span, note.hint))


def _deliver(file: str | None, shown: str) -> None:
    if file is None or file == STANDARD:
        _print(shown)
    else:
        _store(file, _encoded(shown))


def _store(file: str, data: bytes) -> None:
    if is_device(file):
        with device(file) as stream, writing(file):
            stream.write(data)
            stream.flush()
        return
    with replacing(file) as path, writing(file), open(path, "wb") as beside:
        beside.write(data)


def _functions() -> str:
    """The functions of the language, a line each: how it is called, what it does, its second names."""
    lines = [
        (signature(op), f"{op.doc} (also {', '.join(op.aliases)})" if op.aliases else op.doc)
        for op in REGISTRY.functions()
    ]
    lines += [(function.signature, function.doc) for function in functions.FUNCTIONS.values()]
    width = max(len(called) for called, _ in lines)
    return "".join(f"{called:{width}}  {doc}\n" for called, doc in lines)


def _print(text: str) -> None:
    """Writes to standard output: UTF-8 and newlines alone, whatever the locale."""
    output = standard_output()
    with streaming(output, "standard output"):
        output.write(_encoded(text))
        output.flush()


def _show(text: str) -> None:
    """Shows text on the terminal that standard error is."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _say(kind: str, message: str) -> None:
    """Writes an error or a note to standard error. Where that is closed, there is nobody to tell."""
    if sys.stderr is None:
        return
    # Text from the command line may hold what moves a terminal's cursor.
    shown = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in message)
    label = f"{COLOURS[kind]}{kind}:\033[0m" if _colours() else f"{kind}:"
    try:
        sys.stderr.buffer.write(_encoded(f"exprgrad: {label} {shown}\n"))
        sys.stderr.buffer.flush()
    except OSError:
        pass


def _colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="replace")


def _where(bug: Exception) -> str:
    """One line on a bug: what was raised, and the innermost place."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    what = " ".join(f"{type(bug).__name__}: {bug}".split())
    return f"exprgrad {__version__}, {what} ({file}, line {trace.tb_lineno})"
