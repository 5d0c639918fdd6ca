// The frame's few behaviours: the error summary takes the focus, menus close as menus do, a table of contents keeps up.
(() => {
  "use strict";

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("[data-focus]")?.focus();
    const wide = window.matchMedia("(min-width: 68rem)").matches;
    for (const details of document.querySelectorAll("[data-open-when-wide]")) details.open = wide;
    followContents();
  });

  // Marks the part being read in the table of contents.
  function followContents() {
    const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]));
    const watcher = new IntersectionObserver((entries) => {
      const entered = entries.find((entry) => entry.isIntersecting);
      if (!entered) return;
      for (const [id, link] of links) link.toggleAttribute("data-here", id === entered.target.id);
    }, { rootMargin: "-15% 0px -75% 0px" });
    for (const id of links.keys()) {
      const part = document.getElementById(id);
      if (part) watcher.observe(part);
    }
  }

  document.addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.menu[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
