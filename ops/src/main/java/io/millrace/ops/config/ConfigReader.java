package io.millrace.ops.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.FormerKeys;
import io.millrace.ingest.settings.Spelling;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Lays a YAML tree over records that hold the defaults. Every record component is one key. What a
 * component may be stands in its annotations ({@link Allowed}) and is checked here, so that the
 * error has the path and the value as it is written; rules between components are the records' own,
 * and this class adds the path.
 */
public final class ConfigReader {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();

  /** What stands before the names of settings of Kafka's clients. */
  private static final String CLIENT = "kafka.client.";

  private ConfigReader() {}

  /**
   * Reads a file as a tree.
   *
   * @throws ConfigException when it can't be read or is no mapping
   */
  public static ObjectNode tree(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException("no configuration file at " + file);
    }
    try {
      return tree(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new ConfigException("can't read " + file + ": " + e.getMessage());
    }
  }

  /** Reads YAML text as a tree; {@code from} names it in errors. */
  public static ObjectNode tree(String yaml, String from) {
    requireNoTabs(yaml, from);
    JsonNode node;
    try {
      node = YAML.readTree(yaml);
    } catch (JacksonException e) {
      var at = e.getLocation();
      throw new ConfigException(
          from
              + (at == null ? "" : ", line " + at.getLineNr() + ", column " + at.getColumnNr())
              + ": "
              + e.getOriginalMessage().lines().findFirst().orElse("not YAML"));
    }
    if (node == null || node.isMissingNode() || node.isNull()) {
      return JsonNodeFactory.instance.objectNode();
    }
    if (node instanceof ObjectNode object) {
      return object;
    }
    throw new ConfigException(
        from + " holds " + Secrets.shown(from, node) + ": expected keys and values");
  }

  /** YAML's parser names the line before one that a tab indents. */
  private static void requireNoTabs(String yaml, String from) {
    int number = 0;
    for (String line : yaml.lines().toList()) {
      number++;
      int tab = line.length() - line.stripLeading().length();
      int at = line.substring(0, tab).indexOf('\t');
      if (at >= 0 && tab < line.length()) {
        throw new ConfigException(
            from
                + ", line "
                + number
                + ", column "
                + (at + 1)
                + ": a tab: expected spaces, as YAML demands");
      }
    }
  }

