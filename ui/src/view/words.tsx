// What an entry says, in words. A kind that this page does not know is shown as what it is, never passed over.
import type { ReactNode } from "react";
import type { Entry, Names } from "../api/types";
import { Account, Amount, Hash, HostileText } from "../parts/text";
import { baseUnits } from "../text/amount";

export type Tone = "alarm" | "plan" | "good" | "bad" | "note";
export type Told = { tone: Tone; says: ReactNode; more?: ReactNode };

// Payloads are read with care: an entry of a later version may lack or add anything.
type Json = unknown;
const at = (value: Json, ...path: string[]): Json =>
  path.reduce<Json>((held, key) => (held !== null && typeof held === "object" ? (held as Record<string, Json>)[key] : undefined), value);
const text = (value: Json): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");

const H = ({ of, limit = 240 }: { of: Json; limit?: number }) => <HostileText text={text(of)} limit={limit} />;
const Step = ({ of }: { of: Json }) => (
  <b>
    <H of={of} limit={60} />
  </b>
);
const block = (of: Json) => baseUnits(text(at(of, "number")));
const tx = (of: Json) => (text(of) ? <Hash hash={text(of)} what="transaction" /> : null);

/** Why an alert does not stand any more. */
function gone(p: Json) {
  const end = at(p, "mined") ?? at(p, "replaced") ?? at(p, "not-mined");
  if (!end) return <>block {block(at(p, "lost"))} is no longer part of the chain</>;
  if (at(p, "mined")) {
    const told = at(end, "alerted") === true ? "alerts about that tell what it did" : "no rule objects to what it did there";
    return <>its transaction was mined in block {block(at(end, "at"))}, and {told}</>;
  }
  if (at(p, "replaced")) return <>its transaction was replaced by {tx(at(end, "by"))}</>;
  return <>its transaction was not mined until block {block(at(end, "at"))}</>;
}

export function tell(entry: Entry, names: Names): Told {
  const p = entry.payload;
  switch (entry.kind) {
    case "case.opened/1":
      return { tone: "alarm", says: <>Case opened as {text(at(p, "severity"))}: <H of={at(p, "title")} /></> };
    case "case.alert-attached/1":
      return {
        tone: "alarm",
        says: <>Rule <code>{text(at(p, "alert", "rule", "id"))}</code> noticed: <H of={at(p, "alert", "message")} /></>,
        more: <>{text(at(p, "alert", "confidence"))} % sure. <H of={at(p, "because")} /></>,
      };
    case "case.alert-withdrawn/1":
      return { tone: "note", says: <>An alert was withdrawn: {gone(p)}</> };
    case "case.raised/1":
      return { tone: "alarm", says: <>Severity changed from {text(at(p, "from"))} to <b>{text(at(p, "to"))}</b></> };
    case "case.plan-proposed/1": {
      const steps = at(p, "plan", "steps");
      const count = Array.isArray(steps) ? steps.length : 0;
      return {
        tone: "plan",
        says: <>Plan <code>{text(at(p, "digest")).slice(0, 12)}</code> made: {count === 1 ? "1 step" : `${count} steps`}</>,
        more: <>from <H of={at(p, "plan", "playbook", "id")} /></>,
      };
    }
    case "case.rehearsed/1":
      return rehearsed(p);
    case "case.approved/1":
      return { tone: "good", says: <>Approved <Step of={at(p, "step")} /></> };
    case "case.refused/1":
      return { tone: "bad", says: <>Will not take <Step of={at(p, "step")} />: <H of={at(p, "reason")} limit={400} /></> };
    case "case.intent/1": {
      const nonce = text(at(p, "binding", "nonce"));
      return { tone: "plan", says: <>About to take <Step of={at(p, "step")} /></>, more: nonce && <>bound to nonce {nonce}</> };
    }
    case "case.receipt/1":
      return { tone: "plan", says: <>Sent <Step of={at(p, "step")} /> {tx(at(p, "tx"))}</>, more: <H of={at(p, "says")} /> };
    case "case.confirmed/1":
      return {
        tone: "good",
        says: <><Step of={at(p, "step")} /> took effect{at(p, "block") ? <> in block {block(at(p, "block"))}</> : ""} {tx(at(p, "tx"))}</>,
      };
    case "case.unsettled/1":
      return {
        tone: "bad",
        says: <><Step of={at(p, "step")} /> is unsettled: block {block(at(p, "lost"))} is no longer part of the chain; it waits to be seen again</>,
      };
    case "case.failed/1":
      return { tone: "bad", says: <><Step of={at(p, "step")} /> failed: <H of={at(p, "reason")} limit={400} /></> };
    case "case.note/1":
      return { tone: "note", says: <span className="note"><H of={at(p, "text")} limit={8_000} /></span> };
    case "case.closed/1":
      return { tone: "good", says: <>Closed as <b>{text(at(p, "resolution")).replace("-", " ")}</b></> };
    case "losses.assessed/1":
      return losses(p, names);
    case "money.traced/1":
      return money(p, names);
    case "alert.marked/1":
      return { tone: "note", says: <>Marked alert <code>{text(at(p, "id")).slice(0, 12)}</code> as <b>{text(at(p, "mark"))}</b></> };
    default:
      return { tone: "note", says: <>An entry of the kind <code><HostileText text={entry.kind} limit={80} /></code>, which this page does not know</> };
  }
}

