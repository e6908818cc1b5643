"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byName = (list, key, name) => list.find((one) => one[key] === name);
const NARROW = innerWidth < 700;
const CONFIG = { displaylogo: false, responsive: true, displayModeBar: NARROW ? false : "hover", modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
const BASE = { margin: { t: 40, r: 10, b: 50, l: 60 }, height: 360, hovermode: "closest", modebar: { orientation: "v" },
  legend: { orientation: "h", y: 1.02, yanchor: "bottom", traceorder: "normal" },
  font: { family: "system-ui, DejaVu Sans, sans-serif" } };

// Text is set, never parsed: names may hold markup.
function make(tag, words, parent, attributes = {}) {
  const node = document.createElement(tag);
  if (words !== null) node.textContent = words;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (parent) parent.append(node);
  return node;
}

// Plotly reads some HTML in names; this leaves none to read.
const plain = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const safe = (trace) => {
  const copy = { ...trace };
  if (copy.name) copy.name = plain(copy.name);
  for (const axis of ["x", "y"])
    if (Array.isArray(copy[axis])) copy[axis] = copy[axis].map((v) => (typeof v === "string" ? plain(v) : v));
  return copy;
};

function figure(parent, title, how, traces, layout, kind = "") {
  const box = make("figure", null, parent, kind ? { class: kind } : {});
  make("figcaption", title, box);
  const place = make("div", null, box, { class: "chart", role: "img", "aria-label": title });
  if (how) {
    const details = make("details", null, box);
    make("summary", "How to read this", details);
    make("p", how, details);
  }
  Plotly.newPlot(place, traces.map(safe), { ...BASE, ...layout }, CONFIG);
  return place;
}

// A formula that our own code has typeset: MathML, of which only elements of formulas are let through.
function formula(parent, typeset, text) {
  const node = make(typeset ? "div" : "pre", typeset ? null : text, parent, { class: "formula" });
  if (typeset) node.innerHTML = typeset;
}

const curve = (name, x, y) => {
  const look = data.looks[name];
  return { type: "scatter", mode: "lines", name, x, y, showlegend: look.front,
    line: { color: look.color, dash: look.dash, width: look.front ? 2 : 0.8 } };
};
const greyFirst = (traces) => traces.sort((a, b) => a.showlegend - b.showlegend);

function link(kind, name, parent) {
  return make("a", name, parent, { href: `#${kind}/${encodeURIComponent(name)}` });
}

function shade(share) {
  return `rgba(0, 114, 178, ${0.75 * share})`;
}

function cells() {
  const table = document.getElementById("cells");
  const head = make("tr", null, make("thead", null, table));
  make("button", "problem", make("th", null, head, { scope: "col" }), { type: "button" });
  for (const one of data.algorithms)
    link("algorithm", one.name, make("th", null, head, { scope: "col", "data-family": one.family }));
  const body = make("tbody", null, table);
  for (const problem of data.problems) {
    const row = make("tr", null, body);
    row.problem = problem;
    const name = make("td", null, row);
    link("problem", problem.label, name);
    if (!problem.solvable) name.append(" †");
    for (const one of data.algorithms) {
      const cell = problem.cells[one.name];
      const words = cell ? `${cell.words}` : "";
      const td = make("td", words.replace(" %", ""), row, { "data-family": one.family });
      if (!cell) continue;
      td.style.background = shade(cell.share);
      td.title = `${one.name} on ${problem.label}: ${cell.words} of ${cell.runs} runs, median ${cell.median} calls, expected ${cell.ert}` +
        (cell.errors ? `, ${cell.errors} in error` : "");
    }
  }
}

function filter() {
  const value = (id) => document.getElementById(id).value;
  const words = value("search").toLowerCase();
  let shown = 0;
  for (const row of document.querySelectorAll("#cells tbody tr")) {
    const p = row.problem;
    const fits = (!value("class") || p.classes.includes(value("class"))) &&
      (!value("dimension") || p.d === value("dimension")) &&
      (!words || `${p.label} ${p.title} ${p.source}`.toLowerCase().includes(words));
    row.hidden = !fits;
    shown += fits;
  }
  for (const cell of document.querySelectorAll("#cells [data-family]"))
    cell.hidden = Boolean(value("family")) && cell.dataset.family !== value("family");
  document.getElementById("count").textContent = `${shown} of ${data.problems.length} problems`;
}

// A number at the beginning of a cell orders it; "-" is never, and comes last.
function order(text) {
  const number = parseFloat(text.replace(/[,<>]/g, "").trim());
  return Number.isNaN(number) ? null : number;
}

// Long tables have a field that leaves the rows with some words in their first cell.
const LONG = 15;
function searchable(table) {
  const rows = [...table.tBodies[0].rows], box = table.closest(".scroll");
  if (rows.length <= LONG) return;
  const label = make("label", "Search ", null, { class: "search" });
  const field = make("input", null, label, { type: "search", placeholder: table.tHead.rows[0].cells[0].textContent });
  box.before(label);
  field.addEventListener("input", () => {
    for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(field.value.toLowerCase());
  });
}

function sort(header) {
  const table = header.closest("table"), column = [...header.parentNode.children].indexOf(header);
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = [...table.tBodies[0].rows];
  const key = (row) => row.cells[column].textContent.trim();
  rows.sort((a, b) => {
    const [s, t] = [key(a), key(b)], [m, n] = [order(s), order(t)];
    if (m === null && n === null) return (descending ? -1 : 1) * s.localeCompare(t);
    if (m === null || n === null) return m === null ? 1 : -1;
    return descending ? n - m : m - n;
  });
  table.tBodies[0].append(...rows);
}

function facts(parent, pairs) {
  const list = make("dl", null, parent);
  for (const [name, value] of pairs) if (value) { make("dt", name, list); make("dd", value, list); }
}

function results(parent, heads, rows) {
  const table = make("table", null, make("div", null, parent, { class: "scroll" }), { class: "sortable" });
  const head = make("tr", null, make("thead", null, table));
  for (const name of heads) make("button", name, make("th", null, head, { scope: "col" }), { type: "button" });
  const body = make("tbody", null, table);
  for (const [kind, name, cell] of rows) {
    const row = make("tr", null, body, data.asked.includes(name) ? { class: "asked" } : {});
    link(kind, name, make("td", null, row));
    for (const words of [cell.words, cell.median, cell.ert, String(cell.errors)]) make("td", words, row);
  }
  searchable(table);
}

const HEADS = ["share of runs", "median calls", "expected calls", "errors"];

function showProblem(page, problem) {
  make("h2", problem.label, page);
  facts(page, [["title", problem.title], ["variables", problem.d],
    ["classes", problem.classes.join(", ")], ["source", problem.source],
    ["", problem.solvable ? "" : "It has no listed equilibrium, and is not ranked."]]);
  if (problem.formula) formula(page, problem.typeset, problem.formula);
  make("h3", `Runs with ${data.target}`, page);
  results(page, ["algorithm", ...HEADS], Object.entries(problem.cells)
    .sort((a, b) => b[1].share - a[1].share).map(([name, cell]) => ["algorithm", name, cell]));
  if (problem.landscape) landscape(page, problem);
  if (problem.basins) basins(page, problem);
  const traces = problem.traces.flatMap((one) =>
    Object.entries(one.lines).map(([name, y]) => curve(name, one.calls, y)));
  if (traces.length)
    figure(page, `Median ${data.metric} over runs, against gradient calls`, "A flat median far from zero is a cycle or a wrong point.",
      greyFirst(traces), { xaxis: { type: "log", title: { text: "gradient calls" } }, yaxis: { type: "log", exponentformat: "power", title: { text: data.metric } } });
}

function marked(points) {
  return [...new Set(points.map((p) => p.kind))].map((kind) => {
    const mine = points.filter((p) => p.kind === kind);
    return { type: "scatter", mode: "markers", name: kind, x: mine.map((p) => p.x), y: mine.map((p) => p.y),
      marker: { size: 12, symbol: data.marks[kind], color: mine[0].color, line: { color: "white", width: 1 } } };
  });
}

// The runs of each algorithm as one curve, with a gap between two; up to so many calls.
function walked(path, calls) {
  const x = [], y = [];
  for (const lane of path.lanes) {
    let end = lane.call.findIndex((c) => c > calls);
    if (end < 0) end = lane.call.length;
    x.push(...lane.x.slice(0, end), null);
    y.push(...lane.y.slice(0, end), null);
  }
  return { x, y };
}

function heads(path, calls) {
  const x = [], y = [];
  for (const lane of path.lanes) {
    let end = lane.call.findIndex((c) => c > calls);
    if (end < 0) end = lane.call.length;
    if (end) { x.push(lane.x[end - 1]); y.push(lane.y[end - 1]); }
  }
  return { x, y };
}

function landscape(page, problem) {
  const ground = { type: "contour", x: problem.landscape.axis, y: problem.landscape.axis, z: problem.landscape.f,
    colorscale: "RdBu", contours: { coloring: "heatmap" }, ncontours: 22, opacity: 0.55, hoverinfo: "skip", showscale: false };
  const axis = problem.landscape.axis, pad = 0.05 * (axis.at(-1) - axis[0]), range = [axis[0] - pad, axis.at(-1) + pad];
  const last = Math.max(1, ...problem.paths.flatMap((p) => p.lanes.flatMap((lane) => lane.call.at(-1) ?? 0)));
  const moving = problem.paths.flatMap((path) => [
    { type: "scatter", mode: "lines", name: path.name, legendgroup: path.name, ...walked(path, last),
      line: { color: path.color, width: 1.6 }, hoverinfo: "name" },
    { type: "scatter", mode: "markers", name: path.name, legendgroup: path.name, showlegend: false, ...heads(path, last),
      marker: { color: path.color, size: 8, line: { color: "white", width: 1.5 } }, hoverinfo: "name" }]);
  const how = "x descends, y ascends. Extreme values are cut." + (moving.length ?
    " Runs are made again step by step, from the study's own starts; a dot is where a run is after so many calls." : "");
  const place = figure(page, moving.length ? "Runs over the contours of f, with the listed points" : "Contours of f, with the listed points",
    how, [ground, ...moving, ...marked(problem.points)],
    { xaxis: { title: { text: "x" }, range }, yaxis: { title: { text: "y" }, range }, height: NARROW ? 400 : 560 }, "plane");
  if (moving.length) player(place, problem.paths, last);
}

// Where playing begins the first steps matter most: time goes with the square of the slider.
function player(place, paths, last) {
  const bar = make("div", null, null, { class: "player" });
  const button = make("button", "Play", bar, { type: "button" });
  const slider = make("input", null, bar, { type: "range", min: 0, max: 200, value: 200, "aria-label": "gradient calls" });
  const told = make("output", null, bar);
  place.after(bar);
  const at = paths.flatMap((_, k) => [1 + 2 * k, 2 + 2 * k]);
  const calls = () => last * (slider.value / 200) ** 2;
  let clock = null;
  const draw = () => {
    told.textContent = `${Math.round(calls())} calls`;
    const now = paths.flatMap((path) => [walked(path, calls()), heads(path, calls())]);
    Plotly.restyle(place, { x: now.map((one) => one.x), y: now.map((one) => one.y) }, at);
  };
  const stop = () => { clearInterval(clock); clock = null; button.textContent = "Play"; };
  const step = () => {
    if (!place.isConnected || Number(slider.value) >= 200) return stop();
    slider.value = Number(slider.value) + 2;
    draw();
  };
  button.addEventListener("click", () => {
    if (clock !== null) return stop();
    if (Number(slider.value) >= 200) slider.value = 0;
    button.textContent = "Pause";
    clock = setInterval(step, 60);
  });
  slider.addEventListener("input", () => { stop(); draw(); });
  told.textContent = `${Math.round(last)} calls`;
}

function basins(page, problem) {
  const names = Object.keys(problem.basins.cells), kinds = data.verdicts;
  const seen = new Set(names.flatMap((name) => problem.basins.cells[name].flatMap((row) => [...row])));
  const scale = kinds.flatMap((kind, k) => [[k / kinds.length, kind.color], [(k + 1) / kinds.length, kind.color]]);
  const columns = Math.min(names.length, NARROW ? 1 : 2), rows = Math.ceil(names.length / columns);
  const height = 110 + 320 * rows;
  const layout = { height, margin: { t: 80, r: 10, b: 50, l: 60 }, annotations: [], showlegend: true,
    grid: { rows, columns, pattern: "independent", ygap: 0.3 },
    legend: { ...BASE.legend, y: 1 + 34 / (height - 130) } };
  const traces = names.flatMap((name, k) => {
    const n = k ? String(k + 1) : "", axes = { xaxis: `x${n}`, yaxis: `y${n}` };
    layout[`xaxis${n}`] = { title: { text: "x" } };
    layout[`yaxis${n}`] = { title: { text: "y" } };
    layout.annotations.push({ text: plain(name), showarrow: false, xref: `x${n} domain`, yref: `y${n} domain`,
      x: 0.5, y: 1.02, xanchor: "center", yanchor: "bottom" });
    return [{ type: "heatmap", x: problem.basins.x, y: problem.basins.y, zmin: -0.5, zmax: kinds.length - 0.5, colorscale: scale,
      z: problem.basins.cells[name].map((row) => [...row].map(Number)), showscale: false, hoverinfo: "skip", ...axes },
      ...marked(problem.points).map((one) => ({ ...one, ...axes, showlegend: k === 0, legendgroup: one.name }))];
  });
  const key = kinds.filter((_, k) => seen.has(String(k))).map((kind) => ({ type: "scatter", mode: "markers", x: [null], y: [null],
    name: kind.name, marker: { symbol: "square", size: 12, color: kind.color } }));
  figure(page, "Basins: where a run gets to, by where it starts",
    "Each cell is a run of its own from that start. Few calls are spent, so slow runs are unfinished here; `minmaxbench plot --basins` draws it finer.",
    [...traces, ...key], layout, "plane");
}

// One setting is one dot on each axis; the default's score is a line, as its steps may be in other units.
function tried(page, one) {
  const { axes, score, tuned } = one.tried, columns = Math.min(axes.length, NARROW ? 1 : 3), rows = Math.ceil(axes.length / columns);
  const layout = { height: 90 + 260 * rows, showlegend: true, shapes: [], grid: { rows, columns, pattern: "independent", ygap: 0.35 } };
  layout.legend = { ...BASE.legend, y: 1 + 10 / (layout.height - 90) };
  const traces = axes.flatMap((axis, k) => {
    const n = k ? String(k + 1) : "", on = { type: "scatter", mode: "markers", xaxis: `x${n}`, yaxis: `y${n}` };
    layout[`xaxis${n}`] = { type: axis.type, title: { text: plain(axis.name) }, exponentformat: "power", nticks: 5, zeroline: false };
    layout[`yaxis${n}`] = k % columns ? {} : { title: { text: "score" } };
    layout.shapes.push({ type: "line", xref: `x${n} domain`, x0: 0, x1: 1, yref: `y${n}`, y0: one.tried.default, y1: one.tried.default,
      line: { color: "#D55E00", width: 1.5, dash: "dash" } });
    const dots = [{ ...on, name: "a setting", legendgroup: "a", showlegend: !k, x: axis.x, y: score, marker: { color: "#0072B2", size: 7 } }];
    if (tuned !== null) dots.push({ ...on, name: "the tuned one", legendgroup: "t", showlegend: !k, x: [axis.x[tuned]], y: [score[tuned]],
      marker: { color: "#009E73", size: 12, symbol: "diamond" } });
    return dots;
  });
  traces.push({ type: "scatter", mode: "lines", name: "the default's score", x: [null], y: [null], line: { color: "#D55E00", dash: "dash" } });
  figure(page, "Sensitivity: the score of each setting that tuning tried",
    "Lower is better: one less is ten times fewer calls. Dots that lie high almost everywhere say that the method must be tuned to work; a flat row, that it need not be. Each dot has a place on every axis.",
    traces, layout);
}

function showAlgorithm(page, one) {
  make("h2", one.name, page);
  facts(page, [["family", one.family], ["what it is", one.summary], ["a step asks for", one.cost],
    ["a state holds", one.memory === "none" ? "the iterate alone" : one.memory && `the iterate and ${one.memory}`], ["source", one.source]]);
  if (one.typeset.length) one.typeset.forEach((typeset) => formula(page, typeset));
  else if (one.rule) make("pre", one.rule, page);
  if (one.tuned.length) {
    make("h3", "What tuning found", page);
    facts(page, one.tuned);
    if (one.tried) tried(page, one);
  }
  if (one.claims.length) {
    make("h3", "What is claimed, and what the tests find", page);
    const table = make("table", null, make("div", null, page, { class: "scroll" }), { class: "wrap" });
    const head = make("tr", null, make("thead", null, table));
    for (const name of ["claim", "source", "found"]) make("th", name, head, { scope: "col" });
    const body = make("tbody", null, table);
    for (const claim of one.claims) {
      const row = make("tr", null, body);
      for (const words of claim) make("td", words, row);
    }
  }
  const mine = data.problems.filter((p) => p.cells[one.name]);
  make("h3", `On ${mine.length} problems: runs with ${data.target}`, page);
  const best = [...mine].sort((a, b) => b.cells[one.name].share - a.cells[one.name].share);
  results(page, ["problem", ...HEADS], best.map((p) => ["problem", p.label, p.cells[one.name]]));
}

function route() {
  const [kind, ...rest] = location.hash.slice(1).split("/");
  const page = document.getElementById("one"), name = decodeURIComponent(rest.join("/"));
  const found = kind === "problem" ? byName(data.problems, "label", name)
    : kind === "algorithm" ? byName(data.algorithms, "name", name) : null;
  for (const section of document.querySelectorAll("main > section")) section.hidden = Boolean(found) !== (section === page);
  if (!found) {
    if (kind) document.getElementById(kind)?.scrollIntoView();
    else scrollTo(0, 0);
    return;
  }
  page.replaceChildren();
  (kind === "problem" ? showProblem : showAlgorithm)(page, found);
  scrollTo(0, 0);
}

for (const table of document.querySelectorAll("#overview table.sortable")) searchable(table);
cells();
filter();
for (const id of ["search", "class", "dimension", "family"]) document.getElementById(id).addEventListener("input", filter);
document.addEventListener("click", (event) => {
  const header = event.target.closest("table.sortable th button")?.parentNode;
  if (header) sort(header);
});
addEventListener("hashchange", route);
for (const chart of data.charts) figure(document.getElementById("charts"), chart.title, chart.how, chart.traces, chart.layout);
route();
