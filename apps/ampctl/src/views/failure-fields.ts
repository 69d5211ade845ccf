import type { FailureFragment } from "../generated/api.ts";
import type { Field } from "../output/details.ts";

/** A job's last error, with its chain of causes. */
export function failureFields({ code, message, attempt, causes, retryable }: FailureFragment): Field[] {
  // The first cause is the message once more.
  const deeper = causes.filter((cause) => cause !== message);
  return [
    ["Code", { text: code, style: "red" }],
    ["Message", message],
    ...(deeper.length === 0 ? [] : [["Causes", deeper] satisfies Field]),
    ["Attempt", `${attempt}, ${retryable ? "another one may succeed" : "no other one will succeed"}`],
  ];
}
