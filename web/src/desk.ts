// The operator's desk by keyboard: j k move, o opens, e next step, c comment, x select, / find, Ctrl K commands, ? keys.
import "./style/desk.css";
import "htmx.org";
import { frame } from "./frame";
import { palette } from "./palette";
import { listen } from "./live";
import { t } from "./words";

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

const keysHelp = document.querySelector<HTMLDialogElement>("[data-keys]");
const commands = palette();

const ACTS: Record<string, () => void> = {
  j: () => step(1),
  k: () => step(-1),
  o: () => (lit() ?? rows()[0])?.querySelector<HTMLAnchorElement>("a")?.click(),
  e: () => document.querySelector<HTMLElement>("[data-next]")?.focus(),
  c: () => document.querySelector<HTMLElement>("#f-text")?.focus(),
  x: () => lit()?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(),
  "/": () => document.querySelector<HTMLElement>(".desk-find #q")?.focus(),
  "?": () => keysHelp?.showModal(),
};

document.addEventListener("keydown", (event: KeyboardEvent) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    commands?.open();
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

// Never lose what was typed: every form with data-keep remembers its words until it is sent.
for (const form of document.querySelectorAll<HTMLFormElement>("form[data-keep]")) {
  const key = `kept-${form.dataset.keep}`;
  const area = form.querySelector<HTMLTextAreaElement>("textarea");
  if (!area) continue;
  area.value ||= sessionStorage.getItem(key) ?? "";
  area.addEventListener("input", () => sessionStorage.setItem(key, area.value));
  form.addEventListener("submit", () => sessionStorage.removeItem(key));
}

async function smallMap(box: HTMLElement): Promise<void> {
  const { stationMap } = await import("./map");
  const [lon, lat] = [Number(box.dataset.lon), Number(box.dataset.lat)];
  const map = stationMap(box, {
    dark: getComputedStyle(document.documentElement).colorScheme === "dark",
    bounds: [lon - 0.12, lat - 0.08, lon + 0.12, lat + 0.08],
    still: true,
  });
  map.show([{ code: "here", name: "", kind: box.dataset.kind ?? "", lon, lat, state: (box.dataset.state || "ok") as never, colour: "" }]);
}
const small = document.querySelector<HTMLElement>("[data-small-map]");
if (small) void smallMap(small);

// When the list changes under the officer, say so; never redraw what they are reading.
const note = document.querySelector<HTMLElement>("[data-changed]");
listen(["cases", "alerts"], {
  on: {
    cases: () => tell(),
    alerts: () => tell(),
  },
  backfill: () => tell(),
});
function tell(): void {
  if (!note) return;
  note.hidden = false;
  note.querySelector("a")?.setAttribute("href", location.href);
  document.title = document.title.startsWith("• ") ? document.title : `• ${document.title}`;
  note.querySelector("[data-word]")!.textContent = t("Danh sách có thay đổi", "The list has changed");
}
