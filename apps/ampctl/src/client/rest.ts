import { decodeJson, encodeJson } from "../output/json.ts";
import { errorOfAnswer } from "./refusal.ts";
import { type Answer, type Connection, notAmpd, request } from "./request.ts";

/** The body of a REST route as one line of JSON, byte for byte as it came. @throws CtlError */
export async function getJsonText(connection: Connection, path: string): Promise<string> {
  const answer = await request(connection, { path });
  if (answer.status !== 200) throw errorOfAnswer(connection, answer);
  return oneLine(connection, answer);
}

/** The body that a REST route answers a document with, as one line. @throws CtlError */
export async function postJsonText(connection: Connection, path: string, body: string): Promise<string> {
  const answer = await request(connection, { method: "POST", path, body });
  if (answer.status !== 201) throw errorOfAnswer(connection, answer);
  return oneLine(connection, answer);
}

/** A proxy between may have laid it out; then it is written anew, its numbers as they were. */
function oneLine(connection: Connection, { text }: Answer): string {
  try {
    const value = decodeJson(text);
    return text.includes("\n") ? encodeJson(value) : text;
  } catch {
    throw notAmpd(connection, "it answered something else than JSON");
  }
}
