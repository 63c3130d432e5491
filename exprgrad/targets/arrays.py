"""What libraries of arrays for Python have in common: functions of arrays, element by element, without statements."""

from __future__ import annotations

import builtins
import inspect
import keyword
import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from exprgrad.targets.approximations import APPROXIMATED
from exprgrad.targets.expressions import SYMBOLS, Expression, leaves
from exprgrad.targets.meaning import called_operation
from exprgrad.targets.naming import free
from exprgrad.targets.python import docstring
from exprgrad.targets.straight import Straight, listed, straight
from exprgrad.targets.target import SIGN, Infix, Speller, Text, Writer, arithmetic
from exprgrad.targets.writing import OVERFLOWS, Writing, given, taken

# So many primitives stand in a line at the most.
_LARGEST: Final = 8
_SHAPES: Final = "Inputs are numbers or arrays, element by element; where a condition is nan all is nan."
_INDENT: Final = "    "
_COMPARISON: Final = 2
_OR: Final = 3
_AND: Final = 4


def _plus_zero(x: Any) -> Any:
    return SYMBOLS.where(SYMBOLS.equal(x, 0.0), SYMBOLS.abs(x), x)


# A compiler makes x of x + 0, which is 0 where x is -0.
_COMPOSED: Final[Mapping[str, Callable[..., Any]]] = {**APPROXIMATED, "plus_zero": _plus_zero}


