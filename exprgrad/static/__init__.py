"""Define, then run, TensorFlow 1's way: `import exprgrad.static as tf`.

>>> import exprgrad.static as tf
>>> a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
>>> c = tf.multiply(a, b)
>>> with tf.Session() as sess:
...     print(sess.run([c, tf.gradients(c, a)], feed_dict={a: [15.0], b: [20.0]}))
[array([300.], dtype=float32), [array([20.], dtype=float32)]]

Every operation of the registry is a function here (`multiply`, `sin`, `maximum`, ...).
"""

from __future__ import annotations

from typing import Any

from exprgrad.diagnostics import UsageError
from exprgrad.faces.answers import no_such_name as _no_such_name
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import apply
from exprgrad.static.control import cond, while_loop
from exprgrad.static.gradients import UnconnectedGradients, gradients, hessians, stop_gradient
from exprgrad.static.graph import Graph, Node, constant, operand, placeholder
from exprgrad.static.regions import here
from exprgrad.static.session import Session

float32 = "float32"
float64 = "float64"

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


def disable_v2_behavior() -> None:
    """Does nothing: it stands at the top of TensorFlow 1 programs that run under TensorFlow 2."""


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from exprgrad.static.arrays import NAMES

    if name in NAMES:
        made = globals()[name] = NAMES[name]
        return made
    if name not in REGISTRY.by_name:
        from exprgrad.static.instead import MODULE

        raise _no_such_name(f"module {__name__!r}", name, MODULE, __dir__())
    made = globals()[name] = _function(name)
    return made


def _function(function: str) -> Any:
    def call(*operands: Any, name: str | None = None, **named: Any) -> Node:
        if operands and isinstance(operands[-1], str):
            operands, name = operands[:-1], operands[-1]
        if named:
            operands = (*operands, *[named.pop(key) for key in names[len(operands) :] if key in named])
            if named:
                raise UsageError(f"{function}() has no argument {next(iter(named))}", hint=call.__doc__)
        chosen = REGISTRY.choose(function, len(operands))
        given = [operand(x) for x in operands]
        nodes = any(isinstance(x, Node) for x in given)
        node: Node = apply(chosen, *(given if nodes else [here(constant(x)) for x in given]))
        node.name = name
        return node

    op = REGISTRY.by_name[function][0]
    names = op.operand_names
    call.__name__ = call.__qualname__ = function
    call.__doc__ = f"{function}({', '.join(op.operand_names)}): {op.doc}."
    return call


def __dir__() -> list[str]:
    from exprgrad.static.arrays import NAMES

    return sorted({*__all__, *NAMES, *REGISTRY.by_name})
