import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import type { Announcement } from "../api/types";
import { Dialog } from "../parts/Dialog";
import { Failure } from "../parts/Failure";
import { HostileText } from "../parts/text";

/** Takes an announcement back, with a reason. */
export function Withdraw({ one, onLeave }: { one: Announcement; onLeave: () => void }) {
  const client = useQueryClient();
  const [why, setWhy] = useState("");
  const withdraw = useMutation({
    mutationFn: () => api.withdraw(one.id, why.trim()),
    onSuccess: onLeave,
    onSettled: () => client.invalidateQueries({ queryKey: ["announcements"] }),
  });
  return (
    <Dialog title="Withdraw this announcement?" onLeave={onLeave}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          withdraw.mutate();
        }}
      >
        <p>
          <strong>
            <HostileText text={one.title} />
          </strong>
        </p>
        <p>From the next block on it excuses nothing: if the change happens after all, it is an alarm. What was done until now stays as it was told.</p>
        <label htmlFor="why">Why (may be left empty)</label>
        <input id="why" maxLength={300} value={why} onChange={(event) => setWhy(event.target.value)} autoFocus />
        {withdraw.error && <Failure error={withdraw.error} />}
        <div className="buttons">
          <button type="button" onClick={onLeave}>
            Keep it
          </button>
          <button type="submit" className="primary" disabled={withdraw.isPending}>
            {withdraw.isPending ? "Writing…" : "Withdraw it"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
