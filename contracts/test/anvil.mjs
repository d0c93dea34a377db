// A real node on a free port, and what a test needs to say to it.

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { createTestClient, createWalletClient, getAddress, http, publicActions } from 'viem';
import { foundry } from 'viem/chains';

const START_MS = 20_000;
// Given with every transaction, so that one that is going to fail is mined instead of refused by the estimate.
const GAS = 5_000_000n;

// The same rule as `xtask`: an anvil of one's own choice first, then the pinned one.
function anvilPath() {
  if (process.env.BREAKGLASS_ANVIL) return process.env.BREAKGLASS_ANVIL;
  const cpu = { x64: 'amd64', arm64: 'arm64' }[process.arch] ?? process.arch;
  const name = `@foundry-rs/anvil-${process.platform}-${cpu}/bin/anvil${process.platform === 'win32' ? '.exe' : ''}`;
  return createRequire(import.meta.url).resolve(name);
}

/** Starts anvil; `node.stop()` ends it. Anvil dies with us even when a test throws before that. */
export async function startAnvil() {
  const child = spawn(anvilPath(), ['--port', '0', '--accounts', '10', '--balance', '10000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`anvil did not listen within ${START_MS} ms`)), START_MS);
    const settle = (how, what) => (clearTimeout(timer), how(what));
    child.once('error', (why) => settle(reject, why));
    child.once('exit', (code) => settle(reject, new Error(`anvil ended with ${code} before it listened`)));
    // Its log is read to the end so that it never waits for us.
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = line.match(/^Listening on (\S+)$/)?.[1];
      if (address) settle(resolve, `http://${address}`);
    });
  });
  const transport = http(url, { retryCount: 0 });
  const chain = foundry;
  const client = createTestClient({ chain, mode: 'anvil', transport, pollingInterval: 20 }).extend(publicActions);
  const wallet = createWalletClient({ chain, transport });
  const stop = async () => {
    kill();
    await ended;
    process.removeListener('exit', kill);
  };
  return { client, wallet, accounts: await wallet.getAddresses(), stop };
}

export function artifact(name) {
  return JSON.parse(readFileSync(new URL(`../artifacts/${name}.json`, import.meta.url), 'utf8'));
}

/** Deploys a contract and returns a handle whose `abi` is `abiOf`'s, where a proxy stands before another contract. */
export async function deploy(node, from, name, args, abiOf = name) {
  const { abi, bytecode } = artifact(name);
  const hash = await node.wallet.deployContract({ abi, bytecode, args, account: from, gas: GAS });
  const receipt = await node.client.waitForTransactionReceipt({ hash });
  if (receipt.status !== 'success') throw new Error(`${name} was not deployed`);
  return { address: getAddress(receipt.contractAddress), abi: artifact(abiOf).abi };
}

export const read = (node, contract, functionName, ...args) =>
  node.client.readContract({ ...contract, functionName, args });

/** Mines a call and returns its receipt, whether it went well or not. */
export async function mine(node, from, contract, functionName, args = [], value = 0n) {
  const hash = await node.wallet.writeContract({ ...contract, functionName, args, value, account: from, gas: GAS });
  return node.client.waitForTransactionReceipt({ hash });
}

/** Mines a call that must go well. */
export async function send(node, from, contract, functionName, args = [], value = 0n) {
  const receipt = await mine(node, from, contract, functionName, args, value);
  if (receipt.status !== 'success') throw new Error(`${functionName} failed: ${await reason(node, from, contract, functionName, args, value)}`);
  return receipt;
}

/** Mines a call that must fail, and returns the contract's error: its name and arguments. */
export async function refusal(node, from, contract, functionName, args = [], value = 0n) {
  const why = await reason(node, from, contract, functionName, args, value);
  const receipt = await mine(node, from, contract, functionName, args, value);
  if (receipt.status !== 'reverted') throw new Error(`${functionName} was expected to fail and went through`);
  return why;
}

async function reason(node, from, contract, functionName, args, value) {
  // The errors of contracts further in are not in the ABI of the one called.
  const errors = ['Vault', 'Attacker', 'DemoToken'].flatMap((name) => artifact(name).abi.filter(({ type }) => type === 'error'));
  const call = { ...contract, abi: [...contract.abi, ...errors], functionName, args, value, account: from };
  try {
    await node.client.simulateContract(call);
  } catch (error) {
    const data = error.walk((cause) => cause.data?.errorName)?.data;
    if (!data) throw error;
    return [data.errorName, ...(data.args ?? [])];
  }
  return ['no error'];
}
