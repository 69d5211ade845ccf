import { Command as CommanderCommand, CommanderError, Option } from "commander";
import manifest from "../package.json" with { type: "json" };
import {
  type AllSettings,
  type Role,
  type RoleEntry,
  rolesTable,
  type Setting,
  type SettingName,
  settingsTable,
} from "./config-table.ts";
import { InvalidConfigError } from "./domain/errors.ts";
import { show } from "./domain/parse.ts";
import { isLoopbackHost } from "./http/loopback.ts";

type Roles = typeof rolesTable;

export type SettingsOf<R extends Role> = {
  readonly [Name in Roles[R]["takes"][number]]: Name extends Roles[R]["needs"][number]
    ? NonNullable<AllSettings[Name]>
    : AllSettings[Name];
};

export type Command = { [R in Role]: { readonly role: R; readonly settings: SettingsOf<R> } }[Role];

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where `--help` and `--version` write, and how they end the process. */
type Output = { write(text: string): void; exit(code: number): never };

const processOutput: Output = {
  write: (text) => void process.stdout.write(text),
  exit: (code) => process.exit(code),
};

/**
 * Reads the role and its settings; the flag wins over the environment, where an empty variable counts as absent.
 * `argv` starts with the role: without the program and its path.
 * @throws InvalidConfigError with every fault at once, one a line, secrets left out
 */
export function parseCommandLine(argv: readonly string[], env: Environment, output = processOutput): Command {
  const given = readFlags(argv, output);
  if ("faults" in given) throw new InvalidConfigError(given.faults.join("\n"));
  const { role, flags } = given;
  const faults = given.words.flatMap((word, index) => describeStranger(role, word, given.words[index - 1]));
  const settings: Partial<Record<SettingName, unknown>> = {};
  for (const name of rolesTable[role].takes) {
    const { value, fault } = readSetting(name, { flag: flags[name], env, role: rolesTable[role] });
    settings[name] = value;
    if (fault !== undefined) faults.push(fault);
  }
  // Each value came out of its own schema, or is missing and has left a fault.
  faults.push(...faultsBetween(settings as Partial<AllSettings>));
  if (faults.length > 0) throw new InvalidConfigError(faults.join("\n"));
  return { role, settings } as Command;
}

type Flags = { [Name in SettingName]?: string };

/** What commander found; `words` are arguments that no role takes: options with another name, and extra words. */
type Given =
  | { readonly role: Role; readonly flags: Flags; readonly words: readonly string[] }
  | { readonly faults: readonly string[] };

function readFlags(argv: readonly string[], output: Output): Given {
  let given: Given = { faults: [] };
  const program = describeProgram(output, (found) => {
    given = found;
  });
  program.action(() => {
    given = { faults: [describeMissingRole(program.args[0])] };
  });
  try {
    program.parse(argv, { from: "user" });
    return given;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // The texts of help and version are written by now.
    if (error.exitCode === 0) return output.exit(0);
    return { faults: [tidy(error.message)] };
  }
}

/** Lets strange arguments pass, so that they are reported beside all other faults. */
function describeProgram(output: Output, onRole: (given: Given) => void): CommanderCommand {
  const program = describeCommand(new CommanderCommand("ampd"), output)
    .description("The control plane for blockchain extraction jobs. `ampd <role> --help` lists a role's settings.")
    .usage("<role> [options]")
    .helpCommand("help [role]", "print this, or the settings of a role")
    .version(manifest.version, "--version", "print the version");
  for (const role of roles()) {
    const command = describeCommand(new CommanderCommand(role), output).description(rolesTable[role].description);
    const flags: Flags = {};
    for (const name of rolesTable[role].takes) command.addOption(describeOption(name, rolesTable[role], flags));
    command.action(() => onRole({ role, flags, words: command.args }));
    program.addCommand(command);
  }
  return program;
}

function describeCommand(command: CommanderCommand, output: Output): CommanderCommand {
  return command
    .exitOverride()
    .configureOutput({ writeOut: output.write, writeErr: () => {} })
    .configureHelp({
      optionTerm: ({ flags }) => flags.replace(" [yes]", "").replace("[", "<").replace("]", ">"),
      optionDescription: ({ description }) => description,
    })
    .helpOption("-h, --help", "print this")
    .allowUnknownOption()
    .allowExcessArguments();
}

/**
 * An option that leaves its text in `flags`. To commander its value is optional, so that a forgotten one is one fault
 * among the others and the next option is not taken for it; the help does not show this.
 */
