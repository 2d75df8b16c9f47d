// Words, numbers and instants the way each language reads them.

export const language: "vi" | "en" = document.documentElement.lang === "en" ? "en" : "vi";
export const t = (vi: string, en: string): string => (language === "en" ? en : vi);

const LOCALE = language === "en" ? "en-GB" : "vi-VN";
const ZONE = "Asia/Ho_Chi_Minh";
const stamp = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});
const stampEn = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, day: "2-digit", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hour12: false,
});

/** 1.234,5 in Vietnamese, 1,234.5 in English; digits by size when not given (as the server does). */
export function number(value: number | null | undefined, digits?: number | null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  const places = digits ?? (Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : 2);
  return value.toLocaleString(LOCALE, { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** An instant of the server: ISO with "T" or with a space. */
export const instant = (text: string): Date => new Date(text.replace(" ", "T"));

/** 22/11/2026 14:05, or 22 Nov 2026 14:05 — always the city's clock. */
export function when(at: Date): string {
  return (language === "en" ? stampEn : stamp).format(at).replace(",", "");
}

export function ago(at: Date, now = Date.now()): string {
  const seconds = (now - at.getTime()) / 1000;
  if (seconds < 45) return t("vừa xong", "just now");
  for (const [size, vi, en] of [[86400, "ngày", "day"], [3600, "giờ", "hour"], [60, "phút", "minute"]] as const) {
    if (seconds >= size) {
      const n = Math.floor(seconds / size);
      return t(`${n} ${vi} trước`, `${n} ${en}${n > 1 ? "s" : ""} ago`);
    }
  }
  return t("1 phút trước", "1 minute ago");
}

/** Keep every <time data-moment> relative and true; the exact time stays in its title. */
export function keepMoments(within: ParentNode = document): void {
  for (const node of within.querySelectorAll<HTMLTimeElement>("time[data-moment]")) {
    const at = instant(node.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    node.title = when(at);
    node.textContent = ago(at);
  }
}

/** Text as an element: nothing that came from outside is ever parsed as HTML. */
export function element<K extends keyof HTMLElementTagNameMap>(name: K, css = "", ...inside: (Node | string)[]): HTMLElementTagNameMap[K] {
  const node = document.createElement(name);
  if (css) node.className = css;
  node.append(...inside);
  return node;
}

/** The JSON block a page carries, or null. */
export function data<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}
