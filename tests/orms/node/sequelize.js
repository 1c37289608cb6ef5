// Sequelize 6 with its defaults: sync, associations, managed transactions, savepoints, time zones, its own pool.
'use strict';

const { DataTypes, Op, QueryTypes, Sequelize, Transaction, fn, col, literal } = require('sequelize');
const { WORKERS, ZONES, failure, run, say, server, together } = require('./common');

function connect(number) {
  const options = { ...server, username: server.user, dialect: 'postgres', logging: false, pool: { max: 2, idle: 5000 } };
  // Every worker has a time zone of its own, and all but every fifth a name and a timeout.
  if (number !== undefined) {
    options.timezone = ZONES[number % ZONES.length] === 'UTC' ? '+00:00' : ZONES[number % ZONES.length];
    if (number % 5) options.dialectOptions = { application_name: `orm-${number}`, statement_timeout: 20000 + number };
  }
  const db = new Sequelize(options);
  const Shop = db.define('shop', {
    name: { type: DataTypes.STRING, unique: true }, balance: { type: DataTypes.DECIMAL(10, 2), defaultValue: 100 },
    kind: DataTypes.ENUM('big', 'small'), data: DataTypes.JSONB, tags: DataTypes.ARRAY(DataTypes.TEXT),
    token: DataTypes.UUID, blob: DataTypes.BLOB, opened: DataTypes.DATE,
  }, { indexes: [{ fields: ['kind'] }, { fields: ['data'], using: 'gin' }] });
  const Item = db.define('item', { position: DataTypes.INTEGER, note: DataTypes.TEXT }, { timestamps: false, paranoid: false });
  Shop.hasMany(Item, { onDelete: 'CASCADE' });
  Item.belongsTo(Shop);
  return { db, Shop, Item };
}

async function settings(db) {
  const [row] = await db.query(`SELECT current_setting('timezone') AS zone, current_setting('application_name') AS name,
    current_setting('statement_timeout') AS timeout, current_setting('search_path') AS path,
    current_setting('standard_conforming_strings') AS strings, current_setting('client_min_messages') AS messages,
    to_char(timestamptz '2020-01-01Z', 'HH24') AS hour`, { type: QueryTypes.SELECT });
  return ['settings', row];
}

async function worker(number) {
  const { db, Shop, Item } = connect(number);
  const lines = [await settings(db)];
  const made = await Shop.create({
    id: number + 1, name: `shop ${number}`, kind: number % 2 ? 'big' : 'small', data: { n: number, s: "it's" }, tags: ['a', 'b,c', '"'],
    token: `00000000-0000-4000-8000-0000000000${String(10 + number)}`, blob: Buffer.from([0, 92, 255]),
    opened: new Date('2020-01-01T12:00:00Z'),
    items: Array.from({ length: 20 }, (_, position) => ({ position, note: `n${position}` })),
  }, { include: [Item] });
  await Shop.update({ kind: null }, { where: { id: made.id } });
  const loaded = await Shop.findByPk(made.id, { include: [{ model: Item, where: { position: { [Op.lt]: 5 } } }], order: [[Item, 'position', 'DESC']] });
  const { name, kind, data, tags, token, blob, opened } = loaded;
  lines.push(['loaded', { name, kind, data, tags, token, blob: blob.toString('hex'), opened }, loaded.items.map((i) => i.note)]);
  lines.push(['rolled back', await failure(db.transaction(async (transaction) => {
    await Item.destroy({ where: { shopId: made.id }, transaction });
    throw Object.assign(new Error('mine'), { code: 'mine' });
  })), await Item.count({ where: { shopId: made.id } })]);
  await db.transaction(async (outer) => {
    lines.push(['nested', await failure(db.transaction({ transaction: outer }, async (inner) => {
      await Item.update({ note: 'lost' }, { where: { shopId: made.id }, transaction: inner });
      await Shop.create({ name: 'shop seed' }, { transaction: inner });
    }))]);
    lines.push(['outer', await Item.count({ where: { note: 'lost', shopId: made.id }, transaction: outer })]);
  });
  for (const level of Object.values(Transaction.ISOLATION_LEVELS).sort()) {
    await db.transaction({ isolationLevel: level }, async (transaction) => {
      lines.push([level, (await db.query('SHOW transaction_isolation', { transaction, plain: true })).transaction_isolation]);
    });
  }
  for (let step = 0; step < 6; step++) {
    await failure(db.transaction(async (transaction) => {
      const pair = [number + 1, ((number + step + 1) % WORKERS) + 1].sort((a, b) => a - b);
      const shops = await Shop.findAll({ where: { id: pair }, order: ['id'], lock: transaction.LOCK.UPDATE, transaction });
      if (shops.length === 2) {
        await shops[0].decrement('balance', { by: 5, transaction });
        await shops[1].increment('balance', { by: 5, transaction });
      }
      if (step % 3 === 2) throw new Error('back');
    }));
  }
  lines.push(['found', await Shop.findOrCreate({ where: { name: `shop ${number}` } }).then(([shop, created]) => [shop.id, created])]);
  lines.push(['bulk', (await Item.bulkCreate(Array.from({ length: 500 }, (_, n) => ({ position: 1000 + n, shopId: made.id, note: 'é' })))).length]);
  lines.push(['upserted', (await Shop.upsert({ id: made.id, name: `changed ${number}`, tags: [] }))[0].name, await Shop.count({ where: { data: { n: number } } })]);
  lines.push(['grouped', await Item.findAll({ attributes: [[fn('count', col('id')), 'n']], where: { shopId: made.id }, group: [literal('position % 3')], order: [[fn('count', col('id')), 'ASC']], raw: true })]);
  lines.push(['bound', await db.query('SELECT $1::int + $2::int AS sum', { bind: [number, 1], type: QueryTypes.SELECT })]);
  for (const sql of ['SELECT 1/0', 'SELECT nothing', 'SELEC', 'SELECT $1::int']) {
    lines.push(['error', await failure(db.query(sql, sql.includes('$') ? { bind: ['x'] } : {}))]);
  }
  lines.push(await settings(db));
  await db.close();
  return lines;
}

run(async () => {
  const { db, Shop, Item } = connect();
  await db.authenticate();
  await db.sync({ force: true });
  await db.sync({ alter: true });
  const migration = db.getQueryInterface();
  await migration.addColumn('items', 'extra', { type: DataTypes.STRING, defaultValue: 'x' });
  await migration.changeColumn('items', 'extra', { type: DataTypes.TEXT });
  await migration.addIndex('items', ['extra'], { name: 'items_extra', concurrently: true });
  await migration.renameColumn('items', 'extra', 'more');
  say('described', await migration.describeTable('items'));
  say('indexes', (await migration.showIndex('shops')).map((i) => [i.name, i.unique]).sort());
  await Shop.create({ id: 1000, name: 'shop seed' });
  await together(worker);
  say('total', await Shop.sum('balance'), await Item.count());
  await migration.removeColumn('items', 'more');
  await db.drop({ cascade: true });
  say('left', await migration.showAllTables());
  await db.close();
});
