// Where things happened, on a map: clusters below zoom 13, single marks above, and a heat map when there are many.
import type { ExpressionSpecification, GeoJSONSource, Map as Chart } from "maplibre-gl";
import type { Spot } from "./contract";

const CLUSTERED = 12; // up to this zoom, points that are close are one circle with their number
const LETTERS = ["Be Vietnam Pro"];
const STATE: ExpressionSpecification = ["match", ["get", "state"], "late", "#C4161C", "soon", "#E8701A", "done", "#17704A", "#2E8FA3"];

const collection = (spots: Spot[]) => ({
  type: "FeatureCollection" as const,
  features: spots.map((s) => ({
    type: "Feature" as const,
    geometry: { type: "Point" as const, coordinates: [s.lon, s.lat] },
    properties: { n: s.n ?? 1, href: s.href ?? "", state: s.state ?? "" },
  })),
});

function prepare(map: Chart, dark: boolean): void {
  const empty = collection([]);
  map.addSource("spots", { type: "geojson", data: empty, cluster: true, clusterMaxZoom: CLUSTERED, clusterRadius: 44, clusterProperties: { sum: ["+", ["get", "n"]] } });
  map.addSource("heat", { type: "geojson", data: empty });
  const below = map.getLayer("stations") ? "stations" : undefined;
  map.addLayer(
    {
      id: "heat", type: "heatmap", source: "heat", maxzoom: 14,
      paint: {
        "heatmap-weight": ["min", 1, ["/", ["get", "n"], 6]],
        "heatmap-intensity": ["interpolate", ["linear"], ["zoom"], 8, 0.7, 14, 2.5],
        "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 8, 12, 14, 44],
        "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 12, 0.85, 14, 0.3],
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(46,143,163,0)", 0.2, "#2E8FA3", 0.45, "#F0C95A", 0.7, "#E8701A", 1, "#C4161C"],
      },
    },
    below,
  );
  const ring = dark ? "#0C1519" : "#FFFFFF";
  map.addLayer({
    id: "spots-many", type: "circle", source: "spots", filter: ["has", "point_count"],
    paint: {
      "circle-color": "#0F6A7B", "circle-stroke-color": ring, "circle-stroke-width": 2,
      "circle-radius": ["interpolate", ["linear"], ["get", "sum"], 2, 13, 50, 20, 500, 30],
    },
  }, below);
  map.addLayer({
    id: "spots-number", type: "symbol", source: "spots", filter: ["has", "point_count"],
    layout: { "text-field": ["to-string", ["get", "sum"]], "text-font": LETTERS, "text-size": 13, "text-allow-overlap": true },
    paint: { "text-color": "#FFFFFF" },
  }, below);
  map.addLayer({
    id: "spots-one", type: "circle", source: "spots", filter: ["!", ["has", "point_count"]],
    paint: { "circle-color": STATE, "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 5, 14, 9], "circle-stroke-color": ring, "circle-stroke-width": 1.5 },
  }, below);
  map.on("click", "spots-many", (event) => {
    map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, CLUSTERED + 1), animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  });
  map.on("click", "spots-one", (event) => {
    const href: unknown = event.features?.[0]?.properties.href;
    if (typeof href === "string" && href.startsWith("/")) location.assign(href);
  });
  for (const layer of ["spots-many", "spots-one"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
}

/** Show these spots instead of those before; `heat` draws density instead of circles. The map must have loaded. */
export function showSpots(map: Chart, spots: Spot[], heat: boolean, dark: boolean): void {
  if (!map.getSource("spots")) prepare(map, dark);
  const [many, none] = [collection(spots), collection([])];
  void (map.getSource("heat") as GeoJSONSource).setData(heat ? many : none);
  void (map.getSource("spots") as GeoJSONSource).setData(heat ? none : many);
}
