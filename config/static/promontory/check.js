// Holding values against the source by keyboard: v verifies and goes on, j and k move between values.
(() => {
  "use strict";

  const lines = () => [...document.querySelectorAll("[data-check]")].filter((line) => line.querySelector("[data-check-button]"));
  const here = () => lines().indexOf(document.activeElement.closest?.("[data-check]"));
  const go = (place) => lines()[Math.max(0, Math.min(place, lines().length - 1))]?.querySelector("[data-check-button]").focus();
  let next = -1;

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    if (event.key === "j") go(here() + 1);
    else if (event.key === "k") go(here() - 1);
    else if (event.key === "v" && here() >= 0) {
      const button = lines()[here()].querySelector("[data-check-button][value=verify]");
      if (!button) return go(here() + 1);
      next = here() + 1;
      button.click();
    } else return;
    event.preventDefault();
  });

  // The line was replaced, and the focus with it: by the next one after v, by its own button after a click.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (next < 0) next = lines().indexOf(event.detail.target.closest?.("[data-check]"));
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (next >= 0) go(next);
    next = -1;
  });
})();
