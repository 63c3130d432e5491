"""Plain Python that needs `math` alone."""

from __future__ import annotations

import builtins
import inspect
import keyword
import re
from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from exprgrad.targets import printer, python_prelude
from exprgrad.targets.naming import free
from exprgrad.targets.target import ATOM, SIGN, Infix, Target, Text, Variable, Whole, arithmetic
from exprgrad.targets.writing import Writing, given, taken

# How tightly operators bind.
_CONDITIONAL: Final = 1
_NOT: Final = 4
_COMPARISON: Final = 5
# Primitives that it lacks, or that raise where they have a value.
_PRELUDE: Final = {name: f for name, f in vars(python_prelude).items() if inspect.isfunction(f)}
_RESERVED: Final = frozenset([*keyword.kwlist, "__debug__", "abs", "float", "range", "reversed", "math"])
# A function that is called by its name alone.
_CALLED: Final = re.compile(r"(?<![.\w])(\w+)\(")


def docstring(lines: Sequence[str]) -> list[str]:
    """Lines as those of a docstring."""
    first, *others = [line.replace("\\", r"\\").replace('"""', r"\"\"\"") for line in lines]
    return [f'"""{first}', *others, '"""']


class Python(Target):
    """Writes a module with one function, which gives a dict of the value and the derivatives."""

    indent = "    "
    idle = "pass"
    # The language's own limit is 100 levels of indentation.
    deepest = 90
    functions = frozenset(_PRELUDE)
    infix: ClassVar = {
        "logical_or": Infix(" or ", 2, 2, 3),
        "logical_and": Infix(" and ", 3, 3, 4),
        **arithmetic(_COMPARISON),
    }
    prefix: ClassVar = {"negative": ("-", SIGN), "logical_not": ("not ", _NOT)}
    words: ClassVar = {"absent": "None", "true": "True", "false": "False", "nan": "math.nan", "inf": "math.inf"}
    calls: ClassVar = {
        "number": "float",
        "arctan": "math.atan",
        "arctan2": "math.atan2",
        "arcsinh": "math.asinh",
        "round": "nearest",
        **{
            name: f"math.{name}"
            for name in ("isnan", "cbrt", "tanh", "erf", "erfc", "hypot", "copysign", "degrees", "radians")
        },
    }

    def __init__(self) -> None:
        self._needed: set[str] = set()
        self._names: Collection[str] = ()

    def written(self, task: Writing) -> str:
        return printer.written(task, self)

    def is_reserved(self, name: str) -> bool:
        return name in _RESERVED

    def is_no_function(self, name: str) -> bool:
        # Functions of the prelude call some of these, and a module that hides one surprises.
        return self.is_reserved(name) or hasattr(builtins, name)

    def begin(self, name: str, names: Collection[str]) -> None:
        self._names = {name, *names}

    def helper(self, name: str) -> str:
        return f"_{name}"

    def _private(self, name: str) -> str:
        """The name of a function of the prelude, which `import *` leaves out."""
        return free(self.helper(name), self._names)

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        called = "divide" if name == "true_divide" and not operands[1].number else self.calls.get(name, name)
        if called in _PRELUDE:
            self._needed.add(called)
            return self.call(self._private(called), operands)
        return super().spelled(name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        chosen = f"{then.inside(_CONDITIONAL + 1)} if {condition.inside(_CONDITIONAL + 1)} else "
        return Text(chosen + otherwise.inside(_CONDITIONAL), _CONDITIONAL)

    def is_absent(self, x: Text) -> Text:
        return Text(f"{x.inside(_COMPARISON + 1)} is None", _COMPARISON)

    def given(self, expression: Text) -> str:
        return f"return {expression.text}"

    def commented(self, line: str, comment: str) -> str:
        return f"{line}  # {comment}" if line else f"# {comment}"

    def assign(self, variable: Variable, value: Text, begins: bool) -> str:
        return f"{variable.name} = {value.text}"

    def assign_each(self, names: Sequence[str], value: Text) -> Sequence[str]:
        return [f"{' = '.join([*names, value.text])}"]

    def nothing(self, variable: Variable, begins: bool) -> str:
        return f"{variable.name} = None"

    def open_if(self, condition: Text) -> str:
        return f"if {condition.text}:"

    def otherwise(self) -> str:
        return "else:"

    def open_while(self, condition: Text | None) -> str:
        return f"while {'True' if condition is None else condition.text}:"

    def leave(self) -> str:
        return "break"

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        times = f"range({total.text})"
        return f"for {index} in {f'reversed({times})' if backwards else times}:"

    def close(self) -> str | None:
        return None

    def zero(self, name: str, begins: bool) -> str:
        return f"{name} = 0"

    def count(self, name: str) -> str:
        return f"{name} += 1"

    def open_stack(self, name: str, begins: bool) -> str:
        return f"{name} = []"

    def push(self, name: str, value: Text, holds: str) -> str:
        return f"{name}.append({value.text})"

    def element(self, stack: Text, index: str, turned: bool, holds: str) -> Text:
        return Text(f"{stack.inside(ATOM)}[{f'-1 - {index}' if turned else index}]")

    def whole(self, written: Whole) -> str:
        parameters = list(written.inputs.values())
        floats = [f"{', '.join(parameters)} = {', '.join([f'float({name})' for name in parameters])}"]
        outputs = [f'{self.indent}"{name}": {variable},' for name, variable in written.outputs.items()]
        said = docstring([*written.head, taken(parameters), given("a dict", written.outputs)])
        body = [*said, *(floats if parameters else []), *written.lines, "return {", *outputs, "}"]
        functions = self._used()
        for called in written.called:
            functions.append(
                f"# {called.comment}\n{self._defined(called.name, called.parameters, 'float', called.lines)}"
            )
        functions.append(self._defined(written.name, parameters, "dict[str, float]", body))
        return "\n\n\n".join(["import math", *functions]) + "\n"

    def _defined(self, name: str, parameters: Sequence[str], gives: str, lines: Sequence[str]) -> str:
        typed = ", ".join([f"{parameter}: float" for parameter in parameters])
        return "\n".join([f"def {name}({typed}) -> {gives}:", *[(self.indent + line).rstrip() for line in lines]])

    def _used(self) -> list[str]:
        """The functions of the prelude that are called, by what is written or by each other."""
        sources: dict[str, str] = {}
        waiting = list(self._needed)
        while waiting:
            name = waiting.pop()
            if name not in sources:
                sources[name] = inspect.getsource(_PRELUDE[name]).rstrip()
                waiting += set(_CALLED.findall(sources[name])) & set(_PRELUDE)
        return [
            _CALLED.sub(
                lambda match: self._private(match[1]) + "(" if match[1] in _PRELUDE else match[0], sources[name]
            )
            for name in _PRELUDE
            if name in sources
        ]
