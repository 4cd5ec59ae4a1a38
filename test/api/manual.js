// docs/api.md: its examples run, its tables are what the catalogue says.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');
const { test } = require('./harness');
const stack = require('./stack');
const { hs256 } = require('./token');

const page = path.join(stack.root, 'docs', 'api.md');
const ROLES = ['operator', 'contractor', 'admin', 'anon', 'gateway'];

// The table of who may what; what administrators alone have is left out
async function rolesTable() {
  const functions = await stack.sql(`
    SELECT p.proname AS name, ARRAY(SELECT r FROM unnest($1::text[]) r WHERE has_function_privilege('strike_' || r, p.oid, 'EXECUTE')) AS roles
    FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace AND p.prorettype <> 'trigger'::regtype ORDER BY 1`, ROLES);
  const relations = await stack.sql(`
    SELECT c.relname AS name, r AS role, has_any_column_privilege('strike_' || r, c.oid, 'SELECT') AS reads,
      has_any_column_privilege('strike_' || r, c.oid, 'INSERT') OR has_any_column_privilege('strike_' || r, c.oid, 'UPDATE')
        OR has_table_privilege('strike_' || r, c.oid, 'DELETE') AS writes
    FROM pg_class c, unnest($1::text[]) WITH ORDINALITY u(r, n) WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v', 'm') ORDER BY 1, n`, ROLES);
  const line = (name, cells) => (cells.some((cell, i) => cell && ROLES[i] !== 'admin') ? `| \`${name}\` | ${cells.join(' | ')} |` : '');
  const tables = [...new Set(relations.map((one) => one.name))].map((name) =>
    line(name, relations.filter((one) => one.name === name).map((one) => [one.reads && 'read', one.writes && 'write'].filter(Boolean).join(', '))));
  return [
    `| | ${ROLES.join(' | ')} |`, `|---${'|---'.repeat(ROLES.length)}|`,
    ...functions.map((one) => line(`${one.name}()`, ROLES.map((role) => (one.roles.includes(role) ? 'call' : '')))), ...tables,
  ].filter(Boolean).join('\n');
}

module.exports = async () => {
  await test('the manual: each example runs', async () => {
    await stack.scenario('happy-path');
    const examples = [...fs.readFileSync(page, 'utf8').matchAll(/^```sh\n([^]*?)^```/gm)].map((match) => match[1]);
    assert.ok(examples.length >= 6);
    // a refusal that is shown is no failure of the example; a jq -e after it is the judge
    const script = examples.map((one, i) => `echo '# example ${i + 1}'\n${one}`).join('\n');
    const file = path.join(stack.work, 'manual.sh');
    fs.writeFileSync(file, `set -eu\ncd ${stack.root}\nexec 2>&1\ntrap 'echo "failed: $BASH_COMMAND"' ERR\n${script.replace(/ -o (\S+\.json)/g, ` -o ${stack.work}/$1`)}\necho '# all done'\n`);
    const { stdout } = await stack.run('bash', [file], {
      env: {
        ...process.env, REST_URL: stack.rest, JWT_SECRET: stack.SECRET,
        NOC_TOKEN: hs256(stack.SECRET, { role: 'strike_operator', sub: 'noc-east.operator', tenant: 'noc-east' }),
        OSP_TOKEN: hs256(stack.SECRET, { role: 'strike_contractor', sub: 'osp-fibre.supervisor', tenant: 'osp-fibre' }),
      },
      timeout: 60000,
    }).catch((error) => {
      throw new Error(`${error.message}\n${error.stdout}`);
    });
    assert.match(stdout, /# all done\n$/);
    assert.match(stdout, /contractor dispatched · /);
    assert.match(stdout, /unknown job type/);
  });

  await test('the manual: the table of roles is what the catalogue says', async () => {
    const text = fs.readFileSync(page, 'utf8');
    const [whole, , table] = /(<!-- roles -->\n)([^]*?)<!-- end of roles -->/.exec(text);
    const wanted = await rolesTable();
    if (process.env.WRITE_DOCS) fs.writeFileSync(page, text.replace(whole, `<!-- roles -->\n${wanted}\n<!-- end of roles -->`));
    else assert.strictEqual(table.trim(), wanted, 'WRITE_DOCS=1 test/api/run roles writes it');
  });

  await test('the manual knows each function that people may call', async () => {
    const text = fs.readFileSync(page, 'utf8');
    for (const role of ['strike_operator', 'strike_contractor', 'strike_anon']) {
      const names = await stack.sql("SELECT p.proname AS name FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace AND p.prorettype <> 'trigger'::regtype AND has_function_privilege($1, p.oid, 'EXECUTE')", role);
      for (const { name } of names) assert.ok(text.includes(name), `${name} isn't in docs/api.md`);
    }
  });
};
