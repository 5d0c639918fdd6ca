// One switch for all that stands folded beside the published numbers; its state is in the address.
(() => {
  "use strict";

  const form = document.querySelector("[data-beside-switch]");
  if (!form) return;
  const box = form.querySelector("input[type=checkbox]");

  const follow = () => {
    for (const details of document.querySelectorAll("details[data-beside]")) details.open = box.checked;
    const address = new URL(window.location.href);
    if (box.checked) address.searchParams.set("beside", "1");
    else address.searchParams.delete("beside");
    window.history.replaceState(window.history.state, "", address);
  };

  box.addEventListener("change", follow);
  form.querySelector("button").hidden = true;
})();
