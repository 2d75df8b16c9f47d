// Choosing a place on the map; loaded only when somebody asks for it.
import { stationMap } from "./map";

/** Show a map on which a click chooses; returns what moves the mark. */
export function pickOn(box: HTMLElement, lon: number | null, lat: number | null, chosen: (lon: number, lat: number) => void): (lon: number, lat: number) => void {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark";
  const mark = (at: number, of: number) => map.spots([{ lon: at, lat: of }]);
  const map = stationMap(box, {
    dark,
    point: (at, of) => {
      mark(at, of);
      chosen(at, of);
    },
  });
  if (lon !== null && lat !== null) {
    map.near(lon, lat);
    mark(lon, lat);
  }
  return (at, of) => {
    map.near(at, of);
    mark(at, of);
  };
}
