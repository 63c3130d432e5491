// The page's script: it shows a step of the run, and computes everything anew for other values. `computed`, above, has
// the functions that exprgrad wrote of the program: `results` gives the value and the derivatives, `numbers` all
// numbers of the run, by their places; null where there is none.

const $ = (id) => document.getElementById(id);
const data = JSON.parse($("lesson").textContent);
const lines = data.lines;

// -- numbers --------------------------------------------------------------------------------------------------------

// The decimal digits of a number, d.ddd times ten to a power: exprgrad lays them out as Python does, from 1e-05 to a
// power of which `most` is the first that is too large.
function laid(x, exponential, most) {
    const [mantissa, power] = exponential.split("e");
    const digits = mantissa.replace(/[-.]/g, "");
    const exponent = Number(power);
    const sign = x < 0 ? "-" : "";
    if (exponent < -4 || exponent >= most) {
        const size = String(Math.abs(exponent)).padStart(2, "0");
        return [`${sign}${digits[0]}`, digits.slice(1), `e${exponent < 0 ? "-" : "+"}${size}`];
    }
    if (exponent < 0)
        return [`${sign}0`, "0".repeat(-exponent - 1) + digits, ""];
    return [sign + digits.slice(0, exponent + 1).padEnd(exponent + 1, "0"), digits.slice(exponent + 1), ""];
}

// The shortest text that reads back the same double: 300.0, 1e-05, 1e+16, inf.
function full(x) {
    if (!Number.isFinite(x))
        return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
    const [whole, rest, power] = laid(x, x.toExponential(), 16);
    return rest || !power ? `${whole}.${rest || "0"}${power}` : whole + power;
}

// The same for a picture, where there is room for six digits.
function brief(x) {
    const exact = full(x);
    if (!Number.isFinite(x))
        return exact;
    const [whole, rest, power] = laid(x, x.toExponential(5), 6);
    const short = rest ? `${whole}.${rest}${power}` : whole + power;
    return short.length < exact.length ? short : exact;
}

// What is typed as a number; null if it is none.
function parsed(text) {
    text = text.trim().replace("\u2212", "-");
    if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text))
        return Number(text);
    return { inf: Infinity, "+inf": Infinity, "-inf": -Infinity, nan: NaN }[text.toLowerCase()] ?? null;
}

// The numbers of the run by their places, as they are now. A text with numbers in it is a list: a place stands for its
// number, and in a list of its own for one that is in parentheses where it is negative.
const made = data.numbers.map(Number);
let numbers = made;

function filled(template, written) {
    return template
        .map((part) => {
            if (typeof part === "string")
                return part;
            const number = written(numbers[part[0] ?? part]);
            return Array.isArray(part) && number.startsWith("-") ? `(${number})` : number;
        })
        .join("");
}

// A number or an array of a picture, with its sign of equality.
function equals(template) {
    const text = filled(template, brief);
    const short = text.length > 24 ? `${text.slice(0, 21)}...` : text;
    return `${short === filled(template, full) ? "=" : "≈"} ${short}`;
}

// -- what is shown --------------------------------------------------------------------------------------------------

// The pictures' nodes, edges and boxes by their places.
const scenes = Object.keys(data.begin).map((kind) => {
    const svg = $(kind).querySelector("svg");
    const nodes = [...svg.querySelectorAll(".node")];
    return {
        kind,
        svg,
        pane: svg.parentElement,
        detail: $(kind).querySelector(".detail"),
        looked: null,
        nodes,
        titles: nodes.map((node) => node.querySelector("title").textContent.split("\n")[0]),
        boxes: [...svg.querySelectorAll(".box")],
        edges: [...svg.querySelectorAll("[data-from]")],
        since: data.since[kind],
        names: data.names[kind],
        scale: 1,
    };
});
const listed = [...document.querySelectorAll("#steps li")];
const cells = listed.map((line) => [...line.querySelectorAll("span")]);
const program = [...$("program").textContent];
// The texts of the page as it was made, which are exprgrad's own.
const texts = cells.map((row) => row.map((cell) => cell.textContent));
const outputs = [...document.querySelectorAll("#results output")];
const results = outputs.map((output) => output.textContent);
const BEGIN = {
    static: "The whole graph is defined. Nothing has been computed yet: the inputs are fed, and now it runs.",
    dynamic: "The trace holds the inputs, and nothing else: what is computed will be recorded.",
};

