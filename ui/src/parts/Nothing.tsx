import { useLive } from "../api/provider";
import { doubts } from "../api/sight";
import { HostileText } from "./text";

/** Says that there is nothing, if somebody really looked; else says what cannot be seen. */
export function Nothing({ what }: { what: string }) {
  const { line, status, statusError } = useLive();
  const found = doubts(line, status, statusError);
  if (found.length === 0) {
    return (
      <p className="empty sure">
        No {what}. Every followed chain is at its head and wholly seen.
      </p>
    );
  }
  return (
    <div className="empty doubt">
      <p>
        No {what} is known, <b>but that does not mean that there is none</b>:
      </p>
      <ul>
        {found.map((doubt) => (
          <li key={doubt}>
            <HostileText text={doubt} />
          </li>
        ))}
      </ul>
    </div>
  );
}
