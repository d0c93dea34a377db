// The live line to the service: listens, resumes after the last event it saw, and says honestly when it is cut.
import { type Message, parser } from "./sse";

export type LineState =
  | { state: "connecting"; since: number }
  | { state: "live"; since: number }
  | { state: "lost"; since: number; why: string };

type Listener = {
  /** The state changed. */
  onState: (state: LineState) => void;
  /** An entry was written. */
  onEntry: (data: string) => void;
  /** What was read before may miss something: read it again. */
  onGap: () => void;
  /** The session is over. */
  onStranger: () => void;
};

/** The service shows a sign of life every 15 s; two missed ones and a bit mean that the line is dead. */
const SILENCE_MS = 35_000;
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000];

/** Listens until it is told to stop. */
export function listen(listener: Listener): () => void {
  let stopped = false;
  let position: string | null = null;
  let tries = 0;
  let lostSince: number | null = null;
  let abort = new AbortController();
  let wake: (() => void) | null = null;

  const lost = (why: string) => {
    lostSince ??= Date.now();
    listener.onState({ state: "lost", since: lostSince, why });
  };

  const take = (message: Message) => {
    if (message.id !== "") position = message.id;
    if (message.event === "ready") {
      lostSince = null;
      tries = 0;
      listener.onState({ state: "live", since: Date.now() });
    } else if (message.event === "entry") {
      listener.onEntry(message.data);
    }
  };

  const once = async () => {
    abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      const headers: Record<string, string> = { accept: "text/event-stream" };
      if (position !== null) headers["last-event-id"] = position;
      const response = await fetch("/api/v1/events", { headers, cache: "no-store", signal: abort.signal });
      if (response.status === 401) return listener.onStranger();
      if (response.status === 409) {
        // Another or a restored book: nothing we hold can be trusted.
        position = null;
        listener.onGap();
        return;
      }
      if (!response.ok || response.body === null) return lost(`the service answered ${response.status}`);
      // Without a position this line begins now; whatever was read before it began may be older.
      if (position === null) listener.onGap();
      const parse = parser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return lost("the service ended the line");
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(), SILENCE_MS);
        parse(value).forEach(take);
      }
    } catch {
      if (!stopped) lost(navigator.onLine ? "the service does not answer" : "this device is offline");
    } finally {
      clearTimeout(watchdog);
    }
  };

  const run = async () => {
    listener.onState({ state: "connecting", since: Date.now() });
    while (!stopped) {
      await once();
      if (stopped) return;
      const delay = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 8_000;
      tries += 1;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, delay);
      });
    }
  };

  const hurry = () => wake?.();
  window.addEventListener("online", hurry);
  void run();
  return () => {
    stopped = true;
    window.removeEventListener("online", hurry);
    abort.abort();
    hurry();
  };
}
