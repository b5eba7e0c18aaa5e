package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No error about a configuration shows a secret, however the file is wrong. */
class SecretsTest {
  private static final String SECRET = "hunter2";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka:\n  client: PlainLoginModule required password=\"hunter2\";\n",
        "kafka:\n  client:\n    sasl.jaas.config: [hunter2]\n",
        "kafka:\n  client:\n    sasl.jaas.config: {password: hunter2}\n",
        "kafka:\n  client: [hunter2]\n",
        "kafka:\n  sasl.jaas.config: hunter2\n",
        "kafka: {client: {ssl.truststore.password: [hunter2]}}\n",
        "sasl.jaas.config: 'x required password=\"hunter2\";'\n",
        "kafka:\n  clients:\n    ssl.key.password: hunter2\n",
        "http: {keyStorePassword: hunter2}\n",
        "method: {password: hunter2}\n",
        "metrics: {otlpUrls: 'http://me:hunter2@host/x'}\n",
        "mlflow: {uri: 'http://me:hunter2@host/x'}\n",
        "kafka:\n  client:\n    ssl.key.pasword: hunter2\n",
        "kafka:\n  client:\n    ssl.key.password: \"hunter2\n",
      })
  void ofAFile(String yaml) {
    assertThatThrownBy(
            () -> ConfigReader.over(MillraceConfig.defaults(), ConfigReader.tree(yaml, "x.yaml")))
        .isInstanceOf(ConfigException.class)
        .message()
        .doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.client.ssl.key.pasword=hunter2",
        "kafka.password=hunter2",
        "kafka.password=[hunter2",
        "kafka.client=[hunter2]",
        "=hunter2"
      })
  void ofTheCommandLine(String setting) {
    assertThatThrownBy(() -> set(setting))
        .isInstanceOf(ConfigException.class)
        .message()
        .doesNotContain(SECRET);
  }

  @Test
  void theConfigurationAsTextNamesKeysAlone() {
    assertThat(set("kafka.client.sasl.jaas.config=x required password=\"hunter2\";").toString())
        .contains("sasl.jaas.config")
        .doesNotContain(SECRET);
  }

  @Test
  void clientKeysWithDotsCanBeSet() {
    assertThat(
            set("kafka.client.sasl.jaas.config=a.B required user=\"c: d\" password=\"#e\";")
                .kafka()
                .client())
        .containsEntry("sasl.jaas.config", "a.B required user=\"c: d\" password=\"#e\";");
    assertThat(set("kafka.client.request.timeout.ms=7000").kafka().client())
        .containsEntry("request.timeout.ms", "7000");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.bootstrapServers=http://host:9092",
        "kafka.bootstrapServers=host",
        "kafka.bootstrapServers=host:99999",
        "kafka.bootstrapServers=host:0",
        "kafka.bootstrapServers=host:9092,",
        "kafka.topicPrefix=a b",
        "kafka.topicPrefix=a/b",
        "kafka.client.securty.protocol=SSL",
      })
  void isRefused(String setting) {
    assertThatThrownBy(() -> set(setting))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("kafka.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka.bootstrapServers='[::1]:9092'",
        "kafka.bootstrapServers='a_b-1.c:1, d:65535'"
      })
  void isTaken(String setting) {
    assertThat(set(setting).kafka().bootstrapServers()).contains(":");
  }

  private static MillraceConfig set(String setting) {
    return ConfigReader.over(MillraceConfig.defaults(), List.of(setting));
  }
}
