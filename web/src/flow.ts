// Workflows and partner pushes: everything works without this file; it opens the step that was just changed or that a link names.
import "./style/citizen.css";
import "./style/intake.css";
import "./style/flow.css";
import { frame } from "./frame";

frame();

function open(): void {
  const place = location.hash ? document.querySelector(`.flow-steps #${CSS.escape(location.hash.slice(1))}`) : null;
  if (!place) return;
  for (let inside: Element | null = place.querySelector("details") ?? place; inside; inside = inside.parentElement) {
    if (inside instanceof HTMLDetailsElement) inside.open = true;
  }
  place.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", open);
open();
