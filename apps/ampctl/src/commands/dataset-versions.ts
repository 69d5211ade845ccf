import { readVersions } from "../client/dataset-revision.ts";
import { getJsonText } from "../client/rest.ts";
import type { Context } from "../context.ts";
import type { DatasetReference } from "../options/dataset.ts";
import type { Column } from "../output/table.ts";
import { formatTime } from "../output/units.ts";

const COLUMNS: readonly Column[] = [
  { header: "VERSION", least: 6 },
  { header: "MANIFEST", least: 12 },
  { header: "REGISTERED", dropAt: 1 },
];

/** `ampctl dataset versions` */
export async function datasetVersions(
  { server, output, isJson }: Context,
  _: object,
  dataset: DatasetReference,
): Promise<undefined> {
  if (isJson) {
    output.rawJson(await getJsonText(server, `/datasets/${dataset.namespace}/${dataset.name}/versions`));
    return;
  }
  const { dev, versions } = await readVersions(server, dataset);
  const rows = versions.map(({ version, manifest, createdAt }, at) => [
    at === 0 ? `${version} (latest)` : version,
    manifest.hash,
    formatTime(new Date(createdAt)),
  ]);
  output.table(COLUMNS, [...rows, ["dev", dev.hash, ""]], "");
}
