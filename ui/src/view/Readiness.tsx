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
            <Contract contract={contract} />
          </li>
        ))}
      </ul>
      <p className="quiet since">
        unchanged since <When at={found.since} />
      </p>
    </>
  );
}

function standing(contract: ProtectedContract): "well" | "blind" | "lost" {
  if (contract.findings.some((finding) => finding.state === "gap")) return "lost";
  return contract.findings.some((finding) => finding.state === "unknown") ? "blind" : "well";
}

const SAYS = { well: "ready", blind: "not known to be ready", lost: "not ready" };

function Contract({ contract }: { contract: ProtectedContract }) {
  const ready = contract.findings.filter((finding) => finding.state === "ready");
  const rest = contract.findings.filter((finding) => finding.state !== "ready");
  const state = standing(contract);
  return (
    <>
      <h3>
        <HostileText text={contract.name} limit={48} />
        <span className={`tag chain ${state}`}>{SAYS[state]}</span>
      </h3>
      {rest.map((finding) => (
        <Finding key={finding.check} finding={finding} />
      ))}
      {ready.length > 0 && (
        <details>
          <summary>
            {ready.length} of {contract.findings.length} checks are as they should be
          </summary>
          <ul className="checks">
            {ready.map((finding) => (
              <li key={finding.check}>
                <b>{finding.check}</b> <Said text={finding.says} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
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
