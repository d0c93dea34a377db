// The demo protocol on a real node: honest days, the drain, the pause that ends it, and who may do what.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { encodeFunctionData, keccak256, parseEther, toHex, zeroHash } from 'viem';
import { deploy, read, refusal, send, startAnvil } from './anvil.mjs';

const ether = parseEther;
const GUARDIAN_ROLE = keccak256(toHex('GUARDIAN_ROLE'));
const IMPLEMENTATION_SLOT = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc';
const ROUNDS = 10n;
const SLICE = ether('5');
const STAKE = ether('40'); // one slice for each of eight attacks

let node;
let at; // the people
let token, vault, implementation, attacker;
let fresh; // anvil's snapshot of the vault on an honest day

const holdings = (address) => node.client.getBalance({ address });
const dollars = (address) => read(node, token, 'balanceOf', address);

before(async () => {
  node = await startAnvil();
  const [admin, guardian, ana, ben, cleo, dora, thief, stranger] = node.accounts;
  at = { admin, guardian, ana, ben, cleo, dora, thief, stranger };
  token = await deploy(node, admin, 'DemoToken', [admin]);
  implementation = await deploy(node, admin, 'Vault', []);
  const initialization = encodeFunctionData({
    abi: implementation.abi,
    functionName: 'initialize',
    args: [admin, guardian, token.address, ether('2000')],
  });
  vault = await deploy(node, admin, 'VaultProxy', [implementation.address, initialization], 'Vault');

  for (const lender of [ana, ben]) {
    await send(node, admin, token, 'mint', [lender, ether('300000')]);
    await send(node, lender, token, 'approve', [vault.address, ether('300000')]);
    await send(node, lender, vault, 'deposit', [ether('300000')]);
  }
  await send(node, ana, vault, 'depositEther', [], ether('100'));
  await send(node, ben, vault, 'depositEther', [], ether('50'));
  await send(node, cleo, vault, 'depositEther', [], ether('150'));
  await send(node, dora, vault, 'depositEther', [], ether('100'));
  await send(node, cleo, vault, 'borrow', [ether('100000')]);

  attacker = await deploy(node, thief, 'Attacker', [vault.address, SLICE]);
  await send(node, thief, attacker, 'stake', [], STAKE);
  fresh = await node.client.snapshot();
});

after(() => node?.stop());

beforeEach(async () => {
  await node.client.revert({ id: fresh });
  fresh = await node.client.snapshot(); // reverting uses a snapshot up
});

describe('an honest day', () => {
  it('holds what was deposited, less what was lent', async () => {
    assert.equal(await holdings(vault.address), ether('440'));
    assert.equal(await dollars(vault.address), ether('500000'));
    assert.equal(await dollars(at.cleo), ether('100000'));
    assert.equal(await read(node, vault, 'debtOf', at.cleo), ether('100000'));
    assert.equal(await read(node, token, 'symbol'), 'DUSD');
    assert.equal(await read(node, token, 'decimals'), 18);
  });

  it('lends only against ether, and keeps the ether that covers a loan', async () => {
    assert.equal(await read(node, vault, 'borrowLimit', at.cleo), ether('225000'));
    assert.deepEqual(await refusal(node, at.cleo, vault, 'borrow', [ether('125000') + 1n]), [
      'InsufficientCollateral', at.cleo, ether('225000') + 1n, ether('225000'),
    ]);
    assert.deepEqual(await refusal(node, at.cleo, vault, 'withdrawEther', [ether('100')]), [
      'InsufficientCollateral', at.cleo, ether('100000'), ether('75000'),
    ]);
    await send(node, at.cleo, token, 'approve', [vault.address, ether('100000')]);
    assert.deepEqual(await refusal(node, at.cleo, vault, 'repay', [ether('100000') + 1n]), [
      'ExcessRepayment', at.cleo, ether('100000'), ether('100000') + 1n,
    ]);
    await send(node, at.cleo, vault, 'repay', [ether('100000')]);
    await send(node, at.cleo, vault, 'withdrawEther', [ether('150')]);
    assert.equal(await holdings(vault.address), ether('290'));
    assert.equal(await dollars(vault.address), ether('600000'));
  });

  it('gives nobody more than is theirs, and nobody what is lent out', async () => {
    assert.deepEqual(await refusal(node, at.ana, vault, 'withdrawEther', [ether('101')]), [
      'InsufficientEther', at.ana, ether('100'), ether('101'),
    ]);
    assert.deepEqual(await refusal(node, at.ana, vault, 'withdraw', [ether('300001')]), [
      'InsufficientDeposit', at.ana, ether('300000'), ether('300001'),
    ]);
    await send(node, at.ana, vault, 'withdraw', [ether('300000')]);
    assert.deepEqual(await refusal(node, at.ben, vault, 'withdraw', [ether('300000')]), [
      'InsufficientLiquidity', ether('200000'), ether('300000'),
    ]);
    assert.deepEqual(await refusal(node, at.ben, vault, 'deposit', [0n]), ['ZeroAmount']);
  });
});

