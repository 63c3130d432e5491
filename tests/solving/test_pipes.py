"""A fit of rows from standard input, which are read again for each point: against the same from a file."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exprgrad.cli import run

pl = pytest.importorskip("polars")

FIT = ["c = (a*exp(-k*t) - y)^2", "--reduce-rows", "sum", "--minimize-over", "a,k", "--a", "1", "--k", "1", "-q"]
FIT += ["--standard-errors", "scaled", "-f", "csv"]


@pytest.mark.parametrize("form", ["csv", "tsv", "csv.gz", "ndjson", "parquet", "arrow", "stream", "utf-16"])
def test_it_is_the_fit_of_a_file(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = pl.DataFrame({"t": [0.0, 1.0, 2.0, 3.0], "y": [3.1, 1.4, 0.8, 0.3]})
    frame.write_csv("d.csv")
    text = Path("d.csv").read_bytes()
    writers = {"ndjson": frame.write_ndjson, "parquet": frame.write_parquet, "arrow": frame.write_ipc}
    texts = {
        "csv": text,
        "tsv": text.replace(b",", b"\t"),
        "csv.gz": gzip.compress(text),
        "utf-16": text.decode().encode("utf-16"),
    }
    if form in texts:
        Path("in").write_bytes(texts[form])
    else:
        writers.get(form, frame.write_ipc_stream)("in")
    assert run([*FIT, "--rows-from", "d.csv"]) == 0
    expected = capfd.readouterr().out
    # What is kept meanwhile has no name that is left behind.
    (tmp_path / "tmp").mkdir()
    words = [*FIT, "--rows-from", "-", *(["--csv-encoding", "utf-16"] if form == "utf-16" else [])]
    found = subprocess.run(
        [sys.executable, "-m", "exprgrad", *words],
        input=Path("in").read_bytes(),
        capture_output=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")},
    )
    assert found.stdout.decode() == expected and not found.stderr
    assert not any((tmp_path / "tmp").iterdir())
