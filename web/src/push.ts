// Warnings on this device: the button on /subscriptions asks the browser for a push address and gives it to the city.
interface Form {
  topic: string;
  unit_code: string;
}

function chosen(button: HTMLButtonElement): Form {
  const data = new FormData(button.form ?? undefined);
  return { topic: String(data.get("topic") ?? "warnings"), unit_code: String(data.get("unit_code") ?? "") };
}

async function ask(button: HTMLButtonElement): Promise<boolean> {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const worker = await navigator.serviceWorker.ready;
  const held = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: button.dataset.pushKey ?? "" });
  const { endpoint, keys } = held.toJSON();
  const answer = await fetch("/api/v1/notices/subscriptions", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": /taydo_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? "" },
    body: JSON.stringify({ ...chosen(button), channel: "push", address: endpoint, keys }),
  });
  return answer.ok;
}

export function pushButton(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-push]");
  if (!button || !("PushManager" in window) || !("serviceWorker" in navigator)) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    void ask(button)
      .catch(() => false)
      .then((done) => {
        button.disabled = false;
        for (const words of document.querySelectorAll<HTMLElement>("[data-push-said]")) words.hidden = (words.dataset.pushSaid === "yes") !== done;
      });
  });
}
