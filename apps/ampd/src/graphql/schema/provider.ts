import {
  InvalidArgumentError,
  InvalidProviderNameError,
  ProviderInUseError,
  ProviderNotFoundError,
} from "../../domain/errors.ts";
import { publicConfig } from "../../domain/provider.ts";
import {
  findProvider,
  listProviders,
  type ProviderRow,
  registerProvider,
  removeProvider,
} from "../../store/provider.ts";
import { builder } from "../builder.ts";

const ProviderType = builder.objectRef<ProviderRow>("Provider").implement({
  description: "An endpoint of a chain. Tokens, and credentials in its URL, never come back.",
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
  providers: t.field({
    type: [ProviderType],
    description: "Every provider, by name.",
    resolve: (_, __, { database }) => listProviders(database),
  }),
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
