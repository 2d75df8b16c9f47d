// One series over time: gaps stay gaps, limits are lines with their names, the city's clock under it. Loaded where a chart shows.
import { LineChart } from "echarts/charts";
import { AriaComponent, DataZoomInsideComponent, GridComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Series } from "./contract";
import { number, t, when } from "./words";

use([LineChart, GridComponent, TooltipComponent, MarkLineComponent, DataZoomInsideComponent, AriaComponent, CanvasRenderer]);

export interface Drawn {
  set(series: Series): void;
  resize(): void;
  dispose(): void;
}

const colour = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(series: Series) {
  const [ink, soft, line, link, exceed] = ["--ink", "--ink-soft", "--line", "--link", "--exceed"].map(colour) as [string, string, string, string, string];
  const known = series.points.map((p) => p[1]).filter((v): v is number => v !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  // a limit far above everything measured would flatten the curve: it stays in the words under the chart
  const limits = series.limits.filter((l) => l.value <= Math.max(high * 3, low));
  const reach = limits.map((l) => l.value);
  return {
    animation: false,
    aria: { enabled: true },
    textStyle: { fontFamily: "Be Vietnam Pro, system-ui, sans-serif", color: soft },
    grid: { left: 8, right: 16, top: 24, bottom: 8, containLabel: true },
    tooltip: {
      trigger: "axis",
      renderMode: "richText", // the content policy refuses inline styles
      backgroundColor: colour("--card"),
      borderColor: line,
      textStyle: { color: ink },
      formatter: (items: { value: [number, number | null] }[]) => {
        const point = items[0]?.value;
        if (!point) return "";
        const value = point[1] === null ? t("thiếu số", "missing") : `${number(point[1])} ${series.unit}`;
        return `${when(new Date(point[0]))}\n${value}`;
      },
    },
    xAxis: { type: "time", axisLine: { lineStyle: { color: line } }, axisLabel: { color: soft, hideOverlap: true, formatter: (at: number) => tick(at, series.days) }, splitLine: { show: false } },
    yAxis: {
      type: "value",
      scale: true,
      min: (extent: { min: number }) => Math.min(extent.min, ...reach),
      max: (extent: { max: number }) => Math.max(extent.max, ...reach),
      axisLabel: { color: soft, formatter: (v: number) => number(v) },
      splitLine: { lineStyle: { color: line } },
    },
    dataZoom: [{ type: "inside", filterMode: "none", zoomOnMouseWheel: "shift" }],
    series: [
      {
        type: "line",
        name: series.name,
        data: series.points,
        connectNulls: false,
        showSymbol: series.points.length < 60,
        symbolSize: 5,
        sampling: "minmax",
        lineStyle: { color: link, width: 2 },
        itemStyle: { color: link },
        markLine: {
          silent: true,
          symbol: "none",
          data: limits.map((l) => ({
            yAxis: l.value,
            name: l.title,
            label: { formatter: `${l.title}: ${number(l.value)}`, position: "insideStartTop", color: exceed },
            lineStyle: { color: exceed, type: "dashed", width: 1.5 },
          })),
        },
      },
    ],
  };
}

function tick(at: number, days: number): string {
  const text = when(new Date(at));
  const [date, time] = [text.slice(0, -6), text.slice(-5)];
  if (days <= 1) return time;
  const short = date.replace(/[/ ]\d{4}$/, "");
  return days > 7 ? short : `${short}\n${time}`;
}

export function chart(box: HTMLElement, series: Series): Drawn {
  const made = init(box, null, { renderer: "canvas" });
  const set = (next: Series) => made.setOption(options(next) as never, true);
  set(series);
  const watch = new ResizeObserver(() => made.resize());
  watch.observe(box);
  return { set, resize: () => made.resize(), dispose: () => (watch.disconnect(), made.dispose()) };
}
