import { errorOfRefusal, type Refusal } from "./refusal.ts";

/** What a mutation did. @throws CtlError when the server refused it */
export function accepted<Result extends object>(result: Result): Exclude<Result, Refusal> {
  if (isRefusal(result)) throw errorOfRefusal(result);
  // By the contract a result is a refusal or the payload.
  return result as Exclude<Result, Refusal>;
}

function isRefusal(result: object): result is Refusal {
  return "code" in result && "message" in result;
}
