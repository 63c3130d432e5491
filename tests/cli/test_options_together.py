"""Every pair of options: one that would have no effect beside the other is refused."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import pytest

from exprgrad.arguments.fits import RULES, VARIABLES
from exprgrad.arguments.table import OPTIONS, VAR
from exprgrad.cli import run

# A program in which each of them counts, and one for rows.
PROGRAM: Final = "s = 0.25; for i in 0..3 { s = s + abs(a - 1.5)*i + x - x }; w = [a/7, a*b]*s; c = w*x"
OF_ROWS: Final = "w = 0; for i in 0..3 { w = w + a*i*b/7 + x }; c = w; d = a"
# At the first point of the sweep its condition is nan.
OF_SWEEP: Final = f"{OF_ROWS}; d = d + (0 if sqrt(x - 0.5) else 0)"
COUNTING: Final = {
    "--wrt": ["a"],
    "--max-order": ["2"],
    "--fetch-names": ["w"],
    "--check-program": [None],
    "--draw-graph": ["operations", "data"],
    "--along-direction": ["a=1"],
    "--step-limit": ["1"],
    "--output-format": ["json", "values", "svg", "ndjson"],
    "--output-file": ["out.txt", "out.svg"],
    "--number-format": [".2g"],
    "--exact-digits": ["20"],
    "--derivatives-only": [None],
    "--full-jacobian": [None],
    "--sparse-output": [None],
    "--weight-by": ["[1, 2]"],
    "--show-steps": [None],
    "--inline-names": [None],
    "--full-document": [None],
    "--rows-from": ["rows.csv"],
    "--sweep-over": ["x=0:2:1"],
    "--plot-over": ["x=0:2/9"],
    "--plot-title": ["tides"],
    "--x-label": ["time"],
    "--y-label": ["height"],
    "--y-scale": ["log"],
    "--from-column": ["b=y"],
    "--keep-columns": ["none"],
    "--on-bad-row": ["null"],
    "--reduce-rows": ["sum"],
    "--group-by": ["x"],
    "--row-engine": ["numpy"],
    "--solve-for": ["a,b"],
    "--minimize-over": ["a"],
    "--maximize-over": ["b"],
    "--standard-errors": ["absolute"],
    "--csv-separator": [";"],
    "--decimal-comma": [None],
    "--thousands-separator": ["'"],
    "--no-header": [None],
    "--header-names": ["x,y,a"],
    "--comment-prefix": ["5"],
    "--null-markers": ["no"],
    "--csv-encoding": ["utf-16"],
    "--function-name": ["area"],
    "--argument-order": ["b"],
    "--sql-table": ["points"],
    "--sql-dialect": ["postgres"],
    "--sql-form": ["macro"],
    "--list-functions": [None],
    "--quiet-notes": [None],
    "--verbose-notes": [None],
    "--version": [None],
}
# Both modes print the same, and most programs have nothing to tell; where values come from and what they are called
# does not show in them. Help is answered whatever stands beside it, and what stays text looks like what does not where
# all is text.
# In another notation PROGRAM is none.
SILENT: Final = {
    "--mode",
    "--error-format",
    "--values-from",
    "--allow-extra-values",
    "--program-file",
    "--keep-text",
    "--help",
    "--from-notation",
    VAR,
}
# A jacobian that is sparse is a jacobian; of these rows there are no notes but on those that are left out, nor
# of this plot, nor of what is not computed.
SAME: Final = [
    {"--check-program", "--quiet-notes"},
    {"--full-jacobian", "--sparse-output"},
    {"--rows-from", "--quiet-notes"},
    {"--group-by", "--quiet-notes"},
    {"--sweep-over", "--quiet-notes"},
    {"--plot-over", "--quiet-notes"},
]
ALONE: Final = {"--list-functions", "--version"}
# A derivative of a sum over rows is by what no column holds.
CHOICES: Final = [(option, value) for option, values in COUNTING.items() for value in values]


def outcome(chosen: list[tuple[str, str | None]], folder: Path, capfd: pytest.CaptureFixture[str]) -> object:
    for file in folder.glob("out*"):
        file.unlink()
    names = {option for option, _ in chosen}
    words = [word for option, value in chosen for word in (option, value) if word is not None]
    if not names & ALONE:
        rows = "--rows-from" in names
        values = {"--a": "1.5", "--b": "2", "--x": "3"}
        if rows:
            values = {} if "--from-column" in names else {"--b": "2"}
        elif {"--sweep-over", "--plot-over"} & names:
            del values["--x"]
        program = OF_ROWS if rows or "--plot-over" in names else OF_SWEEP if "--sweep-over" in names else PROGRAM
        words += [program, *itertools.chain(*values.items())]
    code = run(words)
    written = capfd.readouterr()
    return code, written.out, written.err, [(f.name, f.read_bytes()) for f in sorted(folder.glob("out*"))]


def test_all_options_are_tried() -> None:
    assert set(COUNTING) | SILENT == {option.name for option in OPTIONS.values()}


@pytest.mark.slow
@pytest.mark.parametrize("first", COUNTING)
def test_no_option_is_ignored(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("polars")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("a,x,y\n1,2,3\n2,3,4\n5,no,6\n1'000,7,8\n")
    for one, other in itertools.product([c for c in CHOICES if c[0] == first], CHOICES):
        if one[0] == other[0] or {one[0], other[0]} in SAME:
            continue
        # Rows are read as far as they can be, and summed with a value that they share; the engine is told.
        pair = {one[0], other[0]}
        base: list[tuple[str, str | None]] = []
        if "--group-by" in pair:
            base += [("--rows-from", "rows.csv")] if not {"--rows-from", "--sweep-over"} & pair else []
            base += [("--reduce-rows", "sum")] if "--reduce-rows" not in pair else []
        if {"--rows-from", "--sweep-over"} & {*pair, *[option for option, _ in base]}:
            base += [("--on-bad-row", "skip")] if "--on-bad-row" not in pair else []
            base += [("--verbose-notes", None)] if not {"--verbose-notes", "--quiet-notes"} & pair else []
        both = outcome([*base, one, other], tmp_path, capfd)
        assert both[0] in (0, 1, 2, 65), (one, other)  # type: ignore[index]
        alone = outcome([*base, one], tmp_path, capfd)
        # Of a file that is read as it is not written nothing is shown, whatever is asked for.
        if both[0] != 2 and (both[0] != 65 or alone[0] != 65):  # type: ignore[index]
            assert both != alone, f"{other} beside {one}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--list-functions --x 3", "--x does nothing beside --list-functions"),
        ("--list-functions -f json", "--output-format does nothing beside --list-functions"),
        ("--version --var mode=3", "--var mode does nothing beside --version"),
        ("--help --version", "--help does nothing beside --version"),
        ("a*b --draw-graph operations --wrt a", "--wrt cannot be combined with a graph without values"),
        ("a*b --a 1 --b 2 --draw-graph data --full-jacobian", "--full-jacobian cannot be combined with --draw-graph"),
        ("a*b --a 1 --b 2 --draw-graph data --max-order 2", "a drawing shows first derivatives"),
        ("a*b --a 1 --wrt a -f python", "a has a value once and for all, so nothing is differentiated by it"),
        ("a*b --mode dynamic -f python", "--mode does nothing where the program is written down"),
        ("a*b --full-jacobian -f python", "--full-jacobian cannot be combined with a program that is written down"),
        ("a*b --draw-graph operations -f python", "python is no form of a graph"),
        ("a --a @x.parquet:a --decimal-comma", "--decimal-comma is about files of text"),
        ("a --a @x.npy --null-markers NA", "--null-markers is about files of text"),
        ("a --sweep-over a=0:1:1 --no-header", "--no-header is about files of text"),
        ("a*b --rows-from x.csv -f python", "python is no format of rows"),
        ("a*b --rows-from x.csv --reduce-rows sum -f python", "python writes the program down"),
        ("a*b --a 1 --b 2 --wrt a --along-direction a=1", "--wrt cannot be combined with --along-direction"),
    ],
)
def test_what_has_no_effect_is_named(words: str, message: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words.split()) == 2
    assert message in capfd.readouterr().err


def test_the_rules_name_options_that_exist() -> None:
    assert {name for rule in RULES for name in rule.others or ()} <= {*OPTIONS, VARIABLES}


@pytest.mark.parametrize("extra", [[], ["--draw-graph", "operations"], ["--draw-graph", "data"], ["--show-steps"]])
@pytest.mark.parametrize("ending", "png pdf PNG xlsx xhtml md tar.gz values json5 parquet svgz".split())
def test_an_ending_of_no_form_is_refused(
    extra: list[str], ending: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / f"out.{ending}"
    command = ["a*b", "--a", "1", "--b", "2", *extra, "-o", str(file)]
    assert run(command) == 2
    assert ending.rpartition(".")[2].lower() in capfd.readouterr().err
    assert not any(tmp_path.iterdir())
    assert run([*command, "-f", "text"]) == 0
    assert file.read_bytes()
