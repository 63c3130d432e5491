"""What can be asked of the engines; it needs nothing to be imported."""

from __future__ import annotations

from typing import Final

_DOUBLES: Final = "at most 4 ulp per operation, last digits may differ between machines"
# What can be asked for, with what each engine promises.
ENGINES: Final = {
    "auto": "",
    "numpy": _DOUBLES,
    "native": _DOUBLES,
    "rounded": "0.5 ulp per operation, the same bytes everywhere",
}
# What rows can be reduced to; and what of it a fit takes: a maximum has a kink wherever another row reaches it.
REDUCTIONS: Final = ("sum", "mean", "max", "min")
SMOOTH: Final = ("sum", "mean")


def told_of_groups(how: str, tied: int, groups: int) -> str:
    """What is told of groups in which several rows reach a maximum or minimum."""
    return (
        f"groups in which several rows reach the {how}, and derivatives are the means of theirs: {tied:,} of {groups:,}"
    )
