import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLError, GraphQLSchema } from "graphql";
import { handleStreamOrSingleExecutionResult, type Plugin } from "graphql-yoga";
import type { Context } from "../context.ts";
import { CostMeter } from "./cost-meter.ts";
import { documentLimits } from "./document-limits.ts";
import { limitError, type OperationLimits } from "./operation-limits.ts";

export type LimitOptions = {
  readonly limits: OperationLimits;
  readonly schema: GraphQLSchema;
  /** Documents of the server itself, which it keeps small. */
  readonly isExempt: (document: DocumentNode) => boolean;
};

/**
 * Refuses an operation that is over a limit before it is executed, and tells every other one what it cost:
 * `extensions.cost`. A subscription is measured at its start, and its messages do not repeat it. All of it takes 3 to 12 µs
 * of an operation that is in the document cache, 4 to 8 % of one that reads nothing (`bench/limits.ts`, 2026-11-24).
 */
export function useLimits({ limits, schema, isExempt }: LimitOptions): Plugin<Context> {
  const meter = new CostMeter(schema);
  const rule = documentLimits(limits);
  const maximum = limits.maxCost;

  function measure({ document, operationName, variableValues }: ExecutionArgs): number | undefined {
    return isExempt(document) ? undefined : meter.measure(document, operationName, variableValues);
  }

  return {
    onParse: ({ parseFn, setParseFn }) =>
      setParseFn((source, options) =>
        refuseTokens(limits, () => parseFn(source, { ...options, maxTokens: limits.maxTokens })),
      ),
    onValidate: ({ addValidationRule }) => addValidationRule(rule),
    onExecute: ({ args, setResultAndStopExecution }) => {
      const requested = measure(args);
      if (requested === undefined) return undefined;
      const extensions = { cost: { requested, maximum } };
      if (isOver(requested, maximum)) {
        setResultAndStopExecution({ errors: [costError(requested, maximum)], extensions });
        return undefined;
      }
      const addCost = ({ result, setResult }: { result: ExecutionResult; setResult(result: ExecutionResult): void }) =>
        setResult({ ...result, extensions: { ...result.extensions, ...extensions } });
      return { onExecuteDone: (payload) => handleStreamOrSingleExecutionResult(payload, addCost) };
    },
    onSubscribe: ({ args, setResultAndStopExecution }) => {
      const requested = measure(args);
      if (requested === undefined || !isOver(requested, maximum)) return;
      setResultAndStopExecution({ errors: [costError(requested, maximum)] });
    },
  };
}

/** Also what is no number any more. */
function isOver(requested: number, maximum: number): boolean {
  return !(requested <= maximum);
}

function costError(requested: number, maximum: number): GraphQLError {
  const message = `the query costs ${requested}, ${maximum} at most: ask for smaller pages, or for fewer fields of each row`;
  return limitError("QUERY_TOO_COSTLY", message, { requested, maximum });
}

/** The parser gives up with an error of syntax, known by its words alone. */
function refuseTokens<T>({ maxTokens }: OperationLimits, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Error) || !/more than \d+ tokens/.test(error.message)) throw error;
    throw limitError("TOO_MANY_TOKENS", `the document has more than ${maxTokens} tokens`, { maximum: maxTokens });
  }
}
