"""Define, then run, TensorFlow 1's way: `import exprgrad.static as tf`.

>>> import exprgrad.static as tf
>>> a, b = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
>>> c = tf.multiply(a, b)
>>> with tf.Session() as sess:
...     print(sess.run([c, tf.gradients(c, a)], feed_dict={a: [15.0], b: [20.0]}))
[array([300.], dtype=float32), [array([20.], dtype=float32)]]

Every operation of the registry is a function here (`multiply`, `sin`, `maximum`, ...).

The files beside this one are the language's static mode; TensorFlow 1's names are in `exprgrad.faces.tensorflow`,
which loads when one is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from exprgrad.lazy import later

if TYPE_CHECKING:
    from exprgrad.faces.tensorflow.module import (
        Graph,
        Node,
        Session,
        UnconnectedGradients,
        cond,
        constant,
        disable_v2_behavior,
        float32,
        float64,
        gradients,
        hessians,
        placeholder,
        stop_gradient,
        while_loop,
    )

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


# Each mode is loaded when it is used.
later(__name__, "defined", "defining", "loops")


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Kept in the module, so that the next look-up does not come here.
    found = globals()[name] = import_module("exprgrad.faces.tensorflow.module").named(name)
    return found


def __dir__() -> list[str]:
    names: list[str] = import_module("exprgrad.faces.tensorflow.module").names()
    return names
