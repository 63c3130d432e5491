"""The pipeline: `compile` turns text into a Function, a Function turns values into a Result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from exprgrad import expected, notations
from exprgrad.algebra import formulas
from exprgrad.batch import row_function
from exprgrad.derivatives import Computed, Multi, OutputKey, Task, before, keys, multi_indices, output_name
from exprgrad.diagnostics import (
    ErrorsIn,
    ExprError,
    NameProblem,
    Note,
    NotFetched,
    PositionProblem,
    ShapeProblem,
    UnsupportedError,
    UsageError,
    listed,
    meant,
    suggest,
)
from exprgrad.dynamic import record, traced, tracing
from exprgrad.jacobians import SparsePlaces
from exprgrad.kinks import settle
from exprgrad.lowering.checks import check, check_static, recursive
from exprgrad.notations import elsewhere
from exprgrad.numbers import arrays, memory
from exprgrad.numbers.arithmetic import from_caller, is_nan, owned, silent, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.budget import StepLimits
from exprgrad.ops.control import unreached
from exprgrad.ops.registry import Traced
from exprgrad.ops.structural import shape_of
from exprgrad.outcomes import Derivative, Outcome, Sparse
from exprgrad.plots import plot as plots
from exprgrad.result import Result
from exprgrad.static import defined, defining
from exprgrad.static import loops as static_loops
from exprgrad.syntax import equations as written_equations
from exprgrad.syntax.names import CONSTANTS, named_pieces, no_result, no_value, resolve
from exprgrad.syntax.parser import parse, parse_expression
from exprgrad.syntax.plan import inputs_read, plan
from exprgrad.syntax.tree import Assignment, ProgramTree, with_statements
from exprgrad.targets import TARGETS, target_named, writing
from exprgrad.text_tests import SPACES, TextTest
from exprgrad.views import draw
from exprgrad.views import formula as formula_views
from exprgrad.views import latex as latex_views
from exprgrad.views import mathml as mathml_views
from exprgrad.views import steps as step_views
from exprgrad.views.page import document, lesson

if TYPE_CHECKING:
    from typing import Literal

    from exprgrad.algebra.equations import Equation
    from exprgrad.batch.row_function import RowFunction
    from exprgrad.nodes import Nodes
    from exprgrad.plots.plot import Plot
    from exprgrad.program.program import Program
    from exprgrad.quick import Quick
    from exprgrad.solving.vector_function import VectorFunction
    from exprgrad.static.defining import StaticTask
    from exprgrad.static.loops import Loops
    from exprgrad.targets.target import Writer
    from exprgrad.views.steps import Steps

    Mode = Literal["static", "dynamic"]

MODES: Final = ("static", "dynamic")
_Found = TypeVar("_Found")
# For so many different shapes of the inputs a static function keeps its graphs.
SHAPES: Final = 100
# So many elements of an ndarray are searched for what deserves a note, unless one is asked for.
NOTED: Final = 10_000
_UNSOLVED: Final = "an equation is solved for a name, by --solve-for x or f.solve"
# The shapes of an input of which nobody has said what it is.
_PROBES: Final = ((), (3,), (3, 3))
# So many derivatives of one result at the most; what asks for more is a slip.
MOST: Final = 1_000_000


def compile(
    text: str,
    mode: Mode = "static",
    *,
    wrt: Sequence[str] | None = None,
    max_order: int = 1,
    fetch_names: Sequence[str] | None = None,
    override: Collection[str] = (),
    step_limit: int | None = None,
    along_direction: Mapping[str, Any] | None = None,
    full_jacobian: bool = False,
    weight_by: Any = None,
    sparse: bool = False,
    notation: str | None = None,
) -> Function:
    """Compiles a program.

    `mode`        "static" builds the whole graph first and then runs it, "dynamic" traces each call
    `wrt`         the inputs to differentiate by, all by default
    `max_order`   the highest order of derivatives; 0 for values only
    `fetch_names` the names to show instead of the results
    `override`    constants (`pi`, `tau`, ...) that are inputs of this program
    `step_limit`  so many steps of a run at the most: iterations of its loops, all of them together, and, outside of
                  loops and in one iteration, calls of the program's own functions; by default a loop may have 1,000,000
                  iterations, and a run 2,000,000
    `along_direction` the tangents of inputs: derivatives along that direction instead of by each input, by forward
                  mode, whose cost does not grow with the number of inputs; in an input's shape, or one number for
                  all its elements
    `full_jacobian` of a result with several elements the derivative of each, in its shape followed by the input's,
                  instead of that of their sum
    `weight_by`   of a result with several elements what each counts in that sum: the cotangent that the sweep starts
                  with; a value in the result's shape, or a mapping from the names of results
    `sparse`      like `full_jacobian`, and what has an axis for the elements of the value and for those of an input
                  is given as `exprgrad.Sparse`: only the elements that may be other than 0
    `notation`    what the text is written in, if not in this language: "latex", "spreadsheet", "python", "c",
                  "javascript", "matlab" or "mathematica"; the function's `text` is the translation

    Raises an ExprError, whose text shows the place, where the text is no program.

    >>> f = compile("c = a*b")
    >>> f(a=15, b=20)["c"]
    300.0
    """
    return Function(
        text,
        mode,
        wrt=wrt,
        max_order=max_order,
        fetch_names=fetch_names,
        override=override,
        step_limit=step_limit,
        along_direction=along_direction,
        full_jacobian=full_jacobian,
        weight_by=weight_by,
        sparse=sparse,
        notation=notation,
    )


def evaluate(
    text: str,
    values: Mapping[str, Any] | None = None,
    /,
    *,
    mode: Mode = "static",
    wrt: Sequence[str] | None = None,
    max_order: int = 1,
    fetch_names: Sequence[str] | None = None,
    step_limit: int | None = None,
    along_direction: Mapping[str, Any] | None = None,
    full_jacobian: bool = False,
    weight_by: Any = None,
    sparse: bool = False,
    notation: str | None = None,
    **named: Any,
) -> Result:
    """Compiles a program and runs it once, as the command does.

    Values are given by name, in a mapping or as keywords; an input that is called like one of the options, `mode` say,
    in the mapping. The options are those of `compile`. A constant that is given a value is an input.

    >>> evaluate("c = a*b", a=15, b=20).gradient("c")
    {'a': 20.0, 'b': 15.0}
    >>> evaluate("2*mode", {"mode": 3})["c"]
    6.0
    """
    given = {} if values is None else _values(values)
    for name, value in _values(named).items():
        if name in given:
            raise UsageError(f"{name} is given twice, in the mapping and as a keyword", hint="give it once")
        given[name] = value
    function = Function(
        text,
        mode,
        wrt=wrt,
        max_order=max_order,
        fetch_names=fetch_names,
        override=[name for name in given if name in CONSTANTS],
        step_limit=step_limit,
        along_direction=along_direction,
        full_jacobian=full_jacobian,
        weight_by=weight_by,
        sparse=sparse,
        notation=notation,
    )
    options = ("mode", *(evaluate.__kwdefaults__ or ()))
    if hidden := next((name for name in function.inputs if name in options and name not in given), None):
        hint = f'an input that is called like an option stands in a mapping, evaluate("...", {{"{hidden}": ...}})'
        raise NameProblem(f"no value for {hidden}", function.names.variables[hidden], hint=hint, source=text)
    return function.run(given)


def _as_option(name: str) -> list[str]:
    """What to do about an option that stands where values are given by name."""
    for called, takes in (("compile", compile), ("f.rows", Function.rows), ("f.minimize", Function.minimize)):
        options = takes.__kwdefaults__ or {}
        if option := name if name in options else suggest(name, options):
            return [f"the option {option} is one of {called}({option}=...)"]
    return []


def constant_value(text: str) -> tuple[Any, tuple[Note, ...]]:
    """The value of a constant expression such as `-5`, `1/3`, `2*pi` or `[1, 2]`, in nearest doubles, and its notes."""
    with ErrorsIn(text), _reading(text):
        expression = parse_expression(text)
        names = resolve(ProgramTree.of(expression, text))
        check(names)
        if names.inputs:
            name, span = next(iter(names.inputs.items()))
            raise NameProblem(
                f"a value cannot use the name {name}",
                span,
                hint=meant(
                    name,
                    CONSTANTS,
                    "a value is a constant expression: numbers, operators, functions, pi, tau, inf, nan",
                ),
            )
    result = Function(text, max_order=0).run({})
    return result.outcomes[0].value, result.notes


class Function:
    """A compiled program. Call it with a value for each input; see `compile`.

    Calls do not change it, so threads may share it, and it pickles as its text. Scalars run in rounded arithmetic
    (the same bytes everywhere), ndarrays on numpy.
    """

    def __init__(
        self,
        text: str,
        mode: Mode = "static",
        *,
        wrt: Sequence[str] | None = None,
        max_order: int = 1,
        fetch_names: Sequence[str] | None = None,
        override: Collection[str] = (),
        step_limit: int | None = None,
        along_direction: Mapping[str, Any] | None = None,
        full_jacobian: bool = False,
        weight_by: Any = None,
        sparse: bool = False,
        notation: str | None = None,
        equations: bool = False,
        beside: tuple[Assignment, ...] = (),
    ) -> None:
        """With `equations` a statement `left == right`, or `result = left == right`, is the difference of its sides.
        Statements `beside` those of the text stand each before the one whose span they have."""
        expected.choice("unknown mode", mode, MODES)
        expected.whole("the highest order", max_order, 0)
        if step_limit is not None:
            expected.whole("the step limit", step_limit, 1)
        full_jacobian = expected.flag("full_jacobian", full_jacobian)
        sparse = expected.flag("sparse", sparse)
        if not isinstance(text, str):
            raise UsageError(f"a program is a text, found {type(text).__name__}")
        is_chosen = fetch_names is not None
        if notation is not None:
            text, results = notations.translation_of(text, notation)
            fetch_names = results if fetch_names is None else fetch_names
        wrt = None if wrt is None else expected.names("wrt", wrt)
        fetch_names = None if fetch_names is None else expected.names("fetch_names", fetch_names)
        if is_chosen and not fetch_names:
            raise UsageError("fetch_names names at least one result", hint='fetch_names=["c"]')
        override = expected.names("override", () if override is None else override)
        for name in override:
            if name not in CONSTANTS:
                raise UsageError(f"{name} is no constant to override", hint=f"the constants are {', '.join(CONSTANTS)}")
        self.text = text
        self.mode = mode
        self.max_order = max_order
        self.wrt_named = wrt is not None
        self.fetch_named = is_chosen
        self._arguments: dict[str, Any] = {
            "wrt": wrt,
            "max_order": max_order,
            "fetch_names": fetch_names,
            "override": override,
            "step_limit": step_limit,
            "along_direction": along_direction,
            "full_jacobian": full_jacobian,
            "weight_by": weight_by,
            "sparse": sparse,
            "equations": equations,
            "beside": beside,
        }
        full_jacobian = full_jacobian or sparse
        self._errors_in_text: Final = ErrorsIn(text)
        with self._errors_in_text:
            with _reading(text, is_program=True), memory.uncollected:
                tree = with_statements(parse(text), beside)
                self.names = resolve(tree, override)
                # The results that are such differences.
                self.differences: tuple[str, ...] = ()
                found = written_equations.equations(tree, self.names) if equations or "==" in text else {}
                # Where comparisons stand that look like equations, by the results that they are.
                self._compared = {} if equations else found
                if equations:
                    self.names = resolve(written_equations.differences(tree, found), override)
                    self.differences = tuple(found)
                check(self.names)
                self.results: tuple[str, ...] = self._chosen(fetch_names)
                if mode == "static":
                    check_static(self.names, self.results)
            self.inputs: tuple[str, ...] = tuple(self.names.variables)
            # What each of them is compared with that is a text.
            self.texts = self.names.texts
            self.wrt: tuple[str, ...] = self.names.numbers if wrt is None else self._differentiable(wrt)
            direction = None if along_direction is None else self._direction(along_direction)
        if direction is not None:
            if full_jacobian:
                raise UsageError("a jacobian and a direction exclude each other", hint="take one of them")
            if wrt is not None:
                raise UsageError("wrt and a direction exclude each other", hint="the direction names the inputs")
            self.wrt = ()
        if _too_many(len(self.wrt), max_order):
            raise UsageError(
                f"order {expected.shown(max_order)} by {listed(self.wrt)} asks for more than {MOST:,} derivatives",
                hint="ask for a lower order, or for fewer inputs with wrt=",
            )
        weights = {} if weight_by is None else self._weights(weight_by)
        if weights and (full_jacobian or direction is not None):
            other = "a jacobian" if full_jacobian else "a direction"
            raise UsageError(f"weights and {other} exclude each other", hint="take one of them")
        self.task: Final = Task(
            self.names,
            self.results,
            self.wrt,
            max_order,
            StepLimits() if step_limit is None else StepLimits(step_limit, step_limit),
            direction,
            full_jacobian,
            sparse,
            weights,
        )
        # The loops that dynamic mode runs as programs of their own; what they need is loaded when they are asked for.
        self._own_loops: Callable[[], Loops] = cache(lambda: static_loops.Loops())
        # The short way, once the same shapes have come twice; None where there is none.
        self._quick: Quick | None = None
        self._without_quick: StaticTask | None = None  # the task that was last found to have none
        # By the shapes of the inputs.
        self._compiled: dict[tuple[Any, ...], StaticTask] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (_unpickle, (self.text, self.mode, self._arguments))

    def __repr__(self) -> str:
        return f"<exprgrad function ({', '.join(self.inputs)}) -> {', '.join(self.results)}, {self.mode}>"

    def _chosen(self, fetch_names: Sequence[str] | None) -> tuple[str, ...]:
        if fetch_names is None:
            if not self.names.results:
                raise no_result(self.names)
            return self.names.results
        known = dict.fromkeys([*self.names.assigned, *self.names.numbers, *self.names.constants])
        for name in fetch_names:
            if name in self.names.unsure:
                statement, span = self.names.unsure[name], self.names.assigned[name]
                raise no_value(name, statement, self.names.events, span, "at the end")
            if name not in known:
                raise NotFetched(
                    f"the program has no name {name} to fetch",
                    hint=meant(name, known, f"its names are {', '.join(known)}"),
                )
        return tuple(dict.fromkeys(fetch_names))

    def _differentiable(self, wrt: Sequence[str]) -> tuple[str, ...]:
        self.names.check_numbers(wrt, "differentiated by")
        for name in wrt:
            if name in self.names.inputs:
                continue
            if name in self.names.assigned:
                raise NameProblem(
                    f"{name} is computed by the program, so nothing can be differentiated by it",
                    self.names.assigned[name],
                    hint=self._instead_of_wrt(name),
                )
            raise NameProblem(
                f"the program has no input {name} to differentiate by",
                hint=meant(name, self.inputs, f"the inputs are {', '.join(self.inputs) or 'none'}"),
            )
        return tuple(dict.fromkeys(wrt))

    def _instead_of_wrt(self, name: str) -> str:
        """How the derivative by a name that the program computes is asked for: in the program."""
        inputs = f"the inputs are {', '.join(self.inputs) or 'none'}"
        result = next((result for result in self.results if result != name), None)
        if result is None or name in self.names.unsure or self.names.assigned.get(result) is None:
            return inputs
        return f"add diff({result}, {name}) to the program; {inputs}"

    def _direction(self, tangents: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        moving = expected.by_name("a direction is", tangents, 'along_direction={"a": 1}')
        if not self._differentiable(tuple(moving)):
            raise UsageError("a direction names at least one input", hint='along_direction={"a": 1}')
        numbers = {name: _factor(name, value) for name, value in moving.items()}
        # In the order of the inputs, so that nothing depends on how it was written.
        return tuple((name, numbers[name]) for name in self.inputs if name in numbers)

    def _weights(self, weights: Any) -> dict[str, Any]:
        """The weights by the results that they belong to."""
        if not isinstance(weights, Mapping):
            if len(self.results) != 1:
                raise UsageError(
                    f"the results are {listed(self.results)}: weights for which?",
                    hint=f'weight_by={{"{self.results[0]}": ...}}',
                )
            weights = {self.results[0]: weights}
        found = expected.by_name("weights are", weights, 'weight_by={"c": [1, 2]}')
        for name in found:
            if name not in self.results:
                raise NameProblem(
                    f"the program has no result {name} to weight",
                    hint=meant(name, self.results, f"the results are {listed(self.results)}"),
                )
        return {name: _factor(name, value) for name, value in found.items()}

    def __call__(self, /, *mapping: Any, **values: Any) -> Result:
        """Runs the program with values by name, also in a mapping that comes first. Raises an ExprError for missing or
        unknown names, and for what cannot be run."""
        if mapping:
            if len(mapping) > 1 or not isinstance(mapping[0], Mapping):
                named = ", ".join([f"{name}=..." for name in self.inputs])
                raise UsageError("values are given by name", hint=f"f({named})")
            return self.run({**mapping[0], **values})
        return self.run(values)

    def run(self, values: Mapping[str, Any], *, notes: bool | None = None) -> Result:
        """Like a call, with the values in a mapping; `notes` says whether to search for what deserves one, which costs
        about as much as the value: by default unless an ndarray has more than 10,000 elements."""
        if self._quick is not None and type(values) is dict and (found := self._quick(values)) is not None:
            return found
        try:
            with self._errors_in_text:
                numbers = self.operands(values)
                if notes is not None:
                    expected.flag("notes", notes)
                else:
                    notes = not any(is_array(x) and x.size > NOTED and x.dtype != object for x in numbers.values())
                with silent():
                    run = self._run(numbers, notes)
        except MemoryError:
            raise memory.exhausted() from None
        computed = dict(zip(run.values, owned(list(run.values.values()), list(numbers.values())), strict=True))
        outcomes = self._outcomes(computed, numbers, run.places)
        told = list(run.notes)
        if notes:
            told += self._hidden_nans(numbers, outcomes)
            told += [
                Note(f"{outcome.name} is 1 where both sides are equal, else 0", self._compared[outcome.name], _UNSOLVED)
                for outcome in outcomes
                if outcome.name in self._compared and outcome.derivatives
            ]
            for name, outcome in zip(self.results, outcomes, strict=True):
                task = self.task
                summed = not (task.full_jacobian or task.direction or name in task.weights)
                if summed and is_array(outcome.value) and outcome.value.size > 1 and outcome.derivatives:
                    message = f"{name} has {outcome.value.size} elements: its derivative is that of their sum"
                    told.append(Note(message, task.place(name)))
        inputs = {x: values[x] if x in self.texts else to_python(numbers[x]) for x in self.inputs}
        return Result(inputs, tuple(outcomes), tuple(sorted(dict.fromkeys(told), key=lambda n: (n.span, n.message))))

    def _hidden_nans(self, numbers: Mapping[str, Any], outcomes: Sequence[Outcome]) -> list[Note]:
        """The notes on results that are none, though an input that they read is nan."""
        nans = {name for name, x in numbers.items() if not is_array(x) and is_nan(x)}
        hidden = [outcome.name for outcome in outcomes if not is_nan(outcome.value)] if nans else ()
        hint = "a comparison with nan is false"
        return [
            Note(f"{x} is nan, and {name} is not", self.names.inputs[x], hint)
            for name in hidden
            for x in inputs_read(self.names, [name])
            if x in nans
        ]

    def exact_digits(self, digits: int | None = None, /, **values: Any) -> Result:
        """The results and derivatives with so many significant digits, each of them proven, or without `digits` the
        doubles nearest to the true numbers.

        All is enclosed in balls from the inputs on, with more and more bits, until every digit is certain: a float is
        the double that it is, a text, a `Fraction` or a `Decimal` the number that it says, and so are the literals of
        the program. What no digits decide, such as a difference that is 0 but for what is not seen to be so, is nan,
        printed as undecided, and `notes` has how near to 0 it is.

        Raises an UnsupportedError for arrays, directions and jacobians, and an EvaluationError where a condition is not
        decided.

        >>> f = compile("c = a*b + 0.1")
        >>> print(f.exact_digits(30, a="1/3", b="pi").outcomes[0].value)
        1.14719755119659774615421446109
        >>> f.exact_digits(a="0.1", b="0.2")["c"], f(a=0.1, b=0.2)["c"]
        (0.12, 0.12000000000000001)
        """
        from exprgrad.digits.exact import exact

        with self._errors_in_text:
            return exact(self, digits, values)

    def shared(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of some inputs, as what all rows share: doubles, or rounded arrays."""
        found = {key: number for name, x in _values(values).items() for key, number in self._operands(name, x)}
        return {name: x if is_array(x) else float(x) for name, x in found.items()}

    def rows(
        self,
        engine: str = "auto",
        *,
        reduce: str | None = None,
        threads: int | None = None,
        group_by: str | Sequence[str] | None = None,
        keep_columns: str | Sequence[str] | None = None,
    ) -> RowFunction:
        """The same function over columns, where each row is one evaluation with derivatives of its own.

        `engine`  "numpy"; "native", machine code in doubles (needs the extra `fast`); "rounded", in rounded arithmetic,
                  machine code too with that extra; "auto" is rounded where the extra is installed, else numpy
        `reduce`  "sum", "mean", "max" or "min": that over all rows, and its derivatives by what is no column; where
                  several rows reach a maximum, they are the means of theirs, and `notes` says so
        `threads` by default one for each processor
        `group_by` a column, or several, of the table or given by name: the same for each group of rows that have the
                  same cells there, with the columns and how many `rows` a group has as the inputs of the result
        `keep_columns`
                  names: which columns of the table stay beside the results, by default all, as `inputs` of the result

        >>> compile("c = a*b").rows()(a=[1, 2, 3], b=20).derivative("c", "b")
        array([1., 2., 3.])
        >>> compile("c = a*b").rows(reduce="sum")(a=[1, 2, 3], b=20).gradient("c")
        {'b': 6.0}
        """
        with self._errors_in_text:
            return row_function.RowFunction(self, engine, reduce, threads, group_by, keep_columns)

    def native(self, *, reduce: str | None = None, threads: int | None = None) -> RowFunction:
        """The same function over columns as machine code: `rows("native")`."""
        return self.rows("native", reduce=reduce, threads=threads)

    def scipy(self, variables: Sequence[str] | Mapping[str, tuple[int, ...]], /, **values: Any) -> VectorFunction:
        """The same function of one vector, as `scipy.optimize` takes it: its value, gradient and Hessian, or the values
        of several results and their Jacobian.

        The vector is of the inputs named, which are numbers, or have the shapes that a mapping gives; the other inputs
        are given as keywords. An equation `left == right` is what is left of it, `left - right`, as in `solve`. It
        needs no SciPy, and is compiled at the order that is asked for.

        >>> f = compile("(1 - x)^2 + b*(y - x^2)^2").scipy(["x", "y"], b=100)
        >>> f.value([0, 1]), f.gradient([0, 1])
        (101.0, array([ -2., 200.]))
        """
        from exprgrad.solving.vector_function import VectorFunction

        with self._errors_in_text:
            return VectorFunction(self.changed(equations=True), variables, values)

    def solve(self, unknowns: Any, /, **values: Any) -> Result:
        """The unknowns for which the equations hold, and the other results there, with their derivatives by the other
        inputs; and what is left of the equations.

        Equations are the statements `left == right`, which stand for `left - right`; where there is none, all results
        are to be 0. Unknowns are names, which start from their values, or a mapping to these, `{"x": 1}`; or one with
        two ends, `{"x": (0, 2)}`, between which it is looked for. `fetch_names` may name unknowns, and chooses what
        there is then. Raises an UnsolvedError where nothing is found. Needs the extra `solve`.

        >>> result = compile("x^2 == a").solve("x", a=2, x=1)
        >>> result["x"], result.derivative("x", "a")
        (1.4142135623730951, 0.35355339059327373)
        """
        from exprgrad.solving.solve import solve

        with self._errors_in_text:
            return solve(self, unknowns, values)

    def minimize(
        self,
        unknowns: Sequence[str] | Mapping[str, Any],
        /,
        *,
        standard_errors: str | None = None,
        residuals: int | None = None,
        **values: Any,
    ) -> Result:
        """The unknowns for which the result is least, from their values, with their derivatives by the other inputs,
        and the result there with its own. Unknowns are names, or a mapping to their starts, `{"x": 0}`. Of several
        results it is the first of `fetch_names`, and the others are computed there; unknowns may be among these names.
        Raises an UnsolvedError where no minimum is found. Needs the extra `solve`.

        `standard_errors` of a fit: "scaled", where the result is a sum of squared residuals, by their scatter;
        "absolute", where each of these is divided by its own standard error; "likelihood", where it is a negative
        log-likelihood. How many `residuals` there are is said where the result is not written as their squares. What
        comes back is a `Fit`, which has the `covariance`.

        >>> result = compile("(x - a)^2 + 1").minimize("x", a=3, x=0)
        >>> result["x"], result["c"], result.gradient("x")
        (3.0, 1.0, {'a': 1.0})
        """
        from exprgrad.solving.minimize import minimize

        with self._errors_in_text:
            return minimize(self, unknowns, values, standard_errors=standard_errors, residuals=residuals)

    def maximize(
        self,
        unknowns: Sequence[str] | Mapping[str, Any],
        /,
        *,
        standard_errors: str | None = None,
        **values: Any,
    ) -> Result:
        """The same for which it is largest; `standard_errors` are "likelihood", of a log-likelihood."""
        from exprgrad.solving.minimize import minimize

        with self._errors_in_text:
            return minimize(self, unknowns, values, largest=True, standard_errors=standard_errors)

    def changed(self, **arguments: Any) -> Function:
        """The same program, compiled with other arguments."""
        return Function(self.text, self.mode, **{**self._arguments, **arguments})

    def check(self, /, **shapes: tuple[int, ...]) -> None:
        """Raises an ExprError for what is wrong with the program for inputs of these shapes; nothing is computed.

        An input that is not named may be a number, a vector or a matrix: what is wrong is so for each of them. Dynamic
        mode, which has no graph before it runs, finds nothing that `compile` has not found.

        >>> compile("c = a + [1, 2]").check(a=(2,))
        """
        self._check_shapes(shapes)
        if self.mode == "dynamic":
            return
        first: ExprError | None = None
        for shape in _PROBES:
            ranks = [shapes.get(name, shape if name in self.names.numbers else ()) for name in self.names.inputs]
            try:
                with self._errors_in_text:
                    defining.StaticTask(self.task, ranks)
                return
            except ExprError as problem:
                first = first or problem
                if (problem.message, problem.span) != (first.message, first.span):
                    return
        assert first is not None
        raise first

    def program(self, /, **shapes: tuple[int, ...]) -> Program:
        """The flat program of all values and derivatives, for inputs of these shapes; those not named are numbers.

        It is plain data: it pickles, equals that of the same function, prints, and runs in an `exprgrad.Interpreter`
        without its text. At a kink a derivative is the one that the operation's convention gives.

        >>> print(compile("c = a*b").program())
        %0 = absent
        %1 = input a
        %2 = input b
        %3 = mul %1 %2
        %4 = seed %3
        %5 = mul %4 %2
        %4 = mul %4 %1
        output c = %3, dc/da = %5, dc/db = %4
        """
        self._check_shapes(shapes)
        with self._errors_in_text:
            graph = defining.StaticTask(self.task, [shapes.get(name, ()) for name in self.names.inputs])
            if self.task.matrix(graph.nodes, graph.inputs) is not None:
                raise UsageError(
                    "a jacobian has no program of its own", hint="name the elements that are differentiated"
                )
            return graph.program()

    def _check_shapes(self, shapes: Mapping[str, Any]) -> None:
        """Raises for what is no shape of an input."""
        for name, shape in shapes.items():
            if name not in self.names.numbers:
                raise NameProblem(f"the program has no input {name}", hint=f"its inputs are {listed(self.inputs)}")
            expected.shape(f"the shape of {name}", shape, f"{name}=(3,)")

    def nodes(self, values: Mapping[str, Any] | None = None) -> Nodes:
        """What `exprgrad.draw` shows: the static graph, with what flows in it if there are values, or the trace.

        Raises a UsageError for derivatives along a direction, with weights, or as jacobians: a picture shows those of
        the backward pass, from a sum."""
        self._check_backward("a picture")
        if self.task.full_jacobian:
            raise UsageError(
                "a picture shows the derivatives of a sum, not a jacobian", hint="leave full_jacobian= and sparse= out"
            )
        if values is None and not self.inputs:
            values = {}
        with self._errors_in_text:
            if self.mode == "dynamic":
                if values is None:
                    endless = recursive(self.names, plan(self.names, self.results)) is not None
                    raise UsageError(
                        f"a trace comes about by running, which needs a value for {listed(self.inputs)}",
                        hint="give one" if endless else "the graph of operations can be drawn without any",
                    )
                return traced.traced(self.text, self.task, self.operands(values))

            return defined.defined(self.text, self.task, None if values is None else self.operands(values))

    def steps(self, /, **values: Any) -> Steps:
        """What each operation computes, and what it adds to which first derivative; `print` it.

        It is told from a run in dynamic mode, whatever the mode: both compute the same. Raises a UsageError for
        derivatives along a direction or with weights.

        >>> print(compile("a*b").steps(a=15, b=20))
        Forward:
          c = a*b: 15.0 * 20.0 = 300.0
        Backward from c:
          c                       c += 1.0
          c = a*b  d(u*v)/du = v  a += 1.0 * 20.0 = 20.0
                   d(u*v)/dv = u  b += 1.0 * 15.0 = 15.0
          Derivative of c with respect to a = 20.0
          Derivative of c with respect to b = 15.0
        """
        self._check_backward("a list of steps")
        with self._errors_in_text:
            numbers = self.operands(values)
            told = record.recorded(self.task, self.text, tracing.trace(self.task, numbers))
        result = self.run(values, notes=False)
        settled = {} if self.task.full_jacobian else {name: result.gradient(name) for name in self.results if self.wrt}
        return step_views.Steps(told, settled)

    def plot(self, /, *, points: Any = None, curves: Any = None, y_scale: str = "linear", **given: Any) -> Plot:
        """The results over a range of an input, and below them their derivatives by it; over two ranges contours and
        gradients. A notebook shows it, `print` writes it in characters, and `figure()` is matplotlib's.

        A range is a tuple of its ends, `x=(-3, 3)`, or `x=(1e-3, 1e3, "log")`; the other inputs have values. `points`
        is a table (a mapping, a data frame) of what was measured: points in the plot of each result that a column is
        called like, over the column of the variable. `curves` gives inputs several values, `{"w": [1, 2, 3]}`, with a
        curve for each. With `y_scale="log"` results lie upright on a logarithmic axis. An input of the
        program that is called like one of these is meant where it has one. Needs the extra `plot`.

            compile("sin(w*x)/x").plot(x=(-3, 3), w=2)
        """
        options = {"points": points, "curves": curves, "y_scale": y_scale}
        plain = {"points": None, "curves": None, "y_scale": "linear"}
        for name in [name for name, x in options.items() if x is not plain[name] and name in self.inputs]:
            given, options[name] = {**given, name: options[name]}, plain[name]
        with self._errors_in_text:
            return plots.plot_given(self, expected.by_name("the inputs are", given, "f.plot(x=(-3, 3))"), **options)

    def _check_backward(self, what: str) -> None:
        """Refuses what has no backward pass from the sum of a result."""
        if self.task.direction is not None:
            raise UsageError(
                f"{what} shows the derivatives of the backward pass, not along a direction",
                hint="leave along_direction= out",
            )
        if self.task.weights:
            raise UsageError(f"{what} shows derivatives without weights", hint="write sum(w*result) in the program")

    def page(self, /, **values: Any) -> str:
        """A page of HTML to learn from, in one file: formulas, values to change, both pictures, and the run to step
        through, forward and backward.

        It opens in the function's mode. Raises a UsageError for derivatives along a direction, with weights, or as
        jacobians, and an UnsupportedError for a run with too many steps.
        """
        self._check_backward("a page")
        if self.task.full_jacobian:
            raise UsageError(
                "a page shows the derivatives of a sum, not a jacobian", hint="leave full_jacobian= and sparse= out"
            )
        made = self._lesson(values)
        with self._errors_in_text:
            return document.page(made)

    def _lesson(self, values: Mapping[str, Any]) -> lesson.Lesson:
        """What a page is about."""
        self._check_textless("a page")
        result = self.run(values)
        with self._errors_in_text:
            numbers = self.operands(values)
        shapes: dict[str, Any] = {name: shape_of(x) for name, x in numbers.items()}
        return lesson.Lesson(
            self.text,
            self.mode,
            self.task,
            numbers,
            result,
            {name: result.gradient(name) for name in self.results if self.wrt and self.max_order},
            _or_why(lambda: self.equations(**shapes)),
            "they are arrays, and what is written down computes with numbers"
            if any(shapes.values())
            else _or_why(lambda: self._to_be_written("javascript", "f", (), None, {})[1]),
        )

    def source(
        self,
        language: str = "python",
        *,
        name: str = "f",
        argument_order: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> str:
        """The function as a text that runs elsewhere: the value and the derivatives as exprgrad's, in doubles.

        `language` is "python": a module that needs `math` alone, with a function `name` that takes the inputs, numbers,
        and gives a dict of the outputs by the names that columns have: `c`, `dc_da`, `d2c_da_db`, `dc_along`; "c": a
        function that fills a struct with these fields, to compile, or with `form="header"` for other files to include;
        or "javascript": a module that exports a function, which gives an object. An input with the name of a word that
        the text needs, such as abs or float, is called abs_ there.

        "sql" is a query that adds them as columns to a table whose columns are the inputs; `table="t"` names it,
        `keep_columns=["id"]` chooses which of its columns stay, all by default,
        `form="macro"` makes a function to call in queries, and `dialect=` is "duckdb", "postgres", or another one that
        sqlglot translates into.

        "numpy", "jax" and "torch" are functions of numbers or arrays of that library, element by element, and "onnx" is
        a graph of operators on vectors.

        Arguments come in the order in which the program names them first; those in `argument_order` come before the
        others. Inputs that have one of the `values`, numbers or texts, are no parameters but constants, and by default
        nothing is differentiated by them.

        Raises an UnsupportedError for what the language cannot say, such as a value that is an array, and a UsageError
        where `wrt` or `along_direction` names an input that has a value.

        >>> print(compile("c = a*b").source("javascript").partition("export ")[2].strip())
        function f(a, b) {
            let c = a*b;
            let dc_da = b;
            let dc_db = a;
            if (Number.isNaN(c)) {
                dc_da = dc_db = NaN;
            }
            return {
                c,
                dc_da,
                dc_db,
            };
        }
        """
        made, task = self._to_be_written(language, name, argument_order, values, options)
        with self._errors_in_text:
            return made.written(task)

    def encoded(
        self,
        language: str = "python",
        *,
        name: str = "f",
        argument_order: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> bytes:
        """What a file with `source()` holds, which of "onnx" is a model: `onnx.load_from_string` reads it."""
        made, task = self._to_be_written(language, name, argument_order, values, options)
        with self._errors_in_text:
            return made.encoded(task)

    def _to_be_written(
        self,
        language: str,
        name: str,
        argument_order: Sequence[str],
        values: Mapping[str, Any] | None,
        options: Mapping[str, Any],
    ) -> tuple[Writer, writing.Writing]:
        """What writes the function down, and what it is to write."""
        from exprgrad.program.compilation import assemble

        made = target_named(language, **options)
        fixed = expected.by_name("values are", {} if values is None else values, 'values={"a": 1}')
        self._check_known(fixed)
        if not TARGETS[language].has_texts:
            self._check_textless(f"what is written down as {language}", "; -f sql compares texts", given=fixed)
        if not (isinstance(name, str) and name.isidentifier()):
            raise UsageError(f"a function's name is an identifier, found {expected.shown(name)}", hint="call it f, say")
        if made.is_no_function(name):
            raise UsageError(f"{name} is a word of {language}, no name for a function", hint="call it f, say")
        first = self._first_arguments(argument_order, fixed)
        task = self._without_moving(fixed)
        if task.full_jacobian or task.weights:
            what = "weights" if task.weights else "a jacobian"
            raise UsageError(f"{what} of numbers alone: each result has one value", hint="leave it out")
        with self._errors_in_text:
            try:
                graph = defining.StaticTask(task, [()] * len(self.names.inputs))
            except (PositionProblem, ShapeProblem) as problem:
                problem.hint = "the inputs of what is written down are numbers: name elements, as in c0 = x0*y0"
                raise
            nodes = graph.complete(keys(task))
            constants = self._fixed(fixed)
            # Only now, so that a diff() of the program by one of them was the derivative by an input.
            for input, number in constants.items():
                graph.inputs[input].value = number
            places = {key: i for i, key in enumerate(nodes)}
            listing = [(output_name(key, task), [places[earlier] for earlier in before(key)]) for key in nodes]
            outputs_named = [output for output, _ in listing]
            if twice := next((output for output in outputs_named if outputs_named.count(output) > 1), None):
                raise UsageError(f"two outputs would be called {twice}", hint="rename that variable")
            arguments = [x for x in graph.inputs.values() if x.name not in constants]
            arguments.sort(key=lambda x: first.get(x.name or "", len(first)))
            program = assemble(list(nodes.values()), arguments)
            calls = [
                (call.function, len(call.arguments), call.span)
                for call in self.names.calls
                if call.function not in self.names.functions
            ]
            shown = {x: value if x in self.texts else to_python(constants[x]) for x, value in fixed.items()}
            return made, writing.Writing(name, self.text, program, named_pieces(self.names), listing, calls, shown)

    def _first_arguments(self, order: Sequence[str], values: Collection[str]) -> dict[str, int]:
        """The places of the arguments that come first. Raises a UsageError for what is no argument."""
        found: dict[str, int] = {}
        for name in expected.names("the order of arguments", order):
            if name not in self.inputs:
                hint = meant(name, self.inputs, f"its inputs are {', '.join(self.inputs) or 'none'}")
                raise NameProblem(f"the order of arguments names {name}, which is no input", hint=hint)
            if name in values:
                raise UsageError(f"{name} has a value once and for all, so it is no argument", hint="leave it out")
            if name in found:
                raise UsageError(f"the order of arguments has {name} twice", hint="name each input once")
            found[name] = len(found)
        return found

    def _without_moving(self, values: Collection[str]) -> Task:
        """The task without derivatives by inputs that have values. Raises a UsageError where they were asked for."""
        task = self.task
        asked = dict(task.direction) if task.direction is not None else task.wrt if self.wrt_named else ()
        if both := next((name for name in asked if name in values), None):
            hint = "leave out its value, or do not differentiate by it"
            raise UsageError(f"{both} has a value once and for all, so nothing is differentiated by it", hint=hint)
        return task._replace(wrt=tuple([name for name in task.wrt if name not in values]))

    def _fixed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as the numbers of the program's inputs. Raises a UsageError for an array."""
        found = dict([pair for name, value in values.items() for pair in self._operands(name, value)])
        for name, number in found.items():
            if is_array(number):
                hint = "name its elements in the program, as in c0 = x0*y0"
                raise UsageError(f"the value of {name} is an array, and what is written down has numbers", hint=hint)
        return found

    def formula(self, *, inline: bool = False, **shapes: tuple[int, ...]) -> str:
        """The program and its derivatives as equations, which the language reads again.

        Derivatives are written with few operations and may speak of the program's names; `inline` writes everything
        out. Nothing that is computed comes from them. Inputs are numbers unless a shape says otherwise. Raises an
        UnsupportedError for what has no formula, such as a loop.

        >>> print(compile("sin(x^2)").formula(), end="")
        c = sin(x^2)
        dc/dx = 2*x*cos(x^2)
        """
        return formula_views.equations(self.equations(inline=inline, **shapes))

    def latex(self, *, inline: bool = False, document: bool = False, **shapes: tuple[int, ...]) -> str:
        r"""The same in LaTeX, for amsmath: a line each, or a `document` of its own.

        >>> print(compile("sin(x^2)").latex(), end="")
        c = \sin\left(x^{2}\right)
        \frac{d c}{d x} = 2 x \cos\left(x^{2}\right)
        """
        document = expected.flag("document", document)
        return latex_views.latex(self.equations(inline=inline, **shapes), document=document)

    def mathml(self, *, inline: bool = False, document: bool = False, **shapes: tuple[int, ...]) -> str:
        """The same in MathML Core: an element each in a line, or a page of its own as a `document`."""
        document = expected.flag("document", document)
        return mathml_views.mathml(self.equations(inline=inline, **shapes), document=document)

    def _repr_latex_(self) -> str | None:
        """What a notebook shows; None where there is no formula."""
        try:
            return f"$${latex_views.aligned(self.equations())}$$"
        except ExprError:
            return None

    def _repr_svg_(self) -> str | None:
        """The graph, where there is no formula: a notebook would show it instead. None of a trace, which needs values,
        and where it is too large."""
        try:
            shown = self.mode == MODES[0] and self._repr_latex_() is None
            return draw(self, output_format="svg") if shown else None
        except ExprError:
            return None

    def equations(self, *, inline: bool = False, **shapes: tuple[int, ...]) -> list[Equation]:
        """What `formula` writes, as equations between a name, or its derivative, and an expression of the language."""
        with self._errors_in_text:
            expected.flag("inline", inline)
            self._check_shapes(shapes)
            return formulas.task_equations(self.task, self.text, shapes, inline=inline)

    def _check_textless(self, what: str, instead: str = "", given: Collection[str] = ()) -> None:
        """Raises an UnsupportedError for a program that compares texts, where what is made of it has numbers alone and
        none of them is `given`."""
        for name in self.texts:
            if name in given:
                continue
            message = f"{what} is of numbers, and {name} is compared with a text"
            hint = f"compare a number, as in {name} == 1{instead}"
            raise UnsupportedError(message, self.names.variables[name], hint=hint, source=self.text)

    def operands(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as what the program computes with, in order: a number for each test of a text, too."""
        values = self.check_inputs(values)
        found = dict([pair for name in self.inputs for pair in self._operands(name, values[name])])
        return {name: found[name] for name in self.names.inputs}

    def _operands(self, name: str, value: Any) -> list[tuple[str, Any]]:
        """What a value is to the program: a number, or for each text that a text is compared with whether it is it."""
        if name not in self.texts:
            return [(name, _number(name, value))]
        if not isinstance(value, str):
            many = hasattr(value, "__len__") and not isinstance(value, bytes)
            hint = "f.rows() takes many" if many else f'{name}="{self.texts[name][0]}"'
            message = f"{name} is compared with a text, so its value is one, found {expected.shown(value)}"
            raise UsageError(message, hint=hint)
        text = value.strip(SPACES)
        if not text:
            raise UsageError(f"{name} is an empty text, which is a null", hint=f'{name}="{self.texts[name][0]}"')
        return [(TextTest(name, x).name, from_caller(text == x)) for x in self.texts[name]]

    def check_inputs(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values by the names of the inputs. Raises a NameProblem unless they are those that the program needs."""
        values = _values(values)
        self._check_known(values)
        missing = [name for name in self.inputs if name not in values]
        if missing:
            raise NameProblem(
                f"no value for {listed(missing)}",
                self.names.variables[missing[0]],
                hint="; ".join(
                    [
                        *self.names.computed_later(missing),
                        f"call it with {', '.join(f'{name}=...' for name in missing)}",
                        *elsewhere.unknown_names(missing, self.text),
                    ]
                ),
            )
        return values

    def _check_known(self, values: Collection[str]) -> None:
        """Raises a NameProblem for a value of what is no input."""
        for name in values:
            if name in self.inputs:
                continue
            if name in self.names.constants:
                raise NameProblem(f"{name} is a constant here", hint=f"compile(..., override=['{name}'])")
            if name in self.names.assigned:
                raise NameProblem(
                    f"{name} is computed by the program, so it takes no value",
                    self.names.assigned[name],
                )
            otherwise = "; ".join([*_as_option(name), f"its inputs are {', '.join(self.inputs) or 'none'}"])
            raise NameProblem(f"the program has no input {name}", hint=meant(name, self.inputs, otherwise))

    def _run(self, numbers: Mapping[str, Any], notes: bool) -> Computed:
        found = self._run_in_mode(numbers, notes)
        if not found.kinks:
            return found
        found = settle.settled(self.task, numbers, found)
        return found if notes else found._replace(notes=[])

    def _run_in_mode(self, numbers: Mapping[str, Any], notes: bool) -> Computed:
        loops: Callable[[], Loops] | None = self._own_loops
        if self.mode == "static":
            shapes = tuple(shape_of(number) for number in numbers.values())
            key: tuple[Any, ...] = shapes
            if self.task.has_jacobians(numbers):  # whose sweeps start with other zeros among rounded numbers
                key = (*shapes, tuple([is_array(x) and x.dtype == object for x in numbers.values()]))
            task = self._compiled.get(key)
            if task is None or not task.fits(numbers):
                if len(self._compiled) >= SHAPES:
                    self._compiled.clear()
                with memory.uncollected:
                    task = defining.StaticTask(self.task, shapes, numbers)
                    task.interpreter(notes)
                self._compiled[key] = task
            elif self._quick is None and self._without_quick is not task:  # it is called again and again
                from exprgrad.quick import Quick

                self._quick = None if self.texts or self._compared else Quick.of(task, keys(self.task))
                self._without_quick = task if self._quick is None else None
            found = task.run(numbers, notes=notes)
            if not notes:
                return found
            nan = any(map(is_nan, found.values.values()))
            # Where a nan came to be, and whether what a diff() gave counts, only a trace can tell: the values are the
            # same.
            if not (nan or ((found.notes or found.kinks) and self.names.diffs)):
                return found._replace(notes=[*task.notes, *found.notes])
            loops = None if nan else loops

        return tracing.run(self.task, numbers, notes=notes, loops=loops)

    def _outcomes(
        self, values: Mapping[OutputKey, Any], numbers: Mapping[str, Any], places: Mapping[OutputKey, SparsePlaces]
    ) -> list[Outcome]:
        """Fills in the derivatives that no path reaches: 0, or nan where what they are the derivative of is nan."""
        outcomes = []
        multis = multi_indices(len(self.wrt), self.max_order)
        sparse = self.task.sparse
        for name in self.results:
            value = values[name, ()]
            whole = self.task.by_elements(value)
            derivatives: list[Derivative] = []
            if (direction := self.task.direction) is not None:
                along = tuple((name, to_python(tangent)) for name, tangent in direction)
                before = value
                for order in range(1, self.max_order + 1):
                    number = values.get((name, (0,) * order))
                    before = number = self._filled(number, before, shape_of(value), True, (value,))
                    derivatives.append(Derivative((), to_python(number), along, order))
            known: dict[Multi, Any] = {(): value}
            for multi in multis:
                number = values.get((name, multi))
                by = self.task.by(multi)
                if sparse and ((name, multi) in places or self._is_sparse(value, numbers, multi)):
                    at = places.get((name, multi))
                    derivatives.append(Derivative(by, self._sparse(at, number, value, numbers, multi), (), len(multi)))
                    continue
                inputs = [numbers[self.wrt[i]] for i in multi]
                shape = sum(map(shape_of, inputs), shape_of(value)) if whole else shape_of(inputs[-1])
                number = self._filled(number, known[multi[:-1]], shape, whole, (inputs[-1], value, *inputs))
                known[multi] = number
                derivatives.append(Derivative(by, to_python(number), (), len(multi)))
            outcomes.append(Outcome(name, to_python(value), tuple(derivatives)))
        return outcomes

    def _is_sparse(self, value: Any, numbers: Mapping[str, Any], multi: Multi) -> bool:
        """Whether a derivative is shown by its elements: at least two of the value and the inputs have axes. It stays
        so where what is sparse, or has no elements, is differentiated by a number."""
        shapes = [shape_of(value), *(shape_of(numbers[self.wrt[i]]) for i in multi)]
        return sum(shape != () for shape in shapes) > 1

    def _sparse(
        self, at: SparsePlaces | None, number: Any, value: Any, numbers: Mapping[str, Any], multi: Multi
    ) -> Sparse:
        import numpy as np

        shape = sum([shape_of(numbers[self.wrt[i]]) for i in multi], shape_of(value)) if at is None else at.shape
        if at is None or number is None:
            return Sparse(shape, np.zeros((0, len(shape)), dtype=np.intp), np.zeros(0))
        places = np.stack(np.unravel_index(at.numbers, shape), axis=-1)
        return Sparse(shape, places, np.asarray(to_python(number)))

    @staticmethod
    def _filled(number: Any, before: Any, shape: tuple[int, ...], rows: bool, like: Sequence[Any]) -> Any:
        """A derivative with numbers where no path reaches: 0, or nan where what it is the derivative of is nan."""
        if shape:
            rows = rows or not shape_of(before)
            return arrays.without_gaps(number, shape, before, rows, next(x for x in like if is_array(x)))
        if number is None or number is ZERO:
            return unreached.compute((like[0], before))
        return number


def _or_why(found: Callable[[], _Found]) -> _Found | str:
    """What there is, or why there is none."""
    try:
        return found()
    except ExprError as problem:
        return problem.message


@contextmanager
def _reading(text: str, is_program: bool = False) -> Iterator[None]:
    """A block that reads a program, or a value; what it cannot read may be in the notation of another system."""
    try:
        yield
    except ExprError as problem:
        problem = elsewhere.explained(problem, text)
        raise (elsewhere.named(problem, text) if is_program else problem) from None


def _too_many(inputs: int, max_order: int) -> bool:
    """Whether the derivatives of all orders, (inputs + max_order)! / (inputs! * max_order!) of them, are too many."""
    count = 1
    for k in range(1, min(inputs, max_order) + 1):
        count = count * (inputs + max_order - k + 1) // k
        if count > MOST:
            return True
    return False


def _unpickle(text: str, mode: Mode, arguments: dict[str, Any]) -> Function:
    return Function(text, mode, **arguments)


def _values(values: Any) -> dict[str, Any]:
    return expected.by_name("the inputs are", values, 'f.run({"a": 1})')


def _number(name: str, value: Any) -> Any:
    if isinstance(value, Traced):
        raise UsageError(f"the value of {name} is a {value.kind}, no number", hint="give its value: item() or numpy()")
    try:
        return from_caller(value)
    except ExprError as problem:
        problem.message = f"the value of {name}: {problem.message}"
        raise


def _factor(name: str, value: Any) -> Any:
    """The same of what an element counts or moves: where it is 0, not even an infinite slope counts."""
    number = _number(name, value)
    if not is_array(number):
        return number
    return arrays.with_zeros(number)
