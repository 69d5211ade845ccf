import { createClient } from "graphql-sse";
import { onlyResult, type StandardClient, takeResults, type Variables } from "./standard-client.ts";

/** The client of `graphql-sse`, a connection per operation, which asks everything for server-sent events. */
export function openGraphqlSse(url: string): StandardClient {
  const client = createClient({ url: `${url}/graphql` });
  const ask = (query: string, variables: Variables) => onlyResult(client.iterate({ query, variables }));
  return {
    query: ask,
    mutate: ask,
    subscribe: (query, variables, sink) => client.subscribe({ query, variables }, takeResults(sink)),
    close: () => client.dispose(),
  };
}
