// Maps from our own vector tiles: units (as they stood on a day), river, stations as marks. Loaded only where a map shows.
import { Map as Chart, NavigationControl, setWorkerUrl, type GeoJSONSource, type StyleSpecification, type VectorTileSource } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { MapStation, Spot, State } from "./contract";
import { markImage } from "./marks";
import { showSpots } from "./spots";
import { t } from "./words";

setWorkerUrl(workerUrl);

export interface StationMap {
  show(stations: MapStation[]): void;
  /** Units as they stood on this day (YYYY-MM-DD): before 2025-07-01 districts and their communes. */
  on(day: string): void;
  light(code: string | null): void;
  /** Things that happened, as clusters and marks, or as a heat map. */
  spots(spots: Spot[], heat?: boolean): void;
  resize(): void;
  /** Bring a place into the middle, near enough to see its street. */
  near(lon: number, lat: number): void;
}

interface Options {
  dark?: boolean;
  bounds?: [number, number, number, number];
  day?: string;
  pick?: (code: string) => void;
  still?: boolean;
  /** Where somebody clicked: choosing a place. */
  point?: (lon: number, lat: number) => void;
}

const PALETTES = {
  dark: { ground: "#0A1216", unit: "#15252B", edge: "#3D545C", strong: "#6A8791", river: "#1C5A69", word: "#B9C9CC", halo: "#0A1216", light: "#F2A33A" },
  light: { ground: "#E9EFEC", unit: "#FAFAF7", edge: "#B9C4BF", strong: "#7F918E", river: "#8CC3CD", word: "#33474D", halo: "#FAFAF7", light: "#C26F00" },
};
const LETTERS = ["Be Vietnam Pro"];
const rank: Record<State, number> = { ok: 0, stale: 1, broken: 2, tendency: 3, preparing: 4, exceed: 5 };
const tiles = (layer: string, day?: string, level?: string) => [
  `${location.origin}/tiles/${layer}/{z}/{x}/{y}${day ? `?on=${day}&level=${level ?? "commune"}` : ""}`,
];

function style(dark: boolean, day: string): StyleSpecification {
  const c = PALETTES[dark ? "dark" : "light"];
  return {
    version: 8,
    sources: {
      units: { type: "vector", tiles: tiles("units", day), maxzoom: 14 },
      districts: { type: "vector", tiles: tiles("units", day, "district"), maxzoom: 14 },
      river: { type: "vector", tiles: tiles("river"), maxzoom: 14 },
      stations: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": c.ground } },
      { id: "units", type: "fill", source: "units", "source-layer": "units", paint: { "fill-color": c.unit } },
      { id: "river", type: "fill", source: "river", "source-layer": "river", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.river } },
      {
        id: "river-line", type: "line", source: "river", "source-layer": "river", filter: ["==", ["geometry-type"], "LineString"],
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": c.river, "line-width": ["interpolate", ["linear"], ["zoom"], 8, ["match", ["get", "kind"], "river", 3, 1], 14, ["match", ["get", "kind"], "river", 44, 8]] },
      },
      {
        id: "edges", type: "line", source: "units", "source-layer": "units",
        paint: { "line-color": c.edge, "line-width": 0.8 },
      },
      // districts stood until 2025-06-30; on later days this layer is empty
      { id: "district-edges", type: "line", source: "districts", "source-layer": "units", paint: { "line-color": c.strong, "line-width": 2.2 } },
      {
        id: "names", type: "symbol", source: "units", "source-layer": "unit_centres", minzoom: 8,
        layout: {
          "text-field": ["get", t("name", "name_en")], "text-font": LETTERS, "text-max-width": 7, "text-padding": 16,
          "text-size": ["interpolate", ["linear"], ["zoom"], 8, 11, 13, 16],
        },
        paint: { "text-color": c.word, "text-halo-color": c.halo, "text-halo-width": 1.5, "text-opacity": 0.85 },
      },
      {
        id: "district-names", type: "symbol", source: "districts", "source-layer": "unit_centres",
        layout: { "text-field": ["get", t("name", "name_en")], "text-font": LETTERS, "text-max-width": 7, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 14, 12, 18] },
        paint: { "text-color": c.word, "text-halo-color": c.halo, "text-halo-width": 2 },
      },
      { id: "lit", type: "circle", source: "stations", filter: ["==", ["get", "code"], ""], paint: { "circle-radius": 24, "circle-color": "transparent", "circle-stroke-color": c.light, "circle-stroke-width": 4 } },
      {
        id: "stations", type: "symbol", source: "stations",
        layout: {
          "icon-image": ["get", "mark"], "icon-allow-overlap": true, "icon-padding": 0, "symbol-sort-key": ["get", "rank"],
          "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.55, 11, 0.8, 14, 1],
        },
      },
    ],
  };
}

