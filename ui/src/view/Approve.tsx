import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Incident, Plan, Step } from "../api/types";
import { Dialog } from "../parts/Dialog";
import { Failure } from "../parts/Failure";
import { HarmTag, VerdictTag } from "../parts/marks";
import { Account, Copy, HostileText } from "../parts/text";
import { baseUnits } from "../text/amount";

type Props = { incident: Incident; plan: Plan; step: Step; onLeave: () => void };

/** Says again what will be done, where, with whose key, before it is approved. */
export function Approve({ incident, plan, step, onLeave }: Props) {
  const client = useQueryClient();
  const { person, line, status } = useLive();
  const approve = useMutation({
    mutationFn: () => api.approve(incident.id, plan.digest, step.id),
    onSuccess: onLeave,
    onSettled: () => client.invalidateQueries({ queryKey: ["incident", incident.id] }),
  });
  // The dialog keeps the plan it was opened with: what was read is what is approved.
  const replaced = incident.plan != null && incident.plan.digest !== plan.digest;
  const call = step.call;
  const chain = call.do === "contract" ? call.chain : null;
  const chainName = status?.chains.find((held) => held.id === chain)?.name;
  const does = call.do === "contract" ? call.function : `message to ${call.endpoint}`;
  return (
    <Dialog title="Approve this step?" onLeave={onLeave}>
      <dl className="restated">
        <div>
          <dt>{call.do === "contract" ? "Function" : "Message"}</dt>
          <dd>
            <code className="big">
              <HostileText text={does} limit={120} />
            </code>
          </dd>
        </div>
        {call.do === "contract" && (
          <>
            <div>
              <dt>Contract</dt>
              <dd className="whole">
                {incident.names.accounts[call.account] && (
                  <strong>
                    <HostileText text={incident.names.accounts[call.account] ?? ""} limit={60} />
                  </strong>
                )}
                <code>{call.account.slice(call.account.lastIndexOf(":") + 1)}</code>
              </dd>
            </div>
            <div>
              <dt>Chain</dt>
              <dd>
                {chainName && <strong>{chainName} </strong>}
                <code>{call.chain}</code>
              </dd>
            </div>
            <div>
              <dt>Signer</dt>
              <dd>
                <code>{call.signer}</code>
              </dd>
            </div>
            {call.value !== "0" && (
              <div>
                <dt>Sends along</dt>
                <dd>
                  <b>{baseUnits(call.value)} wei</b>
                </dd>
              </div>
            )}
          </>
        )}
        <div>
          <dt>Harm</dt>
          <dd>
            <HarmTag harm={step.harm} />{" "}
            {step.undo?.do === "contract" && (
              <span className="quiet">
                undone by <code>{step.undo.function}</code>
              </span>
            )}
          </dd>
        </div>
        <div>
          <dt>Rehearsal</dt>
          <dd>
            <VerdictTag verdict={step.rehearsal?.verdict ?? null} />
            {step.rehearsal?.on && (
              <span className="quiet"> on block {baseUnits(String(step.rehearsal.on.number))}</span>
            )}
            {step.rehearsal?.verdict !== "succeeds" && (
              <p className="quiet">
                {step.rehearsal?.why && <HostileText text={`${step.rehearsal.why}. `} />}
                It will only be taken if a new rehearsal on the head succeeds.
              </p>
            )}
          </dd>
        </div>
        <div>
          <dt>Plan</dt>
          <dd>
            <code>{plan.digest.slice(0, 12)}</code>
            <Copy text={plan.digest} what="plan digest" />
          </dd>
        </div>
        <div>
          <dt>You are</dt>
          <dd>
            <Account id={person.name} names={{ accounts: { [person.name]: person.name }, assets: {} }} brief />
          </dd>
        </div>
      </dl>
      {replaced && (
        <p className="failure" role="alert">
          This plan was replaced while you were reading. Go back and look at the new one.
        </p>
      )}
      {line.state !== "live" && (
        <p className="failure" role="alert">
          This page is not live: the incident may have changed since it was read.
        </p>
      )}
      {approve.error && <Failure error={approve.error} />}
      <div className="buttons">
        <button type="button" onClick={onLeave}>
          Go back
        </button>
        <button
          type="button"
          className="primary"
          disabled={replaced || approve.isPending}
          onClick={() => approve.mutate()}
        >
          {approve.isPending ? "Writing…" : call.do === "contract" ? <>Approve <HostileText text={does} limit={32} /></> : "Approve"}
        </button>
      </div>
    </Dialog>
  );
}
