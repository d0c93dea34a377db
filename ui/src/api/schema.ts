// Made from crates/console/tests/desk/golden/openapi.json by `npm run schema`. Do not edit.

export interface paths {
    "/api/v1/alert-groups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Alerts that have one cause as one, newest first: those of one transaction, those of one matter, and those of one rule
         *     about one account, where no hour lies between them.
         */
        get: operations["groups"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Alerts, newest first. */
        get: operations["alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/{id}/marks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say whether an alert was useful. Saying it again changes nothing; saying something else replaces it. */
        post: operations["mark"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/announcements": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Announcements, newest first, with what came of them; the newest 500. */
        get: operations["announcements"];
        put?: never;
        /**
         * Announce a change. It excuses just what it says, from the next block on: nothing that was seen before. Saying the same
         *     again while it stands changes nothing.
         */
        post: operations["announce"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/announcements/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One announcement. */
        get: operations["announcement"];
        put?: never;
        post?: never;
        /** Withdraw an announcement: what it says is not announced any more. What was done while it stood stays as it was told. */
        delete: operations["withdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chains/{chain}/trace/{tx}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a transaction did: the story, calls, movements, storage before and after, prices, privileges, and the weakness that
         *     the rules suspect. What could not be seen, or is not proved, stands under `blind`. The document's form is described in
         *     `docs/trace.md` and named by its field `schema`; text from a chain stands in it as it is.
         */
        get: operations["trace"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Entries of the whole book as they are written, as server-sent events: first `ready`, then one `entry` each, whose
         *     `id` is its position. A comment every 15 seconds shows that the line is alive. The service ends the stream after
         *     an hour: come back with `Last-Event-ID`.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Incidents, newest first. */
        get: operations["incidents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One incident: alerts with evidence and marks, losses, the plan with rehearsals and approvals. */
        get: operations["incident"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/approvals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give leave for a step. It writes an entry; the service takes the step if a rehearsal on the head succeeds. Giving
         *     it twice is the same as giving it once.
         */
        post: operations["approve"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/brief": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * An incident on a page or two, in Markdown: what happened, since when, who is affected, what was done, what stands, what
         *     is not known, the timeline, and the draft of a first public note. Text from a chain stands in it as code only, with
         *     whatever would deceive or break out of it shown by its number.
         */
        get: operations["brief"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Close an incident. */
        post: operations["close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/entries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The entries of an incident, oldest first, as they stand in the book. */
        get: operations["entries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Take an incident out of the book: all its lines, their evidence, and the seals that prove them, as canonical JSON for
         *     `breakglass verify`. If its newest lines are not sealed yet, the book is sealed first.
         */
        get: operations["export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incidents/{id}/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write a note into an incident, open or closed. */
        post: operations["note"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/readiness": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether what is protected can be stopped: each check as it was last found on the head of its chain. */
        get: operations["readiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who this is. Answers 200 also to a stranger, so that the page can ask without making an error. */
        get: operations["whoami"];
        put?: never;
        /** Log in: the answer sets an HttpOnly, SameSite=Strict cookie. Needs the header `x-breakglass-intent: 1`. */
        post: operations["log_in"];
        /** Log out. */
        delete: operations["log_out"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snoozes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Snoozes, newest first, with what they held back; the newest 500. */
        get: operations["snoozes"];
        put?: never;
        /**
         * Let a rule wake nobody for a while. Its alerts are written down as ever, and open no case; when it ends, by itself or
         *     by somebody, what it held back is said.
         */
        post: operations["snooze"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snoozes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a snooze before its time. */
        delete: operations["wake"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The service: chains and how far behind they are, what could not be seen, queues, policy, the last seal. */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the process is alive and its book can be read. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Metrics in Prometheus' text form. */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether every chain is followed at its head. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Who acted. */
        ActorView: {
            /** @enum {string} */
            kind: "person";
            /** @description Their name in this installation. */
            name: string;
        } | {
            /** @enum {string} */
            kind: "machine";
            /** @description The room. */
            name: string;
        } | {
            /** @enum {string} */
            kind: "policy";
            /** @description The policy. */
            name: string;
        };
        /** @description What a rule noticed. */
        AlertView: {
            announcement?: components["schemas"]["BearingView"] | null;
            /** @description Who seems to have done it, CAIP-10. */
            attackers: string[];
            /** @description Whether it has happened. What has not is seen on the state after the block. */
            basis: components["schemas"]["BasisWord"];
            /** @description The block it was seen in. */
            block: components["schemas"]["BlockView"];
            /**
             * Format: date-time
             * @description That block's time, in UTC.
             */
            block_time: string;
            /**
             * Format: int32
             * @description How sure, 0 to 100.
             */
            confidence: number;
            /** @description What it rests on. */
            evidence: components["schemas"]["EvidenceView"][];
            /** @description The rule's family: rules of one family look at the matter in the same way. */
            family: string;
            /** @description Two alerts with the same fingerprint say the same thing about the same subject. */
            fingerprint: string;
            /** @description The alert's id. */
            id: string;
            /** @description The case it belongs to, if it does. */
            incident?: string | null;
            /** @description What kind of attack it points to: an id of the taxonomy. */
            kind: string;
            /** @description What was lost. */
            losses: components["schemas"]["LossView"][];
            mark?: components["schemas"]["MarkWord"] | null;
            /** @description One sentence for a person. Text from a chain in it is hostile until it is escaped. */
            message: string;
            /** @description Names of what it mentions. */
            names: components["schemas"]["NamesView"];
            /**
             * Format: date-time
             * @description When it was written down, in UTC.
             */
            raised_at: string;
            /**
             * Format: date-time
             * @description When its block reached us, in UTC; absent for what no block brought.
             */
            received_at?: string | null;
            /** @description The rule that says so, `id@digest`. */
            rule: string;
            /** @description How bad. */
            severity: components["schemas"]["SeverityWord"];
            /** @description Whom it is about, CAIP-10. */
            subject: string;
            /** @description Why triage gave it no case, if it did not. */
            suppressed?: string | null;
            /** @description The transaction, if it is about one. */
            tx?: string | null;
            /** @description Who seems to have suffered it, CAIP-10. */
            victims: string[];
            /** @description Whether it does not stand any more. */
            withdrawn: boolean;
        };
        /**
         * @description Where an announcement stands.
         * @enum {string}
         */
        AnnouncementState: "upcoming" | "open" | "done" | "deviated" | "absent" | "over" | "withdrawn";
        /** @description An announcement, and what came of it. */
        AnnouncementView: {
            /**
             * Format: int64
             * @description The newest block that had been looked at then: it holds for later ones.
             */
            after_block: number;
            /** @description The newest alerts that bear on it, 100 at most. */
            alerts: components["schemas"]["BorneView"][];
            /**
             * Format: date-time
             * @description When, in UTC: it excuses nothing that was before.
             */
            announced_at: string;
            /** @description Who announced it. */
            announced_by: components["schemas"]["ActorView"];
            /** @description Who may do it, CAIP-10: the sender, or a contract on the way. */
            by: string[];
            /** @description The chain, CAIP-2. */
            chain: string;
            /** @description What changes, each once. */
            changes: components["schemas"]["PlannedView"][];
            /**
             * Format: int64
             * @description How many of its changes were done as announced.
             */
            done: number;
            /**
             * Format: date-time
             * @description From when on, by the time of blocks, in UTC.
             */
            from: string;
            /** @description Its id. */
            id: string;
            /** @description Where to read more. */
            reference?: string | null;
            /** @description Where it stands. */
            state: components["schemas"]["AnnouncementState"];
            /** @description One line for a person. */
            title: string;
            /**
             * Format: date-time
             * @description Until when, by the time of blocks, in UTC.
             */
            until: string;
            /**
             * Format: date-time
             * @description When it was withdrawn, if it was.
             */
            withdrawn_at?: string | null;
        };
        /** @description Leave for one step of one plan. */
        Approval: {
            /** @description The plan's digest, as the incident shows it: leave holds for this plan and no other. */
            plan: string;
            /** @description The step's id. */
            step: string;
        };
        /** @description Who gave leave, and when. */
        ApprovalView: {
            /**
             * Format: date-time
             * @description When, in UTC.
             */
            at: string;
            /** @description A person or a policy. */
            by: components["schemas"]["ActorView"];
        };
        /** @description What was lost of one asset. */
        AssetLossView: {
            /** @description How much, in base units. */
            amount: string;
            /** @description CAIP-19. */
            asset: string;
        };
        /** @description What an asset is called and how its amounts are written. */
        AssetNameView: {
            /**
             * Format: int32
             * @description How many decimals its amounts are written with.
             */
            decimals: number;
            /** @description Its symbol, as the chain says it. */
            symbol: string;
        };
        /**
         * @description How far the machine may go alone.
         * @enum {string}
         */
        Automatic: "never" | "reversible";
        /**
         * @description Whether what an alert is about has happened.
         * @enum {string}
         */
        BasisWord: "mined" | "simulated" | "pending";
        /** @description How an alert bears on an announcement. */
        BearingView: {
            /** @description How. */
            fit: components["schemas"]["FitWord"];
            /** @description The announcement's id. */
            id: string;
        };
        /** @description Something that could not be seen. */
        BlindStatus: {
            /**
             * Format: date-time
             * @description When it was noticed, in UTC.
             */
            at: string;
            /**
             * Format: int64
             * @description In which block.
             */
            block: number;
            /** @description What is hidden and why, in words that tell a responder what to do. */
            why: string;
        };
        /** @description A block of a chain. */
        BlockView: {
            /** @description The chain, CAIP-2. */
            chain: string;
            /** @description Hash. */
            hash: string;
            /**
             * Format: int64
             * @description Height.
             */
            number: number;
        };
        /** @description An alert that bears on an announcement. */
        BorneView: {
            /** @description The alert's id. */
            alert: string;
            /**
             * Format: int64
             * @description The height of the block in which it was seen.
             */
            block: number;
            /** @description How. */
            fit: components["schemas"]["FitWord"];
            /** @description What it says, 320 characters at most; it may hold text from a chain. */
            says: string;
            /** @description How bad. */
            severity: components["schemas"]["SeverityWord"];
            /** @description The transaction, if it is about one. */
            tx?: string | null;
            /** @description Whether it does not stand any more. */
            withdrawn: boolean;
        };
        /** @description One thing to do in the world. */
        CallView: {
            /** @description Which contract, CAIP-10. */
            account: string;
            /** @description On which chain, CAIP-2. */
            chain: string;
            /** @description The call data, hex. */
            data: string;
            /** @enum {string} */
            do: "contract";
            /** @description The function in words. */
            function: string;
            /** @description The name of the signer in this installation. */
            signer: string;
            /** @description Wei to send along. */
            value: string;
        } | {
            /** @description The message. */
            body: unknown;
            /** @enum {string} */
            do: "webhook";
            /** @description The name of the webhook in this installation. */
            endpoint: string;
        };
        /** @description A chain that is followed. */
        ChainStatus: {
            /** @description What could not be seen lately, newest first, at most 20. */
            blind_recent: components["schemas"]["BlindStatus"][];
            /** @description The nodes it is read from. */
            endpoints: components["schemas"]["EndpointStatus"][];
            /** @description What the chain itself calls settled. */
            finality: components["schemas"]["Finality"];
            /** @description Whether it is being followed at its head: not while catching up, and not while no endpoint answers. */
            following: boolean;
            head?: components["schemas"]["HeadStatus"] | null;
            /**
             * @description Its CAIP-2 id.
             * @example eip155:1
             */
            id: string;
            /**
             * Format: int64
             * @description How many blocks we are behind it.
             */
            lag_blocks?: number | null;
            /**
             * Format: int64
             * @description Milliseconds from the block's arrival to its findings being durable, for the last block.
             */
            lag_ms?: number | null;
            /** @description Its name for people. */
            name: string;
            /**
             * Format: int64
             * @description The highest block that a node reported.
             */
            node_head?: number | null;
            /** @description Transactions that wait to be mined. */
            pending: components["schemas"]["PendingStatus"];
            /**
             * @description How well the last block was seen.
             * @example executed
             */
            sight?: string | null;
        };
        /**
         * @description What was checked.
         * @enum {string}
         */
        CheckWord: "code" | "implementation" | "pause" | "unpause" | "stranger" | "gas";
        /** @description The end of a case. */
        Closing: {
            /** @description What there is to say about it, at most 8000 characters. */
            note?: string;
            /** @description How it ended. */
            resolution: components["schemas"]["ResolutionWord"];
        };
        /** @description How ready one protected contract is. */
        ContractView: {
            /** @description Where it is, CAIP-10. */
            account: string;
            block?: components["schemas"]["BlockView"] | null;
            /** @description Check by check. */
            findings: components["schemas"]["FindingView"][];
            /** @description Its name in the protocol. */
            name: string;
        };
        /** @description A node that a chain is read from, without its address: that may hold a secret. */
        EndpointStatus: {
            /**
             * Format: int64
             * @description How many blocks it is behind the best.
             */
            behind?: number | null;
            /** @description Its name in this installation. */
            name: string;
            /** @description How it is: `ok`, or what is wrong with it in a few words. */
            state: string;
        };
        /** @description Entries in order. */
        Entries: {
            /** @description The entries, oldest first. */
            items: components["schemas"]["EntryView"][];
            /**
             * Format: int64
             * @description Give it back as `after` for the next page; absent on the last.
             */
            next?: number | null;
        };
        /** @description One line of the book. */
        EntryView: {
            /**
             * Format: date-time
             * @description When, in UTC.
             */
            at: string;
            /** @description Its own digest, which the next line is linked to. */
            digest: string;
            /** @description What kind of line, with the version of its payload: `case.opened/1`. */
            kind: string;
            /** @description The payload of that kind. */
            payload: unknown;
            /**
             * Format: int64
             * @description Its place in the whole book, where that was asked for: the id of a live event.
             */
            position?: number | null;
            /** @description Digest of the line before it; zeros for the first. */
            prev: string;
            /**
             * Format: int64
             * @description Its number in the stream, from 1, without gaps.
             */
            seq: number;
            /** @description Where it stands: `org`, `chain/<caip-2>` or `case/<id>`. */
            stream: string;
            /** @description Who. */
            who: components["schemas"]["ActorView"];
            /** @description Why, in a few words. */
            why: string;
        };
        /** @description One fact an alert rests on. */
        EvidenceView: {
            /**
             * Format: int32
             * @description The call frame in which it happened.
             */
            frame?: number | null;
            /** @description What kind of fact. */
            kind: components["schemas"]["EvidenceWord"];
            /** @description The fact in words. */
            says: string;
            /** @description The transaction, if it is of one. */
            tx?: string | null;
        };
        /**
         * @description What kind of fact a piece of evidence rests on.
         * @enum {string}
         */
        EvidenceWord: "flow" | "balance" | "call" | "storage" | "log" | "code" | "observed" | "blind";
        /** @description What the chain itself calls settled. */
        Finality: {
            /**
             * Format: int64
             * @description The `finalized` block's height.
             */
            finalized?: number | null;
            /**
             * Format: int64
             * @description The `safe` block's height.
             */
            safe?: number | null;
        };
        /** @description One check of one contract. */
        FindingView: {
            /** @description What was checked. */
            check: components["schemas"]["CheckWord"];
            /** @description What to do about a gap. */
            remedy?: string | null;
            /** @description What was seen, or why nothing was. Text from a chain in it is hostile until it is escaped. */
            says: string;
            /** @description What came of it. */
            state: components["schemas"]["StateWord"];
        };
        /**
         * @description How an alert bears on an announcement.
         * @enum {string}
         */
        FitWord: "excused" | "done" | "deviates" | "absent";
        /** @description Alerts that have one cause. */
        GroupView: {
            /**
             * Format: int64
             * @description How many they are.
             */
            count: number;
            /**
             * Format: date-time
             * @description The time of the first one's block, in UTC.
             */
            first_at: string;
            /** @description Lists them: `group` of `/api/v1/alerts`. */
            group: string;
            /**
             * Format: date-time
             * @description The time of the newest one's block, in UTC.
             */
            last_at: string;
            /** @description The newest of them. */
            newest: components["schemas"]["AlertView"];
            /** @description The rules that spoke, 16 at most. */
            rules: string[];
            /** @description The worst of them. */
            worst: components["schemas"]["SeverityWord"];
        };
        /**
         * @description How far a machine may go alone.
         * @enum {string}
         */
        HarmWord: "none" | "reversible" | "irreversible";
        /** @description A block that was wholly seen. */
        HeadStatus: {
            /** @description Hash. */
            hash: string;
            /**
             * Format: int64
             * @description Height.
             */
            number: number;
            /**
             * Format: date-time
             * @description The block's own time, in UTC.
             */
            time: string;
        };
        /** @description An incident in one line. */
        IncidentSummary: {
            /** @description How many alerts stand. */
            alerts_standing: number;
            /**
             * Format: date-time
             * @description The time of the block it begins with, in UTC.
             */
            block_time: string;
            /** @description Whether it is an exercise. */
            drill: boolean;
            /** @description Its id. */
            id: string;
            /** @description An id of the taxonomy. */
            kind: string;
            /** @description What was lost, per asset. */
            losses: components["schemas"]["AssetLossView"][];
            /** @description Names of what it mentions. */
            names: components["schemas"]["NamesView"];
            /**
             * Format: date-time
             * @description When the case was opened, in UTC.
             */
            opened_at: string;
            /** @description Where the response stands. */
            phase: components["schemas"]["PhaseWord"];
            resolution?: components["schemas"]["ResolutionWord"] | null;
            /** @description How bad. */
            severity: components["schemas"]["SeverityWord"];
            /** @description Whether it still rests on something. */
            standing: components["schemas"]["StandingWord"];
            /** @description How many steps of the newest plan wait for a person. */
            steps_waiting: number;
            /** @description Whom it is about, CAIP-10. */
            subject: string;
            /** @description One line for a person. Text from a chain in it is hostile until it is escaped. */
            title: string;
        };
        /** @description An incident, folded from its entries. */
        IncidentView: components["schemas"]["IncidentSummary"] & {
            /** @description Its alerts in the order they came, withdrawn ones included. */
            alerts: components["schemas"]["AlertView"][];
            /** @description Who seems to have done it, CAIP-10. */
            attackers: string[];
            /**
             * Format: int64
             * @description How many entries it was folded from.
             */
            entries: number;
            /** @description Digest of the last of them. */
            head: string;
            plan?: components["schemas"]["PlanView"] | null;
            /** @description Plans that it took the place of, newest first. */
            plans_before: components["schemas"]["PlanView"][];
            /** @description Transactions of the attack, in the order they were noticed. */
            txs: string[];
            /** @description Who seems to have suffered it, CAIP-10. */
            victims: string[];
        };
        /** @description Cost and time of a step. */
        LimitsView: {
            /**
             * Format: int32
             * @description Highest number of times it is sent again with a higher fee.
             */
            bumps: number;
            /** @description Highest fee per gas in wei. */
            fee_per_gas: string;
            /**
             * Format: int64
             * @description Gas limit.
             */
            gas: number;
            /**
             * Format: date-time
             * @description After this moment it is no longer taken, in UTC.
             */
            until: string;
        };
        /** @description A log-in. */
        LogIn: {
            /** @description The token. */
            token: string;
        };
        /** @description Value that was lost. */
        LossView: {
            /** @description Who lost it, CAIP-10. */
            account: string;
            /** @description How much, in base units. */
            amount: string;
            /** @description Of what, CAIP-19. */
            asset: string;
            /**
             * Format: int32
             * @description Which share of the holding that was, in basis points, where the holding is known.
             */
            share_bp?: number | null;
        };
        /** @description How an alert is marked now. */
        MarkView: {
            /** @description The alert. */
            id: string;
            /** @description What the person thinks. */
            mark: components["schemas"]["MarkWord"];
        };
        /**
         * @description What a person thinks of an alert.
         * @enum {string}
         */
        MarkWord: "useful" | "false" | "known";
        /** @description Names of the assets and accounts that the answer mentions, where they are known. */
        NamesView: {
            /** @description By CAIP-10 id. */
            accounts: {
                [key: string]: string;
            };
            /** @description By CAIP-19 id. */
            assets: {
                [key: string]: components["schemas"]["AssetNameView"];
            };
        };
        /** @description What must hold at the moment a step is taken. */
        NeedView: {
            /** @enum {string} */
            need: "rehearsal_succeeds";
        } | {
            /** @enum {string} */
            need: "done";
            /** @description That step's id. */
            step: string;
        };
        /** @description A change to come. */
        NewAnnouncement: {
            /**
             * @description Who may do it, 1 to 16: the sender of the transaction, or a multisig, a timelock or another contract on the way to
             *     it. Addresses on the chain, or CAIP-10.
             */
            by: string[];
            /** @description The chain, CAIP-2. */
            chain: string;
            /** @description What changes, 1 to 16, each once. */
            changes: components["schemas"]["PlannedView"][];
            /**
             * Format: date-time
             * @description From when on, by the time of blocks, in UTC; now if it is absent or past.
             */
            from?: string | null;
            /** @description Where to read more: a ticket, a proposal. */
            reference?: string | null;
            /** @description One line for a person. */
            title: string;
            /**
             * Format: date-time
             * @description Until when, by the time of blocks, in UTC: 31 days after the beginning at most.
             */
            until: string;
        };
        /** @description What a person thinks of an alert. */
        NewMark: {
            /** @description Whether it was useful. */
            mark: components["schemas"]["MarkWord"];
        };
        /** @description Something to remember. */
        NewNote: {
            /** @description 1 to 8000 characters. */
            text: string;
        };
        /** @description A rule that is to wake nobody for a while. */
        NewSnooze: {
            /** @description Also alerts of critical weight that say that money is being lost. Without it they get through. */
            losses_too?: boolean;
            /** @description The rule's id; its instances are snoozed with it. */
            rule: string;
            /** @description Whom the alerts are about, CAIP-10; anybody if absent. */
            subject?: string | null;
            /**
             * Format: date-time
             * @description Until when, in UTC: seven days from now at most.
             */
            until: string;
            /** @description Why, 1 to 300 characters. */
            why: string;
        };
        /** @description One page of a list. */
        Page_AlertView: {
            /** @description The items, newest first unless the list says otherwise. */
            items: {
                announcement?: components["schemas"]["BearingView"] | null;
                /** @description Who seems to have done it, CAIP-10. */
                attackers: string[];
                /** @description Whether it has happened. What has not is seen on the state after the block. */
                basis: components["schemas"]["BasisWord"];
                /** @description The block it was seen in. */
                block: components["schemas"]["BlockView"];
                /**
                 * Format: date-time
                 * @description That block's time, in UTC.
                 */
                block_time: string;
                /**
                 * Format: int32
                 * @description How sure, 0 to 100.
                 */
                confidence: number;
                /** @description What it rests on. */
                evidence: components["schemas"]["EvidenceView"][];
                /** @description The rule's family: rules of one family look at the matter in the same way. */
                family: string;
                /** @description Two alerts with the same fingerprint say the same thing about the same subject. */
                fingerprint: string;
                /** @description The alert's id. */
                id: string;
                /** @description The case it belongs to, if it does. */
                incident?: string | null;
                /** @description What kind of attack it points to: an id of the taxonomy. */
                kind: string;
                /** @description What was lost. */
                losses: components["schemas"]["LossView"][];
                mark?: components["schemas"]["MarkWord"] | null;
                /** @description One sentence for a person. Text from a chain in it is hostile until it is escaped. */
                message: string;
                /** @description Names of what it mentions. */
                names: components["schemas"]["NamesView"];
                /**
                 * Format: date-time
                 * @description When it was written down, in UTC.
                 */
                raised_at: string;
                /**
                 * Format: date-time
                 * @description When its block reached us, in UTC; absent for what no block brought.
                 */
                received_at?: string | null;
                /** @description The rule that says so, `id@digest`. */
                rule: string;
                /** @description How bad. */
                severity: components["schemas"]["SeverityWord"];
                /** @description Whom it is about, CAIP-10. */
                subject: string;
                /** @description Why triage gave it no case, if it did not. */
                suppressed?: string | null;
                /** @description The transaction, if it is about one. */
                tx?: string | null;
                /** @description Who seems to have suffered it, CAIP-10. */
                victims: string[];
                /** @description Whether it does not stand any more. */
                withdrawn: boolean;
            }[];
            /** @description Give it back as `cursor` for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_AnnouncementView: {
            /** @description The items, newest first unless the list says otherwise. */
            items: {
                /**
                 * Format: int64
                 * @description The newest block that had been looked at then: it holds for later ones.
                 */
                after_block: number;
                /** @description The newest alerts that bear on it, 100 at most. */
                alerts: components["schemas"]["BorneView"][];
                /**
                 * Format: date-time
                 * @description When, in UTC: it excuses nothing that was before.
                 */
                announced_at: string;
                /** @description Who announced it. */
                announced_by: components["schemas"]["ActorView"];
                /** @description Who may do it, CAIP-10: the sender, or a contract on the way. */
                by: string[];
                /** @description The chain, CAIP-2. */
                chain: string;
                /** @description What changes, each once. */
                changes: components["schemas"]["PlannedView"][];
                /**
                 * Format: int64
                 * @description How many of its changes were done as announced.
                 */
                done: number;
                /**
                 * Format: date-time
                 * @description From when on, by the time of blocks, in UTC.
                 */
                from: string;
                /** @description Its id. */
                id: string;
                /** @description Where to read more. */
                reference?: string | null;
                /** @description Where it stands. */
                state: components["schemas"]["AnnouncementState"];
                /** @description One line for a person. */
                title: string;
                /**
                 * Format: date-time
                 * @description Until when, by the time of blocks, in UTC.
                 */
                until: string;
                /**
                 * Format: date-time
                 * @description When it was withdrawn, if it was.
                 */
                withdrawn_at?: string | null;
            }[];
            /** @description Give it back as `cursor` for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_GroupView: {
            /** @description The items, newest first unless the list says otherwise. */
            items: {
                /**
                 * Format: int64
                 * @description How many they are.
                 */
                count: number;
                /**
                 * Format: date-time
                 * @description The time of the first one's block, in UTC.
                 */
                first_at: string;
                /** @description Lists them: `group` of `/api/v1/alerts`. */
                group: string;
                /**
                 * Format: date-time
                 * @description The time of the newest one's block, in UTC.
                 */
                last_at: string;
                /** @description The newest of them. */
                newest: components["schemas"]["AlertView"];
                /** @description The rules that spoke, 16 at most. */
                rules: string[];
                /** @description The worst of them. */
                worst: components["schemas"]["SeverityWord"];
            }[];
            /** @description Give it back as `cursor` for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_IncidentSummary: {
            /** @description The items, newest first unless the list says otherwise. */
            items: {
                /** @description How many alerts stand. */
                alerts_standing: number;
                /**
                 * Format: date-time
                 * @description The time of the block it begins with, in UTC.
                 */
                block_time: string;
                /** @description Whether it is an exercise. */
                drill: boolean;
                /** @description Its id. */
                id: string;
                /** @description An id of the taxonomy. */
                kind: string;
                /** @description What was lost, per asset. */
                losses: components["schemas"]["AssetLossView"][];
                /** @description Names of what it mentions. */
                names: components["schemas"]["NamesView"];
                /**
                 * Format: date-time
                 * @description When the case was opened, in UTC.
                 */
                opened_at: string;
                /** @description Where the response stands. */
                phase: components["schemas"]["PhaseWord"];
                resolution?: components["schemas"]["ResolutionWord"] | null;
                /** @description How bad. */
                severity: components["schemas"]["SeverityWord"];
                /** @description Whether it still rests on something. */
                standing: components["schemas"]["StandingWord"];
                /** @description How many steps of the newest plan wait for a person. */
                steps_waiting: number;
                /** @description Whom it is about, CAIP-10. */
                subject: string;
                /** @description One line for a person. Text from a chain in it is hostile until it is escaped. */
                title: string;
            }[];
            /** @description Give it back as `cursor` for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One page of a list. */
        Page_SnoozeView: {
            /** @description The items, newest first unless the list says otherwise. */
            items: {
                /** @description The first of them by their ids, 32 at most. */
                alerts: string[];
                /** @description Who snoozed it. */
                by: components["schemas"]["ActorView"];
                /**
                 * Format: date-time
                 * @description When its end was written down, in UTC.
                 */
                ended_at?: string | null;
                /**
                 * Format: int64
                 * @description How many alerts it held back.
                 */
                held_back: number;
                /** @description Whether it holds anything back now. */
                holds: boolean;
                /** @description Its id. */
                id: string;
                /** @description Also alerts of critical weight that say that money is being lost. */
                losses_too: boolean;
                /** @description The rule's id. */
                rule: string;
                /**
                 * Format: date-time
                 * @description Since when, in UTC.
                 */
                since: string;
                /** @description Whom the alerts are about, CAIP-10; anybody if absent. */
                subject?: string | null;
                /**
                 * Format: date-time
                 * @description Until when, in UTC.
                 */
                until: string;
                /** @description Why. */
                why: string;
                worst?: components["schemas"]["SeverityWord"] | null;
            }[];
            /** @description Give it back as `cursor` for the next page; absent on the last. */
            next?: string | null;
        };
        /** @description How far transactions are seen before they are mined. */
        PendingStatus: {
            /**
             * Format: int64
             * @description How many are held now.
             */
            held: number;
            /**
             * Format: int64
             * @description For how many there was no room since the start.
             */
            left_out: number;
            /**
             * Format: int64
             * @description How many nodes told of since the start that are none.
             */
            refused: number;
            /** @description `ok`, `off`, or why they are seen only when they are mined, in a few words. */
            state: string;
            /**
             * Format: int64
             * @description How many were run on the head since the start.
             */
            tried: number;
        };
        /** @description A person at the desk. */
        Person: {
            /** @description The name that stands in the book behind what they decide. */
            name: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
        };
        /**
         * @description Where the response stands, in the phases of NIST SP 800-61.
         * @enum {string}
         */
        PhaseWord: "analysis" | "containment" | "contained" | "closed";
        /** @description A plan as it stands. */
        PlanView: {
            /** @description Its digest: an approval names it. */
            digest: string;
            /**
             * Format: date-time
             * @description When it was made, in UTC.
             */
            made_at: string;
            /** @description The playbook it was made from, `id@digest`. */
            playbook: string;
            /** @description Its steps in order. */
            steps: components["schemas"]["StepView"][];
        };
        /** @description One change that is announced. */
        PlannedView: {
            /** @description The account that comes in, loses its role or is paid; none for a call. */
            account?: string | null;
            /** @description How much is paid at most, in all payments together: base units, decimal. */
            at_most?: string | null;
            /**
             * @description The keccak-256 of the call data by which it is done, if it has to be done by no other. For a call the call's own
             *     data; otherwise those of any call around the change.
             */
            calldata_hash?: string | null;
            /** @description The contract that changes: an address on the announcement's chain, or CAIP-10. */
            contract: string;
            /** @description The role's id, 32 bytes in hex, for roles. */
            role?: string | null;
            /** @description The function's selector, 4 bytes in hex, for a call. */
            selector?: string | null;
            /** @description The token that is paid, an address; the native coin if there is none. */
            token?: string | null;
            /** @description What becomes of it. */
            what: components["schemas"]["WhatWord"];
        };
        /** @description Why a request was refused (RFC 9457, `application/problem+json`). */
        Problem: {
            /** @description What was wrong with this request. */
            detail: string;
            /** @description What to do next. */
            remedy: string;
            /**
             * Format: int32
             * @description The HTTP status.
             */
            status: number;
            /** @description The kind of problem in words. */
            title: string;
            /** @description Names the kind of problem and never changes: `urn:breakglass:problem:` and a word. */
            type: string;
        };
        /** @description Something that waits. */
        QueueStatus: {
            /**
             * Format: int64
             * @description How many wait.
             */
            length: number;
            /**
             * Format: int64
             * @description How many may.
             */
            limit?: number | null;
            /** @description Whose queue. */
            name: string;
        };
        /** @description How ready everything that is protected is. */
        ReadinessView: {
            /** @description Every protected contract, in the order of the protocol. */
            contracts: components["schemas"]["ContractView"][];
            /**
             * Format: date-time
             * @description Since when it is as it is, in UTC; none if nobody has looked yet.
             */
            since?: string | null;
        };
        /** @description What came of trying a step out. */
        RehearsalView: {
            /** @description What it changed, in words, most telling first. */
            effects: string[];
            /**
             * Format: int64
             * @description Gas it used.
             */
            gas_used: number;
            on?: components["schemas"]["BlockView"] | null;
            /** @description What it showed. */
            verdict: components["schemas"]["VerdictWord"];
            /** @description Why it would fail or could not be tried. */
            why?: string | null;
        };
        /**
         * @description How a case ended.
         * @enum {string}
         */
        ResolutionWord: "resolved" | "false_alarm" | "drill";
        /**
         * @description What a person may do.
         * @enum {string}
         */
        Role: "viewer" | "responder";
        /** @description The last seal of the book. */
        SealStatus: {
            /**
             * Format: date-time
             * @description When, in UTC.
             */
            at: string;
            /**
             * Format: int64
             * @description Its number.
             */
            seq: number;
        };
        /** @description Who is logged in. */
        SessionView: {
            person?: components["schemas"]["Person"] | null;
            /**
             * Format: date-time
             * @description When the session ends, in UTC; only told at log-in.
             */
            until?: string | null;
        };
        /**
         * @description How bad.
         * @enum {string}
         */
        SeverityWord: "info" | "low" | "medium" | "high" | "critical";
        /** @description A snooze, and what it held back. */
        SnoozeView: {
            /** @description The first of them by their ids, 32 at most. */
            alerts: string[];
            /** @description Who snoozed it. */
            by: components["schemas"]["ActorView"];
            /**
             * Format: date-time
             * @description When its end was written down, in UTC.
             */
            ended_at?: string | null;
            /**
             * Format: int64
             * @description How many alerts it held back.
             */
            held_back: number;
            /** @description Whether it holds anything back now. */
            holds: boolean;
            /** @description Its id. */
            id: string;
            /** @description Also alerts of critical weight that say that money is being lost. */
            losses_too: boolean;
            /** @description The rule's id. */
            rule: string;
            /**
             * Format: date-time
             * @description Since when, in UTC.
             */
            since: string;
            /** @description Whom the alerts are about, CAIP-10; anybody if absent. */
            subject?: string | null;
            /**
             * Format: date-time
             * @description Until when, in UTC.
             */
            until: string;
            /** @description Why. */
            why: string;
            worst?: components["schemas"]["SeverityWord"] | null;
        };
        /**
         * @description Whether an incident still rests on something.
         * @enum {string}
         */
        StandingWord: "stands" | "withdrawn";
        /**
         * @description What came of a check.
         * @enum {string}
         */
        StateWord: "ready" | "gap" | "unknown";
        /** @description The service at one moment. */
        Status: {
            /** @description How far the machine may go alone. */
            automatic: components["schemas"]["Automatic"];
            /** @description The chains it follows. */
            chains: components["schemas"]["ChainStatus"][];
            last_seal?: components["schemas"]["SealStatus"] | null;
            /** @description What waits, room by room. */
            queues: components["schemas"]["QueueStatus"][];
            /**
             * Format: date-time
             * @description When it started, in UTC.
             */
            started_at: string;
            /**
             * Format: date-time
             * @description When this status was last renewed, in UTC. Older than a minute, nothing in it may be believed.
             */
            updated_at: string;
            /** @description The program's version. */
            version: string;
        };
        /** @description The service at this moment. */
        StatusView: components["schemas"]["Status"] & {
            /**
             * Format: date-time
             * @description The service's clock, in UTC.
             */
            now: string;
            /**
             * Format: int64
             * @description The last position in the book.
             */
            position: number;
            /**
             * Format: int64
             * @description Lines of the book that this version could not read: what they say is missing from every list.
             */
            unreadable: number;
            /** @description Why the service cannot be relied on now; absent when every chain is followed at its head. */
            unready?: string | null;
        };
        /**
         * @description How far a step has come.
         * @enum {string}
         */
        StepStatusWord: "proposed" | "approved" | "refused" | "intended" | "submitted" | "done" | "failed";
        /** @description A step as it stands. */
        StepView: {
            /** @description Who did. */
            approvals: components["schemas"]["ApprovalView"][];
            /**
             * Format: int32
             * @description How many people must approve when no policy does.
             */
            approvals_needed: number;
            block?: components["schemas"]["BlockView"] | null;
            /** @description What is done. */
            call: components["schemas"]["CallView"];
            /** @description The driver that takes it. */
            driver: string;
            /** @description Whether it can be. */
            harm: components["schemas"]["HarmWord"];
            /** @description Its id within the plan. */
            id: string;
            /** @description Cost and time. */
            limits: components["schemas"]["LimitsView"];
            /** @description What must hold when it is taken. */
            needs: components["schemas"]["NeedView"][];
            /** @description Why it was refused or failed. */
            reason?: string | null;
            rehearsal?: components["schemas"]["RehearsalView"] | null;
            /** @description How far it has come. */
            status: components["schemas"]["StepStatusWord"];
            /** @description What it does, for a person. */
            title: string;
            /** @description Transactions it was sent as, oldest first. */
            txs: string[];
            undo?: components["schemas"]["CallView"] | null;
            /** @description Whether it waits for a person now. */
            waiting: boolean;
        };
        /**
         * @description What a rehearsal showed.
         * @enum {string}
         */
        VerdictWord: "succeeds" | "fails" | "blind";
        /**
         * @description What becomes of a contract.
         * @enum {string}
         */
        WhatWord: "implementation" | "beacon" | "owner" | "admin" | "role_granted" | "role_revoked" | "call" | "payout";
        /** @description Where something was written. */
        Written: {
            /**
             * Format: int64
             * @description How many entries it has now.
             */
            entries: number;
            /** @description Digest of the last of them. */
            head: string;
            /** @description The incident. */
            incident: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    groups: {
        parameters: {
            query?: {
                /** @description Only of this chain, CAIP-2. */
                chain?: string;
                /** @description Only those with an alert of this severity or worse. */
                severity?: "info" | "low" | "medium" | "high" | "critical";
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Items on the page, 1 to 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_GroupView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description older than the alerts that are listed */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    alerts: {
        parameters: {
            query?: {
                /** @description Only of this chain, CAIP-2. */
                chain?: string;
                /** @description Only of this severity or worse. */
                severity?: "info" | "low" | "medium" | "high" | "critical";
                /** @description Only those that people have marked so. */
                mark?: "useful" | "false" | "known";
                /** @description Only of this group: `group` of `/api/v1/alert-groups`. */
                group?: string;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Items on the page, 1 to 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AlertView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description older than the alerts that are listed */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the alert's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewMark"];
            };
        };
        responses: {
            /** @description it was marked so already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkView"];
                };
            };
            /** @description written */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarkView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    announcements: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_AnnouncementView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    announce: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewAnnouncement"];
            };
        };
        responses: {
            /** @description this person had announced just that */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnouncementView"];
                };
            };
            /** @description announced */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnouncementView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description it makes no sense, or comes too late */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    announcement: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the announcement's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnouncementView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    withdraw: {
        parameters: {
            query?: {
                /** @description Why, 1 to 300 characters. */
                why?: string;
            };
            header?: never;
            path: {
                /** @description the announcement's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description withdrawn, now or before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnnouncementView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description its window has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    trace: {
        parameters: {
            query?: {
                /** @description The form of the answer: `json` (the default), `text` or `html`. */
                form?: "json" | "text" | "html";
            };
            header?: never;
            path: {
                /** @description the chain's CAIP-2 id */
                chain: string;
                /** @description the transaction's hash */
                tx: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description what it did */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                    "text/plain": string;
                    "text/html": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /**
                 * @description Go on after this position of the book; 0 for all of it. `Last-Event-ID` goes before it. With neither, the
                 *     stream begins now.
                 */
                after?: number;
            };
            header?: {
                /** @description the id of the last event that was seen */
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description `data` is an entry */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["EntryView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the book does not reach that far */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incidents: {
        parameters: {
            query?: {
                /** @description Only open or closed ones. */
                state?: "open" | "closed" | "all";
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Items on the page, 1 to 500. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_IncidentSummary"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incident: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approve: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Approval"];
            };
        };
        responses: {
            /** @description this person had given it already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepView"];
                };
            };
            /** @description leave was given */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StepView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description not the plan that stands, or the step waits for nobody */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    brief: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the brief */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/markdown": string;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Closing"];
            };
        };
        responses: {
            /** @description it was closed so already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentView"];
                };
            };
            /** @description closed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IncidentView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description closed otherwise */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    entries: {
        parameters: {
            query?: {
                /** @description Only entries after this number; 0 for all. */
                after?: number;
                /** @description Entries on the page, 1 to 500. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Entries"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description the exported case */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description the case grows faster than it can be sealed */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    note: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description the incident's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewNote"];
            };
        };
        responses: {
            /** @description written */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Written"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadinessView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    whoami: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
        };
    };
    log_in: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LogIn"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    log_out: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    snoozes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_SnoozeView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    snooze: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewSnooze"];
            };
        };
        responses: {
            /** @description snoozed */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnoozeView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description too long, or over already */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    wake: {
        parameters: {
            query?: {
                /** @description Why, 1 to 300 characters. */
                why?: string;
            };
            header?: never;
            path: {
                /** @description the snooze's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description ended, now or before */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SnoozeView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    status: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusView"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description the book cannot be read */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description metrics */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description follows every chain */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description why it does not */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
}
