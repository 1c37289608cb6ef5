// node-postgres. Arguments and output are those of the Python scripts: see tests/drivers/python/common.py.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const { pipeline: pump } = require("node:stream/promises");
const { Readable } = require("node:stream");
const { Client } = require("pg");
const Cursor = require("pg-cursor");
const copyStreams = require("pg-copy-streams");

const [host, port, user, password, database, ca, workers] = process.argv.slice(2);
const options = {
  host, port: Number(port), user, password, database,
  ssl: { ca: fs.readFileSync(ca, "utf8"), rejectUnauthorized: true },
};

const UNICODE = "grüße, 你好, 🐘, \u202eabc, e\u0301";
const BINARY = Buffer.concat(Array(4).fill(Buffer.from(Array.from({ length: 256 }, (_, i) => i))));
const LARGE_TEXT = "0123456789abcdeé".repeat((5 * 1024 * 1024) / 17);
const LARGE_BINARY = Buffer.concat(Array(5 * 1024).fill(BINARY));

async function one(c, text, values) {
  const { rows } = await c.query({ text, values, rowMode: "array" });
  return rows[0];
}

async function fails(code, promise) {
  await assert.rejects(promise, (error) => error.code === code || assert.fail(`${error.code} ${error.message}, not ${code}`));
}

async function count(c, w, note) {
  const row = await one(c, "select count(*)::int from driver_checks where worker = $1 and note like $2", [w, note]);
  return row[0];
}

const checks = {
  async simple(c) {
    const results = await c.query("select 1; select 40 + 2 as n");
    assert.equal(results[1].rows[0].n, 42);
  },

  async parametrised(c, w) {
    for (let n = 0; n < 4; n++) {
      const row = await one(c, "select $1::int * $2::int, $3::text", [w, n, UNICODE]);
      assert.deepEqual(row, [w * n, UNICODE]);
    }
  },

  async prepared(c, w) {
    // The same name for the same text in every client, and a name that means something else in each.
    for (let n = 0; n < 20; n++) {
      const shared = { name: "plus", text: "select $1::int + $2::int as n", values: [w, n] };
      assert.equal((await c.query(shared)).rows[0].n, w + n);
      const own = { name: "own", text: `select ${w} * 1000 + $1::int as n`, values: [n] };
      assert.equal((await c.query(own)).rows[0].n, w * 1000 + n);
    }
  },

  async pipeline(c, w) {
    const all = Array.from({ length: 50 }, (_, n) => one(c, "select $1::int + $2::int", [w, n]));
    assert.deepEqual(await Promise.all(all), Array.from({ length: 50 }, (_, n) => [w + n]));
    const notes = Array.from({ length: 100 }, (_, n) => `many ${n}`);
    await c.query("insert into driver_checks select $1, unnest($2::text[])", [w, notes]);
    assert.equal(await count(c, w, "many%"), 100);
  },

  async commit(c, w) {
    await c.query("begin");
    await c.query("insert into driver_checks values ($1, 'commit')", [w]);
    await c.query("savepoint s");
    await c.query("insert into driver_checks values ($1, 'commit')", [w]);
    await c.query("commit");
    assert.equal(await count(c, w, "commit"), 2);
  },

  async rollback(c, w) {
    await c.query("begin");
    await c.query("insert into driver_checks values ($1, 'rollback')", [w]);
    await c.query("rollback");
    assert.equal(await count(c, w, "rollback"), 0);
  },

  async copy(c, w) {
    const lines = Array.from({ length: 5000 }, (_, n) => `${w}\tcopy ${n}\n`);
    await pump(Readable.from(lines), c.query(copyStreams.from("copy driver_checks from stdin")));
    const out = `copy (select * from driver_checks where worker = ${w} and note like 'copy%') to stdout`;
    let seen = 0;
    await pump(c.query(copyStreams.to(out)), async (source) => {
      for await (const chunk of source) seen += chunk.toString().split("\n").length - 1;
    });
    assert.equal(seen, 5000);
    await fails("22P02", pump(Readable.from(["no number\tx\n"]), c.query(copyStreams.from("copy driver_checks from stdin"))));
    assert.deepEqual(await one(c, "select 1"), [1]);
  },

  async cursor(c) {
    await c.query("begin");
    const cursor = c.query(new Cursor("select generate_series(1, 1000) as n"));
    let total = 0;
    for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100)) {
      total += rows.reduce((sum, row) => sum + row.n, 0);
    }
    await cursor.close();
    await c.query("commit");
    assert.equal(total, 500500);
  },

  async cancel(c) {
    const sleep = c.query("select pg_sleep(60)");
    // The query may not have begun at the first cancel.
    const timer = setInterval(() => {
      const other = new Client({ ...options, ssl: false });
      other.connection.on("error", () => {});
      other.cancel(c, c.activeQuery ?? c._activeQuery);
    }, 300);
    await fails("57014", sleep).finally(() => clearInterval(timer));
    // A cancel that was on its way may still hit what comes next, as on a direct connection.
    for (let hit = true; hit; ) {
      hit = await one(c, "select pg_sleep(0.1)").then(() => false, (error) => assert.equal(error.code, "57014") ?? true);
    }
    assert.deepEqual(await one(c, "select 1"), [1]);
  },

  async error(c) {
    await fails("22012", c.query("select 1/0"));
    await fails("42601", c.query("selec"));
    await fails("42P01", c.query("select * from no_such_table where x = $1", [1]));
    await c.query("begin");
    await fails("22012", c.query("select 1/$1::int", [0]));
    await fails("25P02", c.query("select 1"));
    await c.query("rollback");
    assert.deepEqual(await one(c, "select 1"), [1]);
  },

  async values(c) {
    const sent = [null, "", UNICODE, BINARY, LARGE_TEXT, LARGE_BINARY];
    const got = await one(c, "select $1::text, $2::text, $3::text, $4::bytea, $5::text, $6::bytea", sent);
    sent.forEach((value, i) => {
      const same = Buffer.isBuffer(value) ? value.equals(got[i]) : value === got[i];
      assert.ok(same, `value ${i} differs`);
    });
  },
};

async function work(worker, failures) {
  let client = null;
  const names = ["login", ...Object.keys(checks)];
  for (const name of names) {
    try {
      if (client === null) {
        client = new Client(options);
        client.on("error", () => {});
        await client.connect();
        assert.ok(client.connection.stream.encrypted);
      }
      if (name !== "login") await checks[name](client, worker);
    } catch (error) {
      failures[name].push(`${error.name}: ${error.message}`.split("\n")[0].slice(0, 300));
      await client.end().catch(() => {});
      client = null;
    }
  }
  await client?.end();
}

async function main() {
  const failures = Object.fromEntries(["login", ...Object.keys(checks)].map((name) => [name, []]));
  await Promise.all(Array.from({ length: Number(workers) }, (_, n) => work(n, failures)));
  let failed = 0;
  for (const [name, reasons] of Object.entries(failures)) {
    if (reasons.length > 0) failed++;
    console.log(reasons.length === 0 ? `ok ${name}` : `FAIL ${name} ${reasons.length} of ${workers} workers: ${reasons[0]}`);
  }
  process.exit(failed === 0 ? 0 : 1);
}

main();
