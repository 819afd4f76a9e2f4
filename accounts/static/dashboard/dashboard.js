/* What a page cannot do without a script: copy, code tabs, before and after, live filters. */
"use strict";

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
  const tab = event.target.closest("[role=tab]"); // Enter and Space, and what reads the page aloud
  if (tab) choose(tab);
});

/* Pressing a tab may leave a field, which asks for the code anew: the tab that was pressed can be
   another one before the press is a click, so the press itself chooses. */
document.addEventListener("pointerdown", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (tab) choose(tab);
});

function copyText(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("span");
  const text = source.textContent.trim();
  const done = () => {
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 1600);
  };
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(done, () => select(source));
  select(source); // plain http: the browser has no clipboard for us, so it is marked to be copied by hand
  if (document.execCommand("copy")) done();
}

function select(element) {
  getSelection().selectAllChildren(element);
}

let tool = "curl"; // what was chosen last holds for code that arrives later

document.addEventListener("htmx:oobAfterSwap", (event) => {
  const tab = event.target.querySelector(`[role=tab][id$="-${tool}"]`);
  if (tab) choose(tab);
});

function choose(tab) {
  tool = tab.id.split("-").pop();
  for (const other of tab.parentElement.children) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", chosen);
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
  }
}

document.addEventListener("keydown", (event) => {
  const tab = event.target.closest("[role=tab]");
  if (!tab || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  const tabs = [...tab.parentElement.children];
  const step = event.key === "ArrowRight" ? 1 : tabs.length - 1;
  const next = tabs[(tabs.indexOf(tab) + step) % tabs.length];
  next.focus();
  choose(next);
});

document.addEventListener("input", (event) => {
  if (event.target.matches(".compare input")) {
    event.target.parentElement.style.setProperty("--at", `${event.target.value}%`);
  }
});

document.addEventListener("change", (event) => {
  const { picks } = event.target.dataset; // a field that means its radio button
  if (picks) document.getElementById(picks).checked = true;
  const form = event.target.closest("form[data-live]");
  if (form) form.requestSubmit();
  const { shows } = event.target.dataset;
  if (shows !== undefined) {
    const chosen = shows || event.target.value;
    for (const part of document.querySelectorAll("[data-part]")) {
      part.hidden = !part.dataset.part.split(" ").includes(chosen);
    }
  }
});
