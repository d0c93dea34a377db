// What may be claimed: "nothing there" only when somebody really looked.
import type { LineState } from "./live";
import type { Status } from "./types";

/** Why an empty list may not be called empty; nothing if it may. */
export function doubts(line: LineState, status: Status | undefined, statusError: Error | null): string[] {
  const found: string[] = [];
  if (line.state !== "live") found.push("this page has no live connection to the service");
  if (statusError !== null || status === undefined) found.push("the service's status could not be read");
  if (status === undefined) return found;
  if (status.unready) found.push(status.unready);
  if (status.unreadable > 0) found.push(`${status.unreadable} entries of the book could not be read by this version`);
  for (const chain of status.chains) {
    if (chain.sight && chain.sight !== "executed") {
      found.push(`${chain.name}: blocks are seen by ${chain.sight} only, which hides part of what happens`);
    }
    const blind = chain.blind_recent[0];
    if (blind) {
      const more = chain.blind_recent.length > 1 ? ` and ${chain.blind_recent.length - 1} more` : "";
      found.push(`${chain.name}: block ${blind.block}${more} could not be wholly seen: ${blind.why}`);
    }
  }
  return found;
}
