import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { Failure } from "../parts/Failure";
import { IncidentRows } from "../parts/IncidentRows";
import { Nothing } from "../parts/Nothing";

const STATES = ["open", "closed", "all"] as const;

/** All incidents, newest first. */
export function Incidents() {
  const [state, setState] = useState<(typeof STATES)[number]>("open");
  const incidents = useInfiniteQuery({
    queryKey: ["incidents", "list", state],
    queryFn: ({ pageParam }) => api.incidents(state, pageParam, 50),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
  const items = incidents.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section>
      <h1>Incidents</h1>
      <div className="filters" role="group" aria-label="which incidents">
        {STATES.map((word) => (
          <button key={word} type="button" aria-pressed={state === word} onClick={() => setState(word)}>
            {word}
          </button>
        ))}
      </div>
      {incidents.error && <Failure error={incidents.error} />}
      {incidents.data === undefined
        ? !incidents.error && <p className="empty">Reading…</p>
        : items.length === 0 &&
          (state === "closed" ? (
            <p className="empty">No incident was ever closed here.</p>
          ) : (
            <Nothing what={state === "open" ? "open incident" : "incident"} />
          ))}
      {items.length > 0 && <IncidentRows incidents={items} />}
      {incidents.hasNextPage && (
        <button type="button" disabled={incidents.isFetchingNextPage} onClick={() => void incidents.fetchNextPage()}>
          {incidents.isFetchingNextPage ? "Reading…" : "Older incidents"}
        </button>
      )}
    </section>
  );
}
