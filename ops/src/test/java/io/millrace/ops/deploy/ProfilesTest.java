package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Maven profiles that documents and build files name are there: Maven builds without an unknown
 * one, with a warning alone.
 */
class ProfilesTest {
  private static final Pattern NAMED = Pattern.compile("(?<![\\w-])-P([a-z][\\w-]*)");
  private static final Pattern PROFILE =
      Pattern.compile("<profile>\\s*<id>([^<]+)</id>", Pattern.DOTALL);

  @Test
  void everyProfileThatIsNamedIsThere() throws IOException {
    Path root = root();
    var there = new TreeSet<>(matches(PROFILE, Files.readString(root.resolve("pom.xml"))));
    var named = new TreeSet<String>();
    for (Path file : documents(root)) {
      named.addAll(matches(NAMED, Files.readString(file)));
    }
    assertThat(named).contains("cuda", "nd4j-cuda");
    assertThat(there).containsAll(named);
  }

  /** What the documents name is what the script resolves, which needs a network. */
  @Test
  void theScriptThatResolvesProfilesTakesEveryOneThatIsNamed() throws Exception {
    Path root = root();
    var named = new TreeSet<String>();
    for (Path file : documents(root)) {
      named.addAll(matches(NAMED, Files.readString(file)));
    }
    String listed = Tool.required("bash").run(root, ".ci/resolve-profiles", "--list");
    assertThat(listed.lines()).containsExactlyElementsOf(named);
  }

  /** A profile's versions are pinned: no coordinate of it is left to chance. */
  @Test
  void everyVersionAndPropertyThatAProfileUsesIsDefined() throws IOException {
    String pom = Files.readString(root().resolve("pom.xml"));
    var defined = new TreeSet<>(matches(Pattern.compile("<([\\w.-]+)>[^<]*</\\1>"), pom));
    String profiles = pom.substring(pom.indexOf("<profiles>"));
    List<String> used = matches(Pattern.compile("\\$\\{([\\w.-]+)}"), profiles);
    assertThat(used).contains("javacpp.platform");
    assertThat(used.stream().filter(name -> !name.startsWith("user."))).allMatch(defined::contains);
  }

  private static List<Path> documents(Path root) throws IOException {
    try (Stream<Path> docs = Files.walk(root.resolve("docs"));
        Stream<Path> docker = Files.walk(root.resolve("ops/deploy"));
        Stream<Path> top = Files.list(root)) {
      return Stream.of(docs, docker, top)
          .flatMap(s -> s)
          .filter(Files::isRegularFile)
          .filter(f -> f.toString().endsWith(".md") || f.getFileName().toString().startsWith("Doc"))
          .toList();
    }
  }

  private static List<String> matches(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult m) -> m.group(1)).toList();
  }

  private static Path root() {
    Path at = Path.of("").toAbsolutePath();
    while (!Files.exists(at.resolve("millrace"))) {
      at = java.util.Objects.requireNonNull(at.getParent());
    }
    return at;
  }
}
