// The one place that talks to the service.
import type {
  Alert,
  AlertGroup,
  Announcement,
  NewAnnouncement,
  Entries,
  Entry,
  Incident,
  IncidentSummary,
  Mark,
  Page,
  ProblemDetails,
  Readiness,
  Resolution,
  Session,
  Snooze,
  Status,
  Step,
} from "./types";

/** What the service answered when it refused, or what kept it from answering. */
export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly remedy: string;

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.status = details.status;
    this.kind = details.type;
    this.remedy = details.remedy;
  }
}

/** No answer came at all: nothing is known about whether the request arrived. */
export const UNREACHABLE = "urn:breakglass:problem:unreachable";

/** A request that is not answered in this time counts as lost; the service itself gives up after 30 s. */
const PATIENCE_MS = 35_000;
/** Entries of one case that the page loads; the rest is for `breakglass case export`. */
export const ENTRIES_MAX = 5_000;

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { accept: "application/json" };
  if (method !== "GET") headers["x-breakglass-intent"] = "1";
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch (error) {
    throw new Problem({
      type: UNREACHABLE,
      title: "no answer",
      status: 0,
      detail: `The service did not answer: ${error instanceof Error ? error.message : String(error)}.`,
      remedy: "Look again before repeating a decision: the request may have arrived.",
    });
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export async function problemOf(response: Response): Promise<Problem> {
  const told = (await response.json().catch(() => null)) as Partial<ProblemDetails> | null;
  return new Problem({
    type: told?.type ?? "about:blank",
    title: told?.title ?? response.statusText,
    status: response.status,
    detail: told?.detail ?? `The service answered ${response.status} ${response.statusText}.`,
    remedy: told?.remedy ?? "Try again; if it happens again, look at the service's log.",
  });
}

const query = (params: Record<string, string | number | null | undefined>) => {
  const given = Object.entries(params).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([key, value]) => [key, String(value)]))}`;
};

export const api = {
  session: () => ask<Session>("GET", "/session"),
  logIn: (token: string) => ask<Session>("POST", "/session", { token }),
  logOut: () => ask<void>("DELETE", "/session"),
  status: () => ask<Status>("GET", "/status"),
  readiness: () => ask<Readiness>("GET", "/readiness"),
  incidents: (state: "open" | "closed" | "all", cursor?: string | null, limit?: number) =>
    ask<Page<IncidentSummary>>("GET", `/incidents${query({ state, cursor, limit })}`),
  incident: (id: string) => ask<Incident>("GET", `/incidents/${encodeURIComponent(id)}`),
  alerts: (filter: { chain?: string; severity?: string; cursor?: string | null; limit?: number }) =>
    ask<Page<Alert>>("GET", `/alerts${query(filter)}`),
  groups: (filter: { chain?: string; severity?: string; cursor?: string | null; limit?: number }) =>
    ask<Page<AlertGroup>>("GET", `/alert-groups${query(filter)}`),
  members: (group: string) => ask<Page<Alert>>("GET", `/alerts${query({ group, limit: 100 })}`),
  announcements: () => ask<Page<Announcement>>("GET", "/announcements"),
  announce: (announcement: NewAnnouncement) => ask<Announcement>("POST", "/announcements", announcement),
  withdraw: (id: string, why: string) => ask<Announcement>("DELETE", `/announcements/${encodeURIComponent(id)}${query({ why })}`),
  snoozes: () => ask<Page<Snooze>>("GET", "/snoozes"),
  wake: (id: string) => ask<Snooze>("DELETE", `/snoozes/${encodeURIComponent(id)}`),
  approve: (id: string, plan: string, step: string) =>
    ask<Step>("POST", `/incidents/${encodeURIComponent(id)}/approvals`, { plan, step }),
  close: (id: string, resolution: Resolution, note: string) =>
    ask<Incident>("POST", `/incidents/${encodeURIComponent(id)}/close`, { resolution, note }),
  note: (id: string, text: string) => ask<unknown>("POST", `/incidents/${encodeURIComponent(id)}/notes`, { text }),
  mark: (id: string, mark: Mark) => ask<unknown>("POST", `/alerts/${encodeURIComponent(id)}/marks`, { mark }),

  /** All entries of a case in order, up to a limit that the page says when it is reached. */
  async entries(id: string): Promise<Entry[]> {
    const entries: Entry[] = [];
    let after: number | null | undefined = 0;
    while (after !== null && after !== undefined && entries.length < ENTRIES_MAX) {
      const path: string = `/incidents/${encodeURIComponent(id)}/entries${query({ after, limit: 500 })}`;
      const page: Entries = await ask<Entries>("GET", path);
      entries.push(...page.items);
      after = page.next;
    }
    return entries;
  },
};
