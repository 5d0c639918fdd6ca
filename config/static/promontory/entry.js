// The visit form under the fingers: a finished score moves on, a letter says why one is missing, = takes the value of
// the visit before. The rules are the server's: what is typed is sent there (the event "typed"), and its hints come back.
(() => {
  "use strict";
  const NOTHING_YET = "Nothing is typed here: give a score, or a letter for why it is missing. ↓ goes on without.";
  const STAY = "promontory-scores-stay";
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-entry]").forEach(start));

  function start(form) {
    const letters = table(form.dataset.letters), visitLetters = table(form.dataset.visitLetters);
    const date = form.elements.visited_on, missed = form.elements.missed, save = form.querySelector("[data-save]");
    const scores = [...form.querySelectorAll(".score .value input")];
    const stops = [date, ...scores.filter((input) => !("whole" in input.dataset)), form.elements.reason, save].filter(Boolean);
    const reasonOf = (input) => form.elements[input.name.replace("score_", "missing_")];
    const typed = () => form.dispatchEvent(new Event("typed"));

    form.classList.add("is-live");
    for (const help of form.querySelectorAll(".for-keys")) help.hidden = false;
    const movesOn = form.querySelector("[data-moves-on]");
    movesOn.checked = localStorage.getItem(STAY) === null;
    movesOn.addEventListener("change", () => {
      if (movesOn.checked) localStorage.removeItem(STAY);
      else localStorage.setItem(STAY, "1");
      tabStops();
    });
    // Where scores move on by themselves, Tab goes from score to score; m leads to the list of reasons.
    const tabStops = () => scores.forEach((input) => { reasonOf(input).tabIndex = movesOn.checked ? -1 : 0; });
    tabStops();
    show();
    const warned = [...form.querySelectorAll("[data-warned]")];
    if (warned.length) warned[0].focus();
    else if (!document.querySelector("[data-focus]")) first().focus();

    function first() {
      if (!form.elements.timepoint.value) return form.elements.timepoint;
      return date.value || missed.value ? stops.find((stop) => stop !== date && empty(stop)) ?? save : date;
    }

    function empty(input) {
      return scores.includes(input) && !input.value && !reasonOf(input).value;
    }

    function go(from, step) {
      const order = stops.includes(from) ? stops : [date, ...scores, save];
      const next = order[order.indexOf(from) + step];
      next?.focus();
      next?.select?.();
    }

    function change(control, value) {
      control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function giveReason(input, reason) {
      input.value = "";
      change(reasonOf(input), reason);
    }

    function giveScore(input, value) {
      if (reasonOf(input).value) change(reasonOf(input), "");
      change(input, value);
    }

    form.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey || event.metaKey) return;
      if (event.key === "Enter" && event.ctrlKey) return press(event, () => form.requestSubmit(event.shiftKey ? form.querySelector("[data-save-next]") ?? save : save));
      if (event.ctrlKey) return;
      const input = event.target, key = event.key;
      if (key === "Enter" && input.matches("input:not([type=checkbox], [type=radio]), select") && !input.closest(".source-of")) {
        return press(event, () => enter(input));
      }
      if (input === date) return keyInDate(event);
      if (scores.includes(input)) keyInScore(event, input, key);
    });

    // Enter goes on, and leaves no score empty: one press too many skips nothing. From a reason it goes on as from its
    // own score, from what is said of a missed visit to the save.
    function enter(control) {
      if (stops.includes(control) && empty(control)) {
        control.closest(".score").querySelector(".said").innerHTML = `<p class="nothing-yet">${NOTHING_YET}</p>`;
      } else if (warned.includes(control)) (warned[warned.indexOf(control) + 1] ?? save).focus();
      else if (missed.value && !scores.includes(control)) save.focus();
      else if (control === form.elements.timepoint) date.focus();
      else go(control.closest(".score")?.querySelector(".value input") ?? (stops.includes(control) ? control : date), 1);
    }

    function keyInScore(event, input, key) {
      const before = form.querySelector(`#before_${CSS.escape(input.name.slice(6))} [data-before]`);
      const reason = letters.get(key.toLowerCase());
      if (key === "ArrowDown" || key === "ArrowUp") press(event, () => go(input, key === "ArrowDown" ? 1 : -1));
      else if (key === "=") press(event, () => before && (giveScore(input, before.dataset.before), go(input, 1)));
      else if (key === "m") press(event, () => reasonOf(input).focus());
      else if ("yesNo" in input.dataset && /^[ynYN]$/.test(key)) press(event, () => (giveScore(input, /y/i.test(key) ? "yes" : "no"), on(input)));
      else if (reason && event.shiftKey) press(event, () => giveRest(input, reason));
      else if (reason) press(event, () => (giveReason(input, reason), go(input, 1)));
      else if ((key === "Backspace" || key === "Delete") && !input.value) change(reasonOf(input), "");
    }

    // This score and every later one that is still empty.
    function giveRest(input, reason) {
      for (const each of stops.slice(stops.indexOf(input)).filter(empty)) giveReason(each, reason);
      save.focus();
    }

    function keyInDate(event) {
      const reason = visitLetters.get(event.key), offered = form.querySelector("[data-suggest]");
      if (event.key === "ArrowDown") press(event, () => go(date, 1));
      else if (event.key === "=") press(event, () => offered && takeDate(offered.dataset.suggest));
      else if (event.key === "t") press(event, () => takeDate(today()));
      else if (event.key === "m") press(event, () => missed.focus());
      else if (reason) press(event, () => { date.value = ""; change(missed, reason); save.focus(); });
    }

    function takeDate(text) {
      if (missed.value) change(missed, "");
      change(date, text);
      go(date, 1);
    }

    // A finished score moves on: one more digit or decimal would not be a value of its scale.
    form.addEventListener("input", (event) => {
      const input = event.target;
      if (input === date && /^\d{8}$/.test(date.value)) date.value = date.value.replace(/^(\d{4})(\d\d)/, "$1-$2-");
      if (scores.includes(input)) {
        if (input.value && reasonOf(input).value) change(reasonOf(input), "");
        if (event.isTrusted && event.inputType?.startsWith("insert")) {
          if (finished(input)) on(input);
          else if (impossible(input)) input.select();
        }
      }
      show();
      typed();
    });
    form.addEventListener("change", (event) => {
      if (event.target.name?.startsWith("missing_") && event.target.value) scoreOf(event.target).value = "";
      show();
      typed();
    });

    const scoreOf = (select) => form.elements[select.name.replace("missing_", "score_")];
    const on = (input) => { if (movesOn.checked) go(input, 1); };

    // A level or the value of the visit before, pressed with the mouse or a finger.
    form.addEventListener("click", (event) => {
      const level = event.target.closest("[data-level]"), before = event.target.closest("[data-before]");
      const input = event.target.closest(".score")?.querySelector(".value input");
      if (input && (level || before)) {
        giveScore(input, level ? level.dataset.level : before.dataset.before);
        input.focus();
      }
      if (event.target.matches("[data-suggest]")) takeDate(event.target.dataset.suggest);
    });

    // Whose value stays is put into its place at once, to be seen before it is saved.
    document.addEventListener("change", (event) => {
      if (!event.target.name?.startsWith("take_")) return;
      for (const [name, pair] of Object.entries(event.target.dataset).filter(([name]) => name.startsWith("value"))) {
        const at = pair.indexOf("="), control = form.elements[pair.slice(0, at)];
        if (name && control) change(control, pair.slice(at + 1));
      }
    });

    function show() {
      for (const line of form.querySelectorAll(".score:has(.nothing-yet)")) {
        if (!empty(line.querySelector(".value input"))) line.querySelector(".nothing-yet").remove();
      }
      form.classList.toggle("is-missed", missed.value !== "");
      for (const input of scores) {
        const line = input.closest(".score");
        line.classList.toggle("is-answered", !empty(input));
        for (const level of line.querySelectorAll("[data-level]")) level.classList.toggle("is-chosen", level.dataset.level === number(input));
      }
    }
  }

  function press(event, action) {
    event.preventDefault();
    action();
  }

  const number = (input) => ("yesNo" in input.dataset ? { yes: "1", y: "1", no: "0", n: "0" }[input.value] ?? input.value : input.value);

  function finished(input) {
    const { low, high, decimals } = input.dataset, text = number(input), value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value < Number(low) || value > Number(high)) return false;
    const point = text.indexOf(".");
    if (point >= 0) return text.length - point - 1 >= Number(decimals);
    const decimalCouldFollow = Number(decimals) > 0 && value < Number(high);
    const digitCouldFollow = value > 0 && value * 10 <= Number(high);
    return !decimalCouldFollow && !digitCouldFollow;
  }

  // No digit that follows makes it a value of its scale: the next one starts anew.
  function impossible(input) {
    const text = number(input);
    return /^\d+$/.test(text) && (Number(text) > Number(input.dataset.high) || (text === "0" && Number(input.dataset.low) > 0));
  }

  function table(pairs) {
    return new Map(pairs.trim().split(/\s+/).map((pair) => pair.split("=")));
  }

  function today() {
    const now = new Date(), two = (number) => String(number).padStart(2, "0");
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  }
})();
