// Station marks: the shape says the state, the glyph the kind, the colour repeats it (or is the band colour the law gives).
// The same drawing stands on the map and in the lists; the server draws it by the macro `mark` of kernel/states.html.
import activity from "lucide-static/icons/activity.svg?raw";
import rain from "lucide-static/icons/cloud-rain.svg?raw";
import water from "lucide-static/icons/droplets.svg?raw";
import salinity from "lucide-static/icons/sprout.svg?raw";
import weather from "lucide-static/icons/thermometer.svg?raw";
import level from "lucide-static/icons/waves.svg?raw";
import air from "lucide-static/icons/wind.svg?raw";
import octagon from "lucide-static/icons/octagon-alert.svg?raw";
import triangle from "lucide-static/icons/triangle-alert.svg?raw";
import diamond from "lucide-static/icons/diamond.svg?raw";
import dashed from "lucide-static/icons/circle-dashed.svg?raw";
import square from "lucide-static/icons/square-x.svg?raw";
import check from "lucide-static/icons/circle-check.svg?raw";
import type { State } from "./contract";
import { t } from "./words";

const inner = (svg: string) => svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "");
const GLYPHS: Record<string, string> = {
  air, aqi: air, emission: air, water, surface_water: water, effluent: water, wqi: water, salinity, rain, weather, tide: level, level, hydrology: level,
};
const TINTS: Record<State, string> = {
  ok: "#17704A", tendency: "#F0C95A", preparing: "#E8701A", exceed: "#C4161C", stale: "#8A979C", broken: "#6A3D8F",
};
const SHAPES: Record<State, (fill: string) => string> = {
  exceed: (fill) => `<path d="M17 2h22l15 15v22L39 54H17L2 39V17z" fill="${fill}"/>`,
  preparing: (fill) => `<path d="M28 2 55 52H1z" fill="${fill}" stroke="${fill}" stroke-width="2" stroke-linejoin="round"/>`,
  tendency: (fill) => `<path d="M28 1 55 28 28 55 1 28z" fill="${fill}"/>`,
  broken: (fill) => `<path d="M4 4h48v48H4z" fill="${fill}"/>`,
  stale: (fill) => `<circle cx="28" cy="28" r="25" fill="#1F2D33" stroke="${fill}" stroke-width="3" stroke-dasharray="8 6"/>`,
  ok: (fill) => `<circle cx="28" cy="28" r="27" fill="${fill}"/>`,
};
export const STATE_ICONS: Record<State, string> = { ok: check, tendency: diamond, preparing: triangle, exceed: octagon, stale: dashed, broken: square };
export const stateWord = (state: State): string =>
  ({
    ok: t("Bình thường", "Normal"),
    tendency: t("Có xu hướng vượt", "Tending to exceed"),
    preparing: t("Sắp vượt ngưỡng", "Close to the limit"),
    exceed: t("Vượt ngưỡng", "Over the limit"),
    stale: t("Chưa có số mới", "No recent value"),
    broken: t("Thiết bị lỗi", "Faulty device"),
  })[state];

const light = (hex: string) => {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
  return r * 299 + g * 587 + b * 114 > 140_000;
};

/** SVG text of a mark; `colour` is "#RRGGBB" or empty. All parts are ours: nothing from outside gets in but a checked colour. */
export function markSvg(state: State, kind: string, colour = ""): string {
  const own = state === "stale" || state === "broken" || !/^#[0-9a-f]{6}$/i.test(colour);
  const fill = own ? TINTS[state] : colour;
  const [at, y, size] = state === "preparing" ? [18, 26, 20] : [14, 14, 28];
  const pen = state === "stale" ? "#B8C4C8" : light(fill) ? "#17252A" : "#FFFFFF";
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" class="mark" viewBox="0 0 56 56" width="56" height="56" aria-hidden="true">${SHAPES[state](fill)}` +
    `<svg x="${at}" y="${y}" width="${size}" height="${size}" viewBox="0 0 24 24" fill="none" stroke="${pen}" stroke-width="2" ` +
    `stroke-linecap="round" stroke-linejoin="round">${inner(GLYPHS[kind] ?? activity)}</svg></svg>`
  );
}

const parser = new DOMParser();
export function drawn(svg: string): SVGElement {
  return document.importNode(parser.parseFromString(svg, "image/svg+xml").documentElement, true) as unknown as SVGElement;
}

/** Icon and fixed word of a state, as on the server. */
export function stateBadge(state: State, word = ""): HTMLElement {
  const badge = document.createElement("span");
  badge.className = `state state-${state}`;
  const icon = drawn(STATE_ICONS[state].replace(/<!--[\s\S]*?-->/, ""));
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  badge.append(icon, word || stateWord(state));
  return badge;
}

/** A picture of a mark for the map canvas. */
export async function markImage(state: State, kind: string, colour: string, pixels: number): Promise<ImageData> {
  const picture = new Image(pixels, pixels);
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(markSvg(state, kind, colour))}`;
  await picture.decode();
  const canvas = new OffscreenCanvas(pixels, pixels);
  const pen = canvas.getContext("2d")!;
  pen.drawImage(picture, 0, 0, pixels, pixels);
  return pen.getImageData(0, 0, pixels, pixels);
}
