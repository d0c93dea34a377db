import type { components } from "./schema";

type Schemas = components["schemas"];

export type Status = Schemas["StatusView"];
export type Chain = Schemas["ChainStatus"];
export type Incident = Schemas["IncidentView"];
export type IncidentSummary = Schemas["IncidentSummary"];
export type Alert = Schemas["AlertView"];
export type Plan = Schemas["PlanView"];
export type Step = Schemas["StepView"];
export type Call = Schemas["CallView"];
export type Rehearsal = Schemas["RehearsalView"];
export type Entry = Schemas["EntryView"];
export type Entries = Schemas["Entries"];
export type Actor = Schemas["ActorView"];
export type Names = Schemas["NamesView"];
export type Severity = Schemas["SeverityWord"];
export type Phase = Schemas["PhaseWord"];
export type Mark = Schemas["MarkWord"];
export type Resolution = Schemas["ResolutionWord"];
export type Readiness = Schemas["ReadinessView"];
export type ProtectedContract = Schemas["ContractView"];
export type ReadinessFinding = Schemas["FindingView"];
export type Announcement = Schemas["AnnouncementView"];
export type NewAnnouncement = Schemas["NewAnnouncement"];
export type PlannedChange = Schemas["PlannedView"];
export type Snooze = Schemas["SnoozeView"];
export type AlertGroup = Schemas["GroupView"];
export type Session = Schemas["SessionView"];
export type Person = Schemas["Person"];
export type ProblemDetails = Schemas["Problem"];

export type Page<T> = { items: T[]; next?: string | null };
