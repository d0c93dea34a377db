import type { IncidentSummary } from "../api/types";
import { Link } from "../route";
import { PhaseSteps, SeverityTag } from "./marks";
import { Account, Amount, HostileText, When } from "./text";

/** Losses that a row shows; the incident itself shows all. */
const LOSSES = 3;

/** Incidents, one a row. */
export function IncidentRows({ incidents }: { incidents: IncidentSummary[] }) {
  return (
    <ul className="rows incidents">
      {incidents.map((incident) => (
        <li key={incident.id} className={`row ${incident.severity}`}>
          <div className="row-head">
            <SeverityTag severity={incident.severity} />
            {incident.drill && <span className="tag drill">drill</span>}
            {incident.standing === "withdrawn" && <span className="tag withdrawn">withdrawn</span>}
            <Link href={`/incidents/${incident.id}`} className="title">
              <HostileText text={incident.title} limit={140} />
            </Link>
            {incident.steps_waiting > 0 && (
              <span className="tag waiting">
                {incident.steps_waiting === 1 ? "1 step waits for you" : `${incident.steps_waiting} steps wait for you`}
              </span>
            )}
          </div>
          <div className="row-facts">
            <span className="losses">
              {incident.losses.length === 0 ? (
                <span className="quiet">no loss known</span>
              ) : (
                <>
                  <span className="quiet">lost </span>
                  {incident.losses.slice(0, LOSSES).map((loss) => (
                    <Amount key={loss.asset} asset={loss.asset} base={loss.amount} names={incident.names} />
                  ))}
                  {incident.losses.length > LOSSES && (
                    <span className="quiet">and {incident.losses.length - LOSSES} more assets</span>
                  )}
                </>
              )}
            </span>
            <Account id={incident.subject} names={incident.names} brief />
            <span className="quiet">
              <code>{incident.kind}</code>
            </span>
            <span className="quiet">
              opened <When at={incident.opened_at} />
            </span>
            <PhaseSteps phase={incident.phase} small />
          </div>
        </li>
      ))}
    </ul>
  );
}
