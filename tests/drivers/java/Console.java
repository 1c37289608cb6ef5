// The administrators' console as pgjdbc sees it. Arguments and output: see tests/drivers/python/common.py.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

public class Console {
    interface Check {
        void run(Connection c) throws Exception;
    }

    static final String[] TOPICS = {
        "STATS_TOTALS", "STATS", "POOLS", "DATABASES", "LISTS", "CONFIG", "CLIENTS", "SERVERS", "SOCKETS", "USERS",
        "STATE", "MEM", "FDS", "TOTALS", "VERSION"
    };

    static void show(Connection c) throws SQLException {
        for (String topic : TOPICS) {
            // Often enough for the driver to prepare it on the server, and to ask for binary.
            for (int i = 0; i < 7; i++) {
                try (PreparedStatement s = c.prepareStatement("SHOW " + topic); ResultSet rows = s.executeQuery()) {
                    int columns = rows.getMetaData().getColumnCount();
                    while (rows.next()) for (int n = 1; n <= columns; n++) rows.getString(n);
                }
            }
        }
        try (PreparedStatement s = c.prepareStatement("SHOW DATABASES"); ResultSet rows = s.executeQuery()) {
            rows.next();
            if (!"app".equals(rows.getString("name")) || rows.getInt("pool_size") != 2)
                throw new AssertionError(rows.getString("name") + " " + rows.getInt("pool_size"));
        }
    }

    static void commands(Connection c) throws SQLException {
        try (Statement s = c.createStatement()) {
            for (String command : new String[] {"PAUSE app", "RESUME app", "RECONNECT", "WAIT_CLOSE", "RELOAD"})
                s.execute(command);
            refused(s, "PAUSE nosuch", "3D000");
            refused(s, "PAUSE app now", "42601");
        }
    }

    static void refused(Statement s, String command, String state) throws SQLException {
        try {
            s.execute(command);
        } catch (SQLException e) {
            if (state.equals(e.getSQLState())) return;
            throw e;
        }
        throw new AssertionError(command + " was accepted");
    }

    static void transaction(Connection c) throws SQLException {
        c.setAutoCommit(false);
        show(c);
        c.commit();
        show(c);
        c.rollback();
        c.setAutoCommit(true);
    }

    public static void main(String[] args) throws Exception {
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("pgjdbc_show", Console::show);
        checks.put("pgjdbc_commands", Console::commands);
        checks.put("pgjdbc_transaction", Console::transaction);
        int failed = 0;
        for (String mode : new String[] {"extended", "simple"}) {
            Properties properties = new Properties();
            properties.setProperty("user", "admin");
            properties.setProperty("password", "admin-secret");
            properties.setProperty("sslmode", "verify-full");
            properties.setProperty("sslrootcert", args[5]);
            properties.setProperty("preferQueryMode", mode);
            String url = "jdbc:postgresql://" + args[0] + ":" + args[1] + "/pgbouncer";
            for (Map.Entry<String, Check> check : checks.entrySet()) {
                String name = check.getKey() + "_" + mode;
                try (Connection c = DriverManager.getConnection(url, properties)) {
                    check.getValue().run(c);
                    System.out.println("ok " + name);
                } catch (Throwable e) {
                    failed++;
                    System.out.println("FAIL " + name + " " + e.toString().replace('\n', ' '));
                }
            }
        }
        System.exit(failed > 0 ? 1 : 0);
    }
}
