// Binds the live line to what the page holds, and keeps the page's clock.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, createContext, useContext, useEffect, useMemo, useRef, useState } from "react";
import { api } from "./client";
import { type LineState, listen } from "./live";
import type { Entry, Person, Status } from "./types";

type Live = {
  line: LineState;
  /** The service's status, if it was ever read; `statusAge` says how old it is. */
  status: Status | undefined;
  statusError: Error | null;
  /** When the status was read, by this device's clock. */
  statusAt: number;
  person: Person;
};

const LiveContext = createContext<Live | null>(null);
/** The service's clock by this device: its own may be wrong by hours. */
const NowContext = createContext<number>(Date.now());

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new Error("used outside of the live line");
  return live;
}

export const useNow = () => useContext(NowContext);

const STATUS_EVERY_MS = 4_000;
/** Older than this, the status is not to be believed, and the page is not live. */
const STATUS_OLD_MS = 15_000;
/** Entries come in bursts; what they make stale is read again at most this often. */
const GATHER_MS = 200;

export function LiveProvider({ person, children }: { person: Person; children: ReactNode }) {
  const client = useQueryClient();
  const [line, setLine] = useState<LineState>({ state: "connecting", since: Date.now() });
  const skew = useRef(0);
  const [now, setNow] = useState(Date.now());

  const status = useQuery({
    queryKey: ["status"],
    queryFn: async () => {
      const read = await api.status();
      skew.current = Date.parse(read.now) - Date.now();
      return read;
    },
    refetchInterval: STATUS_EVERY_MS,
    refetchIntervalInBackground: true,
    retry: false,
  });

  useEffect(() => {
    const tick = setInterval(() => setNow(Date.now() + skew.current), 1_000);
    return () => clearInterval(tick);
  }, []);

  useEffect(() => {
    const stale = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const refresh = () => {
      timer = undefined;
      const keys = [...stale];
      stale.clear();
      for (const key of keys) void client.invalidateQueries({ queryKey: JSON.parse(key) as unknown[] });
    };
    const touch = (...key: string[]) => {
      stale.add(JSON.stringify(key));
      timer ??= setTimeout(refresh, GATHER_MS);
    };
    const stop = listen({
      onState: setLine,
      onGap: () => void client.invalidateQueries(),
      onStranger: () => void client.invalidateQueries({ queryKey: ["session"] }),
      onEntry: (data) => {
        const entry = JSON.parse(data) as Entry;
        if (entry.stream.startsWith("case/")) {
          const id = entry.stream.slice("case/".length);
          append(id, entry);
          touch("incident", id);
          touch("incidents");
          touch("alerts");
        } else if (entry.stream.startsWith("chain/")) {
          touch("alerts");
          touch("announcements");
          touch("snoozes");
        } else {
          touch("readiness");
          touch("snoozes");
        }
      },
    });
    /** Puts the entry at the end of a timeline that is open, or reads that again if lines between are missing. */
    const append = (id: string, entry: Entry) => {
      const held = client.getQueryData<Entry[]>(["entries", id]);
      if (held === undefined) return;
      const last = held.at(-1)?.seq ?? 0;
      if (entry.seq === last + 1) client.setQueryData(["entries", id], [...held, entry]);
      else if (entry.seq > last + 1) touch("entries", id);
    };
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client]);

  // A stream that is merely silent proves nothing: without a fresh status nobody may call this page live.
  const opened = useRef(Date.now());
  const seen = Math.max(status.dataUpdatedAt, opened.current);
  const stale = Date.now() - seen > STATUS_OLD_MS;
  const honest = useMemo<LineState>(
    () => (stale && line.state !== "lost" ? { state: "lost", since: seen, why: "the service does not answer" } : line),
    [line, stale, seen],
  );

  const live = useMemo<Live>(
    () => ({
      line: honest,
      status: status.data,
      statusError: status.error,
      statusAt: status.dataUpdatedAt,
      person,
    }),
    [honest, status.data, status.error, status.dataUpdatedAt, person],
  );
  return (
    <LiveContext value={live}>
      <NowContext value={now}>{children}</NowContext>
    </LiveContext>
  );
}