function rehearsed(p: Json): Told {
  const verdict = text(at(p, "verdict", "verdict"));
  const why = at(p, "verdict", "why");
  const step = <Step of={at(p, "step")} />;
  const on = at(p, "on") ? <> on block {block(at(p, "on"))}</> : null;
  if (verdict === "succeeds") return { tone: "good", says: <>Rehearsed {step}{on}: it works</> };
  if (verdict === "fails") return { tone: "bad", says: <>Rehearsed {step}{on}: it would fail: <H of={why} limit={400} /></> };
  return { tone: "bad", says: <>Could not rehearse {step}: <H of={why} limit={400} /></> };
}

const list = (value: Json): Json[] => (Array.isArray(value) ? value : []);
const sum = (of: Json, amount: Json, names: Names) => <Amount asset={text(of)} base={text(amount)} names={names} />;

/** The ledger of a case, as it stands: what is still missing, asset by asset. */
function losses(p: Json, names: Names): Told {
  const totals = list(at(p, "totals"));
  const txs = list(at(p, "txs")).length;
  const unseen = list(at(p, "unseen")).length;
  const more = unseen > 0 && <>{unseen === 1 ? "one thing" : `${unseen} things`} could not be looked at</>;
  if (totals.length === 0) return { tone: "note", says: <>Losses added up: nothing is missing that could be seen</>, more };
  return {
    tone: "note",
    says: (
      <>
        Losses added up over {txs === 1 ? "one transaction" : `${txs} transactions`}, still missing:
        {totals.map((total, index) => (
          <span key={index}>{index > 0 ? "; " : " "}{sum(at(total, "asset"), at(total, "outstanding"), names)}</span>
        ))}
      </>
    ),
    more,
  };
}

/** Where what was taken rests, asset by asset: the largest place of each. */
function money(p: Json, names: Names): Told {
  const trails = list(at(p, "trails"));
  const unseen = list(at(p, "unseen")).length;
  const more = unseen > 0 && <>{unseen === 1 ? "one thing" : `${unseen} things`} could not be looked at</>;
  if (trails.length === 0) return { tone: "note", says: <>Money followed: nothing was taken that could be seen</>, more };
  return {
    tone: "note",
    says: (
      <>
        Money followed:
        {trails.map((trail, index) => {
          const rests = list(at(trail, "rests"));
          const most = rests[0];
          return (
            <span key={index}>
              {index > 0 ? "; " : " "}
              {sum(at(trail, "asset"), at(trail, "taken"), names)} taken
              {most !== undefined && (
                <>
                  , {rests.length === 1 ? "all of it" : "most of it"} with <Account id={text(at(most, "account"))} names={names} />
                </>
              )}
            </span>
          );
        })}
      </>
    ),
    more,
  };
}
