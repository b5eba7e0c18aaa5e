package io.millrace.ops.config;

import io.millrace.ingest.settings.Allowed;
import io.millrace.ingest.settings.Doc;
import io.millrace.ingest.settings.OneOf;
import io.millrace.ingest.settings.Spelling;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The reference: every key with its meaning, what it may be and its value, as YAML that can be read
 * back. All of it comes from the settings records and their annotations. Records that stand in
 * several places are explained once, at the top, and written in one line where they stand.
 */
public final class ConfigReference {
  private static final int WIDTH = 100;
  private static final String INTRODUCTION =
      """
      # Every key of Millrace with its default. 'millrace config' prints this file, 'millrace config
      # --method NAME' what one method needs of it; a configuration holds only what differs.
      # Durations: 250ms, 90s, 3m, 1h30m, 7d.
      # One key can also be given on the command line: --set learner.batchSize=128
      """;
  private static final String BLOCKS =
      "Blocks of keys that stand in several places, marked there with 'Block: NAME':";
  private static final Set<String> NOT_PLAIN =
      Set.of("true", "false", "null", "yes", "no", "on", "off", "y", "n");

  private final StringBuilder out = new StringBuilder();
  private final Map<Class<?>, Integer> uses = new HashMap<>();
  private final Map<String, Record> blocks = new TreeMap<>();

  private ConfigReference(MillraceConfig config) {
    count(config);
  }

  /** With the settings of every method. */
  public static String of(MillraceConfig config) {
    return of(config, config.methods().keySet());
  }

  /** With the settings of the configured method alone. */
  public static String ofOneMethod(MillraceConfig config) {
    return of(config, Set.of(config.method()));
  }

  private static String of(MillraceConfig config, Collection<String> methods) {
    var reference = new ConfigReference(config);
    for (RecordComponent component : config.getClass().getRecordComponents()) {
      reference.out.append('\n');
      reference.key(
          component, Objects.requireNonNull(RecordValues.get(component, config)), methods);
    }
    return reference.head() + reference.out;
  }

