// Procedures: everything works without this file; it adds the search's suggestions, and keys for reviewing.
import "./style/catalogue.css";
import { frame } from "./frame";
import { suggestions } from "./suggest";

frame();
suggestions();

for (const chooser of document.querySelectorAll<HTMLSelectElement>("select[data-submit]")) chooser.addEventListener("change", () => chooser.form?.requestSubmit());
for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const part of document.querySelectorAll("details")) part.open = true;
    window.print();
  });
}

const review = document.querySelector<HTMLFormElement>("form[data-review]");
if (review) {
  const keys: Record<string, string> = { a: "accept", c: "correct", s: "skip" };
  document.addEventListener("keydown", (event) => {
    const verdict = keys[event.key];
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement || event.target instanceof HTMLTextAreaElement;
    if (!verdict || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const field = review.querySelector<HTMLElement>("[data-first]");
    if (verdict === "correct" && field && !review.dataset.touched) {
      review.dataset.touched = "1";
      field.focus();
      return;
    }
    review.querySelector<HTMLButtonElement>(`button[value="${verdict}"]`)?.click();
  });
}
