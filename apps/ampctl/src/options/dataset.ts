import { UsageError } from "../errors.ts";

/** A dataset as the operator names it. */
export type DatasetReference = {
  readonly namespace: string;
  readonly name: string;
  /** A version, a manifest hash, `latest` or `dev`; undefined when none was named. */
  readonly revision: string | undefined;
};

const DEFAULT_NAMESPACE = "_";
const NAME = /^[a-z_][a-z0-9_]*$/;

/** Reads `[namespace/]name[@revision]`; the namespace is `_` unless told. @throws UsageError */
export function parseDataset(text: string): DatasetReference {
  const [, namespace = DEFAULT_NAMESPACE, name = "", revision] = /^(?:([^/@]+)\/)?([^/@]+)(?:@(.+))?$/.exec(text) ?? [];
  if (NAME.test(namespace) && NAME.test(name)) return { namespace, name, revision };
  throw new UsageError(
    `dataset '${text}' is not of the form [namespace/]name[@revision], in lower-case letters, digits and '_'`,
    { code: "INVALID_DATASET" },
  );
}

/** `namespace/name`, as GraphQL's `dataset` takes it. */
export function nameOf({ namespace, name }: Pick<DatasetReference, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** The dataset of a job, as GraphQL has it. */
export function datasetOf({
  descriptor,
}: {
  readonly descriptor: { readonly datasetNamespace: string; readonly datasetName: string };
}): string {
  return nameOf({ namespace: descriptor.datasetNamespace, name: descriptor.datasetName });
}

/** With the revision when there is one, as GraphQL's filters take it. */
export function referenceOf({ revision, ...dataset }: DatasetReference): string {
  return revision === undefined ? nameOf(dataset) : `${nameOf(dataset)}@${revision}`;
}
