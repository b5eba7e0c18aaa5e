package io.millrace.learner.method.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ingest.settings.FormerKeys;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.settings.ModelSettings;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A method's name and settings, from which it can be built again: a release carries them in its
 * provenance, so that a server knows the method without the learner's configuration.
 *
 * @param method name of the method
 * @param model what it is built on
 * @param settings a record of the class that {@link Methods#defaults} gives for the method
 */
public record MethodConfig(
    @JsonProperty("method") String method,
    @JsonProperty("model") ModelSettings model,
    @JsonProperty("settings") Record settings) {
  /** Where a release's provenance keeps it. */
  public static final String KEY = "recipe";

  // A newer Millrace may add settings; a reader of this one goes on without them.
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /** The method itself, without what it carried while it learned. */
  public Method create() {
    return Methods.create(method, model.alone(), settings);
  }

  /** As JSON. */
  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IOException when it is something else
   * @throws IllegalArgumentException when this build has no such method
   */
  public static MethodConfig fromJson(String json) throws IOException {
    JsonNode tree = JSON.readTree(json);
    String method = tree.path("method").asText();
    return new MethodConfig(
        method,
        over(ModelSettings.defaults(), tree.path("model")),
        over(Methods.defaults(method), tree.path("settings")));
  }

  /** Settings over defaults: an older Millrace wrote fewer. */
  @SuppressWarnings("unchecked") // of the defaults' own class
  private static <T extends Record> T over(T defaults, JsonNode written) throws IOException {
    ObjectNode all = JSON.valueToTree(defaults);
    lay(all, written);
    return (T) JSON.treeToValue(all, defaults.getClass());
  }

  private static void lay(ObjectNode under, JsonNode over) {
    over.properties()
        .forEach(
            entry -> {
              String key = FormerKeys.keys().getOrDefault(entry.getKey(), entry.getKey());
              JsonNode value = entry.getValue();
              if (under.get(key) instanceof ObjectNode inner && value.isObject()) {
                lay(inner, value);
              } else if (value.isTextual()) {
                String text = value.textValue();
                under.put(key, FormerKeys.constants().getOrDefault(text, text));
              } else {
                under.set(key, value);
              }
            });
  }
}
