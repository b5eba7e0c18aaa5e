package io.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Names that the platform's character set can't say, as under systemd and cron: the same ids. */
class PosixLocaleTest {
  @TempDir Path temp;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFolderIsReadAndNamedTheSameInAnyLocale() throws Exception {
    // Their names are made by a shell from bytes, whatever this JVM's own locale can say.
    run(
        "C",
        "sh",
        "-c",
        "mkdir -p d/$(printf '\\303\\204hre') && cd d && for n in"
            + " '\\303\\204hre/gr\\303\\266\\303\\237e' '\\303\\204hre/gr\\303\\266\\303\\237i'"
            + " 'latin-\\344' 'latin-\\366' plain; do printf x > \"$(printf \"$n\").jpg\"; done");
    List<String> inC = ids("C");
    assertThat(inC).hasSize(5).doesNotHaveDuplicates();
    assertThat(ids("C.UTF-8")).isEqualTo(inC);
    assertThat(inC)
        .anySatisfy(line -> assertThat(line).startsWith("\\u00c4hre/gr\\u00f6\\u00dfe.jpg "));
  }

  private List<String> ids(String locale) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classes = System.getProperty("surefire.real.class.path");
    String path = classes != null ? classes : System.getProperty("java.class.path");
    return run(locale, java, "-cp", path, Listing.class.getName(), "d")
        .lines()
        .filter(line -> line.startsWith("id ")) // the logger writes there as well
        .map(line -> line.substring(3))
        .toList();
  }

  private String run(String locale, String... command) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile());
    builder.environment().put("LC_ALL", locale);
    Path out = Files.createTempFile(temp, "out", ".txt");
    Path errors = Files.createTempFile(temp, "err", ".txt");
    Process process = builder.redirectOutput(out.toFile()).redirectError(errors.toFile()).start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readString(out, StandardCharsets.US_ASCII);
  }

  /** Prints path and id of each image, in ASCII. */
  static final class Listing {
    private Listing() {}

    public static void main(String[] args) throws IOException {
      TreeSet<String> lines = new TreeSet<>();
      try (ImageSource source = ImageSources.open(Path.of(args[0]))) {
        for (ImageSet set : List.of(source.stream(), source.heldOut())) {
          for (long i = 0; i < set.count(); i++) {
            var image = set.read(i);
            lines.add(ascii(String.valueOf(image.origin().subject())) + " " + image.id());
          }
        }
      }
      lines.forEach(line -> System.out.println("id " + line));
    }

    private static String ascii(String text) {
      StringBuilder out = new StringBuilder();
      text.chars()
          .forEach(
              c -> out.append(c < 128 ? String.valueOf((char) c) : String.format("\\u%04x", c)));
      return out.toString();
    }
  }
}
