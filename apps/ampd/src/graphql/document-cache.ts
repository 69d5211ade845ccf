/** In all. A parsed document takes some hundred bytes for each of its characters. */
const MAX_CHARACTERS = 256 * 1024;
/** Our clients' documents have a few thousand; a longer one is parsed each time it comes. */
const MAX_DOCUMENT_CHARACTERS = 16 * 1024;

/** What was made of the documents used last, bounded by their length: Yoga's own counts documents, of any length. */
export class DocumentCache<T> {
  readonly #kept = new Map<string, T>();
  #characters = 0;

  get(document: string): T | undefined {
    const value = this.#kept.get(document);
    if (value !== undefined) {
      // A map keeps the order of insertion: the first one is the one that was not used for the longest time.
      this.#kept.delete(document);
      this.#kept.set(document, value);
    }
    return value;
  }

  set(document: string, value: T): void {
    if (document.length > MAX_DOCUMENT_CHARACTERS) return;
    if (!this.#kept.has(document)) this.#characters += document.length;
    this.#kept.set(document, value);
    for (const oldest of this.#kept.keys()) {
      if (this.#characters <= MAX_CHARACTERS) return;
      this.#kept.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
