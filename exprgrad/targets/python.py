"""Plain Python that needs `math` alone."""

from __future__ import annotations

import inspect
import keyword
import math
import re
from collections.abc import Collection, Sequence
from typing import Final

from exprgrad.targets import python_prelude
from exprgrad.targets.target import ATOM, CONDITIONAL, SIGN, Text, Whole

# Primitives that are operators: the symbol, how it binds, and what its operands have to; comparisons do not chain.
_INFIX: Final = {
    "add": ("+", 6, 6, 7),
    "subtract": ("-", 6, 6, 7),
    "multiply": ("*", 7, 7, 8),
    "true_divide": ("/", 7, 7, 8),
    "logical_or": ("or", 2, 2, 3),
    "logical_and": ("and", 3, 3, 4),
    "equal": ("==", 5, 6, 6),
    "not_equal": ("!=", 5, 6, 6),
    "less": ("<", 5, 6, 6),
    "less_equal": ("<=", 5, 6, 6),
    "greater": (">", 5, 6, 6),
    "greater_equal": (">=", 5, 6, 6),
}
_TIGHT: Final = 7
_NOT: Final = 4
_COMPARISON: Final = 5
_LITERALS: Final = {"absent": "None", "true": "True", "false": "False"}
# Those that Python has under another name.
_CALLS: Final = {
    "abs": "abs",
    "number": "float",
    "isnan": "math.isnan",
    "cbrt": "math.cbrt",
    "arctan": "math.atan",
    "arctan2": "math.atan2",
    "arcsinh": "math.asinh",
    "tanh": "math.tanh",
    "erf": "math.erf",
    "erfc": "math.erfc",
    "hypot": "math.hypot",
    "copysign": "math.copysign",
    "degrees": "math.degrees",
    "radians": "math.radians",
    "round": "nearest",
}
# Those that it lacks, or that raise where they have a value.
_PRELUDE: Final = {name: f for name, f in vars(python_prelude).items() if inspect.isfunction(f)}
_BUILTINS: Final = ("abs", "float", "range", "reversed", "math")
# A function that is called by its name alone.
_CALLED: Final = re.compile(r"(?<![.\w])(\w+)\(")
# What is made of more than numbers.
_NAMED: Final = re.compile(r"[^\W\d](?<![0-9]e)")
# So many lines of the source are quoted, and so much of each.
_QUOTED: Final = 20
_LONGEST: Final = 100


