// The live line: server-sent events, reconnecting by itself, and a backfill after every gap so that nothing is missed.
import type { LiveEvents, Topic } from "./contract";

export type LineState = "live" | "waiting" | "closed";

export interface Line {
  close(): void;
}

interface Handlers {
  on: { [T in Topic]?: (event: LiveEvents[T]) => void };
  /** Called when the line is back after a gap: fetch the whole truth again. */
  backfill: () => void;
  state?: (state: LineState) => void;
}

/** Open the line. Waits 1, 2, 4 … 30 s between attempts; a line silent for 45 s counts as broken. */
export function listen(topics: Topic[], handlers: Handlers): Line {
  let source: EventSource | null = null;
  let wait = 1000;
  let had = false;
  let heard = Date.now();
  let timer = 0;

  const lost = () => {
    source?.close();
    source = null;
    handlers.state?.("waiting");
    clearTimeout(timer);
    timer = window.setTimeout(open, wait * (0.7 + Math.random() * 0.6));
    wait = Math.min(wait * 2, 30_000);
  };
  const open = () => {
    source = new EventSource(`/live?topics=${topics.join(",")}`);
    source.onopen = () => {
      heard = Date.now();
      wait = 1000;
      handlers.state?.("live");
      if (had) handlers.backfill();
      had = true;
    };
    source.onerror = lost;
    for (const sign of ["hello", "beat"]) source.addEventListener(sign, () => (heard = Date.now()));
    source.addEventListener("refetch", () => {
      heard = Date.now();
      handlers.backfill();
    });
    for (const topic of topics)
      source.addEventListener(topic, (message) => {
        heard = Date.now();
        handlers.on[topic]?.(JSON.parse((message as MessageEvent<string>).data) as never);
      });
  };
  const watchdog = window.setInterval(() => source && Date.now() - heard > 45_000 && lost(), 5000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && !source) {
      clearTimeout(timer);
      wait = 1000;
      open();
    }
  });
  open();
  return {
    close() {
      clearInterval(watchdog);
      clearTimeout(timer);
      source?.close();
      source = null;
      handlers.state?.("closed");
    },
  };
}
