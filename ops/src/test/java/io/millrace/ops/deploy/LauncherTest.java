package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.testing.Examples;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with a Maven and a Java that only say what they are asked. */
class LauncherTest {
  private static final String MAVEN =
      """
      #!/bin/sh
      printf '\\033[0m'
      echo "maven: $*"
      mkdir -p ops/target/lib
      for word; do last=$word; done
      echo "$last" > ops/target/lib/dependency.jar
      echo "$last" > ops/target/millrace-ops-1.jar
      """;

  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
      for word; do
        case "$word" in *millrace-ops-1.jar:*) echo "built with $(cat "${word%%:*}")" ;; esac
      done
      """;

  @TempDir Path folder;

  @BeforeEach
  void checkout() throws Exception {
    Tool.required("bash");
    Path launcher = Examples.folder().resolveSibling("millrace");
    Files.copy(launcher, folder.resolve("millrace"));
    for (String module : List.of("ingest", "learner", "serving", "ops")) {
      Files.createDirectories(folder.resolve(module));
    }
    Files.writeString(folder.resolve("pom.xml"), "<project/>");
    Path bin = Files.createDirectories(folder.resolve("bin"));
    program(bin.resolve("mvn"), MAVEN);
    program(bin.resolve("java"), JAVA);
  }

  private static void program(Path file, String text) throws Exception {
    Files.writeString(file, text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @Test
  void buildsWithOtherArgumentsAreKeptApart() throws Exception {
    assertThat(run("")).contains("maven: ", "built with -am");
    assertThat(run("-Pcuda")).contains("maven: ", "built with -Pcuda");
    assertThat(run("")).doesNotContain("maven: ").contains("built with -am");
    assertThat(run("-Pcuda")).doesNotContain("maven: ").contains("built with -Pcuda");
  }

  @Test
  void mavensColorCodesDoNotReachTheTerminal() throws Exception {
    assertThat(run("")).contains("maven: ").doesNotContain("\033");
  }

  private String run(String arguments) throws Exception {
    var builder =
        new ProcessBuilder("bash", folder.resolve("millrace").toString(), "status")
            .redirectErrorStream(true);
    builder.environment().remove("JAVA_HOME");
    builder.environment().put("MILLRACE_MAVEN_ARGS", arguments);
    builder.environment().put("PATH", folder.resolve("bin") + ":" + System.getenv("PATH"));
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
