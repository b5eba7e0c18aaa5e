package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigParametersTest {
  @Test
  void areWhatTheMethodLearnsByWithoutSecrets() {
    MillraceConfig config =
        ConfigReader.over(
            MillraceConfig.defaults(),
            ConfigReader.tree(
                """
                method: dino
                kafka: {client: {ssl.key.password: hunter2, client.rack: hunter2}}
                mlflow: {uri: "https://tracking", tokenFile: /run/hunter2}
                metrics: {otlpUrl: "http://me:hunter2@host/v1/metrics"}
                learner: {batchSize: 48}
                model: {mix: {method: rotation}}
                """,
                "x.yaml"));
    Map<String, String> parameters = ConfigParameters.of(config);
    assertThat(parameters)
        .containsEntry("method", "dino")
        .containsEntry("learner.batchSize", "48")
        .containsEntry("engine.precision", "auto")
        .containsEntry("mlflow.uri", "https://tracking")
        .containsEntry("metrics.otlpUrl", "http://(not shown)@host/v1/metrics")
        .containsKey("methods.dino.optimizer.kind");
    assertThat(parameters.keySet())
        .anyMatch(key -> key.startsWith("methods.rotation."))
        .noneMatch(key -> key.startsWith("methods.byol."))
        .noneMatch(key -> key.startsWith("kafka.client"));
    assertThat(parameters.values()).noneMatch(value -> value.contains("hunter2"));
  }
}
