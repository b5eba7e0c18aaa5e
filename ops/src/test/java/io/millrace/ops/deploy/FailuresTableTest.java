package io.millrace.ops.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/operations.md says of failures is held by tests that there are. */
class FailuresTableTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*Test)`");

  /** How many rows there were when this was written: a table that is not found would pass. */
  private static final int LEAST_ROWS = 30;

  @Test
  void eachRowNamesATestThatExists() throws IOException {
    Set<String> tests = tests();
    List<String> rows = rows(Files.readAllLines(ROOT.resolve("docs").resolve("operations.md")));
    assertThat(rows).hasSizeGreaterThanOrEqualTo(LEAST_ROWS);
    var unheld = new TreeSet<String>();
    var unknown = new TreeSet<String>();
    for (String row : rows) {
      List<String> named = names(row.substring(row.lastIndexOf('|', row.length() - 2)));
      if (named.isEmpty()) {
        unheld.add(row);
      }
      named.stream().filter(name -> !tests.contains(name)).forEach(unknown::add);
    }
    assertThat(unheld).as("rows whose last column names no test").isEmpty();
    assertThat(unknown).as("tests that do not exist").isEmpty();
  }

  /** Rows of the tables whose last column is the test. */
  private static List<String> rows(List<String> lines) {
    var out = new ArrayList<String>();
    boolean within = false;
    for (String line : lines) {
      String row = line.strip();
      if (!row.startsWith("|")) {
        within = false;
      } else if (row.endsWith("| test |")) {
        within = true;
      } else if (within && !row.matches("[| -]+")) {
        out.add(row);
      }
    }
    return out;
  }

  private static List<String> names(String cell) {
    var out = new ArrayList<String>();
    for (Matcher m = NAME.matcher(cell); m.find(); ) {
      out.add(m.group(1));
    }
    return out;
  }

  private static Set<String> tests() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(f -> f.toString().contains(Path.of("src", "test", "java").toString()))
          .map(f -> f.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .map(name -> name.substring(0, name.length() - ".java".length()))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }
}
