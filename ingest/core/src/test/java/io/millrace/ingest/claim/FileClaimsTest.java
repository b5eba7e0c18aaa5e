package io.millrace.ingest.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ingest.decode.RejectionReason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileClaimsTest {
  private static final byte[] IMAGE = {1, 2, 3};

  @TempDir Path dir;
  private Path root;
  private ClaimFetches fetches;
  private final BlockingQueue<ClaimFetch> done = new LinkedBlockingQueue<>();

  @BeforeEach
  void start() throws Exception {
    root = Files.createDirectories(dir.resolve("images"));
    Files.createDirectories(root.resolve("below"));
    Files.write(root.resolve("below/a ü.png"), IMAGE);
    Files.write(dir.resolve("secret"), IMAGE);
    fetches = ClaimFetches.of(settings(root.toString()), null);
  }

  private static ClaimSettings settings(String root) {
    return new ClaimSettings(
        List.of(),
        root,
        false,
        1024,
        2,
        10,
        2,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5));
  }

  @AfterEach
  void stop() {
    fetches.close();
  }

  private FetchOutcome fetch(String url) throws InterruptedException {
    fetches.fetch(url, done::add);
    ClaimFetch fetch = done.poll(30, TimeUnit.SECONDS);
    assertThat(fetch).isNotNull();
    return fetch.take();
  }

  private FetchOutcome fetch(Path file) throws InterruptedException {
    return fetch(file.toUri().toString());
  }

  @Test
  void readsFilesBelowTheRoot() throws Exception {
    assertThat(fetch(root.resolve("below/a ü.png")).bytes()).isEqualTo(IMAGE);
    Files.createSymbolicLink(root.resolve("link"), Path.of("below"));
    assertThat(fetch(root.resolve("link/a ü.png")).bytes()).isEqualTo(IMAGE);
    Path other = Files.createSymbolicLink(dir.resolve("other"), root);
    fetches.close();
    fetches = ClaimFetches.of(settings(other.toString()), null);
    assertThat(fetch(other.resolve("below/a ü.png")).bytes())
        .as("the root's own name may be a link")
        .isEqualTo(IMAGE);
  }

  @Test
  void refusesWhatLiesElsewhere() throws Exception {
    Files.createSymbolicLink(root.resolve("out"), dir.resolve("secret"));
    Files.createSymbolicLink(root.resolve("up"), dir);
    for (String url :
        List.of(
            dir.resolve("secret").toUri().toString(),
            root.toUri() + "../secret",
            root.toUri() + "%2e%2e/secret",
            root.toUri() + "out",
            root.toUri() + "up/secret",
            root.toUri().toString(),
            dir.resolve("images-of-others").toUri().toString(),
            "file://elsewhere/images/a.png",
            "file:a.png",
            "file:")) {
      FetchOutcome refused = fetch(url);
      assertThat(refused.reason()).as(url).isEqualTo(RejectionReason.CLAIM_REFUSED);
      assertThat(refused.bytes()).isNull();
    }
  }

  @Test
  void refusesWhatIsNoRegularFile() throws Exception {
    assertThat(fetch(root.resolve("below")).reason()).isEqualTo(RejectionReason.CLAIM_REFUSED);
    Path pipe = root.resolve("pipe");
    assumeTrue(
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "no mkfifo here");
    assertThat(fetch(pipe).detail()).isEqualTo("no regular file");
  }

  @Test
  void limitsSizeAndAttempts() throws Exception {
    Files.write(root.resolve("large"), new byte[1025]);
    assertThat(fetch(root.resolve("large")).reason()).isEqualTo(RejectionReason.TOO_LARGE);
    FetchOutcome missing = fetch(root.resolve("missing"));
    assertThat(missing.reason()).isEqualTo(RejectionReason.CLAIM_FAILED);
    assertThat(missing.attempts()).isEqualTo(2);
  }

  @Test
  void needsAFolder() {
    for (String none : List.of("missing", "secret")) {
      assertThatThrownBy(() -> ClaimFetches.of(settings(dir.resolve(none).toString()), null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("fileRoot")
          .hasMessageContaining(none);
    }
  }

  @Test
  void prefixesEndInASlash() {
    for (String prefix :
        List.of("https://one.test", "https://one.test/a", "http://one.test/", "file:///a/", "x/")) {
      assertThatThrownBy(() -> ClaimUrl.of(prefix))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("prefixes has '" + prefix + "'");
    }
    assertThat(ClaimUrl.of("https://One.test:443/a/").text()).isEqualTo("https://one.test/a/");
    assertThat(ClaimUrl.of("s3://bucket/").host()).isEqualTo("s3://bucket");
    for (String key : List.of("images/../secret", "..", "images/./a.png", "../a.png")) {
      assertThatThrownBy(() -> ClaimUrl.read("s3://bucket/" + key))
          .hasMessage("a key with dot segments");
    }
  }
}
