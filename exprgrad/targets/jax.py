"""JAX: functions of arrays that can be compiled and mapped."""

from __future__ import annotations

from exprgrad.targets.arrays import Arrays


class Jax(Arrays):
    """Writes a module that needs JAX alone, whose function `jax.jit` and `jax.vmap` take."""

    library = "JAX"
    short = "jnp"
    imports = "import jax.numpy as jnp"
    remarks = (
        'It is to be called with doubles: after jax.config.update("jax_enable_x64", True).',
        "XLA takes numbers below 2.2e-308 for 0.",
    )
    begins = (
        "if jnp.result_type(float) != jnp.float64:",
        """    raise RuntimeError('doubles need jax.config.update("jax_enable_x64", True)')""",
    )
    reads = ("float", "RuntimeError")
    double = "jnp.float64"
    # XLA has some in doubles with 5 to 500 units in the last place.
    lacks = (
        *("exp2", "expm1", "log1p", "sinh", "cosh", "arctanh", "erf", "erfc", "gamma", "lgamma"),
        *("maximum", "minimum", "plus_zero"),
    )
