"""A stream between two others: it goes on as it comes, ends when nobody reads, and can be interrupted."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import exprgrad
from exprgrad.rows import transform
from tests.rows.functions import Product

RUN = """
import sys
from exprgrad import cli
from exprgrad.rows import transform
from tests.rows.functions import Product
arguments = sys.argv[1:]
cli._run = lambda _: transform(arguments[:-1], arguments[-1], Product())
sys.exit(cli.run([]))
"""


def started(*arguments: str, **options: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdin=subprocess.PIPE,
        stdout=options.get("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """The exit code and what was said; the input stays open until then."""
    assert process.stdin and process.stdout and process.stderr
    code = process.wait(20)
    said = process.stderr.read()
    for stream in (process.stdout, process.stderr):
        stream.close()
    with suppress(BrokenPipeError):
        process.stdin.close()
    return code, said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "first"),
    [
        (b"1.5,2\n", [b"x,y,c,dc_dx,dc_dy\n", b"1.5,2,3.0,2.0,1.5\n"]),
        (b"1.5\t2\n", [b"x\ty\tc\tdc_dx\tdc_dy\n", b"1.5\t2\t3.0\t2.0\t1.5\n"]),
        (b'{"x": 1.5, "y": 2}\n', [b'{"x": 1.5, "y": 2, "c": 3.0, "dc_dx": 2.0, "dc_dy": 1.5}\n']),
    ],
)
def test_answers_come_before_the_input_ends(row: bytes, first: list[bytes]) -> None:
    process = started("-", "-")
    assert process.stdin and process.stdout
    if not row.startswith(b"{"):
        process.stdin.write(b"x,y\n" if b"," in row else b"x\ty\n")
    process.stdin.write(row)
    process.stdin.flush()
    assert [process.stdout.readline() for _ in first] == first
    for _ in range(2):  # and later ones too
        process.stdin.write(row)
        process.stdin.flush()
        assert process.stdout.readline() == first[-1]
    out, err = process.communicate()
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.mark.slow
def test_nobody_reads() -> None:
    process = started("-", "-")
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(b"x,y\n" + b"1,2\n" * 1000)
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    try:
        while process.poll() is None:
            process.stdin.write(b"1,2\n" * 100_000)
            process.stdin.flush()
    except BrokenPipeError:
        pass
    assert ended(process) == (0, b"")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["out.csv", "out.parquet", "-"])
def test_an_interrupt(target: str, tmp_path: Path) -> None:
    out = target if target == "-" else str(tmp_path / target)
    process = started("-", out)
    assert process.stdin and process.stderr and process.stdout
    process.stdin.write(b"x,y\n1,2\n")
    process.stdin.flush()
    if target == "-":
        process.stdout.readline()
    else:
        deadline = time.monotonic() + 20
        while not os.listdir(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, b"")
    assert os.listdir(tmp_path) == []


@pytest.mark.slow
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1.0], "y": [2.0]}).write_csv(tmp_path / "in.csv")
    process = started(str(tmp_path / "in.csv"), "/dev/stdout")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, b"x,y,c,dc_dx,dc_dy\n1.0,2.0,2.0,2.0,1.0\n", b"")
    process = started(str(tmp_path / "in.csv"), "/dev/full")
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (73, b"")
    assert err == b"exprgrad: error: cannot write /dev/full: no space left on device\n"


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet", "arrow"])
def test_a_full_disk(ending: str, tmp_path: Path) -> None:
    pl.DataFrame({"x": np.random.default_rng(0).random(50_000), "y": [2.0] * 50_000}).write_parquet(
        tmp_path / "in.parquet"
    )
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000,) * 2)" + RUN
    arguments = [sys.executable, "-c", limited, str(tmp_path / "in.parquet"), str(tmp_path / f"out.{ending}")]
    done = subprocess.run(arguments, capture_output=True, cwd=Path(__file__).parents[2], timeout=20)
    assert done.returncode == 73
    assert done.stderr.decode() == f"exprgrad: error: cannot write {tmp_path}/out.{ending}: file too large\n"
    assert os.listdir(tmp_path) == ["in.parquet"]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_who_is_ended_leaves_nothing(number: int, code: int, tmp_path: Path) -> None:
    """Not even while rows loop without end."""
    (tmp_path / "in.csv").write_text("x\n" + "1\n" * 1000)
    loop = "z = x; while z > 0 { z = sin(z) + 2 }; c = z"
    command = [
        sys.executable,
        "-m",
        "exprgrad",
        loop,
        "--rows-from",
        "in.csv",
        "-o",
        "out.csv",
        "--step-limit",
        "999999999",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(exprgrad.__file__).parent.parent)}
    # Whoever runs the tests may ignore the signal.
    default = partial(signal.signal, number, signal.SIG_DFL)
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, preexec_fn=default)
    while not list(tmp_path.glob(".exprgrad-*")):
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    assert process.wait(timeout=20) == code
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize("is_pipe", [False, True])
@pytest.mark.parametrize(
    "write",
    [
        pl.DataFrame.write_csv,
        lambda frame, file: frame.write_csv(file, separator="\t"),
        pl.DataFrame.write_ndjson,
        pl.DataFrame.write_parquet,
        pl.DataFrame.write_ipc,
        pl.DataFrame.write_ipc_stream,
    ],
)
def test_the_format_is_told_where_no_name_says_it(write: Any, is_pipe: bool, tmp_path: Path) -> None:
    whole, source = io.BytesIO(), tmp_path / "rows.log"
    write(pl.DataFrame({"x": [1.5, 2.0], "y": [2.0, 4.0]}), whole)
    if is_pipe:
        os.mkfifo(source)
        writer = threading.Thread(target=source.write_bytes, args=[whole.getvalue()])
        writer.start()
    else:
        source.write_bytes(whole.getvalue())
    transform([str(source)], str(tmp_path / "out.parquet"), Product())
    assert pl.read_parquet(tmp_path / "out.parquet")["c"].to_list() == [3.0, 8.0]
    if is_pipe:
        writer.join()
