/** The same iteration with every value turned into another; ending one ends the other. */
export function mapItems<From, To>(
  items: AsyncIterableIterator<From, undefined>,
  map: (item: From) => To,
): AsyncIterableIterator<To, undefined> {
  return {
    next: async () => {
      const result = await items.next();
      return result.done === true ? result : { done: false, value: map(result.value) };
    },
    // Not a generator: its `return()` would wait for the value that may never come.
    return: async () => {
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The same iteration without the values that are not to be kept. */
export function keepItems<Item>(
  items: AsyncIterableIterator<Item, undefined>,
  isKept: (item: Item) => boolean,
): AsyncIterableIterator<Item, undefined> {
  return {
    next: async () => {
      for (;;) {
        const result = await items.next();
        if (result.done === true || isKept(result.value)) return result;
      }
    },
    return: async () => {
      await items.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
