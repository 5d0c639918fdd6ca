// Warns before the session ends for want of use, and says so when it has ended. The server is asked how long it lasts:
// another tab may have used it. What is typed is kept as a draft meanwhile (drafts.js), and offered after the log-in.
(() => {
  "use strict";
  const ENOUGH = 500;

  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("session-end");
    if (box) watch(box);
  });

  function watch(box) {
    const said = box.querySelector("p"), stay = box.querySelector("[data-stay]"), again = box.querySelector("[data-again]");
    const warn = Number(box.dataset.warn);
    let timer = 0;
    stay.addEventListener("click", () => ask("POST"));
    document.addEventListener("visibilitychange", () => document.hidden || ask("GET"));
    ask("GET");

    async function ask(method) {
      const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
      try {
        const answer = await fetch(box.dataset.session, { method, headers: { "x-csrftoken": token } });
        if (answer.ok) show((await answer.json()).ends_in);
        else plan(warn);
      } catch {
        plan(warn);
      }
    }

    function plan(seconds) {
      clearTimeout(timer);
      timer = setTimeout(() => ask("GET"), Math.min(seconds * 1000 + ENOUGH, 2 ** 31 - 1));
    }

    function show(left) {
      const near = left <= warn;
      box.hidden = !near;
      stay.hidden = left <= 0;
      again.hidden = left > 0;
      if (!near) return plan(left - warn);
      if (left > 0) {
        said.textContent = `You will be logged out in ${left < 90 ? `${left} seconds` : "two minutes"}, unless you go on.`;
        return plan(Math.min(left, 15));
      }
      said.textContent = "You are logged out. What you typed into a form is kept as a draft.";
      again.href = `${box.dataset.login}?next=${encodeURIComponent(location.pathname + location.search)}`;
    }
  }
})();
