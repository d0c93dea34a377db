import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ENTRIES_MAX, api } from "../api/client";
import { useLive, useNow } from "../api/provider";
import type { Entry, Names } from "../api/types";
import { Failure } from "../parts/Failure";
import { HostileText, When } from "../parts/text";
import { clock } from "../text/time";
import { Who } from "./PlanPanel";
import { tell } from "./words";

/** Everything that happened in a case, newest first, growing as it happens. */
export function Timeline({ id, names }: { id: string; names: Names }) {
  const { line } = useLive();
  const entries = useQuery({ queryKey: ["entries", id], queryFn: () => api.entries(id) });
  const items = entries.data ?? [];
  return (
    <section className="panel timeline">
      <h2>
        Timeline{" "}
        <span className="quiet">{line.state === "live" ? "grows as it happens" : "not live: it may lack what happened since"}</span>
      </h2>
      {entries.error && <Failure error={entries.error} />}
      {entries.data === undefined && !entries.error && <p className="empty">Reading…</p>}
      {items.length >= ENTRIES_MAX && (
        <p className="failure">
          Only the first {ENTRIES_MAX} entries are shown; <code>breakglass case export {id}</code> has them all.
        </p>
      )}
      <ol reversed>
        {[...items].reverse().map((entry) => (
          <Line key={entry.seq} entry={entry} names={names} />
        ))}
      </ol>
    </section>
  );
}

/** An entry that came just now draws the eye for a moment. */
const FRESH_MS = 8_000;

function Line({ entry, names }: { entry: Entry; names: Names }) {
  const { tone, says, more } = tell(entry, names);
  const now = useNow();
  const [fresh] = useState(() => now - Date.parse(entry.at) < FRESH_MS);
  return (
    <li className={`entry ${tone}${fresh ? " fresh" : ""}`} data-kind={entry.kind}>
      <p className="meta">
        <time dateTime={entry.at}>{clock(entry.at)}</time>
        <span className="quiet">
          <When at={entry.at} />
        </span>
        <Who actor={entry.who} />
      </p>
      <p className="says">{says}</p>
      {more && <p className="quiet more">{more}</p>}
      <details>
        <summary title="the entry as it stands in the book">#{entry.seq}</summary>
        <p className="quiet">
          <code>{entry.kind}</code>, because: <HostileText text={entry.why} />
        </p>
        <p className="quiet digest">
          digest <code>{entry.digest}</code>
        </p>
        <pre>{visible(JSON.stringify(entry.payload, null, 1))}</pre>
      </details>
    </li>
  );
}

/** JSON escapes control characters by itself, but not those that turn or hide text. */
function visible(json: string): string {
  return json.replace(/[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
