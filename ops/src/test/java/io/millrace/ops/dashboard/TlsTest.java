package io.millrace.ops.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.javalin.Javalin;
import io.millrace.ops.deploy.Tool;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir Path dir;

  @Test
  void speaksTlsWithTheConfiguredCertificate() throws Exception {
    Path store = dir.resolve("server.p12");
    Path password = Files.writeString(dir.resolve("password"), PASSWORD + "\n");
    int made =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "millrace",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
    assertThat(made).isZero();
    var config = new HttpConfig(true, "127.0.0.1", 0, store.toString(), password.toString(), 100);
    assertThat(config.scheme()).isEqualTo("https");
    Javalin server =
        Javalin.create(
                s -> {
                  Tls.add(s, config);
                  s.routes.get("/", ctx -> ctx.result("secret"));
                })
            .start();
    try {
      HttpClient client = HttpClient.newBuilder().sslContext(trusting(store)).build();
      URI address = URI.create("https://127.0.0.1:" + server.port() + "/");
      assertThat(
              client
                  .send(
                      HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString())
                  .body())
          .isEqualTo("secret");
      // What a container asks itself by.
      if (Tool.find("curl").isPresent()) {
        assertThat(healthy(address.toString())).isZero();
        assertThat(healthy(address + "nowhere")).isNotZero();
      }
    } finally {
      server.stop();
    }
  }

  private static int healthy(String url) throws Exception {
    var asked = new ProcessBuilder(Path.of("deploy/docker/healthy").toAbsolutePath().toString());
    asked.environment().put("MILLRACE_HEALTH_URL", url);
    return asked.redirectErrorStream(true).start().waitFor();
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> new HttpConfig(true, "localhost", 1, "store.p12", "", 100))
        .hasMessageStartingWith("keyStorePasswordFile is ''");
    var config = new HttpConfig(true, "localhost", 1, dir.resolve("no").toString(), "x", 100);
    assertThatThrownBy(() -> Javalin.create(s -> Tls.add(s, config)))
        .hasMessageContaining("http.keyStore");
  }

  private static SSLContext trusting(Path store) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("millrace", keys.getCertificate("millrace"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
