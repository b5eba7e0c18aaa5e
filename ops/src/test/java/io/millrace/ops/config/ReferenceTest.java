package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ops.cli.ConfigCommand;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reference holds every key, with its meaning and the default that the code has. */
class ReferenceTest {
  private final String reference = ConfigCommand.resource(ConfigCommand.REFERENCE);

  @Test
  void holdsEveryKeyInOrderAndNoOther() {
    assertThat(keysWritten()).containsExactlyElementsOf(keys(MillraceConfig.defaults(), ""));
  }

  @Test
  void givesEveryKeyTheDefaultOfTheCode() {
    MillraceConfig defaults = MillraceConfig.defaults();
    var read = ConfigReader.over(defaults, ConfigReader.tree(reference, "reference"));
    assertThat(read).isEqualTo(defaults);
    for (String line : reference.lines().toList()) {
      if (line.matches("\\s*[\\w-]+:\\s*") && !line.isBlank()) {
        continue;
      }
      assertThat(line).matches("\\s*(#.*)?|\\s*[\\w-]+: \\S.*");
    }
  }

  @Test
  void explainsEveryKey() {
    List<String> lines = reference.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).matches("\\s*[\\w-]+:.*")) {
        assertThat(lines.get(i - 1).strip()).as("above '%s'", lines.get(i)).startsWith("#");
      }
    }
  }

  private List<String> keysWritten() {
    var out = new ArrayList<String>();
    Deque<String> path = new ArrayDeque<>();
    for (String line : reference.lines().toList()) {
      if (line.matches("\\s*[\\w-]+:.*")) {
        int depth = (line.length() - line.stripLeading().length()) / 2;
        while (path.size() > depth) {
          path.removeLast();
        }
        path.addLast(line.strip().replaceFirst(":.*", ""));
        out.add(String.join(".", path));
      }
    }
    return out;
  }

  private static List<String> keys(Record record, String prefix) {
    var out = new ArrayList<String>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      add(component.getName(), ConfigReader.get(component, record), prefix, out);
    }
    return out;
  }

  private static void add(String name, Object value, String prefix, List<String> out) {
    out.add(prefix + name);
    if (value instanceof Record section) {
      out.addAll(keys(section, prefix + name + "."));
    } else if (value instanceof Map<?, ?> map) {
      map.keySet().stream()
          .map(String.class::cast)
          .sorted()
          .forEach(key -> add(key, map.get(key), prefix + name + ".", out));
    }
  }
}
