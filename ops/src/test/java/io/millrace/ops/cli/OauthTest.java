package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.ingest.topology.TopicAdmin;
import io.millrace.ingest.topology.TopicCatalog;
import io.millrace.ops.config.KafkaConfig;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.UserError;
import io.millrace.ops.node.ClientRights;
import io.millrace.ops.node.Clients;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclPermissionType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * OAuth by settings alone ({@code kafka.client}): Kafka's own client gets a token from an identity
 * provider, the broker checks its signature and takes its subject as the user.
 */
class OauthTest {
  private static final String ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
  private static final String AUDIENCE = "kafka";

  @TempDir Path folder;
  private final KeyPair keys = keys();
  private HttpServer provider;
  private GuardedBroker broker;

  @BeforeEach
  void start() throws Exception {
    provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext("/token", this::token);
    provider.createContext("/keys", exchange -> answer(exchange, 200, keySet()));
    provider.start();
    System.setProperty(ALLOWED, at("/token") + "," + at("/keys"));
    broker =
        GuardedBroker.start(
            folder.resolve("kafka"),
            Map.of(
                "sasl.enabled.mechanisms",
                "OAUTHBEARER",
                "listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;",
                "listener.name.sasl_plaintext.oauthbearer.sasl.server.callback.handler.class",
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler",
                "sasl.oauthbearer.jwks.endpoint.url",
                at("/keys"),
                "sasl.oauthbearer.expected.audience",
                AUDIENCE));
    MillraceConfig config = config("right");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.open()))) {
      var acls = new ArrayList<AclBinding>();
      for (ClientRights.Right right : ClientRights.TOPICS.of(config)) {
        right
            .operations()
            .forEach(
                operation ->
                    acls.add(
                        new AclBinding(
                            right.on(),
                            new AccessControlEntry(
                                "User:millrace-topics", "*", operation, AclPermissionType.ALLOW))));
      }
      admin.createAcls(acls).all().get();
    }
  }

  @AfterEach
  void stop() {
    broker.close();
    provider.stop(0);
    System.clearProperty(ALLOWED);
  }

  @Test
  void aTokensSubjectIsTheUserWhoseRightsCount() {
    MillraceConfig config = config("right");
    try (Admin admin = Clients.admin(config.kafka())) {
      TopicAdmin.Report report =
          new TopicAdmin(admin, Duration.ofSeconds(30))
              .ensure(TopicCatalog.of(config.topicNames(), config.topics()));
      assertThat(report.created()).hasSize(11);
    }
  }

  @Test
  void aWrongSecretIsToldInWords() {
    assertThatThrownBy(() -> Clients.admin(config("wrong").kafka()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("no Kafka client can be made for " + broker.guarded());
  }

  private MillraceConfig config(String secret) {
    return MillraceConfig.defaults()
        .withKafka(
            new KafkaConfig(
                broker.guarded(),
                "millrace.",
                Map.of(
                    "security.protocol",
                    "SASL_PLAINTEXT",
                    "sasl.mechanism",
                    "OAUTHBEARER",
                    "sasl.login.callback.handler.class",
                    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
                    "sasl.oauthbearer.token.endpoint.url",
                    at("/token"),
                    "sasl.login.retry.backoff.max.ms",
                    "200",
                    "sasl.jaas.config",
                    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required"
                        + " clientId=\"millrace-topics\" clientSecret=\""
                        + secret
                        + "\";")));
  }

  private String at(String path) {
    return "http://127.0.0.1:" + provider.getAddress().getPort() + path;
  }

  /** Client credentials: the client's name becomes the subject. */
  private void token(HttpExchange exchange) throws IOException {
    String given = exchange.getRequestHeaders().getFirst("Authorization");
    String expected = "Basic " + Base64.getEncoder().encodeToString(utf8("millrace-topics:right"));
    if (!expected.equals(given)) {
      answer(exchange, 401, "{\"error\":\"invalid_client\"}");
      return;
    }
    long now = Instant.now().getEpochSecond();
    String token =
        jwt(
            "{\"alg\":\"RS256\",\"kid\":\"one\",\"typ\":\"JWT\"}",
            "{\"sub\":\"millrace-topics\",\"aud\":\"%s\",\"iat\":%d,\"exp\":%d,\"scope\":\"all\"}"
                .formatted(AUDIENCE, now, now + 600));
    answer(exchange, 200, "{\"access_token\":\"%s\",\"expires_in\":600}".formatted(token));
  }

  private String jwt(String header, String claims) throws IOException {
    String signed = base64(utf8(header)) + "." + base64(utf8(claims));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(keys.getPrivate());
      signature.update(utf8(signed));
      return signed + "." + base64(signature.sign());
    } catch (java.security.GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private String keySet() {
    var key = (RSAPublicKey) keys.getPublic();
    return "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"alg\":\"RS256\",\"use\":\"sig\",\"n\":\"%s\",\"e\":\"%s\"}]}"
        .formatted(
            base64(unsigned(key.getModulus().toByteArray())),
            base64(unsigned(key.getPublicExponent().toByteArray())));
  }

  private static byte[] unsigned(byte[] number) {
    return number[0] == 0 ? java.util.Arrays.copyOfRange(number, 1, number.length) : number;
  }

  private static void answer(HttpExchange exchange, int status, String json) throws IOException {
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, utf8(json).length);
    exchange.getResponseBody().write(utf8(json));
    exchange.close();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static KeyPair keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
