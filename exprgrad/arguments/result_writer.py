"""Which form the output has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from exprgrad.arguments.table import (
    ARGUMENT_ORDER,
    CHECK_PROGRAM,
    DERIVATIVES_ONLY,
    DRAW_GRAPH,
    FULL_DOCUMENT,
    FUNCTION_NAME,
    GROUP_BY,
    INLINE_NAMES,
    MAX_ORDER,
    MAXIMIZE_OVER,
    MINIMIZE_OVER,
    MODE,
    NUMBER_FORMAT,
    PLOT_OVER,
    REDUCE_ROWS,
    ROWS_FROM,
    SHOW_STEPS,
    SOLVE_FOR,
    SQL_FORM,
    SWEEP_OVER,
)
from exprgrad.compiled import MODES
from exprgrad.diagnostics import Report, UsageError, listed
from exprgrad.files import STANDARD, ending_of
from exprgrad.outcomes import columns_of
from exprgrad.records import NamedTuple
from exprgrad.result import Result
from exprgrad.rows.formats import ENDINGS
from exprgrad.rows.formats import NAMES as ROW_FORMATS
from exprgrad.targets import TARGETS, Language
from exprgrad.views import EQUATIONS, FORMATS, GRAPHS, PICTURES, PLOTS, RESULTS, SIGNATURES, EquationForm, OutputForm
from exprgrad.views.numbers import NumberFormat, formatted, shortest

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings


# What a shell needs to go on.
_OF_SHELLS: Final = ("PATH", "IFS", "HOME", "SHELL", "USER", "PWD")


class ResultWriter(NamedTuple):
    """How the output is written: in which form, the numbers how, where that is asked for, in how many columns of a
    terminal, and whether without the values of results."""

    format: str
    number: NumberFormat | None
    width: int
    derivatives_only: bool = False

    @property
    def told_by(self) -> str | None:
        """The method of a function that tells of a run, where that is what is asked for."""
        return FORMATS[self.format].told_by

    def result(self, result: Result) -> str:
        """A result in this form."""
        show = FORMATS[self.format].show
        assert show is not None, "a form that shows no results is refused"
        if self.derivatives_only:
            result = Result(
                result.inputs,
                tuple([x._replace(value=None, standard_error=None) for x in result.outcomes]),
                result.notes,
            )
        return show(result, self.number or shortest, self.width)

    def reports(self, result: Result) -> list[Report]:
        """What is told of a result in this form: a shell that evaluates it has variables of its own."""
        names = [name for name, _ in columns_of(result.outcomes) if name in _OF_SHELLS] if self.format == "env" else []
        return [Report(f"{name} is a variable of shells", hint="give the result another name") for name in names]


# The forms of a program that is written down instead of run.
WRITTEN_DOWN: Final[Mapping[str, EquationForm | Language]] = {**EQUATIONS, **TARGETS}
# What is more than one evaluation.
UNTOLD: Final = (ROWS_FROM, SWEEP_OVER, SOLVE_FOR, MINIMIZE_OVER, MAXIMIZE_OVER)


def result_writer(settings: Settings, width: int) -> ResultWriter:
    """The form that is asked for, else the one that the output file's ending says, else text where it has none."""
    ending = ending_of(settings.output_file or "")
    name = settings.output_format or _by_ending(settings, ending)
    form = FORMATS.get(name)
    _check_written(settings, name)
    if name in WRITTEN_DOWN and settings.rows_from:
        raise UsageError(f"{name} writes the program down, which reads no rows", hint=f"leave out {ROWS_FROM}")
    if form is None and name not in WRITTEN_DOWN:
        forms = f"write -f with one of {', '.join(RESULTS)}"
        if not settings.rows_from:
            raise UsageError(f"{name} is a format of rows", hint=f"add {ROWS_FROM} FILE, or {forms}")
        raise UsageError(f"{name} is a format of rows, but {REDUCE_ROWS} gives one result", hint=forms)
    if settings.draw_graph is not None and (form is None or form.drawn_by is None):
        hint = f"write -f {', '.join(PICTURES[:-1])} or {PICTURES[-1]}"
        if name in PLOTS:
            hint = f"write -f svg: a browser makes a {name} of it, and so does rsvg-convert -f {name}"
        raise UsageError(f"{name} is no form of a graph", hint=hint)
    if form is None:  # the program is written down
        return ResultWriter(name, None, width)
    if form.told_by:
        other = next((option for option in UNTOLD if option in settings.given), None)
        if other is not None:
            raise UsageError(f"{other} does not fit {name}, which tells of one evaluation", hint="leave it out")
    if settings.draw_graph is None and form.show is None and form.told_by is None:
        asked = [f"{DRAW_GRAPH} {graph}" for graph in GRAPHS] if form.drawn_by else []
        asked += [f"{PLOT_OVER} x=-3:3"] if form.plots else []
        kinds = " and ".join([kind for kind, has in (("graphs", form.drawn_by), ("plots", form.plots)) if has])
        raise UsageError(f"{name} is a form of {kinds}", hint=f"add {', or '.join(asked)}")
    if settings.show_steps and form.told_by:
        raise UsageError(f"{SHOW_STEPS} does nothing beside {name}, which shows them", hint="leave it out")
    if settings.show_steps and name != "text":
        raise UsageError(f"{SHOW_STEPS} does not fit {name}: steps are text for a reader", hint=f"leave {name} out")
    if settings.draw_graph is not None and settings.max_order > 1:
        hint = f"leave out {MAX_ORDER} {settings.max_order}; the nodes of a derivative are those of diff(c, x)"
        raise UsageError("a drawing shows first derivatives", hint=hint)
    number = formatted(settings.number_format) if settings.number_format is not None else None
    if number is not None and form.exact:
        raise UsageError(f"{NUMBER_FORMAT} does not fit {name}: it holds exact numbers", hint="leave it out")
    if settings.derivatives_only and not settings.max_order:
        raise UsageError(f"{DERIVATIVES_ONLY} and {MAX_ORDER} 0 leave nothing", hint="leave one of them out")
    if settings.derivatives_only and name not in ("text", "values"):
        raise UsageError(f"{DERIVATIVES_ONLY} does not fit {name}", hint="leave it out, or write -f values")
    return ResultWriter(name, number, width, settings.derivatives_only)