let step = 0;
const mode = () => document.querySelector("input[name=mode]:checked").value;
const partName = (part) => (part ? `Backward from ${data.parts[part]}` : "Forward");

function show(at, follow = true) {
    step = Math.max(0, Math.min(lines.length, at));
    const line = lines[step - 1];
    const part = line ? partName(line.part) : "Begin";
    const told = line ? cells[step - 1].map((cell) => cell.textContent) : [BEGIN[mode()]];
    $("where").textContent = `Step ${step} of ${lines.length} · ${part}`;
    $("sentence").replaceChildren(
        ...told.filter(Boolean).flatMap((text) => {
            const cell = document.createElement("span");
            cell.textContent = text;
            return [cell, " "];
        }),
    );
    $("step").value = step;
    $("step").setAttribute("aria-valuetext", `step ${step} of ${lines.length}, ${part}: ${told.join(" ")}`);
    $("first").disabled = $("back").disabled = step === 0;
    $("last").disabled = $("next").disabled = step === lines.length;
    listed.forEach((item, i) => {
        if (i === step - 1)
            item.setAttribute("aria-current", "step");
        else
            item.removeAttribute("aria-current");
    });
    mark(line?.span);
    scenes.forEach((scene) => draw(scene, line, follow));
}

// Marks the piece of the program that a step is about.
function mark(span) {
    if (!span) {
        $("program").textContent = program.join("");
        return;
    }
    const piece = document.createElement("mark");
    piece.textContent = program.slice(span[0], span[1]).join("");
    $("program").replaceChildren(program.slice(0, span[0]).join(""), piece, program.slice(span[1]).join(""));
}

// A picture at a step: all that has been computed until then, and what is at work.
function draw(scene, line, follow) {
    const { kind } = scene;
    const values = new Map(Object.entries(data.begin[kind].values));
    const derivatives = new Map();
    let part = 0;
    for (const before of lines.slice(0, step)) {
        if (before.part !== part)
            derivatives.clear();
        part = before.part;
        for (const [place, text] of Object.entries(before.shown[kind].values))
            values.set(place, text);
        for (const [place, text] of Object.entries(before.shown[kind].derivatives))
            text.length ? derivatives.set(place, text) : derivatives.delete(place);
    }
    // A trace grows as it runs; a graph is there before anything does, with the branches that are not taken.
    const grows = mode() === "dynamic" && kind === "data";
    const there = scene.since.map((since) => !grows || (since !== null && since <= step));
    const { on = [], by = [], boxes = [] } = line?.shown[kind] ?? {};
    const within = new Set();
    scene.nodes.forEach((node, place) => {
        const key = String(place);
        const value = values.get(key);
        const derivative = derivatives.get(key);
        const of = `d${data.parts[part]}/d${scene.names[place]}`;
        node.classList.toggle("absent", !there[place]);
        node.classList.toggle("waiting", value === undefined && !node.matches(".constant, .folded"));
        node.classList.toggle("on", on.includes(place));
        node.classList.toggle("by", by.includes(place) && !on.includes(place));
        write(node, ".value", value && equals(value));
        write(node, ".derivative", derivative && `${of} ${equals(derivative)}`);
        const said = [
            scene.titles[place],
            value && `= ${filled(value, full)}`,
            derivative && `${of} = ${filled(derivative, full)}`,
        ].filter(Boolean);
        node.querySelector("title").textContent = said.join("\n");
        node.setAttribute("aria-label", said.join(", "));
        for (let box = there[place] ? node.dataset.within : "0"; box !== "0" && !within.has(box);) {
            within.add(box);
            box = scene.boxes[box - 1].dataset.within;
        }
    });
    for (const edge of scene.edges) {
        const [from, to] = [edge.dataset.from - 1, edge.dataset.to - 1];
        edge.classList.toggle("absent", !(there[from] && there[to]));
        edge.classList.toggle("flows", (by.includes(from) && on.includes(to)));
    }
    for (const box of scene.boxes) {
        box.classList.toggle("absent", !within.has(box.dataset.box));
        box.classList.toggle("on", boxes.includes(Number(box.dataset.box)));
    }
    if (!scene.nodes.some((node) => node.getAttribute("tabindex") === "0" && !node.classList.contains("absent")))
        enter(scene, scene.nodes.find((node) => !node.classList.contains("absent")));
    scene.detail.textContent = scene.looked?.getAttribute("aria-label") ?? "";
    const centre = scene.nodes[on[0] ?? by[0]] ?? scene.boxes[boxes[0] - 1];
    if (follow && centre)
        reveal(scene, centre);
}

