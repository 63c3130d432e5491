"""Work that is spread over threads."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def begun(work: Callable[[], R]) -> Future[R]:
    """Some work that is done by a thread of its own."""
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(work)
    finally:
        pool.shutdown(wait=False)


def spread(work: Callable[[T], R], items: Iterable[T], threads: int) -> list[R]:
    """What some work gives for each item, in order. Raises what the first one raises that raises."""
    if threads < 2:
        return [work(item) for item in items]
    return list(in_order(work, items, threads))


def in_order(
    work: Callable[[T], R],
    items: Iterable[T],
    threads: int,
    ahead: int | None = None,
    ready: Callable[[], bool] = lambda: True,
) -> Generator[R]:
    """The same as a stream, for which no more than `ahead` items are begun before the one whose result comes next,
    unless all may be. What an item's work raises comes when it is its turn, and what the iterator raises after all that
    came before. While no item is `ready`, results do not wait for the next one."""
    given = iter(items)
    flying: deque[Future[R]] = deque()
    late: BaseException | None = None
    pool = ThreadPoolExecutor(threads)
    try:
        more = True
        while more or flying:
            while more and (ahead is None or len(flying) <= ahead) and (not flying or ready()):
                try:
                    flying.append(pool.submit(work, next(given)))
                except StopIteration:
                    more = False
                except Exception as problem:
                    more, late = False, problem
            if flying:
                yield waited(flying.popleft())
    finally:
        # After an interrupt nobody waits for what is still being computed.
        pool.shutdown(wait=False, cancel_futures=True)
    if late is not None:
        raise late


def waited(future: Future[R]) -> R:
    """The result of a future. In steps, since an interrupt is noticed between them only."""
    while not future.done():
        wait((future,), timeout=0.2)
    return future.result()


def processors() -> int:
    """How many threads can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
