import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Snooze } from "../api/types";
import { Failure } from "./Failure";
import { Account, HostileText, When } from "./text";

/** A rule that wakes nobody for a while, and what it held back. */
export function SnoozeRow({ one }: { one: Snooze }) {
  const { person } = useLive();
  const client = useQueryClient();
  const wake = useMutation({
    mutationFn: () => api.wake(one.id),
    onSettled: () => void client.invalidateQueries({ queryKey: ["snoozes"] }),
  });
  return (
    <li className={`row notice ${one.holds ? "doubt" : "past"}`}>
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
        {one.subject && (
          <span>
            about <Account id={one.subject} names={{ accounts: {}, assets: {} }} />
          </span>
        )}
        {one.losses_too && <b>alerts about losses too</b>}
        <span className={one.held_back > 0 ? "" : "quiet"}>
          {one.held_back} held back{one.worst && `, the worst ${one.worst}`}
        </span>
        {one.holds && person.role === "responder" && (
          <span className="act">
            <button type="button" disabled={wake.isPending} onClick={() => wake.mutate()}>
              End it now
            </button>
          </span>
        )}
      </div>
      {wake.error && <Failure error={wake.error} />}
    </li>
  );
}
