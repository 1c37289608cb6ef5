# frozen_string_literal: true

# ActiveRecord with its defaults: prepared statements, migrations under an advisory lock, nested transactions, locking.

require 'active_record'

WORKERS = Integer(ENV.fetch('ORM_WORKERS'))
SERVER = { adapter: 'postgresql', host: ENV.fetch('ORM_HOST'), port: ENV.fetch('ORM_PORT'), username: ENV.fetch('ORM_USER'),
           password: ENV.fetch('ORM_PASSWORD'), database: ENV.fetch('ORM_DATABASE'), pool: WORKERS + 2,
           variables: { statement_timeout: 33_000 } }.freeze

def say(*values)
  puts(values.map(&:to_s).join(' | '))
end

class CreateShops < ActiveRecord::Migration[6.1]
  def change
    create_table :shops do |t|
      t.string :name, null: false, index: { unique: true }
      t.decimal :balance, precision: 10, scale: 2, default: 100
      t.jsonb :data
      t.text :tags, array: true, default: []
      t.timestamps
    end
    create_table :items do |t|
      t.references :shop, foreign_key: { on_delete: :cascade }
      t.integer :position
      t.binary :blob
    end
  end
end

class AddNote < ActiveRecord::Migration[6.1]
  disable_ddl_transaction!

  def change
    add_column :items, :note, :string
    add_index :items, :note, algorithm: :concurrently
  end
end

class Shop < ActiveRecord::Base
  has_many :items, -> { order(:position) }
  validates :name, uniqueness: true
end

class Item < ActiveRecord::Base
  belongs_to :shop
end

def migrate(direction)
  migrations = [[CreateShops, 1], [AddNote, 2]].map { |type, version| type.new(type.name, version) }
  ActiveRecord::Migrator.new(direction, migrations, ActiveRecord::SchemaMigration).migrate
end

def settings
  Shop.connection.select_rows("SELECT current_setting('timezone'), current_setting('statement_timeout'),
    current_setting('client_min_messages'), current_setting('intervalstyle')").first
end

def failure
  yield
  'no error'
rescue StandardError => e
  e.class.name
end

def work(number)
  lines = [settings]
  shop = Shop.create!(id: number + 1, name: "n#{number}", data: { n: number }, tags: ['a,b', '"'])
  20.times { |n| shop.items.create!(position: n, blob: [0, 92, 255].pack('C*'), note: "é#{n}") }
  lines << [shop.reload.data, shop.tags, shop.items.map(&:note).join, shop.items.first.blob.bytes]
  Shop.transaction do
    shop.items.where(position: 0...5).delete_all
    lines << [failure { Shop.transaction(requires_new: true) { Shop.insert!({ name: "n#{number}", created_at: Time.at(0), updated_at: Time.at(0) }) } }]
    Shop.transaction(requires_new: true) { shop.items.delete_all; raise ActiveRecord::Rollback }
    lines << [shop.items.count]
  end
  6.times do |step|
    Shop.transaction do
      pair = [number + 1, (number + step + 1) % WORKERS + 1].sort
      rows = Shop.where(id: pair).order(:id).lock.to_a
      if rows.length == 2
        rows[0].update!(balance: rows[0].balance - 5)
        rows[1].update!(balance: rows[1].balance + 5)
      end
      raise ActiveRecord::Rollback if step % 3 == 2
    end
  end
  lines << [shop.items.in_batches(of: 4).map(&:count), Item.where(shop_id: shop.id).find_each(batch_size: 3).sum(&:position)]
  lines << [Shop.upsert_all([{ id: shop.id, name: "m#{number}", created_at: Time.at(0), updated_at: Time.at(0) }]).to_a, Shop.exists?(name: "m#{number}")]
  lines << [failure { Shop.connection.execute('SELECT 1/0') }, failure { Shop.find_by_sql('SELECT nothing') }, failure { shop.update!(name: nil) }]
  lines << [failure { Shop.transaction(isolation: :serializable) { lines << Shop.connection.select_values('SHOW transaction_isolation') } }]
  lines << settings
end

ActiveRecord::Base.establish_connection(SERVER)
ActiveRecord::Migration.verbose = false
migrate(:up)
migrate(:down)
migrate(:up)
say('versions', ActiveRecord::SchemaMigration.all_versions)
Shop.reset_column_information
Item.reset_column_information
connection = ActiveRecord::Base.connection
say('columns', Shop.columns.map { |c| [c.name, c.sql_type, c.null, c.default] })
say('indexes', %w[items shops].flat_map { |t| connection.indexes(t).map { |i| [i.name, i.columns, i.unique] } }.sort)
say('keys', connection.foreign_keys('items').map { |k| [k.to_table, k.column, k.on_delete] })
all = Array.new(WORKERS) { |n| Thread.new { ActiveRecord::Base.connection_pool.with_connection { work(n) } } }.map(&:value)
all.each_with_index { |lines, n| lines.each { |line| say("worker #{n}", *line) } }
say('total', Shop.sum(:balance), Item.count)
# A change of a table under prepared statements that were used before it.
Shop.find_by(id: 1)
connection.add_column(:shops, :extra, :integer, default: 7)
Shop.reset_column_information
say('extra', Shop.find_by(id: 1).extra)
migrate(:down)
say('left', connection.tables.sort)
