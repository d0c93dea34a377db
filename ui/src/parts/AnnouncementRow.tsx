import { useState } from "react";
import { useLive, useNow } from "../api/provider";
import type { Announcement, PlannedChange } from "../api/types";
import { ago, utc } from "../text/time";
import { baseUnits } from "../text/amount";
import { Withdraw } from "../view/Withdraw";
import { SeverityTag } from "./marks";
import { Account, Hash, HostileText, When } from "./text";

const NAMELESS = { accounts: {}, assets: {} };

const STANDS: Record<Announcement["state"], { says: string; look: string; row: string }> = {
  upcoming: { says: "upcoming", look: "", row: "" },
  open: { says: "window open", look: "blind", row: "doubt" },
  done: { says: "done as announced", look: "well", row: "good" },
  deviated: { says: "something else was done", look: "lost", row: "critical" },
  absent: { says: "not seen to happen", look: "blind", row: "doubt" },
  over: { says: "window over", look: "", row: "past" },
  withdrawn: { says: "withdrawn", look: "", row: "past" },
};

/** A change that was announced: what, by whom, when, and what came of it. */
export function AnnouncementRow({ one }: { one: Announcement }) {
  const { person } = useLive();
  const now = useNow();
  const [leaving, setLeaving] = useState(false);
  const { says, look, row } = STANDS[one.state];
  // What deviates in one thing may still be excused in the others: as long as the window is open it can be withdrawn.
  const standing = one.withdrawn_at == null && one.state !== "done" && Date.parse(one.until) > now;
  return (
    <li className={`row notice ${row}`} data-state={one.state}>
      <div className="row-head">
        <span className={`tag chain ${look}`}>{says}</span>
        {one.state === "deviated" && one.withdrawn_at != null && <span className="tag">withdrawn</span>}
        <span className="title">
          <HostileText text={one.title} />
        </span>
        {standing && person.role === "responder" && (
          <span className="act">
            <button type="button" onClick={() => setLeaving(true)}>
              Withdraw…
            </button>
          </span>
        )}
      </div>
      <ul className="changes">
        {one.changes.map((change, index) => (
          <li key={index}>
            <Change change={change} />
          </li>
        ))}
      </ul>
      <div className="row-facts">
        <Window from={one.from} until={one.until} now={now} />
        <span>
          may be done by{" "}
          {one.by.map((by) => (
            <Account key={by} id={by} names={NAMELESS} />
          ))}
        </span>
        {one.changes.length > 1 && (
          <span>
            {one.done} of {one.changes.length} done
          </span>
        )}
      </div>
      {one.alerts.length > 0 && <CameOfIt one={one} />}
      <div className="row-facts quiet">
        <span>
          <HostileText text={one.announced_by.name} limit={64} />, <When at={one.announced_at} />, after block{" "}
          {baseUnits(String(one.after_block))} of {one.chain}
        </span>
        {one.reference && (
          <span>
            <HostileText text={one.reference} limit={120} />
          </span>
        )}
        <code>{one.id}</code>
      </div>
      {leaving && <Withdraw one={one} onLeave={() => setLeaving(false)} />}
    </li>
  );
}

/** When it may happen, and how long until that changes. */
function Window({ from, until, now }: { from: string; until: string; now: number }) {
  const [first, last] = [utc(from), utc(until)];
  // The same day is said once.
  const end = first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last;
  const says =
    now < Date.parse(from) ? `begins ${ago(from, now)}` : now < Date.parse(until) ? `ends ${ago(until, now)}` : `ended ${ago(until, now)}`;
  return (
    <span>
      <time dateTime={from}>{first.replace(" UTC", "")}</time> to <time dateTime={until}>{end}</time> <span className="quiet">({says})</span>
    </span>
  );
}

function Change({ change }: { change: PlannedChange }) {
  const contract = <Account id={change.contract} names={NAMELESS} />;
  const account = change.account && <Account id={change.account} names={NAMELESS} />;
  const only = change.calldata_hash && (
    <span className="quiet">
      {" "}
      with call data of hash <Hash hash={change.calldata_hash} />
    </span>
  );
  if (change.what === "call") {
    return (
      <>
        function <code>{change.selector}</code> of {contract} is called{only}
      </>
    );
  }
  if (change.what === "role_granted" || change.what === "role_revoked") {
    return (
      <>
        role {change.role && <Hash hash={change.role} what="role" />} of {contract} is {change.what === "role_granted" ? "given to" : "taken from"}{" "}
        {account}
        {only}
      </>
    );
  }
  return (
    <>
      {change.what} of {contract} becomes {account}
      {only}
    </>
  );
}

const FITS: Record<Announcement["alerts"][number]["fit"], string> = {
  done: "as announced",
  excused: "as announced",
  deviates: "deviates",
  absent: "did not happen",
};

function CameOfIt({ one }: { one: Announcement }) {
  return (
    <ul className="came">
      {one.alerts.map((alert) => (
        <li key={alert.alert} className={alert.withdrawn ? "withdrawn" : ""} data-fit={alert.fit}>
          <span className="kind">{alert.fit === "deviates" ? <SeverityTag severity={alert.severity} /> : <span className="tag">{FITS[alert.fit]}</span>}</span>
          <span className="says">
            <HostileText text={alert.says} limit={320} />
            <span className="quiet">
              {" "}
              block {baseUnits(String(alert.block))} {alert.tx && <Hash hash={alert.tx} what="transaction" />}
              {alert.withdrawn && " withdrawn: its block was lost"}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
