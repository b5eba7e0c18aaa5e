package io.millrace.ops.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.learner.compare.Budget;
import io.millrace.learner.evaluate.LinearProbeSettings;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.tensor.Engine;
import io.millrace.ops.config.ConfigReader;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.config.PackagedConfig;
import io.millrace.ops.terminal.LiveLine;
import io.millrace.ops.terminal.WrittenFiles;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small comparison from images to files. */
class CompareTest {
  @TempDir Path folder;

  @Test
  void aMethodThatFailsIsReportedAndTheOthersGoOn() throws Exception {
    MillraceConfig config =
        ConfigReader.over(
            PackagedConfig.demoConfig(),
            List.of(
                "method=byol",
                "learner.batchSize=8",
                "learner.probe.bank=20",
                "learner.probe.queries=10",
                "learner.monitor.referenceImages=8",
                "learner.monitor.windowImages=8",
                "synthetic.shapes=3",
                "synthetic.textures=1",
                "synthetic.heldOut=60"));
    var methods = new LinkedHashMap<String, Method>();
    methods.put("broken", new Broken());
    methods.put("byol", config.newMethod());
    methods.put("simclr", Methods.create("simclr", config.model())); // served from byol's layer
    methods.put("relative-location", Methods.create("relative-location", config.model()));
    var said = new ByteArrayOutputStream();
    var line = LiveLine.plain(new PrintStream(said, true, StandardCharsets.UTF_8));
    CompareReport report =
        new CompareExperiment(
                config,
                Sources.SYNTHETIC,
                Budget.ofImages(16),
                16,
                new Measuring(new LinearProbeSettings(2, 16, 0.1, 0), 0, true),
                new WrittenFiles(folder),
                Clock.systemUTC(),
                line)
            .run(methods, Map.of("unfit", "not run: too small"));

    assertThat(report.failed()).isTrue();
    assertThat(report.table().toString())
        .contains(
            "raw pixels",
            "untrained (byol)",
            "untrained (relative-location)",
            "broken: it broke",
            "unfit: not run: too small")
        .doesNotContain("untrained (simclr)");
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("broken: failed: it broke", "byol: 16 images in");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("compare.json").toFile());
    assertThat(json.path("methods")).hasSize(5);
    JsonNode byol = json.path("methods").get(2);
    assertThat(byol.path("error").isNull()).isTrue();
    assertThat(byol.path("figures").path("steps").asInt()).isEqualTo(2);
    assertThat(byol.path("figures").path("trained").path("linear").isNumber()).isTrue();
    assertThat(byol.path("figures").path("monitors").path("rankMe").asDouble()).isGreaterThan(1);
    assertThat(byol.path("figures").path("layers"))
        .extracting(layer -> layer.path("name").asText())
        .contains("layer3", "layer3+output", "output");
    assertThat(report.bestLayers().toString())
        .contains("best layer", "byol")
        .doesNotContain("broken");
    assertThat(Files.readString(folder.resolve("compare.svg"))).contains("<svg").contains("</svg>");
  }

  private static final class Broken implements Method {
    @Override
    public String name() {
      return "broken";
    }

    @Override
    public MethodState initialize(Engine engine) {
      throw new IllegalStateException("it broke");
    }

    @Override
    public StepReport step(ImageBatch batch, MethodState state) {
      throw new AssertionError("never begun");
    }

    @Override
    public String representation() {
      return "student";
    }
  }
}
