import { Client, type Exchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { dataOf, type StandardClient, webSocketUrl } from "./standard-client.ts";

/** urql with subscriptions over `graphql-ws`, as its documentation sets it up. */
export function openUrql(url: string): StandardClient {
  const sockets = createClient({ url: webSocketUrl(url), webSocketImpl: WebSocket });
  const forward = subscriptionExchange({
    forwardSubscription: ({ query = "", variables = {} }) => ({
      // The two libraries write the type of a result's errors in two ways.
      subscribe: (sink) => ({ unsubscribe: sockets.subscribe({ query, variables }, sink as never) }),
    }),
  });
  return open(url, [forward, fetchExchange], () => sockets.dispose());
}

/** urql that takes subscriptions as server-sent events. */
export function openUrqlEvents(url: string): StandardClient {
  return open(url, [fetchExchange], () => {});
}

function open(url: string, exchanges: Exchange[], close: StandardClient["close"]): StandardClient {
  const client = new Client({ url: `${url}/graphql`, preferGetMethod: false, fetchSubscriptions: true, exchanges });
  return {
    query: async (document, variables) => dataOf(await client.query(document, variables).toPromise()),
    mutate: async (document, variables) => dataOf(await client.mutation(document, variables).toPromise()),
    subscribe: (document, variables, sink) => {
      const { unsubscribe } = client.subscription(document, variables).subscribe((result) => {
        if (result.error !== undefined) sink.error(result.error);
        else if (result.hasNext) sink.next(dataOf(result));
        // urql says the last result once more, to say that it was the last.
        else sink.complete();
      });
      return unsubscribe;
    },
    close,
  };
}
