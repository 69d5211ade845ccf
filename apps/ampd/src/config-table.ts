import { hostname } from "node:os";
import type { z } from "zod";
import * as value from "./config-value.ts";
import type { LogLevel } from "./telemetry/log.ts";

export type Setting<T> = value.ValueKind<T> & {
  readonly flag: string;
  /** The value's name in the help. A flag without one is true by being there. */
  readonly placeholder?: string;
  readonly env: string;
  readonly description: string;
  /** Read like a given value. Without one, the schema decides what absence means. */
  readonly default?: string;
  /** Stands in the help where the default is no fixed text. */
  readonly defaultInWords?: string;
  /** Given several times, the values are joined to one comma list. */
  readonly isList?: true;
  /** The value never appears in a message. */
  readonly isSecret?: true;
};

const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const satisfies LogLevel[];

/** Every setting there is, under the name that the program knows it by. */
export const settingsTable = {
  host: setting({
    flag: "--host",
    placeholder: "address",
    env: "AMP_HOST",
    description: "address to listen on",
    default: "127.0.0.1",
    ...value.hostName,
  }),
  port: setting({
    flag: "--port",
    placeholder: "number",
    env: "AMP_PORT",
    description: "port to listen on; 0 takes a free one",
    default: "1610",
    ...value.wholeNumber(0, 65_535),
  }),
  dataDir: setting({
    flag: "--data-dir",
    placeholder: "folder",
    env: "AMP_DATA_DIR",
    description: "folder of the embedded database and the extracted files",
    default: ".amp",
    ...value.path,
  }),
  databaseUrl: setting({
    flag: "--database-url",
    placeholder: "url",
    env: "AMP_DATABASE_URL",
    description: "PostgreSQL server to use",
    defaultInWords: "an embedded database in the data folder",
    isSecret: true,
    ...value.optionalUrl(["postgres", "postgresql"]),
  }),
  listenUrl: setting({
    flag: "--listen-url",
    placeholder: "url",
    env: "AMP_LISTEN_URL",
    description: "the same database past a transaction pooler, for LISTEN",
    defaultInWords: "the database URL",
    isSecret: true,
    ...value.optionalUrl(["postgres", "postgresql"]),
  }),
  storageUrl: setting({
    flag: "--storage-url",
    placeholder: "url",
    env: "AMP_STORAGE_URL",
    description: "where the extracted files go: s3://bucket/prefix, with the usual AWS variables, or file:///folder",
    defaultInWords: "the data folder",
    // A valid one holds no secret; a faulty one may.
    isSecret: true,
    ...value.storageUrl,
  }),
  nodeId: setting({
    flag: "--node-id",
    placeholder: "name",
    env: "AMP_NODE_ID",
    description: "name of this process among the workers",
    default:
      hostname()
        .replace(/[^A-Za-z0-9._-]/g, "-")
        .slice(0, 100) || "ampd",
    defaultInWords: "the host name",
    ...value.nodeId,
  }),
  rpcUrl: setting({
    flag: "--rpc-url",
    placeholder: "url",
    env: "AMP_RPC_URL",
    description: "JSON-RPC endpoint of a chain, registered as a provider at the start",
    defaultInWords: "none",
    isSecret: true,
    ...value.optionalUrl(["http", "https", "ws", "wss"]),
  }),
  logLevel: setting({
    flag: "--log-level",
    placeholder: "level",
    env: "AMP_LOG_LEVEL",
    description: `least level that is logged: ${LOG_LEVELS.join(", ")}`,
    default: "info",
    ...value.oneOf(LOG_LEVELS),
  }),
  capacity: setting({
    flag: "--capacity",
    placeholder: "jobs",
    env: "AMP_CAPACITY",
    description: "jobs that this worker runs at once",
    default: "4",
    ...value.wholeNumber(1, 1_000),
  }),
  segmentIntervalMs: setting({
    flag: "--segment-interval",
    placeholder: "duration",
    env: "AMP_SEGMENT_INTERVAL",
    description: "how often a job at the head of its chain publishes what it has",
    default: "10s",
    ...value.duration("100ms", "24h"),
  }),
  leaseMs: setting({
    flag: "--lease",
    placeholder: "duration",
    env: "AMP_LEASE",
    description: "silence after which a worker counts as dead and its jobs are taken over",
    default: "10s",
    ...value.duration("3s", "1h", " (three heartbeats of 1s)"),
  }),
  stopDeadlineMs: setting({
    flag: "--stop-deadline",
    placeholder: "duration",
    env: "AMP_STOP_DEADLINE",
    description: "how long a job may take to stop before it is stopped without its worker",
    default: "60s",
    ...value.duration("1s", "24h"),
  }),
  drainDeadlineMs: setting({
    flag: "--drain-deadline",
    placeholder: "duration",
    env: "AMP_DRAIN_DEADLINE",
    description: "how long a worker that is told to end may take to hand its jobs over",
    default: "60s",
    ...value.duration("1s", "24h"),
  }),
  jobWatchdogMs: setting({
    flag: "--job-watchdog",
    placeholder: "duration",
    env: "AMP_JOB_WATCHDOG",
    description: "standstill of every stage of a job after which its worker gives up the attempt and tries again",
    default: "10m",
    ...value.duration("1s", "24h"),
  }),
  fileRetentionMs: setting({
    flag: "--file-retention",
    placeholder: "duration",
    env: "AMP_FILE_RETENTION",
    description: "how long a file is kept that the canonical chain has passed by, for those who still read it",
    default: "24h",
    ...value.duration("0s", "8760h"),
  }),
  eventRetentionMs: setting({
    flag: "--event-retention",
    placeholder: "duration",
    env: "AMP_EVENT_RETENTION",
    description: "age from which events are deleted, or off to keep them all",
    default: "off",
    ...value.durationOrOff("1m", "87600h"),
  }),
  maxAttempts: setting({
    flag: "--max-attempts",
    placeholder: "count",
    env: "AMP_MAX_ATTEMPTS",
    description: "attempts in a row without a published segment after which a job has failed",
    default: "10",
    ...value.wholeNumber(1, 1_000),
  }),
  allowedOrigins: setting({
    flag: "--allow-origin",
    placeholder: "origins",
    env: "AMP_ALLOW_ORIGIN",
    description: "origins of other web pages that may use this server; repeatable, or a comma list",
    default: "",
    defaultInWords: "none",
    isList: true,
    ...value.origins,
  }),
  persistedOperations: setting({
    flag: "--persisted-operations",
    placeholder: "file",
    env: "AMP_PERSISTED_OPERATIONS",
    description: 'JSON file {"<sha256>": "<document>"} of GraphQL operations that clients may name by their hash',
    defaultInWords: "none",
    ...value.optionalPath,
  }),
  persistedOnly: setting({
    flag: "--persisted-only",
    env: "AMP_PERSISTED_ONLY",
    description: "refuse every GraphQL operation that is not in that file; REST goes on",
    default: "false",
    ...value.yesOrNo,
  }),
  providerEnv: setting({
    flag: "--provider-env",
    placeholder: "names",
    env: "AMP_PROVIDER_ENV",
    description: "environment variables, beside AMP_SECRET_*, that a provider may name; repeatable, or a comma list",
    default: "",
    defaultInWords: "none",
    isList: true,
    ...value.variableNames,
  }),
  insecure: setting({
    flag: "--insecure",
    env: "AMP_INSECURE",
    description: "listen beyond this machine although nobody is asked who they are",
    default: "false",
    ...value.yesOrNo,
  }),
} as const;

