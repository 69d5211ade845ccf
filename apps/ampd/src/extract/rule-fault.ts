import type { BlockHash } from "../domain/segment-file.ts";
import { FieldFault, quoteValue } from "./field-fault.ts";
import { parseQuantity, parseSmallQuantity } from "./quantity.ts";

/** A field of a block that breaks a rule, before anybody has said whose block it is. */
export class RuleFault extends Error {
  override readonly name = "RuleFault";
  readonly field: string;

  constructor(field: string, what: string) {
    super(`${field} ${what}`);
    this.field = field;
  }
}

/** Holds the fields of one object against rules. Thousands hold in every block, so words are made only for the one that does not. */
export class FieldRules {
  readonly #path: () => string;

  /** @param path where the object stands: `receipts[3].logs[0]` */
  constructor(path: () => string) {
    this.#path = path;
  }

  quantity(name: string, value: unknown): bigint {
    try {
      return parseQuantity(value);
    } catch (error) {
      throw error instanceof FieldFault ? this.#fault(name, error.message) : error;
    }
  }

  /** In lower case, as everything downstream has it. */
  hash(name: string, value: unknown): BlockHash {
    if (typeof value !== "string" || !/^0x[0-9a-f]{64}$/i.test(value)) {
      throw this.#fault(name, `${quoteValue(value)} is not a hash`);
    }
    // The pattern above is the type's definition.
    return value.toLowerCase() as BlockHash;
  }

  /** The value is the hash `expected`, in either case. */
  sameHash(name: string, value: unknown, expected: unknown): void {
    if (typeof value === "string" && (value === expected || value.toLowerCase() === String(expected).toLowerCase())) {
      return;
    }
    throw this.#fault(name, `${quoteValue(value)} is not ${expected}`);
  }

  /** The value is the quantity `expected`. */
  index(name: string, value: unknown, expected: number): void {
    if (parseSmallQuantity(value) === expected) return;
    throw this.#fault(name, `is ${this.quantity(name, value)} where ${expected} belongs`);
  }

  holds(name: string, isTrue: boolean, otherwise: () => string): void {
    if (!isTrue) throw this.#fault(name, otherwise());
  }

  #fault(name: string, what: string): RuleFault {
    return new RuleFault(`${this.#path()}.${name}`, what);
  }
}
