import { BadChainDataError } from "../domain/errors.ts";
import type { RpcBlock, RpcHeader, RpcReceipt } from "./rpc-block.ts";

/** Where an answer came from, for messages. */
export type AnswerOrigin = { readonly endpoint: string; readonly method: string; readonly about: string };

/**
 * The shape of an answer, once: objects and lists of objects. What the fields hold is checked by whoever reads them.
 * A null answer is undefined.
 * @throws {BadChainDataError}
 */
export function parseHeader(answer: unknown, origin: AnswerOrigin): RpcHeader | undefined {
  if (answer === null || answer === undefined) return undefined;
  return toObject(answer, "block", origin);
}

/** A block with full transactions. @throws {BadChainDataError} */
export function parseBlock(answer: unknown, origin: AnswerOrigin): RpcBlock | undefined {
  const header = parseHeader(answer, origin);
  if (header === undefined) return undefined;
  const transactions = "transactions" in header ? header.transactions : undefined;
  // Replaced by itself, with its type known now.
  return { ...header, transactions: toObjects(transactions, "block.transactions", origin) };
}

/** All receipts of a block. @throws {BadChainDataError} */
export function parseReceipts(answer: unknown, origin: AnswerOrigin): readonly RpcReceipt[] | undefined {
  if (answer === null || answer === undefined) return undefined;
  return toObjects(answer, "receipts", origin).map((receipt) => toReceipt(receipt, origin));
}

/** One transaction's receipt. @throws {BadChainDataError} */
export function parseReceipt(answer: unknown, origin: AnswerOrigin): RpcReceipt | undefined {
  if (answer === null || answer === undefined) return undefined;
  return toReceipt(toObject(answer, "receipt", origin), origin);
}

function toReceipt(receipt: object, origin: AnswerOrigin): RpcReceipt {
  const logs = "logs" in receipt ? receipt.logs : undefined;
  return { ...receipt, logs: toObjects(logs, "receipt.logs", origin) };
}

function toObjects(value: unknown, field: string, origin: AnswerOrigin): readonly object[] {
  if (!Array.isArray(value)) throw bad(`${field} is not a list`, field, origin);
  return value.map((item: unknown) => toObject(item, field, origin));
}

function toObject(value: unknown, field: string, origin: AnswerOrigin): object {
  if (typeof value !== "object" || value === null)
    throw bad(`${field} holds something that is not an object`, field, origin);
  return value;
}

function bad(what: string, field: string, { endpoint, method, about }: AnswerOrigin): BadChainDataError {
  return new BadChainDataError(`endpoint ${endpoint}, ${method} of ${about}: ${what}`, { endpoint, method, field });
}
