import { type Command, Option } from "commander";
import { parseDataset } from "../options/dataset.ts";
import { parseLimit } from "../options/integer.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";

const DATASET = "[namespace/]name[@revision]; the namespace is _ and the revision the latest unless told";
const TABLE = "blocks, transactions or logs";
const DEFAULT_LIMIT = 50;

export function addTableCommands(program: Command, shell: Shell): void {
  const table = program.command("table").alias("tables").description("Tables: the Parquet files of a dataset");
  table
    .command("list")
    .alias("ls")
    .description("The tables of a dataset")
    .argument("<dataset>", DATASET, parseDataset)
    .addHelpText("after", examples({ "ampctl table list mainnet": "how much there is of each" }))
    .action(shell.runs(async () => (await import("../commands/table-list.ts")).tableList));
  table
    .command("inspect")
    .alias("get")
    .description("One table: its columns, and the blocks it lacks")
    .argument("<dataset>", DATASET, parseDataset)
    .argument("<table>", TABLE)
    .addHelpText("after", examples({ "ampctl table inspect mainnet blocks": "whether it has gaps" }))
    .action(shell.runs(async () => (await import("../commands/table-inspect.ts")).tableInspect));
  table
    .command("files")
    .description("The files of a table, by first block")
    .argument("<dataset>", DATASET, parseDataset)
    .argument("<table>", TABLE)
    .addOption(new Option("-l, --limit <n>", "how many, from 1 to 1000").argParser(parseLimit).default(DEFAULT_LIMIT))
    .addOption(new Option("-a, --after <cursor>", "the next page, as the one before names it"))
    .addOption(new Option("--all", "also files off the canonical chain, such as those of replaced blocks"))
    .addHelpText(
      "after",
      examples({
        "ampctl table files mainnet logs": "what readers are to read",
        "ampctl table files mainnet logs --json | jq -r '.files[].name'": "the names alone",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/table-files.ts")).tableFiles));
}
