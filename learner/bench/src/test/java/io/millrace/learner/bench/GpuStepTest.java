package io.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** A row of {@code learner/bench/gpu}, on the CPU and small; and its script. */
class GpuStepTest {
  private static final Path SCRIPT = Path.of("gpu.py");

  @ParameterizedTest
  @EnumSource(GpuStep.Work.class)
  void printsARowAsJson(GpuStep.Work work) throws Exception {
    var printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    int code;
    try {
      System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
      code =
          new CommandLine(new GpuStep())
              .execute(
                  ("--case RESNET18 --precision FLOAT32 --channels-last --device cpu"
                          + " --batch 4 --width 0.125 --seconds 0 --work "
                          + work)
                      .split(" "));
    } finally {
      System.setOut(before);
    }
    assertThat(code).isZero();
    JsonNode row = new ObjectMapper().readTree(printed.toString(StandardCharsets.UTF_8));
    assertThat(row.path("imagesPerSecond").asDouble()).isPositive();
    assertThat(row.path("steps").asInt()).isGreaterThanOrEqualTo(3);
    assertThat(row.path("viewsShare").asDouble() > 0).isEqualTo(work != GpuStep.Work.NETWORK);
  }

  @Test
  void theScriptMeasuresTheSameCases() throws Exception {
    Matcher cases =
        Pattern.compile("^    \"(\\w+)\": \\{\"name\"", Pattern.MULTILINE)
            .matcher(Files.readString(SCRIPT));
    assertThat(cases.results().map(m -> m.group(1)))
        .containsExactlyElementsOf(
            Arrays.stream(GpuStep.Case.values())
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .toList());
  }

  @Test
  void aPartSizeThatIsNoneIsRefused() throws Exception {
    Process process =
        new ProcessBuilder("bash", "gpu", "pack", "--part-size", "much")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(2);
    assertThat(said).contains("--part-size is much");
  }
}
