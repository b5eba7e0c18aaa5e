package io.millrace.ops.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
  @TempDir Path folder;

  @Test
  void aRefusalSaysWhyNotThePathAlone() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    IOException refused =
        catchThrowableOfType(IOException.class, () -> DataFolder.make(file.resolve("data")));

    assertThat(DataFolder.reason(refused)).isNotBlank().isNotEqualTo(file.toString());
    // What a volume of another user gives; root, as tests often run, is refused nowhere.
    assertThat(DataFolder.reason(new AccessDeniedException("/var/lib/millrace")))
        .isEqualTo("access denied to user " + System.getProperty("user.name"));
  }
}
