import { expect, it } from "vitest";
import type { LineState } from "./live";
import { doubts } from "./sight";
import type { Chain, Status } from "./types";

const live: LineState = { state: "live", since: 0 };
const chain: Chain = {
  id: "eip155:1",
  name: "Ethereum",
  following: true,
  head: null,
  node_head: null,
  lag_blocks: 0,
  lag_ms: null,
  finality: {},
  sight: "executed",
  blind_recent: [],
  endpoints: [],
  pending: { state: "ok", held: 0, tried: 0, left_out: 0, refused: 0 },
};
const status: Status = {
  version: "1",
  started_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
  now: "2026-01-01T00:00:00Z",
  chains: [chain],
  queues: [],
  automatic: "never",
  last_seal: null,
  unready: null,
  unreadable: 0,
  position: 1,
};

it("nothing is called nothing only when everything was seen", () => {
  expect(doubts(live, status, null)).toEqual([]);
});

const blind = { block: 7, at: "2026-01-01T00:00:00Z", why: "no state" };
const cases: [string, LineState, Status | undefined, Error | null, RegExp][] = [
  ["the line is cut", { state: "lost", since: 0, why: "gone" }, status, null, /no live connection/],
  ["the line is not up yet", { state: "connecting", since: 0 }, status, null, /no live connection/],
  ["the status was never read", live, undefined, null, /status could not be read/],
  ["the status cannot be read any more", live, status, new Error("500"), /status could not be read/],
  ["a chain is not followed", live, { ...status, unready: "chain `eip155:1` is not followed" }, null, /is not followed/],
  ["lines of the book are unreadable", live, { ...status, unreadable: 2 }, null, /2 entries/],
  ["sight is poor", live, { ...status, chains: [{ ...chain, sight: "logs" }] }, null, /seen by logs only/],
  ["a block was not seen", live, { ...status, chains: [{ ...chain, blind_recent: [blind, blind] }] }, null, /block 7 and 1 more/],
];

it.each(cases)("a doubt is said when %s", (_, line, held, error, says) => {
  const found = doubts(line, held, error);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(says);
});
