// Hot spots: the map beside the table that says the same; a switch between density and counted points.
import "./style/citizen.css";
import "./style/sheets.css";
import type { Spot } from "./contract";
import { frame } from "./frame";
import { data } from "./words";

frame();

const box = document.querySelector<HTMLElement>("[data-map]");
const given = data<{ points: [number, number, number][]; bounds: [number, number, number, number] }>("map-data");

async function showMap(into: HTMLElement, spots: Spot[]): Promise<void> {
  const { stationMap } = await import("./map");
  const map = stationMap(into, { dark: getComputedStyle(document.documentElement).colorScheme === "dark", bounds: given?.bounds });
  const choice = document.querySelector<HTMLInputElement>("[data-heat]");
  const draw = () => map.spots(spots, choice?.checked ?? true);
  choice?.closest<HTMLElement>("[hidden]")?.removeAttribute("hidden");
  choice?.addEventListener("change", draw);
  draw();
}

if (box && given?.points.length) {
  box.hidden = false;
  void showMap(box, given.points.map(([lon, lat, n]) => ({ lon, lat, n }))).catch(() => (box.hidden = true));
}
