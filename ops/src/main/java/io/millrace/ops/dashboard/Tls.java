package io.millrace.ops.dashboard;

import io.javalin.config.JavalinConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** HTTPS in place of HTTP, with the configured certificate. */
final class Tls {
  private Tls() {}

  /**
   * Adds the connector.
   *
   * @throws IllegalStateException with a message for the user when the key store can't be used
   */
  static void add(JavalinConfig server, HttpConfig config) {
    Path store = Path.of(config.keyStore());
    if (!Files.isReadable(store)) {
      throw new IllegalStateException("http.keyStore is " + store + ": there is no such file");
    }
    String password;
    try {
      password = Files.readString(Path.of(config.keyStorePasswordFile())).strip();
    } catch (IOException e) {
      throw new IllegalStateException(
          "http.keyStorePasswordFile can't be read: " + e.getMessage(), e);
    }
    server.jetty.addConnector((jetty, http) -> connector(jetty, http, config, store, password));
  }

  private static ServerConnector connector(
      Server jetty, HttpConfiguration http, HttpConfig config, Path store, String password) {
    var context = new SslContextFactory.Server();
    context.setKeyStorePath(store.toUri().toString());
    context.setKeyStoreType("PKCS12");
    context.setKeyStorePassword(password);
    var secure = new HttpConfiguration(http);
    // Clients may come by address: the certificate's names are theirs to check.
    secure.addCustomizer(new SecureRequestCustomizer(false));
    var connector =
        new ServerConnector(
            jetty,
            new SslConnectionFactory(context, "http/1.1"),
            new HttpConnectionFactory(secure));
    connector.setHost(config.host());
    connector.setPort(config.port());
    return connector;
  }
}
