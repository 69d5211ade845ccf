import { chooseRevision } from "../client/dataset-revision.ts";
import { query } from "../client/graphql.ts";
import { requireFound } from "../client/not-found.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import { DatasetInspectDocument, type DatasetInspectQuery } from "../generated/api.ts";
import { type DatasetReference, nameOf, referenceOf } from "../options/dataset.ts";
import { NONE } from "../output/cell.ts";
import { type Field, renderDetails } from "../output/details.ts";
import { formatTimeAndAge } from "../output/units.ts";

type Job = NonNullable<NonNullable<DatasetInspectQuery["dataset"]>["jobs"]>[number];

/** More are a list of their own. */
const SHOWN_JOBS = 5;

/** `ampctl dataset inspect` */
export async function datasetInspect(context: Context, _: object, dataset: DatasetReference): Promise<undefined> {
  const { server, output, io, isJson } = context;
  const revision = await chooseRevision(server, dataset);
  const { namespace, name } = dataset;
  if (isJson) {
    const path = `/datasets/${namespace}/${name}/versions/${encodeURIComponent(revision)}`;
    output.rawJson(await getJsonText(server, path));
    return;
  }
  const answer = await query(server, DatasetInspectDocument, { reference: nameOf(dataset), revision });
  const found = requireFound(answer.dataset, "dataset", nameOf(dataset));
  const manifest = requireFound(found.manifest, "dataset", referenceOf({ ...dataset, revision }));
  const fields: Field[] = [
    ["Revision", revision],
    ["Manifest", manifest.hash],
    ["Kind", manifest.kind],
    ["Network", manifest.network],
    ["Start block", manifest.startBlock],
    ["Blocks", manifest.finalizedBlocksOnly ? "finalized ones only" : "up to the head"],
    ["Tables", manifest.tables.join(", ")],
    ["Versions", found.versions.map(({ version }) => version).join(", ") || NONE],
    ["Dev", found.dev.hash === manifest.hash ? "this manifest" : found.dev.hash],
    ["Created", formatTimeAndAge(new Date(found.createdAt), io.now())],
    ["Jobs", jobsText(found.jobs ?? []) || NONE],
  ];
  output.lines([
    output.title(`Dataset ${nameOf(found)}`),
    ...renderDetails(fields, { width: output.width, paint: output.paint, indent: 2 }),
  ]);
}

function jobsText(jobs: readonly Job[]): string {
  const shown = jobs.slice(0, SHOWN_JOBS).map(({ number, status }) => `${number} ${status}`);
  const more = jobs.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
