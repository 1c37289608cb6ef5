# frozen_string_literal: true

# Sequel with a threaded pool: migrations, savepoints, cursors, prepared statements, COPY.

require 'sequel'

WORKERS = Integer(ENV.fetch('ORM_WORKERS'))
DB = Sequel.connect(adapter: 'postgres', host: ENV.fetch('ORM_HOST'), port: ENV.fetch('ORM_PORT'), user: ENV.fetch('ORM_USER'),
                    password: ENV.fetch('ORM_PASSWORD'), database: ENV.fetch('ORM_DATABASE'), max_connections: WORKERS,
                    search_path: %w[mine public], pool_timeout: 60)

def say(*values)
  puts(values.map(&:to_s).join(' | '))
end

def failure
  yield
  'no error'
rescue Sequel::Error => e
  e.class.name
end

def work(number)
  lines = [[DB.get(Sequel.function(:current_setting, 'search_path'))]]
  id = DB[:account].insert(id: number + 1, name: "n#{number}")
  DB[:entry].import(%i[account_id position], (0...100).map { |n| [id, n] })
  mine = DB[:entry].where(account_id: id)
  DB.transaction do
    mine.where(position: 0...10).delete
    lines << [failure { DB.transaction(savepoint: true) { DB[:account].insert(name: "n#{number}") } }]
    DB.transaction(savepoint: true, rollback: :always) { mine.delete }
    lines << [mine.count]
  end
  lines << [DB.transaction(isolation: :repeatable) { DB.fetch('SHOW transaction_isolation').single_value }]
  6.times do |step|
    DB.transaction(rollback: step % 3 == 2 ? :always : nil) do
      pair = [number + 1, (number + step + 1) % WORKERS + 1].sort
      if DB[:account].where(id: pair).order(:id).for_update.all.length == 2
        DB[:account].where(id: pair[0]).update(balance: Sequel[:balance] - 5)
        DB[:account].where(id: pair[1]).update(balance: Sequel[:balance] + 5)
      end
    end
  end
  lines << [mine.order(:position).use_cursor(rows_per_fetch: 7).map { |row| row[:position] }.sum]
  lines << [mine.order(:position).paged_each(rows_per_fetch: 9).map { |row| row[:position] }.last]
  by_position = mine.where(position: :$position).prepare(:first, :by_position)
  lines << [(10...30).map { |n| by_position.call(position: n)[:position] }.sum]
  copied = DB.transaction do
    DB.copy_into(:entry, columns: %i[account_id position], data: (0...50).map { |n| "#{id}\t#{1000 + n}\n" })
    DB.copy_table(mine.where { position > 900 }).lines.length
  end
  lines << [copied, mine.count]
  lines << [DB[:account].insert_conflict(target: :id, update: { name: "m#{number}" }).returning(:name).insert(id: id, name: 'x')]
  lines << [failure { DB.run('SELECT 1/0') }, failure { DB['SELECT nothing'].all }, DB.get(1)]
end

DB.run('CREATE SCHEMA mine')
DB.create_table(:account) do
  primary_key :id
  String :name, unique: true
  BigDecimal :balance, size: [10, 2], default: 100
end
DB.create_table(:entry) do
  primary_key :id, type: :Bignum
  foreign_key :account_id, :account, on_delete: :cascade
  Integer :position
  index %i[account_id position], unique: true
end
DB.alter_table(:entry) { add_column :note, String, default: 'x' }
say('tables', DB.tables.sort, DB.schema(:entry).map { |name, column| [name, column[:db_type], column[:allow_null]] })
say('indexes', DB.indexes(:entry).keys.sort, DB.foreign_key_list(:entry).map { |k| [k[:columns], k[:table]] })
Array.new(WORKERS) { |n| Thread.new { work(n) } }.map(&:value).each_with_index { |lines, n| lines.each { |line| say("worker #{n}", *line) } }
say('total', DB[:account].sum(:balance).to_s('F'), DB[:entry].count)
DB.drop_table(:entry, :account)
say('left', DB.tables)
