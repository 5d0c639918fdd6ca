// The forms of the chart by keyboard: keys answer, a key says why something is missing, what is not asked is folded.
(() => {
  "use strict";

  const REASONS = { r: "not_recorded", u: "unknown", d: "not_done", a: "not_applicable" };
  const NONE = "/none";

  document.addEventListener("DOMContentLoaded", () => {
    for (const small of document.querySelectorAll("form.keyed")) small.addEventListener("keydown", (event) => pressedSmall(small, event));
    const form = document.getElementById("chart");
    if (!form) return;
    form.classList.add("is-live");
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
    return controls(answer).filter((each) => !/radio|checkbox/.test(each.type) || each.checked).map((each) => each.value).filter(Boolean);
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
      if (/radio|checkbox/.test(each.type)) each.checked = false;
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
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    const answer = event.target.closest?.(".answer");
    if (!answer || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(".missing")) return;
    if (pressed(form, answer, event)) event.preventDefault();
  }

  // Whether a key was an answer, a reason for missing, or clears the answer.
  function pressed(form, answer, event) {
    const key = event.key.toLowerCase(), kind = event.target.type;
    if (/radio|checkbox/.test(kind)) {
      const option = controls(answer).find((each) => each.dataset.key === key);
      if (option) return choose(form, answer, option);
      if (key === "delete" || key === "backspace") return clear(answer);
      if (key === "enter") return moveOn(form, answer);
    }
    const takesLetters = kind === "text" && !answer.matches(".is-number, .is-date");
    if (!takesLetters && kind !== "select-one" && REASONS[key]) return missing(form, answer, REASONS[key]);
    return false;
  }

  function choose(form, answer, option) {
    option.checked = option.type === "checkbox" ? !option.checked : true;
    option.focus();
    changed(option);
    return option.type === "checkbox" || moveOn(form, answer);
  }

  function clear(answer) {
    empty(answer);
    changed(first(answer));
    return true;
  }

  function missing(form, answer, reason) {
    reasonOf(answer).value = reason;
    changed(reasonOf(answer));
    return moveOn(form, answer);
  }

  const changed = (control) => control.dispatchEvent(new Event("change", { bubbles: true }));

  function moveOn(form, answer) {
    const answers = [...form.querySelectorAll(".answer:not([hidden])")];
    const next = answers[answers.indexOf(answer) + 1];
    const target = next ? first(next) : form.querySelector(".save-bar .button");
    target.focus();
    target.select?.();
    return true;
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
