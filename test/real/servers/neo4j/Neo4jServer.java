import java.nio.file.Path;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;

/** A Neo4j with Bolt on the loopback address: `java -cp 'jars/*' Neo4jServer.java FOLDER PORT PASSWORD`. */
public final class Neo4jServer {
  private static final long PAGE_CACHE = 32L * 1024 * 1024;

  public static void main(String[] arguments) {
    var port = Integer.parseInt(arguments[1]);
    var server =
        new DatabaseManagementServiceBuilder(Path.of(arguments[0]))
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", port))
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.pagecache_memory, PAGE_CACHE)
            .build();
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
    var password = "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED";
    server.database("system").executeTransactionally(password, Map.of("password", arguments[2]));
  }
}
