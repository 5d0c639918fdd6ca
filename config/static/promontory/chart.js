// The forms of the chart by keyboard: keys answer, a key says why something is missing, what is not asked is folded.
(() => {
  "use strict";

  const NONE = "/none";
  const PRESSED = /radio|checkbox/;

  document.addEventListener("DOMContentLoaded", () => {
    for (const small of document.querySelectorAll("form.keyed")) small.addEventListener("keydown", (event) => pressedSmall(small, event));
    const form = document.getElementById("chart");
    if (!form) return;
    form.classList.add("is-live");
    for (const help of form.querySelectorAll(".for-keys")) help.hidden = false;
    // Where letters give the reason, Tab goes from answer to answer; in texts and lists it passes the reasons.
    for (const answer of form.querySelectorAll(".answer:not(.is-text, .is-list)")) reasonOf(answer).tabIndex = -1;
    fold(form);
    form.addEventListener("change", (event) => { keepApart(event.target); fold(form); });
    form.addEventListener("input", (event) => keepApart(event.target));
    form.addEventListener("keydown", (event) => keyed(form, event));
    document.addEventListener("click", (event) => offered(form, event));
    if (!document.querySelector("[data-focus]")) first(form.querySelector(".answer:not([hidden])"))?.focus();
  });

  const controls = (answer) => [...answer.querySelectorAll(".value input, .value select")];
  const first = (answer) => answer && (controls(answer).find((each) => each.checked) ?? controls(answer)[0]);
  const reasonOf = (answer) => answer.querySelector(".missing select");

  // What an answer says: the codes that are chosen, or the text.
  function said(answer) {
    return controls(answer).filter((each) => !PRESSED.test(each.type) || each.checked).map((each) => each.value).filter(Boolean);
  }

  // A value and a reason for missing are not both there; nothing stands beside "none of these".
  function keepApart(target) {
    const answer = target.closest?.(".answer");
    if (!answer) return;
    if (target === reasonOf(answer)) {
      if (target.value) empty(answer);
      return;
    }
    if (said(answer).length) reasonOf(answer).value = "";
    if (target.type === "checkbox" && target.checked) {
      for (const each of controls(answer)) if (each !== target && (target.value === NONE || each.value === NONE)) each.checked = false;
    }
  }

  function empty(answer) {
    for (const each of controls(answer)) {
      if (PRESSED.test(each.type)) each.checked = false;
      else each.value = "";
    }
  }

  // Shows what is asked, given the other answers; what was typed in a folded answer stays there.
  function fold(form) {
    for (const answer of form.querySelectorAll("[data-depends-on]")) {
      const other = form.querySelector(`.answer[data-name="${answer.dataset.dependsOn}"]`);
      const wanted = JSON.parse(answer.dataset.dependsValues);
      const asked = other && !other.hidden && said(other).some((value) => wanted.includes(value));
      answer.hidden = !asked && !answer.classList.contains("has-error");
    }
  }

  function keyed(form, event) {
    if (event.isComposing || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && event.ctrlKey) return prevent(event, () => form.requestSubmit());
    const answer = event.target.closest?.(".answer");
    if (!answer || event.ctrlKey) return;
    if (event.target.closest(".missing")) {
      if (event.key === "Enter") prevent(event, () => moveOn(form, answer, 1));
      return;
    }
    const act = meant(form, answer, event);
    if (act) prevent(event, act);
  }

  // What a key does: it answers, says why something is missing, clears, or goes on; nothing where it is typed text.
  function meant(form, answer, event) {
    const key = event.key.toLowerCase(), kind = event.target.type, isPressed = PRESSED.test(kind);
    if (key === "enter") return () => moveOn(form, answer, 1);
    if (isPressed) {
      const option = controls(answer).find((each) => each.dataset.key === key);
      if (option) return () => choose(form, answer, option);
      if (key === "delete" || key === "backspace") return () => clear(answer);
    }
    if (kind === "text" && (key === "arrowdown" || key === "arrowup")) return () => moveOn(form, answer, key === "arrowdown" ? 1 : -1);
    if (answer.matches(".is-text, .is-list")) return null;
    const reason = letters(form).get(key);
    if (reason) return () => missing(form, answer, reason);
    if (key === "m") return () => reasonOf(answer).focus();
    return null;
  }

  const letters = (form) => new Map(form.dataset.letters.trim().split(/\s+/).map((pair) => pair.split("=")));

  function prevent(event, action) {
    event.preventDefault();
    action();
  }

  function choose(form, answer, option) {
    option.checked = option.type === "checkbox" ? !option.checked : true;
    option.focus();
    changed(option);
    if (option.type !== "checkbox") moveOn(form, answer, 1);
  }

  function clear(answer) {
    empty(answer);
    changed(first(answer));
  }

  function missing(form, answer, reason) {
    empty(answer);
    reasonOf(answer).value = reason;
    changed(reasonOf(answer));
    moveOn(form, answer, 1);
  }

  function changed(control) {
    for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
  }

  function moveOn(form, answer, step) {
    const answers = [...form.querySelectorAll(".answer:not([hidden])")];
    const next = answers[answers.indexOf(answer) + step];
    const target = next ? first(next) : form.querySelector(".save-bar .button");
    target.focus();
    if (target.type === "text") target.select();
  }

  // A key presses an answer of a small form, and goes on to the next field.
  function pressedSmall(form, event) {
    const group = event.target.closest?.(".pressed");
    if (!group || event.ctrlKey || event.metaKey || event.altKey) return;
    const option = group.querySelector(`input[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!option) return;
    event.preventDefault();
    option.checked = true;
    changed(option);
    const stops = [...form.querySelectorAll("input:not([type=hidden]), select, button")].filter((each) => each.type !== "radio" || each.checked || !each.form.elements[each.name].value);
    const after = stops.findIndex((each) => group.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING && !group.contains(each));
    stops[after]?.focus();
  }

  // A value that is offered beside the form is taken over; it can be changed.
  function offered(form, event) {
    const button = event.target.closest?.("[data-offer]");
    if (!button) return;
    const option = form.querySelector(`.answer[data-name="${button.dataset.offer}"] input[value="${button.dataset.offerValue}"]`);
    option.checked = true;
    option.focus();
    changed(option);
  }
})();
