import { type DocumentNode, visit } from "graphql";

const known = new WeakMap<DocumentNode, ReadonlySet<string>>();

/**
 * The variables that what is made of a subscription's event depends on: all but those that stand in the arguments of the
 * subscription's own field alone. Those choose the events: two clients that resume at different places of a log, or look
 * through different filters, see the same event alike.
 */
export function eventVariables(document: DocumentNode, subscriptionType: string): ReadonlySet<string> {
  const found = known.get(document) ?? findVariables(document, subscriptionType);
  known.set(document, found);
  return found;
}

function findVariables(document: DocumentNode, subscriptionType: string): ReadonlySet<string> {
  const names = new Set<string>();
  // Fields around the node: what is within none is the subscription's own.
  let depth = 0;
  let directives = 0;
  visit(document, {
    FragmentDefinition: {
      enter: ({ typeCondition }) => {
        depth = typeCondition.name.value === subscriptionType ? 0 : 1;
      },
      leave: () => {
        depth = 0;
      },
    },
    VariableDefinition: () => false,
    Field: {
      enter: () => {
        depth += 1;
      },
      leave: () => {
        depth -= 1;
      },
    },
    Directive: {
      enter: () => {
        directives += 1;
      },
      leave: () => {
        directives -= 1;
      },
    },
    Argument: () => (depth === 1 && directives === 0 ? false : undefined),
    Variable: ({ name }) => {
      names.add(name.value);
    },
  });
  return names;
}
