import { z } from "zod";
import { ProviderNotFoundError } from "../../domain/errors.ts";
import { document, type Listed } from "../document.ts";
import { spellBigints } from "../json.ts";
import { type Route, route } from "../route.ts";
import { providerName } from "./parameters.ts";

type ProviderData = {
  readonly name: string;
  readonly kind: string;
  readonly network: string;
  readonly config: Readonly<Record<string, unknown>>;
};

const PROVIDER = "fragment Provider on Provider { name kind network config }";

const provider = z
  .looseObject({ name: z.string(), kind: z.string(), network: z.string() })
  .meta({ id: "Provider", description: "An endpoint of a chain, without its secrets." });

const EXAMPLE = {
  name: "mainnet",
  kind: "evm-rpc",
  network: "mainnet",
  url: "https://rpc.example.com",
  concurrent_request_limit: 16,
};

const EXPANSION = `\${NAME} is expanded when it is used, for names that begin with AMP_SECRET_ or are listed in --provider-env.`;

const COUNT = { type: ["integer", "null"], minimum: 1 };

/** What else a provider may have is kept as it is; the domain checks what it knows. */
const registration = z
  .looseObject({
    name: z.string().meta({ description: "Lower-case letters, digits and `_`; not a digit first." }),
    kind: z.unknown().meta({ const: "evm-rpc" }),
    network: z.unknown().meta({ type: "string", description: "The chain, as manifests name it." }),
    url: z.unknown().meta({ type: "string", description: `http, https, ws or wss. ${EXPANSION}` }),
    auth_token: z
      .unknown()
      .meta({ type: ["string", "null"], description: `A secret; it never comes back. ${EXPANSION}` }),
    auth_header: z
      .unknown()
      .meta({ type: ["string", "null"], description: "The header of the token; absent: `Authorization: Bearer`." }),
    rate_limit_per_minute: z.unknown().meta({ ...COUNT, description: "Requests; absent: no limit." }),
    concurrent_request_limit: z.unknown().meta({ ...COUNT, description: "Requests under way at once." }),
    rpc_batch_size: z.unknown().meta({ ...COUNT, description: "Calls of one request." }),
    fetch_receipts_per_tx: z
      .unknown()
      .meta({ type: ["boolean", "null"], description: "For endpoints without `eth_getBlockReceipts`." }),
    timeout_secs: z.unknown().meta({ ...COUNT, description: "Of a request, in seconds." }),
  })
  .partial()
  .required({ name: true })
  .meta({
    id: "ProviderRegistration",
    // The domain says what is wrong with them, in its own words.
    required: ["name", "kind", "network", "url"],
    description: "Other fields are kept, and returned unless their name is that of a secret.",
  });

const EXAMPLE_REGISTRATION = { ...EXAMPLE, auth_token: `\${AMP_SECRET_TOKEN}` };

const registerProvider = route({
  method: "POST",
  path: "/providers",
  tag: "providers",
  name: "registerProvider",
  summary:
    "Creates or replaces a provider. An update that leaves a secret out keeps it, unless its URL names another host or protocol.",
  body: { code: "INVALID_REQUEST_BODY", schema: registration, isOptional: false, example: EXAMPLE_REGISTRATION },
  document: document<{ registerProvider: { provider: ProviderData } }>(`
    mutation RegisterProvider($name: String!, $config: JSON!) {
      registerProvider(input: { name: $name, config: $config }) {
        ... on RegisterProviderPayload { provider { ...Provider } }
        ... on Error { refusal: code message }
      }
    }
    ${PROVIDER}
  `),
  answers: { 201: { description: "The provider, without its secrets.", schema: provider, example: EXAMPLE } },
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
  tag: "providers",
  name: "listProviders",
  summary: "Every provider, by name, without its secrets.",
  document: document<Listed<"providers", ProviderData>>(`
    query Providers($after: String) {
      providers(first: 1000, after: $after) { nodes { ...Provider } pageInfo { hasNextPage endCursor } }
    }
    ${PROVIDER}
  `),
  list: "providers",
  answers: {
    200: {
      description: "The providers.",
      schema: z.strictObject({ providers: z.array(provider) }).meta({ id: "Providers" }),
      example: { providers: [EXAMPLE] },
    },
  },
  refusals: {},
  variables: () => ({}),
  success: ({ providers: { nodes } }) => ({ status: 200, body: { providers: nodes.map(toProvider) } }),
});

const getProvider = route({
  method: "GET",
  path: "/providers/:name",
  tag: "providers",
  name: "getProvider",
  summary: "One provider, without its secrets.",
  params: { name: providerName },
  document: document<{ provider: ProviderData | null }>(`
    query Provider($name: String!) { provider(name: $name) { ...Provider } } ${PROVIDER}
  `),
  answers: { 200: { description: "The provider.", schema: provider, example: EXAMPLE } },
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
  tag: "providers",
  name: "removeProvider",
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
