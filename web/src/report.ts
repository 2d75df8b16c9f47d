// Reporting: everything works without this file; it keeps a draft, finds the place, shrinks photos, suggests, and warns of duplicates.
import "./style/citizen.css";
import "./style/intake.css";
import "./style/report.css";
import "./style/figures.css";
import { frame } from "./frame";
import { placeOf, shrink } from "./photos";
import type { Spot } from "./contract";
import { data, element, keepMoments, t } from "./words";

frame();

const DRAFT = "taydo.report";
const form = document.querySelector<HTMLFormElement>("[data-report]");
if (document.querySelector("[data-sent]")) localStorage.removeItem(DRAFT);
for (const link of document.querySelectorAll<HTMLAnchorElement>(".long-link")) link.textContent = link.href;
for (const more of document.querySelectorAll<HTMLFormElement>("[data-report-add]")) {
  const picked = more.querySelector<HTMLInputElement>("input[type=file]");
  picked?.addEventListener("change", () => void lighter(picked));
}
const spots = document.querySelector<HTMLElement>("[data-spots]");
if (spots) {
  const given = data<Spot[]>("spots-data") ?? [];
  spots.hidden = !given.length;
  const [lons, lats] = [given.map((s) => s.lon), given.map((s) => s.lat)];
  const bounds: [number, number, number, number] = [Math.min(...lons) - 0.01, Math.min(...lats) - 0.01, Math.max(...lons) + 0.01, Math.max(...lats) + 0.01];
  if (given.length)
    void import("./map").then(({ stationMap }) => stationMap(spots, { bounds, dark: getComputedStyle(document.documentElement).colorScheme === "dark" }).spots(given)).catch(() => (spots.hidden = true));
}

const field = <K extends HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement>(of: HTMLFormElement, name: string): K =>
  of.elements.namedItem(name) as K;

function show(node: Element | null | undefined, words?: string): void {
  if (!(node instanceof HTMLElement)) return;
  node.hidden = words === "";
  if (words !== undefined) node.textContent = words;
}

/** Replace the chosen photos by smaller ones; returns the place the first of them knows. */
async function lighter(input: HTMLInputElement): Promise<{ lon: number; lat: number } | null> {
  const files = [...(input.files ?? [])].slice(0, 5);
  let place: { lon: number; lat: number } | null = null;
  const list = new DataTransfer();
  for (const file of files) {
    place ??= placeOf(await file.slice(0, 262144).arrayBuffer());
    list.items.add(await shrink(file));
  }
  input.files = list.files;
  return place;
}

function begin(form: HTMLFormElement): void {
  draft(form);
  places(form);
  pictures(form);
  advice(form);
  sending(form);
}

function draft(form: HTMLFormElement): void {
  const names = ["text", "unit_code", "address", "category", "lon", "lat", "key"];
  try {
    const kept = JSON.parse(localStorage.getItem(DRAFT) ?? "null") as Record<string, string> | null;
    if (kept && !field<HTMLTextAreaElement>(form, "text").value && kept.text) for (const name of names) if (kept[name]) field(form, name).value = kept[name];
  } catch {
    localStorage.removeItem(DRAFT);
  }
  const keep = () => localStorage.setItem(DRAFT, JSON.stringify(Object.fromEntries(names.map((name) => [name, field(form, name).value]))));
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  form.addEventListener("place", keep);
}

