import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { Failure } from "../parts/Failure";

/** The token, once; after that the browser holds a session that no script can read. */
export function LogIn() {
  const [token, setToken] = useState("");
  const client = useQueryClient();
  const logIn = useMutation({
    mutationFn: () => api.logIn(token),
    onSuccess: (session) => {
      setToken("");
      client.setQueryData(["session"], session);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    logIn.mutate();
  };
  return (
    <main className="alone">
      <form className="panel login" onSubmit={submit}>
        <h1>Breakglass</h1>
        <label htmlFor="token">Your token</label>
        <input
          id="token"
          type="password"
          autoComplete="current-password"
          spellCheck={false}
          autoFocus
          required
          value={token}
          onChange={(event) => setToken(event.target.value)}
        />
        <button type="submit" className="primary" disabled={token === "" || logIn.isPending}>
          {logIn.isPending ? "Looking…" : "Log in"}
        </button>
        {logIn.error && <Failure error={logIn.error} />}
        <p className="quiet">
          It was given to you by whoever runs this service. If none was ever made, the service printed one when it
          started.
        </p>
      </form>
    </main>
  );
}
