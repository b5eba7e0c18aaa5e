package io.millrace.ops.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.DurationRange;
import io.millrace.ingest.settings.Matches;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Range;
import io.millrace.learner.method.registry.Methods;
import io.millrace.ops.cli.CommonOptions;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The reference holds every key, with its meaning and the default that the code has. */
class ReferenceTest {
  private static final String FILE = "reference.yaml";
  private static final MillraceConfig DEFAULTS = MillraceConfig.defaults();

  private final String reference = PackagedConfig.reference();

  @Test
  void isWhatTheRecordsSay() {
    assertThat(reference)
        .as(
            "%s is generated: ./millrace config > ops/src/main/resources/%s/%s",
            FILE, getClass().getPackageName().replace('.', '/'), FILE)
        .isEqualTo(ConfigReference.of(DEFAULTS));
  }

  @Test
  void holdsEveryKeyInOrderAndNoOther() {
    var written = new ArrayList<String>();
    add(ConfigReader.tree(reference, FILE), "", written);
    assertThat(written).containsExactlyElementsOf(keys(DEFAULTS, ""));
  }

  @Test
  void givesEveryKeyTheDefaultOfTheCode() {
    var read = ConfigReader.over(DEFAULTS, ConfigReader.tree(reference, "reference"));
    assertThat(read).isEqualTo(DEFAULTS);
    for (String line : reference.lines().toList()) {
      if (line.matches("\\s*[\\w-]+:\\s*") && !line.isBlank()) {
        continue;
      }
      assertThat(line).matches("\\s*(#.*)?|\\s*[\\w-]+: \\S.*");
      assertThat(line).hasSizeLessThanOrEqualTo(100);
    }
  }

  @Test
  void explainsEveryKey() {
    List<String> lines = reference.lines().toList();
    boolean block = false;
    for (int i = 0; i < lines.size(); i++) {
      if (!block && lines.get(i).matches("\\s*[\\w-]+:.*")) {
        assertThat(lines.get(i - 1).strip()).as("above '%s'", lines.get(i)).startsWith("#");
      }
      block = !lines.get(i).endsWith("}") && (block || lines.get(i).contains(": {"));
    }
    assertThat(block).isFalse();
  }

  @Test
  void explainsEveryBlockOnce() {
    var named = new HashSet<String>();
    for (String line : reference.lines().toList()) {
      if (line.matches(".* Block: \\w+\\.")) {
        named.add(line.replaceAll(".* Block: (\\w+)\\.", "$1"));
      }
    }
    assertThat(named).contains("view", "schedule");
    for (String block : named) {
      assertThat(reference.lines().filter(("# " + block)::equals)).as(block).hasSize(1);
    }
    assertThat(reference.lines().filter(line -> line.startsWith("#   views: "))).hasSize(1);
  }

  @Test
  void showsOneMethodAlone() {
    for (String method : Methods.names()) {
      MillraceConfig config = CommonOptions.with(DEFAULTS, "method", method);
      ObjectNode tree = ConfigReader.tree(ConfigReference.ofOneMethod(config), method);
      assertThat(tree.path("methods").properties().stream().map(Map.Entry::getKey))
          .containsExactly(method);
      assertThat(ConfigReader.over(DEFAULTS, tree)).isEqualTo(config);
    }
  }

  /** A value out of range is refused by the reader, and by the record that code makes. */
  @Test
  void everyRangeIsHeld() throws ReflectiveOperationException {
    var records = new ArrayList<Record>();
    collect(DEFAULTS, records);
    Set<Class<?>> seen = new HashSet<>();
    int checked = 0;
    for (Record record : records) {
      if (!seen.add(record.getClass())) {
        continue;
      }
      RecordComponent[] components = record.getClass().getRecordComponents();
      for (int i = 0; i < components.length; i++) {
        assertThat(components[i].isAnnotationPresent(Doc.class)).as("%s", components[i]).isTrue();
        for (Object bad : outside(components[i])) {
          checked++;
          assertThat(Allowed.violation(components[i], bad, Durations::format))
              .as("%s as %s", components[i], bad)
              .isPresent();
          String name = components[i].getName();
          int at = i;
          assertThatThrownBy(() -> copy(record, at, bad))
              .as("%s of %s as %s", name, record.getClass(), bad)
              .isInstanceOf(IllegalArgumentException.class)
              .hasMessageStartingWith(name + " is ");
        }
        Object given = RecordValues.get(components[i], record);
        assertThat(Allowed.violation(components[i], given, Durations::format)).isEmpty();
      }
    }
    assertThat(checked).isGreaterThan(300);
  }

  /** Values just outside of what a component may be. */
  private static List<Object> outside(RecordComponent component) {
    var out = new ArrayList<Object>();
    Range range = component.getAnnotation(Range.class);
    if (range != null) {
      double low = Math.max(range.min(), range.over());
      double high = Math.min(range.max(), range.under());
      boolean whole = component.getType() != double.class;
      if (Double.isFinite(low)) {
        double below = range.over() == low ? low : whole ? low - 1 : Math.nextDown(low);
        out.add(number(component.getType(), below));
      }
      if (Double.isFinite(high) && (component.getType() != int.class || high < Integer.MAX_VALUE)) {
        double above = range.under() == high ? high : whole ? high + 1 : Math.nextUp(high);
        out.add(number(component.getType(), above));
      }
      if (!whole) {
        out.addAll(List.of(Double.NaN, Double.POSITIVE_INFINITY));
      }
    }
    DurationRange duration = component.getAnnotation(DurationRange.class);
    if (duration != null) {
      out.add(Duration.parse(duration.min()).minusNanos(1));
      if (!duration.max().isEmpty()) {
        out.add(Duration.parse(duration.max()).plusNanos(1));
      }
    }
    Matches form = component.getAnnotation(Matches.class);
    if (form != null) {
      return List.of("".matches(form.value()) ? " " : "");
    }
    boolean text = false;
    if (component.isAnnotationPresent(OneOf.class)) {
      text = component.getType() == String.class;
      if (!text) {
        List<String> words = List.of(component.getAnnotation(OneOf.class).value());
        Arrays.stream(component.getType().getEnumConstants())
            .filter(constant -> !words.contains(ConfigReader.spelled(constant)))
            .forEach(out::add);
      }
    }
    return text ? List.of("") : out;
  }

  private static Object number(Class<?> type, double value) {
    if (type == int.class) {
      return (int) value;
    }
    return type == long.class ? (Object) (long) value : (Object) value;
  }

  /** The same record with another value in one place. */
  private static void copy(Record record, int at, Object value) throws Throwable {
    RecordComponent[] components = record.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = i == at ? value : RecordValues.get(components[i], record);
    }
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Constructor<?> constructor = record.getClass().getDeclaredConstructor(types);
    constructor.setAccessible(true);
    try {
      constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void collect(Object value, List<Record> out) {
    if (value instanceof Record record) {
      out.add(record);
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        collect(RecordValues.get(component, record), out);
      }
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(section -> collect(section, out));
    }
  }

  private static void add(ObjectNode tree, String prefix, List<String> out) {
    for (Map.Entry<String, JsonNode> e : tree.properties()) {
      out.add(prefix + e.getKey());
      if (e.getValue() instanceof ObjectNode below) {
        add(below, prefix + e.getKey() + ".", out);
      }
    }
  }

  private static List<String> keys(Record record, String prefix) {
    var out = new ArrayList<String>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      add(component.getName(), RecordValues.get(component, record), prefix, out);
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
