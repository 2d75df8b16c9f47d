// What somebody who types in the search field may be about to ask: a list below it, by keyboard or touch. Without it the field just sends.
import { t } from "./words";

interface Hit {
  kind: string;
  title: string;
  href: string;
}
const PAUSE = 160;

export function suggestions(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-suggest]")) suggestOn(field);
}

function suggestOn(field: HTMLInputElement): void {
  const list = document.createElement("ul");
  list.className = "suggested";
  list.id = `${field.id}-suggested`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", t("Gợi ý", "Suggestions"));
  field.closest("form")!.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) field.setAttribute(name, value);
  let timer = 0;
  let at = -1;
  let asking: AbortController | undefined;

  const close = (): void => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const show = (hits: Hit[]): void => {
    list.replaceChildren(
      ...hits.map((hit, place) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${place}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.textContent = hit.title;
        item.dataset.href = hit.href;
        return item;
      }),
    );
    close();
    if (hits.length === 0) return;
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  };
  const choose = (to: number): void => {
    const items = [...list.children] as HTMLElement[];
    at = (to + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    field.setAttribute("aria-activedescendant", items[at]!.id);
  };
  const ask = async (): Promise<void> => {
    asking?.abort();
    asking = new AbortController();
    const typed = field.value.trim();
    if (typed.length < 2) return close();
    try {
      const answer = await fetch(`/api/v1/search/suggest?q=${encodeURIComponent(field.value)}`, { signal: asking.signal });
      if (answer.ok && document.activeElement === field) show((await answer.json()) as Hit[]);
    } catch {
      // the field still sends what was typed
    }
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      close();
      event.preventDefault();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      choose(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1));
      event.preventDefault();
    } else if (event.key === "Enter" && at >= 0) {
      location.assign((list.children[at] as HTMLElement).dataset.href!);
      event.preventDefault();
    }
  });
  field.addEventListener("blur", () => window.setTimeout(close, 150));
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus in the field
  list.addEventListener("click", (event) => {
    const item = (event.target as HTMLElement).closest("li");
    if (item) location.assign(item.dataset.href!);
  });
}
