"""What a page is about, and what it tells of it: the run, its pictures, the functions that compute it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from exprgrad.derivatives import Task
from exprgrad.diagnostics import ExprError, UnsupportedError
from exprgrad.dynamic.blocks import Blocks
from exprgrad.dynamic.record import recorded
from exprgrad.dynamic.tracing import Trace, trace
from exprgrad.lowering.checks import check_static
from exprgrad.nodes import Nodes
from exprgrad.outcomes import Outcomes
from exprgrad.records import NamedTuple
from exprgrad.static.defined import defined
from exprgrad.targets.javascript import JavaScript
from exprgrad.targets.target import Text
from exprgrad.targets.writing import Writing
from exprgrad.views.page.followed import Deciding, Followed, Way, followed, program, shown
from exprgrad.views.page.matching import matched
from exprgrad.views.page.story import Scene, Story
from exprgrad.views.picture import Drawing, Picture
from exprgrad.views.steps import explained
from exprgrad.views.svg import svg

if TYPE_CHECKING:
    from exprgrad.algebra.equations import Equation

# More lines than these nobody steps through.
MOST_LINES: Final = 2_000
# Of so many operations the page computes every number anew.
MOST_OPERATIONS: Final = 5_000
# A number in a picture has room for so many characters, with its sign of equality.
ROOM: Final = 10


class Lesson(NamedTuple):
    """What a page is about: a program, the numbers that it is given, and what it gives for them. Where there are no
    equations, or it cannot be written down as a function, it is told why."""

    text: str
    mode: str
    task: Task
    numbers: Mapping[str, Any]
    result: Outcomes
    settled: Mapping[str, Mapping[str, Any]]
    equations: Sequence[Equation] | str
    written: Writing | str


class Told(NamedTuple):
    """The run of a lesson: its story; its scenes, the picture of each as SVG, and why those that are `missing` are, by
    what nodes are; the functions of the results and of the numbers of the run as JavaScript, where there are such,
    `why` the first is missing, and the numbers whose truth decides whether the second holds; what operations are that
    the program cannot write."""

    story: Story
    scenes: Mapping[str, Scene]
    pictures: Mapping[str, str]
    missing: Mapping[str, str]
    results: str | None
    numbers: str | None
    why: str
    decisions: Sequence[tuple[int, bool]]
    explained: Sequence[str]


class Inline(JavaScript):
    """A function that the text gives, where it is the body of another one. Each turn of a loop is counted by the page,
    under a name that no variable has."""

    handed: ClassVar[str] = "return function"
    unlimited: ClassVar[str] = ""

    def open_while(self, condition: Text | None) -> str:
        return "for (;; $turn()) {" if condition is None else f"while ($turn() && ({condition.text})) {{"

    def open_count(self, index: str, total: Text, backwards: bool) -> str:
        return super().open_count(index, total, backwards).replace("; ", "; $turn() && ", 1)


def told(lesson: Lesson) -> Told:
    """Runs a lesson. Raises an UnsupportedError for a run that is too long to be told."""
    task = lesson.task
    results, why = _results(lesson.written)
    way = Way(MOST_OPERATIONS)
    given: Mapping[str, Any] = lesson.numbers if results is None else followed(lesson.numbers, way)
    ran = trace(task, given, Deciding())
    record = recorded(task, lesson.text, ran, shown)
    blocks = Blocks([ran.named[name] for name in task.results], ran.conditions)
    scenes, missing = _scenes(lesson, ran, blocks, plain=results is None)
    story = Story(lesson.text, ran.inputs, blocks, record, list(scenes.values()), lesson.settled)
    if len(story.lines) > MOST_LINES:
        raise UnsupportedError(
            f"{len(story.lines):,} steps are too many for a page, which has at most {MOST_LINES:,}",
            hint="--show-steps prints them all",
        )
    pictures = {}
    for i, (kind, scene) in enumerate(scenes.items()):
        try:
            pictures[kind] = svg(_labelled(story, scene, i))
        except UnsupportedError as problem:  # it is too large to be drawn
            missing[kind] = problem.message
    follows = results is not None and way.left > 0
    # They have places before the function is written, which computes them too.
    decisions = [(story.numbers.place(x), bool(x.number != 0)) for x in way.decisions] if follows else []
    return Told(
        story,
        scenes,
        pictures,
        missing,
        results,
        _recomputing(lesson.text, story, given) if follows else None,
        why,
        list(dict.fromkeys(decisions)),
        list(explained(record)),
    )


def _results(written: Writing | str) -> tuple[str | None, str]:
    """The function of the results, or why there is none."""
    if isinstance(written, str):
        return None, written
    try:
        return Inline().written(written), ""
    except ExprError as problem:
        return None, problem.message


def _unknown(node: Any) -> None:
    """A value that a picture is not to show by itself."""


def _scenes(lesson: Lesson, ran: Trace, blocks: Blocks, plain: bool) -> tuple[dict[str, Scene], dict[str, str]]:
    """The two pictures of a run, and why there is none where there is not. The graph of numbers that are not `plain`
    needs no values."""
    task, text = lesson.task, lesson.text
    scenes: dict[str, Scene] = {}
    missing: dict[str, str] = {}
    try:
        check_static(task.names, task.results)
        graph = defined(text, task, lesson.numbers if plain else None)
        nodes_of = matched(blocks, Blocks([graph.named[name] for name in task.results]))
        drawing = Drawing(graph._replace(value=_unknown, cotangent=_unknown))
        scenes["operations"] = Scene(drawing, lambda tensor: nodes_of.get(tensor.index))
    except ExprError as problem:  # as of a function that calls itself
        missing["operations"] = problem.message
    nodes = Nodes(text, True, ran.inputs, ran.named, task.results, _unknown, _unknown)
    scenes["data"] = Scene(Drawing(nodes), lambda tensor: tensor)
    return scenes, missing


def _recomputing(text: str, story: Story, given: Mapping[str, Followed]) -> str:
    """The function of all numbers of a run that depend on its inputs."""
    places = sorted(story.numbers.followed)
    made = program([story.numbers.followed[place] for place in places], given.values())
    return Inline().written(Writing("f", text, made, {}, [(f"v{place}", ()) for place in places]))


def _labelled(story: Story, scene: Scene, at: int) -> Picture:
    """The picture with what its nodes show at the end, and room for what they show before, and for other numbers."""
    values: dict[int, str] = {}
    derivatives: dict[int, str] = {}
    nodes = list(scene.picture.nodes)
    for part, here in [(0, story.begin[at]), *((line.part, line.shown[at]) for line in story.lines)]:
        for place, template in here.values.items():
            values[place] = _roomy("", story.numbers.equals(template), values.get(place, ""))
        for place, template in here.derivatives.items():
            by = f"d{story.parts[part]}/d{nodes[place].short} "
            if template:
                derivatives[place] = _roomy(by, story.numbers.equals(template), derivatives.get(place, ""))
    for place, node in enumerate(nodes):
        lines = (node.lines[0], values.get(place, ""), derivatives.get(place, ""))
        nodes[place] = node._replace(lines=lines)
    return scene.picture._replace(nodes=tuple(nodes))


def _roomy(name: str, equals: str, before: str) -> str:
    """A line in a node, in the middle of as much room as it needs."""
    return (name + equals).center(max(len(before), len(name) + ROOM))
