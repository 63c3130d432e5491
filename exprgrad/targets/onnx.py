"""ONNX: a graph of operators on vectors of doubles, as text or as a file.

onnxruntime has not all operators in doubles; what it lacks is composed of those that it has.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.diagnostics import not_loaded
from exprgrad.records import NamedTuple
from exprgrad.targets.approximations import APPROXIMATED, TURNED_FAR, cosine, sine
from exprgrad.targets.composed import raw
from exprgrad.targets.expressions import SYMBOLS, Expression, nodes
from exprgrad.targets.straight import Straight, straight
from exprgrad.targets.target import Writer
from exprgrad.targets.writing import OVERFLOWS, Writing

if TYPE_CHECKING:
    import onnx

# The operators' version, and the format's: those of 2022, which every runtime reads that is kept.
_OPSET: Final = 17
_FORMAT: Final = 8
_DOUBLE: Final = 11
_BOOL: Final = 9
# How many elements a vector has.
_LENGTH: Final = "n"
_SHAPES: Final = "Inputs and outputs are vectors of one length; where a condition is nan all is nan."

# Operators that onnxruntime has in doubles, with their attributes.
OPERATORS: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    **{name: (name.capitalize(), {}) for name in ("exp", "log", "sqrt", "tanh", "floor", "ceil", "round")},
    **{name: (name.capitalize(), {}) for name in ("abs", "add", "equal", "less", "greater", "where")},
    "sine": ("Sin", {}),
    "cosine": ("Cos", {}),
    "sum": ("Add", {}),
    "subtract": ("Sub", {}),
    "multiply": ("Mul", {}),
    "true_divide": ("Div", {}),
    "negative": ("Neg", {}),
    "power": ("Pow", {}),
    # That of C; without the attribute it takes integers alone.
    "fmod": ("Mod", {"fmod": 1}),
    # Of two zeros it may give either.
    "greatest": ("Max", {}),
    "less_equal": ("LessOrEqual", {}),
    "greater_equal": ("GreaterOrEqual", {}),
    "logical_and": ("And", {}),
    "logical_or": ("Or", {}),
    "logical_not": ("Not", {}),
    "isnan": ("IsNaN", {}),
    "number": ("Cast", {"to": _DOUBLE}),
}


def _add(x: Any, y: Any) -> Any:
    """A sum. The optimizer of onnxruntime makes x of x + 0, which is 0 where x is -0."""
    if any(not isinstance(z, Expression) and z == 0.0 and math.copysign(1.0, z) > 0.0 for z in (x, y)):
        z = x if isinstance(x, Expression) else y
        return SYMBOLS.where(SYMBOLS.equal(z, 0.0), 0.0, z)
    return raw("sum", x, y)


def _signbit(x: Any) -> Any:
    return SYMBOLS.less(SYMBOLS.where(SYMBOLS.equal(x, 0.0), SYMBOLS.true_divide(1.0, x), x), 0.0)


def _not_equal(x: Any, y: Any) -> Any:
    return SYMBOLS.logical_not(SYMBOLS.equal(x, y))


def _copysign(x: Any, y: Any) -> Any:
    """By a product, since to choose loses the sign of zero (see `_choose`)."""
    size = SYMBOLS.abs(x) if isinstance(x, Expression) else abs(x)
    return SYMBOLS.multiply(size, SYMBOLS.where(_signbit(y), -1.0, 1.0))


def _sin(x: Any) -> Any:
    """That of onnxruntime loses digits where it comes near 0; it is taken where x is turned far alone."""
    return SYMBOLS.where(SYMBOLS.abs(x) < TURNED_FAR, sine(x), raw("sine", x))


def _cos(x: Any) -> Any:
    return SYMBOLS.where(SYMBOLS.abs(x) < TURNED_FAR, cosine(x), raw("cosine", x))


def _trunc(x: Any) -> Any:
    return _copysign(SYMBOLS.floor(SYMBOLS.abs(x)), x)


COMPOSED: Final[Mapping[str, Callable[..., Any]]] = {
    **{name: composed for name, composed in APPROXIMATED.items() if name not in OPERATORS},
    "add": _add,
    "copysign": _copysign,
    "trunc": _trunc,
    "sin": _sin,
    "cos": _cos,
    "signbit": _signbit,
    "not_equal": _not_equal,
}


class Node(NamedTuple):
    """An operator with the names of its inputs and of its output; `source` is what it computes."""

    operator: str
    attributes: Mapping[str, int]
    inputs: Sequence[str]
    output: str
    source: str


class Graph(NamedTuple):
    """A graph. `doc` says what it is, line by line; all inputs and outputs are vectors of one length, but without
    inputs the outputs are numbers."""

    name: str
    doc: Sequence[str]
    inputs: Sequence[str]
    outputs: Sequence[str]
    constants: Mapping[str, float]
    nodes: Sequence[Node]


class Onnx(Writer):
    """Writes a graph as text in ONNX's own syntax, or as the bytes of a model."""

    def written(self, task: Writing) -> str:
        return _text(_graph(task))

    def encoded(self, task: Writing) -> bytes:
        return bytes(_model(_graph(task)).SerializeToString())

    def is_no_function(self, name: str) -> bool:
        return not name.isascii()


