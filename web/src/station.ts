// A station's page: the chart, and values that stay live while the page is open.
import "./style/citizen.css";
import type { Series } from "./contract";
import { frame } from "./frame";
import { listen } from "./live";
import { data, keepMoments, number, when } from "./words";

frame();
for (const cell of document.querySelectorAll<HTMLElement>("[data-epoch]")) cell.textContent = when(new Date(Number(cell.dataset.epoch)));

const series = data<Series>("series-data");
const box = document.querySelector<HTMLElement>("[data-chart]");

async function draw(into: HTMLElement, given: Series): Promise<void> {
  into.hidden = false;
  await document.fonts.ready;
  const { chart } = await import("./chart");
  const drawn = chart(into, given);
  into.dataset.ready = "yes";
  document.addEventListener("theme", () => drawn.set(given));
  document.addEventListener("point", () => drawn.set(given));
}
if (series?.points.length && box) void draw(box, series);

const cards = new Map([...document.querySelectorAll<HTMLElement>("[data-ds]")].map((card) => [Number(card.dataset.ds), card]));
if (cards.size)
  listen(["readings"], {
    on: {
      readings: ({ d }) => {
        for (const [ds, at, value, flags] of d) {
          const card = cards.get(ds);
          if (!card || flags) continue;
          const big = card.querySelector("[data-value]");
          const unit = big?.querySelector("small")?.textContent ?? "";
          if (big) {
            const small = document.createElement("small");
            small.textContent = unit;
            big.replaceChildren(`${number(value)} `, small);
          }
          const time = card.querySelector("time");
          if (time) time.dateTime = new Date(at).toISOString();
          if (series && ds === series.ds && at > (series.points.at(-1)?.[0] ?? 0) && series.days === 1) {
            series.points.push([at, value]);
            document.dispatchEvent(new CustomEvent("point"));
          }
        }
        keepMoments();
      },
    },
    backfill: () => location.reload(),
  });