def plot_form(settings: Settings) -> str:
    """The form of a plot that is asked for, else the one that the output file's ending says, else text."""
    name = settings.output_format or _by_ending(settings, ending_of(settings.output_file or ""))
    if name not in PLOTS:
        raise UsageError(f"{name} is no form of a plot", hint=f"write -f {', '.join(PLOTS[:-1])} or {PLOTS[-1]}")
    if settings.mode != MODES[0]:
        raise UsageError(f"plots run as a {MODES[0]} graph", hint=f"leave out {MODE} {settings.mode}")
    return name


def signature_form(settings: Settings) -> str:
    """The form of the inputs and results of a program: the one that is asked for, else the one that the output file's
    ending says, else text."""
    name = settings.output_format or _by_ending(settings, ending_of(settings.output_file or ""))
    if name not in SIGNATURES:
        raise UsageError(f"{name} does not fit {CHECK_PROGRAM}", hint=f"write -f {listed(tuple(SIGNATURES), 'or')}")
    return name


def _check_written(settings: Settings, name: str) -> None:
    """Raises a UsageError for options about equations and functions where none are written."""
    for option, what in ((FUNCTION_NAME, "name"), (ARGUMENT_ORDER, "arguments")):
        if option in settings.given:
            if name not in TARGETS:
                hint = f"add -f {', '.join(TARGETS)}, or leave it out"
                raise UsageError(f"{option} is about a function that is written down", hint=hint)
            if name == "sql" and settings.sql_form != "macro":
                raise UsageError(f"a query has no {what}", hint=f"add {SQL_FORM} macro, or leave out {option}")
    equations = EQUATIONS.get(name)
    if settings.inline_names and equations is None:
        raise UsageError(f"{INLINE_NAMES} is about equations", hint=f"add -f {', '.join(EQUATIONS)}, or leave it out")
    if settings.full_document and not (equations and equations.document):
        documents = " or ".join([key for key, form in EQUATIONS.items() if form.document])
        raise UsageError(f"{FULL_DOCUMENT} does not fit {name}", hint=f"add -f {documents}, or leave it out")


def check_rows(settings: Settings) -> None:
    """Raises a UsageError for what rows cannot be written as, and for a mode that they do not run in."""
    if settings.mode != MODES[0]:
        raise UsageError(f"rows run as a {MODES[0]} graph", hint=f"leave out {MODE} {settings.mode}")
    known = None if settings.output_format in (*ROW_FORMATS, "text") else settings.output_format
    if not settings.has_result and known is not None:
        formats = ", ".join(ROW_FORMATS)
        instead = f", or leave out {GROUP_BY}" if settings.group_by else f", or {REDUCE_ROWS}"
        hint = f"write -f with one of {formats}{'' if settings.solve_for else instead}"
        raise UsageError(f"{settings.output_format} is no format of rows", hint=hint)


def _by_ending(settings: Settings, ending: str) -> str:
    """The form that the output file's ending stands for; text where there is none."""
    if not ending or settings.output_file == STANDARD:
        return "text"
    forms: dict[str, OutputForm | EquationForm | Language] = {**FORMATS, **WRITTEN_DOWN}
    name = next((name for name, form in forms.items() if ending in form.endings), None)
    if name is None and ending in ENDINGS:
        name = ENDINGS[ending].name.lower()
    if name is None:
        fit = [form for form in FORMATS.values() if _fits(form, settings)]
        endings = [known for form in fit for known in form.endings]
        if settings.draw_graph is None and not settings.plot_over:
            endings += [known for form in WRITTEN_DOWN.values() for known in form.endings]
        raise UsageError(
            f"cannot tell what to write into {settings.output_file}: {ending} stands for no form",
            hint=f"a file ends in {', '.join(endings)}; or say the form, as by -f text",
        )
    return name


def _fits(form: OutputForm, settings: Settings) -> bool:
    """Whether what a command line asks for may have a form."""
    if settings.plot_over:
        return form.plots
    return (form.show or form.told_by if settings.draw_graph is None else form.drawn_by) is not None
