import {
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  isUnionType,
  type ResolvedSchemaElement,
  resolveSchemaCoordinate,
} from "graphql";

/** What a new contract does to clients of the released one; a sentence for each change. */
export type ContractChanges = {
  /** They break a client that was promised otherwise. */
  readonly refused: readonly string[];
  /** They break what was promised until a day that has passed. */
  readonly allowed: readonly string[];
  /** They may surprise a client that does not expect the unknown. */
  readonly dangerous: readonly string[];
};

/** After every day. */
const FOR_EVER = "for ever";
/** Before every day. */
const NEVER = "";
const UNTIL = /\buntil (\d{4}-\d\d-\d\d)\b/;
/** What graphql writes in front of the place of a change. */
const PLACE = /^(?:Standard scalar |Field |Argument |Enum value )?(@?\w+(?:\.\w+)?(?:\(\w+:\))?)/;

/** Compares a contract with the released one. `today` is a day as `2026-01-31`. */
export function compareContracts(released: GraphQLSchema, current: GraphQLSchema, today: string): ContractChanges {
  const promises = new Promises(released);
  const refused: string[] = [];
  const allowed: string[] = [];
  for (const { description } of findBreakingChanges(released, current)) {
    const until = promises.ofPlace(PLACE.exec(description)?.[1] ?? "");
    if (until < today) allowed.push(`${description} It was promised until ${until}.`);
    else if (until !== FOR_EVER) refused.push(`${description} It is promised until ${until}.`);
    else {
      refused.push(
        `${description} It is promised: release it with @deprecated(reason: "… until YYYY-MM-DD …") first, and change it after that day.`,
      );
    }
  }
  return { refused, allowed, dangerous: findDangerousChanges(released, current).map(({ description }) => description) };
}

/** What a contract lacks: descriptions of types and root fields, and the day after which a deprecated thing may go. */
export function findContractFaults(schema: GraphQLSchema): string[] {
  const roots = rootsOf(schema);
  const faults: string[] = [];
  for (const type of ownTypesOf(schema)) {
    if (isBlank(type)) faults.push(`${type.name} has no description`);
    for (const part of partsOf(type)) {
      if (roots.includes(type) && part.isField && isBlank(part)) faults.push(`${part.place} has no description`);
      if (typeof part.deprecationReason !== "string" || dayOf(part) !== FOR_EVER) continue;
      faults.push(`${part.place} is deprecated without a day: write "until YYYY-MM-DD" into the reason`);
    }
  }
  return faults;
}

/** Until when the parts of a released contract are promised: the last such day, or for ever. */
class Promises {
  readonly #schema: GraphQLSchema;
  /** Types that are being looked at: what refers to itself promises nothing by that. */
  readonly #open = new Set<GraphQLNamedType>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  ofPlace(place: string): string {
    const found = this.#find(place);
    switch (found?.kind) {
      case "NamedType":
        return this.#ofType(found.type);
      case "Field":
        return earliest(dayOf(found.field), this.#ofType(found.type));
      case "FieldArgument":
        return earliest(dayOf(found.fieldArgument), dayOf(found.field), this.#ofType(found.type));
      case "EnumValue":
        return earliest(dayOf(found.enumValue), this.#ofType(found.type));
      case "InputField":
        return earliest(dayOf(found.inputField), this.#ofType(found.type));
      default:
        return FOR_EVER;
    }
  }

  #find(place: string): ResolvedSchemaElement | undefined {
    try {
      return resolveSchemaCoordinate(this.#schema, place);
    } catch {
      // It is in a part that was not released.
      return undefined;
    }
  }

  /** A type cannot be deprecated: it is promised as long as the last thing that leads to it. */
  #ofType(type: GraphQLNamedType): string {
    if (rootsOf(this.#schema).includes(type)) return FOR_EVER;
    if (this.#open.has(type)) return NEVER;
    this.#open.add(type);
    const days = Object.values(this.#schema.getTypeMap())
      .filter((owner) => !isIntrospectionType(owner))
      .flatMap((owner) => this.#waysFrom(owner, type));
    this.#open.delete(type);
    return days.toSorted().at(-1) ?? FOR_EVER;
  }

  #waysFrom(owner: GraphQLNamedType, type: GraphQLNamedType): string[] {
    const ofOwner = () => this.#ofType(owner);
    const parts = partsOf(owner).filter((part) => part.type === type);
    const days = parts.map((part) => earliest(dayOf(part), dayOf(part.of ?? {}), ofOwner()));
    const isMember = isUnionType(owner) && owner.getTypes().some((member) => member === type);
    const isImplemented = isInterfaceType(owner) && this.#schema.getPossibleTypes(owner).some((each) => each === type);
    return isMember || isImplemented ? [...days, ofOwner()] : days;
  }
}

type Described = { readonly description?: string | null | undefined };
type Deprecable = { readonly deprecationReason?: string | null | undefined };

type Part = Described &
  Deprecable & {
    /** Its coordinate. */
    readonly place: string;
    readonly isField: boolean;
    /** What it gives or takes; none for a value of an enum. */
    readonly type?: GraphQLNamedType;
    /** The field of an argument. */
    readonly of?: Deprecable;
  };

/** What can be deprecated in a type: fields, their arguments, fields of inputs and values of enums. */
function partsOf(type: GraphQLNamedType): Part[] {
  if (isEnumType(type)) return type.getValues().map((value) => toPart(value, { isField: false }));
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).map((field) =>
      toPart(field, { isField: false, type: getNamedType(field.type) }),
    );
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    toPart(field, { isField: true, type: getNamedType(field.type) }),
    ...field.args.map((arg) => toPart(arg, { isField: false, type: getNamedType(arg.type), of: field })),
  ]);
}

function toPart(
  element: Described & Deprecable & { toString(): string },
  more: Pick<Part, "isField" | "type" | "of">,
): Part {
  const { description, deprecationReason } = element;
  return { place: String(element), description, deprecationReason, ...more };
}

/** The last day on which a deprecated thing is there. */
function dayOf({ deprecationReason }: Deprecable): string {
  const day = UNTIL.exec(deprecationReason ?? "")?.[1];
  return day === undefined || Number.isNaN(Date.parse(day)) ? FOR_EVER : day;
}

function earliest(...days: string[]): string {
  return days.toSorted()[0] ?? FOR_EVER;
}

function isBlank({ description }: Described): boolean {
  return (description ?? "").trim() === "";
}

function rootsOf(schema: GraphQLSchema): readonly GraphQLNamedType[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter((type) => type != null);
}

function ownTypesOf(schema: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
}
