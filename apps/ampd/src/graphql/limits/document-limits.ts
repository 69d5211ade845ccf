import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from "graphql";
import { limitError, type OperationLimits } from "./operation-limits.ts";

/** A rule of validation: what can be told of a document without its variables, once for each document. */
export function documentLimits({ maxDepth, maxAliases }: Pick<OperationLimits, "maxDepth" | "maxAliases">) {
  // Yoga tells sets of rules apart by the names of their functions.
  return function DocumentLimits(context: ValidationContext): ASTVisitor {
    let aliases = 0;
    return {
      Field({ alias }) {
        if (alias !== undefined) aliases += 1;
      },
      Document: {
        enter(document) {
          const depth = depthOf(document);
          if (depth <= maxDepth) return;
          const message = `the query is too deep: ${depth} fields within each other, ${maxDepth} at most`;
          context.reportError(limitError("QUERY_TOO_DEEP", message, { requested: depth, maximum: maxDepth }));
        },
        leave() {
          if (aliases <= maxAliases) return;
          const message = `the document has ${aliases} aliases, ${maxAliases} at most`;
          context.reportError(limitError("TOO_MANY_ALIASES", message, { requested: aliases, maximum: maxAliases }));
        },
      },
    };
  };
}

/** Of the deepest operation; a fragment counts where it is used. */
function depthOf({ definitions }: DocumentNode): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  const known = new Map<string, number>();

  function ofSelections({ selections }: SelectionSetNode): number {
    let deepest = 0;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) deepest = Math.max(deepest, ofFragment(selection.name.value));
      else {
        const inner = selection.selectionSet === undefined ? 0 : ofSelections(selection.selectionSet);
        deepest = Math.max(deepest, selection.kind === Kind.FIELD ? inner + 1 : inner);
      }
    }
    return deepest;
  }

  function ofFragment(name: string): number {
    const fragment = fragments.get(name);
    const depth = known.get(name);
    if (depth !== undefined || fragment === undefined) return depth ?? 0;
    // Met again inside itself it adds nothing: another rule refuses the circle.
    known.set(name, 0);
    const found = ofSelections(fragment.selectionSet);
    known.set(name, found);
    return found;
  }

  return Math.max(
    0,
    ...definitions.map((each) => (each.kind === Kind.OPERATION_DEFINITION ? ofSelections(each.selectionSet) : 0)),
  );
}
