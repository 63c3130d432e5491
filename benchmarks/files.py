"""Files of rows, whole processes against each other: read, compute the value and four derivatives, write."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from peers import installed

EXPRESSION = "c = exp(-x^2/2)*sin(a*x+b)/sqrt(1+y^2)"
# Spoken by each peer: c, and its derivatives by x, y, a and b, with what they share computed once.
_POLARS = """
import polars as pl
x, y, a, b = pl.col("x"), pl.col("y"), pl.col("a"), 0.5
e, u, q = (-(x * x) / 2).exp(), a * x + b, (1 + y * y).sqrt()
c, g = e * u.sin() / q, e * u.cos() / q
made = [c.alias("c"), (g * a - c * x).alias("dc_dx"), (-c * y / (1 + y * y)).alias("dc_dy")]
made += [(g * x).alias("dc_da"), g.alias("dc_db")]
pl.scan_{format}({source!r}).with_columns(made).sink_{format}({target!r}{options})
"""
# As exprgrad writes it: level 3, Polars' own, takes longer and makes random doubles no smaller.
_OPTIONS = {"csv": "", "parquet": ", compression='zstd', compression_level=1"}
_DUCKDB = """
import duckdb
duckdb.sql('''copy (
  with s as (select *, exp(-(x*x)/2)/sqrt(1 + y*y) as e, a*x + 0.5 as u from {source!r}),
  t as (select *, e*sin(u) as c, e*cos(u) as g from s)
  select x, y, a, c, g*a - c*x as dc_dx, -c*y/(1 + y*y) as dc_dy, g*x as dc_da, g as dc_db from t
) to {target!r}
''')
"""
_ARROW_JAX = """
import jax, pyarrow as pa, pyarrow.parquet as pq, pyarrow.csv as pc, numpy as np
import jax.numpy as jnp
jax.config.update("jax_enable_x64", True)
@jax.jit
def run(x, y, a):
    e, u, q = jnp.exp(-(x * x) / 2), a * x + 0.5, jnp.sqrt(1 + y * y)
    c, g = e * jnp.sin(u) / q, e * jnp.cos(u) / q
    return c, g * a - c * x, -c * y / (1 + y * y), g * x, g
table = {read}({source!r})
made = run(*[table[name].to_numpy() for name in "xya"])
for name, column in zip(["c", "dc_dx", "dc_dy", "dc_da", "dc_db"], made):
    table = table.append_column(name, pa.array(np.asarray(column)))
{write}(table, {target!r})
"""


def make(folder: Path, format: str, rows: int) -> str:
    """A file of rows, unless it is there."""
    import numpy as np
    import polars as pl

    path = folder / f"{rows}.{format}"
    if not path.exists():
        parts = []
        for start in range(0, rows, 5_000_000):
            generator = np.random.default_rng(start)
            count = min(5_000_000, rows - start)
            parts.append(pl.DataFrame({name: generator.standard_normal(count) for name in "xya"}))
        frame = pl.concat(parts).lazy()
        if format == "csv":
            frame.sink_csv(path)
        else:
            frame.sink_parquet(path, row_group_size=1_000_000)
    return str(path)


def ours(command: list[str], source: str, target: str) -> list[str]:
    """The command that transforms a file."""
    return [*command, EXPRESSION, "--rows-from", source, "-o", target, "--b", "0.5", "-q"]


def polars(format: str, source: str, target: str) -> str:
    """The program of Polars."""
    return _POLARS.format(format=format, source=source, target=target, options=_OPTIONS[format])


def peers(format: str, source: str, target: str) -> dict[str, list[str]]:
    """The commands of the peers that are there."""
    read, write = ("pq.read_table", "pq.write_table") if format == "parquet" else ("pc.read_csv", "pc.write_csv")
    programs = {
        "Polars, derivatives by hand": (polars(format, source, target), ["polars"]),
        "DuckDB, derivatives by hand": (_DUCKDB.format(source=source, target=target), ["duckdb"]),
        "pyarrow and JAX": (
            _ARROW_JAX.format(read=read, write=write, source=source, target=target),
            ["pyarrow", "jax"],
        ),
    }
    return {
        name: [sys.executable, "-c", program]
        for name, (program, modules) in programs.items()
        if all(map(installed, modules))
    }


def timed(command: list[str], target: str, **environment: str) -> Callable[[], float]:
    """The wall time of a whole process that writes a new file, in s."""

    def run() -> float:
        Path(target).unlink(missing_ok=True)
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})
        return time.perf_counter() - start

    return run


def peak(command: list[str], **environment: str) -> float:
    """The most memory that a process holds at once, in MB."""
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    surroundings = {**os.environ, **environment}
    done = subprocess.run([sys.executable, "-c", program, *command], check=True, capture_output=True, env=surroundings)
    return int(done.stdout) / 1e3


def inside(format: str, source: str, target: str) -> tuple[Callable[[], float], Callable[[], float]]:
    """Our run and that of Polars in a process that has both loaded, in s: what is left without their starts."""
    import exprgrad
    from exprgrad.rowfiles import Evaluated, bind, transform

    function = exprgrad.compile(EXPRESSION)
    program = compile(polars(format, source, target), "polars", "exec")

    def mine() -> float:
        Path(target).unlink(missing_ok=True)
        start = time.perf_counter()
        transform(
            Evaluated(bind(function, {"b": 0.5}, {}), "auto"),
            [source],
            target,
            keep=None,
            on_bad_row="error",
            output_format=None,
            progress=None,
        )
        return time.perf_counter() - start

    def theirs() -> float:
        Path(target).unlink(missing_ok=True)
        start = time.perf_counter()
        exec(program, {})
        return time.perf_counter() - start

    return mine, theirs
