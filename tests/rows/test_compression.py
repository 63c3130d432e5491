"""Files that are compressed: read whatever they are called, written where their names say so."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from exprgrad import compression
from exprgrad.compression import CODECS, Codec, codec_of, told, without_ending
from exprgrad.diagnostics import ExprError
from exprgrad.files import ending_of, read_bytes
from exprgrad.rows import delimited, reduce_rows, sources, transform
from exprgrad.rows.dialect import Dialect
from tests.inside import Stream, command
from tests.rows.functions import Collected, Product

CODEC = pytest.mark.parametrize("codec", CODECS, ids=[codec.name for codec in CODECS])
ROWS = b"x,y\n1,2\n3,4\n"
MADE = b"x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n3,4,12.0,4.0,3.0\n"


def packed(codec: Codec, data: bytes, folder: Path) -> bytes:
    path = folder / "packed"
    with path.open("wb") as file, codec.writing(file) as into:
        into.write(data)
    return path.read_bytes()


@CODEC
def test_what_is_compressed_is_told(codec: Codec, tmp_path: Path) -> None:
    assert told(packed(codec, ROWS, tmp_path)[: compression.TELLING]) == codec
    assert codec_of(f"a.CSV{codec.ending.upper()}") == codec and without_ending(f"a.csv{codec.ending}") == "a.csv"
    assert ending_of(f"a.csv{codec.ending}") == ".csv"
    assert told(b"BZh,x\n1,2\n") is told(b"") is None


@CODEC
@pytest.mark.parametrize("name", ["in.csv", "in.csv{}"])
def test_rows(codec: Codec, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name.format(codec.ending))
    path.write_bytes(packed(codec, ROWS, tmp_path))
    out = Path(f"out.csv{codec.ending}")
    transform([str(path)], str(out), Product())
    assert told(out.read_bytes()[: compression.TELLING]) == codec
    assert read_bytes(str(out)) == MADE
    transform([str(path)], f"out.txt{codec.ending}", Product(), output_format="table")
    assert read_bytes(f"out.txt{codec.ending}").startswith(b"x ")
    transform([str(path)], "out.ndjson", Product())
    assert Path("out.ndjson").read_bytes().startswith(b'{"x": 1.0, "y": 2.0, "c": 2.0')
    assert sorted(file.name for file in tmp_path.glob("*xprgrad*")) == []


@CODEC
@pytest.mark.parametrize("block", [7, 1 << 22])
def test_a_stream(codec: Codec, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input too, whose format is told by what is in it."""
    monkeypatch.setattr(delimited, "BLOCK", block)
    lines = b"x\ty\n" + b"".join(b"%d\t2\n" % i for i in range(3000))
    for data in (packed(codec, lines, tmp_path), lines):
        monkeypatch.setattr("sys.stdin", Stream(data))
        read = Collected()
        reduce_rows(["-"], ["x", "y"], read)
        assert read.column(0) == list(range(3000))


@CODEC
def test_numbers_and_results(codec: Codec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = packed(codec, ROWS, tmp_path)
    Path(f"in.csv{codec.ending}").write_bytes(data)
    asked = ["sum(x)", "--x", f"@in.csv{codec.ending}:x", "--max-order", "0", "-o", f"out.txt{codec.ending}"]
    assert command(asked) == (0, b"", b"")
    assert read_bytes(f"out.txt{codec.ending}") == b"c = 4.0\n"
    assert command(["sum(x)", "--x", "@-:y", "--max-order", "0"], data)[1] == b"c = 6.0\n"


@CODEC
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_damaged(codec: Codec, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = packed(codec, b"x,y\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(5000)), tmp_path)
    middle = len(whole) // 2
    for data in (whole[:middle], whole[:middle] + b"\xff" * 40 + whole[middle + 40 :], whole[:12]):
        Path("in.csv").write_bytes(data)
        monkeypatch.setattr("sys.stdin", Stream(data))
        with pytest.raises(ExprError, match="is damaged: ") as caught:
            transform(["-" if stream else "in.csv"], "out.csv", Product())
        assert caught.value.exit_code == 65 and not Path("out.csv").exists()
        with pytest.raises(ExprError, match="is damaged: "):
            read_bytes("in.csv")


def test_the_same_bytes_whenever_they_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = packed(CODECS[0], ROWS, tmp_path)
    monkeypatch.setattr("time.time", lambda: 1e9)
    assert packed(CODECS[0], ROWS, tmp_path) == first


def test_lines_of_errors(tmp_path: Path) -> None:
    path = tmp_path / "in.csv.gz"
    path.write_bytes(packed(CODECS[0], b"# here\nx,y\n1,2\n# there\n3,four\n", tmp_path))
    with pytest.raises(ExprError, match=r"in.csv.gz:5: row 2: y is 'four'"):
        transform([str(path)], None, Product(), dialect=Dialect(comment="#"))


def test_formats_that_are_compressed_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(ROWS)
    with pytest.raises(ExprError, match="Parquet is not written so") as caught:
        transform(["in.csv"], "out.parquet.gz", Product())
    assert caught.value.exit_code == 2
    transform(["in.csv"], "out.parquet", Product())
    data = packed(CODECS[0], Path("out.parquet").read_bytes(), tmp_path)
    Path("in.parquet.gz").write_bytes(data)
    with pytest.raises(ExprError, match="Parquet is not read so"):
        transform(["in.parquet.gz"], "out.csv", Product())
    read = Collected()
    monkeypatch.setattr("sys.stdin", Stream(data))
    reduce_rows(["-"], ["x"], read)
    assert read.column(0) == [1.0, 3.0]


def test_a_package_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(packed(CODECS[1], ROWS, tmp_path))
    code = (
        "import sys\n"
        "sys.modules['backports.zstd'] = sys.modules['compression.zstd'] = None\n"
        "from exprgrad.cli import run\n"
        f"sys.exit(run(['sum(x)', '--x', '@{path}:x']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2 and "what is compressed by zstd needs " in done.stderr


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may hold a thousand times its size: it is unpacked as it is read."""
    monkeypatch.setattr(delimited, "BLOCK", 1 << 16)
    path = tmp_path / "in.csv.gz"

    def text() -> Iterator[bytes]:
        yield b"x,y\n"
        yield from (b"1,2\n" * 100_000 for _ in range(100))

    with path.open("wb") as file, CODECS[0].writing(file) as into:
        for data in text():
            into.write(data)
    assert path.stat().st_size < 200_000
    (source,) = sources.sources([str(path)])
    tracemalloc.start()
    try:
        total = sum(map(len, sources.blocks(source, 1 << 16)))
        assert total == 4 + 4 * 10_000_000
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
