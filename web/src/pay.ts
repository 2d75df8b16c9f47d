// Paying: everything works without this file; it copies, and says by itself when the money has come.
import "./style/pay.css";
import { frame } from "./frame";
import { t } from "./words";

frame();

for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy!);
  if (!source || !navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent!.trim());
    const word = button.querySelector("span")!;
    word.textContent = t("Đã chép", "Copied");
    setTimeout(() => (word.textContent = t("Chép", "Copy")), 2000);
  });
}

const bill = document.querySelector<HTMLElement>("[data-bill]");
if (bill && bill.dataset.state === "due") {
  let pause = 3000;
  const ask = async () => {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(`/pay/${bill.dataset.bill}/state`, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).state !== bill.dataset.state) return location.assign(location.pathname);
      } catch {
        pause = Math.min(pause * 2, 30_000); // the network went; ask more slowly
      }
    }
    setTimeout(ask, (pause = Math.min(pause * 1.05, 15_000)));
  };
  setTimeout(ask, pause);
  document.addEventListener("visibilitychange", () => (pause = 3000));
}
