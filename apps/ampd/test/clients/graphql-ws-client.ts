import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { onlyResult, type StandardClient, takeResults, type Variables, webSocketUrl } from "./standard-client.ts";

/** The client of `graphql-ws` alone, which asks everything over its WebSocket. */
export function openGraphqlWs(url: string): StandardClient {
  const client = createClient({ url: webSocketUrl(url), webSocketImpl: WebSocket });
  const ask = (query: string, variables: Variables) => onlyResult(client.iterate({ query, variables }));
  return {
    query: ask,
    mutate: ask,
    subscribe: (query, variables, sink) => client.subscribe({ query, variables }, takeResults(sink)),
    close: () => client.dispose(),
  };
}
