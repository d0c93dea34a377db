import { useState } from "react";
import { useLive, useNow } from "../api/provider";
import type { Actor, Call, Incident, Plan, Step } from "../api/types";
import { HarmTag, StatusTag, VerdictTag } from "../parts/marks";
import { Account, Copy, Hash, HostileText, When } from "../parts/text";
import { amount, baseUnits } from "../text/amount";
import { ago, span, utc } from "../text/time";
import { Approve } from "./Approve";

/** What is to be done, step by step. */
export function PlanPanel({ incident }: { incident: Incident }) {
  const [asked, setAsked] = useState<{ plan: Plan; step: Step } | null>(null);
  const plan = incident.plan;
  if (!plan) {
    return (
      <section className="panel">
        <h2>Plan</h2>
        <p className="empty">
          {incident.phase === "closed" ? "It was closed without a plan." : "No plan has been made yet."}
        </p>
      </section>
    );
  }
  const [playbook] = plan.playbook.split("@");
  return (
    <section className="panel plan">
      <h2>
        Plan{" "}
        <span className="quiet">
          <code title={plan.digest}>{plan.digest.slice(0, 12)}</code>
          <Copy text={plan.digest} what="plan digest" /> from <code title={plan.playbook}>{playbook}</code>, made{" "}
          <When at={plan.made_at} />
          {incident.plans_before.length > 0 && `, replaces ${incident.plans_before.length} before it`}
        </span>
      </h2>
      <ol className="steps">
        {plan.steps.map((step, index) => (
          <li key={step.id} className={`step ${step.status}${step.waiting ? " waiting" : ""}`}>
            <StepCard
              incident={incident}
              step={step}
              number={index + 1}
              onApprove={() => setAsked({ plan, step })}
            />
          </li>
        ))}
      </ol>
      {asked && <Approve incident={incident} plan={asked.plan} step={asked.step} onLeave={() => setAsked(null)} />}
    </section>
  );
}

type CardProps = { incident: Incident; step: Step; number: number; onApprove: () => void };

function StepCard({ incident, step, number, onApprove }: CardProps) {
  const { person } = useLive();
  const now = useNow();
  const open = incident.phase !== "closed";
  const ahead = step.status !== "done" && step.status !== "failed";
  const over = Date.parse(step.limits.until) < now;
  const mine = step.approvals.some((approval) => approval.by.kind === "person" && approval.by.name === person.name);
  const may = person.role === "responder" && (!mine || step.status === "refused");
  return (
    <>
      <div className="step-head">
        <span className="step-number">{number}</span>
        <h3>
          <HostileText text={step.title} limit={120} />
        </h3>
        <StatusTag step={step} />
        <HarmTag harm={step.harm} />
      </div>
      <p className="does">
        <Does call={step.call} incident={incident} />
      </p>
      {step.reason && (
        <p className="failure">
          <HostileText text={step.reason} limit={500} />
        </p>
      )}
      <div className="rehearsal">
        <VerdictTag verdict={step.rehearsal?.verdict ?? null} />
        {step.rehearsal && (
          <span className="quiet">
            {step.rehearsal.on && `on block ${baseUnits(String(step.rehearsal.on.number))}`}
            {step.rehearsal.gas_used > 0 && `, ${baseUnits(String(step.rehearsal.gas_used))} gas`}
          </span>
        )}
        {step.rehearsal?.why && (
          <p>
            <HostileText text={step.rehearsal.why} limit={400} />
          </p>
        )}
        {step.rehearsal && step.rehearsal.effects.length > 0 && (
          <ul>
            {step.rehearsal.effects.map((effect, index) => (
              <li key={index}>
                <HostileText text={effect} limit={240} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <dl className="small">
        {step.undo && (
          <div>
            <dt>Undo</dt>
            <dd>{step.undo.do === "contract" ? <code>{step.undo.function}</code> : step.undo.endpoint}</dd>
          </div>
        )}
        {step.call.do === "contract" && (
          <div>
            <dt>Limits</dt>
            <dd>
              {baseUnits(String(step.limits.gas))} gas at {amount(step.limits.fee_per_gas, 9).short} gwei, {step.limits.bumps} bumps
            </dd>
          </div>
        )}
        {ahead && (
          <div>
            <dt>Until</dt>
            <dd className={over ? "over" : ""} title={utc(step.limits.until)}>
              {over ? `over since ${span(now - Date.parse(step.limits.until))}` : ago(step.limits.until, now)}
            </dd>
          </div>
        )}
        {step.needs.map((need, index) => (
          <div key={index}>
            <dt>Needs</dt>
            <dd>{need.need === "done" ? <>step <code>{need.step}</code> done</> : "a rehearsal that succeeds"}</dd>
          </div>
        ))}
        {step.txs.length > 0 && (
          <div>
            <dt>Sent as</dt>
            <dd>
              {step.txs.map((tx) => (
                <Hash key={tx} hash={tx} what="transaction" />
              ))}
            </dd>
          </div>
        )}
        {step.block && (
          <div>
            <dt>Took effect</dt>
            <dd>in block {baseUnits(String(step.block.number))}</dd>
          </div>
        )}
      </dl>
      <div className="approvals">
        <span>
          {step.approvals.length === 0 ? (
            <span className="quiet">
              {step.approvals_needed === 0
                ? "Needs nobody's approval"
                : `Needs ${step.approvals_needed === 1 ? "1 person" : `${step.approvals_needed} people`}`}
            </span>
          ) : (
            <>
              Approved by{" "}
              {step.approvals.map((approval, index) => (
                <span key={index}>
                  {index > 0 && ", "}
                  <Who actor={approval.by} />{" "}
                  <span className="quiet">
                    <When at={approval.at} />
                  </span>
                </span>
              ))}
              {step.waiting && step.status !== "refused" && ` (of ${step.approvals_needed})`}
            </>
          )}
        </span>
        {open && step.waiting && may && (
          <button type="button" className="primary" disabled={over} onClick={onApprove}>
            Approve…
          </button>
        )}
        {open && step.waiting && person.role !== "responder" && (
          <span className="quiet">Your token may read but not approve</span>
        )}
      </div>
    </>
  );
}

/** What a call does, in one line. */
function Does({ call, incident }: { call: Call; incident: Incident }) {
  if (call.do === "webhook") {
    return (
      <>
        Posts a signed message to <code>{call.endpoint}</code>
      </>
    );
  }
  return (
    <>
      Calls <code className="function"><HostileText text={call.function} limit={120} /></code> on{" "}
      <Account id={call.account} names={incident.names} /> <span className="quiet">{call.chain}</span> signed by{" "}
      <code>{call.signer}</code>
      {call.value !== "0" && (
        <>
          {" "}
          with <b>{baseUnits(call.value)} wei</b>
        </>
      )}
    </>
  );
}

export function Who({ actor }: { actor: Actor }) {
  if (actor.kind === "person") {
    return (
      <b>
        <HostileText text={actor.name} limit={40} />
      </b>
    );
  }
  return (
    <span className="machine">
      {actor.kind === "policy" ? "policy " : ""}
      <code>{actor.name}</code>
    </span>
  );
}
