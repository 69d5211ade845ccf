import { renderGraphiQL } from "@graphql-yoga/render-graphiql";
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLError,
  getOperationAST,
  type OperationTypeNode,
} from "graphql";
import { createYoga } from "graphql-yoga";
import type { Log } from "../telemetry/log.ts";
import { createContext, type Seed, type Services } from "./context.ts";
import { DocumentCache } from "./document-cache.ts";
import { LIMITS, type OperationLimits } from "./limits/operation-limits.ts";
import { chooseDocument, type PersistedOperations } from "./limits/persisted-operations.ts";
import { useLimits } from "./limits/use-limits.ts";
import { usePersistedOperations } from "./limits/use-persisted-operations.ts";
import { maskError, useMasking } from "./mask.ts";
import { useClearRefusals } from "./refuse.ts";
import { schema } from "./schema.ts";
import { useSharedEvents } from "./shared-events.ts";

/** An operation as `graphql-transport-ws` sends it. */
export type OperationRequest = {
  readonly query: string;
  readonly variables?: Record<string, unknown> | null | undefined;
  readonly operationName?: string | null | undefined;
  readonly extensions?: Record<string, unknown> | null | undefined;
  readonly documentId?: unknown;
};

export type PipelineOptions = {
  /** Absent: none, and every document is taken. */
  readonly persisted?: PersistedOperations | undefined;
  readonly limits?: Partial<OperationLimits>;
};

type Result = ExecutionResult | AsyncIterableIterator<ExecutionResult>;

export type PreparedOperation = {
  /** Undefined when the document has no operation of the given name: executing it says so. */
  readonly type: OperationTypeNode | undefined;
  readonly args: ExecutionArgs;
  execute(): Promise<Result>;
  subscribe(): Promise<Result>;
};

export type Pipeline = ReturnType<typeof createPipeline>;

const FIRST_QUERY = `# Press the triangle. Ctrl-Space completes, and the book on the left explains every type.
query Jobs {
  jobs(first: 10) {
    totalCount
    nodes {
      number
      status
      progress {
        currentBlock
        headBlock
        lagBlocks
      }
    }
  }
}

subscription Progress {
  jobProgress(number: 1) {
    jobStatus
    currentBlock
    headBlock
    tables {
      table
      currentBlock
      rowCount
      totalSizeBytes
    }
  }
}
`;

/**
 * The one way in which an operation is parsed, validated, given its context, executed and masked. Doors (HTTP,
 * WebSocket, REST) only translate.
 */
export function createPipeline(services: Services, log: Log, options: PipelineOptions = {}) {
  const { persisted } = options;
  const limits = { ...LIMITS, ...options.limits };
  /** What REST runs: constant, and not for a client to choose. */
  const ownDocuments = new WeakSet<DocumentNode>();
  const isExempt = (document: DocumentNode) => ownDocuments.has(document);
  const yoga = createYoga<Seed>({
    schema,
    context: (seed) => createContext({ services, log, limits }, seed),
    graphqlEndpoint: "/graphql",
    landingPage: false,
    // Whole in one page: the stock one loads its scripts from elsewhere.
    graphiql: { title: "ampd", subscriptionsProtocol: "WS", defaultQuery: FIRST_QUERY },
    renderGraphiQL,
    // Decided before an operation gets here: http/ checks the origin and takes nothing but JSON.
    cors: false,
    multipart: false,
    logging: false,
    // Its own masking knows no request id.
    maskedErrors: false,
    parserAndValidationCache: { documentCache: new DocumentCache(), errorCache: new DocumentCache() },
    plugins: [
      useMasking(log),
      useClearRefusals(),
      usePersistedOperations(persisted),
      useSharedEvents(log),
      useLimits({ limits, schema, isExempt }),
    ],
  });
  async function bind(document: DocumentNode, variableValues: Record<string, unknown>, seed: Seed) {
    ownDocuments.add(document);
    const env = yoga.getEnveloped(seed);
    const contextValue = await env.contextFactory();
    return { env, args: { schema: env.schema, document, variableValues, contextValue } };
  }
  return {
    yoga,
    log,
    /**
     * Parses and validates an operation of a long-lived connection, and binds it to its context.
     * @returns the operation, or the errors that keep it from being executed
     */
    async prepare(request: OperationRequest, seed: Seed): Promise<PreparedOperation | readonly GraphQLError[]> {
      const env = yoga.getEnveloped(seed);
      let document: DocumentNode;
      try {
        document = env.parse(chooseDocument(request, persisted));
        const errors = env.validate(env.schema, document);
        if (errors.length > 0) return errors;
      } catch (error) {
        return [maskError(error, seed.requestId, log)];
      }
      const args = {
        schema: env.schema,
        document,
        contextValue: await env.contextFactory(),
        variableValues: request.variables ?? {},
        operationName: request.operationName ?? null,
      };
      const type = getOperationAST(document, request.operationName)?.operation;
      return { type, args, execute: () => env.execute(args), subscribe: () => env.subscribe(args) };
    },
    /** Runs a constant query or mutation in process; the limits are for those of clients. */
    async run(document: DocumentNode, variables: Record<string, unknown>, seed: Seed): Promise<ExecutionResult> {
      const { env, args } = await bind(document, variables, seed);
      // One result, no stream.
      return (await env.execute(args)) as ExecutionResult;
    },
    /** Runs a constant subscription in process. */
    async subscribe(document: DocumentNode, variables: Record<string, unknown>, seed: Seed): Promise<Result> {
      const { env, args } = await bind(document, variables, seed);
      return env.subscribe(args);
    },
  };
}