class Arrays(Speller, Writer):
    """Writes a module with one function of numbers or arrays, which gives a dict of the value and the derivatives."""

    # The library's name, and the one under which it is imported.
    library: ClassVar[str]
    short: ClassVar[str]
    imports: ClassVar[str]
    # What is said at the head.
    remarks: ClassVar[Sequence[str]] = ()
    # What stands above the function, the lines at its top, and what makes a number or an array one of doubles.
    decorators: ClassVar[Sequence[str]] = ()
    begins: ClassVar[Sequence[str]] = ()
    double: ClassVar[str]
    # Names of Python's own that the text reads.
    reads: ClassVar[Collection[str]] = ()
    # Functions that the text has of its own, by name.
    prelude: ClassVar[Mapping[str, str]] = {}
    # Primitives that it lacks, or has otherwise than exprgrad; among them may be "plus_zero".
    lacks: ClassVar[Collection[str]] = ()

    infix: ClassVar = {
        "logical_or": Infix(" | ", _OR, _OR, _OR + 1),
        "logical_and": Infix(" & ", _AND, _AND, _AND + 1),
        # Comparisons bind less tightly than & and |.
        **arithmetic(_COMPARISON),
    }
    prefix: ClassVar = {"negative": ("-", SIGN), "logical_not": ("~", SIGN)}
    # Of two zeros it may give either.
    calls: ClassVar[Mapping[str, str]] = {"greatest": "maximum"}

    def __init__(self) -> None:
        self.words = {"true": "True", "false": "False", "nan": f"{self.short}.nan", "inf": f"{self.short}.inf"}
        self._reserved = frozenset([*keyword.kwlist, "__debug__", self.short, *self.reads, *self.prelude])
        # The names that are taken, of functions that are called by what they are, and their texts.
        self._taken: set[str] = set()
        self._called: dict[tuple[Any, ...], str] = {}
        self._functions: list[str] = []

    def written(self, task: Writing) -> str:
        found = straight(task, self._reserved | {task.name}, largest=_LARGEST, calls=True, vague=True)
        self._taken = {*self._reserved, task.name, *found.inputs.values(), *(a.name for a in found.assignments)}
        body = self._body(found)
        parameters = list(found.inputs.values())
        doubles = f"{', '.join(parameters)} = {', '.join([f'{self.double}({name})' for name in parameters])}"
        head = task.head(OVERFLOWS, _SHAPES, *self.remarks)
        said = docstring([*head, taken(parameters, "a number or an array"), given("a dict", found.outputs)])
        lines = [*said, *self.begins, *([doubles] if parameters else []), *body]
        pieces = [
            self.imports,
            *self.prelude.values(),
            *self._functions,
            "\n".join([*self.decorators, _defined(task.name, parameters, lines)]),
        ]
        return "\n\n\n".join(pieces) + "\n"

    def is_no_function(self, name: str) -> bool:
        return name in self._reserved or hasattr(builtins, name)

    # -- expressions -------------------------------------------------------------------------------------------

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "number":
            return self.own(self.double, operands)
        if name == "add" and "plus_zero" in self.lacks:
            for x, other in (operands, operands[::-1]):
                if x.number == 0.0 and math.copysign(1.0, x.number) > 0.0:
                    return self.own(self._composed("plus_zero"), [other])
        if name in self.lacks:
            return self.own(self._composed(name), operands)
        return super().spelled(name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        return self.call("where", [condition, then, otherwise])

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        return super().call(f"{self.short}.{name}", operands)

    def own(self, name: str, operands: Sequence[Text]) -> Text:
        """A function of the text's own."""
        return super().call(name, operands)

    # -- functions -----------------------------------------------------------------------------------------------

    def called(self, call: Expression, operands: Sequence[Text]) -> Text:
        made = called_operation(call)
        name = self._function(made.key, made.op.name, made.comment, made.parameters, made.expression)
        return self.own(name, [x for x, y in zip(operands, call.operands, strict=True) if isinstance(y, Expression)])

    def _composed(self, name: str) -> str:
        """The name of the function that a primitive is which the library lacks."""
        run = _COMPOSED[name]
        parameters = list(inspect.signature(run).parameters)
        leaves = [Expression("leaf", of=x) for x in parameters]
        doc = f"{name}, which {self.library} lacks or has otherwise"
        return self._function((name,), name, doc, parameters, lambda: run(*leaves))

    def _function(
        self, key: tuple[Any, ...], name: str, doc: str, parameters: Sequence[str], expression: Callable[[], Any]
    ) -> str:
        """The name of a function; it is written when it is first called."""
        if key not in self._called:
            assignments, last = listed(expression(), parameters, _LARGEST)
            self._called[key] = name = free(f"_{name}", self._taken)
            self._taken.add(name)
            lines = [f"{a.name} = {self.text(a.expression).text}" for a in assignments]
            defined = _defined(name, parameters, [*lines, f"return {self.text(last).text}"])
            self._functions.append(f"# {doc}\n{defined}")
        return self._called[key]

    # -- the whole -------------------------------------------------------------------------------------------------

    def _body(self, found: Straight) -> list[str]:
        """The lines of the function."""
        lines = []
        for name, expression, source in found.assignments:
            line = f"{name} = {self.text(expression).text}"
            is_said = not source or line.replace(" ", "").endswith(f"={source}".replace(" ", ""))
            lines.append(line if is_said else f"{line}  # {source}")
        reads = _inputs_read(found)
        every = {*found.inputs.values()}
        shape = free("shape", self._taken)
        outputs, is_filled = {}, False
        for output, x in found.outputs.items():
            text = self._named(output, x, lines)
            if reads[output] != every:
                text = self.filled(shape, text)
                is_filled = True
            outputs[output] = text.text
        if is_filled:
            given = ", ".join([f"{name}.shape" for name in found.inputs.values()])
            lines.append(f"{shape} = {self.short}.broadcast_shapes({given})")
        return [*lines, "return {", *[f'{_INDENT}"{name}": {text},' for name, text in outputs.items()], "}"]

    def _named(self, name: str, x: Any, lines: list[str]) -> Text:
        """A variable for an expression, unless it is one."""
        text = self.text(x)
        if not isinstance(x, Expression) or x.is_leaf:
            return text
        name = free(name, self._taken)
        self._taken.add(name)
        lines.append(f"{name} = {text.text}")
        return Text(name)

    def filled(self, shape: str, x: Text) -> Text:
        """What does not read all inputs, in the shape of all of them."""
        return self.call("broadcast_to", [x, Text(shape)])


def _defined(name: str, parameters: Iterable[str], lines: Sequence[str]) -> str:
    return "\n".join([f"def {name}({', '.join(parameters)}):", *[_INDENT + line for line in lines]])


def _inputs_read(found: Straight) -> dict[str, set[str]]:
    """The inputs that each output reads."""
    reads: dict[str, set[str]] = {name: {name} for name in found.inputs.values()}

    def of(root: Any) -> set[str]:
        return set().union(*[reads[name] for name in leaves(root)])

    for name, expression, _ in found.assignments:
        reads[name] = of(expression)
    return {name: of(x) for name, x in found.outputs.items()}
