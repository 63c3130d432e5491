"""A module of JavaScript that needs nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, Final

from exprgrad.targets.braces import COMPARISON, Braces, Prelude
from exprgrad.targets.naming import free
from exprgrad.targets.target import ATOM, INVERSES, Infix, Text, Variable, Whole
from exprgrad.targets.writing import given, taken

_WORDS: Final = frozenset(
    [
        *("break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else"),
        *("enum", "export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof"),
        *("new", "null", "return", "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void"),
        *("while", "with", "yield", "let", "static", "await", "implements", "interface", "package", "private"),
        *("protected", "public", "arguments", "eval", "undefined", "NaN", "Infinity"),
        *("Math", "Number", "Object", "RangeError"),
    ]
)


class JavaScript(Braces):
    """Writes a module that exports a function, which gives an object with the value and the derivatives."""

    # Parsers take more, readers do not.
    deepest = 200
    # How the function is handed to whoever runs the text.
    handed: ClassVar[str] = "export function"
    infix: ClassVar = {
        **Braces.infix,
        "equal": Infix(" === ", COMPARISON, 6, 6),
        "not_equal": Infix(" !== ", COMPARISON, 6, 6),
        "fmod": Infix(" % ", 7, 7, 8),
    }
    words: ClassVar = {**Braces.words, "absent": "null", "nan": "NaN", "inf": "Infinity"}
    calls: ClassVar = {
        **{
            name: f"Math.{name}"
            for name in (
                *("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "hypot", "sin", "cos", "tan"),
                *("sinh", "cosh", "tanh", "floor", "ceil", "trunc", "abs"),
            )
        },
        **{name: f"Math.{own}" for name, own in INVERSES.items()},
        "maximum": "Math.max",
        "minimum": "Math.min",
        "isnan": "Number.isNaN",
        "number": "Number",
        "round": "nearest",
        "floor_divide": "floorDivide",
        "refuse_nan": "refuseNan",
    }

    def __init__(self) -> None:
        self._prelude = Prelude("prelude.js")
        self.functions = frozenset(self._prelude.pieces)
        self._needed: set[str] = set()
        self._names: dict[str, str] = {}

    def is_reserved(self, name: str) -> bool:
        return name in _WORDS

    def begin(self, name: str, names: Collection[str]) -> None:
        self._names = {piece: free(piece, {name, *names}) for piece in self.functions}

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        if name in self.functions:
            self._needed.add(name)
            name = self._names.get(name, name)
        return super().call(name, operands)

    def is_absent(self, x: Text) -> Text:
        return Text(f"{x.inside(COMPARISON + 1)} === null", COMPARISON)

    def declare(self, variables: Sequence[Variable], always: bool) -> Sequence[str]:
        return [f"let {', '.join([x.name for x in variables])};"] if variables else []

    def assign(self, variable: Variable, value: Text, begins: bool) -> str:
        return f"{'let ' if begins else ''}{variable.name} = {value.text};"

    def nothing(self, variable: Variable, begins: bool) -> str:
        return self.assign(variable, Text("null"), begins)

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        if backwards:
            return f"for (let {index} = {total.text} - 1; {index} >= 0; {index}--) {{"
        return f"for (let {index} = 0; {index} < {total.text}; {index}++) {{"

    def zero(self, name: str, begins: bool) -> str:
        return f"{'let ' if begins else ''}{name} = 0;"

    def open_stack(self, name: str, begins: bool) -> str:
        return f"{'let ' if begins else ''}{name} = [];"

    def push(self, name: str, value: Text, holds: str) -> str:
        return f"{name}.push({value.text});"

    def element(self, stack: Text, index: str, turned: bool, holds: str) -> Text:
        name = stack.inside(ATOM)
        return Text(f"{name}[{f'{name}.length - 1 - {index}' if turned else index}]")

    def whole(self, written: Whole) -> str:
        # Written plainly, __proto__ would be the object's prototype.
        keys = {name: '["__proto__"]' if name == "__proto__" else name for name in written.outputs}
        outputs = [
            f"{self.indent}{name},"
            if name == variable and keys[name] == name
            else f"{self.indent}{keys[name]}: {variable},"
            for name, variable in written.outputs.items()
        ]
        functions = [
            f"// {called.comment}\n{self._defined(f'function {called.name}', called.parameters, called.lines)}"
            for called in written.called
        ]
        body = [*written.lines, "return {", *outputs, "};"]
        said = [taken(written.inputs.values()), given("an object", written.outputs)]
        if not self._needed.isdisjoint(("holds", "refuseNan")):
            said.append("Throws a RangeError where a condition or a bound is nan.")
        main = self._defined(f"{self.handed} {written.name}", list(written.inputs.values()), body)
        main = "\n".join([*[self.commented("", line) for line in said], main])
        head = "\n".join([self.commented("", line) for line in written.head])
        return "\n\n".join([head, *self._prelude.used(self._needed, self._names), *functions, main]) + "\n"

    def _defined(self, what: str, parameters: Sequence[str], lines: Sequence[str]) -> str:
        return "\n".join([f"{what}({', '.join(parameters)}) {{", *[self.indent + line for line in lines], "}"])
