import { RootCommand, script, type Command as TabCommand } from "@bomb.sh/tab";
import type { Argument, Command, Option } from "commander";

/** `ampctl completion`: prints the script of one shell. */
export function printScript(shell: string): void {
  script(shell, "ampctl", "ampctl");
}

/** `ampctl complete -- job li`: what the scripts ask for. Everything is taken from the program's own definition. */
export function complete(program: Command, words: readonly string[]): void {
  const root = new RootCommand();
  describe(root, program);
  addCommands(root, program, []);
  root.parse(withoutAliases(program, words));
}

function addCommands(root: RootCommand, parent: Command, path: readonly string[]): void {
  for (const command of parent.createHelp().visibleCommands(parent)) {
    const place = [...path, command.name()];
    describe(root.command(place.join(" "), command.description()), command);
    addCommands(root, command, place);
  }
}

function describe(place: TabCommand, command: Command): void {
  const help = command.createHelp();
  for (const option of [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]) {
    const { long, short, description } = option;
    const [name, letter] = [long?.replace(/^--/, ""), short?.replace(/^-/, "")];
    if (name === undefined) continue;
    if (option.required || option.optional) place.option(name, description, suggest(option), letter);
    else place.option(name, description, letter);
  }
  for (const argument of command.registeredArguments) {
    place.argument(argument.name(), suggest(argument), argument.variadic);
  }
}

function suggest({
  argChoices = [],
}: Option | Argument): (offer: (value: string, description: string) => void) => void {
  return (offer) => {
    for (const choice of argChoices) offer(choice, "");
  };
}

/** Aliases stand in no menu, and lead to the same place; the last word is still being typed. */
function withoutAliases(program: Command, words: readonly string[]): string[] {
  let place = program;
  return words.map((word, at) => {
    const command = place.commands.find((one) => one.name() === word || one.aliases().includes(word));
    if (command === undefined || at === words.length - 1) return word;
    place = command;
    return command.name();
  });
}
