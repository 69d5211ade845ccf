import { dataOf, type GraphqlServer, type Json } from "./start-graphql.ts";

/** What a mutation answers with: its payload's fields, or the refusal. */
export async function mutate(
  graphql: Pick<GraphqlServer, "server">,
  name: string,
  input: object,
  payload: string,
): Promise<Json> {
  const capitalized = name.charAt(0).toUpperCase() + name.slice(1);
  const query = `mutation ($input: ${capitalized}Input!) {
    ${name}(input: $input) {
      __typename
      ... on ${capitalized}Payload { ${payload} }
      ... on Error { code message retryable retryAfterMs }
    }
  }`;
  const { [name]: answer } = await dataOf(graphql, query, { input });
  if (answer === undefined) throw new Error("the answer has no data");
  return answer;
}

/** A refusal as `mutate` answers it. */
export const refusal = (__typename: string, code: string, message: unknown, retryable = false) => ({
  __typename,
  code,
  message,
  retryable,
  retryAfterMs: null,
});