// A line in a node, squeezed where it is longer than the node is wide.
function write(node, what, text) {
    const line = node.querySelector(what);
    if (!line)
        return;
    line.textContent = text ?? "";
    line.removeAttribute("textLength");
    const room = node.querySelector("rect").width.baseVal.value - 6;
    if (line.getComputedTextLength() > room) {
        line.setAttribute("lengthAdjust", "spacingAndGlyphs");
        line.setAttribute("textLength", room);
    }
}

// Scrolls a picture in its own box, so that something is to be seen; the page stays where it is.
function reveal(scene, what) {
    const inner = what.getBoundingClientRect();
    const outer = scene.pane.getBoundingClientRect();
    const by = (low, high, from, to) => {
        if (low < from || high - low > to - from)
            return low - from;
        return high > to ? high - to : 0;
    };
    const margin = 16;
    scene.pane.scrollBy({
        left: by(inner.left - margin, inner.right + margin, outer.left, outer.right),
        top: by(inner.top - margin, inner.bottom + margin, outer.top, outer.bottom),
        behavior: "instant",
    });
}

// Shows all digits of a node, below its picture.
function look(scene, node) {
    scene.looked = node;
    scene.detail.textContent = node?.getAttribute("aria-label") ?? "";
}

// Has the keys reach one node of a picture by Tab, and the others from there by the arrows.
function enter(scene, node) {
    for (const other of scene.nodes)
        other.setAttribute("tabindex", other === node ? 0 : -1);
}

// -- other values ---------------------------------------------------------------------------------------------------

const fields = [...document.querySelectorAll("#values input")];
const given = fields.map((field) => parsed(field.value));

function compute() {
    const values = fields.map((field) => parsed(field.value));
    fields.forEach((field, i) => field.setAttribute("aria-invalid", values[i] === null));
    const wrong = fields.find((field, i) => values[i] === null);
    $("problem").textContent = wrong
        ? `The value of ${wrong.name} is no number: write one as 2.5, -1e-3, inf or nan.`
        : "";
    $("reset").disabled = fields.every((field) => field.value === field.defaultValue);
    if (wrong)
        return;
    if (values.every((x, i) => Object.is(x, given[i]))) {
        outputs.forEach((output, i) => (output.textContent = results[i]));
        tell(SAYS.made, made, true);
        return;
    }
    const { found, why } = resultsFor(values);
    outputs.forEach((output, i) => (output.textContent = found ? full(found[i]) : "–"));
    const anew = found && numbersFor(values);
    tell(why ?? (!computed.numbers ? SAYS.long : anew ? SAYS.anew : SAYS.other), anew || made, false);
}

const SAYS = {
    made: $("state")?.textContent,
    anew: "Everything is computed anew, by your browser.",
    long: "The results are computed anew. Pictures and steps show the values that the page was made with.",
    other:
        "With these values the program takes another way. The results are those of that way; " +
        "pictures and steps show the run with the values that the page was made with. " +
        "Give exprgrad these values for a page of that run.",
    nan:
        "A condition is nan with these values, so that there is no result. " +
        "Pictures and steps show the values that the page was made with.",
    endless:
        "The loops have not ended after 1,000,000 iterations with these values. " +
        "Pictures and steps show the values that the page was made with.",
};

// A loop runs as often as the command lets one: a value that is half typed is not to hold the browser.
const MOST = 1_000_000;
let turns = 0;
class Endless extends RangeError {}
function $turn() {
    turns += 1;
    if (turns > MOST)
        throw new Endless();
    return true;
}

// The value and the derivatives for other values; or why there are none.
function resultsFor(values) {
    turns = 0;
    try {
        return { found: Object.values(computed.results(...values)) };
    } catch (problem) {
        if (problem instanceof RangeError)
            return { why: problem instanceof Endless ? SAYS.endless : SAYS.nan };
        throw problem;
    }
}

