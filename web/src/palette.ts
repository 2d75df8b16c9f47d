// The command palette: the steps of the open case, cases of the list, places to go; filtered without accents.
import { element, t } from "./words";

interface Command {
  title: string;
  run: () => void;
}

const fold = (text: string) =>
  text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{Diacritic}/gu, "");

/** Open a folded form and go to its first field. */
function openAct(summary: HTMLElement): void {
  summary.parentElement?.setAttribute("open", "");
  summary.parentElement?.querySelector<HTMLElement>("form :is(input:not([type=hidden]), textarea, select)")?.focus();
}

function commands(): Command[] {
  const steps = [...document.querySelectorAll<HTMLButtonElement>(".case-move button[name=move]")].map((b) => ({ title: b.textContent?.trim() ?? "", run: () => b.click() }));
  const acts = [...document.querySelectorAll<HTMLElement>(".acts > details > summary")].map((s) => ({ title: s.textContent?.trim() ?? "", run: () => openAct(s) }));
  const cases = [...document.querySelectorAll<HTMLAnchorElement>("[data-case]")].map((a) => ({
    title: [...a.querySelectorAll("strong, .case-low")].map((n) => n.textContent?.trim()).join(" — "),
    run: () => a.click(),
  }));
  const places = [...document.querySelectorAll<HTMLAnchorElement>(".tabs a, .top nav a[href]")].map((a) => ({ title: `${t("Đến", "Go to")}: ${a.textContent?.trim()}`, run: () => a.click() }));
  return [...steps, ...acts, ...cases, ...places];
}

let current: { dialog: HTMLDialogElement; open: () => void } | null = null;

/** The palette of the page as it stands; pages are swapped, so ask for it each time. */
export function palette(): { open: () => void } | null {
  const dialog = document.querySelector<HTMLDialogElement>("[data-palette]");
  if (dialog && current?.dialog === dialog) return current;
  const field = dialog?.querySelector<HTMLInputElement>("input");
  const list = dialog?.querySelector<HTMLElement>("[role=listbox]");
  if (!dialog || !field || !list) return null;
  let found: Command[] = [];
  let at = 0;
  const draw = () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    found = commands().filter((c) => words.every((w) => fold(c.title).includes(w))).slice(0, 10);
    at = Math.min(at, Math.max(found.length - 1, 0));
    list.replaceChildren(
      ...found.map((c, i) => {
        const row = element("li", "", c.title);
        row.id = `palette-${i}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", String(i === at));
        row.addEventListener("click", () => go(i));
        return row;
      }),
    );
    field.setAttribute("aria-activedescendant", found.length ? `palette-${at}` : "");
  };
  const go = (i: number) => {
    dialog.close();
    found[i]?.run();
  };
  field.addEventListener("input", () => {
    at = 0;
    draw();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(found.length, 1);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(at);
    }
  });
  const open = () => {
    field.value = "";
    at = 0;
    draw();
    dialog.showModal();
  };
  for (const button of document.querySelectorAll<HTMLElement>("[data-palette-open]")) {
    button.hidden = false;
    button.onclick = open;
  }
  current = { dialog, open };
  return current;
}
