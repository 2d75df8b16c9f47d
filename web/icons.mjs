// Writes the Jinja macro `icon(name)` with the few Lucide icons the pages use (Lucide: ISC licence), and the same shapes
// for TypeScript. Run after adding a name:  node icons.mjs
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const NAMES = `wind waves droplets cloud-rain thermometer activity bell bell-ring map-pin locate-fixed search house list map
  chevron-right chevron-left arrow-up-right arrow-down-right arrow-right circle-check triangle-alert octagon-alert diamond
  clock circle-dashed square-x wrench radio-tower sun moon languages log-in log-out user x check download table chart-line
  briefcase history message-square hand-helping user-plus keyboard wifi-off rotate-ccw play skip-back send info mail file-text
  shield calendar-clock ellipsis sprout fish ship printer list-filter paperclip camera eye merge split link bookmark hourglass building-2
  megaphone phone image flame lock star calendar-plus chart-column credit-card
  key-round id-card smartphone
  baby heart store car graduation-cap heart-pulse receipt flower scale landmark`.split(/\s+/);

async function shape(name) {
  const file = require.resolve("lucide-static/package.json").replace("package.json", `icons/${name}.svg`);
  const svg = await readFile(file, "utf8").catch(() => null);
  if (!svg) throw new Error(`lucide has no icon ${name}`);
  return svg.replace(/<!--.*?-->/gs, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace("</svg>", "").replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>");
}

const shapes = Object.fromEntries(
  (await Promise.all(NAMES.map(async (n) => [n, await shape(n)]))).sort(([a], [b]) => (a < b ? -1 : 1)),
);
const rows = Object.entries(shapes).map(([name, svg]) => `  "${name}": '${svg}',`);
const macro = `{# Made by web/icons.mjs from Lucide (ISC licence); do not edit. Always with a word beside it. #}
{% set SHAPES = {
${rows.join("\n")}
} %}
{% macro icon(name, class="") -%}
<svg class="icon {{ class }}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{{ SHAPES[name]|safe }}</svg>
{%- endmacro %}
`;
await writeFile(new URL("../src/taydo/kernel/templates/kernel/icons.html", import.meta.url), macro);
