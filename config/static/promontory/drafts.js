// Keeps what is typed into form[data-draft] on the server until it is saved, says so in [data-draft-said], asks
// before it is left, and holds a save back while nobody is logged in: that save would be led to the log-in and lost.
(() => {
  "use strict";
  const PAUSE = 1000, LEFT = 200, AGAIN = 5000;
  const OUT = "You are logged out. What you typed stays on this page and is kept nowhere else yet: ";
  const LOGIN = "log in in another tab";

  function start(form) {
    const said = form.querySelector("[data-draft-said]");
    let kept = text(form), unsaved = "unsaved" in form.dataset, timer = 0, leaving = false, out = false, running = null;
    let hints = null;

    const say = (words, { link = false, alarm = true } = {}) => {
      said.textContent = words;
      said.classList.toggle("is-alarm", alarm);
      if (!link) return;
      const anchor = Object.assign(document.createElement("a"), { href: form.dataset.login, target: "_blank", textContent: LOGIN });
      said.append(anchor, ", then go on here.");
    };

    form.addEventListener("input", () => {
      unsaved = true;
      plan(PAUSE);
    });
    form.addEventListener("change", () => plan(LEFT));
    document.addEventListener("visibilitychange", () => document.hidden && unsaved && keep());
    window.addEventListener("beforeunload", (event) => {
      if (unsaved && !leaving) event.preventDefault();
    });
    // What the page asks for beside it is waited for and not begun again, lest the save cut it off.
    form.addEventListener("htmx:beforeRequest", (event) => {
      if (leaving) event.preventDefault();
      else hints = new Promise((done) => event.detail.xhr.addEventListener("loadend", done));
    });
    form.addEventListener("submit", async (event) => {
      if (leaving) return;
      event.preventDefault();
      clearTimeout(timer);
      if (await keep(true)) {
        leaving = true;
        await Promise.race([hints, new Promise((done) => setTimeout(done, PAUSE))]);
        form.requestSubmit(event.submitter);
        setTimeout(() => { leaving = false; }, AGAIN);
      }
    });

    function plan(wait) {
      clearTimeout(timer);
      timer = setTimeout(keep, wait);
    }

    // One request at a time. True where the server took it or has its own reason not to: a save may go on then.
    async function keep(always = false) {
      while (running) await running;
      if (always !== true && text(form) === kept) return true;
      running = send();
      try {
        return await running;
      } finally {
        running = null;
      }
    }

    async function send() {
      const body = text(form);
      try {
        if (out) await renew();
        let answer = await post(body);
        if (answer.status === 403) {
          await renew();
          answer = await post(body);
        }
        if (answer.type === "opaqueredirect") throw new LoggedOut();
        out = false;
        const words = answer.headers.get("content-type")?.includes("json") ? await answer.json() : {};
        if (answer.ok) kept = body;
        if (answer.ok) say(`Kept as a draft at ${clock(words.kept_at)}, not saved yet.`, { alarm: false });
        else say(words.said ?? "This is not kept as a draft.");
        return true;
      } catch (problem) {
        out = true;
        if (problem instanceof LoggedOut) say(OUT, { link: true });
        else say("The server does not answer. What you typed stays on this page; it is tried again.");
        plan(AGAIN);
        return false;
      }
    }

    const post = (body) => fetch(form.dataset.draft, {
      method: "POST", body, redirect: "manual", keepalive: body.length < 60000,
      headers: {
        "content-type": "application/x-www-form-urlencoded", "x-csrftoken": token(form), "x-typed-by": form.dataset.typedBy,
      },
    });

    // A log-in in another tab makes the page's token worthless: ask for one that counts.
    async function renew() {
      const answer = await fetch(form.dataset.draft, { redirect: "manual" });
      if (answer.type === "opaqueredirect") throw new LoggedOut();
      if (!answer.ok) return;
      const fresh = (await answer.json()).token;
      for (const input of document.querySelectorAll("[name=csrfmiddlewaretoken]")) input.value = fresh;
      document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": fresh }));
    }
  }

  class LoggedOut extends Error {}

  const token = (form) => form.querySelector("[name=csrfmiddlewaretoken]").value;
  const clock = (moment) => new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

  function text(form) {
    const content = new FormData(form);
    content.delete("csrfmiddlewaretoken");
    for (const [name, value] of [...content]) if (value instanceof File) content.delete(name);
    return new URLSearchParams(content).toString();
  }

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-draft]").forEach(start));
})();
