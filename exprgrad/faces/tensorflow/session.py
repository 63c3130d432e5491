"""Running a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exprgrad.diagnostics import GraphError, KindProblem, UsageError
from exprgrad.faces.answers import leave_out
from exprgrad.faces.tensorflow.instead import SESSION
from exprgrad.faces.tensorflow.node import Node
from exprgrad.numbers.arithmetic import from_python, owned, to_python
from exprgrad.ops.registry import Traced
from exprgrad.ops.structural import shape_of
from exprgrad.program.compilation import assemble
from exprgrad.run.interpreter import Interpreter


class Session:
    """Runs what it is asked, of whatever graph. It owns no graph; it remembers the programs it has made.

    >>> import exprgrad.static as tf
    >>> a, b = tf.placeholder(tf.float64), tf.placeholder(tf.float64)
    >>> with tf.Session() as sess:
    ...     sess.run(a * b, feed_dict={a: 15, b: 20})
    300.0
    """

    def __init__(self, target: str = "", graph: None = None, config: Any = None) -> None:
        if graph is not None:
            raise UsageError("a session belongs to no graph", hint="nodes know their graph: tf.Session()")
        self._programs: dict[tuple[tuple[Node, ...], tuple[Node, ...]], Interpreter] = {}
        self._closed = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def close(self) -> None:
        """Forgets the programs made so far; a closed session runs no more."""
        self._programs.clear()
        self._closed = True

    def run(
        self, fetches: Any, feed_dict: Mapping[Node, Any] | None = None, options: Any = None, run_metadata: Any = None
    ) -> Any:
        """The values of `fetches`: a node, or a list, tuple or dict of fetches, answered in the same form.

        `feed_dict` gives values to placeholders, or to any other node in place of what it would compute.
        Scalars are rounded and come back as float (numpy.float32 from float32), arrays as ndarray. `options` and
        `run_metadata` change nothing.
        """
        if self._closed:
            raise GraphError("the session is closed", hint="run it inside the with block, or make a new Session()")
        nodes: list[Node] = []
        _each(fetches, nodes.append)
        if feed_dict is not None and not isinstance(feed_dict, Mapping):
            raise KindProblem(f"feed_dict is a dict, found {type(feed_dict).__name__}", hint="feed_dict={a: 15.0}")
        feeds = dict(feed_dict or {})
        for node in (*nodes, *feeds):
            if isinstance(node, Node) and node.scope is not None:
                raise GraphError(
                    f"{node!r} lies in a function of cond or while_loop, and is no one value",
                    node.span,
                    hint="return it from that function and use what cond or while_loop gives",
                )
        for node in feeds:
            if not isinstance(node, Node):
                raise KindProblem(f"a feed is keyed by a node, not by {type(node).__name__}", hint="{a: 15.0}")
        key = (tuple(nodes), tuple(feeds))
        interpreter = self._programs.get(key)
        if interpreter is None:
            interpreter = self._programs[key] = Interpreter(assemble(nodes, list(feeds)))
        given = [_feed(node, value) for node, value in feeds.items()]
        values = iter(owned(interpreter.run(given), [*given, *interpreter.program.constants]))
        return _each(fetches, lambda _: to_python(next(values)))


def _feed(node: Node, value: Any) -> Any:
    if isinstance(value, Traced):
        raise GraphError(f"{node!r} is fed a {value.kind}", hint="feed a number or an array, such as its value")
    number = from_python(value, node.dtype)
    if node.declared is not None:
        shape = shape_of(number)
        if len(shape) != len(node.declared) or any(
            want is not None and want != size for want, size in zip(node.declared, shape, strict=True)
        ):
            raise GraphError(f"{node!r} has shape {node.declared}, but is fed a value of shape {shape}")
    return number


def _each(fetches: Any, answer: Callable[[Node], Any]) -> Any:
    """The fetches with an answer in place of each node."""
    if isinstance(fetches, Node):
        return answer(fetches)
    if isinstance(fetches, dict):
        return type(fetches)([(key, _each(part, answer)) for key, part in fetches.items()])
    if not isinstance(fetches, list | tuple):
        raise KindProblem(f"cannot fetch {type(fetches).__name__}", hint="fetch a node, or a list or dict of nodes")
    parts = [_each(part, answer) for part in fetches]
    if isinstance(fetches, tuple):
        return type(fetches)(*parts) if hasattr(fetches, "_fields") else tuple(parts)
    return parts


leave_out(Session, SESSION)
