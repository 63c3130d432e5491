"""Proves all that there is a proof of, and prints what has been shown: `python -m tests.proofs [KERNEL ...]`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from tests.proofs import arithmetic, circular, error, exponential, inverse, logarithm, roots
from tests.proofs.cases import Result
from tests.proofs.tools import Unproven, missing

PROOFS: dict[str, Callable[[], Iterator[Result]]] = {
    "pairs": arithmetic.results,
    "cbrt": roots.results,
    "erf": error.results,
    "atan": inverse.results,
    "log": logarithm.results,
    "exp": exponential.results,
    "sin": circular.results,
}


def main(names: list[str]) -> int:
    if absent := missing():
        print(f"not installed: {', '.join(absent)} (apt-get install gappa sollya)")
        return 2
    failed = False
    print("| kernel | case | bound stated | share of it that errors have at most | boxes |")
    print("|---|---|---|---|---|")
    for name in names or PROOFS:
        try:
            for result in PROOFS[name]():
                print(result, flush=True)
        except (Unproven, AssertionError) as problem:
            failed = True
            print(f"| {name} | not proven: {str(problem).splitlines()[-1]} | | | |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