  /**
   * Puts {@code path=value} settings, as the command line gives them, over a tree.
   *
   * @throws ConfigException when a setting has no equals sign or runs through a value
   */
  public static ObjectNode with(ObjectNode tree, List<String> settings) {
    ObjectNode out = tree.deepCopy();
    for (String setting : settings) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        throw new ConfigException(
            "'" + (equals < 0 ? setting : "") + "' is no setting: expected KEY=VALUE");
      }
      String key = setting.substring(0, equals);
      String[] path = path(key);
      ObjectNode at = out;
      for (int i = 0; i < path.length - 1; i++) {
        JsonNode next = at.get(path[i]);
        if (next == null || next.isNull()) {
          at = at.putObject(path[i]);
        } else if (next instanceof ObjectNode object) {
          at = object;
        } else {
          throw new ConfigException(
              String.join(".", Arrays.copyOf(path, i + 1))
                  + " is "
                  + Secrets.shown(key, next)
                  + ": expected keys below it");
        }
      }
      try {
        String value = setting.substring(equals + 1);
        at.set(
            path[path.length - 1],
            key.startsWith(CLIENT) ? TextNode.valueOf(value) : YAML.readTree(value));
      } catch (JacksonException e) {
        throw new ConfigException(
            "the value of "
                + key
                + " is no YAML"
                + (Secrets.isSecret(key) ? "" : ": " + firstLine(e)));
      }
    }
    return out;
  }

  /** Names of Kafka's settings have dots of their own: all after the prefix is one key. */
  private static String[] path(String key) {
    if (!key.startsWith(CLIENT) || key.length() == CLIENT.length()) {
      return key.split("\\.");
    }
    return new String[] {"kafka", "client", key.substring(CLIENT.length())};
  }

  private static String firstLine(JacksonException e) {
    return e.getOriginalMessage().lines().findFirst().orElse("");
  }

  /**
   * The defaults with the tree's values in place of theirs.
   *
   * @throws ConfigException naming the first key that is unknown, of a wrong type or out of range
   */
  public static <T extends Record> T over(T defaults, ObjectNode tree) {
    return record(defaults, tree, "");
  }

  /**
   * The same for the whole configuration, whose views are of the input's size where nothing else is
   * set.
   */
  public static MillraceConfig over(MillraceConfig defaults, ObjectNode tree) {
    MillraceConfig read = record(defaults, tree, "");
    return read.withMethods(ViewsFollowInput.of(defaults, read, tree));
  }

  /** A configuration with {@code path=value} settings in place of its own. */
  public static MillraceConfig over(MillraceConfig defaults, List<String> settings) {
    return over(defaults, with(tree("", "options"), settings));
  }

  private static <T extends Record> T record(T defaults, ObjectNode tree, String path) {
    RecordComponent[] components = defaults.getClass().getRecordComponents();
    List<String> known = Arrays.stream(components).map(RecordComponent::getName).toList();
    for (Map.Entry<String, JsonNode> e : tree.properties()) {
      if (!known.contains(e.getKey())) {
        throw unknown(path + e.getKey(), e.getKey(), e.getValue(), known);
      }
    }
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      Object given = RecordValues.get(component, defaults);
      JsonNode node = tree.get(component.getName());
      values[i] = node == null ? given : value(component, given, node, path + component.getName());
    }
    return RecordValues.construct(defaults, values, path);
  }

  private static @Nullable Object value(
      RecordComponent component, @Nullable Object given, JsonNode node, String path) {
    Object value = value(component.getGenericType(), given, node, path);
    Optional<String> expected =
        value == null ? Optional.empty() : Allowed.violation(component, value, Durations::format);
    if (expected.isPresent()) {
      String shown = value instanceof Number ? value.toString() : Secrets.shown(path, node);
      throw new ConfigException(path + " is " + shown + ": expected " + expected.get());
    }
    return value;
  }

  private static ConfigException unknown(
      String full, String key, JsonNode value, List<String> known) {
    String now = FormerKeys.now(key);
    if (now != null && known.contains(now)) {
      return new ConfigException(
          full
              + " is the former name of "
              + full.substring(0, full.length() - key.length())
              + now
              + " (its value is "
              + Secrets.shown(full, value)
              + "): rename the key");
    }
    List<String> near =
        known.stream()
            .filter(
                k ->
                    EditDistance.of(k.toLowerCase(Locale.ROOT), key.toLowerCase(Locale.ROOT))
                        <= Math.max(2, k.length() / 3))
            .sorted(
                Comparator.comparingInt(
                    k -> EditDistance.of(k.toLowerCase(Locale.ROOT), key.toLowerCase(Locale.ROOT))))
            .limit(3)
            .toList();
    String hint =
        near.isEmpty()
            ? "expected one of " + String.join(", ", known)
            : "did you mean " + String.join(" or ", near) + "?";
    return new ConfigException(
        full + " is no key (its value is " + Secrets.shown(full, value) + "): " + hint);
  }

  private static @Nullable Object value(
      Type type, @Nullable Object given, JsonNode node, String path) {
    if (given instanceof Record defaults) {
      if (node.isNull()) {
        return defaults;
      }
      if (!(node instanceof ObjectNode object)) {
        throw wrong(path, node, "keys below it");
      }
      return record(defaults, object, path + ".");
    }
    Class<?> raw = raw(type);
    if (given instanceof Map<?, ?> sections
        && !sections.isEmpty()
        && sections.values().stream().allMatch(Record.class::isInstance)) {
      return sections(sections, node, path);
    }
    if (node.isNull() && !raw.isPrimitive()) {
      if (given != null) {
        throw wrong(path, node, expected(raw));
      }
      return null;
    }
    if (raw == Map.class) {
      return map(node, path);
    }
    if (raw == List.class && type instanceof ParameterizedType list) {
      return list(list.getActualTypeArguments()[0], node, path);
    }
    return scalar(raw, node, path);
  }

  /** Records by name, such as the settings of each method: names are fixed, values laid over. */
  private static Map<String, Record> sections(Map<?, ?> given, JsonNode node, String path) {
    if (!(node instanceof ObjectNode object)) {
      throw wrong(path, node, "keys below it");
    }
    var out = new LinkedHashMap<String, Record>();
    given.forEach((name, defaults) -> out.put((String) name, (Record) defaults));
    List<String> known = out.keySet().stream().sorted().toList();
    for (Map.Entry<String, JsonNode> e : object.properties()) {
      Record defaults = out.get(e.getKey());
      String full = path + "." + e.getKey();
      if (defaults == null) {
        throw unknown(full, e.getKey(), e.getValue(), known);
      }
      if (!(e.getValue() instanceof ObjectNode values)) {
        throw wrong(full, e.getValue(), "keys below it");
      }
      out.put(e.getKey(), record(defaults, values, full + "."));
    }
    return out;
  }

  private static Map<String, String> map(JsonNode node, String path) {
    if (!(node instanceof ObjectNode object)) {
      throw wrong(path, node, "keys and values");
    }
    var out = new LinkedHashMap<String, String>();
    for (Map.Entry<String, JsonNode> e : object.properties()) {
      if (!e.getValue().isValueNode() || e.getValue().isNull()) {
        throw wrong(path + "." + e.getKey(), e.getValue(), "a text, number or truth value");
      }
      out.put(e.getKey(), e.getValue().asText());
    }
    return out;
  }

  private static List<Object> list(Type element, JsonNode node, String path) {
    if (!node.isArray()) {
      throw wrong(path, node, "a list");
    }
    var out = new ArrayList<Object>();
    for (int i = 0; i < node.size(); i++) {
      out.add(scalar(raw(element), node.get(i), path + "[" + i + "]"));
    }
    return out;
  }

  private static Object scalar(Class<?> raw, JsonNode node, String path) {
    if (!node.isValueNode()) {
      throw wrong(path, node, expected(raw));
    }
    if ((raw == int.class || raw == Integer.class) && node.canConvertToInt() && whole(node)) {
      return node.intValue();
    }
    if ((raw == long.class || raw == Long.class) && node.canConvertToLong() && whole(node)) {
      return node.longValue();
    }
    if ((raw == double.class || raw == Double.class) && node.isNumber()) {
      return node.doubleValue();
    }
    if ((raw == boolean.class || raw == Boolean.class) && node.isBoolean()) {
      return node.booleanValue();
    }
    if (raw == String.class) {
      return node.asText();
    }
    if (raw == Path.class && node.isTextual()) {
      return Path.of(node.textValue());
    }
    if (raw == Duration.class && (node.isTextual() || node.asText().equals("0"))) {
      try {
        return Durations.parse(node.asText());
      } catch (IllegalArgumentException e) {
        throw wrong(path, node, expected(raw));
      }
    }
    if (raw.isEnum() && node.isTextual()) {
      for (Object constant : raw.getEnumConstants()) {
        if (spelled(constant).equals(spelled(node.textValue()))) {
          return constant;
        }
      }
    }
    String former = FormerKeys.constants().get(node.asText());
    throw raw.isEnum() && former != null && names(raw).contains(former)
        ? wrong(path, node, former + ", its new name")
        : wrong(path, node, expected(raw));
  }

  private static List<String> names(Class<?> raw) {
    return Arrays.stream(raw.getEnumConstants()).map(ConfigReader::spelled).toList();
  }

  private static boolean whole(JsonNode node) {
    return node.isNumber() && node.doubleValue() == Math.rint(node.doubleValue());
  }

  private static String expected(Class<?> raw) {
    if (raw.isEnum()) {
      return "one of " + String.join(", ", names(raw));
    }
    if (raw == int.class || raw == Integer.class) {
      return "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
    }
    if (raw == long.class || raw == Long.class) {
      return "a whole number";
    }
    if (raw == double.class || raw == Double.class) {
      return "a number";
    }
    if (raw == boolean.class || raw == Boolean.class) {
      return "true or false";
    }
    if (raw == Duration.class) {
      return "a duration like 250ms, 90s, 3m or 1h30m";
    }
    return raw == Path.class ? "a path" : "a text";
  }

  /** How a constant is written in a file: {@code AS_IS} is {@code as-is}. */
  public static String spelled(Object constant) {
    return constant instanceof Enum<?> e
        ? Spelling.of(e)
        : constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static ConfigException wrong(String path, JsonNode node, String expected) {
    return new ConfigException(
        path + " is " + Secrets.shown(path, node) + ": expected " + expected);
  }

  private static Class<?> raw(Type type) {
    return type instanceof ParameterizedType p ? raw(p.getRawType()) : (Class<?>) type;
  }
}
