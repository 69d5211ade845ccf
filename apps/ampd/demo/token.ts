import type { Hex } from "viem";
import { parseAbi } from "viem";

/**
 * A contract that emits what a token emits and keeps no balances: any account may "transfer" anything, and a log of
 * every number of topics comes up. Written by hand: a compiler is not worth a dependency here. The test runs each call.
 *
 * | call | what happens |
 * | --- | --- |
 * | creation | `Deployed()` with one topic, and an anonymous log without any |
 * | no calldata, any value | `Deposit(address indexed, uint256)` |
 * | `transfer`, `approve` | `Transfer` or `Approval` as in ERC-20, with 32 bytes of data |
 * | `transferFrom` | `Transfer` as in ERC-721: four topics, no data |
 * | anything else | reverts |
 */
export const TOKEN_ABI = parseAbi([
  "function transfer(address to, uint256 amount) returns (bool)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function transferFrom(address from, address to, uint256 tokenId) returns (bool)",
]);

const RUNTIME_CODE = [
  "36 15 60 2a 57", // no calldata → deposit
  "5f 35 60 e0 1c", // the selector stays on the stack
  "80 63 a9059cbb 14 60 55 57", // transfer(address,uint256)
  "80 63 095ea7b3 14 60 7a 57", // approve(address,uint256)
  "63 23b872dd 14 60 ae 57", // transferFrom(address,address,uint256)
  "5f 5f fd", // anything else reverts
  "5b 34 5f 52", // 2a deposit: memory[0] = value
  "33 7f e1fffcc4923d04b559f4d29a8bfc6cda04eb5b0d3c460751c2402c5c5cc9109c 60 20 5f a2 00", // LOG2 Deposit(caller)
  "5b 7f ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 60 9c 56", // 55 transfer: Transfer → emit
  "5b 7f 8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925", // 7a approve: Approval, falls through
  "5b 60 24 35 5f 52", // 9c emit: memory[0] = amount
  "33 60 04 35 91 60 20 5f a3 60 dc 56", // LOG3 (caller, first argument) → done
  "5b 60 44 35 60 24 35 60 04 35", // ae transferFrom: token id, to, from
  "7f ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 5f 5f a4", // LOG4 Transfer
  "5b 60 01 5f 52 60 20 5f f3", // dc done: return true
];

const CREATION_CODE = [
  "7f 3fad920548ed9f22deb8333b4cc1e4f9bc36666a1c2aa30ad59a0a3bb9dcbb92 5f 5f a1", // LOG1 Deployed
  "33 5f 52 60 20 5f a0", // LOG0 with the creator as data
  "60 e5 80 60 34 5f 39 5f f3", // return the runtime code: e5 bytes that stand at 34
];

export const TOKEN_BYTECODE: Hex = `0x${[...CREATION_CODE, ...RUNTIME_CODE].join("").replaceAll(" ", "")}`;
