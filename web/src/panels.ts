// The wall's panels drawn from its JSON: what matters now, stations in words, service tiles. Same shapes as the server's template.
import type { Alert, MapStation, Report, Spot, Station, Tile, Wall } from "./contract";
import { drawn, markSvg, stateBadge } from "./marks";
import { ago, element, instant, language, number, t, when } from "./words";

const SVG = "http://www.w3.org/2000/svg";

export function moment(iso: string | null): Node {
  if (!iso) return document.createTextNode("—");
  const node = element("time", "");
  const at = instant(iso);
  node.dateTime = at.toISOString();
  node.dataset.moment = "";
  node.title = when(at);
  node.textContent = ago(at);
  return node;
}

/** A station's name in the reader's language; that it is simulated is said beside it, not in the short name. */
export const titleOf = (thing: { name: string; name_en: string }): string =>
  (language === "en" && thing.name_en ? thing.name_en : thing.name).replace(/ \((?:mô phỏng|simulated)\)$/, "");
/** What a target is: a limit not to pass, or a goal to reach. */
const GOALS = new Set(["water", "health", "cases"]);

export function alertRow(alert: Alert, fresh: boolean): HTMLLIElement {
  const row = element("li", `alert alert-${alert.tier}${fresh ? " fresh" : ""}${alert.state === "cleared" ? " is-cleared" : ""}`);
  row.dataset.alert = String(alert.id);
  const link = element("a");
  link.href = alert.case_id ? `/desk/cases/${alert.case_id}` : `/stations/${encodeURIComponent(alert.thing)}`;
  const under = element("span", "soft", moment(alert.at));
  if (alert.case_id) under.append(` · ${t("Vụ việc", "Case")} ${alert.case_id}`);
  link.append(stateBadge(alert.tier), element("strong", "", language === "en" && alert.title_en ? alert.title_en : alert.title), under);
  row.append(link);
  return row;
}

/** The quantity people mean by a kind of station. */
const HEADS: Record<string, string> = { salinity: "salinity", level: "water_level", rain: "rain", air: "pm25", water: "ph" };

/** The words beside a station: its index, else its first value, and since when if it is silent. */
export function headline(station: Station): (Node | string)[] {
  const first = station.values.find((value) => value.parameter === HEADS[station.kind]) ?? station.values[0];
  const words: (Node | string)[] = station.index
    ? [`${station.index.kind.toUpperCase()} ${number(station.index.value, 0)} · ${station.index.word}`]
    : first
      ? [`${first.symbol} ${number(first.value)} ${first.unit}`]
      : [t("chưa có số", "no value")];
  if (station.state === "stale" && first?.at) words.push(" · ", moment(first.at));
  else if (station.simulated) words.push(` · ${t("mô phỏng", "simulated")}`);
  return words;
}

export function stationRow(station: Station): HTMLLIElement {
  const row = element("li", `wall-station${station.state === "stale" ? " is-stale" : ""}`);
  row.dataset.station = station.code;
  const link = element("a");
  link.href = `/stations/${encodeURIComponent(station.code)}`;
  link.append(
    drawn(markSvg(station.state, station.kind, station.index?.colour)),
    element("span", "", element("strong", "", titleOf(station)), element("span", "soft", ...headline(station))),
  );
  row.append(link);
  return row;
}

/** Sparkline with gaps; the limit is a dashed line. */
export function spark(points: (number | null)[], limit: number | null): SVGElement | null {
  const known = points.filter((p): p is number => p !== null);
  if (known.length < 2) return null;
  const reach = limit === null ? known : [...known, limit];
  const low = Math.min(...reach);
  const span = Math.max(...reach) - low || 1;
  const y = (v: number) => (26 - (24 * (v - low)) / span).toFixed(1);
  let down = false;
  const d = points
    .map((p, i) => {
      if (p === null) {
        down = false;
        return "";
      }
      const step = `${down ? "L" : "M"}${((i * 100) / (points.length - 1)).toFixed(1)} ${y(p)}`;
      down = true;
      return step;
    })
    .join("");
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", "0 0 100 28");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", t("Xu hướng", "Trend"));
  if (limit !== null) svg.append(path(`M0 ${y(limit)}H100`, "spark-limit"));
  svg.append(path(d));
  return svg;
}

