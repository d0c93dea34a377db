import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Announcement, Snooze } from "../api/types";
import { Failure } from "../parts/Failure";
import { HostileText, When } from "../parts/text";

/** What was said beforehand: changes to come, and rules that wake nobody for a while. */
export function Announced() {
  const announcements = useQuery({ queryKey: ["announcements"], queryFn: api.announcements });
  const snoozes = useQuery({ queryKey: ["snoozes"], queryFn: api.snoozes });
  return (
    <section className="announced">
      <h1>Announced changes</h1>
      {announcements.error && <Failure error={announcements.error} />}
      {announcements.data?.items.length === 0 && (
        <p className="empty">
          Nothing is announced. <code>breakglass announce add</code> says what will change, by whom and when: just that is no alarm.
        </p>
      )}
      <ul className="rows">
        {announcements.data?.items.map((one) => (
          <AnnouncementRow key={one.id} one={one} />
        ))}
      </ul>
      <h1>Snoozed rules</h1>
      {snoozes.error && <Failure error={snoozes.error} />}
      {snoozes.data?.items.length === 0 && <p className="empty">Every rule wakes somebody.</p>}
      <ul className="rows">
        {snoozes.data?.items.map((one) => (
          <SnoozeRow key={one.id} one={one} />
        ))}
      </ul>
    </section>
  );
}

const STANDS: Record<Announcement["state"], { says: string; look: string }> = {
  upcoming: { says: "upcoming", look: "" },
  open: { says: "open now", look: "blind" },
  done: { says: "done as announced", look: "well" },
  deviated: { says: "something else was done", look: "lost" },
  absent: { says: "not seen to happen", look: "blind" },
  over: { says: "window over", look: "" },
  withdrawn: { says: "withdrawn", look: "" },
};

function AnnouncementRow({ one }: { one: Announcement }) {
  const { person } = useLive();
  const client = useQueryClient();
  const withdraw = useMutation({
    mutationFn: () => api.withdraw(one.id),
    onSettled: () => void client.invalidateQueries({ queryKey: ["announcements"] }),
  });
  const { says, look } = STANDS[one.state];
  return (
    <li className="row">
      <div className="row-head">
        <span className={`tag chain ${look}`}>{says}</span>
        <span className="title">
          <HostileText text={one.title} />
        </span>
      </div>
      <div className="row-facts">
        <code>{one.id}</code>
        <span className="quiet">
          by <HostileText text={one.announced_by.name} limit={64} />, <When at={one.announced_at} />
        </span>
        <span>
          <When at={one.from} both /> to <When at={one.until} both />
        </span>
        <span className="quiet">
          {one.done} of {one.changes.length} done
        </span>
        {one.reference && (
          <span>
            <HostileText text={one.reference} limit={120} />
          </span>
        )}
        {(one.state === "upcoming" || one.state === "open") && (
          <button type="button" disabled={person.role !== "responder" || withdraw.isPending} onClick={() => withdraw.mutate()}>
            Withdraw
          </button>
        )}
      </div>
      <ul className="checks">
        {one.changes.map((change, index) => (
          <li key={index}>
            <b>{change.what.replace("_", " ")}</b> of <code>{change.contract}</code>{" "}
            {change.account && (
              <>
                → <code>{change.account}</code>
              </>
            )}{" "}
            {change.selector && <code>{change.selector}</code>} {change.calldata_hash && <span className="quiet">by these call data only</span>}
          </li>
        ))}
        <li className="quiet">may be done by {one.by.join(", ")}</li>
      </ul>
      {withdraw.error && <Failure error={withdraw.error} />}
    </li>
  );
}

function SnoozeRow({ one }: { one: Snooze }) {
  const { person } = useLive();
  const client = useQueryClient();
  const wake = useMutation({
    mutationFn: () => api.wake(one.id),
    onSettled: () => void client.invalidateQueries({ queryKey: ["snoozes"] }),
  });
  return (
    <li className="row">
      <div className="row-head">
        <span className={`tag chain ${one.holds ? "blind" : ""}`}>{one.holds ? "wakes nobody" : "ended"}</span>
        <span className="title">
          <code>{one.rule}</code> <HostileText text={one.why} />
        </span>
      </div>
      <div className="row-facts">
        <span>
          until <When at={one.until} both />
        </span>
        <span className="quiet">
          by <HostileText text={one.by.name} limit={64} />
        </span>
        {one.subject && <code>{one.subject}</code>}
        {one.losses_too && <b>alerts about losses too</b>}
        <span className={one.held_back > 0 ? "" : "quiet"}>
          {one.held_back} held back{one.worst && `, the worst ${one.worst}`}
        </span>
        {one.holds && (
          <button type="button" disabled={person.role !== "responder" || wake.isPending} onClick={() => wake.mutate()}>
            End it now
          </button>
        )}
      </div>
      {wake.error && <Failure error={wake.error} />}
    </li>
  );
}