export type SettingName = keyof typeof settingsTable;

export type AllSettings = { readonly [Name in SettingName]: z.output<(typeof settingsTable)[Name]["schema"]> };

/** What `ampd` can be, and the settings that each role takes; others are unknown to it, and their variables not read. */
export const rolesTable = {
  solo: {
    description: "everything in one process: server, worker and, unless a server is named, the database",
    takes: settingNames(),
    needs: [],
    defaults: {},
  },
  controller: {
    description: "the server alone, for many machines: GraphQL, subscriptions and REST over a PostgreSQL database",
    takes: [
      "host",
      "port",
      "databaseUrl",
      "listenUrl",
      "nodeId",
      "logLevel",
      "stopDeadlineMs",
      "maxAttempts",
      "eventRetentionMs",
      "allowedOrigins",
      "persistedOperations",
      "persistedOnly",
      "insecure",
    ],
    needs: ["databaseUrl"],
    defaults: {},
  },
  worker: {
    description: "the extraction alone, for many machines: claims jobs from a PostgreSQL database and runs them",
    takes: [
      "host",
      "port",
      "dataDir",
      "databaseUrl",
      "listenUrl",
      "storageUrl",
      "nodeId",
      "logLevel",
      "capacity",
      "segmentIntervalMs",
      "leaseMs",
      "drainDeadlineMs",
      "jobWatchdogMs",
      "maxAttempts",
      "fileRetentionMs",
      "providerEnv",
      "insecure",
    ],
    needs: ["databaseUrl"],
    // Its health is asked by whoever started it; several on one machine must not quarrel.
    defaults: { port: "0" },
  },
  migrate: {
    description: "bring the database to the schema of this program, and end",
    takes: ["dataDir", "databaseUrl", "listenUrl"],
    needs: [],
    defaults: {},
  },
} as const satisfies Record<string, RoleEntry>;

export type RoleEntry = {
  readonly description: string;
  readonly takes: readonly SettingName[];
  /** Settings without a default that the role cannot do without. */
  readonly needs: readonly SettingName[];
  /** Where the role's default is not the setting's own. */
  readonly defaults: { readonly [Name in SettingName]?: string };
};

export type Role = keyof typeof rolesTable;

function setting<T>(entry: Setting<T>): Setting<T> {
  return entry;
}

function settingNames(): readonly SettingName[] {
  // Object.keys forgets what the table's type knows.
  return Object.keys(settingsTable) as SettingName[];
}
