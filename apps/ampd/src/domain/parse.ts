import { InvalidArgumentError } from "./errors.ts";

/** Makes the error of the thing that is parsed, so that each keeps its own code. */
export type Refuse = (message: string) => Error;

/** Reads fields of a JSON object by name, and refuses with the path of the fault. */
export class JsonFields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #refuse: Refuse;
  readonly #isSecret: (name: string) => boolean;

  /** @param isSecret fields whose values no message may repeat */
  constructor(value: unknown, path: string, refuse: Refuse, isSecret: (name: string) => boolean = () => false) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refuse(`${path} must be an object, not ${show(value)}`);
    }
    this.#object = value as Readonly<Record<string, unknown>>;
    this.#path = path;
    this.#refuse = refuse;
    this.#isSecret = isSecret;
  }

  names(): string[] {
    return Object.keys(this.#object);
  }

  value(name: string): unknown {
    return this.#object[name];
  }

  string(name: string): string {
    const value = this.#object[name];
    if (typeof value !== "string" || value === "") throw this.fault(name, "a string that is not empty");
    return value;
  }

  /** One that an index of the database can hold. */
  shortString(name: string): string {
    const value = this.string(name);
    if (value.length > MAX_SHORT) throw this.fault(name, `a string of ${MAX_SHORT} characters at most`);
    return value;
  }

  optionalString(name: string): string | undefined {
    return this.#isAbsent(name) ? undefined : this.string(name);
  }

  boolean(name: string, otherwise: boolean): boolean {
    const value = this.#object[name] ?? otherwise;
    if (typeof value !== "boolean") throw this.fault(name, "true or false");
    return value;
  }

  /** A block number: a safe integer or a decimal string, both from 0 to 2^63 − 1. */
  blockNumber(name: string, otherwise: bigint): bigint {
    if (this.#isAbsent(name)) return otherwise;
    const value = this.#object[name];
    const isInteger = typeof value === "string" ? /^\d{1,19}$/.test(value) : Number.isSafeInteger(value);
    const number = isInteger ? BigInt(value as string | number) : -1n;
    if (number < 0n || number > MAX_INT64) throw this.fault(name, "a block number (an integer from 0)");
    return number;
  }

  positiveInteger(name: string): number | undefined {
    if (this.#isAbsent(name)) return undefined;
    const value = this.#object[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1 || value > MAX_INT32) {
      throw this.fault(name, "an integer from 1");
    }
    return value;
  }

  fault(name: string, allowed: string): Error {
    const value = this.#object[name];
    const isHidden = this.#isSecret(name) || (typeof value === "object" && value !== null);
    const shown = isHidden ? `a value of type ${typeOf(value)}` : show(value);
    const found = value === undefined ? "and is missing" : `not ${shown}`;
    return this.#refuse(`${this.#path}.${name} must be ${allowed}, ${found}`);
  }

  #isAbsent(name: string): boolean {
    return this.#object[name] === undefined || this.#object[name] === null;
  }
}

const MAX_SHORT = 255;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_INT32 = 2 ** 31 - 1;
const MAX_SHOWN = 60;

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** A value in an error message: short, and as JSON. */
export function show(value: unknown): string {
  const json = JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "nothing";
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json;
}

export const refuseArgument: Refuse = (message) => new InvalidArgumentError(message);
