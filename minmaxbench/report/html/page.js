"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const byName = (list, key, name) => list.find((one) => one[key] === name);
const CONFIG = { displaylogo: false, responsive: true, modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]] };
const BASE = { margin: { t: 40, r: 10, b: 50, l: 60 }, height: 360, hovermode: "closest",
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

function figure(parent, title, how, traces, layout) {
  const box = make("figure", null, parent);
  make("figcaption", title, box);
  const place = make("div", null, box, { class: "chart", role: "img", "aria-label": title });
  if (how) {
    const details = make("details", null, box);
    make("summary", "How to read this", details);
    make("p", how, details);
  }
  Plotly.newPlot(place, traces.map(safe), { ...BASE, ...layout }, CONFIG);
}

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
    const row = make("tr", null, body);
    link(kind, name, make("td", null, row));
    for (const words of [cell.words, cell.median, cell.ert, String(cell.errors)]) make("td", words, row);
  }
}

const HEADS = ["share of runs", "median calls", "expected calls", "errors"];

function showProblem(page, problem) {
  make("h2", problem.label, page);
  facts(page, [["title", problem.title], ["f(x, y)", problem.formula], ["variables", problem.d],
    ["classes", problem.classes.join(", ")], ["source", problem.source],
    ["", problem.solvable ? "" : "It has no listed equilibrium, and is not ranked."]]);
  make("h3", `Runs with ${data.target}`, page);
  results(page, ["algorithm", ...HEADS], Object.entries(problem.cells).map(([name, cell]) => ["algorithm", name, cell]));
  if (problem.landscape) {
    const kinds = [...new Set(problem.points.map((p) => p.kind))];
    const marks = kinds.map((kind) => {
      const mine = problem.points.filter((p) => p.kind === kind);
      return { type: "scatter", mode: "markers", name: kind, x: mine.map((p) => p.x), y: mine.map((p) => p.y),
        marker: { size: 11, color: mine[0].color, line: { color: "white", width: 1 } } };
    });
    figure(page, "f over the start region, with its listed points", "x descends, y ascends. Extreme values are cut.",
      [{ type: "contour", x: problem.landscape.axis, y: problem.landscape.axis, z: problem.landscape.f, colorscale: "RdBu",
        contours: { coloring: "heatmap" }, ncontours: 22, opacity: 0.7 }, ...marks],
      { xaxis: { title: { text: "x" } }, yaxis: { title: { text: "y" } }, height: 480 });
  }
  if (problem.traces.length)
    figure(page, "Median over runs, against gradient calls", "A flat median far from zero is a cycle or a wrong point.",
      problem.traces, { xaxis: { type: "log", title: { text: "gradient calls" } }, yaxis: { type: "log", exponentformat: "power" } });
}

function showAlgorithm(page, one) {
  make("h2", one.name, page);
  facts(page, [["family", one.family], ["what it is", one.summary], ["a step asks for", one.cost],
    ["a state holds", one.memory === "none" ? "the iterate alone" : one.memory && `the iterate and ${one.memory}`], ["source", one.source]]);
  if (one.rule) make("pre", one.rule, page);
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
    document.getElementById(kind || "overview")?.scrollIntoView();
    return;
  }
  page.replaceChildren();
  (kind === "problem" ? showProblem : showAlgorithm)(page, found);
  scrollTo(0, 0);
}

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
