"""The names of `exprgrad.static`, which are TensorFlow 1's."""

from __future__ import annotations

from typing import Any

from exprgrad.diagnostics import UsageError
from exprgrad.faces.answers import lookups
from exprgrad.faces.tensorflow.control import cond, while_loop
from exprgrad.faces.tensorflow.gradients import UnconnectedGradients, gradients, hessians, stop_gradient
from exprgrad.faces.tensorflow.graph import Graph
from exprgrad.faces.tensorflow.instead import MODULE
from exprgrad.faces.tensorflow.node import Node, as_node, constant, operand, placeholder
from exprgrad.faces.tensorflow.session import Session
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import apply

float32 = "float32"
float64 = "float64"


def disable_v2_behavior() -> None:
    """Does nothing: it stands at the top of TensorFlow 1 programs that run under TensorFlow 2."""


__all__ = [
    "Graph",
    "Node",
    "Session",
    "UnconnectedGradients",
    "cond",
    "constant",
    "disable_v2_behavior",
    "float32",
    "float64",
    "gradients",
    "hessians",
    "placeholder",
    "stop_gradient",
    "while_loop",
]


def _function(function: str) -> Any:
    """The operation of that name as a function of nodes."""

    def call(*operands: Any, name: str | None = None, **options: Any) -> Node:
        if operands and isinstance(operands[-1], str):
            operands, name = operands[:-1], operands[-1]
        if options:
            operands = (*operands, *[options.pop(key) for key in parameters[len(operands) :] if key in options])
            if options:
                raise UsageError(f"{function}() has no argument {next(iter(options))}", hint=call.__doc__)
        chosen = REGISTRY.choose(function, len(operands))
        given = [operand(x) for x in operands]
        nodes = any(isinstance(x, Node) for x in given)
        node: Node = apply(chosen, *(given if nodes else map(as_node, given)))
        node.name = name
        return node

    op = REGISTRY.by_name[function][0]
    parameters = op.operand_names
    call.__name__ = call.__qualname__ = function
    call.__doc__ = f"{function}({', '.join(op.operand_names)}): {op.doc}."
    return call


named, names = lookups(
    "exprgrad.static",
    {name: globals()[name] for name in __all__},
    "exprgrad.faces.tensorflow.arrays",
    _function,
    MODULE,
)
