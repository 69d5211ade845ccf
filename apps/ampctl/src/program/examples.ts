/** What stands below a command's help; a test runs every line of it. */
export function examples(lines: Readonly<Record<string, string>>): string {
  const shown = Object.entries(lines).map(([line, what]) => `  # ${what}\n  $ ${line}`);
  return `\nExamples:\n${shown.join("\n")}`;
}
