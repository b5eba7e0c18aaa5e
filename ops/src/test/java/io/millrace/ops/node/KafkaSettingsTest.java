package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ops.config.KafkaConfig;
import io.millrace.ops.config.UserError;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes in the security settings: the innermost cause, and what to set. */
class KafkaSettingsTest {
  private static final String LOGIN =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"a\""
          + " password=\"hunter2\"";

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            Map.of("security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "PLAIN"),
            "kafka.client.sasl.jaas.config"),
        Arguments.of(sasl(LOGIN), "';'"),
        Arguments.of(sasl("nothing;"), "kafka.client.sasl.jaas.config"),
        Arguments.of(sasl(LOGIN.replace("PlainLogin", "PlaneLogin") + ";"), "PlaneLoginModule"),
        Arguments.of(
            Map.of("security.protocol", "SSL", "ssl.truststore.location", "/nowhere/trust.p12"),
            "/nowhere/trust.p12"),
        Arguments.of(Map.of("security.protocol", "TLS"), "security.protocol"),
        Arguments.of(Map.of("request.timeout.ms", "soon"), "request.timeout.ms"));
  }

  private static Map<String, String> sasl(String jaas) {
    return Map.of(
        "security.protocol", "SASL_PLAINTEXT", "sasl.mechanism", "PLAIN", "sasl.jaas.config", jaas);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsNamedWithWhatToSet(Map<String, String> client, String named) {
    var config = new KafkaConfig("broker-of-nobody:9092", "millrace.", client);
    assertThatThrownBy(() -> Clients.requireSettings(config))
        .isInstanceOf(UserError.class)
        .hasMessageContaining(named)
        .message()
        .doesNotContain("hunter2")
        .doesNotContain("Failed to create new");
  }

  @Test
  void whatIsRightNeedsNoBroker() {
    Clients.requireSettings(
        new KafkaConfig("broker-of-nobody:9092", "millrace.", sasl(LOGIN + ";")));
  }
}
