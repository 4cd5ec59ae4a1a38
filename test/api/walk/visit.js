// The walk itself: through everything that the catalogue says a role may use.
//
// All of it happens in one transaction of a superuser; each step takes on the viewer's role and
// claims, is tried, and is rolled back to where it began.  So a planted leak, too, is gone with it.
'use strict';
const { Client } = require('pg');
const { database } = require('../stack');
const { judge, UNBOUND } = require('./viewers');
const { things, valuesOf, newId } = require('./values');

// Outcomes that may differ with what others do, and why.
const SHARED = {
  strike_health: 'everybody may know how well Strike is',
  strike_live_head: 'the gateway knows how far the feed is',
};

class Walk {
  // isolation: 'REPEATABLE READ' for a world that stands still
  static async open(known, isolation = 'READ COMMITTED') {
    const walk = new Walk();
    walk.known = known;
    walk.things = await things();
    walk.client = new Client(database);
    walk.told = [];
    walk.client.on('notice', (notice) => walk.told.push(notice.message, notice.detail || '', notice.hint || ''));
    await walk.client.connect();
    await walk.client.query(`BEGIN ISOLATION LEVEL ${isolation}`);
    await walk.client.query("SET LOCAL client_min_messages = notice; SET LOCAL search_path = pg_catalog");
    walk.calls = 0;
    return walk;
  }

  async close() {
    await this.client.query('ROLLBACK');
    await this.client.end();
  }

  // body's changes are undone
  async within(body) {
    await this.client.query('SAVEPOINT step');
    try {
      return await body();
    } finally {
      await this.client.query('ROLLBACK TO SAVEPOINT step');
      await this.client.query('RELEASE SAVEPOINT step');
    }
  }

  // What a statement gives a viewer: {text} of rows, or {text, code} of a refusal; after(client) looks
  // at what it did, as superuser, before it is undone.
  async as(viewer, text, values = [], after) {
    this.calls++;
    this.told.length = 0;
    return this.within(async () => {
      await this.client.query("SELECT set_config('request.jwt.claims', $1, true)", [viewer.role === 'strike_anon' ? '' : JSON.stringify(viewer.claims)]);
      await this.client.query(`SET LOCAL ROLE ${viewer.role}`);
      let answer;
      try {
        const { rows } = await this.client.query(text, values);
        answer = { rows, text: JSON.stringify(rows) };
      } catch (error) {
        answer = { code: error.code, text: [error.code, error.message, error.detail, error.hint].filter(Boolean).join(' | ') };
      }
      answer.text += this.told.join(' | ');
      if (after && !answer.code) {
        await this.client.query('RESET ROLE');
        answer.after = await after();
      }
      return answer;
    });
  }

  async rows(text, ...values) {
    return (await this.client.query(text, values)).rows;
  }

  relations() {
    return this.rows(`
      SELECT c.oid, c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted, c.relkind,
        ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'strike' AND c.relkind IN ('r', 'v', 'm', 'p', 'f') ORDER BY 2`);
  }

  // Functions that a role may call, with their arguments' names and types
  functions(role) {
    return this.rows(
      `SELECT p.proname AS name, p.provolatile AS volatile, p.oid::regprocedure::text AS signature,
        coalesce((SELECT jsonb_agg(jsonb_build_object('name', coalesce(p.proargnames[i.n], ''), 'type', replace(format_type(p.proargtypes[i.n - 1], null), 'public.', '')) ORDER BY i.n)
          FROM generate_series(1, p.pronargs) i(n)), '[]') AS arguments
       FROM pg_proc p WHERE p.pronamespace = 'strike'::regnamespace AND p.prokind IN ('f', 'p') AND p.prorettype <> 'trigger'::regtype
         AND has_function_privilege($1, p.oid, 'EXECUTE') ORDER BY 1`,
      role
    );
  }

  async may(role, relation, right) {
    const [{ columns }] = await this.rows(
      `SELECT ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = $2::oid AND a.attnum > 0 AND NOT a.attisdropped
         AND has_column_privilege($1, $2::oid, a.attnum, $3) ORDER BY a.attnum) AS columns`,
      role, relation.oid, right
    );
    return columns;
  }

