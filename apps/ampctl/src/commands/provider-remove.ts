import { errorOfAnswer } from "../client/refusal.ts";
import { request } from "../client/request.ts";
import { getJsonText } from "../client/rest.ts";
import { type ConfirmOptions, confirm, mustAsk } from "../confirm.ts";
import type { Context } from "../context.ts";
import { renderDetails } from "../output/details.ts";
import { escapeControls } from "../output/escape.ts";
import { decodeJson } from "../output/json.ts";
import type { Output } from "../output/output.ts";

/** `ampctl provider remove` */
export async function providerRemove(context: Context, options: ConfirmOptions, name: string): Promise<undefined> {
  const { server, output, io, isJson } = context;
  const path = `/providers/${encodeURIComponent(name)}`;
  if (options.dryRun === true) {
    const text = await getJsonText(server, path);
    if (isJson) output.rawJson(text);
    else show(output, text);
    return;
  }
  if (mustAsk(io, options)) {
    show(output.beside(), await getJsonText(server, path));
    await confirm(io, "remove this provider?");
  }
  const answer = await request(server, { method: "DELETE", path });
  if (answer.status !== 204) throw errorOfAnswer(server, answer);
  if (isJson) output.json({ name, removed: true });
  else output.lines([escapeControls(`provider ${name}: removed`)]);
}

function show(output: Output, text: string): void {
  // By the contract of REST; the secrets are left out there.
  const { name, network, url } = decodeJson(text) as { name: string; network: string; url?: unknown };
  const fields = [["Network", network] as const, ...(typeof url === "string" ? [["URL", url] as const] : [])];
  const layout = { width: output.width, paint: output.paint, indent: 2 };
  output.lines([output.title(`to remove: provider ${name}`), ...renderDetails(fields, layout)]);
}