describe('the attack', () => {
  it('takes everything in eight transactions, while one slice is booked for each', async () => {
    const before = await holdings(at.thief);
    let spent = 0n;
    const act = async (name, args = []) => {
      const receipt = await send(node, at.thief, attacker, name, args);
      spent += receipt.gasUsed * receipt.effectiveGasPrice;
    };
    for (let sent = 1n; sent <= 8n; sent += 1n) {
      await act('attack', [ROUNDS]);
      assert.equal(await holdings(vault.address), ether('440') - sent * ether('55'));
      assert.equal(await read(node, vault, 'etherOf', attacker.address), STAKE - sent * SLICE);
    }
    assert.equal(await holdings(vault.address), 0n);
    assert.equal(await holdings(attacker.address), ether('440'));
    await act('sweep');
    assert.equal(await holdings(attacker.address), 0n);
    assert.equal((await holdings(at.thief)) - before + spent, ether('440'));
    // The books still promise the ether that is gone; the dollars were never in reach.
    assert.equal(await read(node, vault, 'etherOf', at.ana), ether('100'));
    assert.deepEqual(await refusal(node, at.ana, vault, 'withdrawEther', [ether('100')]), [
      'EtherTransferFailed', at.ana, ether('100'),
    ]);
    assert.equal(await dollars(vault.address), ether('500000'));
  });

  it('stops before the vault runs dry instead of failing', async () => {
    const greedy = await deploy(node, at.thief, 'Attacker', [vault.address, ether('100')]);
    await send(node, at.thief, greedy, 'stake', [], ether('100'));
    await send(node, at.thief, greedy, 'attack', [20n]);
    assert.equal(await holdings(vault.address), ether('40')); // 540 and five slices
    assert.equal(await holdings(greedy.address), ether('500'));
    assert.equal(await read(node, greedy, 'roundsLeft'), 0n);
  });

  it('fails with the error of the vault once the guardian has paused, and the rest is saved', async () => {
    await send(node, at.thief, attacker, 'attack', [ROUNDS]);
    await send(node, at.thief, attacker, 'attack', [ROUNDS]);
    const receipt = await send(node, at.guardian, vault, 'pause');
    assert.equal(receipt.to, vault.address.toLowerCase());
    assert.equal(await read(node, vault, 'paused'), true);
    for (let sent = 3; sent <= 8; sent += 1) {
      assert.deepEqual(await refusal(node, at.thief, attacker, 'attack', [ROUNDS]), ['EnforcedPause']);
    }
    assert.equal(await holdings(vault.address), ether('330'));
    assert.equal(await holdings(attacker.address), ether('110'));
  });

  it('a pause stops the money and lets debts be paid; after it honest users are paid out', async () => {
    await send(node, at.thief, attacker, 'attack', [ROUNDS]);
    await send(node, at.guardian, vault, 'pause');
    await send(node, at.cleo, token, 'approve', [vault.address, ether('100000')]);
    await send(node, at.cleo, vault, 'repay', [ether('100000')]);
    for (const [name, args, value] of [
      ['withdrawEther', [1n]], ['withdraw', [1n]], ['deposit', [1n]], ['borrow', [1n]], ['depositEther', [], 1n],
    ]) {
      assert.deepEqual(await refusal(node, at.ana, vault, name, args, value), ['EnforcedPause'], name);
    }
    await send(node, at.admin, vault, 'unpause');
    for (const [who, amount] of [[at.ana, '100'], [at.ben, '50'], [at.cleo, '150']]) {
      await send(node, who, vault, 'withdrawEther', [ether(amount)]);
    }
    for (const lender of [at.ana, at.ben]) {
      await send(node, lender, vault, 'withdraw', [ether('300000')]);
      assert.equal(await dollars(lender), ether('300000'));
    }
    assert.equal(await holdings(vault.address), ether('85')); // 440 - 55 stolen - 300 paid out
    assert.equal(await dollars(vault.address), 0n);
  });

  it('serves its owner only', async () => {
    for (const [name, args] of [['attack', [ROUNDS]], ['sweep'], ['stake']]) {
      assert.deepEqual(await refusal(node, at.stranger, attacker, name, args), ['NotOwner', at.stranger], name);
    }
    assert.deepEqual(await refusal(node, at.thief, attacker, 'sweep'), ['NothingToSweep']);
  });
});

