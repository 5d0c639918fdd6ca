// Finding a variable of a cohort: what is typed narrows the list, group by group. Without this script the groups unfold.
document.querySelectorAll("[data-seek]").forEach((box) => {
  const area = box.closest("fieldset");
  const groups = [...area.querySelectorAll("[data-seek-group]")];
  const said = area.querySelector("[data-seek-said]");

  function narrow() {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const group of groups) {
      let here = 0;
      for (const item of group.querySelectorAll("[data-seek-text]")) {
        item.hidden = !words.every((word) => item.dataset.seekText.includes(word));
        here += item.hidden ? 0 : 1;
      }
      group.hidden = here === 0;
      group.open = words.length > 0 && here > 0;
      found += here;
    }
    said.textContent = words.length ? `${found} found` : "";
  }

  // What is typed here is no part of the cohort: it asks for no count, and Enter takes nothing.
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    narrow();
  });
  box.addEventListener("change", (event) => event.stopPropagation());
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
});
document.querySelectorAll("[data-count-now]").forEach((button) => { button.hidden = true; });