# -- the graph ---------------------------------------------------------------------------------------------------


def _graph(task: Writing) -> Graph:
    found = straight(task, fold=_plain, composed=COMPOSED, vague=True)
    drawing = _Drawing(found)
    outputs = drawing.outputs()
    doc = task.head(OVERFLOWS, _SHAPES)
    return Graph(task.name, doc, drawing.inputs, outputs, drawing.constants, drawing.nodes)


def _plain(name: str) -> str:
    """A name as ONNX has it: an identifier of C."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


class _Drawing:
    """The nodes of a straight program."""

    def __init__(self, found: Straight) -> None:
        self._straight = found
        self.inputs = [_plain(name) for name in found.inputs.values()]
        self.nodes: list[Node] = []
        self.constants: dict[str, float] = {}
        self._by_bits: dict[Any, str] = {}
        self._given = {*self.inputs, *(_plain(a.name) for a in found.assignments)}
        self._taken = self._given | {*map(_plain, found.outputs)}
        self._numbers: dict[str, int] = {}
        self._failing: dict[str, str] = {}
        for name, expression, source in found.assignments:
            self._draw(expression, _plain(name), source)

    def outputs(self) -> list[str]:
        """The names of the outputs, each of which a node of its own gives: a vector, where there are inputs."""
        found: list[str] = []
        for output, x in self._straight.outputs.items():
            name = _plain(output)
            if isinstance(x, Expression) and x.is_leaf and _plain(x.of) == name and name not in {*self.inputs, *found}:
                found.append(name)
                continue
            name = self._free(name) if name in self._given or name in found else name
            if isinstance(x, Expression) and not x.is_leaf:
                self._draw(x, name, "")
            elif isinstance(x, Expression) or not self.inputs:
                self._add("Identity", [self._operand(x)], name)
            else:
                shape = self._free("shape")
                self._add("Shape", self.inputs[:1], shape)
                self._add("Expand", [self._operand(x), shape], name)
            found.append(name)
        return found

    def _draw(self, root: Expression, name: str, source: str) -> None:
        """Adds the nodes of an expression, the last one under a name."""
        names: dict[int, str] = {}
        made = nodes(root)
        for node in made:
            operator, attributes = OPERATORS[node.name]
            is_last = node is made[-1]
            output = names[node.index] = name if is_last else self._free(operator.lower())
            inputs = [
                names[x.index] if isinstance(x, Expression) and not x.is_leaf else self._operand(x)
                for x in node.operands
            ]
            if node.name == "where":
                self._choose(node, inputs, output, source if is_last else "")
            else:
                self._add(operator, inputs, output, source if is_last else "", **attributes)

    def _choose(self, where: Expression, inputs: Sequence[str], output: str, source: str) -> None:
        """One of two values. Of two truth values operators of logic make it, and of two numbers Where, which in
        onnxruntime gives 0 for a -0 that it takes from the first one: what may be that comes second, or where both may
        the one that kernels choose where something is 0."""
        condition, then, otherwise = inputs
        if where.mask:
            held, other = self._free("and"), self._free("and")
            self._add("And", [condition, then], held)
            self._add("And", [self._fails(condition), otherwise], other)
            self._add("Or", [held, other], output, source)
        elif _may_be_negative_zero(where.operands[1]):
            self._add("Where", [self._fails(condition), otherwise, then], output, source)
        else:
            self._add("Where", inputs, output, source)

    def _fails(self, condition: str) -> str:
        """The name of what is true where a condition does not hold: by Xor, since the optimizer of onnxruntime turns a
        Where around that reads a Not."""
        if condition not in self._failing:
            self._failing[condition] = name = self._free("not")
            self._add("Xor", [condition, self._operand(True)], name)
        return self._failing[condition]

    def _operand(self, x: Any) -> str:
        """The name of a leaf, or of a number."""
        if isinstance(x, Expression):
            return _plain(x.of)
        key = x if isinstance(x, bool) else float(x).hex()
        if key not in self._by_bits:
            self._by_bits[key] = name = self._free("k")
            self.constants[name] = x
        return self._by_bits[key]

    def _add(self, operator: str, inputs: Sequence[str], output: str, source: str = "", **attributes: int) -> None:
        self.nodes.append(Node(operator, attributes, inputs, output, source))

    def _free(self, name: str) -> str:
        """A name with a number."""
        while True:
            self._numbers[name] = number = self._numbers.get(name, 0) + 1
            found = f"{name}_{number}"
            if found not in self._taken:
                self._taken.add(found)
                return found


def _may_be_negative_zero(x: Any) -> bool:
    return isinstance(x, Expression) or (x == 0.0 and math.copysign(1.0, x) < 0.0)


# -- how it is written -------------------------------------------------------------------------------------------


def _text(graph: Graph) -> str:
    kind = f"double[{_LENGTH}]" if graph.inputs else "double"
    given, made = (", ".join([f"{kind} {name}" for name in names]) for names in (graph.inputs, graph.outputs))
    constants = [
        f"bool {name} = {{{int(x)}}}" if isinstance(x, bool) else f"double {name} = {{{x!r}}}"
        for name, x in graph.constants.items()
    ]
    lines = [
        *[f"# {line}".rstrip() for line in graph.doc],
        f'<ir_version: {_FORMAT}, opset_import: ["" : {_OPSET}], producer_name: "exprgrad">',
        f"{graph.name} ({given}) => ({made})",
    ]
    if constants:
        lines += ["<", *[f"    {x}{',' if x is not constants[-1] else ''}" for x in constants], ">"]
    lines.append("{")
    for node in graph.nodes:
        attributes = ", ".join([f"{name}: int = {x}" for name, x in node.attributes.items()])
        called = f"{node.operator} <{attributes}>" if attributes else node.operator
        line = f"    {node.output} = {called} ({', '.join(node.inputs)})"
        lines.append(f"{line}  # {node.source}" if node.source else line)
    return "\n".join([*lines, "}"]) + "\n"


def _model(graph: Graph) -> onnx.ModelProto:
    """Raises a UsageError where the package onnx cannot be loaded."""
    try:
        from onnx import helper
    except ImportError as problem:
        raise not_loaded(problem, "onnx", "a file of ONNX is written by the package onnx", "onnx") from None
    shape = [_LENGTH] if graph.inputs else []
    given, made = (
        [helper.make_tensor_value_info(name, _DOUBLE, shape) for name in names]
        for names in (graph.inputs, graph.outputs)
    )
    constants = [
        helper.make_tensor(name, _BOOL if isinstance(x, bool) else _DOUBLE, [], [x])
        for name, x in graph.constants.items()
    ]
    drawn = [
        helper.make_node(
            n.operator, n.inputs, [n.output], n.output, n.source or None, None, None, **dict[str, Any](n.attributes)
        )
        for n in graph.nodes
    ]
    doc = "\n".join(graph.doc)
    return helper.make_model(
        helper.make_graph(drawn, graph.name, given, made, constants, doc_string=doc),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_FORMAT,
        producer_name="exprgrad",
        doc_string=doc,
    )
