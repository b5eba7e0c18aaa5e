package io.millrace.ops.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What of a configuration errors may show. A value may be a secret by its key, by where it stands
 * (settings of Kafka's clients), by what it looks like, or because a whole block of keys stands
 * where a value should.
 */
final class Secrets {
  private static final String HIDDEN = "(not shown)";
  private static final int LONGEST = 80;
  private static final Pattern KEY =
      Pattern.compile("password|passwd|secret|jaas|token|credential|api.?key|ssl.*key|auth");
  private static final Pattern VALUE =
      Pattern.compile("(?is).*(password|secret|token|LoginModule|PRIVATE KEY|bearer ).*");
  private static final Pattern USER_INFO = Pattern.compile("://[^/@\\s]+@");

  private Secrets() {}

  /** A value as an error may show it. */
  static String shown(String path, JsonNode node) {
    if (node.isObject()) {
      var keys = new java.util.ArrayList<String>();
      node.fieldNames().forEachRemaining(keys::add);
      return cut("a block of keys " + keys);
    }
    if (node.isArray()) {
      return "a list of " + node.size();
    }
    String text = node.asText();
    if (!mayShow(path, text)) {
      return node.isTextual() ? HIDDEN : node.toString();
    }
    String safe = withoutUser(text);
    return cut(node.isTextual() ? "'" + safe + "'" : node.toString());
  }

  /** Whether neither the key nor the value looks like a secret. */
  static boolean mayShow(String path, String value) {
    return !isSecret(path) && !VALUE.matcher(value).matches();
  }

  /** An address without the user and password that may stand in it. */
  static String withoutUser(String text) {
    return USER_INFO.matcher(text).replaceAll("://" + HIDDEN + "@");
  }

  /** Whether what a key holds is not to be shown. */
  static boolean isSecret(String path) {
    String lower = path.toLowerCase(Locale.ROOT);
    return lower.contains("kafka.client.") || KEY.matcher(lower).find();
  }

  private static String cut(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST - 3) + "..." : text;
  }
}