  private void count(Record record) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = RecordValues.get(component, record);
      List<?> inside = value instanceof Map<?, ?> map ? List.copyOf(map.values()) : List.of();
      for (Object section : value instanceof Record one ? List.of(one) : inside) {
        if (section instanceof Record it) {
          uses.merge(it.getClass(), 1, Integer::sum);
          count(it);
        }
      }
    }
  }

  private String head() {
    var head = new Comments();
    head.text.append(INTRODUCTION);
    if (!blocks.isEmpty()) {
      head.text.append('\n');
      head.add("", BLOCKS);
      blocks.forEach(
          (name, block) -> {
            head.text.append("#\n");
            head.add("", name);
            for (RecordComponent key : block.getClass().getRecordComponents()) {
              head.add("  ", key.getName() + ": " + meaning(key));
            }
          });
    }
    return head.text.toString();
  }

  private void key(RecordComponent component, Object value, Collection<String> methods) {
    comment(0, meaning(component));
    out.append(component.getName()).append(':');
    if (value instanceof Record section) {
      out.append('\n');
      section(section, 1);
    } else if (value instanceof Map<?, ?> sections) {
      out.append('\n');
      for (String name : methods.stream().sorted().toList()) {
        comment(1, "settings of " + name + ".");
        out.append("  ").append(name).append(":\n");
        section((Record) Objects.requireNonNull(sections.get(name)), 2);
      }
    } else {
      out.append(' ').append(scalar(value)).append('\n');
    }
  }

  private void section(Record section, int depth) {
    for (RecordComponent component : section.getClass().getRecordComponents()) {
      Object value = Objects.requireNonNull(RecordValues.get(component, section));
      boolean block = uses.getOrDefault(value.getClass(), 0) > 1;
      comment(depth, meaning(component) + (block ? " Block: " + blockName(value) + "." : ""));
      out.append("  ".repeat(depth)).append(component.getName()).append(':');
      if (value instanceof Record inner && block) {
        blocks.putIfAbsent(blockName(value), inner);
        out.append(' ');
        flow(inner, depth + 1);
      } else if (value instanceof Record inner) {
        out.append('\n');
        section(inner, depth + 1);
      } else {
        out.append(' ').append(scalar(value)).append('\n');
      }
    }
  }

  /** All keys of a block between braces, as many on a line as there is room for. */
  private void flow(Record block, int depth) {
    var keys = new ArrayList<String>();
    for (RecordComponent key : block.getClass().getRecordComponents()) {
      Object value = Objects.requireNonNull(RecordValues.get(key, block));
      keys.add(key.getName() + ": " + scalar(value));
    }
    int column = out.length() - out.lastIndexOf("\n") - 1;
    for (int i = 0; i < keys.size(); i++) {
      String text = (i == 0 ? "{" : "") + keys.get(i) + (i == keys.size() - 1 ? "}" : ",");
      if (i > 0 && column + 1 + text.length() > WIDTH) {
        out.append('\n').append("  ".repeat(depth));
        column = 2 * depth;
      } else if (i > 0) {
        out.append(' ');
        column++;
      }
      out.append(text);
      column += text.length();
    }
    out.append('\n');
  }

  private static String blockName(Object block) {
    String type = block.getClass().getSimpleName().replace("Settings", "");
    return type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1);
  }

  /** The meaning, and what else is allowed than what the type says. */
  private static String meaning(RecordComponent component) {
    Doc doc = component.getAnnotation(Doc.class);
    if (doc == null) {
      throw new IllegalStateException(component + " has no @Doc");
    }
    String allowed = allowed(component, doc.value());
    return doc.value() + "." + (allowed.isEmpty() ? "" : " Allowed: " + allowed + ".");
  }

  private static String allowed(RecordComponent component, String doc) {
    OneOf oneOf = component.getAnnotation(OneOf.class);
    if (oneOf != null) {
      return either(List.of(oneOf.value()), doc);
    }
    if (component.getType().isEnum()) {
      Object[] constants = component.getType().getEnumConstants();
      return either(Arrays.stream(constants).map(ConfigReader::spelled).toList(), doc);
    }
    return Allowed.text(component, Durations::format).orElse("");
  }

  /** Some words; nothing where the meaning has them all already. */
  private static String either(List<String> words, String doc) {
    if (words.stream().allMatch(doc::contains)) {
      return "";
    }
    int last = words.size() - 1;
    return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  private void comment(int depth, String text) {
    var comment = new Comments();
    comment.depth = depth;
    comment.add("", text);
    out.append(comment.text);
  }

  private static String scalar(Object value) {
    if (value instanceof Duration duration) {
      return Durations.format(duration);
    }
    if (value instanceof Enum<?> constant) {
      return Spelling.of(constant);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ConfigReference::scalar).collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof Map<?, ?> map) {
      if (!map.isEmpty()) {
        throw new IllegalStateException("expected no entries by default, got " + map);
      }
      return "{}";
    }
    String text = value.toString();
    boolean plain =
        value instanceof Number
            || value instanceof Boolean
            || text.matches("[A-Za-z](?:[\\w./-]|:(?=\\w))*")
                && !NOT_PLAIN.contains(text.toLowerCase(Locale.ROOT));
    return plain ? text : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Comment lines, broken between words. */
  private static final class Comments {
    private final StringBuilder text = new StringBuilder();
    private int depth;

    void add(String indent, String words) {
      String start = "  ".repeat(depth) + "#" + indent;
      var line = new StringBuilder(start);
      for (String word : words.split(" ")) {
        if (line.length() + 1 + word.length() > WIDTH) {
          text.append(line).append('\n');
          line = new StringBuilder(start).append(indent.isEmpty() ? "" : "  ");
        }
        line.append(' ').append(word);
      }
      text.append(line).append('\n');
    }
  }
}
