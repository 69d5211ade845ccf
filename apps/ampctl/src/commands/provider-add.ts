import { postJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { ProviderFields } from "../options/provider-field.ts";
import { escapeControls } from "../output/escape.ts";
import { decodeJson, encodeJson } from "../output/json.ts";
import { readDocument } from "../read-document.ts";

export type ProviderAddOptions = {
  readonly kind?: string;
  readonly network?: string;
  readonly url?: string;
  readonly set?: ProviderFields;
  readonly file?: string;
};

const KIND = "evm-rpc";
const SECRET_HINT =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what an operator types
  "the secret is kept by the server; ${AMP_SECRET_…} in its place is read from the worker's environment instead";

/** `ampctl provider add` */
export async function providerAdd(
  { server, output, io, isJson }: Context,
  options: ProviderAddOptions,
  name: string,
): Promise<undefined> {
  const { kind, network, url, set, file } = options;
  const config = {
    kind: KIND,
    ...(file === undefined ? {} : await readFields(io, file, name)),
    ...(kind === undefined ? {} : { kind }),
    ...(network === undefined ? {} : { network }),
    ...(url === undefined ? {} : { url }),
    ...set,
  };
  const answer = await postJsonText(server, "/providers", encodeJson({ ...config, name }));
  if (holdsSecret(config)) {
    output.note(SECRET_HINT);
  }
  if (isJson) {
    output.rawJson(answer);
    return;
  }
  // By the contract of REST: the secrets are left out there.
  const provider = decodeJson(answer) as { readonly name: string; readonly network: string };
  output.lines([escapeControls(`provider ${provider.name} serves network ${provider.network}`)]);
}

async function readFields(io: Context["io"], file: string, name: string): Promise<ProviderFields> {
  const document = await readDocument(io, file);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new UsageError(`${file === "-" ? "stdin" : file} is not a JSON object`, { code: "INVALID_FILE" });
  }
  const fields: ProviderFields = { ...document };
  if (fields.name === undefined || fields.name === name) return fields;
  throw new UsageError(`the file is of provider '${fields.name}', not of '${name}'`, { code: "INVALID_FILE" });
}

/** Whether something secret is written out, not named by a variable. */
function holdsSecret({ auth_token: token, url }: ProviderFields): boolean {
  if (isWrittenOut(token)) return true;
  return isWrittenOut(url) && URL.canParse(url) && new URL(url).password !== "";
}

function isWrittenOut(value: unknown): value is string {
  return typeof value === "string" && !value.includes("${");
}
