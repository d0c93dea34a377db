import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Incident as IncidentData, Resolution } from "../api/types";
import { AlertRows } from "../parts/AlertRows";
import { Dialog } from "../parts/Dialog";
import { Failure } from "../parts/Failure";
import { PhaseSteps, SeverityTag } from "../parts/marks";
import { Account, Amount, Copy, Hash, HostileText, When } from "../parts/text";
import { Link } from "../route";
import { PlanPanel } from "./PlanPanel";
import { Timeline } from "./Timeline";

/** One incident: what it is, what was lost, what is being done, and everything that happened. */
export function Incident({ id }: { id: string }) {
  const incident = useQuery({ queryKey: ["incident", id], queryFn: () => api.incident(id) });
  if (incident.data === undefined) {
    return incident.error ? <Failure error={incident.error} /> : <p className="empty">Reading the incident…</p>;
  }
  const held = incident.data;
  return (
    <article className="incident">
      {incident.error && <Failure error={incident.error} />}
      <Head incident={held} />
      <div className="columns">
        <div>
          <PlanPanel incident={held} />
          <section className="panel">
            <h2>
              What was noticed <span className="count">{held.alerts.length}</span>
            </h2>
            <AlertRows alerts={held.alerts} names={held.names} full />
          </section>
        </div>
        <Timeline id={id} names={held.names} />
      </div>
    </article>
  );
}

function Head({ incident }: { incident: IncidentData }) {
  return (
    <header className={`panel head ${incident.severity}`}>
      <p className="crumb">
        <Link href="/incidents">Incidents</Link> / <code>{incident.id}</code>
        <Copy text={incident.id} what="incident id" />
        <span className="quiet">
          opened <When at={incident.opened_at} both />
        </span>
      </p>
      <div className="headline">
        <SeverityTag severity={incident.severity} />
        {incident.drill && <span className="tag drill">drill: this is an exercise</span>}
        {incident.standing === "withdrawn" && (
          <span className="tag withdrawn" title="Nothing it rests on stands any more.">
            withdrawn
          </span>
        )}
        <h1>
          <HostileText text={incident.title} limit={200} />
        </h1>
        <Buttons incident={incident} />
      </div>
      <PhaseSteps phase={incident.phase} />
      <dl className="key">
        <div className="lost">
          <dt>Lost</dt>
          <dd>
            {incident.losses.length === 0 ? (
              <span className="quiet">no loss known</span>
            ) : (
              incident.losses.map((loss) => (
                <Amount key={loss.asset} asset={loss.asset} base={loss.amount} names={incident.names} />
              ))
            )}
          </dd>
        </div>
        <Accounts says="Attackers" ids={incident.attackers} incident={incident} />
        <Accounts says="Victims" ids={incident.victims} incident={incident} />
        <div>
          <dt>Transactions</dt>
          <dd>
            {incident.txs.length === 0 && <span className="quiet">none known</span>}
            {incident.txs.slice(0, SHOWN).map((tx) => (
              <Hash key={tx} hash={tx} what="transaction" />
            ))}
            <More of={incident.txs.length} />
          </dd>
        </div>
        <div>
          <dt>Kind</dt>
          <dd>
            <code>{incident.kind}</code>
          </dd>
        </div>
      </dl>
    </header>
  );
}

/** Items of a list that stand in the head; an incident may have hundreds. */
const SHOWN = 5;

const More = ({ of }: { of: number }) => (of > SHOWN ? <span className="quiet">and {of - SHOWN} more</span> : null);

function Accounts({ says, ids, incident }: { says: string; ids: string[]; incident: IncidentData }) {
  return (
    <div>
      <dt>{says}</dt>
      <dd>
        {ids.length === 0 && <span className="quiet">none known</span>}
        {ids.slice(0, SHOWN).map((id) => (
          <Account key={id} id={id} names={incident.names} />
        ))}
        <More of={ids.length} />
      </dd>
    </div>
  );
}

function Buttons({ incident }: { incident: IncidentData }) {
  const { person } = useLive();
  const [asked, setAsked] = useState<"note" | "close" | null>(null);
  const leave = () => setAsked(null);
  const decides = person.role === "responder";
  const path = `/api/v1/incidents/${encodeURIComponent(incident.id)}`;
  return (
    <div className="buttons">
      <a className="button" href={`${path}/brief`} target="_blank" rel="noreferrer" title="the incident in words, to hand on">
        Brief
      </a>
      <a className="button" href={`${path}/export`} download={`${incident.id}.json`} title="the case with its proof, for breakglass verify">
        Export
      </a>
      {decides && (
        <button type="button" onClick={() => setAsked("note")}>
          Add note
        </button>
      )}
      {decides && incident.phase !== "closed" && (
        <button type="button" onClick={() => setAsked("close")}>
          Close…
        </button>
      )}
      {asked && <Decision id={incident.id} which={asked} drill={incident.drill} onLeave={leave} />}
    </div>
  );
}

const ENDS: { resolution: Resolution; says: string }[] = [
  { resolution: "resolved", says: "Resolved: it was real and has been dealt with" },
  { resolution: "false_alarm", says: "False alarm: it was no incident" },
  { resolution: "drill", says: "Drill: it was an exercise" },
];

type DecisionProps = { id: string; which: "note" | "close"; drill: boolean; onLeave: () => void };

function Decision({ id, which, drill, onLeave }: DecisionProps) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [resolution, setResolution] = useState<Resolution | null>(drill ? "drill" : null);
  const write = useMutation<unknown, Error>({
    mutationFn: () => (which === "note" ? api.note(id, text) : api.close(id, resolution ?? "resolved", text)),
    onSuccess: onLeave,
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", id] }),
  });
  const ready = which === "note" ? text.trim() !== "" : resolution !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) write.mutate();
  };
  return (
    <Dialog title={which === "note" ? "Add a note" : "Close this incident?"} onLeave={onLeave}>
      <form onSubmit={submit}>
        {which === "close" && (
          <fieldset>
            <legend>How did it end?</legend>
            {ENDS.map((end) => (
              <label key={end.resolution} className="choice">
                <input
                  type="radio"
                  name="resolution"
                  checked={resolution === end.resolution}
                  onChange={() => setResolution(end.resolution)}
                />
                {end.says}
              </label>
            ))}
          </fieldset>
        )}
        <label htmlFor="note">{which === "note" ? "Note" : "Note (optional)"}</label>
        <textarea
          id="note"
          rows={5}
          maxLength={8_000}
          value={text}
          autoFocus={which === "note"}
          onChange={(event) => setText(event.target.value)}
        />
        <p className="quiet">It stands in the book with your name and cannot be taken back.</p>
        {write.error && <Failure error={write.error} />}
        <div className="buttons">
          <button type="button" onClick={onLeave}>
            Go back
          </button>
          <button type="submit" className="primary" disabled={!ready || write.isPending}>
            {write.isPending ? "Writing…" : which === "note" ? "Write it down" : "Close it"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
