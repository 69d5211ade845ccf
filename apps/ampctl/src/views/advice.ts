/** What the server advises in the words of its contract, and what is typed for it here. */
const COMMANDS: Readonly<Record<string, (job: string) => string>> = {
  stopJob: (job) => `ampctl job stop ${job}`,
  retryJob: (job) => `ampctl job retry ${job}`,
  removeJob: (job) => `ampctl job rm ${job}`,
  deployDataset: () => "ampctl dataset deploy",
  registerDataset: () => "ampctl dataset register",
  registerProvider: () => "ampctl provider add",
  drainWorker: () => "ampctl worker drain",
};

/** A sentence of a diagnosis, its mutations as commands for that job. */
export function adviceText(sentence: string, jobNumber: string): string {
  return sentence.replace(/`(\w+)`/g, (quoted, name: string) => {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    return command === undefined ? quoted : `\`${command(jobNumber)}\``;
  });
}