function describeOption(name: SettingName, role: RoleEntry, flags: Flags): Option {
  const { flag, placeholder, env, description, ...setting }: Setting<unknown> = settingsTable[name];
  const fallback = role.defaults[name] ?? setting.defaultInWords ?? setting.default;
  const help = `${description} (${env}; ${role.needs.includes(name) ? "required" : `default: ${fallback}`})`;
  const option = new Option(`${flag} [${placeholder ?? "yes"}]`, help);
  return option.preset(placeholder === undefined ? "true" : "").argParser((value: string) => {
    const before = flags[name];
    flags[name] = setting.isList && before !== undefined ? `${before},${value}` : value;
    return value;
  });
}

type Sources = { readonly flag: string | undefined; readonly env: Environment; readonly role: RoleEntry };

function readSetting(name: SettingName, { flag, env, role }: Sources): { value?: unknown; fault?: string } {
  const setting: Setting<unknown> = settingsTable[name];
  const variable = env[setting.env] === "" ? undefined : env[setting.env];
  const raw = flag ?? variable;
  if (raw === undefined && role.needs.includes(name)) {
    return { fault: `${setting.flag} (${setting.env}) is missing: give ${setting.allowed}` };
  }
  const parsed = setting.schema.safeParse(raw ?? role.defaults[name] ?? setting.default);
  if (parsed.success) return { value: parsed.data };
  const source = flag === undefined ? `${setting.env} (${setting.flag})` : setting.flag;
  const shown = setting.isSecret ? showScheme(raw) : show(raw);
  return { fault: `${source} ${shown} is not allowed: give ${setting.allowed}` };
}

/** Of a URL that holds secrets, no more than its scheme. */
function showScheme(value: string | undefined): string {
  if (value === "") return show(value);
  const [scheme] = /^[a-z][a-z0-9+.-]{0,15}:\/\//i.exec(value ?? "") ?? [];
  return scheme === undefined ? "(a value that is not shown)" : `"${scheme}…"`;
}

/** Rules that bind two settings; a setting that is not there has a fault of its own, or the role does not take it. */
function faultsBetween(settings: Partial<AllSettings>): string[] {
  const { host, insecure, databaseUrl, listenUrl, persistedOnly, persistedOperations } = settings;
  const faults: string[] = [];
  if (persistedOnly === true && persistedOperations === undefined) {
    faults.push("--persisted-only (AMP_PERSISTED_ONLY) needs --persisted-operations (AMP_PERSISTED_OPERATIONS)");
  }
  if (host !== undefined && insecure === false && !isLoopbackHost(host)) {
    faults.push(
      `--host ${show(host)} (AMP_HOST) is reached from beyond this machine, and whoever reaches it may deploy, stop and remove jobs, ` +
        "because nobody is asked who they are: stay on 127.0.0.1, or guard the port yourself and add --insecure (AMP_INSECURE)",
    );
  }
  if (listenUrl !== undefined && databaseUrl === undefined) {
    faults.push(
      "--listen-url (AMP_LISTEN_URL) needs --database-url (AMP_DATABASE_URL): the embedded database has no other way in",
    );
  }
  return faults;
}

function describeMissingRole(word: string | undefined): string {
  if (word === undefined || word.startsWith("-")) {
    return `the role comes first: ${roles()
      .map((role) => `ampd ${role}`)
      .join(" or ")}; ampd --help says more`;
  }
  return isHarmless(word)
    ? strictRefusal([word])
    : `an argument that is not shown stands where the role belongs (${roles().join(", ")})`;
}

/** A sentence about an argument that the role does not take; none about the value of an unknown option. */
function describeStranger(role: Role, word: string, before: string | undefined): string[] {
  if (word === "--") return [];
  if (word.startsWith("-")) {
    const [flag = ""] = word.split("=");
    return [isHarmless(flag) ? strictRefusal([role, flag]) : "an option that is not shown is unknown"];
  }
  if (before?.startsWith("-")) return [];
  return [
    `${isHarmless(word) ? `argument ${show(word)}` : "an argument that is not shown"} is one too many for ampd ${role}`,
  ];
}

/** A misplaced argument may be a URL with a password. */
function isHarmless(word: string): boolean {
  return /^[\w.-]{1,40}$/.test(word);
}

/** Commander's own words, with its suggestion, about one argument. */
function strictRefusal(argv: readonly string[]): string {
  const program = describeProgram({ write: () => {}, exit: process.exit }, () => {});
  for (const command of [program, ...program.commands]) command.allowUnknownOption(false);
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return tidy(error.message);
    throw error;
  }
  // A known option that `--` has made a word.
  return `${show(argv.at(-1))} has no place behind --`;
}

function tidy(message: string): string {
  return message.replace(/^error: /, "").replace(/\s*\n\s*/g, " ");
}

function roles(): Role[] {
  // Object.keys forgets what the table's type knows.
  return Object.keys(rolesTable) as Role[];
}
