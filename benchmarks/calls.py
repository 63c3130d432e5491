"""Calls of a compiled function from Python: what one costs, value and gradient, beside those of the peers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from peers import installed

ROSENBROCK = "c = sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"


def timed(call: Callable[[], Any], count: int) -> Callable[[], float]:
    """The time of one of so many calls, in µs."""
    for _ in range(3):
        call()

    def run() -> float:
        start = time.perf_counter()
        for _ in range(count):
            call()
        return (time.perf_counter() - start) / count * 1e6

    return run


def ours(text: str, **values: Any) -> Callable[[], Any]:
    import exprgrad

    function = exprgrad.compile(text)
    return lambda: function(**values)


def product_peers() -> dict[str, Callable[[], Any]]:
    """The value and the gradient of a*b by CasADi and JAX."""
    found: dict[str, Callable[[], Any]] = {}
    if installed("casadi"):
        import casadi

        a, b = casadi.SX.sym("a"), casadi.SX.sym("b")
        c = a * b
        function = casadi.Function("f", [a, b], [c, casadi.gradient(c, a), casadi.gradient(c, b)])
        found["CasADi's Function"] = lambda: function(15.0, 20.0)
    if installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        jitted = jax.jit(jax.value_and_grad(lambda a, b: a * b, argnums=(0, 1)))
        found["JAX jit"] = lambda: jax.block_until_ready(jitted(15.0, 20.0))
    return found


def rosenbrock_peers(x: Any) -> dict[str, Callable[[], Any]]:
    """The same of Rosenbrock's sum, of one array."""
    found: dict[str, Callable[[], Any]] = {}
    if installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)

        def sum_(x: Any) -> Any:
            return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

        jitted = jax.jit(jax.value_and_grad(sum_))
        found["JAX jit"] = lambda: jax.block_until_ready(jitted(x))
    return found