function path(d: string, css = ""): SVGPathElement {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", d);
  if (css) node.setAttribute("class", css);
  return node;
}

/** The icon stays; before " · " stands the service, behind it the place the number comes from. */
function heading(box: HTMLElement, tile: Tile): HTMLElement[] {
  const [service = tile.title, place] = tile.title.split(" · ");
  const head = element("h3", "");
  const icon = box.querySelector("h3 svg");
  if (icon) head.append(icon);
  head.append(service);
  return place ? [head, element("p", "tile-where", titleOf({ name: place, name_en: place }))] : [head];
}

/** Bring one tile up to date in place; its heading (with the icon) stays. */
export function fillTile(box: HTMLElement, tile: Tile): void {
  const shown = box.classList.contains("is-shown");
  box.className = `tile tile-${tile.state}${shown ? " is-shown" : ""}`;
  const value = element("p", "tile-value", number(tile.value, tile.digits));
  if (tile.unit) value.append(" ", element("small", "", tile.unit));
  const under = element("span", "soft");
  if (tile.target !== null && tile.target !== undefined) under.append(`${GOALS.has(tile.id) ? t("mục tiêu", "target") : t("ngưỡng", "limit")} ${number(tile.target)}`);
  if (tile.state === "stale" && tile.since) under.append(moment(tile.since));
  const line = spark(tile.trend, tile.target ?? null);
  box.replaceChildren(
    ...[heading(box, tile)].flat(),
    value,
    ...(line ? [line] : []),
    element("p", "tile-foot", stateBadge(tile.state, tile.word), under),
  );
}

export const onMap = (stations: Station[]): MapStation[] =>
  stations.map((s) => ({ code: s.code, name: titleOf(s), kind: s.kind, lon: s.lon, lat: s.lat, state: s.state, colour: s.index?.colour ?? "" }));

/** Reports as points of the map; those without a place stand only in the list. */
export const spotsOf = (wall: Wall): Spot[] =>
  (wall.layers?.reports ?? []).flatMap((r) => (r.lon === null || r.lat === null ? [] : [{ lon: r.lon, lat: r.lat, state: r.due_state, href: r.href }]));

const DUE: Record<string, string> = { late: t("trễ hạn", "late"), soon: t("sắp đến hạn", "due soon"), waiting: t("chờ người dân", "waiting for the citizen") };

export function reportRow(report: Report): HTMLLIElement {
  const row = element("li", `wall-report is-${report.due_state}`);
  const link = element("a");
  link.href = report.href;
  const under = element("span", "soft", [report.unit_name, DUE[report.due_state] ?? report.state_word].filter(Boolean).join(" · "), " · ", moment(report.at));
  link.append(element("strong", "", report.title), under);
  row.append(link);
  return row;
}

/** Draw the whole wall; alerts not seen before are marked fresh. */
export function fill(wall: Wall, known: Set<number>): void {
  const stream = document.querySelector<HTMLElement>("[data-alerts]");
  const first = known.size === 0;
  stream?.replaceChildren(...wall.alerts.map((alert) => alertRow(alert, !first && !known.has(alert.id))));
  for (const alert of wall.alerts) known.add(alert.id);
  const calm = document.querySelector<HTMLElement>("[data-calm]");
  if (calm) calm.hidden = wall.alerts.length > 0;
  document.querySelector("[data-stations]")?.replaceChildren(...wall.stations.map(stationRow));
  document.querySelector("[data-reports]")?.replaceChildren(...(wall.layers?.reports ?? []).slice(0, 12).map(reportRow));
  for (const tile of wall.tiles) {
    const box = document.querySelector<HTMLElement>(`[data-tile="${CSS.escape(tile.id)}"]`);
    if (box) fillTile(box, tile);
  }
  const notice = document.querySelector<HTMLElement>("[data-notice]");
  if (notice) {
    notice.textContent = wall.notice;
    notice.hidden = !wall.notice;
  }
}
