import { setTimeout as sleep } from "node:timers/promises";
import {
  type Address,
  createTestClient,
  encodeFunctionData,
  getContractAddress,
  http,
  parseEther,
  parseGwei,
  publicActions,
  type TransactionRequest,
  walletActions,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { callAnvil } from "./anvil.ts";
import { TOKEN_ABI, TOKEN_BYTECODE } from "./token.ts";

/** Anvil funds the first ten accounts of this mnemonic and signs for them, so their nonces are the node's to count. */
const MNEMONIC = "test test test test test test test test test test test junk";
const ACCOUNTS = Array.from({ length: 10 }, (_, index) => mnemonicToAccount(MNEMONIC, { addressIndex: index }).address);
/** The last account creates contracts and does nothing else. */
const CREATOR = accountAt(9);

const TICK_MS = 1_000;
const TIMEOUT_MS = 5_000;
/** Above so many unmined transactions a tick sends nothing: the node has stopped mining, or cannot keep up. */
const MAX_PENDING = 200;
const ROUNDS_PER_DEPLOYMENT = 50;
const SHARE = 4;

/** Enough for everything that is sent here. Given, because Anvil refuses to estimate a transaction that reverts. */
const GAS = 300_000n;
const GAS_PRICE = parseGwei("3");
const FEES = { maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: parseGwei("1") };

/** A contract, and the nonce of its creator at its creation. */
type Token = { readonly address: Address; readonly nonce: number };

type Sent = TransactionRequest & { readonly from: Address };

/**
 * Sends some transactions every second until the signal aborts, then resolves. A node that is away for a while costs
 * the rounds in between and nothing else.
 */
export async function runTraffic(url: string, signal: AbortSignal): Promise<void> {
  const client = clientOf(url);
  let token: Token | undefined;
  for (let round = 0; !signal.aborted; round++) {
    try {
      const { pending, queued } = await client.getTxpoolStatus();
      if (pending + queued >= MAX_PENDING) continue;
      if (token !== undefined && (await creatorNonce(client)) <= token.nonce) token = undefined;
      await sendAll(client, shareOf(transactionsOf(round, token), round));
      if (token === undefined || round % ROUNDS_PER_DEPLOYMENT === 0) token = await deployToken(client);
    } catch {
      // The node is away. It may come back with an older state, and then without the contract.
    } finally {
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Makes exactly so many blocks of traffic at once, and leaves the node mining as it did before. Every tenth block is
 * empty. On nodes that start from the same genesis (`--timestamp`) the same blocks come up, one second apart.
 */
export async function mineTraffic(url: string, options: { blocks: number; signal?: AbortSignal }): Promise<void> {
  const client = clientOf(url);
  const isAutomining = await client.getAutomine();
  const interval = await callAnvil(url, "anvil_getIntervalMining", [], AbortSignal.timeout(TIMEOUT_MS));
  await client.setAutomine(false);
  await client.setBlockTimestampInterval({ interval: 1 });
  try {
    let token: Token | undefined;
    for (let round = 0; round < options.blocks; round++) {
      options.signal?.throwIfAborted();
      if (round % 10 !== 9) await sendAll(client, transactionsOf(round, token));
      if (round % ROUNDS_PER_DEPLOYMENT === 0) token = await deployToken(client);
      await client.mine({ blocks: 1 });
    }
  } finally {
    await client.removeBlockTimestampInterval();
    if (isAutomining) await client.setAutomine(true);
    else if (typeof interval === "number" && interval > 0) await client.setIntervalMining({ interval });
  }
}

type Client = ReturnType<typeof clientOf>;

function clientOf(url: string) {
  const transport = http(url, { timeout: TIMEOUT_MS, retryCount: 0 });
  return createTestClient({ mode: "anvil", transport }).extend(publicActions).extend(walletActions);
}

/** One after another, so that the order in the block is always the same. */
async function sendAll(client: Client, requests: readonly Sent[]): Promise<void> {
  for (const { from, ...request } of requests) {
    await client.sendTransaction({ ...request, account: from, chain: null });
  }
}

/** Its address is known before it is mined, so the next round can call it without waiting. */
async function deployToken(client: Client): Promise<Token> {
  const nonce = await creatorNonce(client);
  await sendAll(client, [{ from: CREATOR, data: TOKEN_BYTECODE, gas: GAS, ...FEES }]);
  return { nonce, address: getContractAddress({ from: CREATOR, nonce: BigInt(nonce) }) };
}

function creatorNonce(client: Client): Promise<number> {
  return client.getTransactionCount({ address: CREATOR, blockTag: "pending" });
}

/**
 * A few of the round's transactions, others each time: the node keeps every block, and one of 8 transactions takes
 * 60 kB of its memory and 23 kB of its state (2026-11-24). A demo may run for a day.
 */
function shareOf(requests: readonly Sent[], round: number): Sent[] {
  const first = (round * SHARE) % requests.length;
  return [...requests, ...requests].slice(first, first + SHARE);
}

function transactionsOf(round: number, token: Token | undefined): Sent[] {
  return [...transfersOf(round), ...(token === undefined ? [] : callsOf(round, token.address))];
}

/** Ether between accounts, by transactions of each type; a few more in some rounds than in others. */
function transfersOf(round: number): Sent[] {
  const value = parseEther("0.0001") + BigInt(round);
  const to = accountAt(round);
  const accessList = [{ address: to, storageKeys: [`0x${"00".repeat(31)}01`, `0x${"00".repeat(31)}02`] as const }];
  const extra = Array.from({ length: round % 4 }, (_, index) => accountAt(index + 3));
  return [
    { type: "legacy", from: accountAt(0), to, value, gas: GAS, gasPrice: GAS_PRICE },
    { type: "eip2930", from: accountAt(1), to, value, gas: GAS, gasPrice: GAS_PRICE, accessList },
    { type: "eip1559", from: accountAt(2), to, value, gas: GAS, ...FEES },
    ...extra.map((from): Sent => ({ type: "eip1559", from, to, value, gas: GAS, ...FEES })),
  ];
}

/** Calls of the token: each kind of log, and one that reverts. */
function callsOf(round: number, token: Address): Sent[] {
  const abi = TOKEN_ABI;
  const to = accountAt(round);
  const amount = BigInt(round) * 10n ** 18n;
  const transfer = encodeFunctionData({ abi, functionName: "transfer", args: [to, amount] });
  const approve = encodeFunctionData({ abi, functionName: "approve", args: [to, amount] });
  const transferFrom = encodeFunctionData({
    abi,
    functionName: "transferFrom",
    args: [accountAt(5), to, BigInt(round)],
  });
  return [
    { type: "eip1559", from: accountAt(3), to: token, data: transfer, gas: GAS, ...FEES },
    { type: "legacy", from: accountAt(4), to: token, data: approve, gas: GAS, gasPrice: GAS_PRICE },
    {
      type: "eip2930",
      from: accountAt(5),
      to: token,
      data: transferFrom,
      gas: GAS,
      gasPrice: GAS_PRICE,
      accessList: [],
    },
    { type: "eip1559", from: accountAt(6), to: token, value: BigInt(round) + 1n, gas: GAS, ...FEES },
    { type: "eip1559", from: accountAt(7), to: token, data: "0xdeadbeef", gas: GAS, ...FEES },
  ];
}

function accountAt(index: number): Address {
  const account = ACCOUNTS[index % ACCOUNTS.length];
  if (account === undefined) throw new Error(`there is no account ${index}`);
  return account;
}
