// The wall: live by itself, rewound by the time bar. Readings touch the words at once; the whole is fetched again when it matters.
import "./style/wall.css";
import type { Pushed, Station, Value, Wall } from "./contract";
import { listen, type LineState } from "./live";
import type { StationMap } from "./map";
import { fill, headline, onMap, spotsOf } from "./panels";
import { data, instant, keepMoments, t, when } from "./words";

const EVERY_MS = 10_000; // how often readings may make the whole wall be fetched again
let wall = data<Wall>("wall-data")!;
let map: StationMap | null = null;
let live = wall.live !== false;
const known = new Set(wall.alerts.map((a) => a.id));
const index = new Map<number, [Station, Value]>();

function learn(): void {
  index.clear();
  for (const station of wall.stations) for (const value of station.values) index.set(value.ds, [station, value]);
}

function show(): void {
  learn();
  fill(wall, known);
  map?.show(onMap(wall.stations));
  map?.spots(spotsOf(wall), spotsOf(wall).length > 300);
  keepMoments();
}

let asked = 0;
let timer = 0;
async function fetchWall(at: string | null): Promise<void> {
  const turn = ++asked;
  const answer = await fetch(`/api/v1/operations/wall${at ? `?at=${encodeURIComponent(at)}` : ""}`, { headers: { accept: "application/json" } });
  if (!answer.ok || turn !== asked) return;
  wall = (await answer.json()) as Wall;
  show();
}

/** Fetch the whole again soon; many reasons at once make one fetch. */
function soon(ms: number): void {
  if (!live) return;
  const due = performance.now() + ms;
  if (timer && due >= soonDue) return;
  clearTimeout(timer);
  soonDue = due;
  timer = window.setTimeout(() => {
    timer = 0;
    void fetchWall(null).catch(() => undefined);
  }, ms);
}
let soonDue = 0;

function take(pushed: Pushed[]): void {
  const touched = new Set<Station>();
  for (const [ds, at, value, flags] of pushed) {
    const found = index.get(ds);
    if (!found || flags) continue;
    const [station, shown] = found;
    if (shown.at && instant(shown.at).getTime() > at) continue;
    shown.value = value;
    shown.at = new Date(at).toISOString();
    touched.add(station);
  }
  for (const station of touched) {
    const words = document.querySelector(`[data-station="${CSS.escape(station.code)}"] span.soft`);
    words?.replaceChildren(...headline(station));
  }
  if (touched.size) soon(EVERY_MS);
}

const lamp = document.querySelector<HTMLElement>("[data-live-state]");
const word = document.querySelector<HTMLElement>("[data-live-word]");
function say(state: LineState | "past"): void {
  if (!lamp || !word) return;
  lamp.className = `wall-live is-${state}`;
  word.textContent = { live: t("Trực tiếp", "Live"), waiting: t("Đang nối lại…", "Reconnecting…"), closed: t("Đã dừng", "Stopped"), past: t("Đang xem quá khứ", "Showing the past") }[state];
}

const clock = document.querySelector<HTMLElement>("[data-clock]");
function tick(): void {
  if (clock) clock.textContent = when(live ? new Date() : instant(wall.at));
}

const dayOf = (iso: string) => instant(iso).toLocaleDateString("en-CA", { timeZone: "Asia/Ho_Chi_Minh" });

async function rewind(at: string | null): Promise<void> {
  live = at === null;
  showPlace(at);
  document.body.classList.toggle("at-past", !live);
  say(live ? "live" : "past");
  const address = new URL(location.href);
  if (at) address.searchParams.set("at", at);
  else address.searchParams.delete("at");
  history.replaceState(null, "", address);
  await fetchWall(at);
  map?.on(dayOf(wall.at));
  tick();
}

/** The field holds the city's clock (UTC+7, no summer time), whatever the clock of the machine. */
const local = (at: Date) => new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 16);

/** Where on the time bar we are, in words and by the knob. */
function showPlace(at: string | null): void {
  const slider = document.querySelector<HTMLInputElement>("[data-back]");
  const said = document.querySelector<HTMLOutputElement>("[data-back-word]");
  if (said) said.textContent = at ? when(instant(at)) : t("bây giờ", "now");
  if (slider && document.activeElement !== slider) slider.value = String(at ? Math.max(-4320, (instant(at).getTime() - Date.now()) / 60_000) : 0);
}

function timeBar(): void {
  const form = document.querySelector<HTMLFormElement>("[data-time]");
  const field = form?.querySelector<HTMLInputElement>("#at");
  const slider = form?.querySelector<HTMLInputElement>("[data-back]");
  const said = form?.querySelector<HTMLOutputElement>("[data-back-word]");
  if (!form || !field || !slider || !said) return;
  slider.hidden = said.hidden = false;
  let later = 0;
  slider.addEventListener("input", () => {
    showPlace(Number(slider.value) ? new Date(Date.now() + Number(slider.value) * 60_000).toISOString() : null);
    clearTimeout(later);
    later = window.setTimeout(() => {
      const minutes = Number(slider.value);
      const at = new Date(Date.now() + minutes * 60_000);
      field.value = minutes === 0 ? "" : local(at);
      void rewind(minutes === 0 ? null : at.toISOString());
    }, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void rewind(field.value ? `${field.value}:00+07:00` : null);
  });
  form.querySelector("[data-now]")?.addEventListener("click", (event) => {
    event.preventDefault();
    slider.value = "0";
    field.value = "";
    void rewind(null);
  });
  if (!live) field.value = local(instant(wall.at));
  showPlace(live ? null : wall.at);
}

function screen(): void {
  const n = Number(document.body.dataset.screen);
  if (n < 4 || n > 12) return;
  document.body.classList.add("one-tile");
  const tiles = [...document.querySelectorAll<HTMLElement>("[data-tile]")];
  (n === 12 ? tiles.find((tile) => tile.dataset.tile === "cases") : tiles[n - 4])?.classList.add("is-shown");
}

async function drawMap(box: HTMLElement): Promise<void> {
  await document.fonts.load('400 16px "Be Vietnam Pro"', "Cần Thơ").catch(() => []);
  const { stationMap } = await import("./map");
  map = stationMap(box, {
    dark: true,
    bounds: wall.bounds,
    day: dayOf(wall.at),
    pick: (code) => {
      const row = document.querySelector<HTMLElement>(`[data-station="${CSS.escape(code)}"]`);
      document.querySelector("[data-station][data-lit]")?.removeAttribute("data-lit");
      row?.setAttribute("data-lit", "");
      row?.scrollIntoView({ block: "nearest" });
      row?.querySelector("a")?.focus();
      map?.light(code);
    },
  });
  map.show(onMap(wall.stations));
  map.spots(spotsOf(wall), spotsOf(wall).length > 300);
}

screen();
show();
timeBar();
tick();
setInterval(tick, 1000);
setInterval(keepMoments, 15_000);
say(live ? "waiting" : "past");
const box = document.querySelector<HTMLElement>("[data-map]");
if (box && box.offsetParent !== null) void drawMap(box);
document.querySelector("[data-list]")?.addEventListener("mouseover", (event) => {
  const row = (event.target as HTMLElement).closest<HTMLElement>("[data-station]");
  map?.light(row?.dataset.station ?? null);
});
listen(["readings", "alerts", "cases", "warnings"], {
  on: {
    readings: ({ d }) => live && take(d),
    alerts: () => soon(50),
    cases: () => soon(300),
    warnings: () => soon(300),
  },
  backfill: () => soon(0),
  state: (state) => live && say(state),
});
