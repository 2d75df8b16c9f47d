// The station list: a map beside it that says the same; hovering one lights the other.
import "./style/citizen.css";
import type { MapStation } from "./contract";
import { frame } from "./frame";
import { data } from "./words";

frame();

const box = document.querySelector<HTMLElement>("[data-map]");
const given = data<{ stations: MapStation[]; bounds?: [number, number, number, number] }>("map-data");

async function showMap(into: HTMLElement): Promise<void> {
  const { stationMap } = await import("./map");
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  const map = stationMap(into, {
    dark,
    bounds: given?.bounds,
    pick: (code) => {
      const row = document.querySelector<HTMLElement>(`[data-code="${CSS.escape(code)}"]`);
      document.querySelector("[data-lit]")?.removeAttribute("data-lit");
      row?.setAttribute("data-lit", "");
      row?.scrollIntoView({ block: "center" });
      row?.focus({ preventScroll: true });
      map.light(code);
    },
  });
  map.show(given?.stations ?? []);
  for (const row of document.querySelectorAll<HTMLElement>("[data-code]")) {
    row.addEventListener("mouseenter", () => map.light(row.dataset.code ?? null));
    row.addEventListener("focus", () => map.light(row.dataset.code ?? null));
  }
}

if (box && given?.stations.length) {
  box.hidden = false;
  void showMap(box).catch(() => (box.hidden = true));
}
