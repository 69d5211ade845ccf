import { decodeJson } from "../output/json.ts";
import { errorOfAnswer } from "./refusal.ts";
import { type Connection, notAmpd, request } from "./request.ts";

/** Whether a server can do its work, and what it waits for when it cannot. */
export type Health = { readonly ready: boolean; readonly reasons: readonly string[] };

/** @throws CtlError when nobody, or no ampd, answers */
export async function readHealth(connection: Connection): Promise<Health> {
  const answer = await request(connection, { path: "/health/ready" });
  const body = parse(answer.text);
  if (body !== undefined) return body;
  throw answer.status === 200
    ? notAmpd(connection, "its health is not what ampd tells")
    : errorOfAnswer(connection, answer);
}

function parse(text: string): Health | undefined {
  try {
    const body = decodeJson(text);
    if (typeof body !== "object" || body === null || !("ready" in body) || !("reasons" in body)) return undefined;
    const { ready, reasons } = body;
    return typeof ready === "boolean" && Array.isArray(reasons) ? { ready, reasons: reasons.map(String) } : undefined;
  } catch {
    return undefined;
  }
}
