import type { Pipeline } from "../graphql/pipeline.ts";
import { ask, type Operation } from "./ask.ts";

type Page = {
  readonly nodes: readonly unknown[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

/** Of 1,000 rows each: what has more of them has outgrown this contract, which knows no pages. */
const MAX_PAGES = 1_000;

/**
 * Runs a document page by page, `$after` the cursor of each, to the end of one of its connections.
 * @returns the data of one page that holds the nodes of all
 * @throws as `ask` does
 */
export async function askList(
  pipeline: Pick<Pipeline, "run">,
  operation: Operation,
  { list, signal }: { readonly list: string; readonly signal: AbortSignal },
): Promise<unknown> {
  const nodes: unknown[] = [];
  let after: string | null = null;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    signal.throwIfAborted();
    const data = await ask(pipeline, { ...operation, variables: { ...operation.variables, after } });
    // A test validates every document against the schema: it asks for this much of the connection.
    const page = (data as Readonly<Record<string, Page>>)[list];
    if (page === undefined) throw new Error(`the document has no ${list}`);
    nodes.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return { [list]: { nodes } };
    after = page.pageInfo.endCursor;
  }
  throw new Error(`there are more than ${MAX_PAGES} pages of ${list}`);
}