  // Findings: [{viewer, where, what}]
  async look(viewers, only) {
    const findings = [];
    const add = (viewer, where, what) => findings.push({ viewer: viewer.name, where, what });
    for (const viewer of viewers) {
      for (const relation of await this.relations())
        if (!only || only === relation.name) {
          await this.#read(viewer, relation, add);
          if (!UNBOUND.includes(viewer.role)) await this.#write(viewer, relation, add);
        }
      for (const one of await this.functions(viewer.role)) if (!only || only === one.name) await this.#call(viewer, one, add);
    }
    return findings;
  }

  async #read(viewer, relation, add) {
    const columns = await this.may(viewer.role, relation, 'SELECT');
    const refusal = await this.as(viewer, `SELECT * FROM ${relation.quoted}`);
    if (columns.length < relation.columns.length && refusal.code !== '42501') add(viewer, relation.name, `SELECT * gives ${refusal.code || 'rows'}`);
    for (const what of judge(viewer, refusal.text, this.known)) add(viewer, `${relation.name}.*`, what);
    if (columns.length === 0) return;
    for (const column of columns) {
      const answer = await this.as(viewer, `SELECT "${column}"::text AS value FROM ${relation.quoted}`);
      if (answer.code) add(viewer, `${relation.name}.${column}`, `is granted, but: ${answer.text}`);
      for (const what of judge(viewer, `${column} ${answer.text}`, this.known)) add(viewer, `${relation.name}.${column}`, what);
    }
    const plan = await this.as(viewer, `EXPLAIN (VERBOSE, SETTINGS) SELECT "${columns.join('", "')}" FROM ${relation.quoted}`);
    for (const what of judge(viewer, plan.text, this.known).filter((one) => !/no word/.test(one))) add(viewer, `EXPLAIN of ${relation.name}`, what);
  }

  // What a viewer may change is his own: tried on every row, and with rows of others brought in.
  async #write(viewer, relation, add) {
    const all = () => this.rows(`SELECT t.ctid::text AS place, t::text AS row, to_jsonb(t) AS value FROM ${relation.quoted} t`);
    const others = (row) => judge(viewer, row, this.known).filter((one) => /somebody/.test(one));
    const before = relation.relkind === 'r' ? await all() : [];
    const changed = (after) => before.filter((one) => !after.some((other) => other.place === one.place));
    const updatable = await this.may(viewer.role, relation, 'UPDATE');
    const insertable = await this.may(viewer.role, relation, 'INSERT');
    const [{ deletable }] = await this.rows("SELECT has_table_privilege($1, $2::oid, 'DELETE') AS deletable", viewer.role, relation.oid);
    const tries = updatable.map((column) => [`UPDATE ${relation.quoted} SET "${column}" = "${column}"`, `UPDATE of ${column}`]);
    if (deletable) tries.push([`DELETE FROM ${relation.quoted}`, 'DELETE']);
    for (const [text, words] of tries) {
      const answer = await this.as(viewer, text, [], all);
      for (const what of judge(viewer, answer.text, this.known)) add(viewer, `${words} in ${relation.name}`, what);
      for (const row of changed(answer.after || before)) for (const what of others(row.row)) add(viewer, `${words} in ${relation.name}`, `changes ${what}`);
    }
    if (insertable.length === 0) return;
    const [{ keys }] = await this.rows("SELECT ARRAY(SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = $1::oid AND i.indisprimary AND a.atttypid = 'uuid'::regtype) AS keys", relation.oid);
    for (const { row, value } of before.filter((one) => others(one.row).length > 0)) {
      const copy = { ...value };
      for (const key of keys) copy[key] = newId();
      const columns = insertable.map((one) => `"${one}"`).join(', ');
      const answer = await this.as(
        viewer, `INSERT INTO ${relation.quoted} (${columns}) SELECT ${columns} FROM jsonb_populate_record(null::${relation.quoted}, $1)`, [JSON.stringify(copy)], all
      );
      for (const what of judge(viewer, answer.text, this.known, row)) add(viewer, `INSERT into ${relation.name}`, what);
      if (!answer.code) add(viewer, `INSERT into ${relation.name}`, `writes ${others(row)[0]}`);
    }
  }

  // An answer without what is new each time: keys, times, job numbers
  static plain(text) {
    return text
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?/g, '<time>')
      .replace(/-\d{5}-\d{4}/g, '-<number>')
      .replace(/"(version|ECO) ?\d+/g, '<n>');
  }

  // Every value of every argument, the others as they would do; foreign and absent must look alike.
  async #call(viewer, one, add) {
    const lists = one.arguments.map(({ name, type }) => valuesOf(viewer, name, type, this.things));
    const unknown = lists.findIndex((list) => list === null);
    if (unknown >= 0) return add(viewer, one.signature, `the walk knows no value for ${one.arguments[unknown].name} ${one.arguments[unknown].type}: add one to walk/values.js`);
    const call = (chosen, who = viewer) =>
      this.as(who, `SELECT * FROM strike.${one.name}(${one.arguments.map(({ name, type }, i) => (name ? `"${name}" := ` : '') + (type === 'record' ? 'ROW(1)' : `$${i + 1}::${type === 'geometry' ? 'public.geometry' : type}`)).join(', ')})`,
        one.arguments.some(({ type }) => type === 'record') ? [] : chosen.map((value) => value.give));
    const first = lists.map((list) => list[0]);
    const tried = [first, ...lists.flatMap((list, i) => list.slice(1).map((value) => first.map((other, k) => (k === i ? value : other))))];
    for (const chosen of tried) {
      const answer = await call(chosen);
      const given = chosen.map((value) => String(value.give)).join(' ');
      const asked = this.#askedFor(viewer, one, chosen);
      for (const what of judge(asked, answer.text, this.known, given)) add(viewer, `${one.name}(${given})`, what);
      if (answer.code === 'XX000') add(viewer, `${one.name}(${given})`, answer.text);
    }
    if (UNBOUND.includes(viewer.role) || one.name in SHARED || this.#askedFor(viewer, one, first) !== viewer) return;
    for (const [i, list] of lists.entries()) {
      const nobody = list.find((value) => value.whose === 'absent');
      if (!nobody) continue;
      const other = (value) => first.map((kept, k) => (k === i ? value : kept));
      const clean = (answer, value) => Walk.plain(answer.text.split(String(value.give)).join('<given>'));
      const without = clean(await call(other(nobody)), nobody);
      for (const value of list.filter((some) => some.whose === 'foreign')) {
        const withit = clean(await call(other(value)), value);
        if (withit !== without) add(viewer, `${one.name}, ${one.arguments[i].name}`, `tells that ${value.give} exists: ${withit.slice(0, 200)} <> ${without.slice(0, 200)}`);
      }
    }
  }

  // The gateway asks for others: what it gets is judged as theirs.
  #askedFor(viewer, one, chosen) {
    const at = (name) => one.arguments.findIndex((argument) => argument.name === name);
    if (viewer.role !== 'strike_gateway' || at('caller_role') < 0) return viewer;
    return { ...viewer, role: chosen[at('caller_role')].give, tenant: chosen[at('caller_tenant')].give };
  }

  // Everything a viewer can read, by what was asked: to be compared with the same in another world.
  async observe(viewer) {
    const seen = new Map();
    for (const relation of await this.relations()) {
      const columns = await this.may(viewer.role, relation, 'SELECT');
      if (columns.length === 0) continue;
      const list = `"${columns.join('", "')}"`;
      seen.set(relation.name, (await this.as(viewer, `SELECT ${list} FROM ${relation.quoted} ORDER BY ${list.split(', ')[0]}`)).text);
      seen.set(`count of ${relation.name}`, (await this.as(viewer, `SELECT count(*) FROM ${relation.quoted}`)).text);
    }
    for (const one of await this.functions(viewer.role)) {
      // what changes something is left to the walk: the world that stands still can't be written to
      if (SHARED[one.name] || one.volatile === 'v' || one.arguments.some(({ type }) => type === 'record')) continue;
      const lists = one.arguments.map(({ name, type }) => valuesOf(viewer, name, type, this.things));
      const values = lists.map((list) => list[0].give);
      const answer = await this.as(viewer, `SELECT * FROM strike.${one.name}(${one.arguments.map(({ name, type }, i) => `"${name}" := $${i + 1}::${type}`).join(', ')})`, values);
      seen.set(one.name, Walk.plain(answer.text));
    }
    return seen;
  }
}

module.exports = { Walk };
