// Says on the page what became of a passkey that did not come; the browser's own words go to its console.
(() => {
  "use strict";
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    let said = document.getElementById("passkey-said");
    if (!said) {
      said = Object.assign(document.createElement("p"), { id: "passkey-said", className: "note is-warn" });
      said.setAttribute("role", "alert");
      document.getElementById("main").append(said);
    }
    said.textContent = "No passkey was given: it was cancelled, or this browser or address allows none.";
  });
})();
