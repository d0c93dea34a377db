import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { Problem, UNREACHABLE, api } from "./api/client";
import { LiveProvider } from "./api/provider";
import { Failure } from "./parts/Failure";
import { Frame } from "./parts/Frame";
import { usePlace } from "./route";
import { Alerts } from "./view/Alerts";
import { Announced } from "./view/Announced";
import { Incident } from "./view/Incident";
import { Incidents } from "./view/Incidents";
import { LogIn } from "./view/LogIn";
import { Overview } from "./view/Overview";

const client = new QueryClient({
  defaultOptions: {
    mutations: { networkMode: "always" },
    queries: {
      // The service may be on this very machine: what the browser thinks of the network says nothing about it.
      networkMode: "always",
      // Only a service that cannot be reached is asked again; a refusal stays one.
      retry: (count, error) => count < 2 && error instanceof Problem && error.kind === UNREACHABLE,
      staleTime: 10_000,
    },
  },
});

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Desk />
    </QueryClientProvider>
  );
}

function Desk() {
  const session = useQuery({ queryKey: ["session"], queryFn: api.session, staleTime: 60_000 });
  if (session.data === undefined) {
    return <main className="alone">{session.error ? <Failure error={session.error} /> : <p>Opening the desk…</p>}</main>;
  }
  if (!session.data.person) return <LogIn />;
  return (
    <LiveProvider person={session.data.person}>
      <Frame>
        <Room />
      </Frame>
    </LiveProvider>
  );
}

function Room() {
  const place = usePlace();
  const [, first, second] = place.split("/");
  if (first === "" || first === undefined) return <Overview />;
  if (first === "incidents" && second) return <Incident key={second} id={decodeURIComponent(second)} />;
  if (first === "incidents") return <Incidents />;
  if (first === "alerts") return <Alerts />;
  if (first === "announced") return <Announced />;
  return (
    <section className="panel">
      <h1>There is nothing here</h1>
      <p>
        The address <code>{place}</code> names no page. Begin at the <a href="/">overview</a>.
      </p>
    </section>
  );
}
