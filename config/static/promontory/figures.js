// Draws every .figure[data-figure] from the JSON beside it, in the page's own font and ink.
(() => {
  "use strict";

  const NARROW = 560;

  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Colours follow the page's theme; on a phone long tick labels and margins give way.
  const dressed = (figure, width) => {
    const layout = structuredClone(figure.layout);
    const axis = { color: ink("--ink-2"), gridcolor: ink("--rule"), linecolor: ink("--rule-strong"), tickcolor: ink("--rule-strong") };
    layout.font = { family: ink("--sans"), size: width < NARROW ? 11 : 13, color: ink("--ink") };
    layout.xaxis = { ...axis, ...layout.xaxis };
    layout.yaxis = { ...axis, ...layout.yaxis };
    layout.hoverlabel = { bgcolor: ink("--paper"), bordercolor: ink("--rule-strong"), font: { family: ink("--sans"), color: ink("--ink") } };
    for (const note of layout.annotations ?? []) note.font = { size: width < NARROW ? 11 : 12.5, color: ink("--ink-2") };
    if (width < NARROW && (layout.xaxis.ticktext?.length ?? 0) > 4) {
      layout.xaxis.tickfont = { size: 9.5 };
      layout.margin = { ...layout.margin, l: 28, r: 4 };
    }
    return layout;
  };

  const draw = (box) => {
    const figure = JSON.parse(document.getElementById(`${box.dataset.figure}-data`).textContent);
    box.replaceChildren();
    return Plotly.react(box, figure.data, dressed(figure, box.clientWidth), figure.config);
  };

  const save = (id) => Plotly.downloadImage(document.getElementById(id), { format: "svg", filename: id, width: 900, height: 480 });

  const drawAll = () => {
    for (const box of document.querySelectorAll(".figure[data-figure]")) draw(box);
  };

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) save(button.dataset.save);
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
