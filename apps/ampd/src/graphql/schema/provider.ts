import {
  InvalidArgumentError,
  InvalidProviderNameError,
  ProviderInUseError,
  ProviderNotFoundError,
} from "../../domain/errors.ts";
import { publicConfig } from "../../domain/provider-secrets.ts";
import { findProvider, type ProviderRow, registerProvider, removeProvider } from "../../store/provider.ts";
import { countAllProviders, findProviders, pageProviders } from "../../store/provider-page.ts";
import { builder } from "../builder.ts";
import { nameCursors } from "../cursor.ts";
import { STATEMENT_COST, withCost } from "../limits/field-cost.ts";
import { loadInOrder } from "../load-nodes.ts";
import { nodesOf, parsePage, toConnection } from "../page.ts";
import { describePage, PAGES } from "../page-sizes.ts";

const CURSORS = nameCursors("providers by name");
const keyOf = ({ name }: ProviderRow) => name;

const ProviderType = builder.objectRef<ProviderRow>("Provider");

builder.node(ProviderType, {
  description: "An endpoint of a chain. Tokens, and credentials in its URL, never come back.",
  id: { resolve: keyOf },
  loadMany: (ids, { database }) =>
    loadInOrder(ids, { parse: (id) => id, read: (names) => findProviders(database, names), idOf: keyOf }),
  fields: (t) => ({
    name: t.exposeString("name"),
    kind: t.exposeString("kind", { description: "Always `evm-rpc`." }),
    network: t.exposeString("network"),
    config: t.field({
      type: "JSON",
      description: "Its fields as registered, without the secrets.",
      resolve: ({ config }) => publicConfig(config),
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    updatedAt: t.expose("updatedAt", { type: "DateTime" }),
  }),
});

builder.queryFields((t) => ({
  providers: t.connection(
    {
      type: ProviderType,
      description: `Providers by name; ${describePage(PAGES.names)}`,
      resolve: async (_, args, { database }) => {
        const page = parsePage(args, PAGES.names, CURSORS);
        const rows = await pageProviders(database, { ...page, limit: page.limit + 1 });
        return {
          ...toConnection(rows, page, { cursors: CURSORS, keyOf }),
          countAll: () => countAllProviders(database),
        };
      },
    },
    {
      name: "ProviderConnection",
      description: "A page of providers.",
      fields: (connection) => ({
        totalCount: connection.int({
          description: "Providers on all pages.",
          extensions: withCost({ own: STATEMENT_COST }),
          resolve: ({ countAll }) => countAll(),
        }),
        nodes: connection.field({ type: [ProviderType], resolve: ({ edges }) => nodesOf(edges) }),
      }),
    },
    { name: "ProviderEdge", description: "A provider and its cursor." },
  ),
  provider: t.field({
    type: ProviderType,
    nullable: true,
    description: "One provider by its name; null when there is none.",
    args: { name: t.arg.string({ required: true }) },
    resolve: async (_, { name }, { database }) => (await findProvider(database, name)) ?? null,
  }),
}));

const RegisterProviderPayload = builder.objectRef<{ provider: ProviderRow }>("RegisterProviderPayload").implement({
  description: "What `registerProvider` did.",
  fields: (t) => ({ provider: t.expose("provider", { type: ProviderType }) }),
});

const RegisterProviderInput = builder.inputType("RegisterProviderInput", {
  description: "What `registerProvider` is given.",
  fields: (t) => ({
    name: t.string({ required: true, description: "Lower-case letters, digits and `_`." }),
    config: t.field({
      type: "JSON",
      required: true,
      description:
        'Such as `{"kind":"evm-rpc","network":"mainnet","url":"https://…"}`; also `auth_token`, `auth_header`, `rate_limit_per_minute`, `concurrent_request_limit`, `rpc_batch_size`, `fetch_receipts_per_tx`, `timeout_secs`.',
    }),
  }),
});

builder.mutationField("registerProvider", (t) =>
  t.field({
    type: RegisterProviderPayload,
    description:
      "Creates or replaces a provider. An update that leaves a secret out keeps it; the last one of a network stays with it while an active job needs it.",
    args: { input: t.arg({ type: RegisterProviderInput, required: true }) },
    errors: {
      types: [InvalidArgumentError, InvalidProviderNameError, ProviderInUseError],
      directResult: true,
      union: { name: "RegisterProviderResult", description: "What `registerProvider` answers." },
    },
    resolve: async (_, { input }, { database }) => {
      const { name, config } = input;
      return { provider: await registerProvider(database, name, requireObject(config)) };
    },
  }),
);

const RemoveProviderPayload = builder.objectRef<{ provider: ProviderRow }>("RemoveProviderPayload").implement({
  description: "What `removeProvider` did.",
  fields: (t) => ({ provider: t.expose("provider", { type: ProviderType, description: "As it was." }) }),
});

const RemoveProviderInput = builder.inputType("RemoveProviderInput", {
  description: "What `removeProvider` is given.",
  fields: (t) => ({ name: t.string({ required: true }) }),
});

builder.mutationField("removeProvider", (t) =>
  t.field({
    type: RemoveProviderPayload,
    description: "Removes a provider; the last one of a network stays while an active job needs it.",
    args: { input: t.arg({ type: RemoveProviderInput, required: true }) },
    errors: {
      types: [ProviderNotFoundError, ProviderInUseError],
      directResult: true,
      union: { name: "RemoveProviderResult", description: "What `removeProvider` answers." },
    },
    resolve: async (_, { input }, { database }) => ({ provider: await removeProvider(database, input.name) }),
  }),
);

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidArgumentError("provider.config must be an object");
}
