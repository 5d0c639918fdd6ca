// Draws every .figure[data-figure] from the JSON beside it, in the page's own font and ink.
(() => {
  "use strict";

  const NARROW = 560;
  const SAVED_WIDTH = 900;
  const LETTER = 6.5; // px, about
  const LABELS = 0.5; // of a phone's width, for labels at the left
  const MORE_A_LINE = 12; // px of height for each bar or estimate whose label is broken,
  const MORE_A_NAME = 17; // and for each name of the key, which then has a line of its own
  const ROOM_AT_LEFT = 44; // of a figure that has no words of its own there

  const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const PRINTED = { "--ink": "#16212b", "--ink-2": "#4b5965", "--rule": "#dde3e7", "--rule-strong": "#7b8894", "--paper": "#ffffff" };
  const printed = (name) => PRINTED[name] ?? themed(name);

  const figureOf = (id) => JSON.parse(document.getElementById(`${id}-data`).textContent);

  // Words above or below a figure in as many lines as they need.
  const inLines = (text, width) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (lines.at(-1) && longer.length * LETTER > width - ROOM_AT_LEFT) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines.join("<br>");
  };

  // Colours follow the page's theme; on a phone letters and margins give way.
  const dressed = (figure, width, ink) => {
    const layout = structuredClone(figure.layout);
    const narrow = width < NARROW;
    const axis = { color: ink("--ink-2"), gridcolor: ink("--rule"), linecolor: ink("--rule-strong"), tickcolor: ink("--rule-strong") };
    layout.font = { family: ink("--sans"), size: narrow ? 11 : 13, color: ink("--ink") };
    layout.xaxis = { ...axis, ...layout.xaxis };
    layout.yaxis = { ...axis, ...layout.yaxis };
    layout.hoverlabel = { bgcolor: ink("--paper"), bordercolor: ink("--rule-strong"), font: { family: ink("--sans"), color: ink("--ink") } };
    for (const each of [layout.xaxis, layout.yaxis]) {
      if (each.title) each.title = { text: inLines(each.title.text, 0.6 * width), font: { size: narrow ? 11 : 13 } };
    }
    if (narrow && layout.margin.l <= ROOM_AT_LEFT) layout.margin = { ...layout.margin, l: 30 };
    if (narrow && layout.yaxis.ticktext) layout.yaxis.ticktext = layout.yaxis.ticktext.map((text) => inLines(text, LABELS * width));
    if (narrow && (layout.xaxis.ticktext?.length ?? 0) > 4) layout.xaxis.tickfont = { size: 9.5 };
    if (narrow && layout.yaxis.ticks === "") layout.height += MORE_A_LINE * layout.meta.lines + MORE_A_NAME * layout.meta.names;
    const below = layout.xaxis.tickfont?.size ?? layout.font.size; // what heads the numbers below keeps to their lines
    for (const note of layout.annotations ?? []) {
      note.font = { size: note.name === "below" ? below : layout.font.size, color: ink("--ink-2") };
      if (note.name === "below") continue;
      note.text = inLines(note.text, width - Math.max(0, layout.margin.l - ROOM_AT_LEFT));
      layout.margin = { ...layout.margin, t: layout.margin.t + 15 * (note.text.split("<br>").length - 1) };
    }
    return layout;
  };

  // A bar's label in lines: '6 weeks, simple' above '(n = 7)'.
  const broken = (label, width) => {
    if (typeof label !== "string") return label;
    const [words, n] = label.split(" (n = ");
    return [inLines(words, LABELS * width), ...(n ? [`(n = ${n}`] : [])].join("<br>");
  };
  const brokenLabels = (traces, width) => {
    for (const trace of traces) if (trace.type === "bar") trace.y = trace.y.map((label) => broken(label, width));
  };

  const draw = (box) => {
    const figure = figureOf(box.dataset.figure);
    box.replaceChildren();
    if (box.clientWidth < NARROW) brokenLabels(figure.data, box.clientWidth);
    return Plotly.react(box, figure.data, dressed(figure, box.clientWidth, themed), figure.config);
  };

  // Saved for print, whatever the page's theme: dark ink on white.
  const save = (id) => {
    const figure = figureOf(id);
    const layout = { ...dressed(figure, SAVED_WIDTH, printed), paper_bgcolor: "#ffffff" };
    const format = { format: "svg", filename: id, width: SAVED_WIDTH, height: layout.height + 40 };
    return Plotly.downloadImage({ data: figure.data, layout, config: figure.config }, format);
  };

  // A figure that is folded away has no width; it is drawn when it is unfolded.
  const drawAll = (within = document) => {
    for (const box of within.querySelectorAll(".figure[data-figure]")) if (box.clientWidth) draw(box);
  };

  document.addEventListener("DOMContentLoaded", () => drawAll());
  document.addEventListener("toggle", (event) => event.target.open && drawAll(event.target), true);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) save(button.dataset.save);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
})();
