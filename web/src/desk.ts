// The operator's desk by keyboard: j k move, o opens, e next step, c comment, x select, / find, Ctrl K commands, ? keys.
import "./style/desk.css";
import "htmx.org";
import { frame } from "./frame";
import { palette } from "./palette";
import { listen } from "./live";
import type { State } from "./contract";
import { keepMoments } from "./words";

frame();

const rows = () => [...document.querySelectorAll<HTMLElement>("[data-cases] .case-row")];
const lit = () => document.querySelector<HTMLElement>("[data-cases] .case-row[data-lit]");

function light(row: HTMLElement | undefined): void {
  if (!row) return;
  lit()?.removeAttribute("data-lit");
  row.setAttribute("data-lit", "");
  row.scrollIntoView({ block: "nearest" });
  row.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
}

function step(by: number): void {
  const all = rows();
  const from = lit() ?? document.querySelector<HTMLElement>(".case-row[aria-current]");
  const at = from ? all.indexOf(from) : by > 0 ? -1 : all.length;
  light(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

/** Focus something, opening what it is folded into. */
function reveal(selector: string): void {
  const found = document.querySelector<HTMLElement>(selector);
  found?.closest("details")?.setAttribute("open", "");
  found?.focus();
}

const ACTS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  o: () => (lit() ?? rows()[0])?.querySelector<HTMLAnchorElement>("a")?.click(),
  e: () => document.querySelector<HTMLElement>("[data-next]")?.focus(),
  c: () => reveal("#f-comment-text"),
  f: () => reveal(".desk-filter select"),
  x: () => lit()?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
  "/": () => document.querySelector<HTMLElement>(".desk-find #q")?.focus(),
  "?": () => document.querySelector<HTMLDialogElement>("[data-keys]")?.showModal(),
};

document.addEventListener("keydown", (event: KeyboardEvent) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette()?.open();
    return;
  }
  const target = event.target as HTMLElement;
  if (target.closest("dialog")) return;
  if (target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Never lose what was typed: every form with data-keep remembers its words until they are sent.
const keptIn = (node: unknown) => (node instanceof Element ? node.closest<HTMLFormElement>("form[data-keep]") : null);
const keyOf = (form: HTMLFormElement) => `kept-${form.dataset.keep}`;
document.addEventListener("input", (event) => {
  const form = keptIn(event.target);
  if (form && event.target instanceof HTMLTextAreaElement) sessionStorage.setItem(keyOf(form), event.target.value);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = (event as CustomEvent<{ elt: unknown; successful: boolean }>).detail;
  const form = keptIn(elt);
  if (form && successful) sessionStorage.removeItem(keyOf(form));
});
function bringBackWords(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
    const area = form.querySelector("textarea");
    const words = sessionStorage.getItem(keyOf(form));
    if (!area || !words) continue;
    area.value ||= words;
    form.closest("details")?.setAttribute("open", "");
  }
}

async function smallMap(box: HTMLElement): Promise<void> {
  const { stationMap } = await import("./map");
  const [lon, lat] = [Number(box.dataset.lon), Number(box.dataset.lat)];
  const map = stationMap(box, {
    dark: getComputedStyle(document.documentElement).colorScheme === "dark",
    bounds: [lon - 0.12, lat - 0.08, lon + 0.12, lat + 0.08],
    still: true,
  });
  const state = (box.dataset.state || "ok") as State;
  map.show([{ code: "here", name: "", kind: box.dataset.kind ?? "", lon, lat, state, colour: "" }]);
}

function enliven(): void {
  keepMoments();
  bringBackWords();
  palette();
  const small = document.querySelector<HTMLElement>("[data-small-map]");
  if (small) void smallMap(small);
  document.querySelector<HTMLElement>("#errors")?.focus();
}
enliven();

let scrolled = 0;
document.addEventListener("htmx:beforeSwap", () => (scrolled = document.querySelector(".desk-list")?.scrollTop ?? 0));
document.addEventListener("htmx:afterSettle", () => {
  const list = document.querySelector(".desk-list");
  if (list) list.scrollTop = scrolled;
  enliven();
  // a fast hand may already be typing: only a focus that nobody holds is moved to the case
  if (document.activeElement === document.body) document.querySelector<HTMLElement>("#h-case")?.focus({ preventScroll: true });
});
document.addEventListener("htmx:sendError", () => {
  const bar = document.querySelector<HTMLElement>("[data-offline]");
  if (bar) bar.hidden = false;
});

// When the list changes under the officer, say so; never redraw what they are reading.
function tell(): void {
  const note = document.querySelector<HTMLElement>("[data-changed]");
  if (note) note.hidden = false;
  if (!document.title.startsWith("• ")) document.title = `• ${document.title}`;
}
listen(["cases", "alerts"], { on: { cases: tell, alerts: tell }, backfill: tell });