function places(form: HTMLFormElement): void {
  const word = form.querySelector<HTMLElement>("[data-place-word]");
  const here = form.querySelector<HTMLButtonElement>("[data-here]");
  const open = form.querySelector<HTMLButtonElement>("[data-open-map]");
  const box = form.querySelector<HTMLElement>("[data-map]");
  const unit = field<HTMLSelectElement>(form, "unit_code");
  let move: ((lon: number, lat: number) => void) | null = null;
  const put = async (lon: number, lat: number, how: string) => {
    field(form, "lon").value = lon.toFixed(6);
    field(form, "lat").value = lat.toFixed(6);
    show(word, how);
    move?.(lon, lat);
    form.dispatchEvent(new CustomEvent("place"));
    const found = await fetch(`/api/v1/places/at?lon=${lon}&lat=${lat}`).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    const code = found?.commune?.code;
    if (code && [...unit.options].some((option) => option.value === code)) {
      unit.value = code;
      show(word, `${how} · ${unit.selectedOptions[0]?.text ?? ""}`);
    }
  };
  form.addEventListener("photo-place", (event) => {
    const { lon, lat } = (event as CustomEvent<{ lon: number; lat: number }>).detail;
    if (!field(form, "lon").value) void put(lon, lat, t("Lấy vị trí từ ảnh", "Place taken from the photo"));
  });
  unit.addEventListener("change", () => {
    field(form, "lon").value = field(form, "lat").value = "";
    show(word, "");
  });
  if (here && "geolocation" in navigator) {
    here.hidden = false;
    here.addEventListener("click", () => {
      show(word, t("Đang tìm vị trí…", "Finding your position…"));
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => void put(coords.longitude, coords.latitude, t("Đã lấy vị trí của bạn", "Your position is used")),
        () => show(word, t("Máy không cho biết vị trí. Hãy chọn trên bản đồ hoặc chọn xã, phường.", "No position from your device. Choose on the map or choose the commune.")),
        { timeout: 10_000, maximumAge: 60_000, enableHighAccuracy: true },
      );
    });
  }
  if (open && box) {
    open.hidden = false;
    open.addEventListener("click", () => {
      box.hidden = false;
      open.setAttribute("aria-busy", "true");
      void import("./pick").then(({ pickOn }) => {
        open.hidden = true;
        move = pickOn(box, Number(field(form, "lon").value) || null, Number(field(form, "lat").value) || null, (lon, lat) => void put(lon, lat, t("Đã chọn trên bản đồ", "Chosen on the map")));
      }).catch(() => show(word, t("Không mở được bản đồ. Hãy chọn xã, phường.", "The map does not open. Choose the commune.")));
    });
  }
  if (field(form, "lon")?.value) show(word, t("Đã có vị trí", "The place is set"));
}

function pictures(form: HTMLFormElement): void {
  const input = field<HTMLInputElement>(form, "photos");
  const strip = form.querySelector<HTMLElement>("[data-photos]");
  const word = form.querySelector<HTMLElement>("[data-photo-word]");
  const pick = form.querySelector<HTMLElement>("[data-pick]");
  if (pick) {
    pick.hidden = false;
    input.classList.add("unseen-input");
  }
  input.addEventListener("change", async () => {
    const before = [...(input.files ?? [])].reduce((sum, file) => sum + file.size, 0);
    form.dataset.busy = "yes";
    show(word, t("Đang thu nhỏ ảnh…", "Making the photos smaller…"));
    const place = await lighter(input);
    delete form.dataset.busy;
    const files = [...(input.files ?? [])];
    const after = files.reduce((sum, file) => sum + file.size, 0);
    strip?.replaceChildren(...files.map((file) => {
      const image = element("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return element("li", "", image);
    }));
    if (strip) strip.hidden = !files.length;
    const size = (bytes: number) => `${Math.max(1, Math.round(bytes / 1024))} KB`;
    show(word, files.length ? `${files.length} ${t("ảnh", files.length > 1 ? "photos" : "photo")} · ${size(after)}${after < before ? ` (${t("từ", "from")} ${size(before)})` : ""}` : "");
    if (place) form.dispatchEvent(new CustomEvent("photo-place", { detail: place }));
    form.dispatchEvent(new CustomEvent("smaller"));
  });
}

/** What the words point to, and who has reported it already: asked while typing stops, said only as advice. */
function advice(form: HTMLFormElement): void {
  const text = field<HTMLTextAreaElement>(form, "text");
  const category = field<HTMLSelectElement>(form, "category");
  const suggested = form.querySelector<HTMLElement>("[data-suggested]");
  const secret = form.querySelector<HTMLElement>("[data-secret]");
  const twins = form.querySelector<HTMLElement>("[data-duplicates]");
  let timer = 0;
  const ask = async () => {
    const words = text.value.trim().slice(0, 800);
    const get = (path: string) => fetch(`/api/v1/hotline/${path}`).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    const lon = field(form, "lon").value;
    const [ideas, same] = await Promise.all([
      words.length > 5 ? get(`suggestions?text=${encodeURIComponent(words)}`) : null,
      lon && words.length > 5 ? get(`duplicates?lon=${lon}&lat=${field(form, "lat").value}&text=${encodeURIComponent(words)}`) : null,
    ]);
    if (secret) secret.hidden = !ideas?.private;
    suggested?.replaceChildren();
    if (suggested) suggested.hidden = true;
    if (suggested && ideas?.categories?.length && !category.value) {
      suggested.append(`${t("Có phải", "Is it")}: `, ...ideas.categories.map((idea: { category: string; title: string }) => {
        const button = element("button", "chip", idea.title);
        button.type = "button";
        button.addEventListener("click", () => {
          category.value = idea.category;
          category.dispatchEvent(new Event("change", { bubbles: true }));
          suggested.hidden = true;
        });
        return button;
      }));
      suggested.hidden = false;
    }
    const list = twins?.querySelector("ul");
    list?.replaceChildren(...(same ?? []).slice(0, 3).map((one: { href: string; category_title: string; public_text: string; state_word: string }) => {
      const link = element("a", "", `${one.category_title}: ${one.public_text.slice(0, 80)} (${one.state_word})`);
      link.href = one.href;
      return element("li", "", link);
    }));
    if (twins) twins.hidden = !same?.length;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), 700);
  };
  text.addEventListener("input", soon);
  form.addEventListener("place", soon);
  category.addEventListener("change", () => {
    const chosen = category.selectedOptions[0];
    const first = form.querySelector<HTMLElement>("[data-call-first]");
    const number = chosen?.dataset.call;
    if (first) first.hidden = !number;
    const link = form.querySelector<HTMLAnchorElement>("[data-call-number]");
    if (link && number) {
      link.href = `tel:${number}`;
      link.firstElementChild!.textContent = number;
    }
    if (chosen?.dataset.private !== undefined) (form.querySelector("[name=public][value=no]") as HTMLInputElement).checked = true;
  });
}

