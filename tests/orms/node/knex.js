// Knex with its defaults: migrations under its lock table, nested transactions, streams, and an afterCreate hook.
'use strict';

const knex = require('knex');
const { WORKERS, ZONES, failure, run, say, server, together } = require('./common');

const MIGRATIONS = {
  one: {
    up: async (db) => {
      await db.schema.createTable('account', (table) => {
        table.increments();
        table.string('name').unique();
        table.decimal('balance', 10, 2).defaultTo(100);
        table.jsonb('data');
        table.specificType('tags', 'text[]');
        table.timestamp('made', { useTz: true });
        table.enu('kind', ['a', 'b'], { useNative: true, enumName: 'kind' });
      });
      await db.schema.createTable('entry', (table) => {
        table.bigIncrements();
        table.integer('account_id').references('account.id').onDelete('CASCADE').index();
        table.integer('position');
        table.text('note');
        table.unique(['account_id', 'position']);
      });
    },
    down: async (db) => {
      await db.schema.dropTable('entry').dropTable('account').raw('DROP TYPE kind');
    },
  },
  two: {
    up: (db) => db.schema.alterTable('entry', (table) => {
      table.boolean('done').defaultTo(false);
      table.renameColumn('note', 'text');
    }),
    down: (db) => db.schema.alterTable('entry', (table) => {
      table.dropColumn('done');
      table.renameColumn('text', 'note');
    }),
  },
  three: {
    config: { transaction: false },
    up: (db) => db.raw('CREATE INDEX CONCURRENTLY entry_done ON entry (done)'),
    down: (db) => db.raw('DROP INDEX CONCURRENTLY entry_done'),
  },
};
const migrationSource = {
  getMigrations: async () => Object.keys(MIGRATIONS),
  getMigrationName: (name) => name,
  getMigration: async (name) => MIGRATIONS[name],
};

function connect(number) {
  const options = { client: 'pg', connection: { ...server }, pool: { min: 0, max: 2 } };
  if (number % 5) options.connection.application_name = `orm-${number}`;
  if (number % 2) {
    options.searchPath = [`tenant_${number % 4}`, 'public'];
    options.pool.afterCreate = (connection, done) =>
      connection.query(`SET timezone = '${ZONES[number % ZONES.length]}'`, (error) => done(error, connection));
  }
  return knex(options);
}

async function settings(db) {
  const { rows } = await db.raw(`SELECT current_setting('timezone') AS zone, current_setting('application_name') AS name,
    current_setting('search_path') AS path, (SELECT tenant FROM whoami) AS tenant`);
  return ['settings', rows[0]];
}

async function worker(number) {
  const db = connect(number);
  const lines = [await settings(db)];
  const [{ id }] = await db('account').insert({
    id: number + 1, name: `n${number}`, data: { number }, tags: ['x', 'y,z'], made: new Date(0), kind: 'b' }).returning('id');
  await db('entry').insert(Array.from({ length: 50 }, (_, position) => ({ account_id: id, position, text: `t${position}` })));
  const { balance, ...row } = await db('account').where({ id }).first();
  lines.push(['row', row]);
  await db.transaction(async (outer) => {
    lines.push(['nested', await failure(outer.transaction(async (inner) => {
      await inner('entry').where({ account_id: id }).update({ done: true });
      await inner('entry').insert({ account_id: id, position: 1 });
    }))]);
    await outer.transaction((inner) => inner('entry').where({ account_id: id, position: 2 }).update({ done: true }));
    lines.push(['done', await outer('entry').where({ account_id: id, done: true }).pluck('position')]);
  });
  lines.push(['rejected', await failure(db.transaction(async (transaction) => {
    await transaction('entry').where({ account_id: id }).del();
    await transaction.raw('SELECT 1/0');
  })), (await db('entry').where({ account_id: id }).count())[0]]);
  for (let step = 0; step < 6; step++) {
    await failure(db.transaction(async (transaction) => {
      const pair = [number + 1, ((number + step + 1) % WORKERS) + 1].sort((a, b) => a - b);
      const rows = await transaction('account').whereIn('id', pair).orderBy('id').forUpdate();
      if (rows.length === 2) {
        await transaction('account').where({ id: pair[0] }).decrement('balance', 5);
        await transaction('account').where({ id: pair[1] }).increment('balance', 5);
      }
      if (step % 3 === 2) throw new Error('back');
    }));
  }
  let streamed = 0;
  for await (const row of db('entry').where({ account_id: id }).orderBy('position').stream({ highWaterMark: 7 })) streamed += row.position;
  lines.push(['streamed', streamed]);
  lines.push(['upsert', await db('account').insert({ id, name: `other ${number}` }).onConflict('id').merge(['name']).returning(['id', 'name'])]);
  lines.push(['error', await failure(db.raw('SELECT ?::int', ['x'])), await failure(db('missing'))]);
  // Knex cancels with pg_cancel_backend and the process id from the login, which is not a backend's here.
  lines.push(['timeout', await failure(db.raw('SELECT pg_sleep(0.4)').timeout(100, { cancel: true })) !== 'no error']);
  lines.push(await settings(db));
  await db.destroy();
  return lines;
}

run(async () => {
  const db = connect(0);
  for (let turn = 0; turn < 2; turn++) {
    say('migrated', await db.migrate.latest({ migrationSource }));
    if (!turn) say('back', await db.migrate.rollback({ migrationSource }, true));
  }
  // Another instance finds nothing to do, and the lock free.
  const other = connect(5);
  say('others', await Promise.all([db, other].map((d) => d.migrate.latest({ migrationSource }))).then((all) => all.map((a) => a[1])));
  await other.destroy();
  for (let tenant = 0; tenant < 4; tenant++) {
    await db.raw(`CREATE SCHEMA tenant_${tenant}; CREATE TABLE tenant_${tenant}.whoami AS SELECT ${tenant} AS tenant`);
  }
  await db.raw('CREATE TABLE public.whoami AS SELECT -1 AS tenant');
  say('columns', await db('entry').columnInfo());
  await together(worker);
  say('total', await db('account').sum('balance'), await db('entry').count());
  say('back', await db.migrate.rollback({ migrationSource }, true));
  await db.destroy();
});
