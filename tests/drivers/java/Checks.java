// pgjdbc. Arguments and output are those of the Python scripts: see tests/drivers/python/common.py.

import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Timer;
import java.util.TimerTask;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;
import org.postgresql.largeobject.LargeObject;
import org.postgresql.largeobject.LargeObjectManager;

public class Checks {
    static final String UNICODE = "grüße, 你好, \uD83D\uDC18, \u202eabc, e\u0301";
    static final String LARGE_TEXT = "0123456789abcdeé".repeat(5 * 1024 * 1024 / 17);
    static final byte[] LARGE_BINARY = new byte[5 * 1024 * 1024];

    interface Check {
        void run(Connection c, int worker) throws Exception;
    }

    interface Action {
        void run() throws Exception;
    }

    static final Map<String, Check> CHECKS = new LinkedHashMap<>();

    static {
        for (int i = 0; i < LARGE_BINARY.length; i++) LARGE_BINARY[i] = (byte) i;
        CHECKS.put("login", (c, w) -> {});
        CHECKS.put("simple", Checks::simple);
        CHECKS.put("parametrised", Checks::parametrised);
        CHECKS.put("prepared", Checks::prepared);
        CHECKS.put("pipeline", Checks::pipeline);
        CHECKS.put("commit", Checks::commit);
        CHECKS.put("rollback", Checks::rollback);
        CHECKS.put("copy", Checks::copy);
        CHECKS.put("cursor", Checks::cursor);
        CHECKS.put("large_object", Checks::largeObject);
        CHECKS.put("cancel", Checks::cancel);
        CHECKS.put("error", Checks::error);
        CHECKS.put("values", Checks::values);
    }

    static void equal(Object got, Object wanted) {
        if (!wanted.equals(got)) throw new AssertionError("got " + got + ", wanted " + wanted);
    }

    static void fails(String state, Action action) throws Exception {
        try {
            action.run();
        } catch (SQLException e) {
            if (state.equals(e.getSQLState())) return;
            throw e;
        }
        throw new AssertionError("no " + state);
    }

    static int number(Connection c, String sql, Object... values) throws SQLException {
        try (PreparedStatement s = c.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) s.setObject(i + 1, values[i]);
            try (ResultSet rows = s.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    static int count(Connection c, int w, String note) throws SQLException {
        return number(c, "select count(*)::int from driver_checks where worker = ? and note like ?", w, note);
    }

    static void simple(Connection c, int w) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("select 1; select 40 + 2");
            s.getMoreResults();
            ResultSet rows = s.getResultSet();
            rows.next();
            equal(rows.getInt(1), 42);
        }
    }

    static void parametrised(Connection c, int w) throws Exception {
        for (int n = 0; n < 4; n++) {
            equal(number(c, "select ?::int * ?::int where ? = ?", w, n, UNICODE, UNICODE), w * n);
        }
    }

    static void prepared(Connection c, int w) throws Exception {
        // Past prepareThreshold (5) the driver names its statements, and asks for binary results.
        try (PreparedStatement s = c.prepareStatement("select ?::int + ?::int")) {
            for (int n = 0; n < 20; n++) {
                s.setInt(1, w);
                s.setInt(2, n);
                try (ResultSet rows = s.executeQuery()) {
                    rows.next();
                    equal(rows.getInt(1), w + n);
                }
            }
        }
        // Another type for the same text makes the driver close its statement and parse anew.
        try (PreparedStatement s = c.prepareStatement("select ?")) {
            for (int n = 0; n < 20; n++) {
                s.setObject(1, n % 7 == 0 ? "text" : (Object) n);
                s.executeQuery().close();
            }
        }
    }

    static void pipeline(Connection c, int w) throws Exception {
        try (PreparedStatement s = c.prepareStatement("insert into driver_checks values (?, ?)")) {
            for (int n = 0; n < 300; n++) {
                s.setInt(1, w);
                s.setString(2, "many " + n);
                s.addBatch();
            }
            equal(s.executeBatch().length, 300);
        }
        equal(count(c, w, "many%"), 300);
        try (PreparedStatement s = c.prepareStatement("select 1 / ?::int")) {
            s.setInt(1, 0);
            s.addBatch();
            s.setInt(1, 1);
            s.addBatch();
            fails("22012", s::executeBatch);
        }
        equal(number(c, "select 3"), 3);
    }

    static void commit(Connection c, int w) throws Exception {
        c.setAutoCommit(false);
        c.createStatement().executeUpdate("insert into driver_checks values (" + w + ", 'commit')");
        Savepoint s = c.setSavepoint();
        c.createStatement().executeUpdate("insert into driver_checks values (" + w + ", 'commit')");
        c.rollback(s);
        c.commit();
        c.setAutoCommit(true);
        equal(count(c, w, "commit"), 1);
    }

    static void rollback(Connection c, int w) throws Exception {
        c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        c.setAutoCommit(false);
        c.createStatement().executeUpdate("insert into driver_checks values (" + w + ", 'rollback')");
        c.rollback();
        c.setAutoCommit(true);
        c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        equal(count(c, w, "rollback"), 0);
    }

    static void copy(Connection c, int w) throws Exception {
        CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
        StringBuilder lines = new StringBuilder();
        for (int n = 0; n < 5000; n++) lines.append(w).append("\tcopy ").append(n).append('\n');
        equal(copy.copyIn("copy driver_checks from stdin", new StringReader(lines.toString())), 5000L);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String sql = "copy (select * from driver_checks where worker = " + w + " and note like 'copy%') to stdout";
        equal(copy.copyOut(sql, out), 5000L);
        fails("22P02", () -> copy.copyIn("copy driver_checks from stdin", new StringReader("no number\tx\n")));
        equal(number(c, "select 1"), 1);
    }

