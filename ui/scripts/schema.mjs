// Makes src/api/schema.ts from the API's own description. With --check it only says whether it is fresh.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../crates/console/tests/desk/golden/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.ts", import.meta.url);

const types = astToString(await openapiTS(JSON.parse(await readFile(source, "utf8"))));
const fresh = `// Made from crates/console/tests/desk/golden/openapi.json by \`npm run schema\`. Do not edit.\n\n${types}`;

if (process.argv.includes("--check")) {
  const held = await readFile(target, "utf8").catch(() => "");
  if (held !== fresh) {
    console.error("src/api/schema.ts does not fit the API: run `npm run schema` and commit it");
    process.exit(1);
  }
  console.log("src/api/schema.ts fits the API");
} else {
  await writeFile(target, fresh);
  console.log("wrote src/api/schema.ts");
}
