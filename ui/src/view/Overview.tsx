import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { IncidentSummary } from "../api/types";
import { AlertRows } from "../parts/AlertRows";
import { Failure } from "../parts/Failure";
import { IncidentRows } from "../parts/IncidentRows";
import { Nothing } from "../parts/Nothing";
import { SEVERITIES } from "../parts/marks";
import { When } from "../parts/text";
import { Link } from "../route";
import { Chains } from "./Chains";
import { Readiness } from "./Readiness";

const bySeverity = (a: IncidentSummary, b: IncidentSummary) =>
  SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.opened_at.localeCompare(a.opened_at);

/** What is open, what was noticed, and how well we see. */
export function Overview() {
  const open = useQuery({ queryKey: ["incidents", "open"], queryFn: () => api.incidents("open", null, 200) });
  const alerts = useQuery({ queryKey: ["alerts", "recent"], queryFn: () => api.alerts({ limit: 12 }) });
  return (
    <div className="overview">
      <section>
        <h2>
          Open incidents {open.data && open.data.items.length > 0 && <span className="count">{open.data.items.length}{open.data.next ? "+" : ""}</span>}
        </h2>
        {open.error && <Failure error={open.error} />}
        {open.data === undefined ? (
          !open.error && <p className="empty">Reading…</p>
        ) : open.data.items.length === 0 ? (
          <Nothing what="open incident" />
        ) : (
          <IncidentRows incidents={[...open.data.items].sort(bySeverity)} />
        )}
        {open.data?.next && (
          <p className="quiet">
            There are more: see <Link href="/incidents">all incidents</Link>.
          </p>
        )}
      </section>
      <section>
        <h2>Chains</h2>
        <Chains />
      </section>
      <section>
        <h2>Readiness</h2>
        <Readiness />
        <Facts />
      </section>
      <section>
        <h2>
          Recent alerts <Link href="/alerts">all alerts</Link>
        </h2>
        {alerts.error && <Failure error={alerts.error} />}
        {alerts.data === undefined ? (
          !alerts.error && <p className="empty">Reading…</p>
        ) : alerts.data.items.length === 0 ? (
          <Nothing what="alert" />
        ) : (
          <AlertRows alerts={alerts.data.items} />
        )}
      </section>
    </div>
  );
}

/** The service itself, in one line. */
function Facts() {
  const { status } = useLive();
  if (status === undefined) return null;
  const waiting = status.queues.filter((queue) => queue.length > 0);
  return (
    <p className="facts">
      <span>Version {status.version}</span>
      <span>
        started <When at={status.started_at} />
      </span>
      <span>
        automatic: <b>{status.automatic === "never" ? "never, people decide" : "reversible steps only"}</b>
      </span>
      <span>
        {status.last_seal ? (
          <>
            book sealed <When at={status.last_seal.at} /> (seal {status.last_seal.seq})
          </>
        ) : (
          "book not sealed yet"
        )}
      </span>
      {waiting.map((queue) => (
        <span key={queue.name}>
          {queue.length} waiting in {queue.name}
          {queue.limit != null && ` (of ${queue.limit})`}
        </span>
      ))}
    </p>
  );
}
