import { query } from "../client/graphql.ts";
import { readHealth } from "../client/health.ts";
import type { Context } from "../context.ts";
import { EXIT_CODES, TryAgainError } from "../errors.ts";
import { ServerInfoDocument, type ServerInfoQuery } from "../generated/api.ts";
import { type Field, renderDetails } from "../output/details.ts";
import { formatCount, formatTime } from "../output/units.ts";
import { words } from "../views/job-state.ts";

type Limits = ServerInfoQuery["server"]["limits"];

/** `ampctl server`: ends with "try again" while the server cannot do its work. */
export async function serverInfo({ server: connection, output, isJson }: Context): Promise<number> {
  const health = await readHealth(connection);
  const { server, viewer } = await query(connection, ServerInfoDocument, {}).catch((error) => {
    // Why it cannot answer says more than that it does not.
    throw health.ready
      ? error
      : new TryAgainError("UNAVAILABLE", "the server is not ready", { causes: health.reasons });
  });
  const exitCode = health.ready ? EXIT_CODES.DONE : EXIT_CODES.TRY_AGAIN;
  if (isJson) {
    output.json({
      url: connection.url.href,
      ready: health.ready,
      reasons: health.reasons,
      node_id: server.nodeId,
      role: server.role,
      version: server.version,
      time: server.time,
      viewer,
      limits: limitsDocument(server.limits),
    });
    return exitCode;
  }
  const fields: Field[] = [
    ["Health", health.ready ? { text: "ready", style: "green" } : { text: "not ready", style: "red" }],
    ...(health.reasons.length === 0 ? [] : [["Waits for", health.reasons] satisfies Field]),
    ["Version", server.version],
    ["Node", server.nodeId],
    ["Role", words(server.role)],
    ["Time", formatTime(new Date(server.time))],
    ["You are", `${viewer.name ?? "anybody: nobody is asked who they are"} (${words(viewer.role)})`],
  ];
  const layout = { width: output.width, paint: output.paint, indent: 2 };
  output.lines([
    output.title(`Server ${connection.url.href}`),
    ...renderDetails(fields, layout),
    "",
    output.title("Limits"),
    ...renderDetails(limitFields(server.limits), layout),
  ]);
  return exitCode;
}

function limitFields(limits: Limits): Field[] {
  return [
    ["Page", `${formatCount(limits.maxPage)} rows, ${formatCount(limits.maxEventPage)} events`],
    ["Nodes", `${formatCount(limits.maxNodes)} ids`],
    ["Subscriptions", `${formatCount(limits.maxSubscriptionsPerConnection)} a connection`],
    [
      "Operation",
      `depth ${limits.maxDepth}, ${limits.maxAliases} aliases, ${formatCount(limits.maxTokens)} tokens, cost ${formatCount(limits.maxCost)}`,
    ],
  ];
}

function limitsDocument(limits: Limits): object {
  return {
    max_page: limits.maxPage,
    max_event_page: limits.maxEventPage,
    max_nodes: limits.maxNodes,
    max_subscriptions_per_connection: limits.maxSubscriptionsPerConnection,
    max_depth: limits.maxDepth,
    max_aliases: limits.maxAliases,
    max_tokens: limits.maxTokens,
    max_cost: limits.maxCost,
  };
}
