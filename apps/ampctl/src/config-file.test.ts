import { expect, test } from "vitest";
import { parseConfig } from "./config-file.ts";

function faultsOf(text: string): string[] {
  const faults: string[] = [];
  parseConfig("/c.toml", text, faults);
  return faults;
}

test("servers have names", () => {
  const config = parseConfig("/c.toml", '[servers."eu west"]\nadmin_url = "http://eu"\n', []);
  expect(config?.servers.get("eu west")).toEqual({ adminUrl: "http://eu", token: undefined });
  expect(config?.server).toBeUndefined();
});

test.each([
  ["", []],
  ["server = 1", ["the config file /c.toml: server must be a name in quotes"]],
  ["servers = 1", ["the config file /c.toml: servers must be tables, such as [servers.production]"]],
  ['servr = "x"', ["the config file /c.toml: 'servr' is not known: use server or servers"]],
  ["[servers.a]", ["the config file /c.toml: server 'a' needs an admin_url in quotes"]],
  [
    '[servers.a]\nadmin_url = "x"\nauth_token = 7',
    ["the config file /c.toml: auth_token of server 'a' must be in quotes"],
  ],
  [
    '[servers.a]\nadmin_url = "x"\ntoken = "t"',
    ["the config file /c.toml: 'token' of server 'a' is not known: use admin_url or auth_token"],
  ],
])("%j has the faults %j", (text, faults) => {
  expect(faultsOf(text)).toEqual(faults);
});

test("a file that is no TOML is told by its line, without its content", () => {
  const [fault = ""] = faultsOf('[servers.a]\nauth_token = "secret\n');
  expect(fault).toContain("the config file /c.toml is no TOML, in line 2");
  expect(fault).not.toContain("secret");
});
