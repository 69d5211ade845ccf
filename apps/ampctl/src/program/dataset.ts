import { type Command, Option } from "commander";
import { parseDataset } from "../options/dataset.ts";
import { parseParallelism } from "../options/integer.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";
import { addWaitOptions } from "./wait.ts";

const DATASET = "[namespace/]name[@revision]; the namespace is _ and the revision the latest unless told";

export function addDatasetCommands(program: Command, shell: Shell): void {
  const dataset = program
    .command("dataset")
    .alias("datasets")
    .description("Datasets: what to extract from which chain");
  dataset
    .command("list")
    .alias("ls")
    .description("Every dataset")
    .addHelpText("after", examples({ "ampctl dataset list": "what is registered" }))
    .action(shell.runs(async () => (await import("../commands/dataset-list.ts")).datasetList));
  dataset
    .command("inspect")
    .alias("get")
    .description("One revision of a dataset")
    .argument("<dataset>", DATASET, parseDataset)
    .addHelpText(
      "after",
      examples({
        "ampctl dataset inspect mainnet": "the latest version of _/mainnet",
        "ampctl dataset inspect _/mainnet@dev --json": "what was registered last",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/dataset-inspect.ts")).datasetInspect));
  dataset
    .command("versions")
    .description("The versions of a dataset, highest first, and where dev stands")
    .argument("<dataset>", "[namespace/]name", parseDataset)
    .addHelpText("after", examples({ "ampctl dataset versions mainnet": "which versions there are" }))
    .action(shell.runs(async () => (await import("../commands/dataset-versions.ts")).datasetVersions));
  addRegister(dataset, shell);
  addDeploy(dataset, shell);
}

function addRegister(dataset: Command, shell: Shell): void {
  dataset
    .command("register")
    .description("Register a manifest under a dataset's name; dev moves to it")
    .argument("<dataset>", "[namespace/]name", parseDataset)
    .argument("<manifest>", "a JSON file, - for stdin, or the hash of a manifest that is registered")
    .addOption(new Option("--tag <version>", "a semantic version for it; latest is the highest"))
    .addHelpText(
      "after",
      examples({
        "ampctl dataset register mainnet manifest.json --tag 1.1.0": "a new version of _/mainnet",
        "jq '.start_block = 5' manifest.json | ampctl dataset register eth/late -":
          "a manifest that is made on the way",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/dataset-register.ts")).datasetRegister));
}

function addDeploy(dataset: Command, shell: Shell): void {
  const deploy = dataset
    .command("deploy")
    .description("Schedule a job that extracts what the tables of a dataset lack; prints its id")
    .argument("<dataset>", DATASET, parseDataset)
    .addOption(
      new Option(
        "--end-block <block>",
        "the last one: a number, latest, or -50 for so many behind; absent: follow the chain",
      ),
    )
    .addOption(new Option("--parallelism <n>", "how hard to press the endpoint; default 1").argParser(parseParallelism))
    .addOption(new Option("--worker <name>", "the worker that may run it, or a prefix such as eu-*"))
    .addOption(new Option("--verify", "kept with the job, not acted upon in this version"))
    .addOption(new Option("--idempotency-key <key>", "a name for this deploy: a repeat gives the same job"));
  addWaitOptions(deploy, "until it has ended: exit 0 COMPLETED, 3 STOPPED, 4 FAILED")
    .addHelpText(
      "after",
      examples({
        "ampctl dataset deploy mainnet --end-block latest --wait": "as far as the chain is now",
        "ampctl dataset deploy _/mainnet@1.0.0 --parallelism 4": "a version, to follow the chain",
        "ampctl dataset deploy eth/far --json | jq .job_id": "the id alone, for a script",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/dataset-deploy.ts")).datasetDeploy));
}
