// TypeORM with its defaults: synchronize, migrations in transactions, entities with relations, query runners, streams.
'use strict';

require('reflect-metadata');
const { DataSource, EntitySchema } = require('typeorm');
const { WORKERS, failure, run, say, server, together } = require('./common');

const Author = new EntitySchema({
  name: 'Author', tableName: 'author',
  columns: {
    id: { type: Number, primary: true }, name: { type: String, unique: true },
    balance: { type: 'numeric', precision: 10, scale: 2, default: 100 }, data: { type: 'jsonb', nullable: true },
    tags: { type: 'text', array: true, default: [] }, kind: { type: 'enum', enum: ['a', 'b'], default: 'a' },
    made: { type: 'timestamptz', createDate: true }, version: { type: 'int', version: true },
  },
  relations: { posts: { type: 'one-to-many', target: 'Post', inverseSide: 'author', cascade: true } },
});
const Post = new EntitySchema({
  name: 'Post', tableName: 'post',
  columns: { id: { type: 'bigint', primary: true, generated: 'increment' }, position: { type: 'int' }, token: { type: 'uuid', generated: 'uuid' } },
  relations: { author: { type: 'many-to-one', target: 'Author', inverseSide: 'posts', joinColumn: true, onDelete: 'CASCADE' } },
  indices: [{ columns: ['position'] }],
});
class AddNote1700000000000 {
  async up(runner) {
    await runner.query('ALTER TABLE post ADD note text');
    await runner.query('CREATE INDEX post_note ON post (note)');
  }

  async down(runner) {
    await runner.query('ALTER TABLE post DROP note');
  }
}
class Fails1800000000000 {
  async up(runner) {
    await runner.query('ALTER TABLE post ADD half int');
    await runner.query('SELECT 1/0');
  }
}

const connect = (number, more) => new DataSource({
  type: 'postgres', ...server, username: server.user, entities: [Author, Post], poolSize: 2, installExtensions: false,
  uuidExtension: 'pgcrypto', applicationName: number % 5 ? `orm-${number}` : undefined, ...more });

async function worker(number) {
  const db = await connect(number).initialize();
  const shown = async () => ['settings', (await db.query("SELECT current_setting('application_name') AS name, current_setting('timezone') AS zone"))[0]];
  const lines = [await shown()];
  const authors = db.getRepository(Author);
  const posts = db.getRepository(Post);
  const author = await authors.save({ id: number + 1, name: `n${number}`, data: { number }, tags: ['x', 'y,z'],
    posts: Array.from({ length: 20 }, (_, position) => ({ position })) });
  const loaded = await authors.findOne({ where: { id: author.id }, relations: { posts: true }, order: { posts: { position: 'DESC' } } });
  lines.push(['loaded', loaded.name, loaded.data, loaded.tags, loaded.posts.map((p) => p.position)]);
  await db.transaction(async (outer) => {
    lines.push(['nested', await failure(outer.transaction(async (inner) => {
      await inner.delete(Post, { author: { id: author.id } });
      await inner.insert(Author, { id: 5000 + number, name: `n${number}` });
    }))]);
    lines.push(['outer', await outer.count(Post, { where: { author: { id: author.id } } })]);
  });
  for (const level of ['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE']) {
    lines.push([level, await db.transaction(level, (manager) => manager.query('SHOW transaction_isolation'))]);
  }
  for (let step = 0; step < 6; step++) {
    await failure(db.transaction(async (manager) => {
      const pair = [number + 1, ((number + step + 1) % WORKERS) + 1].sort((a, b) => a - b);
      const rows = await manager.createQueryBuilder(Author, 'a').where('a.id IN (:...pair)', { pair }).orderBy('a.id').setLock('pessimistic_write').getMany();
      if (rows.length === 2) {
        await manager.decrement(Author, { id: pair[0] }, 'balance', 5);
        await manager.increment(Author, { id: pair[1] }, 'balance', 5);
      }
      if (step % 3 === 2) throw new Error('back');
    }));
  }
  const runner = db.createQueryRunner();
  await runner.startTransaction();
  await runner.query('CREATE TEMP TABLE scratch ON COMMIT DROP AS SELECT generate_series(1, $1::int) AS n', [number + 1]);
  lines.push(['temporary', await runner.query('SELECT sum(n) FROM scratch')]);
  await runner.rollbackTransaction();
  await runner.release();
  let streamed = 0;
  for await (const row of await posts.createQueryBuilder('p').where('p.author = :id', { id: author.id }).stream()) streamed += row.p_position;
  lines.push(['streamed', streamed]);
  await authors.upsert({ id: author.id, name: `n${number}`, kind: 'b' }, ['name']);
  lines.push(['upserted', (await authors.findOneBy({ name: `n${number}` })).kind]);
  lines.push(['error', await failure(db.query('SELECT $1::int', ['x'])), await failure(db.query('SELECT 1/0'))]);
  lines.push(['removed', (await posts.delete({ author: { id: author.id }, position: 3 })).affected, await posts.countBy({ author: { id: author.id } })]);
  lines.push(await shown());
  await db.destroy();
  return lines;
}

run(async () => {
  let db = await connect(0, { synchronize: true }).initialize();
  await db.destroy();
  db = await connect(0, { migrations: [AddNote1700000000000] }).initialize();
  say('migrated', (await db.runMigrations()).map((m) => m.name), await db.showMigrations());
  await db.undoLastMigration();
  say('again', (await db.runMigrations({ transaction: 'each' })).length);
  await db.destroy();
  db = await connect(0, { migrations: [AddNote1700000000000, Fails1800000000000] }).initialize();
  say('failed', await failure(db.runMigrations()), await db.query("SELECT column_name FROM information_schema.columns WHERE table_name = 'post' ORDER BY 1"));
  await together(worker);
  say('total', await db.getRepository(Author).sum('balance'), await db.getRepository(Post).count());
  say('would change', (await db.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query));
  await db.dropDatabase();
  await db.destroy();
});
