import { readFileSync } from "node:fs";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { buildSchema, isInterfaceType, OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { dataOf, type StandardClient, webSocketUrl } from "./standard-client.ts";

/** The members of each interface, which Apollo's cache must know to read a fragment on one. */
const schema = buildSchema(readFileSync(new URL("../../../../schema.graphql", import.meta.url), "utf8"));
const possibleTypes = Object.fromEntries(
  Object.values(schema.getTypeMap())
    .filter(isInterfaceType)
    .map((type) => [type.name, schema.getPossibleTypes(type).map(({ name }) => name)]),
);

/** Apollo Client with subscriptions over `graphql-ws`, as its documentation sets it up. */
export function openApollo(url: string): StandardClient {
  const sockets = createClient({ url: webSocketUrl(url), webSocketImpl: WebSocket });
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(sockets),
      new HttpLink({ uri: `${url}/graphql` }),
    ),
  });
  return {
    query: async (document, variables) => dataOf(await client.query({ query: gql(document), variables })),
    mutate: async (document, variables) => dataOf(await client.mutate({ mutation: gql(document), variables })),
    subscribe: (document, variables, sink) => {
      const subscription = client.subscribe({ query: gql(document), variables }).subscribe({
        next: (result) => {
          if (result.error === undefined) sink.next(dataOf(result));
          else sink.error(result.error);
        },
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      });
      return () => subscription.unsubscribe();
    },
    close: async () => {
      client.stop();
      await sockets.dispose();
    },
  };
}
