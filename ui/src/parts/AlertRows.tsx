import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { Alert, Mark, Names } from "../api/types";
import { Link } from "../route";
import { baseUnits } from "../text/amount";
import { Failure } from "./Failure";
import { SeverityTag } from "./marks";
import { Account, Amount, Hash, HostileText, When } from "./text";

/** Alerts, one a row. */
export function AlertRows({ alerts, names, full = false }: { alerts: Alert[]; names?: Names; full?: boolean }) {
  return (
    <ul className="rows alerts">
      {alerts.map((alert) => (
        <AlertRow key={alert.id} alert={alert} names={names ?? alert.names} full={full} />
      ))}
    </ul>
  );
}

function AlertRow({ alert, names, full }: { alert: Alert; names: Names; full: boolean }) {
  const [rule] = alert.rule.split("@");
  return (
    <li className={`row ${alert.severity}${alert.withdrawn ? " withdrawn" : ""}`}>
      <div className="row-head">
        <SeverityTag severity={alert.severity} />
        {alert.withdrawn && <span className="tag withdrawn">withdrawn</span>}
        {alert.basis !== "mined" && (
          <span className="tag" title="It is not part of the chain.">
            {alert.basis === "pending" ? "waits to be mined" : "tried out"}
          </span>
        )}
        <span className="title">
          <HostileText text={alert.message} />
        </span>
      </div>
      <div className="row-facts">
        <span>
          <code title={alert.rule}>{rule}</code> <span className="quiet">{alert.confidence} % sure</span>
        </span>
        <Account id={alert.subject} names={names} brief={!full} />
        <span className="quiet">
          {alert.block.chain}, block {baseUnits(String(alert.block.number))}
        </span>
        {alert.tx && <Hash hash={alert.tx} what="transaction" />}
        <span className="quiet">
          <When at={alert.block_time} />
        </span>
        {!full &&
          (alert.incident ? (
            <Link href={`/incidents/${alert.incident}`}>{alert.incident}</Link>
          ) : (
            <span className="quiet">
              {alert.suppressed ? <HostileText text={`no case: ${alert.suppressed}`} limit={120} /> : "no case"}
            </span>
          ))}
        <Marks alert={alert} />
      </div>
      {full && <Evidence alert={alert} names={names} />}
    </li>
  );
}

function Evidence({ alert, names }: { alert: Alert; names: Names }) {
  return (
    <div className="evidence">
      <ul>
        {alert.evidence.map((fact, index) => (
          <li key={index}>
            <span className="tag evidence-kind">{fact.kind}</span>
            <span>
              <HostileText text={fact.says} limit={400} />
            </span>
          </li>
        ))}
      </ul>
      {alert.losses.length > 0 && (
        <ul>
          {alert.losses.map((loss, index) => (
            <li key={index}>
              <span className="tag evidence-kind">loss</span>
              <span>
                <Account id={loss.account} names={names} brief /> lost{" "}
                <Amount asset={loss.asset} base={loss.amount} names={names} />
                {loss.share_bp != null && (
                  <span className="quiet"> ({(loss.share_bp / 100).toFixed(2)} % of what it held)</span>
                )}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const MARKS: { mark: Mark; says: string; title: string }[] = [
  { mark: "useful", says: "useful", title: "It helped." },
  { mark: "false", says: "false", title: "It was wrong." },
  { mark: "known", says: "known", title: "It was right, and nothing new." },
];

/** Was this useful? */
function Marks({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const { person } = useLive();
  const mark = useMutation({
    mutationFn: (said: Mark) => api.mark(alert.id, said),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["alerts"] });
      if (alert.incident) void client.invalidateQueries({ queryKey: ["incident", alert.incident] });
    },
  });
  return (
    <span className="marks" role="group" aria-label="was this useful?">
      {MARKS.map(({ mark: said, says, title }) => (
        <button
          key={said}
          type="button"
          title={title}
          className={`mark ${said}`}
          aria-pressed={alert.mark === said}
          disabled={person.role !== "responder" || mark.isPending}
          onClick={() => mark.mutate(said)}
        >
          {says}
        </button>
      ))}
      {mark.error && <Failure error={mark.error} />}
    </span>
  );
}
