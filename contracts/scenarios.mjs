// Compiles `scenarios/` to `scenarios/out/`, one JSON a source file: contracts by name, with what it takes to deploy
// them. Nothing of it is committed, and nothing is compiled again that did not change.
//
//   node scenarios.mjs

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(fileURLToPath(import.meta.url));
const sources = join(home, 'scenarios');
const out = join(sources, 'out');

// Attackers and victims of the wild carry metadata; ours do too, so that whoever reads code has to cope with it.
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  viaIR: false,
  outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object'] } },
};

const read = (path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');

const paths = readdirSync(sources, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.sol'))
  .map((entry) => relative(sources, join(entry.parentPath, entry.name)).split(sep).join('/'))
  .sort();

const input = {
  language: 'Solidity',
  sources: Object.fromEntries(paths.map((path) => [path, { content: read(join(sources, path)) }])),
  settings,
};
const stamp = createHash('sha256').update(JSON.stringify(input)).update(read(join(home, 'package-lock.json'))).digest('hex');
const stampFile = join(out, 'stamp');
if (existsSync(stampFile) && read(stampFile) === stamp) {
  console.log(`${paths.length} scenario sources are compiled`);
  process.exit(0);
}

const { default: solc } = await import('solc');
const findImport = (path) => {
  const file = join(home, 'node_modules', path);
  return existsSync(file) ? { contents: read(file) } : { error: `no such file: ${path}` };
};
const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
const faults = (output.errors ?? []).filter(({ severity }) => severity === 'error');
if (faults.length > 0) {
  for (const fault of faults) console.error(fault.formattedMessage.trimEnd());
  process.exit(1);
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
let count = 0;
for (const path of paths) {
  const contracts = {};
  for (const [name, { evm }] of Object.entries(output.contracts[path] ?? {})) {
    if (evm.bytecode.object === '') continue; // an interface or an abstract contract
    contracts[name] = { bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` };
    count += 1;
  }
  const file = `${path.replace(/\.sol$/, '').replaceAll('/', '.')}.json`;
  writeFileSync(join(out, file), JSON.stringify(contracts));
}
writeFileSync(stampFile, stamp);
console.log(`${count} contracts of ${paths.length} scenario sources compiled`);
