package io.millrace.ops.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ops.config.ConfigException;
import io.millrace.ops.config.MillraceConfig;
import io.millrace.ops.terminal.Logs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {
  @TempDir Path folder;

  @Test
  void movesAllAndKeepsTheTokenPrivate() throws Exception {
    Path demo = Files.createDirectories(folder.resolve("demo"));
    MillraceConfig config = MillraceConfig.defaults().withDataDir(demo);
    String said = DemoFolder.token(config, Logs.Form.TEXT);
    assertThat(DemoFolder.token(config, Logs.Form.JSON)).endsWith("http-token");
    Files.createDirectories(demo.resolve("releases"));
    Files.writeString(demo.resolve("releases/model@1.json"), "{}");
    Path kept = folder.resolve("new/kept");
    DemoFolder.move(demo, kept);
    assertThat(demo).doesNotExist();
    assertThat(kept.resolve("releases/model@1.json")).hasContent("{}");
    assertThat(said).isEqualTo("token: " + Files.readString(kept.resolve("http-token")).strip());
    if (kept.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(kept.resolve("http-token"))))
          .endsWith("---");
    }
  }

  @Test
  void saysWhatBecomesOfTheModel() {
    assertThat(whereItGoes(true, null)).contains("removed at the end", "--keep");
    assertThat(whereItGoes(true, folder.resolve("k"))).contains("kept in");
    assertThat(whereItGoes(false, null)).isEqualTo("data and log: " + folder);
  }

  private String whereItGoes(boolean temporary, @Nullable Path keep) {
    return DemoFolder.whereItGoes(DemoFolder.contents(Logs.Form.TEXT), folder, temporary, keep);
  }

  @Test
  void refusesAFolderWithSomethingInIt() throws Exception {
    DemoFolder.requireKeepable(null, Files.createDirectories(folder.resolve("empty")));
    DemoFolder.requireKeepable(null, folder.resolve("none"));
    Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(() -> DemoFolder.requireKeepable(null, folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(folder.toString());
    assertThatThrownBy(() -> DemoFolder.requireKeepable(null, folder.resolve("file")))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> DemoFolder.requireKeepable(folder, folder.resolve("none")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("--data-dir");
  }
}