    static void cursor(Connection c, int w) throws Exception {
        c.setAutoCommit(false);
        try (PreparedStatement s = c.prepareStatement("select generate_series(1, 1000)")) {
            s.setFetchSize(100);
            ResultSet rows = s.executeQuery();
            int total = 0;
            while (rows.next()) total += rows.getInt(1);
            equal(total, 500500);
        }
        c.commit();
        c.setAutoCommit(true);
    }

    // Large objects go through FunctionCall, the protocol's fast path.
    static void largeObject(Connection c, int w) throws Exception {
        c.setAutoCommit(false);
        LargeObjectManager manager = c.unwrap(PGConnection.class).getLargeObjectAPI();
        long oid = manager.createLO();
        try (LargeObject object = manager.open(oid)) {
            object.write(LARGE_BINARY, 0, 100_000);
            object.seek(50_000);
            byte[] got = object.read(50_000);
            if (!Arrays.equals(got, Arrays.copyOfRange(LARGE_BINARY, 50_000, 100_000))) {
                throw new AssertionError("large object differs");
            }
        }
        manager.delete(oid);
        c.commit();
        c.setAutoCommit(true);
    }

    static void cancel(Connection c, int w) throws Exception {
        Timer timer = new Timer(true);
        try (Statement s = c.createStatement()) {
            // The query may not have begun at the first cancel.
            timer.schedule(new TimerTask() {
                @Override
                public void run() {
                    try {
                        s.cancel();
                    } catch (SQLException e) {
                        timer.cancel();
                    }
                }
            }, 300, 300);
            fails("57014", () -> s.execute("select pg_sleep(60)"));
        } finally {
            timer.cancel();
        }
        equal(number(c, "select 1"), 1);
    }

    static void error(Connection c, int w) throws Exception {
        fails("22012", () -> number(c, "select 1 / ?::int", 0));
        fails("42601", () -> number(c, "selec"));
        fails("42P01", () -> number(c, "select * from no_such_table where x = ?", 1));
        c.setAutoCommit(false);
        fails("22012", () -> number(c, "select 1/0"));
        fails("25P02", () -> number(c, "select 1"));
        c.rollback();
        c.setAutoCommit(true);
        equal(number(c, "select 1"), 1);
    }

    static void values(Connection c, int w) throws Exception {
        try (PreparedStatement s = c.prepareStatement("select ?::text, ?::text, ?::text, ?::text, ?::bytea")) {
            s.setString(1, null);
            s.setString(2, "");
            s.setString(3, UNICODE);
            s.setString(4, LARGE_TEXT);
            s.setBytes(5, LARGE_BINARY);
            ResultSet rows = s.executeQuery();
            rows.next();
            if (rows.getString(1) != null) throw new AssertionError("NULL differs");
            equal(rows.getString(2), "");
            equal(rows.getString(3), UNICODE);
            if (!LARGE_TEXT.equals(rows.getString(4))) throw new AssertionError("large text differs");
            if (!Arrays.equals(LARGE_BINARY, rows.getBytes(5))) throw new AssertionError("large bytes differ");
        }
    }

    static Connection connect(String[] args) throws SQLException {
        Properties p = new Properties();
        p.setProperty("user", args[2]);
        p.setProperty("password", args[3]);
        p.setProperty("sslmode", "verify-full");
        p.setProperty("sslrootcert", args[5]);
        p.setProperty("loginTimeout", "60");
        return DriverManager.getConnection("jdbc:postgresql://" + args[0] + ":" + args[1] + "/" + args[4], p);
    }

    static void work(String[] args, int worker, Map<String, List<String>> failures) {
        Connection c = null;
        for (Map.Entry<String, Check> check : CHECKS.entrySet()) {
            try {
                if (c == null || c.isClosed()) c = connect(args);
                check.getValue().run(c, worker);
            } catch (Throwable e) {
                String why = (e + (e.getCause() == null ? "" : " / " + e.getCause())).replace('\n', ' ');
                synchronized (failures) {
                    failures.get(check.getKey()).add(why.substring(0, Math.min(300, why.length())));
                }
                close(c);
                c = null;
            }
        }
        close(c);
    }

    static void close(Connection c) {
        try {
            if (c != null) c.close();
        } catch (SQLException e) {
            // It was broken already, which a check has reported.
        }
    }

    public static void main(String[] args) throws Exception {
        int workers = Integer.parseInt(args[6]);
        Map<String, List<String>> failures = new LinkedHashMap<>();
        CHECKS.keySet().forEach(name -> failures.put(name, new ArrayList<>()));
        List<Thread> threads = new ArrayList<>();
        for (int n = 0; n < workers; n++) {
            int worker = n;
            Thread thread = new Thread(() -> work(args, worker, failures));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) thread.join();
        int failed = 0;
        for (Map.Entry<String, List<String>> f : failures.entrySet()) {
            List<String> why = f.getValue();
            if (!why.isEmpty()) failed++;
            String line = why.isEmpty()
                ? "ok " + f.getKey()
                : "FAIL " + f.getKey() + " " + why.size() + " of " + workers + " workers: " + why.get(0);
            System.out.println(line);
        }
        System.exit(failed == 0 ? 0 : 1);
    }
}
