// Forms: all of it works without this file; it keeps what is typed, shows follow-up questions at once, and shrinks photos before they travel.
import "./style/citizen.css";
import "./style/intake.css";
import "./style/report.css";
import "./style/forms.css";
import { frame } from "./frame";
import { shrink } from "./photos";
import { keepMoments, t } from "./words";

frame();
keepMoments();
document.querySelector<HTMLElement>("#errors")?.focus();

const form = document.querySelector<HTMLFormElement>("[data-form]");
if (form) begin(form);

function begin(form: HTMLFormElement): void {
  const word = form.querySelector<HTMLElement>("[data-kept]");
  let waiting = 0;
  const keep = async (): Promise<void> => {
    const body = new FormData(form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    try {
      const answer = await fetch(form.dataset.keep ?? "", { method: "POST", body });
      if (word && answer.ok) word.textContent = t("Đã lưu.", "Kept.");
      if (word && !answer.ok) word.textContent = t("Chưa lưu được; hãy bấm Tiếp tục.", "Not kept; press Go on.");
    } catch {
      if (word) word.textContent = t("Mất mạng: chưa lưu được, đừng đóng trang này.", "No network: not kept yet, do not close this page.");
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type === "file") return;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void keep(), 700);
    follow(form);
  });
  for (const input of form.querySelectorAll<HTMLInputElement>("[data-photos-small]"))
    input.addEventListener("change", async () => {
      const list = new DataTransfer();
      for (const file of input.files ?? []) list.items.add(file.type.startsWith("image/") ? await shrink(file) : file);
      input.files = list.files;
    });
  follow(form);
}

/** Show the questions whose condition holds for what stands on the page. */
function follow(form: HTMLFormElement): void {
  for (const node of form.querySelectorAll<HTMLElement>("[data-when]")) {
    const asked = form.elements.namedItem(node.dataset.when ?? "");
    if (!asked) continue; // it stands on another page: the server decides
    const value = asked instanceof RadioNodeList ? asked.value : (asked as HTMLInputElement).value;
    const listed = (node.dataset.in ?? "").split("|").filter(Boolean);
    node.hidden = node.dataset.answered ? (value !== "") !== (node.dataset.answered === "yes") : between(node, value) ?? (listed.length ? !listed.includes(value) : value !== node.dataset.is);
  }
}

/** Whether a condition on a number hides its question; undefined when it has no such condition. Numbers are written 1.234,5. */
function between(node: HTMLElement, written: string): boolean | undefined {
  const { above, below } = node.dataset;
  if (above === undefined && below === undefined) return undefined;
  const text = /^-?\d{1,3}(\.\d{3})+(,\d+)?$/.test(written.trim()) ? written.replaceAll(".", "") : written;
  const value = text.trim() === "" ? NaN : Number(text.replace(",", "."));
  return Number.isNaN(value) || (above !== undefined && value <= Number(above)) || (below !== undefined && value >= Number(below));
}

const take = document.querySelector<HTMLFormElement>("[data-take]");
if (take) {
  follow(take);
  take.addEventListener("input", () => follow(take));
}
