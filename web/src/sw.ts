// Keeps what has been shown: pages network first, built files cache first. Never keeps what belongs to one person.
export {};
const worker = self as unknown as ServiceWorkerGlobalScope;
const PAGES = "pages-1";
const FILES = "files-1";
const OPEN_PAGES = /^\/(?:$|stations(?:\/|$)|warnings(?:\/|$)|search$)/;

worker.addEventListener("install", () => void worker.skipWaiting());
worker.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then((names) => Promise.all(names.filter((n) => n !== PAGES && n !== FILES).map((n) => caches.delete(n)))).then(() => worker.clients.claim()),
  );
});

async function page(request: Request): Promise<Response> {
  const kept = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.headers.get("cache-control")?.includes("no-store")) await kept.put(request, answer.clone());
    return answer;
  } catch (failure) {
    const last = (await kept.match(request)) ?? (await kept.match("/"));
    if (last) return last;
    throw failure;
  }
}

async function file(request: Request): Promise<Response> {
  const kept = await caches.open(FILES);
  const had = await kept.match(request);
  if (had) return had;
  const answer = await fetch(request);
  if (answer.ok) await kept.put(request, answer.clone());
  return answer;
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (url.pathname.startsWith("/static/dist/assets/")) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate" && OPEN_PAGES.test(url.pathname)) event.respondWith(page(event.request));
});

worker.addEventListener("push", (event) => {
  const notice = (event.data?.json() ?? {}) as { title?: string; body?: string; href?: string };
  event.waitUntil(
    worker.registration.showNotification(notice.title ?? "Tây Đô", { body: notice.body ?? "", icon: "/static/dist/icon.svg", data: { href: notice.href ?? "/" } }),
  );
});
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(worker.clients.openWindow((event.notification.data as { href: string }).href));
});
