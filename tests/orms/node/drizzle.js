// Drizzle over node-postgres: its migrator on a folder of SQL, prepared statements by name, transactions and savepoints.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { Pool } = require('pg');
const { and, eq, inArray, sql } = require('drizzle-orm');
const { drizzle } = require('drizzle-orm/node-postgres');
const { migrate } = require('drizzle-orm/node-postgres/migrator');
const { integer, jsonb, numeric, pgTable, serial, text, timestamp, unique } = require('drizzle-orm/pg-core');
const { WORKERS, failure, run, say, server, together } = require('./common');

const account = pgTable('account', {
  id: serial().primaryKey(), name: text().notNull().unique(), balance: numeric({ precision: 10, scale: 2 }).default('100'),
  data: jsonb(), made: timestamp({ withTimezone: true }),
});
const entry = pgTable('entry', {
  id: serial().primaryKey(), accountId: integer('account_id').references(() => account.id), position: integer(), tags: text().array(),
}, (table) => [unique().on(table.accountId, table.position)]);

const MIGRATIONS = [
  `CREATE TABLE account (id serial PRIMARY KEY, name text NOT NULL UNIQUE, balance numeric(10,2) DEFAULT 100, data jsonb, made timestamptz);
--> statement-breakpoint
CREATE TABLE entry (id serial PRIMARY KEY, account_id int, position int, tags text[], UNIQUE (account_id, position));`,
  `ALTER TABLE entry ADD CONSTRAINT entry_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE cascade;
--> statement-breakpoint
DO $$ BEGIN CREATE TYPE kind AS ENUM ('a', 'b'); EXCEPTION WHEN duplicate_object THEN null; END $$;`,
];

function folder() {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drizzle-'));
  fs.mkdirSync(path.join(dir, 'meta'));
  MIGRATIONS.forEach((text, n) => fs.writeFileSync(path.join(dir, `000${n}.sql`), text));
  const entries = MIGRATIONS.map((_, idx) => ({ idx, version: '7', when: 1000 + idx, tag: `000${idx}`, breakpoints: true }));
  fs.writeFileSync(path.join(dir, 'meta', '_journal.json'), JSON.stringify({ version: '7', dialect: 'postgresql', entries }));
  return dir;
}

async function worker(number) {
  const pool = new Pool({ ...server, max: 1, application_name: `orm-${number}`, options: `-c search_path=public -c work_mem=${1000 + number}kB` });
  const db = drizzle({ client: pool });
  const settings = async () => ['settings', (await db.execute(sql`SELECT current_setting('application_name') AS name, current_setting('work_mem') AS mem`)).rows[0]];
  const lines = [await settings()];
  const [row] = await db.insert(account).values({ id: number + 1, name: `n${number}`, data: { number }, made: new Date(0) })
    .returning({ id: account.id, name: account.name, data: account.data, made: account.made });
  lines.push(['row', row]);
  await db.insert(entry).values(Array.from({ length: 100 }, (_, position) => ({ accountId: row.id, position, tags: ['a,b', '"'] })));
  // A prepared statement has a name on the server, and is used again in later transactions.
  const prepared = db.select().from(entry).where(and(eq(entry.accountId, row.id), eq(entry.position, sql.placeholder('position')))).prepare('by_position');
  for (let turn = 0; turn < 20; turn++) {
    const [found] = await prepared.execute({ position: turn });
    if (found.position !== turn || found.accountId !== row.id) lines.push(['WRONG', found]);
  }
  await db.transaction(async (outer) => {
    lines.push(['nested', await failure(outer.transaction(async (inner) => {
      await inner.delete(entry).where(eq(entry.accountId, row.id));
      await inner.insert(account).values({ name: `n${number}` });
    }))]);
    lines.push(['outer', await outer.$count(entry, eq(entry.accountId, row.id))]);
  }, { isolationLevel: 'repeatable read', accessMode: 'read write', deferrable: false });
  for (let step = 0; step < 6; step++) {
    await failure(db.transaction(async (t) => {
      const pair = [number + 1, ((number + step + 1) % WORKERS) + 1].sort((a, b) => a - b);
      const rows = await t.select().from(account).where(inArray(account.id, pair)).orderBy(account.id).for('update');
      if (rows.length === 2) {
        await t.update(account).set({ balance: sql`${account.balance} - 5` }).where(eq(account.id, pair[0]));
        await t.update(account).set({ balance: sql`${account.balance} + 5` }).where(eq(account.id, pair[1]));
      }
      if (step % 3 === 2) t.rollback();
    }));
  }
  lines.push(['error', await failure(db.execute(sql`SELECT ${'x'}::int`)), await failure(db.transaction((t) => t.execute(sql`SELECT 1/0`)))]);
  lines.push(['upsert', await db.insert(account).values({ id: row.id, name: 'x' }).onConflictDoUpdate({ target: account.id, set: { data: [number] } }).returning({ data: account.data })]);
  lines.push(['again', (await prepared.execute({ position: 99 })).length]);
  lines.push(await settings());
  await pool.end();
  return lines;
}

run(async () => {
  const pool = new Pool({ ...server });
  const db = drizzle({ client: pool });
  const migrationsFolder = folder();
  await migrate(db, { migrationsFolder });
  await migrate(db, { migrationsFolder });
  fs.rmSync(migrationsFolder, { recursive: true });
  say('migrated', (await db.execute(sql`SELECT id, created_at FROM drizzle.__drizzle_migrations`)).rows);
  await together(worker);
  say('total', await db.select({ sum: sql`sum(${account.balance})` }).from(account), await db.$count(entry));
  await pool.end();
});
