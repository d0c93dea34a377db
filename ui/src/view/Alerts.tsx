import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import { AlertRows } from "../parts/AlertRows";
import { Failure } from "../parts/Failure";
import { Nothing } from "../parts/Nothing";
import { SEVERITIES } from "../parts/marks";

/** All alerts, newest first. */
export function Alerts() {
  const { status } = useLive();
  const [chain, setChain] = useState("");
  const [severity, setSeverity] = useState("");
  const alerts = useInfiniteQuery({
    queryKey: ["alerts", "all", chain, severity],
    queryFn: ({ pageParam }) => api.alerts({ chain, severity, cursor: pageParam, limit: 50 }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
  const items = alerts.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section>
      <h1>Alerts</h1>
      <form className="filters">
        <label>
          Chain{" "}
          <select value={chain} onChange={(event) => setChain(event.target.value)}>
            <option value="">all</option>
            {status?.chains.map((held) => (
              <option key={held.id} value={held.id}>
                {held.name}
              </option>
            ))}
          </select>
        </label>
        <label>
          Severity{" "}
          <select value={severity} onChange={(event) => setSeverity(event.target.value)}>
            <option value="">all</option>
            {SEVERITIES.slice(0, -1).map((word) => (
              <option key={word} value={word}>
                {word === "critical" ? word : `${word} or worse`}
              </option>
            ))}
          </select>
        </label>
      </form>
      {alerts.error && <Failure error={alerts.error} />}
      {alerts.data === undefined
        ? !alerts.error && <p className="empty">Reading…</p>
        : items.length === 0 && <Nothing what={chain || severity ? "such alert" : "alert"} />}
      {items.length > 0 && <AlertRows alerts={items} />}
      {alerts.hasNextPage && (
        <button type="button" disabled={alerts.isFetchingNextPage} onClick={() => void alerts.fetchNextPage()}>
          {alerts.isFetchingNextPage ? "Reading…" : "Older alerts"}
        </button>
      )}
    </section>
  );
}
