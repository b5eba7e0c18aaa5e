package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ingest.settings.FormerKeys;
import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.method.joint.ByolSettings;
import io.millrace.learner.replay.ReplaySettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
  @Test
  void laysAFileOverTheDefaults() {
    MillraceConfig config =
        read(
            """
            kafka:
              bootstrapServers: a:9092,b:9093
              client:
                security.protocol: SASL_SSL
                sasl.mechanism: PLAIN
            topics:
              rawRetention: 1h30m
            engine:
              precision: bf16
            methods:
              byol:
                optimizer:
                  weightDecay: 1e-5
            """);
    assertThat(config.kafka().clients())
        .containsEntry("bootstrap.servers", "a:9092,b:9093")
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "PLAIN");
    assertThat(config.topics().rawRetention()).isEqualTo(Duration.ofMinutes(90));
    assertThat(config.engine().precision()).isEqualTo(PrecisionChoice.BF16);
    assertThat(((ByolSettings) config.methods().get("byol")).optimizer().weightDecay())
        .isEqualTo(1e-5);
    assertThat(config.feed()).isEqualTo(MillraceConfig.defaults().feed());
  }

  @Test
  void namesAnUnknownKeyItsValueAndTheNearestOnes() {
    refused("kafka:\n  bootstrapServer: x:1\n")
        .contains("kafka.bootstrapServer is no key", "'x:1'", "did you mean bootstrapServers?");
    refused("kafak: 3\n").contains("kafak is no key", "3", "did you mean kafka?");
    refused("zzzzzzzzzz: 3\n").contains("zzzzzzzzzz is no key", "expected one of", "kafka");
    refused("methods:\n  byl: {}\n").contains("methods.byl is no key", "byol");
  }

  @Test
  void namesTheNewNameOfEveryFormerKey() {
    var found = new TreeMap<String, String>();
    former(ConfigReader.tree(PackagedConfig.reference(), "reference"), "", found);
    assertThat(found.values()).containsAll(FormerKeys.keys().keySet());
    found.forEach(
        (path, former) -> {
          List<String> parts = List.of(path.split("\\."));
          String under = path.substring(0, path.length() - parts.get(parts.size() - 1).length());
          assertThatThrownBy(
                  () ->
                      ConfigReader.over(MillraceConfig.defaults(), List.of(under + former + "=7")))
              .isInstanceOf(ConfigException.class)
              .hasMessage(
                  "%s is the former name of %s (its value is 7): rename the key",
                  under + former, path);
        });
  }

  /** Paths in the reference that had another key, with that key. */
  private static void former(JsonNode node, String at, Map<String, String> out) {
    node.properties()
        .forEach(
            entry -> {
              String path = at + entry.getKey();
              FormerKeys.keys()
                  .forEach(
                      (before, now) -> {
                        if (now.equals(entry.getKey())) {
                          out.put(path, before);
                        }
                      });
              former(entry.getValue(), path + ".", out);
            });
  }

  @Test
  void namesTheNewNameOfEveryFormerConstant() {
    assertThat(FormerKeys.constants()).containsOnly(Map.entry("centre", "center"));
    refused("methods:\n  inpainting:\n    holes:\n      shape: centre\n")
        .isEqualTo("methods.inpainting.holes.shape is 'centre': expected center, its new name");
  }

  @Test
  void namesAKeyThatIsOutOfRangeWithItsPathAndRange() {
    refused("http:\n  port: 70000\n").isEqualTo("http.port is 70000: expected 0 to 65535");
    refused("model:\n  backbone:\n    width: 9\n")
        .isEqualTo("model.backbone.width is 9.0: expected 0.125 to 4");
    refused("engine:\n  device: gpu\n")
        .isEqualTo("engine.device is 'gpu': expected auto, cpu or cuda:N");
    refused("serving:\n  linger: 11s\n").isEqualTo("serving.linger is '11s': expected 0s to 10s");
    refused("topics:\n  rawRetention: PT0.5S\n")
        .isEqualTo("topics.rawRetention is 'PT0.5S': expected at least 1m");
    refused("methods:\n  dino:\n    optimizer:\n      momentum: 1\n")
        .isEqualTo("methods.dino.optimizer.momentum is 1.0: expected 0 up to but not 1");
    refused("kafka:\n  bootstrapServers: here\n")
        .isEqualTo(
            "kafka.bootstrapServers is 'here': expected HOST:PORT, or several with ','"
                + ", without http:// or the like");
    refused("model:\n  backbone:\n    stem: medium\n")
        .isEqualTo("model.backbone.stem is 'medium': expected one of [small, large]");
    refused("model:\n  past:\n    loss: mse\n")
        .isEqualTo("model.past.loss is 'mse': expected one of cosine, contrast");
    refused("learner:\n  replay:\n    policy: lifo\n")
        .isEqualTo(
            "learner.replay.policy is 'lifo': expected one of "
                + String.join(", ", Spelling.all(ReplaySettings.Policy.class)));
    refused("method: simcler\n").startsWith("method is 'simcler': expected one of [byol, obow");
    refused("decode:\n  maxBytes: 8388608\n")
        .startsWith("decode.maxBytes is 8388608: expected at most topics.maxMessageBytes");
  }

  @Test
  void namesAKeyOfAWrongType() {
    refused("http:\n  port: many\n").contains("http.port is 'many': expected a whole number");
    refused("http:\n  port: 1.5\n").contains("http.port is 1.5: expected a whole number");
    refused("http: 3\n").isEqualTo("http is 3: expected keys below it");
    refused("http:\n  enabled: perhaps\n")
        .isEqualTo("http.enabled is 'perhaps': expected true or false");
    refused("topics:\n  rawRetention: soon\n")
        .isEqualTo(
            "topics.rawRetention is 'soon': expected a duration like 250ms, 90s, 3m or 1h30m");
    refused("engine:\n  precision: half\n")
        .isEqualTo("engine.precision is 'half': expected one of auto, float32, bf16, float64");
    refused("kafka:\n  client:\n    a: [1]\n").contains("kafka.client.a is a list of 1");
  }

  @Test
  void saysWhereAFileIsNoYaml() {
    assertThatThrownBy(() -> ConfigReader.tree("a: [1\nb: 2\n", "my.yaml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("my.yaml, line ");
    assertThatThrownBy(() -> ConfigReader.tree("method: byol\nmethod: obow\n", "my.yaml"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("my.yaml");
  }

  @Test
  void putsSettingsOfTheCommandLineOverTheFile() {
    var tree = ConfigReader.tree("http:\n  port: 1\n  host: localhost\n", "file");
    var config =
        ConfigReader.over(
            MillraceConfig.defaults(),
            ConfigReader.with(tree, List.of("http.port=2", "kafka.client.acks=all")));
    assertThat(config.http().port()).isEqualTo(2);
    assertThat(config.http().host()).isEqualTo("localhost");
    assertThat(config.kafka().client()).isEqualTo(Map.of("acks", "all"));
    assertThatThrownBy(() -> ConfigReader.with(tree, List.of("http.port")))
        .hasMessageContaining("expected KEY=VALUE");
  }

  @Test
  void readsDurationsAsTheyAreWritten() {
    for (String text : List.of("250ms", "90s", "3m", "1h30m", "7d", "0s")) {
      Duration duration = Durations.parse(text);
      assertThat(Durations.parse(Durations.format(duration))).isEqualTo(duration);
    }
    assertThat(Durations.format(Durations.parse("1h30m"))).isEqualTo("1h30m");
    assertThatThrownBy(() -> Durations.parse("3 minutes")).hasMessageContaining("3 minutes");
  }

  private static MillraceConfig read(String yaml) {
    return ConfigReader.over(MillraceConfig.defaults(), ConfigReader.tree(yaml, "test"));
  }

  private static org.assertj.core.api.AbstractStringAssert<?> refused(String yaml) {
    try {
      read(yaml);
    } catch (ConfigException e) {
      return assertThat(e.getMessage());
    }
    throw new AssertionError("accepted:\n" + yaml);
  }
}
