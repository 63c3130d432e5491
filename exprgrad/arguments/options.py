"""The options as click has them: a command line read into `Settings`, and the help."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from exprgrad.arguments import completion
from exprgrad.arguments.dialects import dialect_of
from exprgrad.arguments.scan import Given, option_for
from exprgrad.arguments.table import (
    DEFAULTS,
    DRAW_GRAPH,
    GROUPS,
    MODE,
    OPTIONS,
    OUTPUT_FORMAT,
    SCANNED,
    TABLE,
    VAR,
)
from exprgrad.arguments.typed import before_cursor, variables_of, whole
from exprgrad.diagnostics import UsageError, suggest
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import Dialect
from exprgrad.targets import TARGETS
from exprgrad.views import EQUATIONS, GRAPHS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from exprgrad.compiled import Mode
    from exprgrad.rows.formats import BadRows


class Settings(NamedTuple):
    """The options of one command line, checked."""

    expression: str | None
    mode: Mode
    wrt: tuple[str, ...] | None
    max_order: int
    fetch_names: tuple[str, ...] | None
    from_notation: str | None
    draw_graph: str | None
    plot_over: tuple[str, ...]
    plot_title: str | None
    x_label: str | None
    y_label: str | None
    y_scale: str
    along_direction: str | None
    step_limit: int | None
    values_from: tuple[str, ...]
    allow_extra_values: bool
    check_program: bool
    output_format: str | None
    output_file: str | None
    number_format: str | None
    exact_digits: int | None
    derivatives_only: bool
    full_jacobian: bool
    sparse_output: bool
    weight_by: tuple[str, ...]
    show_steps: bool
    inline_names: bool
    full_document: bool
    rows_from: tuple[str, ...]
    sweep_over: tuple[str, ...]
    from_column: dict[str, str]
    keep_columns: tuple[str, ...] | None
    keep_text: tuple[str, ...] | None
    on_bad_row: BadRows
    reduce_rows: str | None
    group_by: tuple[str, ...]
    row_engine: str
    solve_for: str | None
    minimize_over: tuple[str, ...] | None
    maximize_over: tuple[str, ...] | None
    standard_errors: str | None
    csv_separator: str | None
    decimal_comma: bool
    thousands_separator: str | None
    no_header: bool
    header_names: tuple[str, ...]
    comment_prefix: str | None
    null_markers: tuple[str, ...]
    csv_encoding: str | None
    function_name: str | None
    argument_order: tuple[str, ...] | None
    sql_table: str | None
    sql_dialect: str | None
    sql_form: str | None
    list_functions: bool
    quiet_notes: bool
    verbose_notes: bool
    error_format: str
    help: bool
    version: bool
    given: frozenset[str]  # the options that the command line has, by their names

    @property
    def has_rows(self) -> bool:
        """Whether there are many evaluations, one for each row of files or of a grid. Beside a plot rows are points."""
        return bool(self.sweep_over or (self.rows_from and not self.plot_over))

    @property
    def has_result(self) -> bool:
        """Whether there is one result, of one evaluation or of all rows, and not one for each row or group."""
        return not self.has_rows or (self.reduce_rows is not None and not self.group_by)

    @property
    def dialect(self) -> Dialect:
        """What files of text are like."""
        return dialect_of(self._asdict())


# What formats are called elsewhere.
_ALSO: Final = {
    **{x.removeprefix("."): name for name, form in EQUATIONS.items() for x in form.endings},
    **{x.removeprefix("."): name for name, form in TARGETS.items() for x in form.endings},
    **dict.fromkeys(("c++", "cpp", "cc"), "c"),
    **dict.fromkeys(("ecmascript", "node", "typescript", "ts"), "javascript"),
    "pytorch": "torch",
    "np": "numpy",
    "python3": "python",
}


class _OneOf(click.Choice):  # type: ignore[type-arg]  # before click 8.2 not generic
    """A choice whose error is like ours."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.choices:
            return str(value)
        assert param is not None
        option = max(param.opts, key=len)
        also = _ALSO.get(value.lower()) if option == OUTPUT_FORMAT else None
        near = also or suggest(value, self.choices)
        few = len(self.choices) <= _TOLD
        all_of_them = f"they are {', '.join(self.choices)}"
        hint = f"did you mean {near}?" if near else "write one of them" if few else all_of_them
        if "-" not in option[2:] and not near:
            hint += f", or {VAR} {option[2:]}=... for a variable of that name"
        known = f"is one of {', '.join(self.choices)}" if few else "is none of its choices"
        raise UsageError(f"{option} {known}, found {value!r}", hint=hint)


