import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { api } from "../api/client";
import { useLive, useNow } from "../api/provider";
import { Link, usePlace } from "../route";
import { clock, span } from "../text/time";
import { Failure } from "./Failure";
import { HostileText } from "./text";

/** What stands around every view: where one can go, whether the page is live, and who one is. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <>
      <header className="top">
        <Link href="/" className="brand">
          <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
            <path d="M17 3v11l-8 5 9 2.500-3.500 8.500 12-11-8-2.500 6-6z" fill="currentColor" />
          </svg>
          Breakglass
        </Link>
        <Nav />
        <LineSign />
        <Clock />
        <Me />
      </header>
      <Warnings />
      <main>{children}</main>
    </>
  );
}

function Nav() {
  const place = usePlace();
  const links = [
    { href: "/", says: "Overview", here: place === "/" },
    { href: "/incidents", says: "Incidents", here: place.startsWith("/incidents") },
    { href: "/alerts", says: "Alerts", here: place.startsWith("/alerts") },
    { href: "/announced", says: "Announced", here: place.startsWith("/announced") },
  ];
  return (
    <nav>
      {links.map((link) => (
        <Link key={link.href} href={link.href} aria-current={link.here ? "page" : undefined}>
          {link.says}
        </Link>
      ))}
    </nav>
  );
}

function LineSign() {
  const { line } = useLive();
  const says = { live: "live", connecting: "connecting", lost: "not live" }[line.state];
  return <span className={`line ${line.state}`}>{says}</span>;
}

function Clock() {
  const now = useNow();
  return (
    <time className="clock" title="the service's clock">
      {clock(now)} <span className="quiet">UTC</span>
    </time>
  );
}

function Me() {
  const { person } = useLive();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const leave = async () => {
    try {
      await api.logOut();
      client.clear();
      window.location.assign("/");
    } catch (caught) {
      setError(caught as Error);
    }
  };
  return (
    <span className="me">
      <span title={person.role}>
        <HostileText text={person.name} limit={24} />
        {person.role === "viewer" && <span className="quiet"> (viewer)</span>}
      </span>
      <button type="button" className="plain" onClick={() => void leave()}>
        Log out
      </button>
      {error && <Failure error={error} />}
    </span>
  );
}

/** Says when this page, or the service itself, does not see what happens. */
function Warnings() {
  const { line, status, statusAt } = useLive();
  useNow();
  if (line.state === "lost") {
    return (
      <div className="banner lost" role="alert">
        <strong>Connection lost {span(Date.now() - line.since)} ago.</strong> What you see is from{" "}
        {statusAt > 0 ? `${clock(statusAt)} UTC` : "before"} and may be wrong now ({line.why}). Trying to come back. If you must act, use{" "}
        <code>breakglass case</code> on the machine itself.
      </div>
    );
  }
  if (status?.unready) {
    return (
      <div className="banner blind" role="alert">
        <strong>Breakglass does not see everything:</strong> <HostileText text={status.unready} />. An attack may go
        unnoticed.
      </div>
    );
  }
  return null;
}
