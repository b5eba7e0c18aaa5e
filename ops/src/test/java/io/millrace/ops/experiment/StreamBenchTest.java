package io.millrace.ops.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ingest.source.ImageSource;
import io.millrace.learner.stream.Protocol;
import io.millrace.learner.stream.ProtocolSettings;
import io.millrace.ops.config.ConfigException;
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
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small stream benchmark from images to files. */
class StreamBenchTest {
  @TempDir Path folder;

  @Test
  void armsAndSeedsAreRunAndWritten() throws Exception {
    MillraceConfig config =
        ConfigReader.over(
            PackagedConfig.demoConfig(),
            List.of(
                "learner.batchSize=8",
                "learner.updatesPerBatch=2",
                "learner.replay.images=16",
                "learner.probe.bank=40",
                "learner.probe.queries=20",
                "learner.monitor.referenceImages=8",
                "learner.monitor.windowImages=8",
                "synthetic.shapes=3",
                "synthetic.textures=1",
                "synthetic.heldOut=60"));
    var plan =
        new StreamBenchPlan(
            config,
            StreamVariant.parse(List.of("more: learner.updatesPerBatch=3"), config),
            Protocol.SPLIT,
            new ProtocolSettings(3, 16, 1, 1),
            List.of("byol"),
            List.of("fifo", "none"),
            "reservoir",
            48,
            null,
            8,
            1,
            2);
    var said = new ByteArrayOutputStream();
    var line = LiveLine.plain(new PrintStream(said, true, StandardCharsets.UTF_8));
    try (ImageSource source = Sources.open(Sources.SYNTHETIC, config.synthetic())) {
      StreamBenchReport report =
          new StreamBenchExperiment(
                  config, source, plan, new WrittenFiles(folder), Clock.systemUTC(), line)
              .run();

      assertThat(report.failed()).as(report.table().toString()).isFalse();
      assertThat(report.table().toString())
          .contains("raw pixels", "untrained (byol)", "byol, reservoir, shuffled", "byol, none");
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("byol, fifo, seed 2: 48 images");
    JsonNode json = new ObjectMapper().readTree(folder.resolve("streambench.json").toFile());
    assertThat(json.path("protocol").asText()).isEqualTo("split");
    assertThat(json.path("arms")).hasSize(4);
    assertThat(updates(json.path("arms").get(1))).isEqualTo(6 * 2);
    assertThat(updates(json.path("arms").get(3))).as("the variant's").isEqualTo(6 * 3);
    assertThat(json.path("variants").path("more").get(0).asText())
        .isEqualTo("learner.updatesPerBatch=3");
    JsonNode fifo = json.path("arms").get(1);
    assertThat(fifo.path("arm").path("policy").asText()).isEqualTo("fifo");
    assertThat(fifo.path("runs")).hasSize(2);
    JsonNode metrics = fifo.path("runs").get(0).path("figures");
    assertThat(metrics.path("forgetting").isNumber()).isTrue();
    assertThat(metrics.path("points").get(1).path("knnByTask")).hasSize(3);
    assertThat(Files.readString(folder.resolve("streambench.svg"))).contains("<svg", "</svg>");
  }

  private static int updates(JsonNode arm) {
    JsonNode points = arm.path("runs").get(0).path("figures").path("points");
    return points.get(points.size() - 1).path("updates").asInt();
  }

  @Test
  void variantsThatCannotBeComparedAreRefused() {
    MillraceConfig config = PackagedConfig.demoConfig();
    assertThatThrownBy(() -> StreamVariant.parse(List.of("learner.updatesPerBatch=3"), config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("expected 'NAME: KEY=VALUE");
    assertThatThrownBy(() -> StreamVariant.parse(List.of("a: learner.updates=3"), config))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--variant 'a'")
        .hasMessageContaining("learner.updates");
    StreamVariant other =
        StreamVariant.parse(List.of("k: learner.probe.k=3"), config).values().iterator().next();
    assertThatThrownBy(() -> other.requireSameMeasure(config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("learner.probe");
  }

  @Test
  void aSpreadIsByStudentsT() {
    MeanStd spread = MeanStd.of(0.9, 1.0, 1.1, Double.NaN, 0.95, 1.05);
    assertThat(spread.runs()).isEqualTo(5);
    assertThat(spread.mean()).isEqualTo(1.0, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(spread.lower()).isEqualTo(0.90184, org.assertj.core.data.Offset.offset(1e-4));
    assertThat(spread.ratio()).isEqualTo("1.00 [0.90]");
    assertThat(MeanStd.of().text()).isEqualTo("–");
  }

  @Test
  void presetsAreWholePlans() {
    for (String name : List.of("split-cifar10", "cmp-cifar100", "warm-start")) {
      StreamPreset preset = StreamPreset.named(name);
      MillraceConfig config = preset.configuration();
      var plan =
          new StreamBenchPlan(
              config,
              StreamVariant.parse(preset.variants(), config),
              preset.protocol(),
              preset.settings(),
              List.of(preset.methods().split(",")),
              List.of(preset.policies().split(",")),
              preset.against(),
              50_000,
              preset.time(),
              preset.streamBatch(),
              preset.probes(),
              preset.seeds());
      assertThat(plan.arms()).as(name).isNotEmpty();
      if (name.equals("warm-start")) {
        assertThat(plan.arms().stream().map(Object::toString))
            .containsExactly(
                "byol, reservoir",
                "byol, reservoir, after simclr",
                "obow, reservoir",
                "obow, reservoir, after simclr",
                "simclr, reservoir");
      }
    }
    assertThat(StreamPreset.named("cmp-cifar100").configuration().model().backbone().width())
        .isEqualTo(1);
  }
}
