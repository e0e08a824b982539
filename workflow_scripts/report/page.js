"use strict";
// Without this script the page is complete, only static.
const $ = (selector, where = document) => where.querySelector(selector);
const $$ = (selector, where = document) => [...where.querySelectorAll(selector)];

function made(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

// What is folded is open on paper; browsers that do not know details-content need to be told

let opened = [];
addEventListener("beforeprint", () => {
  opened = $$("details:not([open])");
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});

// Pictures that are enlarged

function enlarge(picture) {
  const copy = made("img", { src: picture.src, alt: picture.alt });
  $("#zoom-picture").replaceChildren(copy);
  $("#zoom").setAttribute("aria-label", picture.dataset.name);
  $("#zoom").showModal();
}

for (const picture of $$("img.zoomable")) {
  const button = made("button", { type: "button", className: "zoom" });
  picture.replaceWith(button);
  button.append(picture);
  button.title = `Enlarge: ${picture.dataset.name}`;
  button.addEventListener("click", () => enlarge(picture));
}
$("#zoom-close").addEventListener("click", () => $("#zoom").close());
$("#zoom").addEventListener("click", (event) => event.target === $("#zoom") && $("#zoom").close());

// Tables that are sorted by a column

function number(text) {
  const found = text.replace(/\u2212/g, "-").match(/^[^\d-]*(-?\d[\d,]*\.?\d*(e[-+]?\d+)?)/i);
  return found ? Number(found[1].replace(/,/g, "")) : NaN;
}

function compare(one, other) {
  const [a, b] = [number(one), number(other)];
  const numbers = !Number.isNaN(a) && !Number.isNaN(b);
  return numbers ? a - b : one.localeCompare(other, "en", { numeric: true });
}

function sort(table, heading, column) {
  const descending = heading.getAttribute("aria-sort") === "ascending";
  for (const each of $$("thead th", table)) each.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...table.tBodies[0].rows].sort((a, b) => {
    // What is empty stands last, either way.
    if (!text(a) || !text(b)) return !text(a) - !text(b);
    return (descending ? -1 : 1) * compare(text(a), text(b));
  });
  table.tBodies[0].append(...rows);
}

function makeSortable(table) {
  $$("thead th", table).forEach((heading, column) => {
    const button = made("button", { type: "button", title: "Sort by this column" });
    button.append(...heading.childNodes);
    heading.replaceChildren(button);
    button.addEventListener("click", () => sort(table, heading, column));
  });
}

for (const table of $$("main .wide table")) {
  if (table.id !== "paths-table" && table.tBodies[0].rows.length > 1) makeSortable(table);
}

// A link to something folded opens it

function unfold() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  let folded = target;
  while ((folded = folded.closest("details"))) {
    folded.open = true;
    folded = folded.parentElement;
  }
  target.scrollIntoView();
}
addEventListener("hashchange", unfold);
unfold();

// Charts

const data = JSON.parse($("#data")?.textContent ?? "{}");
const charts = [];

function colours() {
  const style = getComputedStyle(document.documentElement);
  return { text: style.getPropertyValue("--text").trim(), line: style.getPropertyValue("--line").trim() };
}

function axis(title) {
  const { text, line } = colours();
  return { title: { display: true, text: title, color: text }, ticks: { color: text }, grid: { color: line } };
}

function recolour() {
  for (const chart of charts) {
    for (const scale of ["x", "y"]) {
      const title = chart.options.scales[scale].title.text;
      Object.assign(chart.options.scales[scale], axis(title));
    }
    if (chart.options.plugins.legend.labels) chart.options.plugins.legend.labels.color = colours().text;
    chart.update("none");
  }
}