/** Put a map into a box. Marks are drawn when first needed; `data-ready` on the box says that all tiles stand. */
export function stationMap(box: HTMLElement, options: Options = {}): StationMap {
  const today = new Date().toLocaleDateString("en-CA", { timeZone: "Asia/Ho_Chi_Minh" });
  const dark = options.dark ?? false;
  const map = new Chart({
    container: box,
    style: style(dark, options.day ?? today),
    bounds: options.bounds ?? [105.2, 9.23, 106.35, 10.37],
    fitBoundsOptions: { padding: 24 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    interactive: !options.still,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
  });
  if (!options.still) {
    map.touchZoomRotate.disableRotation();
    map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  }
  const drawing = new Set<string>();
  const draw = async (id: string) => {
    if (drawing.has(id) || !id.startsWith("mark|")) return;
    drawing.add(id);
    const [, state, kind, colour] = id.split("|") as [string, State, string, string];
    const image = await markImage(state, kind, colour, 80);
    if (!map.hasImage(id)) map.addImage(id, image, { pixelRatio: 2 });
  };
  const features = (stations: MapStation[]) => ({
    type: "FeatureCollection" as const,
    features: stations
      .filter((s) => Number.isFinite(s.lon) && Number.isFinite(s.lat))
      .map((s) => ({
        type: "Feature" as const,
        geometry: { type: "Point" as const, coordinates: [s.lon, s.lat] },
        properties: { code: s.code, name: s.name, rank: rank[s.state], mark: `mark|${s.state}|${s.kind}|${s.colour}` },
      })),
  });
  let waiting: MapStation[] | null = null;
  let spotted: [Spot[], boolean] | null = null;
  let loaded = false;
  const apply = (stations: MapStation[]) => {
    const made = features(stations);
    void Promise.all([...new Set(made.features.map((f) => f.properties.mark))].map(draw)).then(() =>
      (map.getSource("stations") as GeoJSONSource | undefined)?.setData(made),
    );
  };
  map.on("load", () => {
    loaded = true;
    if (waiting) apply(waiting);
    if (spotted) showSpots(map, ...spotted, dark);
  });
  map.on("idle", () => (box.dataset.ready = "yes"));
  map.on("click", "stations", (event) => {
    const code: unknown = event.features?.at(-1)?.properties.code;
    if (typeof code === "string") options.pick?.(code);
  });
  if (options.point) {
    const chosen = options.point;
    map.getCanvas().style.cursor = "crosshair";
    map.on("click", ({ lngLat }) => chosen(lngLat.lng, lngLat.lat));
  }
  map.on("mouseenter", "stations", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "stations", () => (map.getCanvas().style.cursor = ""));
  return {
    show(stations) {
      waiting = stations;
      if (loaded) apply(stations);
    },
    on(day) {
      for (const [source, level] of [["units", "commune"], ["districts", "district"]] as const)
        (map.getSource(source) as VectorTileSource | undefined)?.setTiles(tiles("units", day, level));
    },
    light(code) {
      if (loaded) map.setFilter("lit", ["==", ["get", "code"], code ?? ""]);
    },
    spots(spots, heat = false) {
      spotted = [spots, heat];
      if (loaded) showSpots(map, spots, heat, dark);
    },
    resize: () => map.resize(),
    near: (lon, lat) => map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 14) }),
  };
}
