import { postJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import { type DatasetReference, nameOf, referenceOf } from "../options/dataset.ts";
import { escapeControls } from "../output/escape.ts";
import { decodeJson, encodeJson } from "../output/json.ts";
import { readDocument } from "../read-document.ts";

/** `ampctl dataset register` */
export async function datasetRegister(
  { server, output, io, isJson }: Context,
  { tag }: { readonly tag?: string },
  dataset: DatasetReference,
  source: string,
): Promise<undefined> {
  if (dataset.revision !== undefined) {
    throw new UsageError(`'${referenceOf(dataset)}' names a revision`, { hint: `give the version by --tag` });
  }
  const { namespace, name } = dataset;
  const manifest = /^[0-9a-f]{64}$/.test(source) ? source : await readDocument(io, source);
  const body = encodeJson({ namespace, name, ...(tag === undefined ? {} : { version: tag }), manifest });
  const answer = await postJsonText(server, "/datasets", body);
  if (isJson) {
    output.rawJson(answer);
    return;
  }
  // By the contract of REST.
  const { version, manifest_hash: hash } = decodeJson(answer) as { version?: string; manifest_hash: string };
  output.lines([escapeControls(`${nameOf(dataset)}@${version ?? "dev"} is manifest ${hash}`)]);
}
