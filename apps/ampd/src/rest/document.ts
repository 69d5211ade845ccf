import { type DocumentNode, parse } from "graphql";

/** A document, and the shape of its data. */
export type Document<Data> = { readonly node: DocumentNode; readonly data?: Data };

/** The data of a document whose `list` is read to its end: every node of the list. */
export type Listed<Name extends string, Node> = { readonly [Key in Name]: { readonly nodes: readonly Node[] } };

/** Parses a constant document, once. */
export function document<Data>(source: string): Document<Data> {
  return { node: parse(source, { noLocation: true }) };
}