function scatter({ indicators, families, models }) {
  const points = (indicator, family) =>
    models
      .filter((model) => model.family === family)
      .map((model) => ({
        x: model.values[indicator][0], y: model.values.effective_robustness[0], model,
      }))
      .filter((point) => point.x !== null && point.y !== null);
  const select = $("#indicator");
  for (const [name, title] of Object.entries(indicators)) {
    select.append(made("option", { value: name, textContent: title }));
  }
  const range = ([value, low, high]) => (low === null ? `${value}` : `${value} (${low} to ${high})`);
  const chart = new Chart($("#scatter-chart"), {
    type: "scatter",
    data: {
      datasets: Object.entries(families).map(([family, look]) => ({
        label: family, family, data: points(select.value, family), pointStyle: look.marker,
        backgroundColor: look.colour, borderColor: look.colour, pointBorderWidth: 2, pointRadius: 7, pointHoverRadius: 9,
      })),
    },
    options: {
      maintainAspectRatio: false, animation: false,
      scales: { x: axis(indicators[select.value]), y: axis("Effective robustness [%]") },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            label: ({ raw, dataset }) => [
              `${raw.model.model} (${dataset.label})`,
              `${indicators[select.value]}: ${range(raw.model.values[select.value])}`,
              `Effective robustness [%]: ${range(raw.model.values.effective_robustness)}`,
            ],
          },
        },
      },
    },
  });
  charts.push(chart);
  select.addEventListener("change", () => {
    for (const each of chart.data.datasets) each.data = points(select.value, each.family);
    chart.options.scales.x.title.text = indicators[select.value];
    chart.update();
  });
  chart.data.datasets.forEach((each, place) => {
    const box = made("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => chart.setDatasetVisibility(place, box.checked) ?? chart.update());
    const swatch = made("span", { className: "swatch" });
    swatch.style.background = each.backgroundColor;
    $("#families").append(made("label", {}, box, " ", swatch, each.label));
  });
}

// None of a family's: all paths lead from a zero-shot model to a finetuned one
const HUES = ["#7B6FD6", "#B5485D", "#9A9A2E", "#8C6D46"];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];

function paths({ quantities, models }) {
  const names = Object.keys(models);
  const alphas = models[names[0]].alphas;
  const slider = $("#alpha");
  Object.assign(slider, { min: 0, max: alphas.length - 1, step: 1, value: 0 });
  const radius = ({ dataIndex }) => (dataIndex === Number(slider.value) ? 8 : 2);
  const chart = new Chart($("#paths-chart"), {
    type: "scatter",
    data: {
      datasets: names.map((name, place) => ({
        label: name, showLine: true, borderWidth: 1.5, pointRadius: radius, pointHoverRadius: 9,
        borderColor: HUES[place % HUES.length], backgroundColor: HUES[place % HUES.length],
        borderDash: DASHES[Math.floor(place / HUES.length) % DASHES.length],
        data: alphas.map((alpha, at) => ({
          x: models[name].values.accuracy?.[at], y: models[name].values.shift_accuracy?.[at], alpha,
        })),
      })),
    },
    options: {
      maintainAspectRatio: false, animation: false,
      scales: { x: axis(quantities.accuracy), y: axis(quantities.shift_accuracy) },
      plugins: {
        legend: { position: "bottom", labels: { color: colours().text, boxWidth: 12 } },
        tooltip: { callbacks: { label: ({ raw, dataset }) =>
          `${dataset.label}, alpha ${raw.alpha}: ${raw.x}, ${raw.y}` } },
      },
    },
  });
  charts.push(chart);
  const titles = ["Finetuned model", ...Object.values(quantities)];
  const cells = titles.map((title) => made("th", { scope: "col", textContent: title }));
  $("#paths-table thead").append(made("tr", {}, ...cells));
  const shown = (value) => (value === null || value === undefined ? "" : `${Number(value.toPrecision(4))}`);
  function show() {
    const at = Number(slider.value);
    $("#alpha-shown").textContent = alphas[at];
    slider.setAttribute("aria-valuetext", `alpha ${alphas[at]}`);
    const rows = names.map((name) =>
      made("tr", {}, made("th", { scope: "row", textContent: name }),
        ...Object.keys(quantities).map((each) =>
          made("td", { textContent: shown(models[name].values[each]?.[at]) }))));
    $("#paths-table tbody").replaceChildren(...rows);
    chart.update("none");
  }
  slider.addEventListener("input", show);
  show();
}

for (const each of $$(".needs-script")) each.hidden = false;
if (data.scatter) scatter(data.scatter);
if (data.paths) paths(data.paths);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
