import { type Command, Option } from "commander";
import { parseField } from "../options/provider-field.ts";
import { addConfirmOptions } from "./confirm.ts";
import { examples } from "./examples.ts";
import type { Shell } from "./shell.ts";

export function addProviderCommands(program: Command, shell: Shell): void {
  const provider = program.command("provider").alias("providers").description("Providers: endpoints of chains");
  provider
    .command("list")
    .alias("ls")
    .description("Every provider; secrets never come back out")
    .addHelpText("after", examples({ "ampctl provider list": "which endpoint serves which network" }))
    .action(shell.runs(async () => (await import("../commands/provider-list.ts")).providerList));
  addAdd(provider, shell);
  addConfirmOptions(provider.command("remove").alias("rm"))
    .description("Remove a provider; not the last one of a network that an active job needs")
    .argument("<name>", "the provider's name")
    .addHelpText("after", examples({ "ampctl provider rm spare": "an endpoint that is gone" }))
    .action(shell.runs(async () => (await import("../commands/provider-remove.ts")).providerRemove));
}

function addAdd(provider: Command, shell: Shell): void {
  provider
    .command("add")
    .description("Register an endpoint, or replace it; a secret that is left out stays as it was")
    .argument("<name>", "its name: lower-case letters, digits and '_'")
    .addOption(new Option("--kind <kind>", "what it speaks; default evm-rpc"))
    .addOption(new Option("--network <network>", "the chain, as manifests name it"))
    .addOption(new Option("--url <url>", "http, https, ws or wss"))
    .addOption(
      new Option("--set <key=value>", "any other field, such as rate_limit_per_minute=600; may be repeated").argParser(
        parseField,
      ),
    )
    .addOption(new Option("--file <file>", "the fields as a JSON file, - for stdin; options go before it"))
    .addHelpText(
      "after",
      examples({
        "ampctl provider add spare --network anvil --url http://127.0.0.1:8546": "another endpoint of a network",
        "ampctl provider add paid --network anvil --url https://rpc.example.com --set auth_token='${AMP_SECRET_RPC}'":
          "with a secret of the worker's environment, which ampctl never sees",
        "ampctl provider add paid --file provider.json": "from a file",
      }),
    )
    .action(shell.runs(async () => (await import("../commands/provider-add.ts")).providerAdd));
}
