// Small pieces of text: hostile words, hashes, amounts, times.
import { useState } from "react";
import { useNow } from "../api/provider";
import type { Names } from "../api/types";
import { amount, baseUnits } from "../text/amount";
import { clip, parts } from "../text/hostile";
import { ago, utc } from "../text/time";

/** Text that may come from a chain: unseen characters are shown, its direction cannot leak, its length is held. */
export function HostileText({ text, limit = 280 }: { text: string; limit?: number }) {
  const { text: kept, more } = clip(text, limit);
  return (
    <bdi className="hostile">
      {parts(kept).map((part, index) =>
        part.unseen ? (
          <span key={index} className="unseen" title={`an unseen character: U+${part.text}`}>
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
      {more > 0 && <span className="clipped">… {more} more characters</span>}
    </bdi>
  );
}

/** Copies a text and says whether that worked. */
export function Copy({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState<"" | "copied" | "failed">("");
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setSaid(done ? "copied" : "failed");
    setTimeout(() => setSaid(""), 1_500);
  };
  return (
    <button type="button" className="copy" onClick={() => void copy()} aria-label={`copy ${what}`} title={`copy ${what}`}>
      {said === "copied" ? "✓" : said === "failed" ? "✗" : <CopyMark />}
    </button>
  );
}

function CopyMark() {
  return (
    <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path d="M5.5 5.5h7v8h-7zM3.5 10.5v-8h7" fill="none" stroke="currentColor" strokeWidth="1.3" />
    </svg>
  );
}

/** A hash with its middle left out, whole in the tooltip and on the clipboard. */
export function Hash({ hash, what = "hash", lead = 8, tail = 6 }: { hash: string; what?: string; lead?: number; tail?: number }) {
  const short = hash.length > lead + tail + 3 ? `${hash.slice(0, lead)}…${hash.slice(-tail)}` : hash;
  return (
    <span className="hash">
      <code title={hash}>{short}</code>
      <Copy text={hash} what={what} />
    </span>
  );
}

/** An account by its name if it has one, and always by its address. */
export function Account({ id, names, brief = false }: { id: string; names: Names; brief?: boolean }) {
  const name = names.accounts[id];
  const address = id.slice(id.lastIndexOf(":") + 1);
  return (
    <span className="account">
      {name && (
        <strong>
          <HostileText text={name} limit={40} />
        </strong>
      )}
      {!(brief && name) && <Hash hash={address} what="address" />}
    </span>
  );
}

/** An amount of an asset: with its decimals where they are known, else in base units, which it says. */
export function Amount({ asset, base, names }: { asset: string; base: string; names: Names }) {
  const name = names.assets[asset];
  if (name === undefined) {
    return (
      <span className="amount">
        <span className="number">{baseUnits(base)}</span>{" "}
        <span className="unit" title={`${asset}: its decimals are not known here`}>
          base units of <AssetId asset={asset} />
        </span>
      </span>
    );
  }
  const written = amount(base, name.decimals);
  return (
    <span className="amount" title={`${written.exact} (${base} base units of ${asset})`}>
      <span className="number">{written.short}</span>{" "}
      <span className="unit">
        <HostileText text={name.symbol} limit={16} />
      </span>
    </span>
  );
}

function AssetId({ asset }: { asset: string }) {
  const reference = asset.slice(asset.lastIndexOf(":") + 1);
  return reference.startsWith("0x") ? <Hash hash={reference} what="asset" lead={6} tail={4} /> : <code>{asset}</code>;
}

/** How long ago, with the time itself beside it or in the tooltip. */
export function When({ at, both = false }: { at: string; both?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={at} title={utc(at)}>
      {both ? (
        <>
          {utc(at)} <span className="quiet">({ago(at, now)})</span>
        </>
      ) : (
        ago(at, now)
      )}
    </time>
  );
}

/** A sentence of the service's own, with what it quotes in backticks shown as code. It may hold text from a chain. */
export function Said({ text, limit = 320 }: { text: string; limit?: number }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      <code key={index}>
        <HostileText text={part} limit={limit} />
      </code>
    ) : (
      part && <HostileText key={index} text={part} limit={limit} />
    ),
  );
}
