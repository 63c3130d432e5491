"""How many mutants of a room die in its own tests: `make mutants ROOM=ops SAMPLE=150`.

Cosmic Ray makes one small slip at a time in a file of `exprgrad/ROOM` and runs the room's tests against it, in copies
of the repository, one for each processor. A place of the source is drawn first and then one of the slips that can be
made there, since an operator has ten and a number two; the same seed draws the same sample. What survives is printed as
a diff: either it changes nothing that can be observed, or a test is missing.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

ROOT = Path(__file__).parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".hypothesis", ".*_cache", "__pycache__", "build", "dist")
COSMIC_RAY = (sys.executable, "-m", "cosmic_ray.cli")
CONFIGURATION = """
[cosmic-ray]
module-path = "{modules}"
timeout = {timeout}
excluded-modules = []
test-command = {command!r}
distributor.name = "local"
"""


def run(copy: Path, *command: str) -> None:
    """Runs a command against the package of a copy. Raises subprocess.CalledProcessError."""
    subprocess.run(command, cwd=copy, check=True, env={**os.environ, "PYTHONPATH": str(copy)})


@cache
def inert(file: Path) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where a slip in a file changes nothing: in an annotation, which is never evaluated, and in whether a zip of what
    is equally long is strict."""
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.arg | ast.AnnAssign):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef):
            found.append(node.returns)
        elif isinstance(node, ast.keyword) and node.arg == "strict":
            found.append(node.value)
    return [
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)) for node in found if node
    ]


def drawn(copy: Path, items: Sequence[WorkItem], size: int, seed: int) -> list[str]:
    """The numbers of the mutants of a sample."""
    slips: dict[tuple[str, tuple[int, int]], list[tuple[str, int, str]]] = defaultdict(list)
    for item in items:
        (mutation,) = item.mutations
        file, start, end = mutation.module_path, mutation.start_pos, mutation.end_pos
        if not any(first <= start and end <= last for first, last in inert(copy / file)):
            slips[str(file), start].append((mutation.operator_name, mutation.occurrence, item.job_id))
    generator = random.Random(seed)
    places = generator.sample(sorted(slips), min(size, len(slips)))
    return [generator.choice(sorted(slips[place]))[2] for place in places]


def outcomes(copy: Path, kept: Sequence[str]) -> Iterator[WorkResult]:
    """Runs some mutants of a session and gives what became of them."""
    with use_db(str(copy / "session.sqlite")) as session:
        skipped = [item.job_id for item in session.work_items if item.job_id not in kept]
        session.set_multiple_results(skipped, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))
    run(copy, *COSMIC_RAY, "exec", "cosmic-ray.toml", "session.sqlite")
    with use_db(str(copy / "session.sqlite")) as session:
        return (result for _, result in list(session.results) if result.worker_outcome != WorkerOutcome.SKIPPED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("room", help="a folder, or a file, of exprgrad/")
    parser.add_argument("--tests", help="the tests to run, below tests/; those of the room by default")
    parser.add_argument("--sample", type=int, default=50, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    options = parser.parse_args()
    tests = f"tests/{options.tests or options.room}"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder, str(i)) for i in range(options.jobs)]
        shutil.copytree(ROOT, copies[0], ignore=LEFT_OUT)
        start = time.monotonic()
        run(copies[0], *command)
        configuration = CONFIGURATION.format(
            modules=f"exprgrad/{options.room}",
            timeout=30 + 5 * (time.monotonic() - start),  # a mutant may loop for ever
            command=shlex.join(command),
        )
        (copies[0] / "cosmic-ray.toml").write_text(configuration, encoding="utf-8")
        run(copies[0], *COSMIC_RAY, "init", "cosmic-ray.toml", "session.sqlite")
        with use_db(str(copies[0] / "session.sqlite")) as session:
            sample = drawn(copies[0], session.work_items, options.sample, options.seed)
        for copy in copies[1:]:
            shutil.copytree(copies[0], copy)
        shares = [sample[i :: options.jobs] for i in range(options.jobs)]
        with ThreadPoolExecutor(options.jobs) as pool:
            results = [result for share in pool.map(outcomes, copies, shares) for result in share]
    survived = [result for result in results if result.test_outcome == TestOutcome.SURVIVED]
    for result in survived:
        print(result.diff, end="\n\n")
    died = len(results) - len(survived)
    print(f"{options.room}: {died} of {len(results)} mutants died in {tests} ({100 * died / len(results):.0f}%)")


if __name__ == "__main__":
    main()
