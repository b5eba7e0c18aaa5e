package io.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTokenTest {
  @TempDir Path dir;
  private final List<String> said = new CopyOnWriteArrayList<>();

  @Test
  void manyThatStartAtOnceComeToOneTokenThatIsNeverSeenHalf() throws Exception {
    for (int round = 0; round < 20; round++) {
      Path file = dir.resolve("sub").resolve("token" + round);
      ExecutorService threads = Executors.newFixedThreadPool(8);
      var go = new CountDownLatch(1);
      var all = new HashSet<String>();
      var asked = new java.util.ArrayList<Future<String>>();
      for (int i = 0; i < 8; i++) {
        asked.add(
            threads.submit(
                () -> {
                  go.await();
                  return AccessToken.in(file, said::add).forReading();
                }));
      }
      go.countDown();
      for (Future<String> one : asked) {
        all.add(one.get());
      }
      threads.shutdown();
      assertThat(all).hasSize(1);
    }
    try (var left = Files.list(dir.resolve("sub"))) {
      assertThat(left).as("no file but the tokens").hasSize(20);
    }
    assertThat(said).isEmpty();
  }

  @Test
  void itIsItsOwnersAloneAndAnotherModeIsWarnedOf() throws IOException {
    Path file = dir.resolve("token");
    AccessToken.in(file, said::add);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(said).isEmpty();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    AccessToken.in(file, said::add);
    assertThat(said)
        .singleElement()
        .satisfies(line -> assertThat(line).contains("rw-r--r--", "chmod 600"));
  }

  @Test
  void anEmptyOneIsMadeAnewWithAWordAndAShortOneRefused() throws IOException {
    Path file = dir.resolve("token");
    for (String empty : List.of("", " \n")) {
      Files.writeString(file, empty);
      AccessToken token = AccessToken.in(file, said::add);
      assertThat(Files.readString(file)).hasSize(65);
      assertThat(token.isIn("Bearer " + Files.readString(file).strip())).isTrue();
    }
    assertThat(said).hasSize(2).allMatch(line -> line.contains("was empty"));
    Files.writeString(file, "short");
    assertThatThrownBy(() -> AccessToken.in(file, said::add)).hasMessageContaining("5 characters");
    assertThat(Set.of(Files.readString(file))).containsExactly("short");
  }

  @Test
  void whatLetsReadIsNotTheToken() throws IOException {
    Path file = dir.resolve("token");
    AccessToken token = AccessToken.in(file, said::add);
    assertThat(token.isForReading(token.forReading())).isTrue();
    assertThat(token.isForReading(Files.readString(file).strip())).isFalse();
    assertThat(token.isForReading(null)).isFalse();
    assertThat(token.isIn("Bearer " + token.forReading())).isFalse();
  }
}
