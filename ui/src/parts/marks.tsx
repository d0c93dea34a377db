// Signs that are read at a glance: severity, phase, harm, verdict.
import type { Phase, Rehearsal, Severity, Step } from "../api/types";

export const SEVERITIES: Severity[] = ["critical", "high", "medium", "low", "info"];

export function SeverityTag({ severity }: { severity: Severity }) {
  return <span className={`tag severity ${severity}`}>{severity}</span>;
}

const PHASES: { phase: Phase; says: string }[] = [
  { phase: "analysis", says: "Analysis" },
  { phase: "containment", says: "Containment" },
  { phase: "contained", says: "Contained" },
  { phase: "closed", says: "Closed" },
];

/** Where the response stands. */
export function PhaseSteps({ phase, small = false }: { phase: Phase; small?: boolean }) {
  const at = PHASES.findIndex((step) => step.phase === phase);
  return (
    <ol className={small ? "phases small" : "phases"} aria-label={`phase: ${phase}`}>
      {PHASES.map((step, index) => (
        <li
          key={step.phase}
          className={index < at ? "past" : index === at ? `here ${phase}` : "ahead"}
          aria-current={index === at ? "step" : undefined}
        >
          <span>{step.says}</span>
        </li>
      ))}
    </ol>
  );
}

const HARMS: Record<Step["harm"], { says: string; title: string }> = {
  none: { says: "no change on chain", title: "Nothing on chain changes." },
  reversible: { says: "reversible", title: "It can be taken back by the step's undo." },
  irreversible: { says: "irreversible", title: "It cannot be taken back." },
};

export function HarmTag({ harm }: { harm: Step["harm"] }) {
  return (
    <span className={`tag harm ${harm}`} title={HARMS[harm].title}>
      {HARMS[harm].says}
    </span>
  );
}

const VERDICTS: Record<Rehearsal["verdict"], string> = {
  succeeds: "rehearsal succeeds",
  fails: "rehearsal fails",
  blind: "could not be rehearsed",
};

export function VerdictTag({ verdict }: { verdict: Rehearsal["verdict"] | null }) {
  return <span className={`tag verdict ${verdict ?? "none"}`}>{verdict ? VERDICTS[verdict] : "not rehearsed yet"}</span>;
}

const STATUSES: Record<Step["status"], string> = {
  proposed: "waiting for approval",
  approved: "approved",
  refused: "refused",
  intended: "about to be sent",
  submitted: "sent, not confirmed",
  done: "done",
  failed: "failed",
};

export function StatusTag({ step }: { step: Step }) {
  const says = step.status === "approved" && step.waiting ? "waiting for more approvals" : STATUSES[step.status];
  return <span className={`tag status ${step.status}`}>{says}</span>;
}