// All numbers of the run for other values; null where they are not known, as where these take another way.
function numbersFor(values) {
    if (!computed.numbers)
        return null;
    turns = 0;
    const anew = [...made];
    for (const [name, x] of Object.entries(computed.numbers(...values)))
        anew[name.slice(1)] = x;
    const same = ([place, held]) => (anew[place] !== 0) === held && !Number.isNaN(anew[place]);
    return data.decisions.every(same) ? anew : null;
}

// Shows numbers of the run, and says what they are.
function tell(state, now, original) {
    numbers = now;
    $("state").textContent = state;
    $("run").classList.toggle("recorded", !original && now === made);
    $("stale").hidden = original || now !== made;
    const notes = $("notes");
    if (notes)
        notes.hidden = !original;
    cells.forEach((row, i) =>
        row.forEach((cell, j) => {
            cell.textContent = now === made ? texts[i][j] : filled(lines[i].cells[j], full);
        }),
    );
    show(step, false);
}

// -- controls -------------------------------------------------------------------------------------------------------

let playing = null;

function play(on) {
    clearInterval(playing);
    playing = on ? setInterval(() => (step < lines.length ? show(step + 1) : play(false)), 1000) : null;
    $("play").textContent = on ? "⏸\uFE0E\u00A0Pause" : "▶\uFE0E\u00A0Play";
    if (on && step === lines.length)
        show(0);
}

function go(at) {
    play(false);
    show(at);
}

const KEYS = {
    ArrowLeft: () => go(step - 1),
    ArrowRight: () => go(step + 1),
    Home: () => go(0),
    End: () => go(lines.length),
    " ": () => play(!playing),
};

document.addEventListener("keydown", (event) => {
    // What has a use of its own for a key keeps it.
    const takes = event.target.closest("button, .pane, input:not([type=range])");
    if (takes || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !(event.key in KEYS))
        return;
    event.preventDefault();
    KEYS[event.key]();
});
$("step").addEventListener("input", (event) => go(event.target.valueAsNumber));
$("first").addEventListener("click", KEYS.Home);
$("back").addEventListener("click", KEYS.ArrowLeft);
$("next").addEventListener("click", KEYS.ArrowRight);
$("last").addEventListener("click", KEYS.End);
$("play").addEventListener("click", KEYS[" "]);
listed.forEach((line, i) => line.addEventListener("click", () => go(i + 1)));
document.querySelectorAll("input[name=mode]").forEach((radio) => radio.addEventListener("change", () => show(step)));
fields.forEach((field) => field.addEventListener("input", compute));
$("values")?.addEventListener("submit", (event) => event.preventDefault());
$("values")?.addEventListener("reset", () => setTimeout(compute));

function zoom(scene, scale) {
    scene.scale = Math.max(0.2, Math.min(3, scale));
    scene.svg.style.width = `${scene.svg.viewBox.baseVal.width * scene.scale}px`;
}

for (const scene of scenes) {
    for (const node of scene.nodes) {
        node.setAttribute("role", "img");
        node.addEventListener("focus", () => (enter(scene, node), look(scene, node)));
        node.addEventListener("blur", () => look(scene, null));
        node.addEventListener("pointerenter", () => look(scene, node));
        node.addEventListener("pointerleave", () => look(scene, document.activeElement === node ? node : null));
        node.addEventListener("click", () => node.focus());
        node.addEventListener("keydown", (event) => {
            const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
            const there = scene.nodes.filter((other) => !other.classList.contains("absent"));
            const next = way && there[there.indexOf(node) + way];
            if (next) {
                event.preventDefault();
                next.focus();
            }
        });
    }
    const fitting = () => Math.min(1, (scene.pane.clientWidth - 4) / scene.svg.viewBox.baseVal.width);
    // What would be too small to be read scrolls instead.
    zoom(scene, Math.max(0.7, fitting()));
    const buttons = $(scene.kind).querySelectorAll(".zoom button");
    const scales = [() => scene.scale / 1.25, fitting, () => scene.scale * 1.25];
    buttons.forEach((button, i) => button.addEventListener("click", () => zoom(scene, scales[i]())));
}
// What is wider than its box is scrolled by keys, too.
for (const formula of document.querySelectorAll(".formula"))
    if (formula.scrollWidth > formula.clientWidth)
        formula.tabIndex = 0;
if (fields.length)
    compute();
show(0);
