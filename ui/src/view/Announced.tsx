import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Announcement } from "../api/types";
import { Failure } from "../parts/Failure";
import { AnnouncementRow } from "../parts/AnnouncementRow";
import { SnoozeRow } from "../parts/SnoozeRow";
import { Announce } from "./Announce";

/** What has still to happen, or went wrong, before what is over; within each the newest first, as they come. */
function inOrder(all: Announcement[]): Announcement[] {
  const rank = (one: Announcement) => ["deviated", "open", "upcoming", "absent"].indexOf(one.state) + 1 || 9;
  return [...all].sort((a, b) => rank(a) - rank(b));
}

/** What was said beforehand: changes to come, and rules that wake nobody for a while. */
export function Announced() {
  const { person } = useLive();
  const [announcing, setAnnouncing] = useState(false);
  const announcements = useQuery({ queryKey: ["announcements"], queryFn: api.announcements });
  const snoozes = useQuery({ queryKey: ["snoozes"], queryFn: api.snoozes });
  return (
    <section className="announced">
      <section>
        <div className="headline">
          <h1>Announced changes</h1>
          {person.role === "responder" && (
            <button type="button" onClick={() => setAnnouncing(true)}>
              Announce a change…
            </button>
          )}
        </div>
        {announcements.error && <Failure error={announcements.error} />}
        {announcements.data === undefined && !announcements.error && <p className="empty">Reading…</p>}
        {announcements.data?.items.length === 0 && (
          <p className="empty">
            Nothing is announced: every upgrade, new owner or new role is an alarm. Say what will change, by whom and when, here or with{" "}
            <code>breakglass announce add</code>, and just that is none.
          </p>
        )}
        <ul className="rows">
          {inOrder(announcements.data?.items ?? []).map((one) => (
            <AnnouncementRow key={one.id} one={one} />
          ))}
        </ul>
      </section>
      <section>
        <h1>Snoozed rules</h1>
        {snoozes.error && <Failure error={snoozes.error} />}
        {snoozes.data?.items.length === 0 && <p className="empty">Every rule wakes somebody.</p>}
        <ul className="rows">
          {snoozes.data?.items.map((one) => (
            <SnoozeRow key={one.id} one={one} />
          ))}
        </ul>
      </section>
      {announcing && <Announce onLeave={() => setAnnouncing(false)} />}
    </section>
  );
}
