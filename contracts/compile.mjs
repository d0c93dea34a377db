// Compiles `src/` to `artifacts/`, one JSON a contract, byte for byte the same everywhere.
//
//   node compile.mjs           write the artifacts, remove those that no source makes any more
//   node compile.mjs --check   change nothing; fail, naming each artifact that is not what the sources say
//
// Dependencies come from `node_modules` (`npm ci`), the compiler is the pinned `solc`.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = dirname(fileURLToPath(import.meta.url));
const artifacts = join(home, 'artifacts');
const remedy = 'run `cargo xtask contracts` and commit the artifacts';

// Without the metadata hash the code depends on nothing but the source and these settings.
const settings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'cancun',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
  outputSelection: {
    '*': {
      '*': [
        'abi',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
        'evm.methodIdentifiers',
        'storageLayout',
      ],
    },
  },
};

function fail(...lines) {
  for (const line of lines) console.error(line);
  process.exit(1);
}

function solidityFiles() {
  return readdirSync(join(home, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sol'))
    .map((entry) => relative(home, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

// A checkout may turn line ends; the compiler and the hash must see the same text everywhere.
const readSource = (path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');

// `@scope/package/file` lives in `node_modules`, `src/..` beside us; nothing else is looked at.
function findImport(path) {
  const file = join(home, path.startsWith('src/') ? path : join('node_modules', path));
  return existsSync(file) ? { contents: readSource(file) } : { error: `no such file: ${relative(home, file)}` };
}

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// The compiler numbers syntax nodes in the order of files: `t_struct(RoleData)52_storage`, `astId`, the keys of
// immutable references. The numbers say nothing and change with an unrelated file, so they are left out; the
// length in `t_array(t_uint256)50_storage` stays.
const withoutNodeNumbers = (type) => type.replace(/(t_(?:struct|enum|contract|userDefinedValueType)\([^()]*\))\d+/g, '$1');

function plainLayout({ storage, types }, name) {
  const plainTypes = {};
  for (const [id, type] of Object.entries(types ?? {})) {
    const plain = { ...type };
    for (const key of ['key', 'value', 'base']) if (plain[key]) plain[key] = withoutNodeNumbers(plain[key]);
    if (plain.members) plain.members = plain.members.map(plainSlot);
    const plainId = withoutNodeNumbers(id);
    if (plainId in plainTypes) fail(`${name}: two types in storage are both called \`${plainId}\`: rename one`);
    plainTypes[plainId] = plain;
  }
  return { storage: storage.map(plainSlot), types: plainTypes };
}

function plainSlot({ contract, label, offset, slot, type }) {
  return { contract, label, offset, slot, type: withoutNodeNumbers(type) };
}

function compile(solc) {
  const paths = solidityFiles();
  const sources = Object.fromEntries(paths.map((path) => [path, { content: readSource(join(home, path)) }]));
  const input = { language: 'Solidity', sources, settings };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: findImport }));
  // A warning in our own source is an error: nobody reads warnings. Those of a dependency are its own business.
  const faults = (output.errors ?? []).filter(
    ({ severity, sourceLocation }) => severity === 'error' || sourceLocation?.file.startsWith('src/'),
  );
  if (faults.length > 0) fail(...faults.map((fault) => fault.formattedMessage.trimEnd()));

  const found = new Map();
  for (const path of paths) {
    for (const [name, contract] of Object.entries(output.contracts[path] ?? {})) {
      const { bytecode, deployedBytecode, methodIdentifiers } = contract.evm;
      if (bytecode.object === '') continue; // an interface or an abstract contract
      if (found.has(`${name}.json`)) fail(`two contracts are called \`${name}\`: rename the one in ${path}`);
      const artifact = {
        contractName: name,
        abi: contract.abi,
        bytecode: `0x${bytecode.object}`,
        deployedBytecode: `0x${deployedBytecode.object}`,
        immutableReferences: Object.values(deployedBytecode.immutableReferences ?? {})
          .flat()
          .sort((a, b) => a.start - b.start),
        methodIdentifiers,
        storageLayout: plainLayout(contract.storageLayout, name),
        source: { path, sha256: createHash('sha256').update(sources[path].content).digest('hex') },
        compiler: {
          version: solc.version(),
          evmVersion: settings.evmVersion,
          metadata: settings.metadata,
          optimizer: settings.optimizer,
        },
      };
      found.set(`${name}.json`, `${JSON.stringify(sorted(artifact), null, 2)}\n`);
    }
  }
  return found;
}

function stale(wanted) {
  const present = existsSync(artifacts) ? readdirSync(artifacts).sort() : [];
  const lines = present.filter((file) => !wanted.has(file)).map((file) => `artifacts/${file} belongs to no source`);
  for (const [file, text] of wanted) {
    const { source } = JSON.parse(text);
    if (!present.includes(file)) lines.push(`artifacts/${file} is missing (from ${source.path})`);
    else if (readSource(join(artifacts, file)) !== text) lines.push(`artifacts/${file} is not what ${source.path} compiles to`);
  }
  return lines;
}

function write(wanted) {
  mkdirSync(artifacts, { recursive: true });
  for (const file of readdirSync(artifacts)) if (!wanted.has(file)) rmSync(join(artifacts, file));
  for (const [file, text] of wanted) writeFileSync(join(artifacts, file), text);
}

const [flag, ...rest] = process.argv.slice(2);
if ((flag !== undefined && flag !== '--check') || rest.length > 0) fail('usage: node compile.mjs [--check]');

const solc = await import('solc').then(
  (module) => module.default,
  (why) => fail(`the compiler is not installed (${why.code ?? why.message}): run \`npm ci\` in contracts`),
);
const wanted = compile(solc);
if (flag === '--check') {
  const lines = stale(wanted);
  if (lines.length > 0) fail(...lines, remedy);
  console.log(`${wanted.size} artifacts are what the sources say`);
} else {
  write(wanted);
  console.log(`${wanted.size} artifacts written: ${[...wanted.keys()].join(' ')}`);
}
