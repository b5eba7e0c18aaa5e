package io.millrace.ops.cli;

import io.millrace.ingest.broker.BrokerSettings;
import io.millrace.ingest.broker.EmbeddedBroker;
import io.millrace.ingest.broker.FreePort;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A broker with an authorizer and two listeners: one by SASL, and one without, whose users are
 * super users, for what sets a test up.
 *
 * @param open address of the second
 * @param guarded address of the first
 */
record GuardedBroker(EmbeddedBroker broker, String open, String guarded) implements AutoCloseable {
  /**
   * Starts one.
   *
   * @param sasl broker properties of the mechanism
   */
  static GuardedBroker start(Path folder, Map<String, String> sasl) throws IOException {
    var ports = List.of(FreePort.next(), FreePort.next(), FreePort.next());
    String open = "127.0.0.1:" + ports.get(0);
    String guarded = "127.0.0.1:" + ports.get(1);
    String controller = "127.0.0.1:" + ports.get(2);
    String listeners = "PLAINTEXT://%s,SASL_PLAINTEXT://%s".formatted(open, guarded);
    var properties = new HashMap<>(sasl);
    properties.put("listeners", listeners + ",CONTROLLER://" + controller);
    properties.put("controller.quorum.voters", "1@" + controller);
    properties.put("advertised.listeners", listeners);
    properties.put(
        "listener.security.protocol.map",
        "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT");
    properties.put(
        "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
    properties.put("super.users", "User:ANONYMOUS");
    BrokerSettings defaults = BrokerSettings.defaults(folder);
    var settings =
        new BrokerSettings(folder, defaults.host(), 0, defaults.maxMessageBytes(), properties);
    return new GuardedBroker(EmbeddedBroker.start(settings), open, guarded);
  }

  @Override
  public void close() {
    broker.close();
  }
}