class Python:
    """Writes a module with one function, which gives a dict of the value and the derivatives."""

    indent = "    "
    idle = "pass"
    # The language's own limit is 100 levels of indentation.
    deepest = 90
    reserved = frozenset([*keyword.kwlist, "__debug__", *_BUILTINS])
    functions = frozenset(_PRELUDE)

    def __init__(self) -> None:
        self._needed: set[str] = set()
        self._names: Collection[str] = ()

    def begin(self, names: Collection[str]) -> None:
        self._names = names

    def literal(self, x: float) -> Text:
        if math.isfinite(x):
            return Text(repr(x), SIGN if math.copysign(1.0, x) < 0 else ATOM, number=x)
        if math.isnan(x):
            return Text("math.nan", number=x)
        return Text("math.inf" if x > 0 else "-math.inf", ATOM if x > 0 else SIGN, number=x)

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "true_divide" and not operands[1].number:
            return self._from_prelude("divide", operands)
        if name in _INFIX:
            symbol, binds, left, right = _INFIX[name]
            between = symbol if binds >= _TIGHT else f" {symbol} "
            return Text(f"{operands[0].inside(left)}{between}{operands[1].inside(right)}", binds)
        if name == "where":
            condition, then, otherwise = operands
            if condition.text == _LITERALS["false"]:
                return otherwise
            chosen = f"{then.inside(CONDITIONAL + 1)} if {condition.inside(CONDITIONAL + 1)} else "
            return Text(chosen + otherwise.inside(CONDITIONAL), CONDITIONAL)
        if name == "negative":
            return Text(f"-{operands[0].inside(SIGN)}", SIGN)
        if name == "logical_not":
            return Text(f"not {operands[0].inside(_NOT)}", _NOT)
        if name in _LITERALS:
            return Text(_LITERALS[name])
        if name == "is_absent":
            if not _NAMED.search(operands[0].text):  # a number is there
                return Text(_LITERALS["false"])
            return Text(f"{operands[0].inside(_COMPARISON + 1)} is None", _COMPARISON)
        called = _CALLS.get(name, name)
        return self._from_prelude(called, operands) if called in _PRELUDE else self.call(called, operands)

    def _from_prelude(self, name: str, operands: Sequence[Text]) -> Text:
        self._needed.add(name)
        return self.call(self._free(name), operands)

    def _free(self, name: str) -> str:
        """The name of a function of the prelude: another one, where the program has that."""
        while name in self._names:
            name += "_"
        return name

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        return Text(f"{name}({', '.join([x.text for x in operands])})")

    def given(self, expression: Text) -> str:
        return f"return {expression.text}"

    def commented(self, line: str, comment: str) -> str:
        return f"{line}  # {comment}" if line else f"# {comment}"

    def assign(self, name: str, value: Text) -> str:
        return f"{name} = {value.text}"

    def assign_each(self, names: Sequence[str], value: Text) -> Sequence[str]:
        return [f"{' = '.join([*names, value.text])}"]

    def nothing(self, name: str) -> str:
        return f"{name} = None"

    def open_if(self, condition: Text) -> str:
        return f"if {condition.text}:"

    def otherwise(self) -> str:
        return "else:"

    def open_while(self, condition: Text | None) -> str:
        return f"while {'True' if condition is None else condition.text}:"

    def leave_unless(self, condition: Text) -> Sequence[str]:
        return [f"if not {condition.inside(_NOT)}:", f"{self.indent}break"]

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        times = f"range({total.text})"
        return f"for {index} in {f'reversed({times})' if backwards else times}:"

    def close(self) -> str | None:
        return None

    def count(self, name: str, begin: bool) -> str:
        return f"{name} = 0" if begin else f"{name} += 1"

    def open_stack(self, name: str) -> str:
        return f"{name} = []"

    def push(self, name: str, value: Text) -> str:
        return f"{name}.append({value.text})"

    def element(self, stack: Text, index: str, turned: bool) -> Text:
        return Text(f"{stack.inside(ATOM)}[{f'-1 - {index}' if turned else index}]")

    def whole(self, written: Whole) -> str:
        source = written.text.strip().splitlines()
        quoted = source if len(source) <= _QUOTED else [*source[: _QUOTED - 1], "..."]
        quoted = [line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..." for line in quoted]
        head = [
            "# The value and the derivatives of",
            *[f"#     {line}".rstrip() for line in quoted],
            "# in doubles, written by exprgrad.",
            *[f"# {remark}" for remark in written.remarks],
        ]
        parameters = list(written.inputs.values())
        body = list(written.lines)
        if parameters:
            floats = ", ".join([f"float({name})" for name in parameters])
            body.insert(0, f"{self.indent}{', '.join(parameters)} = {floats}")
        outputs = [f'{self.indent}{self.indent}"{name}": {variable},' for name, variable in written.outputs.items()]
        body += [f"{self.indent}return {{", *outputs, f"{self.indent}}}"]
        functions = self._used()
        for called in written.called:
            lines = [f"# {called.comment}", f"def {called.name}({_typed(called.parameters)}) -> float:"]
            functions.append("\n".join([*lines, *[self.indent + line for line in called.lines]]))
        functions.append("\n".join([f"def {written.name}({_typed(parameters)}) -> dict[str, float]:", *body]))
        return "\n\n\n".join(["\n".join([*head, "", "import math"]), *functions]) + "\n"

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
            _CALLED.sub(lambda match: self._free(match[1]) + "(" if match[1] in _PRELUDE else match[0], sources[name])
            for name in _PRELUDE
            if name in sources
        ]


def _typed(parameters: Sequence[str]) -> str:
    return ", ".join([f"{name}: float" for name in parameters])
