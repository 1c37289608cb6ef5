<?php
// PDO's defaults (prepared statements on the server), every worker a process of its own; transactions, COPY, large objects.
declare(strict_types=1);

function connect(?int $number = null): PDO
{
    $options = $number === null ? '' : ";options='-c timezone=Etc/GMT+" . ($number % 10) . " -c application_name=orm-$number'";
    $dsn = sprintf('pgsql:host=%s;port=%s;dbname=%s', getenv('ORM_HOST'), getenv('ORM_PORT'), getenv('ORM_DATABASE'));
    return new PDO($dsn . $options, getenv('ORM_USER'), getenv('ORM_PASSWORD'), [PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
}

function failure(callable $work): string
{
    try {
        $work();
        return 'no error';
    } catch (PDOException $error) {
        return (string) $error->errorInfo[0];
    }
}

function settings(PDO $db): array
{
    return $db->query("SELECT current_setting('timezone'), current_setting('application_name')")->fetch(PDO::FETCH_NUM);
}

function work(int $number, int $workers): array
{
    $db = connect($number);
    $lines = [settings($db)];
    $db->prepare('INSERT INTO account (id, name, data) VALUES (?, ?, ?)')->execute([$number + 1, "n$number", json_encode(['n' => $number])]);
    $insert = $db->prepare('INSERT INTO entry (account_id, position) VALUES (:account, :position) RETURNING position');
    for ($n = 0; $n < 50; $n++) {
        $insert->execute(['account' => $number + 1, 'position' => $n]);
    }
    $count = $db->prepare('SELECT count(*) FROM entry WHERE account_id = ?');
    $counted = function () use ($count, $number) {
        $count->execute([$number + 1]);
        return $count->fetchColumn();
    };
    $db->beginTransaction();
    $db->exec('DELETE FROM entry WHERE position < 10 AND account_id = ' . ($number + 1));
    $db->exec('SAVEPOINT one');
    $lines[] = [failure(fn () => $insert->execute(['account' => -1, 'position' => 1]))];
    $lines[] = [failure(fn () => $db->query('SELECT 1'))];
    $db->exec('ROLLBACK TO one');
    $lines[] = [$counted(), $db->inTransaction()];
    $db->rollBack();
    $lines[] = [$counted()];
    for ($step = 0; $step < 6; $step++) {
        $pair = [$number + 1, ($number + $step + 1) % $workers + 1];
        sort($pair);
        $db->beginTransaction();
        $rows = $db->prepare('SELECT id FROM account WHERE id IN (?, ?) ORDER BY id FOR UPDATE');
        $rows->execute($pair);
        if (count($rows->fetchAll()) === 2) {
            $db->prepare('UPDATE account SET balance = balance - 5 WHERE id = ?')->execute([$pair[0]]);
            $db->prepare('UPDATE account SET balance = balance + 5 WHERE id = ?')->execute([$pair[1]]);
        }
        $step % 3 === 2 ? $db->rollBack() : $db->commit();
    }
    $db->pgsqlCopyFromArray('entry', array_map(fn ($n) => ($number + 1) . "\t" . (1000 + $n), range(0, 99)), "\t", '\\\\N', 'account_id, position');
    $lines[] = [$counted(), count($db->pgsqlCopyToArray('(SELECT position FROM entry WHERE account_id = ' . ($number + 1) . ')'))];
    $db->beginTransaction();
    $oid = $db->pgsqlLOBCreate();
    fwrite($db->pgsqlLOBOpen($oid, 'w'), str_repeat("large $number\0", 5000));
    $db->commit();
    $db->beginTransaction();
    $lines[] = [strlen(stream_get_contents($db->pgsqlLOBOpen($oid, 'r'))), $db->pgsqlLOBUnlink($oid)];
    $db->commit();
    foreach (['SELECT 1/0', 'SELECT nothing', 'SELEC', "SELECT 'x'::int"] as $sql) {
        $lines[] = [failure(fn () => $db->query($sql)), failure(fn () => $db->prepare($sql)->execute())];
    }
    $emulated = connect($number);
    $emulated->setAttribute(PDO::ATTR_EMULATE_PREPARES, true);
    $asked = $emulated->prepare('SELECT ?::int + 1, ?');
    $asked->execute([$number, "it's \\ é"]);
    $lines[] = $asked->fetch(PDO::FETCH_NUM);
    $lines[] = settings($db);
    return $lines;
}

$workers = (int) getenv('ORM_WORKERS');
$db = connect();
$db->exec('CREATE TABLE account (id int PRIMARY KEY, name text UNIQUE, balance numeric(10,2) DEFAULT 100, data jsonb);
    CREATE TABLE entry (id bigserial PRIMARY KEY, account_id int REFERENCES account (id), position int)');
$files = [];
$children = [];
for ($number = 0; $number < $workers; $number++) {
    $files[$number] = tmpfile();
    $child = pcntl_fork();
    if ($child === 0) {
        foreach (work($number, $workers) as $line) {
            fwrite($files[$number], "worker $number | " . json_encode($line) . "\n");
        }
        // No destructors: the parent's connection is not the child's to close.
        posix_kill(getmypid(), SIGKILL);
    }
    $children[] = $child;
}
foreach ($children as $child) {
    pcntl_waitpid($child, $status);
}
foreach ($files as $file) {
    rewind($file);
    echo stream_get_contents($file);
}
$db = connect();
echo json_encode($db->query('SELECT (SELECT sum(balance) FROM account), (SELECT count(*) FROM entry)')->fetch(PDO::FETCH_NUM)), "\n";
// PDO declares a scrollable cursor WITH HOLD, which keeps its backend: not for all workers of a small pool at once.
for ($turn = 0; $turn < 5; $turn++) {
    $scroll = $db->prepare('SELECT g FROM generate_series(1, 100) g', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $scroll->execute();
    echo $scroll->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_LAST)[0], ' ', $scroll->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR)[0], "\n";
    $scroll = null;
}
$db->exec('DROP TABLE entry, account');
