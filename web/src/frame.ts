// What every page has: theme switch, offline bar, live relative times, the service worker.
import { keepMoments } from "./words";

function themes(): void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-switch]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const root = document.documentElement;
      const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
      root.dataset.theme = now === "dark" ? "light" : "dark";
      document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
      document.dispatchEvent(new CustomEvent("theme"));
    });
  }
}

function offline(): void {
  const bar = document.querySelector<HTMLElement>("[data-offline]");
  const show = () => bar && (bar.hidden = navigator.onLine);
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

export function frame(): void {
  themes();
  offline();
  keepMoments();
  setInterval(keepMoments, 30_000);
  document.querySelector<HTMLElement>("#errors")?.focus();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js", { type: "module" }).catch(() => undefined);
}
