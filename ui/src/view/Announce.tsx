import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { useLive } from "../api/provider";
import type { NewAnnouncement, PlannedChange } from "../api/types";
import { Dialog } from "../parts/Dialog";
import { Failure } from "../parts/Failure";

type What = PlannedChange["what"];

const WHATS: { what: What; says: string }[] = [
  { what: "implementation", says: "its code (of a proxy)" },
  { what: "owner", says: "its owner" },
  { what: "admin", says: "its proxy admin" },
  { what: "beacon", says: "its beacon" },
  { what: "role_granted", says: "a role is granted" },
  { what: "role_revoked", says: "a role is revoked" },
  { what: "call", says: "a function is called" },
];

const HOURS = [1, 2, 4, 8, 24, 72, 168];

/** Says beforehand what will change. One change: more of them at once are for `breakglass announce add --file`. */
export function Announce({ onLeave }: { onLeave: () => void }) {
  const client = useQueryClient();
  const { status } = useLive();
  const chains = status?.chains ?? [];
  const [form, setForm] = useState({ title: "", chain: "", contract: "", account: "", role: "", selector: "", by: "", reference: "" });
  const [what, setWhat] = useState<What>("implementation");
  const [hours, setHours] = useState(2);
  const announce = useMutation({
    mutationFn: () => api.announce(body()),
    onSuccess: onLeave,
    onSettled: () => client.invalidateQueries({ queryKey: ["announcements"] }),
  });
  const isRole = what === "role_granted" || what === "role_revoked";
  const chain = form.chain || (chains[0]?.id ?? "");

  function body(): NewAnnouncement {
    const change: PlannedChange = { what, contract: form.contract.trim() };
    if (what === "call") change.selector = form.selector.trim();
    else change.account = form.account.trim();
    if (isRole) change.role = form.role.trim();
    // The service's clock counts, which the status carries.
    const now = status ? Date.parse(status.now) : Date.now();
    return {
      title: form.title.trim(),
      chain,
      by: form.by.split(/[\s,]+/).filter(Boolean),
      changes: [change],
      until: new Date(now + hours * 3_600_000).toISOString(),
      reference: form.reference.trim() || null,
    };
  }

  const field = (name: keyof typeof form, says: string, hint: string, need = true) => (
    <label>
      <span>{says}</span>
      <input
        required={need}
        placeholder={hint}
        spellCheck={false}
        autoComplete="off"
        value={form[name]}
        onChange={(event) => setForm({ ...form, [name]: event.target.value })}
      />
    </label>
  );
  return (
    <Dialog title="Announce a change" onLeave={onLeave}>
      <form
        className="fields"
        onSubmit={(event) => {
          event.preventDefault();
          announce.mutate();
        }}
      >
        {field("title", "Title", "Vault to version 2")}
        <div className="pair">
          <label>
            <span>Chain</span>
            <select value={chain} onChange={(event) => setForm({ ...form, chain: event.target.value })}>
              {chains.map((held) => (
                <option key={held.id} value={held.id}>
                  {held.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>What changes</span>
            <select value={what} onChange={(event) => setWhat(event.target.value as What)}>
              {WHATS.map((one) => (
                <option key={one.what} value={one.what}>
                  {one.says}
                </option>
              ))}
            </select>
          </label>
        </div>
        {field("contract", "Contract that changes", "0x…")}
        {isRole && field("role", "Role", "0x… (32 bytes)")}
        {what === "call" ? field("selector", "Selector", "0x… (4 bytes)") : field("account", isRole ? "Account" : "What it becomes", "0x…")}
        {field("by", "Who may do it", "sender, multisig or timelock; several with spaces")}
        <div className="pair">
          <label>
            <span>From the next block, for</span>
            <select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
              {HOURS.map((held) => (
                <option key={held} value={held}>
                  {held < 48 ? `${held} h` : `${held / 24} days`}
                </option>
              ))}
            </select>
          </label>
          {field("reference", "Where to read more", "a ticket, a proposal", false)}
        </div>
        <p className="quiet">Just this is no alarm: another account, another contract, another time still is, and so is that it does not happen.</p>
        {announce.error && <Failure error={announce.error} />}
        <div className="buttons">
          <button type="button" onClick={onLeave}>
            Go back
          </button>
          <button type="submit" className="primary" disabled={announce.isPending}>
            {announce.isPending ? "Writing…" : "Announce it"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
