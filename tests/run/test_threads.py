"""Work that is spread over threads: its results come in order, and no more is begun than may be."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from exprgrad.run.threads import in_order, spread


class Given:
    """Numbers from 0 on, and how many were taken of them; after these the iterator raises, if it is to."""

    def __init__(self, count: int, problem: Exception | None = None) -> None:
        self.count, self.problem = count, problem
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        for i in range(self.count):
            self.taken += 1
            yield i
        if self.problem is not None:
            raise self.problem


def square(x: int) -> int:
    return x * x


@pytest.mark.parametrize("threads", [0, 1, 2, 7])
@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_all_at_once(count: int, threads: int) -> None:
    assert spread(square, range(count), threads) == [x * x for x in range(count)]


@pytest.mark.parametrize(("threads", "where"), [(1, "here"), (2, "elsewhere")])
def test_one_thread_is_this_one(threads: int, where: str) -> None:
    here = threading.get_ident()
    assert set(spread(lambda _: threading.get_ident() == here, range(5), threads)) == {where == "here"}


def test_what_is_done_first_waits_for_its_turn() -> None:
    second = threading.Event()

    def work(i: int) -> int:
        if i == 0:
            assert second.wait(60)  # the first one ends after the second one
        elif i == 1:
            second.set()
        return i

    assert list(in_order(work, range(5), 2)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    ("ahead", "ready", "taken"),
    [
        # How many are taken when each of 6 results comes.
        (None, True, [6, 6, 6, 6, 6, 6]),
        (0, True, [1, 2, 3, 4, 5, 6]),
        (2, True, [3, 4, 5, 6, 6, 6]),
        # Results do not wait for the next one.
        (2, False, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_how_far_ahead_work_begins(ahead: int | None, ready: bool, taken: list[int], threads: int) -> None:
    given = Given(6)
    assert [given.taken for _ in in_order(square, given, threads, ahead, lambda: ready)] == taken


@pytest.mark.parametrize("threads", [1, 3])
def test_what_work_raises_comes_when_it_is_its_turn(threads: int) -> None:
    results = in_order(lambda x: 12 // (3 - x), range(6), threads)
    assert [next(results) for _ in range(3)] == [4, 6, 12]
    with pytest.raises(ZeroDivisionError):
        next(results)
    with pytest.raises(ZeroDivisionError):
        spread(lambda x: 12 // (3 - x), range(6), threads)


@pytest.mark.parametrize("ahead", [None, 1])
def test_what_the_iterator_raises_comes_after_all_that_came_before(ahead: int | None) -> None:
    results = in_order(square, Given(4, OSError("gone")), 2, ahead)
    assert [next(results) for _ in range(4)] == [0, 1, 4, 9]
    with pytest.raises(OSError, match="gone"):
        next(results)


def test_who_stops_taking_results_ends_the_work() -> None:
    given = Given(1000)
    results = in_order(square, given, 2, 3)
    assert next(results) == 0
    results.close()
    assert given.taken == 4