describe('who may do what', () => {
  it('only the guardian pauses, only the admin unpauses', async () => {
    for (const who of [at.admin, at.stranger, at.thief]) {
      assert.deepEqual(await refusal(node, who, vault, 'pause'), ['AccessControlUnauthorizedAccount', who, GUARDIAN_ROLE]);
    }
    await send(node, at.guardian, vault, 'pause');
    assert.deepEqual(await refusal(node, at.guardian, vault, 'pause'), ['EnforcedPause']);
    for (const who of [at.guardian, at.stranger]) {
      assert.deepEqual(await refusal(node, who, vault, 'unpause'), ['AccessControlUnauthorizedAccount', who, zeroHash]);
    }
    await send(node, at.admin, vault, 'unpause');
    assert.deepEqual(await refusal(node, at.admin, vault, 'unpause'), ['ExpectedPause']);
    assert.equal(await read(node, vault, 'paused'), false);
  });

  it('only the admin upgrades, and the money stays', async () => {
    const next = await deploy(node, at.admin, 'Vault', []);
    const upgrade = [next.address, '0x'];
    for (const who of [at.guardian, at.stranger]) {
      assert.deepEqual(await refusal(node, who, vault, 'upgradeToAndCall', upgrade), ['AccessControlUnauthorizedAccount', who, zeroHash]);
    }
    assert.deepEqual(await refusal(node, at.admin, vault, 'upgradeToAndCall', [token.address, '0x']), [
      'ERC1967InvalidImplementation', token.address,
    ]);
    const receipt = await send(node, at.admin, vault, 'upgradeToAndCall', upgrade);
    assert.equal(receipt.logs.length, 1);
    const slot = await node.client.getStorageAt({ address: vault.address, slot: IMPLEMENTATION_SLOT });
    assert.equal(`0x${slot.slice(26)}`, next.address.toLowerCase());
    assert.equal(await read(node, vault, 'etherOf', at.ana), ether('100'));
  });

  it('only the admin grants and revokes roles', async () => {
    const grant = [GUARDIAN_ROLE, at.stranger];
    assert.deepEqual(await refusal(node, at.guardian, vault, 'grantRole', grant), ['AccessControlUnauthorizedAccount', at.guardian, zeroHash]);
    await send(node, at.admin, vault, 'grantRole', grant);
    await send(node, at.stranger, vault, 'pause');
    await send(node, at.admin, vault, 'unpause');
    await send(node, at.admin, vault, 'revokeRole', grant);
    assert.deepEqual(await refusal(node, at.stranger, vault, 'pause'), ['AccessControlUnauthorizedAccount', at.stranger, GUARDIAN_ROLE]);
  });

  it('nobody initializes twice, and the code behind the proxy never', async () => {
    const args = [at.thief, at.thief, token.address, 1n];
    for (const contract of [vault, implementation]) {
      assert.deepEqual(await refusal(node, at.thief, contract, 'initialize', args), ['InvalidInitialization']);
    }
  });

  it('only the minter mints', async () => {
    assert.deepEqual(await refusal(node, at.thief, token, 'mint', [at.thief, 1n]), ['NotMinter', at.thief]);
  });
});
