import { useLive } from "../api/provider";
import type { Chain } from "../api/types";
import { HostileText, When } from "../parts/text";
import { baseUnits } from "../text/amount";
import { clock, span } from "../text/time";

/** The chains: how far behind, how well seen. */
export function Chains() {
  const { status, statusError } = useLive();
  if (status === undefined) {
    return <p className="empty">{statusError ? "The chains' state could not be read." : "Reading the chains' state…"}</p>;
  }
  if (status.chains.length === 0) return <p className="empty doubt">No chain is followed yet: nothing is being watched.</p>;
  return (
    <ul className="chains">
      {status.chains.map((chain) => (
        <li key={chain.id} className={health(chain)}>
          <ChainCard chain={chain} />
        </li>
      ))}
    </ul>
  );
}

function health(chain: Chain): "lost" | "blind" | "well" {
  if (!chain.following) return "lost";
  return chain.blind_recent.length > 0 || (chain.sight ?? "executed") !== "executed" ? "blind" : "well";
}

const SAYS = { lost: "not followed", blind: "partly blind", well: "following" };

function ChainCard({ chain }: { chain: Chain }) {
  const blind = chain.blind_recent[0];
  const state = health(chain);
  return (
    <>
      <h3>
        <HostileText text={chain.name} limit={32} /> <code className="quiet">{chain.id}</code>
        <span className={`tag chain ${state}`}>{SAYS[state]}</span>
      </h3>
      <dl>
        <div>
          <dt>Head</dt>
          <dd>
            {chain.head ? (
              <span title={chain.head.hash}>
                <b>{baseUnits(String(chain.head.number))}</b>{" "}
                <span className="quiet">
                  <When at={chain.head.time} />
                </span>
              </span>
            ) : (
              "none yet"
            )}
          </dd>
        </div>
        <div>
          <dt>Behind node</dt>
          <dd>{chain.lag_blocks == null ? "unknown" : chain.lag_blocks === 1 ? "1 block" : `${chain.lag_blocks} blocks`}</dd>
        </div>
        <div>
          <dt>Block to alert</dt>
          <dd>{chain.lag_ms == null ? "unknown" : chain.lag_ms < 10_000 ? `${chain.lag_ms} ms` : span(chain.lag_ms)}</dd>
        </div>
        <div>
          <dt>Sight</dt>
          <dd>{chain.sight ?? "unknown"}</dd>
        </div>
        <div>
          <dt>Finalized</dt>
          <dd>{chain.finality.finalized == null ? "unknown" : baseUnits(String(chain.finality.finalized))}</dd>
        </div>
        <div>
          <dt>Waiting</dt>
          <dd title="Transactions that wait to be mined are run on the head beforehand.">
            {chain.pending.state === "ok" ? (
              <>
                {baseUnits(String(chain.pending.tried))} tried
                {chain.pending.left_out > 0 && `, ${baseUnits(String(chain.pending.left_out))} left out`}
              </>
            ) : (
              <HostileText text={chain.pending.state} limit={80} />
            )}
          </dd>
        </div>
        <div>
          <dt>Nodes</dt>
          <dd className="nodes">
            {chain.endpoints.map((endpoint) => (
              <span
                key={endpoint.name}
                className={endpoint.state === "ok" ? "node ok" : "node"}
                title={`${endpoint.name}: ${endpoint.state}`}
              >
                {endpoint.name}
                {endpoint.state !== "ok" && `: ${endpoint.state}`}
                {endpoint.behind ? `, ${endpoint.behind} behind` : ""}
              </span>
            ))}
            {chain.endpoints.length === 0 && "unknown"}
          </dd>
        </div>
      </dl>
      {blind && (
        <p className="blindness">
          <b>Not seen:</b> block {baseUnits(String(blind.block))} at {clock(blind.at)}: <HostileText text={blind.why} limit={160} />
          {chain.blind_recent.length > 1 && ` (and ${chain.blind_recent.length - 1} more)`}
        </p>
      )}
    </>
  );
}