class _Option(click.Option):
    """An option whose help is one line: click would clean it up by `inspect`, at every start."""

    def __init__(self, *args: Any, help: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = help


class _Command(click.Command):
    """Runs the scan before click's parser, and knows the variables of the expression typed so far."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options that the command line has, all of them for the help and the completion: to make each would take a
        fiftieth of the time of a start."""
        return [_EXPRESSION, *[_parameter(option.name) for option in ctx.obj.options]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        typed = before_cursor(args) if ctx.resilient_parsing else whole(args)
        ctx.obj = typed
        clean = [name if value is None else f"{name}={value}" for name, value in typed.arguments.options]
        if typed.arguments.expression is not None:
            clean += ["--", typed.arguments.expression]
        return super().parse_args(ctx, clean)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["EXPR", "[--NAME VALUE]...", "[OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        variables = variables_of(ctx.obj.arguments)
        if variables:
            with formatter.section("Variables"):
                formatter.write_dl([(option_for(name), what) for name, what in variables.items()])
        for group in GROUPS:
            with formatter.section(group.title):
                formatter.write(f"{'':{formatter.current_indent}}{group.example}\n")
                records = [_parameter(option.name).get_help_record(ctx) for option in group.options]
                formatter.write_dl([record for record in records if record is not None])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The variables that have no value yet, and behind a dash the options; files behind an @."""
        found = completion.words(ctx.obj, incomplete)
        is_value = ctx.obj.waits_for_value or incomplete.startswith("@")
        return found if is_value else found + super().shell_complete(ctx, incomplete)


def _offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the shell offers behind an option."""
    return completion.offered(ctx, param, incomplete)


@cache
def _parameter(name: str) -> click.Option:
    """An option as click has it."""
    option = OPTIONS[name]
    read = option.read
    return _Option(
        option.spellings,
        type=_OneOf(list(option.choices)) if option.choices else None,
        is_flag=None if option.takes_value else True,
        multiple=option.several,
        metavar=option.takes,
        help=option.help,
        callback=None if read is None else lambda ctx, param, text: None if text is None else read(name, text),
        shell_complete=_offered if option.completes else None,
        expose_value=name not in SCANNED,
    )


_EXPRESSION: Final = click.Argument(
    ["expression"],
    metavar="EXPR",
    required=False,
    shell_complete=lambda ctx, param, incomplete: completion.words(ctx.obj, incomplete),
)
COMMAND: Final = _Command(
    "exprgrad",
    help="""Values and exact derivatives of equations.

    EXPR is text, - for standard input, or @FILE. Every name that it does not compute is an input: give it as
    --NAME VALUE. VALUE is a constant expression such as -5, 1/3 or 2*pi, or @FILE for the numbers in a file
    (.npy, .txt, .csv, .parquet), @FILE:COLUMN for a column. Behind -- everything is EXPR.

    \b
      exprgrad "a*b" --a 15 --b 20
      exprgrad "u = x**2; y = sin(u)" --x pi/4 --max-order 2""",
    epilog="""\b
    Completion of options and variables, also with zsh_source and fish_source:
      eval "$(_EXPRGRAD_COMPLETE=bash_source exprgrad)\"""",
    add_help_option=False,
)
# A message does not list more choices than these: the help does.
_TOLD: Final = 12
# A line that is longer is hard to read.
_WIDEST: Final = 110

# How messages of the library write options, by Python's names; what is an option already, or quoted, is none of these.
_PARAMETERS: Final = {option.parameter: option.name for option in TABLE if option.parameter is not None}
_PARAMETER: Final = rf"(?<!{VAR} )(?<![\w'-])({'|'.join(_PARAMETERS)})=(?:\{{\"(\w+)\": ([^}}]*)\}}|\"(\w+)\")?"


def spelled(message: str) -> str:
    """A message of the library with the options as the command line has them: `--max-order` for `max_order=`."""

    def option(match: re.Match[str]) -> str:
        value = f" {match[2]}={match[3]}" if match[2] else f" {match[4]}" if match[4] else ""
        return _PARAMETERS[match[1]] + value

    return re.sub(_PARAMETER, option, message)


class Request(NamedTuple):
    """What one command line asks for."""

    settings: Settings
    variables: tuple[Given, ...]
    help: str | None

    @property
    def files_of_numbers(self) -> list[str]:
        """What stands behind an @ where the command line gives numbers: files, and columns of them."""
        settings = self.settings
        texts = [*settings.weight_by, settings.along_direction or ""]
        found = [file for text in texts for file in re.findall(r"(?:^|=)\s*@([^,]*)", text)]
        return [variable.text[1:] for variable in self.variables if variable.text.startswith("@")] + found


def request(argv: Sequence[str], width: int = 80) -> Request:
    """Reads a command line, of which a help has so many columns. Raises UsageError for what no command line may hold,
    whatever the program."""
    columns = min(width, _WIDEST)
    with COMMAND.make_context("exprgrad", list(argv), terminal_width=columns, max_content_width=columns) as context:
        given = frozenset([name for name, _ in context.obj.arguments.options])
        fields = ["expression", *[OPTIONS[name].field for name in given]]
        settings = Settings(**DEFAULTS | {field: context.params[field] for field in fields}, given=given)
        if settings.draw_graph is not None:
            mode = GRAPHS[settings.draw_graph]
            if settings.mode != mode and MODE in given:
                other = next(name for name in GRAPHS if GRAPHS[name] == settings.mode)
                raise UsageError(
                    f"{DRAW_GRAPH} {settings.draw_graph} draws what {mode} mode makes",
                    hint=f"leave out {MODE} {settings.mode}, or write {DRAW_GRAPH} {other}",
                )
            settings = settings._replace(mode=mode)
        help = f"{context.get_help()}\n" if settings.help else None
        return Request(settings, context.obj.arguments.variables, help)
