/** One fault that the tests have to notice. `run` resolves to the name of what noticed it, undefined when nothing did. */
export type Mutant = { readonly suite: string; readonly name: string; readonly run: () => Promise<string | undefined> };

/** Replaces a text that must stand there exactly once. */
export function replaceOnce(text: string, old: string, replacement: string): string {
  const [before, after, ...others] = text.split(old);
  if (before === undefined || after === undefined || others.length > 0) {
    throw new Error(`'${old}' does not stand exactly once in what is to be mutated`);
  }
  return `${before}${replacement}${after}`;
}
