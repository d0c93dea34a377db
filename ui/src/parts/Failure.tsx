import { Problem } from "../api/client";
import { HostileText } from "./text";

/** A refusal or a failure, and what to do about it. */
export function Failure({ error }: { error: Error }) {
  return (
    <div className="failure" role="alert">
      <p>
        <HostileText text={error.message} limit={400} />
      </p>
      {error instanceof Problem && (
        <p className="quiet">
          What to do: <HostileText text={error.remedy} limit={400} />
        </p>
      )}
    </div>
  );
}
