// What PostgREST says about itself: everything explained, and to each role what it may use.
'use strict';
const assert = require('assert');
const { test } = require('./harness');
const { sql, people } = require('./stack');

module.exports = async () => {
  const all = people();
  const roles = { strike_anon: all.anybody, strike_operator: all.east, strike_contractor: all.fibre, strike_admin: all.admin };
  const documents = {};
  for (const [role, person] of Object.entries(roles)) documents[role] = (await person.get('/')).body;

  for (const role of Object.keys(roles))
    await test(`the description shows ${role} what it may use, and nothing else`, async () => {
      const relations = (await sql(
        `SELECT '/' || c.relname AS path FROM pg_class c WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'v', 'm')
           AND has_any_column_privilege($1, c.oid, 'SELECT, INSERT, UPDATE')`, role)).map((one) => one.path);
      const functions = (await sql(
        `SELECT '/rpc/' || p.proname AS path FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace AND p.prorettype <> 'trigger'::regtype
           AND has_function_privilege($1, p.oid, 'EXECUTE') AND NOT 'record'::regtype = ANY (p.proargtypes)`, role)).map((one) => one.path);
      assert.deepStrictEqual(Object.keys(documents[role].paths).sort(), ['/', ...relations, ...functions].sort());
    });

  await test('every table, view, column, function and argument that is shown is explained', async () => {
    const missing = [];
    let counted = 0;
    for (const [role, { paths, definitions = {} }] of Object.entries(documents)) {
      for (const [name, { description, properties }] of Object.entries(definitions)) {
        if (!description) missing.push(`${role}: ${name}`);
        for (const [column, about] of Object.entries(properties)) {
          counted++;
          // PostgREST itself says of a key that it is one
          const words = (about.description || '').replace(/Note:\nThis is a (Primary|Foreign) Key[^]*/, '').trim();
          if (!words) missing.push(`${role}: ${name}.${column}`);
        }
      }
      for (const [path, { post }] of Object.entries(paths)) {
        if (!path.startsWith('/rpc/')) continue;
        counted++;
        const words = `${post.summary || ''}\n${post.description || ''}`;
        if (!post.summary || !post.summary.trim()) missing.push(`${role}: ${path}`);
        const body = post.parameters.find((one) => one.name === 'args');
        for (const argument of Object.keys((body && body.schema.properties) || {})) {
          counted++;
          if (!new RegExp(`^${argument}: \\S`, 'm').test(words)) missing.push(`${role}: ${path}(${argument}): a line "${argument}: …" in the function's COMMENT`);
        }
      }
    }
    assert.deepStrictEqual([...new Set(missing)], []);
    assert.ok(counted > 200, `only ${counted}`);
  });

  await test('the description gives people no word of what is inside', async () => {
    for (const role of ['strike_anon', 'strike_operator', 'strike_contractor']) {
      const hit = /render_status|render_task_id|TASKED|blueprinted|releasable|auth_token|client_secret|provider_sid/.exec(JSON.stringify(documents[role]));
      assert.strictEqual(hit && hit[0], null, role);
    }
    const numbers = /\+?1512555\d{4}/.exec(JSON.stringify(documents));
    assert.strictEqual(numbers, null);
  });
};
