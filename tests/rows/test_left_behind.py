"""What runs leave behind that are killed, and what is told where a temporary file cannot be written."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exprgrad.diagnostics import OutputFileError
from exprgrad.files import replacing

COMMAND = os.path.join(os.path.dirname(sys.executable), "exprgrad")


def command(*arguments: str) -> list[str]:
    return [COMMAND, "2*x", "--max-order", "0", "-q", "--row-engine", "numpy", *arguments]


def killed_while_writing(folder: Path, target: str) -> None:
    """A run that is killed while it writes a file."""
    process = subprocess.Popen(command("--rows-from", "-", "-o", target), cwd=folder, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(b"x\n1\n")
    process.stdin.flush()
    end = time.monotonic() + 30
    while not list(folder.glob(".exprgrad-*")) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()


@pytest.mark.slow
def test_the_next_run_removes_what_one_that_was_killed_left(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\n")
    killed_while_writing(tmp_path, "a.csv")
    assert len(list(tmp_path.glob(".exprgrad-*"))) == 1
    # Names that only look like it, and what another run is writing now, stay.
    (tmp_path / ".exprgrad-notes").write_text("")
    with replacing(str(tmp_path / "c.csv")) as beside:
        subprocess.run(command("--rows-from", "in.csv", "-o", "b.csv"), cwd=tmp_path, check=True)
        left = sorted(path.name for path in tmp_path.iterdir())
        assert left == sorted([".exprgrad-notes", os.path.basename(beside), "b.csv", "in.csv"])
        Path(beside).write_text("whole")
    assert (tmp_path / "c.csv").read_text() == "whole"
    killed_while_writing(tmp_path, "a.csv")
    subprocess.run([COMMAND, "1+1", "-o", "result.txt"], cwd=tmp_path, check=True)  # whatever is written next
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [".exprgrad-notes", "b.csv", "c.csv", "in.csv", "result.txt"]


def has_open(process: int, folder: Path) -> bool:
    """Whether a process has a file of a folder open; its descriptors come and go meanwhile."""
    for entry in Path(f"/proc/{process}/fd").iterdir():
        with suppress(OSError):
            if str(folder) in os.readlink(entry):
                return True
    return False


@pytest.mark.slow
def test_a_run_that_is_killed_leaves_no_temporary_file(tmp_path: Path) -> None:
    data = tmp_path / "in.parquet"
    pl.DataFrame({"x": [1.0] * 10}).write_parquet(data)
    folder = tmp_path / "temporary"
    folder.mkdir()
    process = subprocess.Popen(
        command("--rows-from", "-", "-f", "arrow"),
        env=os.environ | {"TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    process.stdin.write(data.read_bytes()[:100])
    process.stdin.flush()
    descriptors, end = Path(f"/proc/{process.pid}/fd"), time.monotonic() + 30
    while descriptors.exists() and time.monotonic() < end:
        if has_open(process.pid, folder):
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    assert not list(folder.iterdir())


def limited() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--rows-from", "-", "--reduce-rows", "sum"], "a temporary file in {}"),
        (["--rows-from", "in.parquet", "-f", "parquet"], "a temporary file in {}"),
        (["--rows-from", "in.parquet", "-o", "out.parquet"], "out.parquet"),
        (["--rows-from", "in.parquet", "-o", "out.csv"], "out.csv"),
        (["--rows-from", "in.parquet", "-o", "out.ndjson"], "out.ndjson"),
    ],
)
def test_a_full_disk(arguments: list[str], told: str, tmp_path: Path) -> None:
    values: Any = pl.Series("x", range(100_000), dtype=pl.Int64).cast(pl.Float64).sin()
    pl.DataFrame({"x": values}).write_parquet(tmp_path / "in.parquet")
    with open(tmp_path / "in.parquet", "rb") as stdin:
        done = subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=os.environ | {"TMPDIR": str(tmp_path)},
            stdin=stdin,
            capture_output=True,
            preexec_fn=limited,
        )
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 73
    assert lines[0] == f"exprgrad: error: cannot write {told.format(tmp_path)}: file too large"
    hint = ["  let TMPDIR name a folder with more room"] if "temporary" in told else []
    assert lines[1:] == hint
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    from exprgrad.files import temporary

    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setattr(tempfile, "TemporaryFile", none)
    with (
        pytest.raises(OutputFileError, match=r"^cannot write a temporary file: no usable temporary directory"),
        temporary(),
    ):
        pass
