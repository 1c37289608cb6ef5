# DBD::Pg with its defaults (statements are prepared on the server at their second use), a process for each worker.
use strict;
use warnings;
use DBI;

my $workers = $ENV{ORM_WORKERS};
my $dsn = "dbi:Pg:dbname=$ENV{ORM_DATABASE};host=$ENV{ORM_HOST};port=$ENV{ORM_PORT}";

sub connected {
    return DBI->connect($dsn, $ENV{ORM_USER}, $ENV{ORM_PASSWORD}, { RaiseError => 1, PrintError => 0, PrintWarn => 0, AutoCommit => 1 });
}

sub work {
    my ($number) = @_;
    my $db = connected();
    my @lines;
    my $zone = 'Etc/GMT+' . ($number % 10);
    $db->do("SET TIME ZONE '$zone'");
    $db->do('INSERT INTO account (id, name) VALUES (?, ?)', undef, $number + 1, "n$number");
    my $insert = $db->prepare('INSERT INTO entry (account_id, position) VALUES (?, ?)');
    $insert->execute($number + 1, $_) for 0 .. 49;
    my $count = sub { $db->selectrow_array('SELECT count(*) FROM entry WHERE account_id = ?', undef, $number + 1) };
    $db->begin_work;
    $db->do('DELETE FROM entry WHERE position < 10 AND account_id = ?', undef, $number + 1);
    $db->pg_savepoint('one');
    eval { $insert->execute(-1, 1) };
    push @lines, 'nested ' . $db->state;
    $db->pg_rollback_to('one');
    push @lines, 'in it ' . $count->();
    $db->rollback;
    push @lines, 'after ' . $count->();
    for my $step (0 .. 5) {
        $db->begin_work;
        my @pair = sort { $a <=> $b } ($number + 1, ($number + $step + 1) % $workers + 1);
        my $rows = $db->selectall_arrayref('SELECT id FROM account WHERE id IN (?, ?) ORDER BY id FOR UPDATE', undef, @pair);
        if (@$rows == 2) {
            $db->do('UPDATE account SET balance = balance - 5 WHERE id = ?', undef, $pair[0]);
            $db->do('UPDATE account SET balance = balance + 5 WHERE id = ?', undef, $pair[1]);
        }
        $step % 3 == 2 ? $db->rollback : $db->commit;
    }
    $db->do('COPY entry (account_id, position) FROM STDIN');
    $db->pg_putcopydata(($number + 1) . "\t" . (1000 + $_) . "\n") for 0 .. 99;
    $db->pg_putcopyend;
    $db->do('COPY (SELECT position FROM entry WHERE account_id = ' . ($number + 1) . ') TO STDOUT');
    my ($row, $copied) = ('', 0);
    $copied++ while $db->pg_getcopydata($row) >= 0;
    push @lines, "copied $copied";
    for my $sql ('SELECT 1/0', 'SELECT nothing', 'SELEC') {
        eval { $db->selectrow_array($sql) };
        push @lines, "error " . $db->state;
    }
    push @lines, 'ping ' . $db->ping . ' ' . join ' ', map { $_->[0] } @{ $db->selectall_arrayref('SELECT ?::text[]', undef, ['a,b', '"'])->[0] };
    $db->do('SELECT pg_sleep(0.05)', { pg_async => 1 });
    push @lines, 'async ' . $db->pg_result;
    push @lines, 'zone ' . ($db->selectrow_array('SHOW timezone') eq $zone ? 'mine' : 'ANOTHER');
    $db->disconnect;
    return @lines;
}

my $db = connected();
$db->do('CREATE TABLE account (id int PRIMARY KEY, name text UNIQUE, balance numeric(10,2) DEFAULT 100)');
$db->do('CREATE TABLE entry (id bigserial PRIMARY KEY, account_id int REFERENCES account (id), position int)');
print join(' ', map { "$_->{COLUMN_NAME}:$_->{TYPE_NAME}" } values @{ $db->column_info(undef, 'public', 'entry', '%')->fetchall_arrayref({}) }), "\n";
print join(' ', $db->primary_key(undef, 'public', 'entry')), "\n";
my @readers;
for my $number (0 .. $workers - 1) {
    pipe(my $reader, my $writer) or die;
    push @readers, $reader;
    if (fork) {
        close $writer;
        next;
    }
    close $reader;
    $db->{AutoInactiveDestroy} = 1;
    $db->{InactiveDestroy} = 1;
    print $writer "worker $number | $_\n" for eval { work($number) }, $@ ? "died $@" : ();
    close $writer;
    exit 0;
}
for my $reader (@readers) {
    print while <$reader>;
}
wait for 1 .. $workers;
print join(' ', $db->selectrow_array('SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM entry)')), "\n";
$db->do('DROP TABLE entry, account');
