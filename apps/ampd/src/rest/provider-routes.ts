import { z } from "zod";
import { ProviderNotFoundError } from "../domain/errors.ts";
import { spellBigints } from "./json.ts";
import { providerName } from "./parameters.ts";
import { document, type Listed, type Route, route } from "./route.ts";

type ProviderData = {
  readonly name: string;
  readonly kind: string;
  readonly network: string;
  readonly config: Readonly<Record<string, unknown>>;
};

const PROVIDER = "fragment Provider on Provider { name kind network config }";

const provider = z.looseObject({ name: z.string(), kind: z.string(), network: z.string() });

const registerProvider = route({
  method: "POST",
  path: "/providers",
  summary: "Creates or replaces a provider. An update that leaves a secret out keeps it.",
  body: { code: "INVALID_REQUEST_BODY", schema: z.looseObject({ name: z.string() }), isOptional: false },
  document: document<{ registerProvider: { provider: ProviderData } }>(`
    mutation RegisterProvider($name: String!, $config: JSON!) {
      registerProvider(input: { name: $name, config: $config }) {
        ... on RegisterProviderPayload { provider { ...Provider } }
        ... on Error { refusal: code message }
      }
    }
    ${PROVIDER}
  `),
  answers: { 201: { description: "The provider, without its secrets.", schema: provider } },
  refusals: {
    INVALID_ARGUMENT: "INVALID_REQUEST_BODY",
    INVALID_PROVIDER_NAME: "INVALID_REQUEST_BODY",
    PROVIDER_IN_USE: "PROVIDER_IN_USE",
  },
  variables: ({ body: { name, ...config } }) => ({ name, config: spellBigints(config) }),
  success: ({ registerProvider: payload }) => ({ status: 201, body: toProvider(payload.provider) }),
});

const listProviders = route({
  method: "GET",
  path: "/providers",
  summary: "Every provider, by name, without its secrets.",
  document: document<Listed<"providers", ProviderData>>(`
    query Providers($after: String) {
      providers(first: 1000, after: $after) { nodes { ...Provider } pageInfo { hasNextPage endCursor } }
    }
    ${PROVIDER}
  `),
  list: "providers",
  answers: { 200: { description: "The providers.", schema: z.strictObject({ providers: z.array(provider) }) } },
  refusals: {},
  variables: () => ({}),
  success: ({ providers: { nodes } }) => ({ status: 200, body: { providers: nodes.map(toProvider) } }),
});

const getProvider = route({
  method: "GET",
  path: "/providers/:name",
  summary: "One provider, without its secrets.",
  params: { name: providerName },
  document: document<{ provider: ProviderData | null }>(`
    query Provider($name: String!) { provider(name: $name) { ...Provider } } ${PROVIDER}
  `),
  answers: { 200: { description: "The provider.", schema: provider } },
  refusals: { PROVIDER_NOT_FOUND: "PROVIDER_NOT_FOUND" },
  variables: ({ params }) => params,
  success: (data, { params }) => {
    if (data.provider === null) throw new ProviderNotFoundError(params.name);
    return { status: 200, body: toProvider(data.provider) };
  },
});

const removeProvider = route({
  method: "DELETE",
  path: "/providers/:name",
  summary: "Removes a provider; not the last one of a network that an active job needs.",
  params: { name: providerName },
  document: document<unknown>(`
    mutation RemoveProvider($name: String!) {
      removeProvider(input: { name: $name }) { __typename ... on Error { refusal: code message } }
    }
  `),
  answers: { 204: { description: "It is removed." } },
  refusals: { PROVIDER_NOT_FOUND: "PROVIDER_NOT_FOUND", PROVIDER_IN_USE: "PROVIDER_IN_USE" },
  variables: ({ params }) => params,
  success: () => ({ status: 204 }),
});

export const PROVIDER_ROUTES: readonly Route[] = [registerProvider, listProviders, getProvider, removeProvider];

function toProvider({ name, kind, network, config }: ProviderData): z.infer<typeof provider> {
  return { name, kind, network, ...config };
}
