import type { FloatValueNode, IntValueNode, StringValueNode, ValidationContext, ValueNode } from "graphql";
import { createGraphQLError, type Plugin } from "graphql-yoga";
import type { Context } from "./context.ts";

/** Deeper ones exhaust the stack of those who write them out again. */
const MAX_VARIABLE_DEPTH = 500;
const TOO_LARGE = "a number is too large to be kept";

/** Refuses, in clear words, operations that would otherwise meet an unexpected error further in. */
export function useClearRefusals(): Plugin<Context> {
  return {
    onParse: ({ parseFn, setParseFn }) => setParseFn((source, options) => refuseDepth(() => parseFn(source, options))),
    onValidate: ({ validateFn, setValidationFn, addValidationRule }) => {
      addValidationRule(StorableValues);
      setValidationFn((...args: Parameters<typeof validateFn>) => refuseDepth(() => validateFn(...args)));
    },
    onExecute: ({ args, setResultAndStopExecution }) => {
      const fault = faultOf(args.variableValues);
      if (fault !== undefined) setResultAndStopExecution({ errors: [refusal(fault)] });
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const fault = faultOf(args.variableValues);
      if (fault !== undefined) setResultAndStopExecution({ errors: [refusal(fault)] });
    },
  };
}

/** The parser and some rules descend by recursion: a document of nothing but braces exhausts the stack. */
function refuseDepth<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw refusal("the document is nested too deeply");
    throw error;
  }
}

/** A rule of validation, for the values that stand in the document itself. */
function StorableValues(context: ValidationContext) {
  const checkNumber = (node: IntValueNode | FloatValueNode) => {
    if (!Number.isFinite(Number(node.value))) context.reportError(refusal(TOO_LARGE, node));
  };
  return {
    IntValue: checkNumber,
    FloatValue: checkNumber,
    StringValue(node: StringValueNode) {
      const fault = faultOf(node.value);
      if (fault !== undefined) context.reportError(refusal(fault, node));
    },
  };
}

/** What keeps JSON from being stored. Without recursion: it may be nested as deeply as it is long. */
function faultOf(json: unknown): string | undefined {
  const left = [{ value: json, depth: 0 }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { value, depth } = next;
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
      return "text may not hold NUL or half a surrogate pair: the database cannot keep it";
    }
    if (typeof value === "number" && !Number.isFinite(value)) return TOO_LARGE;
    if (depth > MAX_VARIABLE_DEPTH) return `variables may be nested ${MAX_VARIABLE_DEPTH} deep, not deeper`;
    if (typeof value !== "object" || value === null) continue;
    for (const inner of Object.entries(value).flat()) left.push({ value: inner, depth: depth + 1 });
  }
  return undefined;
}

function refusal(message: string, nodes?: ValueNode) {
  return createGraphQLError(message, {
    ...(nodes === undefined ? {} : { nodes }),
    extensions: { code: "BAD_REQUEST" },
  });
}