function sending(form: HTMLFormElement): void {
  form.addEventListener("submit", (event) => {
    if (form.dataset.busy) {
      event.preventDefault();
      form.addEventListener("smaller", () => form.requestSubmit(), { once: true });
      return;
    }
    const button = form.querySelector<HTMLButtonElement>("[data-send]");
    if (button) button.disabled = true;
    show(form.querySelector("[data-sending]"));
    form.querySelector<HTMLElement>("[data-sending]")!.hidden = false;
    setTimeout(() => button && (button.disabled = false), 20_000);
  });
  addEventListener("pageshow", () => {
    const button = form.querySelector<HTMLButtonElement>("[data-send]");
    if (button) button.disabled = false;
  });
}

/** The operator's page: what is alike and known follows what is typed; the caller is looked up (and that recorded) when the number is done. */
function operator(form: HTMLFormElement): void {
  places(form);
  let timer = 0;
  let asked = "";
  const refresh = async (what: "advise" | "look") => {
    const body = new FormData(form);
    body.delete("photos");
    body.set("do", what);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (!answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const parts = what === "look" ? ["[data-aside]", "[data-aside-top]", "[data-caller]"] : ["[data-aside]", "[data-aside-top]"];
    const typing = document.activeElement?.closest("[data-aside], [data-aside-top]");
    for (const part of parts) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh && old !== typing) old.replaceWith(document.importNode(fresh, true));
    }
    keepMoments();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void refresh("advise"), 700);
  };
  for (const name of ["text", "category", "unit_code"]) form.querySelector(`[name=${name}]`)?.addEventListener("input", soon);
  form.addEventListener("place", soon);
  const phone = field<HTMLInputElement>(form, "phone");
  phone.addEventListener("change", () => {
    if (phone.value.replace(/\D/g, "").length < 9 || phone.value === asked) return;
    asked = phone.value;
    void refresh("look");
  });
  form.addEventListener("click", (event) => {
    const idea = (event.target as HTMLElement).closest<HTMLElement>("[data-idea]");
    if (!idea) return;
    field<HTMLSelectElement>(form, "category").value = idea.dataset.idea ?? "";
    void refresh("advise");
  });
}

if (form) begin(form);
const desk = document.querySelector<HTMLFormElement>("[data-intake]");
if (desk) operator(desk);
