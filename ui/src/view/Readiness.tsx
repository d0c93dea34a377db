import { useQuery } from "@tanstack/react-query";
import { api } from "../api/client";
import type { ProtectedContract, ReadinessFinding } from "../api/types";
import { Failure } from "../parts/Failure";
import { HostileText, Said, When } from "../parts/text";

/** Whether what is protected can be stopped: what is not ready first, what is ready in one line. */
export function Readiness() {
  const readiness = useQuery({ queryKey: ["readiness"], queryFn: () => api.readiness() });
  const found = readiness.data;
  if (readiness.error) return <Failure error={readiness.error} />;
  if (found === undefined) return <p className="empty">Reading…</p>;
  if (found.since == null) return <p className="empty doubt">Nobody has looked yet whether what is protected can be stopped.</p>;
  if (found.contracts.length === 0) return <p className="empty doubt">Nothing is protected: no contract is named in the protocol.</p>;
  return (
    <>
      <ul className="readiness">
        {found.contracts.map((contract) => (
          <li key={contract.account} className={standing(contract)}>
            <Contract contract={contract} open={found.contracts.length === 1 && standing(contract) !== "well"} />
          </li>
        ))}
      </ul>
      <p className="quiet since">
        unchanged since <When at={found.since} />
      </p>
    </>
  );
}

/** A brake that works and cannot be let go of here is not as bad as none: it is said, and in another colour. */
function standing(contract: ProtectedContract): "well" | "blind" | "lost" {
  const gaps = contract.findings.filter((finding) => finding.state === "gap");
  if (gaps.some((finding) => finding.check !== "unpause")) return "lost";
  return gaps.length > 0 || contract.findings.some((finding) => finding.state === "unknown") ? "blind" : "well";
}

function says(contract: ProtectedContract): string {
  const state = standing(contract);
  if (state === "well") return "ready";
  if (state === "lost") return "not ready";
  return contract.findings.some((finding) => finding.state === "gap") ? "can be stopped, not resumed" : "not known to be ready";
}

function Contract({ contract, open }: { contract: ProtectedContract; open: boolean }) {
  const ready = contract.findings.filter((finding) => finding.state === "ready");
  const rest = contract.findings.filter((finding) => finding.state !== "ready");
  return (
    <details open={open}>
      <summary>
        <b>
          <HostileText text={contract.name} limit={48} />
        </b>
        <span className="quiet">
          {ready.length} of {contract.findings.length} checks as they should be
        </span>
        <span className={`tag chain ${standing(contract)}`}>{says(contract)}</span>
      </summary>
      {rest.map((finding) => (
        <Finding key={finding.check} finding={finding} />
      ))}
      <ul className="checks">
        {ready.map((finding) => (
          <li key={finding.check}>
            <b>{finding.check}</b> <Said text={finding.says} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Finding({ finding }: { finding: ReadinessFinding }) {
  return (
    <p className={`finding ${finding.state}`}>
      <b>{finding.state === "gap" ? finding.check : `${finding.check} unknown`}</b>{" "}
      <Said text={finding.says} />
      {finding.remedy && (
        <span className="remedy">
          <Said text={finding.remedy} />
        </span>
      )}
    </p>
  );
}
